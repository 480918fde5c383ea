//! Claims of names in a cluster: who is first in the log has the name. Until the log answers, the session waits. While the engine
//! is away for long, newcomers get their names in this server alone, so that they can use its own rooms; the others are told of
//! them when they can be.

use crate::chat::Chat;
use crate::cluster::record::{MemberKey, TokenMark};
use crate::cluster::registry::Place;
use crate::fanout::SessionId;
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::sessions::Sessions;
use crate::hub::sharing::{Claim, Effect, Here, Local, Named, Returning, Sharing};
use crate::proto::{Event, MemberId, MemberInfo, NameTaken, Refusal, Removal, Token};

/// Why a member is removed whose name another member got in the log.
const NAME_LOST: &str = "this server had lost the others, and somebody else has your name since";

impl Sharing {
    /// A session claims a name. It has `shown` a token, which may be that of a member of this server; `draw` draws its own. Returns
    /// the number of the claim. Call [`Sharing::propose_claims`] then.
    pub(in crate::hub) fn claim(
        &mut self,
        session: SessionId,
        who: MemberInfo,
        shown: Option<(Token, Option<MemberId>)>,
        draw: impl FnOnce() -> Option<Token>,
        rooms: &RoomRuntime,
    ) -> Result<u64, Refusal> {
        let owner = shown.and_then(|(_, owner)| owner);
        let resumes = owner.filter(|ghost| *rooms.chat().who(*ghost) == who);
        if let Some(why) = self.node.refusal().filter(|_| !self.node.is_away()) {
            return Err(Refusal::NotShared(why));
        }
        self.last_claim += 1;
        let (serial, shown) = (self.last_claim, shown.map(|(token, _)| TokenMark::of(token)));
        let (token, is_proposed, admitted) = (draw(), false, None);
        let claim = Claim { serial, session, who, resumes, shown, token, is_proposed, admitted };
        self.claims.insert(serial, claim);
        Ok(serial)
    }

    /// Proposes the claims that wait, if the node has an epoch. Returns those that are refused, and those whose sessions get
    /// their names here alone.
    pub(in crate::hub) fn propose_claims(&mut self, sessions: &Sessions, rooms: &RoomRuntime) -> Vec<Effect> {
        if self.node.is_away() {
            return self.admit_claims(sessions);
        }
        let mut refused = Vec::new();
        let waiting = |claim: &&Claim| !claim.is_proposed;
        let waiting: Vec<Claim> = self.claims.values().filter(waiting).cloned().collect();
        for claim in waiting {
            if self.node.epoch().is_none() {
                break;
            }
            let Claim { serial, session, .. } = claim;
            match self.propose_claim(claim, rooms.chat()) {
                Ok(()) => self.is_proposed(serial),
                Err(why) => {
                    self.claims.remove(&serial);
                    refused.push(Effect::Refuse(session, serial, why));
                }
            }
        }
        refused
    }

    /// Proposes a claim, unless somebody has the name as far as this server knows. It knows that once it has an epoch: before, it
    /// carries out what was long ago.
    fn propose_claim(&mut self, claim: Claim, chat: &Chat) -> Result<(), Refusal> {
        let Claim { serial, who, resumes, shown, token, .. } = claim;
        // Whose token this is, all servers together decide.
        let is_elsewhere = || {
            let owner = chat.find(who.name.as_str());
            owner.is_some_and(|owner| chat.node_of(owner).is_some() && chat.who(owner).kind == who.kind)
        };
        if resumes.is_none() && !(shown.is_some() && is_elsewhere()) {
            chat.check_free(&who.name).map_err(Refusal::NameTaken)?;
        }
        self.propose_name(who, token, Local::Claim(serial)).map(drop).map_err(Refusal::NotShared)
    }

    fn is_proposed(&mut self, serial: u64) {
        if let Some(claim) = self.claims.get_mut(&serial) {
            claim.is_proposed = true;
        }
    }

    /// Sessions get the names that they claim in this server alone, as the engine is away.
    pub(super) fn admit_claims(&mut self, sessions: &Sessions) -> Vec<Effect> {
        let new: Vec<Claim> =
            self.claims.values().filter(|claim| claim.admitted.is_none()).cloned().collect();
        // What is proposed is answered some day.
        self.claims.retain(|_, claim| claim.is_proposed);
        let is_there = |claim: &Claim| sessions.is_claiming(claim.session, claim.serial);
        new.into_iter().filter(is_there).map(|claim| Effect::Admit(Box::new(claim))).collect()
    }

    /// A session has the name that it claimed, in this server alone.
    pub(in crate::hub) fn admitted(&mut self, serial: u64, member: MemberId) {
        let claim = self.claims.get_mut(&serial);
        let is_proposed = claim.is_some();
        if let Some(claim) = claim {
            claim.admitted = Some(member);
        }
        self.returning.insert(member, Returning { rooms: Vec::new(), is_newcomer: true, is_proposed });
    }

    /// The others know a session by the name that it claims. Returns what remains to do.
    pub(super) fn claim_heard(
        &mut self,
        serial: u64,
        key: MemberKey,
        who: MemberInfo,
        here: &mut Here<'_>,
    ) -> Option<Effect> {
        let belongings = self.belongings.take();
        let claim = self.claims.remove(&serial)?;
        if let Some(member) = claim.admitted {
            self.comes_back(key, member, here);
            return None;
        }
        if !here.sessions.is_claiming(claim.session, serial) {
            // Its session has ended meanwhile.
            self.leave(key);
            return None;
        }
        here.rooms.make_way(&who.name, here.now);
        Some(Effect::Named(Box::new(Named { claim, key, who, belongings })))
    }

    /// A session does not get the name that it claims: somebody else was first in the log.
    pub(super) fn claim_refused(
        &mut self,
        serial: u64,
        taken: NameTaken,
        here: &mut Here<'_>,
    ) -> Option<Effect> {
        let claim = self.claims.remove(&serial)?;
        if let Some(member) = claim.admitted {
            self.lose_name(member, here);
            return None;
        }
        Some(Effect::Refuse(claim.session, serial, Refusal::NameTaken(taken)))
    }

    /// A claim was never heard, and never will be: it is proposed again.
    pub(super) fn claim_void(&mut self, serial: u64) {
        let Some(claim) = self.claims.get_mut(&serial) else { return };
        claim.is_proposed = false;
        if let Some(member) = claim.admitted {
            self.claims.remove(&serial);
            self.return_void(member);
        }
    }

    /// The others were not told of a member.
    pub(super) fn return_void(&mut self, member: MemberId) {
        if let Some(returning) = self.returning.get_mut(&member) {
            returning.is_proposed = false;
        }
    }

    /// The others know a member of this server by this key, and it goes to the shared rooms where it wants to be.
    pub(super) fn comes_back(&mut self, key: MemberKey, member: MemberId, here: &mut Here<'_>) {
        let Some(Returning { rooms, .. }) = self.returning.remove(&member) else {
            // It has left meanwhile.
            return self.leave(key);
        };
        self.link(key, member);
        if self.node.refusal().is_some() {
            // It is heard that it came, but not yet whether all is well again.
            self.waiting.push((member, rooms));
        } else {
            here.join_rooms(member, &rooms);
        }
    }

    /// All is well again: those who waited for that go to their rooms.
    pub(super) fn bring_waiting(&mut self, here: &mut Here<'_>) {
        for (member, rooms) in std::mem::take(&mut self.waiting) {
            here.join_rooms(member, &rooms);
        }
    }

    /// Somebody else has the name of a member of this server.
    pub(super) fn lose_name(&mut self, member: MemberId, here: &mut Here<'_>) {
        if self.returning.remove(&member).is_some() {
            let why = Removal::Operator(NAME_LOST.into());
            here.rooms.tell(member, Event::Removed(why.clone()));
            let at: Place = here.next_place(member);
            here.rooms.left_shared(member, Some(&why), at);
        }
    }

    /// No claim is answered any more.
    pub(super) fn refuse_claims(&mut self, why: &str) -> impl Iterator<Item = Effect> {
        let refused = |Claim { session, serial, .. }| {
            Effect::Refuse(session, serial, Refusal::NotShared(why.to_owned()))
        };
        std::mem::take(&mut self.claims).into_values().map(refused)
    }
}
