//! The node's epochs begin and end: what was proposed and not heard is void, and its proposers are told; members come back.

use log::{info, warn};

use crate::cluster::record::MemberKey;
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::sharing::{Effect, Here, Local, Sharing};
use crate::proto::{Event, MemberId, Refusal};

/// What a member is told of something that could not be done any more when all servers heard of it.
const TOO_LATE: &str = "That was not done: something else had come first when it was its turn.";

/// What a member is told of a message that will never be heard.
const NOT_SAID: &str =
    "This server had lost the others, and what you said last was heard by nobody. Say it again.";

/// What a member is told of a request that will never be heard.
const NOT_DONE: &str = "This server had lost the others, and that was not done. Try again.";

/// What a member is told of a message of which nobody here will know whether it was heard.
const PERHAPS_SAID: &str = "This server had lost the others for so long that nobody knows whether what you said last was heard. Look \
                            above before you say it again.";

/// The same of a request.
const PERHAPS_DONE: &str =
    "This server had lost the others for so long that nobody knows whether that was done. Try again.";

impl Sharing {
    /// A record of this server has no effect.
    pub(super) fn is_void(&self, local: Local, here: &mut Here<'_>) -> Vec<Effect> {
        self.tell_proposer(local, TOO_LATE, TOO_LATE, here)
    }

    /// A record of this server was never heard, and never will be: its proposer is told.
    pub(super) fn never_heard(&mut self, local: Local, here: &mut Here<'_>) -> Vec<Effect> {
        self.forget_proposal(&local);
        self.tell_proposer(local, NOT_SAID, NOT_DONE, here)
    }

    /// A record of this server may have been heard by the others. Its epoch is over: whoever came with it is gone.
    pub(super) fn maybe_heard(&mut self, local: Local, here: &mut Here<'_>) -> Vec<Effect> {
        self.forget_proposal(&local);
        self.tell_proposer(local, PERHAPS_SAID, PERHAPS_DONE, here)
    }

    /// Whoever was proposed is proposed again, when the node has an epoch.
    fn forget_proposal(&mut self, local: &Local) {
        match local {
            Local::Claim(serial) => self.claim_void(*serial),
            Local::Return(member) => self.return_void(*member),
            _ => {}
        }
    }

    /// Tells a member what became of its message, or of another request.
    fn tell_proposer(&self, local: Local, said: &str, done: &str, here: &mut Here<'_>) -> Vec<Effect> {
        let (key, bytes, label) = match local {
            // Its member has left; or whoever comes back does so when the node has an epoch, and a host begins anew.
            Local::Message { key: None, .. } | Local::Claim(_) | Local::Bot(..) | Local::Return(_) => {
                return Vec::new();
            }
            // No record: its answer says what became of it.
            Local::Private { .. } => return Vec::new(),
            Local::Message { key: Some(key), bytes, label } => (key, Some(bytes), label),
            Local::Join(key, _, label) | Local::Part(key, _, label) | Local::Rename(key, label) => {
                (key, None, label)
            }
        };
        let Some(member) = self.member_of(key) else { return Vec::new() };
        let text = if bytes.is_some() { said } else { done };
        here.rooms.refuse(member, Refusal::NotShared(text.to_owned()));
        let Some(id) = here.sessions.of_member(member) else { return Vec::new() };
        let done = bytes.map_or(Effect::StepDone(id), |bytes| Effect::Withdraw(id, bytes));
        label.map(|label| Effect::Answer(id, label)).into_iter().chain([done]).collect()
    }

    /// The node has an epoch: claims, operators' decisions and members of this server are proposed.
    pub(super) fn is_live(&mut self, here: &Here<'_>) -> Vec<Effect> {
        info!("node {}: shared rooms are open", self.node.name());
        for record in std::mem::take(&mut self.decisions) {
            self.decide(record);
        }
        self.bring_back(here)
    }

    /// The others can be told of members of this server, and of those who claim their names.
    pub(super) fn bring_back(&mut self, here: &Here<'_>) -> Vec<Effect> {
        let can_be_told = self.node.epoch().is_some();
        let unknown = self.returning.iter().filter(|(_, it)| can_be_told && !it.is_proposed);
        let unknown: Vec<MemberId> = unknown.map(|(member, _)| *member).collect();
        for member in unknown {
            let who = here.rooms.chat().who(member).clone();
            let (name, token) = (who.name.clone(), here.resume.token_of(member));
            match self.propose_name(who, token, Local::Return(member)) {
                Ok(_) => self.returning.entry(member).or_default().is_proposed = true,
                Err(why) => warn!("{name} cannot come back: {why}"),
            }
        }
        self.propose_claims(here.sessions, here.rooms)
    }

    /// The node's epoch is over.
    pub(super) fn is_down(&mut self, here: &mut Here<'_>) -> Vec<Effect> {
        warn!("node {}: the others take this server for dead; it comes back", self.node.name());
        self.stop_hosts(here.rooms);
        vec![Effect::TellRooms("This server had lost the others. It brings you back to the room.".into())]
    }

    /// The node shares nothing any more: members of other servers are not shown, as nobody knows what they do.
    pub(super) fn is_stopped(&mut self, why: &str, here: &mut Here<'_>) -> Vec<Effect> {
        here.rooms.set_cut_off(true);
        let text = format!("This server shares the room no more: {why}");
        for member in std::mem::take(&mut self.returning).into_keys() {
            here.rooms.tell(member, Event::notice(text.as_str()));
        }
        let mut effects = vec![Effect::TellRooms(text)];
        effects.extend(self.refuse_claims(&format!("This server takes nobody in: {why}")));
        self.stop_hosts(here.rooms);
        let mut members: Vec<(MemberKey, MemberId)> =
            self.members.iter().map(|(key, id)| (*key, *id)).collect();
        members.retain(|(_, member)| here.sessions.of_member(*member).is_none());
        for (key, member) in members {
            self.unlink(key);
            let at = here.next_place(member);
            here.rooms.left_shared(member, None, at);
        }
        effects
    }

    fn stop_hosts(&mut self, rooms: &mut RoomRuntime) {
        for room in &mut self.rooms {
            if std::mem::take(&mut room.has_host) {
                rooms.stop_host(room.id);
            }
        }
    }
}
