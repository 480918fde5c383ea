//! The hub's glue to members that operate the server: it hands their passwords and commands on, and answers them.

use std::rc::Rc;
use std::time::Instant;

use log::{info, warn};

use crate::base::secret::Secret;
use crate::base::source::Source;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::chat_operators::{Asker, OperatorEntry, OperatorId, OperatorLine, PasswordCheck};
use crate::proto::{Event, MemberId, OperatorRefusal, Reply};

impl Hub {
    /// A member says that it is an operator. Its input waits until the password is checked.
    pub(super) fn check_operator(
        &mut self,
        id: SessionId,
        member: MemberId,
        given: (&str, Secret),
        now: Instant,
    ) {
        let asker = Asker { member, label: self.sessions.label(id) };
        let source = Source::of(self.sessions[id].peer.ip());
        match self.chat_operators.check(asker, given, source, now) {
            Ok(()) => self.sessions.await_step(id),
            Err(why) => self.refuse_operator(id, member, why, now),
        }
    }

    /// The passwords that are to be checked, which takes long. Report each with [`Hub::password_checked`].
    pub fn password_checks(&mut self) -> Vec<PasswordCheck> {
        self.chat_operators.take_checks()
    }

    /// A password is right, or wrong. `None`: it cannot be checked now.
    pub fn password_checked(&mut self, ticket: u64, is_right: Option<bool>, now: Instant) {
        let Some((asker, checked)) = self.chat_operators.checked(ticket, is_right, now) else { return };
        let member = asker.member;
        self.answer_asker(asker, now, |hub, id| match checked {
            Ok(name) => {
                info!("{} is an operator of the server now, as {name}", hub.describe(id));
                hub.rooms.make_operator(member, name);
            }
            Err(why) => hub.refuse_operator(id, member, why, now),
        });
    }

    /// Sets who may operate the server. Whoever does without being named any more is told that it is over.
    pub fn set_operators(&mut self, entries: Vec<OperatorEntry>, now: Instant) {
        for member in self.chat_operators.set_entries(entries) {
            if let Some(id) = self.sessions.of_member(member) {
                info!("{} is no operator of the server any more", self.describe(id));
            }
            self.rooms.end_operator(member);
        }
        self.rooms.set_operator_names(self.chat_operators.names());
        self.run_effects(now);
    }

    /// An operator gives a command. Its input waits for the answer.
    pub(super) fn operate(&mut self, member: MemberId, line: String) {
        let Some(id) = self.sessions.of_member(member) else { return };
        info!("the operator {} types: {line}", self.describe_operator(id, member));
        if self.chat_operators.ask(Asker { member, label: self.sessions.label(id) }, line) {
            self.sessions.await_step(id);
        }
    }

    /// An operator says something to all operators.
    pub(super) fn log_wallops(&self, member: MemberId) {
        if let Some(id) = self.sessions.of_member(member) {
            info!("the operator {} says something to all operators", self.describe_operator(id, member));
        }
    }

    /// See [`AdminApi::take_operator_lines`](crate::hub::AdminApi::take_operator_lines).
    pub(super) fn operator_lines(&mut self) -> Vec<OperatorLine> {
        self.chat_operators.take_lines()
    }

    /// See [`AdminApi::answer_operator`](crate::hub::AdminApi::answer_operator).
    pub(super) fn answer_command(&mut self, ticket: u64, is_done: bool, text: &str, now: Instant) {
        let Some(asker) = self.chat_operators.answered(ticket) else { return };
        let event = Event::Reply(Reply::Operated { is_done, text: text.into() });
        self.answer_asker(asker, now, |hub, id| hub.sessions.tell(id, &event));
    }

    /// See [`AdminApi::tell_operator`](crate::hub::AdminApi::tell_operator).
    pub(super) fn tell_watching(&mut self, id: OperatorId, text: &str) -> bool {
        let session = self.chat_operators.member(id).and_then(|member| self.sessions.of_member(member));
        session.inspect(|session| self.sessions.tell(*session, &Event::notice(text))).is_some()
    }

    /// Answers a request that waited, with its label, and goes on with the input behind it.
    fn answer_asker(
        &mut self,
        Asker { member, label }: Asker,
        now: Instant,
        answer: impl FnOnce(&mut Hub, SessionId),
    ) {
        let Some(id) = self.sessions.of_member(member) else { return };
        let is_labelled = label.is_some();
        if let Some(label) = label {
            self.sessions.begin_answer(id, label);
        }
        answer(self, id);
        self.run_effects(now);
        if is_labelled {
            self.sessions.end_request(id);
        }
        self.sessions.end_step(id);
    }

    fn refuse_operator(&mut self, id: SessionId, member: MemberId, why: OperatorRefusal, now: Instant) {
        self.rooms.refuse_operator(member, why);
        if let Some(pause) = why.pause() {
            warn!("{} gave a wrong name or password of an operator", self.describe(id));
            self.sessions.pause(id, now + pause);
        }
    }

    fn describe(&self, id: SessionId) -> String {
        self.sessions[id].describe(self.rooms.chat())
    }

    fn describe_operator(&self, id: SessionId, member: MemberId) -> String {
        let name = self.rooms.chat().operator(member).map_or("", Rc::as_ref);
        format!("{name}, {},", self.describe(id))
    }
}
