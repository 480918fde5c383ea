//! How the client without a terminal prints what was said before it came: in the form of the `line` dialect.

use std::time::SystemTime;

use jiff::tz::TimeZone;

use crate::base::time::{day_and_minute, utc};
use crate::proto::ReplayExtent;
use crate::wire::json::EventFields;
use crate::wire::sentences::{day_line, earlier};

/// The past of the room that was joined last.
#[derive(Debug)]
pub(super) struct Past {
    zone: TimeZone,
    /// The day of the message before.
    day: String,
    /// Old messages are being printed.
    is_open: bool,
}

impl Past {
    /// Shows times in this zone.
    pub(super) fn new(zone: TimeZone) -> Past {
        Past { zone, day: String::new(), is_open: false }
    }

    /// A room is joined now: what stands before its old messages, if there are any.
    pub(super) fn begin(&mut self, extent: ReplayExtent, now: SystemTime) -> Vec<String> {
        self.day = self.day_of(&utc(now)).0;
        self.is_open = extent.replayed > 0;
        let mark = self.is_open.then(|| "------------[Start old messages]------------".to_owned());
        mark.into_iter().chain(earlier(extent)).collect()
    }

    /// An old message, printed as `text` when it was new.
    pub(super) fn line(&mut self, what: &EventFields, text: &str) -> String {
        let (day, minute) = self.day_of(&what.time);
        let line = format!("[{minute}] {text}");
        let is_new_day = day != self.day;
        self.day = day;
        if is_new_day { format!("{}\n{line}", day_line(&self.day)) } else { line }
    }

    /// All old messages are printed: what stands behind them, if there were any.
    pub(super) fn end(&mut self) -> Option<&'static str> {
        std::mem::take(&mut self.is_open).then_some("------------[Start new messages]------------")
    }

    fn day_of(&self, time: &str) -> (String, String) {
        day_and_minute(time, &self.zone).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::wire::json::SenderKind;

    #[test]
    fn old_messages_have_times_and_days() {
        let now = UNIX_EPOCH + Duration::from_secs(1_795_201_200);
        let mut past = Past::new(TimeZone::UTC);
        let said = |time: &str| EventFields {
            id: 1,
            time: time.into(),
            room: "lobby".into(),
            who: "Ann".into(),
            is: SenderKind::Person,
            text: Some("hi".into()),
            replayed: true,
            edited: false,
            notice: false,
        };
        assert_eq!(past.begin(ReplayExtent::default(), now), [""; 0]);
        assert_eq!(past.end(), None, "an empty one is not mentioned");
        let begun = past.begin(ReplayExtent { replayed: 3, earlier: 4, may_have_older: false }, now);
        assert_eq!(begun, ["------------[Start old messages]------------", "(4 earlier: /history 7)"]);
        let lines = [
            ("2026-11-19T18:59:59.000Z", "--- 2026-11-19 ---\n[18:59] Ann: hi"),
            ("2026-11-19T19:00:00.000Z", "[19:00] Ann: hi"),
            ("2026-11-20T07:01:00.000Z", "--- 2026-11-20 ---\n[07:01] Ann: hi"),
        ];
        for (time, line) in lines {
            assert_eq!(past.line(&said(time), "Ann: hi"), line);
        }
        assert_eq!(past.end(), Some("------------[Start new messages]------------"));
    }
}
