//! MONITOR: a client hears whether somebody has a nick (`ircv3.net/specs/extensions/monitor`).

use crate::base::limits::MONITORED_NAMES;
use crate::proto::{Monitor, Monitored, ProgramRequest, Request};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::Asked;
use crate::wire::irc::message::Message;
use crate::wire::irc::server::Numerics;
use crate::wire::irc::shared::source;
use crate::wire::irc::text::{groups, joined};

impl Irc {
    /// MONITOR.
    pub(super) fn monitor(&mut self, message: &Message<'_>) {
        let list = message.param(1);
        let names = || {
            let names = list.split(',').filter(|name| !name.is_empty());
            names.take(2 * MONITORED_NAMES).map(str::to_owned).collect::<Vec<_>>()
        };
        let what = match message.param(0) {
            "+" if !list.is_empty() => Monitor::Add(names()),
            "-" if !list.is_empty() => Monitor::Remove(names()),
            "C" | "c" => Monitor::Clear,
            "L" | "l" => Monitor::List,
            "S" | "s" => Monitor::Status,
            _ => return self.needs_more("MONITOR"),
        };
        self.ask(Asked::about("MONITOR", ""), Request::Program(ProgramRequest::Monitor(what)));
    }
}

/// The lines about the list.
pub(super) fn put_monitored(what: &Monitored, numerics: &mut Numerics<'_>) {
    match what {
        Monitored::Here(names) => {
            let names: Vec<String> = names.iter().map(|name| source(name.as_str())).collect();
            numerics.put_list("730", &[], &names, ",");
        }
        Monitored::Gone(names) => numerics.put_list("731", &[], names, ","),
        Monitored::List(names) => {
            numerics.put_list("732", &[], names, ",");
            numerics.put("733", &[], Some("End of MONITOR list"));
        }
        Monitored::Full(names) => {
            const LAST: &str = "Monitor list is full";
            let most = MONITORED_NAMES.to_string();
            let overhead = numerics.overhead("734", &[&most]) + " ".len() + " :".len() + LAST.len();
            for group in groups(names, overhead) {
                numerics.put("734", &[&most, &joined(group, ",")], Some(LAST));
            }
        }
    }
}
