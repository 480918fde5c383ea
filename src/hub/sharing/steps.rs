//! Proposes what members of this server do in shared rooms, and with their names.

use std::rc::Rc;
use std::time::{Instant, SystemTime};

use log::info;

use crate::base::name::{Name, NameKey};
use crate::chat::{Proposal, Step};
use crate::cluster::record::{MemberKey, Newcomer, Record, TokenMark};
use crate::cluster::registry::Place;
use crate::hub::Hub;
use crate::hub::sharing::{Local, Sharing, not_live};
use crate::proto::{Amendment, Kind, MemberId, MemberInfo, Refusal, Removal, RoomEvent, RoomId, Token};

impl Sharing {
    /// Proposes a record of a member of this server, made from its number. An error says why that is not possible.
    fn propose_of(
        &mut self,
        member: MemberId,
        record: impl FnOnce(u32) -> Record,
        local: impl FnOnce(MemberKey) -> Local,
    ) -> Result<(), String> {
        let key = self.keys.get(&member).copied().filter(|key| self.is_own(*key));
        let Some(key) = key else { return Err(self.node.refusal().unwrap_or_else(not_live)) };
        self.propose(&record(key.number), local(key))
    }

    /// Proposes a record. An error says why that is not possible.
    pub(super) fn propose(&mut self, record: &Record, local: Local) -> Result<(), String> {
        let refusal = self.node.refusal();
        self.node.propose(record, local).map_err(|_| refusal.unwrap_or_else(not_live))
    }

    /// Proposes that somebody comes with this name, and with this token. Returns its key.
    pub(super) fn propose_name(
        &mut self,
        who: MemberInfo,
        token: Option<Token>,
        local: Local,
    ) -> Result<MemberKey, String> {
        let is_hosted = matches!(local, Local::Bot(..));
        let (resumes, shown) = match &local {
            Local::Claim(claim) => (claim.resumes, claim.shown),
            _ => (None, None),
        };
        let resumes = resumes.and_then(|ghost| self.keys.get(&ghost)).map(|key| key.number);
        let Some(key) = self.node.next_key() else {
            return Err(self.node.refusal().unwrap_or_else(not_live));
        };
        let (MemberInfo { name, kind }, token) = (who, token.map(TokenMark::of));
        let newcomer = Newcomer { number: key.number, name, kind, is_hosted, token };
        self.propose(&Record::Came(newcomer, resumes, shown), local)?;
        Ok(key)
    }
}

impl Hub {
    /// Proposes a step of a member of this server.
    pub(in crate::hub) fn share(&mut self, step: Step, now: Instant) {
        match step {
            Step::Join(member, room, replay) => self.share_of(member, |sharing, label| {
                let key = sharing.key_of_room(room).unwrap_or_default();
                sharing.propose_of(
                    member,
                    |number| Record::Joined(number, key),
                    |key| Local::Join(key, replay, label),
                )
            }),
            Step::Part(member, room, why) => self.share_of(member, |sharing, label| {
                let key = sharing.key_of_room(room).unwrap_or_default();
                sharing.propose_of(
                    member,
                    |number| Record::Parted(number, key),
                    |key| Local::Part(key, why, label),
                )
            }),
            Step::Rename(member, name) => self.share_of(member, |sharing, label| {
                sharing.propose_of(
                    member,
                    |number| Record::Renamed(number, name),
                    |key| Local::Rename(key, label),
                )
            }),
            Step::Leave(member, why) => self.share_leave(member, why, now),
            Step::Topic(room, text) => {
                let key = self.sharing.as_ref().and_then(|sharing| sharing.key_of_room(room));
                if let Some(key) = key {
                    self.decide(Record::Topic(key, text));
                }
            }
        }
    }

    /// Proposes with the label of the member's request, or tells it why not.
    fn share_of(
        &mut self,
        member: MemberId,
        propose: impl FnOnce(&mut Sharing, Option<Rc<str>>) -> Result<(), String>,
    ) {
        let session = self.sessions.of_member(member);
        let label = session.and_then(|id| self.sessions.label(id));
        let Some(sharing) = &mut self.sharing else { return };
        match propose(sharing, label) {
            Ok(()) => {
                if let Some(id) = session {
                    self.sessions.spend_label(id);
                    self.sessions[id].steps += 1;
                }
            }
            Err(why) => self.rooms.refuse(member, Refusal::NotShared(why)),
        }
    }

    /// A member leaves: its session ends now, and its name is free when all have heard that. An operator may have removed a
    /// member of another server.
    fn share_leave(&mut self, member: MemberId, why: Option<Removal>, now: Instant) {
        let Some(sharing) = &mut self.sharing else { return };
        match sharing.keys.get(&member).copied() {
            Some(key) if sharing.is_own(key) && sharing.node.stopped().is_none() => {
                sharing.node.propose_leave(&Record::Left(key.number, why));
                let name = self.rooms.chat().who(member).name.clone();
                self.dismiss(member, &name, now);
            }
            Some(_) if self.rooms.chat().node_of(member).is_some() => {
                let name = self.rooms.chat().who(member).name.clone();
                let reason = match why {
                    Some(Removal::Operator(reason)) => reason,
                    _ => "".into(),
                };
                self.decide(Record::Kick(name, reason));
            }
            // The others do not know it.
            other => {
                sharing.returning.remove(&member);
                if let Some(key) = other {
                    sharing.unlink(key);
                }
                let at = Place { id: self.next_place(member), time: self.rooms.wall(now) };
                self.rooms.left_shared(member, why.as_ref(), at);
            }
        }
    }

    /// The id of the next event of a member's rooms, if the log does not tell it.
    pub(super) fn next_place(&self, member: MemberId) -> u64 {
        let chat = self.rooms.chat();
        let rooms = chat.rooms_of(member).iter().filter_map(|room| chat.room(*room));
        rooms.map(crate::chat::Room::next_id).max().unwrap_or_default()
    }

    /// Proposes a message of a member of this server, or of a host that it runs.
    pub(in crate::hub) fn share_message(&mut self, proposal: Proposal, now: Instant) {
        let bytes = proposal.bytes();
        let Proposal { room, speaker, label, event } = proposal;
        let Some(sharing) = &mut self.sharing else { return };
        let Some(key) = sharing.key_of_room(room) else { return };
        let is_host = speaker.is_none_or(|by| self.sessions.of_member(by).is_none());
        if is_host && !sharing.node.may_host(&key, now) {
            // Another server may run the host by now.
            return;
        }
        let manner = event.author().map(|(_, manner)| manner).unwrap_or_default();
        let shared = match (speaker, event) {
            (
                Some(by),
                RoomEvent::Said { text, .. }
                | RoomEvent::Acted { text, .. }
                | RoomEvent::Noticed { text, .. },
            ) => {
                let record = |number| Record::Said { number, room: key, manner, text };
                sharing.propose_said(by, record, bytes, label)
            }
            (Some(by), RoomEvent::Amended(Amendment { message, text, .. })) => {
                let record = |number| Record::Amended { number, room: key, message, text };
                sharing.propose_said(by, record, bytes, label)
            }
            (None, RoomEvent::HostSaid { text }) => {
                let record = Record::HostSaid { room: key, by_operator: false, text };
                sharing.propose(&record, Local::Message { key: None, bytes, label: None })
            }
            _ => Ok(()),
        };
        let Some(by) = speaker else { return };
        match shared {
            Ok(()) => {
                if let Some(id) = self.sessions.of_member(by) {
                    self.sessions[id].quota.inflight().propose(bytes);
                    self.sessions[id].unheard += 1;
                    self.sessions.spend_label(id);
                }
            }
            Err(why) => self.rooms.refuse(by, Refusal::NotShared(why)),
        }
    }

    /// Proposes that a bot of this server comes to a shared room.
    pub(in crate::hub) fn call_bot(&mut self, room: RoomId, name: &str, now: Instant) {
        let Some(sharing) = &mut self.sharing else { return };
        let called = match Name::parse(name) {
            Ok(parsed) => {
                let who = MemberInfo { name: parsed, kind: Kind::Bot };
                sharing.propose_name(who, None, Local::Bot(room, name.to_owned())).map(drop)
            }
            Err(why) => Err(why.to_string()),
        };
        if let Err(why) = called {
            self.rooms.bot_refused(room, name, &Refusal::NotShared(why), now);
        }
    }

    /// An operator has the host of a shared room say something. Returns false if the room is not shared.
    pub(in crate::hub) fn share_operators_words(&mut self, room: RoomId, text: &str) -> bool {
        let key = self.sharing.as_ref().and_then(|sharing| sharing.key_of_room(room));
        let Some(room) = key else { return false };
        self.decide(Record::HostSaid { room, by_operator: true, text: text.into() });
        true
    }

    /// Has a bot or a member that has its name join the rooms where it belongs.
    pub(super) fn join_rooms(&mut self, member: MemberId, rooms: &[RoomId], now: Instant) {
        for room in rooms {
            let name = self.rooms.chat().room(*room).map(|room| room.name().to_owned());
            let join = crate::proto::Request::Join { room: name, replay: None };
            self.rooms.request(member, join, None, now);
        }
    }

    /// The log's time of something that it did not say.
    pub(super) fn time(&self, now: Instant) -> SystemTime {
        self.rooms.wall(now)
    }

    /// Logs a member of another server that came or left.
    pub(super) fn note_elsewhere(&self, what: &str, member: MemberId) {
        let chat = self.rooms.chat();
        if let Some(node) = chat.node_of(member) {
            info!("{} of the node {node} {what}", chat.who(member).name);
        }
    }

    /// The shared room with this key.
    pub(super) fn shared_room(&self, key: &str) -> Option<RoomId> {
        self.sharing.as_ref()?.room(NameKey::of(key).as_str()).map(|room| room.id)
    }
}

impl Sharing {
    fn propose_said(
        &mut self,
        by: MemberId,
        record: impl FnOnce(u32) -> Record,
        bytes: usize,
        label: Option<Rc<str>>,
    ) -> Result<(), String> {
        self.propose_of(by, record, |key| Local::Message { key: Some(key), bytes, label })
    }
}
