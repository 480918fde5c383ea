//! Proposes what members of this server do in shared rooms, and with their names.

use std::rc::Rc;

use crate::base::name::Name;
use crate::chat::{Proposal, Room, Step};
use crate::cluster::record::{MemberKey, Newcomer, Record, TokenMark};
use crate::cluster::registry::Place;
use crate::hub::sharing::{Here, Local, Proposed, Sharing, not_live};
use crate::proto::{
    Amendless, Amendment, Kind, MemberId, MemberInfo, Refusal, Removal, RoomEvent, RoomId, Token,
};

/// What a newcomer is told who cannot join a shared room.
const LATER: &str = "You come there when they answer. Until then you may be in a room of this server alone: /rooms lists them.";

impl Sharing {
    /// Proposes a step of a member of this server, or tells it why not.
    pub(in crate::hub) fn share(&mut self, step: Step, here: &mut Here<'_>) -> Option<Proposed> {
        let label = |member| here.sessions.label(here.sessions.of_member(member)?);
        let (member, proposed) = match step {
            Step::Join(member, room, replay) => {
                let (label, key) = (label(member), self.key_of_room(room).unwrap_or_default());
                let record = |number| Record::Joined(number, key);
                let joined = self.propose_of(member, record, |key| Local::Join(key, replay, label));
                (member, joined.map_err(|why| self.joins_later(member, room, why)))
            }
            Step::Part(member, room, why) => {
                let (label, key) = (label(member), self.key_of_room(room).unwrap_or_default());
                let record = |number| Record::Parted(number, key);
                (member, self.propose_of(member, record, |key| Local::Part(key, why, label)))
            }
            Step::Rename(member, name) => {
                let (label, record) = (label(member), |number| Record::Renamed(number, name));
                (member, self.propose_of(member, record, |key| Local::Rename(key, label)))
            }
            Step::Write(member, to, body) => {
                let label = label(member);
                (member, self.write(member, to, body, label, here))
            }
            Step::Leave(member, why) => return self.share_leave(member, why, here),
            Step::Topic(room, text) => return self.decide_on(room, |room| Record::Topic(room, text)),
            Step::HostSays(room, text) => {
                let record = |room| Record::HostSaid { room, by_operator: true, text };
                return self.decide_on(room, record);
            }
            Step::Erase(room, id) => return self.decide_on(room, |room| Record::Erased(room, id)),
        };
        proposed.map_err(|why| here.rooms.refuse(member, Refusal::NotShared(why))).ok()?;
        here.sessions.of_member(member).map(Proposed::Step)
    }

    /// A member cannot join a room now. If it came while the engine was away, it comes there later. Returns what it is told.
    fn joins_later(&mut self, member: MemberId, room: RoomId, why: String) -> String {
        match self.returning.get_mut(&member).filter(|it| it.is_newcomer) {
            Some(newcomer) => {
                newcomer.rooms = vec![(room, None)];
                format!("{why} {LATER}")
            }
            None => why,
        }
    }

    /// Proposes an operator's decision on a room. Nobody waits for it.
    fn decide_on(&mut self, room: RoomId, record: impl FnOnce(Rc<str>) -> Record) -> Option<Proposed> {
        let room = self.key_of_room(room)?;
        self.decide(record(room));
        None
    }

    /// A member leaves: its session ends now, and its name is free when all have heard that. An operator may have removed a
    /// member of another server.
    fn share_leave(
        &mut self,
        member: MemberId,
        why: Option<Removal>,
        here: &mut Here<'_>,
    ) -> Option<Proposed> {
        // Its number may soon be another member's.
        self.waiting.retain(|(waiting, _)| *waiting != member);
        let chat = here.rooms.chat();
        match self.keys.get(&member).copied() {
            Some(key) if self.is_own(key) && self.node.stopped().is_none() => {
                self.node.propose_leave(&Record::Left(key.number, why));
                return Some(Proposed::Leave(member, chat.who(member).name.clone()));
            }
            Some(_) if chat.node_of(member).is_some() => {
                let name = chat.who(member).name.clone();
                let reason = match why {
                    Some(Removal::Operator(reason)) => reason,
                    _ => "".into(),
                };
                self.decide(Record::Kick(name, reason));
            }
            // The others do not know it.
            other => {
                self.returning.remove(&member);
                if let Some(key) = other {
                    self.unlink(key);
                }
                let at = here.next_place(member);
                here.rooms.left_shared(member, why.as_ref(), at);
            }
        }
        None
    }

    /// Proposes a message of a member of this server, or of a host that it runs, or tells the author why not.
    pub(in crate::hub) fn share_message(
        &mut self,
        proposal: Proposal,
        here: &mut Here<'_>,
    ) -> Option<Proposed> {
        let bytes = proposal.bytes();
        let Proposal { room, speaker, label, event } = proposal;
        let key = self.key_of_room(room)?;
        let session = speaker.and_then(|by| here.sessions.of_member(by));
        if session.is_none() && !self.node.may_host(&key, here.now) {
            // Another server may run the host by now.
            return None;
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
                self.propose_said(by, record, bytes, label)
            }
            (Some(by), RoomEvent::Amended(Amendment { message: Some(id), .. }))
                if !self.owns(by, &key, id) =>
            {
                here.rooms.refuse(by, Refusal::NotAmended(Amendless::NotOwn(id)));
                return None;
            }
            (Some(by), RoomEvent::Amended(Amendment { message, text, .. })) => {
                let record = |number| Record::Amended { number, room: key, message, text };
                self.propose_said(by, record, bytes, label)
            }
            (None, RoomEvent::HostSaid { text }) => {
                let record = Record::HostSaid { room: key, by_operator: false, text };
                self.propose(&record, Local::Message { key: None, bytes, label: None })
            }
            _ => Ok(()),
        };
        match (shared, speaker) {
            (Ok(()), _) => return session.map(|id| Proposed::Message(id, bytes)),
            (Err(why), Some(by)) => here.rooms.refuse(by, Refusal::NotShared(why)),
            (Err(_), None) => {}
        }
        None
    }

    /// Whether a member may erase or edit the message of a room with this id. Who knows an id has heard the message.
    fn owns(&self, member: MemberId, room: &str, id: u64) -> bool {
        self.keys.get(&member).is_some_and(|key| self.node.registry().owns(*key, room, id))
    }

    /// Proposes that a bot of this server comes to a shared room.
    pub(in crate::hub) fn call_bot(
        &mut self,
        room: RoomId,
        name: &str,
        here: &mut Here<'_>,
    ) -> Option<Proposed> {
        let called = match Name::parse(name) {
            Ok(parsed) => {
                let who = MemberInfo { name: parsed, kind: Kind::Bot };
                self.propose_name(who, None, Local::Bot(room, name.to_owned())).map(drop)
            }
            Err(why) => Err(why.to_string()),
        };
        if let Err(why) = called {
            here.rooms.bot_refused(room, name, &Refusal::NotShared(why), here.now);
        }
        None
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
            Local::Claim(serial) => {
                self.claims.get(serial).map_or((None, None), |claim| (claim.resumes, claim.shown))
            }
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

    fn propose_said(
        &mut self,
        by: MemberId,
        record: impl FnOnce(u32) -> Record,
        bytes: usize,
        label: Option<Rc<str>>,
    ) -> Result<(), String> {
        self.propose_of(by, record, |key| Local::Message { key: Some(key), bytes, label })
    }

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
    fn propose(&mut self, record: &Record, local: Local) -> Result<(), String> {
        let refusal = self.node.refusal();
        self.node.propose(record, local).map_err(|_| refusal.unwrap_or_else(not_live))
    }
}

impl Here<'_> {
    /// Where something of a member happens that the log does not tell.
    pub(super) fn next_place(&self, member: MemberId) -> Place {
        let chat = self.rooms.chat();
        let rooms = chat.rooms_of(member).iter().filter_map(|room| chat.room(*room));
        let id = rooms.map(Room::next_id).max().unwrap_or_default();
        Place { id, time: self.rooms.wall(self.now) }
    }
}
