//! Members that operate the server, with their sessions: what they give and ask is handed on, and they are answered.

use std::rc::Rc;
use std::time::Instant;

use log::{info, warn};

use crate::base::secret::Secret;
use crate::base::source::Source;
use crate::fanout::SessionId;
use crate::hub::chat_operators::{Asker, ChatOperators, OperatorEntry, OperatorId};
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::sessions::Sessions;
use crate::proto::{Event, MemberId, OperatorRefusal, Reply};

/// The components that know a member.
#[derive(Debug)]
pub(super) struct MemberParts<'a> {
    /// Its name and its rights.
    pub(super) rooms: &'a mut RoomRuntime,
    /// Its session.
    pub(super) sessions: &'a mut Sessions,
    /// The time.
    pub(super) now: Instant,
}

/// A session whose request waited and is being answered. End it with [`Answering::end`], after the effects.
#[derive(Debug)]
pub(super) struct Answering {
    id: SessionId,
    is_labelled: bool,
}

impl ChatOperators {
    /// A member says that it is an operator. Its input waits until the password is checked.
    pub(super) fn check_member(
        &mut self,
        id: SessionId,
        member: MemberId,
        given: (&str, Secret),
        on: &mut MemberParts<'_>,
    ) {
        let asker = Asker { member, label: on.sessions.label(id) };
        let source = Source::of(on.sessions[id].peer.ip());
        match self.check(asker, given, source, on.now) {
            Ok(()) => on.sessions.await_step(id),
            Err(why) => on.refuse(id, member, why),
        }
    }

    /// The password of a member is right, or wrong. `None`: it cannot be checked now.
    pub(super) fn answer_check(
        &mut self,
        ticket: u64,
        is_right: Option<bool>,
        on: &mut MemberParts<'_>,
    ) -> Option<Answering> {
        let (asker, checked) = self.checked(ticket, is_right, on.now)?;
        let member = asker.member;
        let answering = on.begin_answer(asker)?;
        match checked {
            Ok(name) => {
                info!("{} is an operator of the server now, as {name}", on.describe(answering.id));
                on.rooms.make_operator(member, name);
            }
            Err(why) => on.refuse(answering.id, member, why),
        }
        Some(answering)
    }

    /// Sets who may operate the server. Whoever does without being named any more is told that it is over.
    pub(super) fn name_operators(&mut self, entries: Vec<OperatorEntry>, on: &mut MemberParts<'_>) {
        for member in self.set_entries(entries) {
            if let Some(id) = on.sessions.of_member(member) {
                info!("{} is no operator of the server any more", on.describe(id));
            }
            on.rooms.end_operator(member);
        }
        on.rooms.set_operator_names(self.names());
    }

    /// An operator gives a command. Its input waits for the answer.
    pub(super) fn operate(&mut self, member: MemberId, line: String, on: &mut MemberParts<'_>) {
        let Some(id) = on.sessions.of_member(member) else { return };
        info!("the operator {} types: {line}", on.describe_operator(id, member));
        if self.ask(Asker { member, label: on.sessions.label(id) }, line) {
            on.sessions.await_step(id);
        }
    }

    /// Answers an operator's command.
    pub(super) fn answer_command(
        &mut self,
        ticket: u64,
        is_done: bool,
        text: &str,
        on: &mut MemberParts<'_>,
    ) -> Option<Answering> {
        let answering = on.begin_answer(self.answered(ticket)?)?;
        on.sessions.tell(answering.id, &Event::Reply(Reply::Operated { is_done, text: text.into() }));
        Some(answering)
    }

    /// Tells an operator something that it watches. Returns false if it does not operate the server any more.
    pub(super) fn tell(&self, id: OperatorId, text: &str, sessions: &mut Sessions) -> bool {
        let session = self.member(id).and_then(|member| sessions.of_member(member));
        session.inspect(|session| sessions.tell(*session, &Event::notice(text))).is_some()
    }
}

impl Answering {
    /// The answer is complete: goes on with the input behind the request.
    pub(super) fn end(self, sessions: &mut Sessions) {
        if self.is_labelled {
            sessions.end_request(self.id);
        }
        sessions.end_step(self.id);
    }
}

impl MemberParts<'_> {
    /// Begins to answer a request that waited, with its label. `None`: the member is gone.
    fn begin_answer(&mut self, Asker { member, label }: Asker) -> Option<Answering> {
        let id = self.sessions.of_member(member)?;
        let is_labelled = label.is_some();
        if let Some(label) = label {
            self.sessions.begin_answer(id, label);
        }
        Some(Answering { id, is_labelled })
    }

    /// An operator says something to all operators.
    pub(super) fn log_wallops(&self, member: MemberId) {
        if let Some(id) = self.sessions.of_member(member) {
            info!("the operator {} says something to all operators", self.describe_operator(id, member));
        }
    }

    fn refuse(&mut self, id: SessionId, member: MemberId, why: OperatorRefusal) {
        self.rooms.refuse_operator(member, why);
        if let Some(pause) = why.pause() {
            warn!("{} gave a wrong name or password of an operator", self.describe(id));
            self.sessions.pause(id, self.now + pause);
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
