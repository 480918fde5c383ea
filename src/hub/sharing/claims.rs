//! Claims of names in a cluster: who is first in the log has the name. Until the log answers, the session waits.

use std::time::Instant;

use crate::base::name::Name;
use crate::chat::Chat;
use crate::cluster::record::{MemberKey, Record, TokenMark};
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::hub::sharing::{Claim, Local};
use crate::proto::{Kind, MemberId, MemberInfo, Refusal, Token};

impl Hub {
    /// A session claims a name. The answer may come in a later turn.
    pub(in crate::hub) fn claim_shared(
        &mut self,
        id: SessionId,
        name: &str,
        kind: Kind,
        token: Option<Token>,
        now: Instant,
    ) {
        let checked = self.check_claim(name, kind, token, now);
        let Some(sharing) = &mut self.sharing else { return };
        let refusal = sharing.node.refusal().map(Refusal::NotShared);
        match checked.and_then(|checked| refusal.map_or(Ok(checked), Err)) {
            Ok((name, kind, resumes)) => {
                sharing.last_claim += 1;
                let serial = sharing.last_claim;
                self.sessions[id].claim = Some(serial);
                let has_tokens = self.sessions[id].profile().has_tokens;
                let own = if has_tokens { self.resume.draw() } else { None };
                let shown = token.map(TokenMark::of);
                let claim = Claim { serial, session: id, name, kind, resumes, shown, token: own };
                sharing.claims.push_back(claim);
                self.propose_claims(now);
            }
            Err(why) => self.on_name_claimed(id, Err(why), now),
        }
    }

    /// Whether a name may be claimed, as far as this server knows. Returns it with the kind of its owner, and the member whose
    /// session it resumes.
    fn check_claim(
        &mut self,
        name: &str,
        kind: Kind,
        token: Option<Token>,
        now: Instant,
    ) -> Result<(Name, Kind, Option<MemberId>), Refusal> {
        let owner = self.rooms.owner(name, now).map(|(owner, _)| owner);
        let owner = owner.filter(|owner| self.resume.is_token_of(*owner, token));
        let name = self.rooms.claim(name, owner, now)?;
        let kind = if name.is_of_a_bot() { Kind::Bot } else { kind };
        self.run_effects(now);
        let ghost = owner.filter(|ghost| {
            let who = self.rooms.chat().who(*ghost);
            who.name == name && who.kind == kind
        });
        // Whose token this is, all servers together decide.
        let is_elsewhere = |chat: &Chat| {
            let owner = chat.find(name.as_str());
            owner.is_some_and(|owner| chat.node_of(owner).is_some() && chat.who(owner).kind == kind)
        };
        if ghost.is_none() && !(token.is_some() && is_elsewhere(self.rooms.chat())) {
            self.rooms.check_free(&name).map_err(Refusal::NameTaken)?;
        }
        Ok((name, kind, ghost))
    }

    /// Proposes the claims that wait, if the node has an epoch.
    pub(super) fn propose_claims(&mut self, now: Instant) {
        while let Some(sharing) = self.sharing.as_mut().filter(|sharing| sharing.node.epoch().is_some())
            && let Some(claim) = sharing.claims.pop_front()
        {
            let Claim { serial, session, token, .. } = claim;
            let who = MemberInfo { name: claim.name.clone(), kind: claim.kind };
            if let Err(why) = sharing.propose_name(who, token, Local::Claim(claim)) {
                self.answer_claim(session, serial, Err(Refusal::NotShared(why)), now);
            }
        }
    }

    /// No claim is answered any more for now.
    pub(super) fn refuse_claims(&mut self, why: &str, now: Instant) {
        let claims = self.sharing.as_mut().map(|sharing| std::mem::take(&mut sharing.claims));
        for Claim { session, serial, .. } in claims.into_iter().flatten() {
            self.answer_claim(session, serial, Err(Refusal::NotShared(why.to_owned())), now);
        }
    }

    /// The log gave a session its name.
    pub(super) fn claimed(&mut self, claim: &Claim, key: MemberKey, who: MemberInfo, now: Instant) {
        let is_waiting = self.is_waiting(claim.session, claim.serial);
        let belongings = self.sharing.as_mut().and_then(|sharing| sharing.belongings.take());
        let member = is_waiting.then(|| {
            self.rooms.make_way(&who.name, now);
            self.introduce(claim.session, who)
        });
        match member {
            Some(Ok(member)) => {
                self.rooms.set_known(member);
                if let Some(token) = claim.token {
                    self.resume.give_this(member, token);
                }
                if let Some(belongings) = belongings {
                    self.rooms.give(member, belongings);
                }
                if let Some(sharing) = &mut self.sharing {
                    sharing.link(key, member);
                }
                self.answer_claim(claim.session, claim.serial, Ok(member), now);
            }
            // Its session has ended meanwhile.
            Some(Err(_)) | None => {
                if let Some(sharing) = &mut self.sharing {
                    sharing.node.propose_leave(&Record::Left(key.number, None));
                }
            }
        }
    }

    fn is_waiting(&self, session: SessionId, serial: u64) -> bool {
        self.sessions
            .get(session)
            .is_some_and(|session| session.claim == Some(serial) && session.is_nameless())
    }

    /// A session's claim is answered, and it goes on.
    pub(super) fn answer_claim(
        &mut self,
        session: SessionId,
        serial: u64,
        claimed: Result<MemberId, Refusal>,
        now: Instant,
    ) {
        if !self.is_waiting(session, serial) {
            return;
        }
        self.sessions[session].claim = None;
        self.on_name_claimed(session, claimed, now);
        self.sessions.end_request(session);
        if !self.sessions[session].is_closing() {
            self.sessions.mark_runnable(session);
        }
    }
}
