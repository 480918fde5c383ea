//! The hub's glue to rooms that several servers share: it hands [`Sharing`] what is to be proposed, and the log to hear, and carries
//! out what remains to do.

use std::time::Instant;

use crate::base::limits::SHARED_ENTRIES_PER_TURN;
use crate::base::name::NameKey;
use crate::cluster::log::ReplicatedLog;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::sharing::{Claim, Effect, Here, Named, NodeView, Proposed, Sharing};
use crate::proto::{MemberId, MemberInfo, Refusal, Token};

impl Hub {
    /// Carries out what the log of the cluster says, and publishes what was gathered. Call it once a turn, before
    /// [`Hub::drive_journal`]. Without a cluster it does nothing.
    pub fn drive_log(&mut self, log: &mut dyn ReplicatedLog, now: Instant) {
        let (mut entries, mut has_more) = (0, true);
        while has_more && entries < SHARED_ENTRIES_PER_TURN && !self.sessions.must_pause_reads() {
            entries += 1;
            let heard = self.cluster(now).and_then(|(sharing, mut here)| sharing.hear(log, &mut here));
            has_more = heard.is_some();
            self.follow(heard, now);
        }
        if !has_more {
            let found = self.cluster(now).and_then(|(sharing, mut here)| sharing.check(&mut here));
            self.follow(found, now);
        }
        if let Some(sharing) = &mut self.sharing {
            sharing.publish(log, has_more, now);
            self.metrics.log = log.figures();
        }
    }

    /// Its part in a cluster, and what follows the log. `None`: it is in none.
    pub(super) fn cluster(&mut self, now: Instant) -> Option<(&mut Sharing, Here<'_>)> {
        let Hub { sharing, rooms, sessions, resume, .. } = self;
        Some((sharing.as_deref_mut()?, Here { rooms, sessions, resume, now }))
    }

    /// Carries out what follows from an entry of the log.
    fn follow(&mut self, effects: Option<Vec<Effect>>, now: Instant) {
        let Some(effects) = effects else { return };
        for effect in effects {
            self.follow_one(effect, now);
        }
        self.run_effects(now);
    }

    fn follow_one(&mut self, effect: Effect, now: Instant) {
        match effect {
            Effect::Answer(id, label) => {
                self.sessions.begin_answer(id, label);
                self.run_effects(now);
                self.sessions.end_request(id);
            }
            Effect::StepDone(id) => self.sessions.end_step(id),
            Effect::MessageHeard(id) => {
                self.run_effects(now);
                self.sessions.end_message(id, None, |member| self.rooms.owes_reply(member), now);
            }
            Effect::Withdraw(id, bytes) => {
                self.sessions.end_message(id, Some(bytes), |member| self.rooms.owes_reply(member), now);
            }
            Effect::Named(named) => self.named(*named, now),
            Effect::Admit(claim) => self.admit_here(*claim, now),
            Effect::Refuse(session, serial, why) => self.answer_claim(session, serial, Err(why), now),
            Effect::TellResumed(session) => self.sessions.tell_resumed(session),
            Effect::TellRooms(text) => {
                let rooms = self.sharing.iter().flat_map(|sharing| sharing.open_rooms());
                self.sessions.tell_rooms(rooms, &text, self.rooms.chat());
            }
            Effect::StopAwaiting(why) => self.sessions.stop_awaiting(&why),
            Effect::Amend(room, id, text) => self.journal.amend_heard(room, id, text),
            Effect::Forget(key, id) => self.forget_heard(&key, id),
            Effect::StoredUpTo(room, id) => self.journal.has_log_up_to(room, id),
        }
    }

    /// Erases all that was said under a name, as an operator of some server wanted it. The log says so at the place with this id.
    fn forget_heard(&mut self, key: &NameKey, id: u64) {
        self.rooms.forget(key);
        self.opened.forget_topics_of(key);
        let rooms = self.sharing.iter().flat_map(|sharing| sharing.open_rooms());
        self.journal.forget_heard(key.clone(), rooms, id);
    }

    /// Proposes something of a member of this server, or of a host that it runs.
    pub(super) fn share(
        &mut self,
        propose: impl FnOnce(&mut Sharing, &mut Here<'_>) -> Option<Proposed>,
        now: Instant,
    ) {
        match self.cluster(now).and_then(|(sharing, mut here)| propose(sharing, &mut here)) {
            Some(Proposed::Step(id)) => self.sessions.await_step(id),
            Some(Proposed::Message(id, bytes)) => self.sessions.await_message(id, bytes),
            Some(Proposed::Leave(member, name)) => self.dismiss(member, &name, now),
            None => {}
        }
    }

    /// Carries out what an operator decided, and shares it with other servers, if it is not refused.
    pub(super) fn decided<T, E>(
        &mut self,
        decided: Result<T, E>,
        share: impl FnOnce(&mut Sharing),
        now: Instant,
    ) -> Result<T, E> {
        self.run_effects(now);
        if decided.is_ok() {
            self.sharing.as_deref_mut().map(share);
        }
        decided
    }

    /// A session claims a name, which the rooms have accepted. `shown`: the token that it showed, and the
    /// member of this server that has it. The answer may come in a later turn.
    pub(super) fn claim_shared(
        &mut self,
        id: SessionId,
        who: MemberInfo,
        shown: Option<(Token, Option<MemberId>)>,
        now: Instant,
    ) {
        let Hub { sharing: Some(sharing), rooms, sessions, resume, .. } = self else { return };
        let has_tokens = sessions[id].profile().has_tokens;
        let draw = || has_tokens.then(|| resume.draw()).flatten();
        match sharing.claim(id, who, shown, draw, rooms) {
            Ok(serial) => {
                sessions.begin_claim(id, serial);
                let answered = sharing.propose_claims(sessions, rooms);
                self.follow(Some(answered), now);
            }
            Err(why) => self.on_name_claimed(id, Err(why), now),
        }
    }

    /// The log gives a session its name.
    fn named(&mut self, Named { claim, key, who, belongings }: Named, now: Instant) {
        let introduced = self.introduce(claim.session, who, now);
        let Some(sharing) = &mut self.sharing else { return };
        if let Ok(member) = introduced {
            sharing.link(key, member);
            self.rooms.settle(member, belongings);
            if let Some(token) = claim.token {
                self.resume.give_this(member, token);
            }
        } else {
            sharing.leave(key);
        }
        self.answer_claim(claim.session, claim.serial, introduced, now);
    }

    /// A session gets its name in this server alone.
    fn admit_here(&mut self, Claim { serial, session, who, token, .. }: Claim, now: Instant) {
        self.rooms.make_way(&who.name, now);
        let introduced = self.introduce(session, who, now);
        if let (Ok(member), Some(sharing)) = (&introduced, &mut self.sharing) {
            self.rooms.settle(*member, None);
            sharing.admitted(serial, *member);
            if let Some(token) = token {
                self.resume.give_this(*member, token);
            }
        }
        self.answer_claim(session, serial, introduced, now);
    }

    /// A session's claim is answered, if it still waits for that.
    fn answer_claim(&mut self, id: SessionId, serial: u64, claimed: Result<MemberId, Refusal>, now: Instant) {
        if self.sessions.begin_claim_answer(id, serial) {
            self.on_name_claimed(id, claimed, now);
            self.sessions.end_claim(id);
        }
    }

    /// What operators may see of the cluster. `None`: this server is in none.
    pub fn node(&self) -> Option<NodeView<'_>> {
        self.sharing.as_ref().map(|sharing| sharing.node())
    }
}
