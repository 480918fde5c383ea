//! Claims of names in a cluster: who is first in the log has the name. Until the log answers, the session waits.

use crate::chat::Chat;
use crate::cluster::record::TokenMark;
use crate::fanout::SessionId;
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::sharing::{Claim, Effect, Local, Sharing};
use crate::proto::{MemberId, MemberInfo, Refusal, Token};

impl Sharing {
    /// A session claims a name, if that may be claimed as far as this server knows. It has `shown` a token, which may be
    /// that of a member of this server; `draw` draws its own. Returns the number of the claim. Call [`Sharing::propose_claims`] then.
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
        // Whose token this is, all servers together decide.
        let is_elsewhere = |chat: &Chat| {
            let owner = chat.find(who.name.as_str());
            owner.is_some_and(|owner| chat.node_of(owner).is_some() && chat.who(owner).kind == who.kind)
        };
        if resumes.is_none() && !(shown.is_some() && is_elsewhere(rooms.chat())) {
            rooms.check_free(&who.name).map_err(Refusal::NameTaken)?;
        }
        if let Some(why) = self.node.refusal() {
            return Err(Refusal::NotShared(why));
        }
        self.last_claim += 1;
        let (serial, shown) = (self.last_claim, shown.map(|(token, _)| TokenMark::of(token)));
        self.claims.push_back(Claim { serial, session, who, resumes, shown, token: draw() });
        Ok(serial)
    }

    /// Proposes the claims that wait, if the node has an epoch. Returns those that are refused.
    pub(in crate::hub) fn propose_claims(&mut self) -> Vec<Effect> {
        let mut refused = Vec::new();
        while self.node.epoch().is_some()
            && let Some(claim) = self.claims.pop_front()
        {
            let Claim { serial, session, token, .. } = claim;
            if let Err(why) = self.propose_name(claim.who.clone(), token, Local::Claim(claim)) {
                refused.push(Effect::Refuse(session, serial, Refusal::NotShared(why)));
            }
        }
        refused
    }

    /// No claim is answered any more for now.
    pub(super) fn refuse_claims(&mut self, why: &str) -> impl Iterator<Item = Effect> {
        let refused = |Claim { session, serial, .. }| {
            Effect::Refuse(session, serial, Refusal::NotShared(why.to_owned()))
        };
        std::mem::take(&mut self.claims).into_iter().map(refused)
    }
}
