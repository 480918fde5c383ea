//! Carries out what the log says: the rooms of this server follow, and its members are told what became of what they proposed.

use std::rc::Rc;

use log::info;

use crate::base::name::Name;
use crate::chat::{Chat, ReplayRequest};
use crate::cluster::record::MemberKey;
use crate::cluster::registry::{Outcome, Place, What};
use crate::hub::sharing::{Effect, Here, Local, Returning, RoomToJoin, Sharing};
use crate::proto::{
    Amendment, Event, MemberId, MemberInfo, NameTaken, ProgramRequest, Refusal, Removal, Request, RoomEvent,
    RoomId,
};

impl Sharing {
    /// Something came of a record.
    pub(super) fn heard(
        &mut self,
        outcome: Outcome,
        local: Option<Local>,
        here: &mut Here<'_>,
    ) -> Vec<Effect> {
        let Outcome { place: at, what, origin } = outcome;
        let is_own = origin.is_some_and(|origin| Some(origin.epoch) == self.node.epoch());
        match what {
            What::Came(key, who, _) => {
                return self.heard_came(key, who, local.as_ref(), here).into_iter().collect();
            }
            What::Known(key, who, _) => self.came_elsewhere(key, who, here),
            What::NameRefused(taken) => return self.heard_refusal(taken, local, here),
            What::Left { key, why, resumes } => {
                return self.heard_left(key, why.as_ref(), resumes, at, here).into_iter().collect();
            }
            What::Gone(key) => self.heard_gone(key, at, here),
            What::Joined(key, room) => return self.heard_joined(key, &room, local, at, here),
            What::Parted(key, room) => return self.heard_parted(key, &room, local, at, here),
            What::Renamed(key, name) => return self.heard_renamed(key, name, local, at, here),
            What::Said { key, room, manner, text } => {
                let event = |who| RoomEvent::by_member(manner, who, text);
                return self.heard_said((key, &room), event, local, at, here);
            }
            What::Amended { key, room, message, text } => {
                let (message, said_at, author) = (Some(message), None, None);
                let event =
                    |who| RoomEvent::Amended(Amendment { by: Some(who), message, said_at, author, text });
                return self.heard_said((key, &room), event, local, at, here);
            }
            What::Erased(room, id) => {
                if let Some(room) = self.fresh_room(&room, at) {
                    here.rooms.erase_shared(room, id, at);
                    return (!is_own).then_some(Effect::Amend(room, id, None)).into_iter().collect();
                }
            }
            What::Edited { room, message, text } => {
                if let Some(room) = self.fresh_room(&room, at) {
                    here.rooms.edited_meanwhile(room, message, text.clone(), at, here.now);
                    return vec![Effect::Amend(room, message, Some(text))];
                }
            }
            What::Forgotten(name) => return self.heard_forget(&name, at).into_iter().collect(),
            What::HostSaid(room, text) => {
                if let Some(room) = self.fresh_room(&room, at) {
                    here.rooms.said_shared(room, None, None, RoomEvent::HostSaid { text }, at, here.now);
                }
            }
            What::Topic(room, text) => {
                if let Some(room) = self.id_of_room(&room) {
                    here.rooms.topic_shared(room, &text, at);
                }
            }
            // Here it acted at once.
            What::Sanction(..) if is_own => {}
            What::Sanction(kind, text) => {
                Sharing::heard_sanction(kind, &text, at, here);
            }
            What::Owner(room, owner) => self.heard_owner(&room, owner.as_ref(), here),
            What::Void => {
                return local.map(|local| self.is_void(local, here)).unwrap_or_default();
            }
            What::NodeUp { .. }
            | What::NodeDown { .. }
            | What::Heartbeat
            | What::Compared { .. }
            | What::Apart(_)
            | What::TooNew(_) => {}
        }
        Vec::new()
    }

    fn heard_came(
        &mut self,
        key: MemberKey,
        who: MemberInfo,
        local: Option<&Local>,
        here: &mut Here<'_>,
    ) -> Option<Effect> {
        match local {
            Some(Local::Claim(serial)) => return self.claim_heard(*serial, key, who, here),
            Some(Local::Bot(room, _)) => {
                if let Some(bot) = here.rooms.add_shared_bot(who, here.now) {
                    self.link(key, bot);
                    here.join_rooms(bot, &[(*room, None)]);
                }
            }
            Some(Local::Return(member)) => self.comes_back(key, *member, here),
            _ => self.came_elsewhere(key, who, here),
        }
        None
    }

    /// A member of another server has come; or one of an earlier run of this server, in what the log says of the past.
    fn came_elsewhere(&mut self, key: MemberKey, who: MemberInfo, here: &mut Here<'_>) {
        // Somebody may have resumed there what was a session here, or on a third server.
        let belongings = self.belongings.take();
        // The name of a member of this server that the others do not know: they know this one by it.
        for rival in here.rooms.chat().find_confusable(who.name.as_str()) {
            self.lose_name(rival, here);
        }
        let Some(node) = self.node.registry().nodes().of_epoch(key.epoch) else { return };
        if let Some(member) = here.rooms.mirror(who, node, here.now) {
            self.link(key, member);
            here.rooms.settle_elsewhere(member, belongings);
            note_elsewhere(here.rooms.chat(), "comes", member);
        }
    }

    fn heard_refusal(&mut self, taken: NameTaken, local: Option<Local>, here: &mut Here<'_>) -> Vec<Effect> {
        if let Some(Local::Claim(serial)) = local {
            return self.claim_refused(serial, taken, here).into_iter().collect();
        }
        let why = Refusal::NameTaken(taken);
        match local {
            Some(Local::Bot(room, name)) => here.rooms.bot_refused(room, &name, &why, here.now),
            Some(Local::Rename(key, label)) => {
                if let Some(member) = self.member_of(key) {
                    here.rooms.refuse_name(member, why);
                    return here.answered(member, label, true);
                }
            }
            Some(Local::Return(member)) => self.lose_name(member, here),
            _ => {}
        }
        Vec::new()
    }

    fn heard_left(
        &mut self,
        key: MemberKey,
        why: Option<&Removal>,
        resumes: bool,
        at: Place,
        here: &mut Here<'_>,
    ) -> Option<Effect> {
        let member = self.unlink(key)?;
        let (chat, session) = (here.rooms.chat(), here.sessions.of_member(member));
        note_elsewhere(chat, "leaves", member);
        if resumes {
            if let Some(id) = session {
                info!("{} resumes on another connection", here.sessions[id].describe(chat));
            }
            self.belongings = Some(here.rooms.resumed_shared(member, at));
            return session.map(Effect::TellResumed);
        }
        // A session that still has it was removed by an operator of another server.
        if let Some(why) = why.filter(|_| session.is_some()) {
            here.rooms.tell(member, Event::Removed(why.clone()));
        }
        here.rooms.left_shared(member, why, at);
        None
    }

    /// A member is gone with its node. If it is of this server, it comes back when the node has an epoch.
    fn heard_gone(&mut self, key: MemberKey, at: Place, here: &mut Here<'_>) {
        let Some(member) = self.unlink(key) else { return };
        let chat = here.rooms.chat();
        if here.sessions.of_member(member).is_none() {
            note_elsewhere(chat, "is gone with it", member);
            return here.rooms.left_shared(member, None, at);
        }
        let rooms: Vec<RoomId> =
            chat.rooms_of(member).iter().copied().filter(|room| chat.is_shared(*room)).collect();
        for room in &rooms {
            here.rooms.parted_shared(member, *room, None, at, here.now);
        }
        let mut rooms: Vec<RoomToJoin> = rooms.into_iter().map(|room| (room, Some(at.id))).collect();
        while let Some(at) = self.waiting.iter().position(|(waiting, _)| *waiting == member) {
            rooms.extend(self.waiting.swap_remove(at).1);
        }
        self.returning.insert(member, Returning { rooms, ..Returning::default() });
    }

    fn heard_joined(
        &mut self,
        key: MemberKey,
        room: &str,
        local: Option<Local>,
        at: Place,
        here: &mut Here<'_>,
    ) -> Vec<Effect> {
        let Some((member, room)) = self.member_of(key).zip(self.id_of_room(room)) else { return Vec::new() };
        let (is_step, replay, label) = match local {
            Some(Local::Join(_, replay, label)) => (true, replay, label),
            _ => (false, ReplayRequest::Usual, None),
        };
        here.rooms.joined_shared(member, room, replay, at);
        here.answered(member, label, is_step)
    }

    fn heard_parted(
        &mut self,
        key: MemberKey,
        room: &str,
        local: Option<Local>,
        at: Place,
        here: &mut Here<'_>,
    ) -> Vec<Effect> {
        let Some((member, room)) = self.member_of(key).zip(self.id_of_room(room)) else { return Vec::new() };
        let (why, label) = match local {
            Some(Local::Part(_, why, label)) => (Some(why), label),
            _ => (None, None),
        };
        let is_step = why.is_some();
        here.rooms.parted_shared(member, room, why, at, here.now);
        here.answered(member, label, is_step)
    }

    fn heard_renamed(
        &mut self,
        key: MemberKey,
        name: Name,
        local: Option<Local>,
        at: Place,
        here: &mut Here<'_>,
    ) -> Vec<Effect> {
        let Some(member) = self.member_of(key) else { return Vec::new() };
        let (is_step, label) = match local {
            Some(Local::Rename(_, label)) => (true, label),
            _ => (false, None),
        };
        here.rooms.renamed_shared(member, name, at, here.now);
        here.answered(member, label, is_step)
    }

    /// A member said, erased or edited something: `event` makes that of who it is.
    fn heard_said(
        &mut self,
        (key, room): (MemberKey, &str),
        event: impl FnOnce(MemberInfo) -> RoomEvent,
        local: Option<Local>,
        at: Place,
        here: &mut Here<'_>,
    ) -> Vec<Effect> {
        let Some((room, member)) = self.fresh_room(room, at).zip(self.member_of(key)) else {
            return Vec::new();
        };
        let event = event(here.rooms.chat().who(member).clone());
        let (is_own, label) = match local {
            Some(Local::Message { label, .. }) => (true, label),
            _ => (false, None),
        };
        here.rooms.said_shared(room, Some(member), label, event, at, here.now);
        let session = here.sessions.of_member(member).filter(|_| is_own);
        session.map(Effect::MessageHeard).into_iter().collect()
    }

    fn heard_owner(&mut self, key: &str, owner: Option<&Rc<str>>, here: &mut Here<'_>) {
        let is_own = self.node.epoch().is_some() && owner == Some(self.node.name());
        let Some(room) = self.rooms.iter_mut().find(|room| *room.key == *key) else { return };
        match (std::mem::replace(&mut room.has_host, is_own), is_own) {
            (false, true) => here.rooms.start_host(room.id, room.kind, here.now),
            (true, false) => here.rooms.stop_host(room.id),
            _ => {}
        }
    }

    /// A shared room, unless its history has from an earlier run what is said at this place.
    fn fresh_room(&self, key: &str, at: Place) -> Option<RoomId> {
        let room = self.room(key)?;
        (at.id >= room.known_below).then_some(room.id)
    }
}

impl Here<'_> {
    /// Has a bot or a member that has its name join the rooms where it belongs. It hears what it missed, of those where it was
    /// up to some event.
    pub(super) fn join_rooms(&mut self, member: MemberId, rooms: &[RoomToJoin]) {
        // Whoever is in one room at a time may have gone to another one.
        if !self.rooms.chat().can_join_more(member) {
            return;
        }
        for (room, heard) in rooms {
            let room = self.rooms.chat().room(*room).map(|room| room.name().to_owned());
            let request = match *heard {
                Some(after) => Request::Program(ProgramRequest::Resume { room, after }),
                None => Request::Join { room, replay: None },
            };
            self.rooms.request(member, request, None, self.now);
        }
    }

    /// The effects of something that was heard of a member. If it `is_step`, that answers its request, which had this label.
    pub(super) fn answered(&self, member: MemberId, label: Option<Rc<str>>, is_step: bool) -> Vec<Effect> {
        let Some(id) = self.sessions.of_member(member) else { return Vec::new() };
        let answer = label.map(|label| Effect::Answer(id, label));
        answer.into_iter().chain(is_step.then_some(Effect::StepDone(id))).collect()
    }
}

/// Logs a member of another server that came or left.
fn note_elsewhere(chat: &Chat, what: &str, member: MemberId) {
    if let Some(node) = chat.node_of(member) {
        info!("{} of the node {node} {what}", chat.who(member).name);
    }
}
