//! The plan of a bench: who sends which message when, and the progress of it.
//!
//! It has neither connections nor a clock: times are arguments, counted from the start.

use std::time::Duration;

use crate::client::bench::message::Message;
use crate::wire::Dialect;

/// The dialects that the members of a bench speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Dialects {
    /// Lines, as netcat sends them
    Line,
    /// `::EOMsg::` marks, as the old Python programs send them
    Eom,
    /// Half of the members line, the others eom
    Half,
}

/// The plan.
#[derive(Clone, Debug)]
pub struct Plan {
    /// How many members fill the room.
    pub members: u16,
    /// How many of them speak, round robin: the first ones.
    pub speakers: u16,
    /// How many messages all speakers send together.
    pub messages: u32,
    /// The length of each message, in bytes.
    pub size: u16,
    /// Messages per second, of all speakers together; `None`: as many as the window allows.
    pub rate: Option<u32>,
    /// How many messages may be in flight: sent, and not received by the listener yet.
    pub window: u32,
    /// The dialects of the members.
    pub dialects: Dialects,
}

/// The next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Send this message now. It was due at this time.
    Say(Message, Duration),
    /// Wait until this time.
    At(Duration),
    /// Wait until the listener has received more: the window is full.
    Wait,
    /// Everything is sent.
    Done,
}

/// The progress of a plan.
#[derive(Debug)]
pub struct Load {
    plan: Plan,
    said: u32,
}

impl Plan {
    /// A member's dialect.
    pub fn dialect(&self, member: u16) -> Dialect {
        match self.dialects {
            Dialects::Eom => Dialect::Eom,
            Dialects::Half if member % 2 == 1 => Dialect::Eom,
            Dialects::Line | Dialects::Half => Dialect::Line,
        }
    }

    /// Whether this member is a speaker and does not receive its own messages. `echoes`: whether the room echoes.
    pub fn misses_own(&self, member: u16, echoes: bool) -> bool {
        member < self.speakers && !(echoes && self.dialect(member) == Dialect::Line)
    }

    /// The last member that receives everything, if there is one.
    pub fn listener(&self, echoes: bool) -> Option<u16> {
        (0..self.members).rev().find(|member| !self.misses_own(*member, echoes))
    }

    /// The member that sends the first and the last mark: the last `line` client, or else the last member.
    pub fn marker(&self) -> u16 {
        let last = self.members.saturating_sub(1);
        let in_line = |member: &u16| self.dialect(*member) == Dialect::Line;
        (0..self.members).rev().find(in_line).unwrap_or(last)
    }

    /// How many of the messages this member sends.
    pub fn share(&self, member: u16) -> u32 {
        let (speakers, member) = (u32::from(self.speakers), u32::from(member));
        if member >= speakers {
            return 0;
        }
        self.messages / speakers + u32::from(member < self.messages % speakers)
    }

    /// How many deliveries are expected in all.
    pub fn deliveries(&self, echoes: bool) -> u64 {
        let own = |member| u64::from(self.share(member));
        let missed: u64 = (0..self.speakers).filter(|m| self.misses_own(*m, echoes)).map(own).sum();
        u64::from(self.messages) * u64::from(self.members) - missed
    }
}

impl Load {
    /// Nothing is sent yet.
    pub fn new(plan: Plan) -> Load {
        Load { plan, said: 0 }
    }

    /// How many messages were sent.
    pub fn said(&self) -> u32 {
        self.said
    }

    /// The next step at this time, when the listener has received `heard` messages. A message it returns counts as sent.
    pub fn next(&mut self, heard: u32, now: Duration) -> Next {
        let Plan { messages, speakers, window, rate, .. } = self.plan;
        if self.said == messages {
            return Next::Done;
        }
        let due = rate.map_or(now, |rate| Duration::from_secs(1) * self.said / rate);
        if due > now {
            return Next::At(due);
        }
        if self.said.saturating_sub(heard) >= window {
            return Next::Wait;
        }
        let turn = self.said / u32::from(speakers);
        let speaker = u16::try_from(self.said % u32::from(speakers)).unwrap_or_default();
        self.said += 1;
        Next::Say(Message { speaker, number: turn + 1 }, due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(members: u16, speakers: u16, dialects: Dialects) -> Plan {
        Plan { members, speakers, messages: 7, size: 64, rate: None, window: 3, dialects }
    }

    #[test]
    fn speakers_take_turns_within_the_window() {
        let mut load = Load::new(plan(5, 2, Dialects::Line));
        let said: Vec<(u16, u32)> = (0..7)
            .map(|heard| match load.next(heard, Duration::ZERO) {
                Next::Say(message, _) => (message.speaker, message.number),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(said, [(0, 1), (1, 1), (0, 2), (1, 2), (0, 3), (1, 3), (0, 4)]);
        assert_eq!(load.next(7, Duration::ZERO), Next::Done);

        let mut load = Load::new(plan(5, 1, Dialects::Line));
        let open = (0..7).take_while(|_| matches!(load.next(0, Duration::ZERO), Next::Say(..))).count();
        assert_eq!((open, load.next(0, Duration::ZERO)), (3, Next::Wait));
        assert!(matches!(load.next(1, Duration::ZERO), Next::Say(..)));
    }

    #[test]
    fn a_rate_says_when_and_a_late_message_keeps_the_time_it_was_due() {
        let mut load = Load::new(Plan { rate: Some(4), ..plan(5, 1, Dialects::Line) });
        let at = Duration::from_millis;
        assert!(matches!(load.next(0, at(0)), Next::Say(_, due) if due == at(0)));
        assert_eq!(load.next(0, at(249)), Next::At(at(250)));
        assert!(matches!(load.next(0, at(900)), Next::Say(_, due) if due == at(250)));
        assert!(matches!(load.next(0, at(900)), Next::Say(_, due) if due == at(500)));
        assert_eq!(load.next(0, at(900)), Next::Wait);
    }

    #[test]
    fn expected_deliveries_listener_and_marker() {
        use Dialects::{Eom, Half, Line};
        for (plan, echoes, deliveries, listener, marker) in [
            (plan(5, 2, Line), true, 35, Some(4), 4),
            (plan(5, 2, Line), false, 28, Some(4), 4),
            (plan(5, 2, Eom), true, 28, Some(4), 4),
            (plan(6, 2, Half), true, 42 - 3, Some(5), 4),
            (plan(6, 6, Half), true, 42 - 3, Some(4), 4),
            (plan(2, 2, Eom), true, 7, None, 1),
            (plan(1, 1, Line), true, 7, Some(0), 0),
        ] {
            let found = (plan.deliveries(echoes), plan.listener(echoes), plan.marker());
            assert_eq!(found, (deliveries, listener, marker), "{plan:?}");
        }
        let plan = plan(5, 3, Line);
        assert_eq!([0, 1, 2, 3].map(|member| plan.share(member)), [3, 2, 2, 0]);
    }
}
