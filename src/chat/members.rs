//! Members: they come with a name, and leave.

use std::rc::Rc;
use std::time::SystemTime;

use smallvec::SmallVec;

use crate::base::confusables::Confusable;
use crate::chat::own_messages::OwnMessages;
use crate::chat::private::Correspondence;
use crate::chat::{Chat, Effect, Habits, Member, RoomLimit, Step, Uncommon};
use crate::proto::{Event, MemberId, MemberInfo, NameTaken, Refusal, Removal, ReplayLimit, RoomId};

impl Member {
    /// What few members have, and this one gets.
    pub(super) fn uncommon(&mut self) -> &mut Uncommon {
        self.uncommon.get_or_insert_default()
    }

    /// What it said when it went away, possibly nothing. `None`: it is here.
    pub(super) fn away(&self) -> Option<&Rc<str>> {
        self.uncommon.as_ref()?.away.as_ref()
    }

    /// It is not away any more. Returns what it had said.
    pub(super) fn take_away(&mut self) -> Option<Rc<str>> {
        self.uncommon.as_mut()?.away.take()
    }

    /// What it calls itself beside its name. `None`: nothing.
    pub(super) fn real_name(&self) -> Option<&Rc<str>> {
        self.uncommon.as_ref()?.real_name.as_ref()
    }

    /// It calls itself nothing any more. Returns what it had called itself.
    pub(super) fn take_real_name(&mut self) -> Option<Rc<str>> {
        self.uncommon.as_mut()?.real_name.take()
    }

    /// The server that it is connected to. `None`: this one.
    pub(super) fn node(&self) -> Option<&Rc<str>> {
        self.uncommon.as_ref()?.node.as_ref()
    }

    /// Whether it reads nothing any more, although it is not gone for all servers.
    pub(super) fn is_leaving(&self) -> bool {
        self.uncommon.as_ref().is_some_and(|it| it.is_leaving)
    }

    /// Up to which event it has heard a room that it left, if that counts.
    pub(super) fn heard(&self, room: RoomId) -> Option<u64> {
        self.uncommon.as_ref()?.heard.last(room)
    }
}

impl Chat {
    /// Registers a member, which hears this much of the history when it joins a room. Refused if another member has this name
    /// or one that is confusable with it. `takes_private`: its program can tell private messages from those of a room.
    pub fn register(
        &mut self,
        who: MemberInfo,
        room_limit: RoomLimit,
        replay: ReplayLimit,
        takes_private: bool,
    ) -> Result<MemberId, NameTaken> {
        let confusable = Confusable::of(who.name.as_str());
        if let Some(other) = self.names.find_confusable(&confusable).first() {
            return Err(self.taken_by(*other, who.name));
        }
        self.registered += 1;
        let id = MemberId(self.members.insert(Member {
            who,
            confusable,
            room_limit,
            replay,
            rooms: SmallVec::new(),
            is_new: true,
            source: None,
            origin: None,
            takes_private,
            private: Correspondence::new(self.registered),
            own: OwnMessages::default(),
            is_known: false,
            habits: Habits::default(),
            uncommon: None,
        }));
        self.most = self.most.max(self.members.len());
        self.names.add(&self.members[id.0].confusable, id);
        self.tell_of_coming(&self.who(id).name.clone());
        Ok(id)
    }

    /// Unregisters a member that leaves.
    pub fn leave(&mut self, id: MemberId, time: SystemTime) {
        self.begin_leaving(id, None, time);
    }

    /// Removes a member. It and its rooms are told why.
    pub fn remove(&mut self, id: MemberId, why: &Removal, time: SystemTime) {
        self.tell(id, Event::Removed(why.clone()));
        self.begin_leaving(id, Some(why), time);
    }

    /// Unregisters a member; one that other servers know is gone when all hear that.
    pub(super) fn begin_leaving(&mut self, id: MemberId, why: Option<&Removal>, time: SystemTime) {
        if self.is_known(id) {
            self.members[id.0].uncommon().is_leaving = self.node_of(id).is_none();
            self.effects.push_back(Effect::Share(Step::Leave(id, why.cloned())));
        } else {
            self.unregister(id, why, time);
        }
    }

    pub(super) fn unregister(&mut self, id: MemberId, removed_for: Option<&Removal>, time: SystemTime) {
        self.tell_partners_of_leaving(id);
        let rooms = self.rooms_of(id).to_vec();
        for room in &rooms {
            self.step_out(id, *room, removed_for.cloned(), Some(rooms.len()), time);
        }
        let Member { who, confusable, .. } = self.members.remove(id.0);
        self.names.remove(&confusable, id);
        self.conversations.drop_member(id);
        self.ignores.drop_member(id);
        self.monitors.clear(id);
        self.tell_of_going(&who.name);
        self.gone.add(who.clone(), time);
        self.effects.push_back(Effect::Unregistered(id, who.name));
    }

    /// A member as the others see it.
    pub fn who(&self, id: MemberId) -> &MemberInfo {
        &self.members[id.0].who
    }

    /// The member with this name, in any case.
    pub fn find(&self, text: &str) -> Option<MemberId> {
        self.names.find(text)
    }

    /// The member with this name. If there is none, members whose names are confusable with it,
    /// [`CONFUSABLES_FOUND`](crate::base::limits::CONFUSABLES_FOUND) at most.
    pub fn find_confusable(&self, text: &str) -> Vec<MemberId> {
        self.names.find_confusable(&Confusable::of(text))
    }

    /// The refusal for a muted member. `None`: it is not muted. `consequence` continues the sentence: `, and that was not
    /// said`.
    pub fn muted(&self, by: MemberId, consequence: &str, time: SystemTime) -> Option<Refusal> {
        let Member { who, confusable, .. } = &self.members[by.0];
        let mute = self.mutes.verdict(confusable, time)?;
        Some(Refusal::Muted(mute.describe_to(&who.name, "muted", consequence, time)))
    }

    /// The number of members, in all rooms and in none.
    pub fn count(&self) -> usize {
        self.members.len()
    }

    /// Sets what a member's client is used to.
    pub fn set_habits(&mut self, id: MemberId, habits: Habits) {
        self.members[id.0].habits = habits;
    }
}
