//! Members that operate the server: passwords that are being checked, and operators' commands that are not answered yet.
//!
//! To check a password takes long, so another thread does it: checks go out, and their results come in.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::time::{Duration, Instant};

use crate::base::limits::{OPERATOR_CHECKS, WRONG_PASSWORDS_PER_MINUTE};
use crate::base::password_hash::PasswordHash;
use crate::base::secret::Secret;
use crate::base::source::Source;
use crate::limits::source_rate::SourceRate;
use crate::proto::{MemberId, OperatorRefusal};

/// Somebody who may operate the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorEntry {
    /// The name.
    pub name: String,
    /// The hash of the password.
    pub hash: PasswordHash,
}

/// A password to be checked. Report the result with [`Hub::password_checked`](crate::hub::Hub::password_checked).
#[derive(Clone, Debug)]
pub struct PasswordCheck {
    /// Which check it is.
    pub ticket: u64,
    /// The password that was given.
    pub password: Secret,
    /// What it is compared with.
    pub hash: PasswordHash,
}

/// A command that a member gives as an operator of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperatorLine {
    /// Which command it is, for [`AdminApi::answer_operator`](crate::hub::AdminApi::answer_operator).
    pub ticket: u64,
    /// Who gives it.
    pub by: OperatorId,
    /// The command.
    pub line: String,
}

/// A member, from when it became an operator until it is none. No number is given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct OperatorId(u64);

/// A member that waits for an answer, and the label of its request.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asker {
    pub(super) member: MemberId,
    pub(super) label: Option<Rc<str>>,
}

/// A password that is being checked.
#[derive(Debug)]
struct Checking {
    asker: Asker,
    source: Source,
    /// The operator that it is said to be. `None`: there is none of that name.
    entry: Option<OperatorEntry>,
}

/// Members that operate the server, or want to.
#[derive(Debug)]
pub(super) struct ChatOperators {
    entries: Vec<OperatorEntry>,
    /// Wrong passwords of late.
    wrong: SourceRate,
    /// The last number that was given.
    last: u64,
    /// Checks that are not taken yet.
    checks: VecDeque<PasswordCheck>,
    checking: BTreeMap<u64, Checking>,
    /// Commands that are not taken yet.
    lines: VecDeque<OperatorLine>,
    /// Who waits for the answer to a command.
    asked: BTreeMap<u64, Asker>,
    /// Who is an operator now, and with which entry.
    active: BTreeMap<OperatorId, (MemberId, OperatorEntry)>,
}

impl ChatOperators {
    /// Nobody is an operator yet.
    pub(super) fn new(entries: Vec<OperatorEntry>) -> ChatOperators {
        ChatOperators {
            entries,
            wrong: SourceRate::in_a_minute(WRONG_PASSWORDS_PER_MINUTE),
            last: 0,
            checks: VecDeque::new(),
            checking: BTreeMap::new(),
            lines: VecDeque::new(),
            asked: BTreeMap::new(),
            active: BTreeMap::new(),
        }
    }

    /// The names of all that may operate the server.
    pub(super) fn names(&self) -> Vec<Rc<str>> {
        self.entries.iter().map(|entry| entry.name.as_str().into()).collect()
    }

    /// Sets who may operate the server. Returns the members that may not any more: their entry is gone, or has another password.
    pub(super) fn set_entries(&mut self, entries: Vec<OperatorEntry>) -> Vec<MemberId> {
        self.entries = entries;
        let ended: Vec<OperatorId> = self
            .active
            .iter()
            .filter(|(_, (_, entry))| !self.entries.contains(entry))
            .map(|(id, _)| *id)
            .collect();
        ended.into_iter().filter_map(|id| self.active.remove(&id)).map(|(member, _)| member).collect()
    }

    /// A member says that it is this operator. An unknown name takes as long as a wrong password. After too many wrong ones from an
    /// address, not even the right one is checked.
    pub(super) fn check(
        &mut self,
        asker: Asker,
        (name, password): (&str, Secret),
        source: Source,
        now: Instant,
    ) -> Result<(), OperatorRefusal> {
        let Some(first) = self.entries.first() else { return Err(OperatorRefusal::NobodyCanBe) };
        if name.is_empty() || password.expose().is_empty() {
            return Err(OperatorRefusal::NeedsNameAndPassword);
        }
        if self.checking.len() >= OPERATOR_CHECKS {
            return Err(OperatorRefusal::Busy);
        }
        self.wrong.spend(source, now).map_err(OperatorRefusal::TooMany)?;
        let entry = self.entries.iter().find(|entry| entry.name == name).cloned();
        let hash = entry.as_ref().unwrap_or(first).hash.clone();
        let ticket = self.draw();
        self.checks.push_back(PasswordCheck { ticket, password, hash });
        self.checking.insert(ticket, Checking { asker, source, entry });
        Ok(())
    }

    /// The checks that are to be made.
    pub(super) fn take_checks(&mut self) -> Vec<PasswordCheck> {
        self.checks.drain(..).collect()
    }

    /// A check is made: the password is right, or wrong; or could not be checked. Returns who waits for that, and the name of the
    /// operator that it is. `None`: nobody waits any more.
    pub(super) fn checked(
        &mut self,
        ticket: u64,
        is_right: Option<bool>,
        now: Instant,
    ) -> Option<(Asker, Result<Rc<str>, OperatorRefusal>)> {
        let Checking { asker, source, entry } = self.checking.remove(&ticket)?;
        let Some(is_right) = is_right else { return Some((asker, Err(OperatorRefusal::Busy))) };
        // The file may have been read again meanwhile.
        let Some(entry) = entry.filter(|entry| is_right && self.entries.contains(entry)) else {
            return Some((asker, Err(OperatorRefusal::Wrong)));
        };
        self.wrong.refund(source, now);
        let name: Rc<str> = entry.name.as_str().into();
        // Who is an operator already goes on with what it watches.
        let known = self.active.iter().find(|(_, (member, _))| *member == asker.member).map(|(id, _)| *id);
        let id = known.unwrap_or_else(|| OperatorId(self.draw()));
        self.active.insert(id, (asker.member, entry));
        Some((asker, Ok(name)))
    }

    /// An operator gives a command. Returns false if it is none.
    pub(super) fn ask(&mut self, asker: Asker, line: String) -> bool {
        let by = self.active.iter().find(|(_, (member, _))| *member == asker.member).map(|(id, _)| *id);
        let Some(by) = by else { return false };
        let ticket = self.draw();
        self.lines.push_back(OperatorLine { ticket, by, line });
        self.asked.insert(ticket, asker);
        true
    }

    /// The commands that are to be run.
    pub(super) fn take_lines(&mut self) -> Vec<OperatorLine> {
        self.lines.drain(..).collect()
    }

    /// A command is answered. Returns who waits for that; `None`: nobody any more.
    pub(super) fn answered(&mut self, ticket: u64) -> Option<Asker> {
        self.asked.remove(&ticket)
    }

    /// The member that an operator is. `None`: it is no operator any more.
    pub(super) fn member(&self, id: OperatorId) -> Option<MemberId> {
        self.active.get(&id).map(|(member, _)| *member)
    }

    /// A member leaves. Nobody waits for its answers.
    pub(super) fn drop_member(&mut self, member: MemberId) {
        self.active.retain(|_, (other, _)| *other != member);
        self.checking.retain(|_, checking| checking.asker.member != member);
        self.asked.retain(|_, asker| asker.member != member);
        self.lines.retain(|line| self.asked.contains_key(&line.ticket));
    }

    fn draw(&mut self) -> u64 {
        self.last += 1;
        self.last
    }
}

impl OperatorRefusal {
    /// How long the client is not read after this, as its password was wrong.
    pub(super) fn pause(self) -> Option<Duration> {
        matches!(self, OperatorRefusal::Wrong | OperatorRefusal::TooMany(_))
            .then_some(crate::base::limits::PASSWORD_PAUSE)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    const HASH: &str =
        "$argon2id$v=19$m=8,t=1,p=1$2/OCR5YJ4lKyzJ9uxZe7DA$kVebRrklDKw8rnQ6dWSFm5bBlZV30nJIx3Vc/BoyhI4";

    fn entry(name: &str) -> OperatorEntry {
        OperatorEntry { name: name.into(), hash: PasswordHash::parse(HASH).unwrap() }
    }

    fn asker(member: usize) -> Asker {
        Asker { member: MemberId(member), label: None }
    }

    fn source() -> Source {
        Source::of(Ipv4Addr::new(192, 0, 2, 1).into())
    }

    /// Gives a password, which is checked, with this result.
    fn give(
        operators: &mut ChatOperators,
        member: usize,
        name: &str,
        is_right: bool,
    ) -> Result<Rc<str>, OperatorRefusal> {
        let now = Instant::now();
        operators.check(asker(member), (name, "sesame".into()), source(), now)?;
        let [PasswordCheck { ticket, .. }] = operators.take_checks()[..] else { panic!("one is checked") };
        operators.checked(ticket, Some(is_right), now).unwrap().1
    }

    #[test]
    fn a_right_password_makes_an_operator_and_nothing_else_does() {
        let mut operators = ChatOperators::new(vec![entry("root")]);
        assert!(!operators.ask(asker(1), "stats".into()));
        assert_eq!(give(&mut operators, 1, "root", false), Err(OperatorRefusal::Wrong));
        assert_eq!(give(&mut operators, 1, "toor", true), Err(OperatorRefusal::Wrong), "another's password");
        assert!(!operators.ask(asker(1), "stats".into()));
        assert_eq!(give(&mut operators, 1, "root", true), Ok("root".into()));
        assert!(operators.ask(asker(1), "stats".into()) && !operators.ask(asker(2), "stats".into()));
        let [OperatorLine { ticket, by, .. }] = operators.take_lines()[..] else { panic!("one command") };
        assert_eq!(operators.member(by), Some(MemberId(1)));
        assert_eq!(operators.answered(ticket), Some(asker(1)));
        assert_eq!(operators.answered(ticket), None);
    }

    #[test]
    fn guesses_are_limited_even_with_the_right_one_among_them() {
        let mut operators = ChatOperators::new(vec![entry("root")]);
        for _ in 0..WRONG_PASSWORDS_PER_MINUTE * 2 {
            assert!(give(&mut operators, 1, "root", true).is_ok(), "right ones do not count");
        }
        for _ in 0..WRONG_PASSWORDS_PER_MINUTE {
            assert_eq!(give(&mut operators, 2, "root", false), Err(OperatorRefusal::Wrong));
        }
        assert!(matches!(give(&mut operators, 3, "root", true), Err(OperatorRefusal::TooMany(_))));
    }

    #[test]
    fn few_are_checked_at_a_time() {
        let (mut operators, now) = (ChatOperators::new(vec![entry("root")]), Instant::now());
        let mut check = |member| operators.check(asker(member), ("root", "x".into()), source(), now);
        for member in 0..OPERATOR_CHECKS {
            assert_eq!(check(member), Ok(()));
        }
        assert_eq!(check(OPERATOR_CHECKS), Err(OperatorRefusal::Busy));
        operators.drop_member(MemberId(0));
        assert_eq!(operators.check(asker(99), ("root", "x".into()), source(), now), Ok(()));
    }

    #[test]
    fn who_leaves_is_no_operator_and_waits_for_nothing() {
        let (mut operators, now) = (ChatOperators::new(vec![entry("root")]), Instant::now());
        give(&mut operators, 1, "root", true).unwrap();
        operators.ask(asker(1), "stats".into());
        operators.check(asker(1), ("root", "sesame".into()), source(), now).unwrap();
        let ticket = operators.take_checks()[0].ticket;
        operators.drop_member(MemberId(1));
        assert!(operators.take_lines().is_empty() && operators.checked(ticket, Some(true), now).is_none());
        assert!(!operators.ask(asker(1), "stats".into()), "another member has its number now");
    }

    #[test]
    fn whoever_is_taken_out_while_its_password_is_checked_is_no_operator() {
        let (mut operators, now) = (ChatOperators::new(vec![entry("root"), entry("ann")]), Instant::now());
        operators.check(asker(1), ("ann", "sesame".into()), source(), now).unwrap();
        let ticket = operators.take_checks()[0].ticket;
        operators.set_entries(vec![entry("root")]);
        assert_eq!(operators.checked(ticket, Some(true), now), Some((asker(1), Err(OperatorRefusal::Wrong))));
        assert!(!operators.ask(asker(1), "stats".into()));
    }

    #[test]
    fn another_file_ends_what_it_does_not_say_any_more() {
        let mut operators = ChatOperators::new(vec![entry("root"), entry("ann")]);
        give(&mut operators, 1, "root", true).unwrap();
        give(&mut operators, 2, "ann", true).unwrap();
        assert_eq!(operators.set_entries(vec![entry("ann")]), [MemberId(1)]);
        assert!(!operators.ask(asker(1), "stats".into()) && operators.ask(asker(2), "stats".into()));
        assert_eq!(operators.set_entries(Vec::new()), [MemberId(2)]);
        assert_eq!(give(&mut operators, 2, "ann", true), Err(OperatorRefusal::NobodyCanBe));
    }
}
