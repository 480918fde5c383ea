//! The report of a bench, as text and as JSON.

use std::fmt;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::base::text::plural;
use crate::client::bench::check::{Fault, FaultKind};
use crate::client::bench::load::{Dialects, Plan};
use crate::client::bench::message::Message;

/// The report. Displayed, it is a table for people; serialized, a JSON object.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// `--members`
    pub members: u16,
    /// `--speakers`
    pub speakers: u16,
    /// `--size`, in bytes
    pub size: u16,
    /// `--window`
    pub window: u32,
    /// `--rate`, in messages per second
    pub rate: Option<u32>,
    /// `--dialect`
    pub dialect: &'static str,
    /// The time until all members were in the room, in seconds.
    pub joined_s: f64,
    /// Messages sent.
    pub messages: u32,
    /// The time from the first message to the last delivery, in seconds.
    pub seconds: f64,
    /// Messages sent per second.
    pub messages_per_second: f64,
    /// Deliveries: messages received, counted at each member.
    pub deliveries: u64,
    /// Expected deliveries.
    pub expected: u64,
    /// Deliveries per second.
    pub deliveries_per_second: f64,
    /// The latency of a delivery, from sending to receiving, in microseconds.
    pub latency_us: Latency,
    /// Bytes sent.
    pub bytes_said: u64,
    /// Bytes received, with all other lines.
    pub bytes_heard: u64,
    /// Other lines received: from the host and the bots, joins and leaves.
    pub others: u64,
    /// Whether every member received every message once, and all in the same order.
    pub ok: bool,
    /// The same as a sentence.
    pub verdict: String,
}

/// Quantiles of the latency, in microseconds.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Latency {
    /// The median.
    pub p50: f64,
    /// The 90th percentile.
    pub p90: f64,
    /// The 99th percentile.
    pub p99: f64,
    /// The 99.9th percentile.
    #[serde(rename = "p99.9")]
    pub p999: f64,
    /// The maximum.
    pub max: f64,
}

impl Latency {
    /// The quantiles of a histogram in nanoseconds.
    pub fn of(histogram: &Histogram<u64>) -> Latency {
        let at = |quantile| microseconds(histogram.value_at_quantile(quantile));
        Latency {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p999: at(0.999),
            max: microseconds(histogram.max()),
        }
    }
}

impl Report {
    /// Sets `seconds`, and the rates that follow from it, `messages` and `deliveries`.
    pub fn rates(&mut self, time: Duration) {
        self.seconds = time.as_secs_f64();
        let per_second = |count: f64| if self.seconds > 0.0 { count / self.seconds } else { 0.0 };
        self.messages_per_second = per_second(self.messages.into());
        #[expect(clippy::cast_precision_loss, reason = "so many deliveries nobody waits for")]
        let deliveries = self.deliveries as f64;
        self.deliveries_per_second = per_second(deliveries);
    }
}

/// The verdict as a sentence. `name` returns a member's name.
pub fn verdict<'a>(fault: Option<&Fault>, name: impl Fn(u16) -> &'a str) -> String {
    let Some(Fault { member, kind, others }) = fault else {
        return "Every member heard every message once, and all in the same order.".into();
    };
    let message = |m: &Message| format!("message {} of {}", m.number, name(m.speaker));
    let many = |count: &usize, one: &Message| match count {
        1 => message(one),
        count => format!("{}, {} among them", plural(*count, "message"), message(one)),
    };
    let member = name(*member);
    let what = match kind {
        FaultKind::Missing(count, one) => format!("{member} did not hear {}", many(count, one)),
        FaultKind::Doubled(count, one) => format!("{member} heard more than once {}", many(count, one)),
        FaultKind::Unsaid(one) => format!("{member} heard {}, which was not said", message(one)),
        FaultKind::OutOfOrder(one) => format!("{member} heard {} before its turn", message(one)),
    };
    match others {
        0 => format!("{what}."),
        1 => format!("{what}; another member has faults, too."),
        others => format!("{what}; {others} other members have faults, too."),
    }
}

/// The plan's dialects, as the command line names them.
pub fn dialect_name(plan: &Plan) -> &'static str {
    match plan.dialects {
        Dialects::Line => "line",
        Dialects::Eom => "eom",
        Dialects::Half => "half",
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Latency { p50, p90, p99, p999, max } = self.latency_us;
        let row = |f: &mut fmt::Formatter<'_>, head: &str, text: String| writeln!(f, "{head:<12}{text}");
        let dialects =
            if self.dialect == "half" { "half of them in eom, half in line" } else { self.dialect };
        row(
            f,
            "members",
            format!(
                "{} ({dialects}), {} of them speaking",
                grouped(self.members.into()),
                grouped(self.speakers.into())
            ),
        )?;
        row(f, "joined in", short(self.joined_s * 1e6))?;
        let (messages, rate) = (grouped(self.messages.into()), rounded(self.messages_per_second));
        let (size, time) = (self.size, short(self.seconds * 1e6));
        row(f, "messages", format!("{messages} of {size} bytes in {time}: {rate} a second"))?;
        let rate = rounded(self.deliveries_per_second);
        row(f, "deliveries", format!("{}: {rate} a second", grouped(self.deliveries)))?;
        let quantiles = [("p50", p50), ("p90", p90), ("p99", p99), ("p99.9", p999), ("max", max)];
        let quantiles = quantiles.map(|(name, value)| format!("{name} {}", short(value)));
        row(f, "latency", quantiles.join(", "))?;
        row(f, "bytes", format!("{} said, {} heard", grouped(self.bytes_said), grouped(self.bytes_heard)))?;
        row(f, "other lines", grouped(self.others))?;
        write!(f, "{}", self.verdict)
    }
}

fn microseconds(nanoseconds: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a histogram is less exact")]
    let nanoseconds = nanoseconds as f64;
    (nanoseconds / 100.0).round() / 10.0
}

/// Formats a time with three digits and a unit.
fn short(microseconds: f64) -> String {
    let (value, unit) = match microseconds {
        us if us < 999.5 => (us, "µs"),
        us if us < 999_500.0 => (us / 1e3, "ms"),
        us => (us / 1e6, "s"),
    };
    let digits = if value < 9.995 { 2 } else { usize::from(value < 99.95) };
    format!("{value:.digits$} {unit}")
}

fn rounded(number: f64) -> String {
    let text = format!("{number:.0}");
    grouped(text.parse().unwrap_or_default())
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_as_people_read_them() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
        for (us, text) in [
            (0.0, "0.00 µs"),
            (12.34, "12.3 µs"),
            (999.4, "999 µs"),
            (999.6, "1.00 ms"),
            (12_345.0, "12.3 ms"),
            (2_500_000.0, "2.50 s"),
        ] {
            assert_eq!(short(us), text);
        }
    }

    #[test]
    fn quantiles_of_a_histogram() {
        let mut histogram = Histogram::<u64>::new(3).unwrap();
        (1..=1_000).for_each(|us| histogram.record(us * 1_000).unwrap());
        let Latency { p50, p90, p99, p999, max } = Latency::of(&histogram);
        for (found, right) in [(p50, 500.0), (p90, 900.0), (p99, 990.0), (p999, 999.0), (max, 1_000.0)] {
            assert!((found - right).abs() / right < 0.002, "{found} {right}");
        }
    }

    #[test]
    fn verdicts() {
        let name = |member: u16| ["Ann", "Bob"][usize::from(member)];
        let message = Message { speaker: 1, number: 4 };
        let said = |kind, others| verdict(Some(&Fault { member: 0, kind, others }), name);
        assert_eq!(said(FaultKind::Missing(1, message), 0), "Ann did not hear message 4 of Bob.");
        assert_eq!(
            said(FaultKind::Doubled(2, message), 1),
            "Ann heard more than once 2 messages, message 4 of Bob among them; another member has faults, too."
        );
        assert_eq!(
            said(FaultKind::OutOfOrder(message), 3),
            "Ann heard message 4 of Bob before its turn; 3 other members have faults, too."
        );
        assert!(verdict(None, name).starts_with("Every member heard every message once"));
    }
}
