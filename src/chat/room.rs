//! A room: its members, its history and the order of its events.
//!
//! `Chat` decides what a member may do; the room's host is outside of this module.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::base::limits::WHO_NAMES;
use crate::base::name::{Name, NameKey};
use crate::base::time::whole_milliseconds;
use crate::chat::{History, HistoryLimits, RoomRoles};
use crate::proto::{
    Amendment, Announcement, Event, Kind, LogEntry, MemberId, MemberInfo, Removal, ReplayExtent, RoomChange,
    RoomEvent, RoomId, Topic,
};

/// The properties that all rooms of a kind share.
#[derive(Debug)]
pub struct RoomTraits {
    /// The name of the kind.
    pub kind: &'static str,
    /// The purpose of such a room, as the end of a line.
    pub purpose: &'static str,
    /// How a join is announced.
    pub joined: Announcement,
    /// How a leave is announced.
    pub left: Announcement,
    /// Whether a member receives its own messages from the server.
    pub echoes: bool,
    /// Whether a member that joins receives the history.
    pub replays: bool,
    /// Whether a host drives the room.
    pub has_host: bool,
    /// The host's slash commands: usage and help.
    pub commands: &'static [(&'static str, &'static str)],
    /// Those commands that change nothing and that nobody else notices. A muted member may use them.
    pub quiet: &'static [&'static str],
}

impl RoomTraits {
    /// The host's command of this name, if it takes no argument. Given with its slash.
    pub fn bare_command(&self, name: &str) -> Option<&'static str> {
        let usages = self.commands.iter().map(|(usage, _)| *usage);
        usages
            .into_iter()
            .find(|usage| usage.strip_prefix('/').is_some_and(|command| command.eq_ignore_ascii_case(name)))
    }
}

/// A room event, ready to be broadcast.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// The room.
    pub room: RoomId,
    /// The author, if it is a member.
    pub speaker: Option<MemberId>,
    /// The label of the author's request.
    pub label: Option<Rc<str>>,
    /// Members that must not receive it.
    pub except: Vec<MemberId>,
    /// It concerns a member, and is told in all of its rooms, which are several.
    pub is_in_several: bool,
    /// The event.
    pub entry: LogEntry,
}

/// `listeners` receive only the messages of `speaker` and their own.
#[derive(Debug, Default)]
struct SpeakerFilter {
    listeners: Vec<MemberId>,
    speaker: Option<MemberId>,
}

/// An open room.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    name: Rc<str>,
    confusable: Confusable,
    traits: &'static RoomTraits,
    present: BTreeSet<MemberId>,
    /// How many members are people.
    people: usize,
    history: History,
    /// The id of the next event.
    next_id: u64,
    filter: SpeakerFilter,
    topic: Option<Topic>,
    /// Who may do what. `None`: the room is the server's.
    roles: Option<Box<RoomRoles>>,
    /// Other servers have it, too.
    is_shared: bool,
}

impl Room {
    /// Its id.
    pub fn id(&self) -> RoomId {
        self.id
    }

    pub(super) fn new(
        id: RoomId,
        name: &str,
        traits: &'static RoomTraits,
        limits: HistoryLimits,
        next_id: u64,
    ) -> Room {
        Room {
            id,
            name: name.into(),
            confusable: Confusable::of(name),
            traits,
            present: BTreeSet::new(),
            people: 0,
            history: History::new(limits),
            next_id,
            filter: SpeakerFilter::default(),
            topic: None,
            roles: None,
            is_shared: false,
        }
    }

    /// Whether other servers have it, too.
    pub fn is_shared(&self) -> bool {
        self.is_shared
    }

    pub(super) fn set_shared(&mut self) {
        self.is_shared = true;
    }

    /// The next event has this id.
    pub(super) fn place(&mut self, id: u64) {
        self.next_id = id;
    }

    /// The name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as a key for comparison.
    pub fn key(&self) -> &NameKey {
        self.confusable.key()
    }

    /// What other names look like its name.
    pub(super) fn confusable(&self) -> &Confusable {
        &self.confusable
    }

    /// What it is about.
    pub fn topic(&self) -> Option<&Topic> {
        self.topic.as_ref()
    }

    pub(super) fn set_topic(&mut self, topic: Option<Topic>) {
        self.topic = topic;
    }

    /// Who may do what in it. `None`: it is the server's.
    pub fn roles(&self) -> Option<&RoomRoles> {
        self.roles.as_deref()
    }

    pub(super) fn roles_mut(&mut self) -> Option<&mut RoomRoles> {
        self.roles.as_deref_mut()
    }

    pub(super) fn set_roles(&mut self, roles: RoomRoles) {
        self.roles = Some(Box::new(roles));
    }

    /// The id of its next event.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// The properties of its kind.
    pub fn traits(&self) -> &'static RoomTraits {
        self.traits
    }

    /// The number of members.
    pub fn count(&self) -> usize {
        self.present.len()
    }

    /// The number of members that are people.
    pub fn people(&self) -> usize {
        self.people
    }

    /// Whether a member is in the room.
    pub fn holds(&self, id: MemberId) -> bool {
        self.present.contains(&id)
    }

    /// The members, in the order of their ids.
    pub fn present(&self) -> impl Iterator<Item = MemberId> {
        self.present.iter().copied()
    }

    /// The recent messages.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// Adds a stored message from before the room was opened.
    pub(super) fn remember(&mut self, entry: &LogEntry) {
        self.history.record(entry);
    }

    /// Stored messages below this id were not added.
    pub(super) fn set_incomplete_below(&mut self, id: u64) {
        self.history.set_incomplete_below(id);
    }

    /// Removes the messages of this author from the history, and its topic. Returns whether it had set the topic.
    pub(super) fn forget(&mut self, key: &NameKey) -> bool {
        self.history.forget(key);
        self.topic.take_if(|topic| topic.by.as_ref().is_some_and(|by| by.key() == *key)).is_some()
    }

    /// The id of the newest event; 0 if there is none.
    pub(super) fn last_id(&self) -> u64 {
        self.next_id.saturating_sub(1)
    }

    /// The name, shared.
    pub fn room_name(&self) -> Rc<str> {
        self.name.clone()
    }

    /// Adds a member. The others receive the announcement.
    pub(super) fn enter(
        &mut self,
        id: MemberId,
        who: &MemberInfo,
        real_name: Option<Rc<str>>,
        time: SystemTime,
    ) -> Publication {
        self.present.insert(id);
        self.people += usize::from(who.kind == Kind::Person);
        let event = RoomEvent::Joined { who: who.clone(), real_name, said: self.traits.joined };
        self.record(None, vec![id], event, time)
    }

    /// Removes a member. The others receive the announcement.
    pub(super) fn exit(
        &mut self,
        id: MemberId,
        who: &MemberInfo,
        removed_for: Option<Removal>,
        is_gone: bool,
        time: SystemTime,
    ) -> Publication {
        self.present.remove(&id);
        self.people -= usize::from(who.kind == Kind::Person);
        self.filter.listeners.retain(|listener| *listener != id);
        let event = RoomEvent::Left { who: who.clone(), removed_for, is_gone, said: self.traits.left };
        self.record(None, Vec::new(), event, time)
    }

    /// A member has another name. The others receive the announcement.
    pub(super) fn rename(
        &mut self,
        id: MemberId,
        from: Name,
        to: MemberInfo,
        time: SystemTime,
    ) -> Publication {
        self.record(None, vec![id], RoomEvent::Renamed { from, to }, time)
    }

    /// Orders a change of the room itself.
    pub(super) fn change(&mut self, change: RoomChange, time: SystemTime) -> Publication {
        self.record(None, Vec::new(), RoomEvent::Changed(change), time)
    }

    /// Orders an amendment by an operator of the server.
    pub(super) fn amend_as_operator(&mut self, amendment: Amendment, time: SystemTime) -> Publication {
        self.record(None, Vec::new(), RoomEvent::Amended(amendment), time)
    }

    /// Orders a message by a member or by the host (`None`), or an amendment by a member.
    pub(super) fn publish(
        &mut self,
        speaker: Option<MemberId>,
        event: RoomEvent,
        time: SystemTime,
    ) -> Publication {
        let mut except = Vec::new();
        if speaker.is_none() || speaker != self.filter.speaker {
            except.extend(self.filter.listeners.iter().filter(|listener| Some(**listener) != speaker));
        }
        // Whoever amends a message learns that it was done.
        except.extend(speaker.filter(|_| !self.traits.echoes && event.text().is_some()));
        self.record(speaker, except, event, time)
    }

    /// See [`Chat::set_speaker_filter`](crate::chat::Chat::set_speaker_filter).
    pub(super) fn set_speaker_filter(&mut self, listeners: Vec<MemberId>, speaker: Option<MemberId>) {
        self.filter = SpeakerFilter { listeners, speaker };
    }

    /// Whether a member receives all messages.
    pub fn is_unfiltered(&self, id: MemberId) -> bool {
        !self.filter.listeners.contains(&id)
    }

    /// The first event for a member that joins.
    pub(super) fn welcome(
        &self,
        own: MemberId,
        read: Option<u64>,
        extent: ReplayExtent,
        now: SystemTime,
        who: &dyn Fn(MemberId) -> MemberInfo,
    ) -> Event {
        let others = || self.present().filter(|id| *id != own);
        let present: Vec<MemberInfo> = others().take(WHO_NAMES).map(who).collect();
        Event::Welcome {
            own: who(own).name,
            room: self.name.clone(),
            echoes: self.traits.echoes,
            read,
            present,
            count: self.count(),
            extent,
            topic: self.topic.clone().map(|topic| (topic, now)),
        }
    }

    /// Gives an event the next id, and adds messages to the history.
    fn record(
        &mut self,
        speaker: Option<MemberId>,
        except: Vec<MemberId>,
        event: RoomEvent,
        time: SystemTime,
    ) -> Publication {
        let (room, time) = (self.name.clone(), whole_milliseconds(time));
        let entry = LogEntry { room, id: self.next_id, time, event, edited: None };
        self.next_id += 1;
        self.history.record(&entry);
        Publication { room: self.id, speaker, label: None, except, is_in_several: false, entry }
    }
}
