//! Checks that every member receives every message once, and all in the same order.
//!
//! The first member to receive a message sets its place in the order; each member has a position in that order. So a message
//! that arrives in order costs one comparison, and no memory per member.

use std::collections::{HashMap, VecDeque};

use crate::base::limits::BENCH_DIAGNOSED_MEMBERS;
use crate::client::bench::load::Plan;
use crate::client::bench::message::Message;

/// The deliveries to all members, compared.
#[derive(Debug)]
pub struct Check {
    plan: Plan,
    /// The order of the room so far.
    order: Vec<Message>,
    /// For each speaker, the number of its next message in the order.
    next: Vec<u32>,
    members: Vec<MemberProgress>,
    deliveries: u64,
}

/// The progress of one member.
#[derive(Clone, Debug, Default)]
struct MemberProgress {
    /// Its position in the order.
    position: usize,
    /// How many messages it received.
    heard: u32,
    /// It is a speaker that does not receive its own messages.
    misses_own: bool,
    /// Messages that it received and that are not next in the order, or not known to be.
    ahead: VecDeque<Message>,
}

/// A fault in the deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A member with a fault.
    pub member: u16,
    /// Its fault.
    pub kind: FaultKind,
    /// How many other members have faults.
    pub others: usize,
}

/// The kind of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// This many messages were not received; this is one of them.
    Missing(usize, Message),
    /// This many messages were received more than once; this is one of them.
    Doubled(usize, Message),
    /// This message was received, but not sent.
    Unsaid(Message),
    /// Everything was received once, but this message too early.
    OutOfOrder(Message),
}

impl Check {
    /// Nothing is received yet. `echoes`: whether the room echoes messages to `line` clients.
    pub fn new(plan: &Plan, echoes: bool) -> Check {
        let progress = |member| MemberProgress {
            misses_own: plan.misses_own(member, echoes),
            ..MemberProgress::default()
        };
        Check {
            plan: plan.clone(),
            order: Vec::with_capacity(plan.messages as usize),
            next: vec![1; plan.speakers.into()],
            members: (0..plan.members).map(progress).collect(),
            deliveries: 0,
        }
    }

    /// A member received a message. Returns false if a fault is certain.
    pub fn heard(&mut self, member: u16, message: Message) -> bool {
        self.deliveries += 1;
        let progress = &mut self.members[usize::from(member)];
        progress.heard += 1;
        if progress.ahead.is_empty() {
            if self.order.get(progress.position) == Some(&message) {
                progress.position += 1;
                return true;
            }
            let next = self.next.get_mut(usize::from(message.speaker));
            if let Some(next) = next.filter(|next| **next == message.number)
                && progress.position == self.order.len()
                && !progress.misses_own
            {
                *next += 1;
                self.order.push(message);
                progress.position += 1;
                return true;
            }
        }
        progress.ahead.push_back(message);
        progress.advance(member, &self.order);
        // No member can be further ahead of the order than the window.
        progress.ahead.len() <= self.plan.window as usize
    }

    /// How many messages were received, by all members together.
    pub fn deliveries(&self) -> u64 {
        self.deliveries
    }

    /// How many messages a member received.
    pub fn heard_by(&self, member: u16) -> u32 {
        self.members[usize::from(member)].heard
    }

    /// The first fault. `said` is how many messages each speaker has sent.
    pub fn fault(&mut self, said: impl Fn(u16) -> u32) -> Option<Fault> {
        let total: usize = (0..self.plan.speakers).map(|speaker| said(speaker) as usize).sum();
        let mut faulty = Vec::new();
        for (member, progress) in (0..).zip(&mut self.members) {
            progress.advance(member, &self.order);
            if !progress.ahead.is_empty() || progress.position != total {
                faulty.push(member);
            }
        }
        // If a member with a gap set the order, all others seem out of order: prefer other kinds of faults.
        let looked_at = faulty.iter().take(BENCH_DIAGNOSED_MEMBERS);
        let found: Vec<(u16, FaultKind)> =
            looked_at.filter_map(|member| Some((*member, self.kind(*member, &said)?))).collect();
        let is_order = |kind| matches!(kind, FaultKind::OutOfOrder(_));
        let (member, kind) = *found.iter().find(|(_, kind)| !is_order(*kind)).or(found.first())?;
        Some(Fault { member, kind, others: faulty.len() - 1 })
    }

    /// The fault of this member.
    fn kind(&self, member: u16, said: &impl Fn(u16) -> u32) -> Option<FaultKind> {
        let progress = &self.members[usize::from(member)];
        let is_own = |message: &Message| progress.misses_own && message.speaker == member;
        let heard = || self.order[..progress.position].iter().filter(|m| !is_own(m)).chain(&progress.ahead);
        let mut times: HashMap<Message, u32> = HashMap::new();
        for message in heard() {
            *times.entry(*message).or_default() += 1;
        }
        let is_expected = |m: &Message| {
            m.speaker < self.plan.speakers && (1..=said(m.speaker)).contains(&m.number) && !is_own(m)
        };
        let expected = (0..self.plan.speakers)
            .flat_map(|speaker| (1..=said(speaker)).map(move |number| Message { speaker, number }))
            .filter(is_expected);
        let missing: Vec<Message> = expected.filter(|message| !times.contains_key(message)).collect();
        let doubled = times.values().filter(|times| **times > 1).count();
        let one_doubled = heard().find(|message| times[message] > 1);
        let unsaid = heard().find(|message| !is_expected(message));
        let missing = missing.first().map(|one| FaultKind::Missing(missing.len(), *one));
        missing
            .or(one_doubled.map(|one| FaultKind::Doubled(doubled, *one)))
            .or(unsaid.map(|one| FaultKind::Unsaid(*one)))
            .or(progress.ahead.front().map(|one| FaultKind::OutOfOrder(*one)))
    }
}

impl MemberProgress {
    /// Advances the position over the messages in `ahead`, and over its own ones if it does not receive them.
    fn advance(&mut self, member: u16, order: &[Message]) {
        while let Some(next) = order.get(self.position) {
            if self.ahead.front() == Some(next) {
                self.ahead.pop_front();
            } else if !(self.misses_own && next.speaker == member) {
                break;
            }
            self.position += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::bench::load::Dialects;

    /// The fault when three members receive these messages, each a speaker and a number.
    fn fault(dialects: Dialects, speakers: u16, heard: [&[(u16, u32)]; 3]) -> Option<Fault> {
        let plan = Plan { members: 3, speakers, messages: 4, size: 32, rate: None, window: 4, dialects };
        let mut check = Check::new(&plan, true);
        // In every order of the members, as any socket may be read first.
        let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
        let faults: Vec<Option<Fault>> = orders
            .iter()
            .map(|order| {
                check = Check::new(&plan, true);
                for member in order {
                    for (speaker, number) in heard[usize::from(*member)] {
                        check.heard(*member, Message { speaker: *speaker, number: *number });
                    }
                }
                check.fault(|speaker| plan.share(speaker))
            })
            .collect();
        let is_found = faults.iter().filter(|fault| fault.is_some()).count();
        assert!(is_found == 0 || is_found == faults.len(), "{faults:?}");
        faults.into_iter().next().flatten()
    }

    const ALL: &[(u16, u32)] = &[(0, 1), (1, 1), (0, 2), (1, 2)];

    #[test]
    fn all_is_well_when_all_hear_the_same() {
        assert_eq!(fault(Dialects::Line, 2, [ALL, ALL, ALL]), None);
        let other: &[(u16, u32)] = &[(1, 1), (1, 2), (0, 1), (0, 2)];
        assert_eq!(fault(Dialects::Line, 2, [other, other, other]), None, "the room decides who is first");
        let first: &[(u16, u32)] = &[(1, 1), (1, 2)];
        let second: &[(u16, u32)] = &[(0, 1), (0, 2)];
        assert_eq!(fault(Dialects::Eom, 2, [first, second, ALL]), None, "without their own words");
    }

    #[test]
    fn a_missing_message_is_found() {
        for (lost, left) in [((0, 1), [1, 2, 3]), ((1, 1), [0, 2, 3]), ((1, 2), [0, 1, 2])] {
            let heard: Vec<(u16, u32)> = left.iter().map(|n: &usize| ALL[*n]).collect();
            let fault = fault(Dialects::Line, 2, [ALL, &heard, ALL]).unwrap();
            let message = Message { speaker: lost.0, number: lost.1 };
            assert_eq!((fault.member, fault.kind, fault.others), (1, FaultKind::Missing(1, message), 0));
        }
        let lost_by_all = fault(Dialects::Line, 2, [&ALL[1..], &ALL[1..], &ALL[1..]]).unwrap();
        let message = Message { speaker: 0, number: 1 };
        assert_eq!((lost_by_all.kind, lost_by_all.others), (FaultKind::Missing(1, message), 2));
        let own_heard = fault(Dialects::Eom, 2, [&[(1, 1)], &[(0, 1), (0, 2)], ALL]).unwrap();
        assert_eq!(own_heard.kind, FaultKind::Missing(1, Message { speaker: 1, number: 2 }));
    }

    #[test]
    fn a_doubled_message_is_found() {
        for (twice, (speaker, number)) in ALL.iter().copied().enumerate() {
            let mut heard = ALL.to_vec();
            heard.insert(twice, (speaker, number));
            let fault = fault(Dialects::Line, 2, [ALL, ALL, &heard]).unwrap();
            let message = Message { speaker, number };
            assert_eq!((fault.member, fault.kind), (2, FaultKind::Doubled(1, message)));
        }
    }

    #[test]
    fn two_swapped_messages_are_found() {
        let swapped: &[(u16, u32)] = &[(0, 1), (0, 2), (1, 1), (1, 2)];
        let found = fault(Dialects::Line, 2, [ALL, ALL, swapped]).unwrap();
        assert!(matches!(found.kind, FaultKind::OutOfOrder(_)), "{found:?}");
        let by_one: &[(u16, u32)] = &[(0, 2), (0, 1), (0, 3), (0, 4)];
        let found = fault(Dialects::Line, 1, [by_one, by_one, by_one]).unwrap();
        let second = Message { speaker: 0, number: 2 };
        assert_eq!((found.kind, found.others), (FaultKind::OutOfOrder(second), 2), "by all alike");
    }

    #[test]
    fn what_nobody_said_is_found() {
        let heard: Vec<(u16, u32)> = ALL.iter().copied().chain([(0, 9)]).collect();
        let found = fault(Dialects::Line, 2, [&heard, ALL, ALL]).unwrap();
        assert_eq!(found.kind, FaultKind::Unsaid(Message { speaker: 0, number: 9 }));
    }

    #[test]
    fn a_member_too_far_ahead_is_a_fault_at_once() {
        let plan = Plan {
            members: 2,
            speakers: 1,
            messages: 9,
            size: 32,
            rate: None,
            window: 2,
            dialects: Dialects::Line,
        };
        let mut check = Check::new(&plan, true);
        let said: Vec<bool> = [1, 3, 4, 5]
            .iter()
            .map(|number| check.heard(0, Message { speaker: 0, number: *number }))
            .collect();
        assert_eq!(said, [true, true, true, false]);
    }
}
