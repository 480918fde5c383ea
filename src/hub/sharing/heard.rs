//! Carries out what the log says: the chat of this server follows, and its members are told what became of what they proposed.

use std::rc::Rc;
use std::time::Instant;

use log::info;

use crate::base::name::Name;
use crate::chat::ReplayRequest;
use crate::cluster::record::MemberKey;
use crate::cluster::registry::{Outcome, Place, What};
use crate::hub::Hub;
use crate::hub::sharing::Local;
use crate::proto::{Amendment, Event, MemberId, MemberInfo, NameTaken, Refusal, Removal, RoomEvent, RoomId};

impl Hub {
    /// Something came of a record.
    pub(super) fn heard(&mut self, outcome: Outcome, local: Option<Local>, now: Instant) {
        let Outcome { place: at, what, origin } = outcome;
        let epoch = self.sharing.as_ref().and_then(|sharing| sharing.node.epoch());
        let is_own = origin.is_some_and(|origin| Some(origin.epoch) == epoch);
        match what {
            What::Came(key, who, _) => self.heard_came(key, who, local, now),
            What::Known(key, who, _) => self.came_elsewhere(key, who, now),
            What::NameRefused(taken) => self.heard_refusal(taken, local, now),
            What::Left { key, why, resumes } => self.heard_left(key, why.as_ref(), resumes, at, now),
            What::Gone(key) => self.heard_gone(key, at, now),
            What::Joined(key, room) => self.heard_joined(key, &room, local, at, now),
            What::Parted(key, room) => self.heard_parted(key, &room, local, at, now),
            What::Renamed(key, name) => self.heard_renamed(key, name, local, at, now),
            What::Said { key, room, manner, text } => {
                let event = |who| RoomEvent::by_member(manner, who, text);
                self.heard_said((key, &room), event, local, at, now);
            }
            What::Amended { key, room, message, text } => {
                let amendment = |who| Amendment {
                    by: Some(who),
                    message: Some(message),
                    said_at: None,
                    author: None,
                    text,
                };
                self.heard_said((key, &room), |who| RoomEvent::Amended(amendment(who)), local, at, now);
            }
            What::Erased(room, id) => self.heard_erased(&room, id, is_own, at),
            What::HostSaid(room, text) => {
                if let Some(room) = self.fresh_room(&room, at) {
                    self.rooms.said_shared(room, None, None, RoomEvent::HostSaid { text }, at, now);
                }
            }
            What::Topic(room, text) => {
                if let Some(room) = self.shared_room(&room) {
                    self.rooms.topic_shared(room, &text, at);
                }
            }
            // Here it acted at once.
            What::Sanction(..) if is_own => {}
            What::Sanction(kind, text) => self.heard_sanction(kind, &text, at, now),
            What::Owner(room, owner) => self.heard_owner(&room, owner.as_ref(), now),
            What::Void => {
                if let Some(local) = local {
                    self.is_void(local, now);
                }
            }
            What::NodeUp { .. }
            | What::NodeDown { .. }
            | What::Beat
            | What::Compared { .. }
            | What::TooNew(_) => {}
        }
    }

    fn heard_came(&mut self, key: MemberKey, who: MemberInfo, local: Option<Local>, now: Instant) {
        match local {
            Some(Local::Claim(claim)) => self.claimed(&claim, key, who, now),
            Some(Local::Bot(room, _)) => {
                if let Some(bot) = self.rooms.add_shared_bot(who, now) {
                    self.link(key, bot);
                    self.join_rooms(bot, &[room], now);
                }
            }
            Some(Local::Return(member)) => {
                let rooms = self.sharing.as_mut().and_then(|sharing| sharing.returning.remove(&member));
                match rooms {
                    Some(rooms) => {
                        self.link(key, member);
                        self.join_rooms(member, &rooms, now);
                    }
                    None => self.decide(crate::cluster::record::Record::Left(key.number, None)),
                }
            }
            _ => self.came_elsewhere(key, who, now),
        }
    }

    /// A member of another server has come; or one of an earlier run of this server, in what the log says of the past.
    fn came_elsewhere(&mut self, key: MemberKey, who: MemberInfo, now: Instant) {
        let Some(sharing) = &mut self.sharing else { return };
        // Somebody may have resumed there what was a session here.
        sharing.belongings = None;
        let Some(node) = sharing.node.registry().nodes().of_epoch(key.epoch).cloned() else { return };
        if let Some(member) = self.rooms.mirror(who, &node, now) {
            self.link(key, member);
            self.note_elsewhere("comes", member);
        }
    }

    fn link(&mut self, key: MemberKey, member: MemberId) {
        if let Some(sharing) = &mut self.sharing {
            sharing.link(key, member);
        }
    }

    fn heard_refusal(&mut self, taken: NameTaken, local: Option<Local>, now: Instant) {
        let why = Refusal::NameTaken(taken);
        match local {
            Some(Local::Claim(claim)) => self.answer_claim(claim.session, claim.serial, Err(why), now),
            Some(Local::Bot(room, name)) => self.rooms.bot_refused(room, &name, &why, now),
            Some(Local::Rename(key, label)) => {
                if let Some(member) = self.member_of(key) {
                    self.labelled(member, label, now, |hub| hub.rooms.refuse_name(member, why));
                    self.step_done(member, true);
                }
            }
            Some(Local::Return(member)) => {
                let returns =
                    self.sharing.as_mut().is_some_and(|sharing| sharing.returning.remove(&member).is_some());
                if returns {
                    let reason = "this server had lost the others, and somebody else has your name since";
                    self.rooms.remove(member, &Removal::Operator(reason.into()), now);
                }
            }
            _ => {}
        }
    }

    fn heard_left(&mut self, key: MemberKey, why: Option<&Removal>, resumes: bool, at: Place, now: Instant) {
        let Some(member) = self.sharing.as_mut().and_then(|sharing| sharing.unlink(key)) else { return };
        self.note_elsewhere("leaves", member);
        if resumes {
            if let Some(session) = self.sessions.of_member(member) {
                info!("{} resumes on another connection", self.describe(session));
                self.sessions.tell_resumed(session);
            }
            let belongings = self.rooms.resumed_shared(member, at);
            if let Some(sharing) = &mut self.sharing {
                sharing.belongings = Some(belongings);
            }
            return;
        }
        // A session that still has it was removed by an operator of another server.
        if let Some(why) = why.filter(|_| self.sessions.of_member(member).is_some()) {
            self.rooms.tell(member, Event::Removed(why.clone()));
            self.run_effects(now);
        }
        self.rooms.left_shared(member, why, at);
    }

    /// A member is gone with its node. If it is of this server, it comes back when the node has an epoch.
    fn heard_gone(&mut self, key: MemberKey, at: Place, now: Instant) {
        let Some(member) = self.sharing.as_mut().and_then(|sharing| sharing.unlink(key)) else { return };
        if self.sessions.of_member(member).is_none() {
            self.note_elsewhere("is gone with it", member);
            return self.rooms.left_shared(member, None, at);
        }
        let chat = self.rooms.chat();
        let rooms: Vec<RoomId> =
            chat.rooms_of(member).iter().copied().filter(|room| chat.is_shared(*room)).collect();
        if let Some(sharing) = &mut self.sharing {
            sharing.returning.insert(member, rooms.clone());
        }
        for room in rooms {
            self.rooms.parted_shared(member, room, None, at, now);
        }
    }

    fn heard_joined(&mut self, key: MemberKey, room: &str, local: Option<Local>, at: Place, now: Instant) {
        let Some((member, room)) = self.member_of(key).zip(self.shared_room(room)) else { return };
        let (is_step, replay, label) = match local {
            Some(Local::Join(_, replay, label)) => (true, replay, label),
            _ => (false, ReplayRequest::Usual, None),
        };
        self.labelled(member, label, now, |hub| hub.rooms.joined_shared(member, room, replay, at));
        self.step_done(member, is_step);
    }

    fn heard_parted(&mut self, key: MemberKey, room: &str, local: Option<Local>, at: Place, now: Instant) {
        let Some((member, room)) = self.member_of(key).zip(self.shared_room(room)) else { return };
        let (why, label) = match local {
            Some(Local::Part(_, why, label)) => (Some(why), label),
            _ => (None, None),
        };
        let is_step = why.is_some();
        self.labelled(member, label, now, |hub| hub.rooms.parted_shared(member, room, why, at, now));
        self.step_done(member, is_step);
    }

    fn heard_renamed(&mut self, key: MemberKey, name: Name, local: Option<Local>, at: Place, now: Instant) {
        let Some(member) = self.member_of(key) else { return };
        let is_step = matches!(local, Some(Local::Rename(..)));
        let label = if let Some(Local::Rename(_, label)) = local { label } else { None };
        self.labelled(member, label, now, |hub| hub.rooms.renamed_shared(member, name, at, now));
        self.step_done(member, is_step);
    }

    /// A member said, erased or edited something: `event` makes that of who it is.
    fn heard_said(
        &mut self,
        (key, room): (MemberKey, &str),
        event: impl FnOnce(MemberInfo) -> RoomEvent,
        local: Option<Local>,
        at: Place,
        now: Instant,
    ) {
        let Some(room) = self.fresh_room(room, at) else { return };
        let Some(member) = self.member_of(key) else { return };
        let event = event(self.rooms.chat().who(member).clone());
        let is_own = matches!(local, Some(Local::Message { .. }));
        let label = if let Some(Local::Message { label, .. }) = local { label } else { None };
        self.rooms.said_shared(room, Some(member), label, event, at, now);
        if is_own {
            self.run_effects(now);
            self.message_done(member, now);
        }
    }

    /// An operator of any server erased a message.
    fn heard_erased(&mut self, room: &str, id: u64, is_own: bool, at: Place) {
        let Some(room) = self.shared_room(room) else { return };
        if !is_own {
            self.journal.erase_heard(room, id);
        }
        self.rooms.erase_shared(room, id, at);
    }

    fn heard_owner(&mut self, key: &str, owner: Option<&Rc<str>>, now: Instant) {
        let Some(sharing) = &mut self.sharing else { return };
        let is_own = sharing.node.epoch().is_some() && owner == Some(sharing.node.name());
        let Some(room) = sharing.rooms.iter_mut().find(|room| *room.key == *key) else { return };
        let had = std::mem::replace(&mut room.has_host, is_own);
        let (id, kind) = (room.id, room.kind);
        match (had, is_own) {
            (false, true) => self.rooms.start_host(id, kind, now),
            (true, false) => self.rooms.stop_host(id),
            _ => {}
        }
    }

    /// Calls `act` as if it answered a member's request with this label.
    pub(super) fn labelled(
        &mut self,
        member: MemberId,
        label: Option<Rc<str>>,
        now: Instant,
        act: impl FnOnce(&mut Hub),
    ) {
        let session = self.sessions.of_member(member).zip(label);
        if let Some((id, label)) = &session {
            self.sessions.begin_answer(*id, label.clone());
        }
        act(self);
        if let Some((id, _)) = session {
            self.run_effects(now);
            self.sessions.end_request(id);
        }
    }

    /// A message is not said.
    pub(super) fn withdraw(&mut self, member: MemberId, bytes: usize, now: Instant) {
        if let Some(id) = self.sessions.of_member(member) {
            self.sessions[id].quota.inflight().withdraw(bytes);
        }
        self.message_done(member, now);
    }

    /// A message of a member is heard, or never will be.
    fn message_done(&mut self, member: MemberId, now: Instant) {
        if let Some(id) = self.sessions.of_member(member) {
            self.sessions[id].unheard = self.sessions[id].unheard.saturating_sub(1);
            self.recheck_waiting(id, now);
        }
    }

    /// A request of a member is answered, if this was one: its input goes on.
    pub(super) fn step_done(&mut self, member: MemberId, is_step: bool) {
        let Some(id) = self.sessions.of_member(member).filter(|_| is_step) else { return };
        self.sessions[id].steps = self.sessions[id].steps.saturating_sub(1);
        if self.sessions[id].steps == 0 && !self.sessions[id].is_closing() {
            self.sessions.mark_runnable(id);
        }
    }

    /// Tells sessions whose input waits for the log.
    pub(super) fn tell_waiting(&mut self, why: &str) {
        let is_waiting = |session: &crate::hub::Session| session.awaits_log() && !session.is_closing();
        let waiting: Vec<_> =
            self.sessions.iter().filter(|(_, session)| is_waiting(session)).map(|(id, _)| id).collect();
        for id in waiting {
            self.sessions.tell(id, &Event::notice(why));
        }
    }

    /// The member with this key.
    pub(super) fn member_of(&self, key: MemberKey) -> Option<MemberId> {
        self.sharing.as_ref()?.members.get(&key).copied()
    }

    /// A shared room, unless its history has from an earlier run what is said at this place.
    fn fresh_room(&self, key: &str, at: Place) -> Option<RoomId> {
        let room = self.sharing.as_ref().and_then(|sharing| sharing.room(key))?;
        (at.id >= room.known_below).then_some(room.id)
    }
}
