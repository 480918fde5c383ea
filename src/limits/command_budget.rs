//! The budget for commands: what each costs, and how much a member may spend.
//!
//! Messages have the spam limit; commands have a token bucket of their own, like the penalties of IRC servers. A
//! command beyond the budget is refused, and its sender is told when to try again. Only refused commands count for the
//! spam limit, so that a sender who goes on regardless is removed.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, Instant};

use crate::base::limits::{IRC_NAMES_PER_POINT, SPAM_MESSAGES};
use crate::limits::gcra::{self, Gcra};
use crate::proto::{HistoryQuery, Lookup, Monitor, ProgramRequest, Refusal, Request};

/// The cost of each command, in points. Commands that the whole room sees or that query the journal cost more.
const COSTS: [(&str, u32); 16] = [
    ("help", 1),
    ("who", 1),
    ("replay", 1),
    ("rooms", 2),
    ("leave", 2),
    ("join", 3),
    ("away", 3),
    ("back", 3),
    ("topic", 3),
    ("kick", 3),
    ("invite", 4),
    ("oper", 5),
    ("history", 5),
    ("search", 8),
    ("nick", 10),
    ("open", 10),
];

/// The commands that are messages to others, and count as such.
const MESSAGES: [&str; 5] = ["me", "msg", "reply", "undo", "edit"];

/// The cost of any other command: those of a room's host, and unknown ones.
const OTHER_COST: u32 = 1;

/// The cost of a page of history, which programs read page by page, and of a list of members.
const PAGE_COST: u32 = 1;
const MEMBERS_COST: u32 = 4;

/// A token bucket: this many points at once, refilled within this time. Written `50/50s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommandLimit(Gcra);

/// What a request counts as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cost<'a> {
    /// Nothing at all.
    Nothing,
    /// One message.
    Message,
    /// A command with this name and cost, in points.
    Command(&'a str, u32),
}

/// What a member has spent on commands.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommandBudget {
    /// When the budget is full again; `None`: it is full.
    until: Option<Instant>,
}

impl Cost<'_> {
    /// What a member's request counts as.
    pub fn of(request: &Request) -> Cost<'_> {
        match request {
            Request::Command { name, .. } if name.eq_ignore_ascii_case("exit") => Cost::Nothing,
            Request::Command { name, .. } if !is_message(name) => Cost::of_command(name),
            Request::Oper { .. } => Cost::of_command("oper"),
            Request::Join { .. } => Cost::of_command("join"),
            Request::Leave { .. } => Cost::of_command("leave"),
            Request::Program(request) => match request {
                // They cost no more than the bytes in which they come.
                ProgramRequest::Ping
                | ProgramRequest::Typing { .. }
                | ProgramRequest::TypingTo { .. }
                | ProgramRequest::WatchTyping
                | ProgramRequest::Read { .. } => Cost::Nothing,
                ProgramRequest::Amend { .. } | ProgramRequest::Notice { .. } => Cost::Message,
                ProgramRequest::Nick { .. } => Cost::of_command("nick"),
                ProgramRequest::Open { .. } => Cost::of_command("open"),
                ProgramRequest::Resume { .. } | ProgramRequest::Enter { .. } => Cost::of_command("join"),
                ProgramRequest::Look(Lookup::Members { names })
                | ProgramRequest::Monitor(Monitor::Add(names) | Monitor::Remove(names)) => {
                    let points = u32::try_from(names.len() / IRC_NAMES_PER_POINT).unwrap_or(u32::MAX);
                    Cost::Command("who", OTHER_COST + points)
                }
                ProgramRequest::Monitor(_) => Cost::Command("who", MEMBERS_COST),
                ProgramRequest::Become(_) | ProgramRequest::RealName(_) | ProgramRequest::ReadAt { .. } => {
                    Cost::Command("", OTHER_COST)
                }
                ProgramRequest::Look(_) => Cost::Command("who", OTHER_COST),
                ProgramRequest::Rooms { .. } => Cost::of_command("rooms"),
                ProgramRequest::Search { .. } => Cost::of_command("search"),
                ProgramRequest::Private { query: HistoryQuery::Words { .. }, .. } => {
                    Cost::of_command("search")
                }
                ProgramRequest::History { .. }
                | ProgramRequest::Private { .. }
                | ProgramRequest::Span { .. } => Cost::Command("history", PAGE_COST),
                ProgramRequest::Members { .. } => Cost::Command("members", MEMBERS_COST),
            },
            Request::Command { .. }
            | Request::Say { .. }
            | Request::Tell { .. }
            | Request::SayTooLong
            | Request::SayTooManyLines
            | Request::Malformed(_)
            | Request::Hello { .. } => Cost::Message,
        }
    }

    fn of_command(name: &str) -> Cost<'_> {
        let known = COSTS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        known.map_or(Cost::Command(name, OTHER_COST), |(name, cost)| Cost::Command(name, *cost))
    }
}

/// Whether a command is a message to others.
fn is_message(command: &str) -> bool {
    MESSAGES.iter().any(|name| name.eq_ignore_ascii_case(command))
}

impl CommandBudget {
    /// Spends the cost of a command, or returns the refusal for its sender.
    pub fn spend(
        &mut self,
        limit: CommandLimit,
        command: &str,
        cost: u32,
        now: Instant,
    ) -> Result<(), Refusal> {
        let until = limit.0.try_acquire(self.until.unwrap_or(now), cost, now).map_err(|wait| {
            // An unknown command may be long.
            let command = (command.len() <= ECHOED_COMMAND_BYTES).then(|| command.to_owned());
            Refusal::TooFast { command, wait }
        })?;
        self.until = Some(until);
        Ok(())
    }
}

/// The longest command name that a refusal repeats, in bytes.
const ECHOED_COMMAND_BYTES: usize = 32;

impl CommandLimit {
    /// This many points within this time.
    pub const fn new(points: u32, within: Duration) -> CommandLimit {
        CommandLimit(Gcra { points, within })
    }
}

impl FromStr for CommandLimit {
    type Err = String;

    fn from_str(text: &str) -> Result<CommandLimit, String> {
        let (points, within) = gcra::parse(text, "points", &SPAM_MESSAGES, "50/50s")?;
        Ok(CommandLimit::new(u32::try_from(points).map_err(|why| why.to_string())?, within))
    }
}

impl fmt::Display for CommandLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.0.points, humantime::format_duration(self.0.within))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::{COMMAND_POINTS, COMMAND_WINDOW, ROOMS_PER_PROGRAM};
    use crate::wire::sentences::refusal;

    fn command(name: &str) -> Request {
        Request::Command { room: None, name: name.into(), rest: String::new() }
    }

    fn ask(names: usize) -> Request {
        let names = vec!["Ann".to_owned(); names];
        Request::Program(ProgramRequest::Look(Lookup::Members { names }))
    }

    #[test]
    fn what_counts_as_what() {
        for (request, counts) in [
            (command("exit"), Cost::Nothing),
            (command("EXIT"), Cost::Nothing),
            (command("me"), Cost::Message),
            (command("MSG"), Cost::Message),
            (command("reply"), Cost::Message),
            (
                Request::Tell { to: "Ben".into(), text: "hi".into(), is_ongoing: false, is_notice: false },
                Cost::Message,
            ),
            (ask(1), Cost::Command("who", 1)),
            (ask(64), Cost::Command("who", 17)),
            (command("whois"), Cost::Command("whois", 1)),
            (Request::SayTooLong, Cost::Message),
            (Request::Malformed(String::new()), Cost::Message),
            (Request::Say { room: None, text: "/who".into() }, Cost::Message),
            (command("Who"), Cost::Command("who", 1)),
            (command("nonsense"), Cost::Command("nonsense", 1)),
            (command("history"), Cost::Command("history", 5)),
            (command("search"), Cost::Command("search", 8)),
            (Request::Join { room: None, replay: None }, Cost::Command("join", 3)),
            (Request::Leave { room: None }, Cost::Command("leave", 2)),
        ] {
            assert_eq!(Cost::of(&request), counts, "{request:?}");
        }
    }

    #[test]
    fn a_program_may_join_all_of_its_rooms_as_it_comes() {
        let (limit, now) = (CommandLimit::new(COMMAND_POINTS, COMMAND_WINDOW), Instant::now());
        let mut penalty = CommandBudget::default();
        let Cost::Command(name, cost) = Cost::of_command("join") else { panic!("it costs something") };
        for _ in 0..ROOMS_PER_PROGRAM {
            assert_eq!(penalty.spend(limit, name, cost, now), Ok(()));
        }
    }

    #[test]
    fn the_sentence_says_what_was_not_done_and_when_to_try_again() {
        let (limit, now) = ("10/20s".parse().unwrap(), Instant::now());
        let mut penalty = CommandBudget::default();
        let text = |refused: Result<(), Refusal>| refusal(&refused.unwrap_err());
        for _ in 0..2 {
            assert_eq!(penalty.spend(limit, "search", 5, now), Ok(()));
        }
        assert_eq!(
            text(penalty.spend(limit, "who", 1, now)),
            "Too many commands at once: /who was not done. Try again in 2 seconds."
        );
        let long = "x".repeat(4000);
        assert!(
            text(penalty.spend(limit, &long, 1, now)).starts_with("Too many commands at once: it was not")
        );
        assert_eq!(penalty.spend(limit, "who", 1, now + Duration::from_secs(2)), Ok(()));
    }
}
