//! A room: who is in it, what was said in it, and in which order.
//!
//! What a member may ask of it is the chat's affair; what its host does is the host's.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::limits::WHO_NAMES;
use crate::base::name::NameKey;
use crate::chat::{History, HistoryLimits};
use crate::proto::{Announcement, Event, Kind, LogEntry, MemberId, Removal, RoomEvent, RoomId, Who};

/// What all rooms of a kind have in common.
#[derive(Debug)]
pub struct RoomTraits {
    /// The kind's name.
    pub kind: &'static str,
    /// What such a room is for, as the end of a line.
    pub purpose: &'static str,
    /// How it says that somebody came.
    pub joined: Announcement,
    /// How it says that somebody left.
    pub left: Announcement,
    /// Whether its members hear from the server what they say themselves.
    pub echoes: bool,
    /// Whether newcomers hear what was said before they came.
    pub replays: bool,
    /// Slash commands of its host's: usage, and what it does.
    pub commands: &'static [(&'static str, &'static str)],
    /// Those of them that change nothing and that nobody else hears of: who is muted may use them.
    pub quiet: &'static [&'static str],
}

impl RoomTraits {
    /// The command of its host's that has this name and takes nothing after it, with its slash.
    pub fn bare_command(&self, name: &str) -> Option<&'static str> {
        let usages = self.commands.iter().map(|(usage, _)| *usage);
        usages
            .into_iter()
            .find(|usage| usage.strip_prefix('/').is_some_and(|command| command.eq_ignore_ascii_case(name)))
    }
}

/// Something that happened in a room, at its place in the room's order, for all who are in it but some.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Publication {
    /// Where.
    pub room: RoomId,
    /// The member that said it, if it was one. It hears it from the server unless its own client printed it already.
    pub speaker: Option<MemberId>,
    /// Who is not to hear it.
    pub except: Vec<MemberId>,
    /// What.
    pub entry: LogEntry,
}

/// Some of a room hear nothing of what is said, but from one.
#[derive(Debug, Default)]
struct SpeakerFilter {
    listeners: Vec<MemberId>,
    speaker: Option<MemberId>,
}

/// One room.
#[derive(Debug)]
pub struct Room {
    id: RoomId,
    name: Rc<str>,
    key: NameKey,
    traits: &'static RoomTraits,
    present: BTreeSet<MemberId>,
    /// How many of them are people.
    people: usize,
    history: History,
    /// The id of the next news.
    next_id: u64,
    filter: SpeakerFilter,
}

impl Room {
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
            key: NameKey::of(name),
            traits,
            present: BTreeSet::new(),
            people: 0,
            history: History::new(limits),
            next_id,
            filter: SpeakerFilter::default(),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What its name is known by, in whatever case.
    pub fn key(&self) -> &NameKey {
        &self.key
    }

    /// What it has in common with others of its kind.
    pub fn traits(&self) -> &'static RoomTraits {
        self.traits
    }

    /// How many are in it.
    pub fn count(&self) -> usize {
        self.present.len()
    }

    /// How many of them are people.
    pub fn people(&self) -> usize {
        self.people
    }

    /// Whether a member is in it.
    pub fn holds(&self, id: MemberId) -> bool {
        self.present.contains(&id)
    }

    /// Who is in it.
    pub fn present(&self) -> impl Iterator<Item = MemberId> {
        self.present.iter().copied()
    }

    /// What was said in it so far.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// It knows of something that was said before it was opened.
    pub(super) fn remember(&mut self, entry: &LogEntry) {
        self.history.record(entry);
    }

    /// It knows no longer what somebody of this name said.
    pub(super) fn forget(&mut self, key: &NameKey) {
        self.history.forget(key);
    }

    /// Its name, shared.
    pub fn room_name(&self) -> Rc<str> {
        self.name.clone()
    }

    /// Somebody is in it from now on. The others are to hear of it.
    pub(super) fn enter(&mut self, id: MemberId, who: &Who, time: SystemTime) -> Publication {
        self.present.insert(id);
        self.people += usize::from(who.kind == Kind::Person);
        let event = RoomEvent::Joined { who: who.clone(), said: self.traits.joined };
        self.record(None, vec![id], event, time)
    }

    /// Somebody is in it no longer. Those who stay are to hear of it.
    pub(super) fn exit(
        &mut self,
        id: MemberId,
        who: &Who,
        removed_for: Option<Removal>,
        time: SystemTime,
    ) -> Publication {
        self.present.remove(&id);
        self.people -= usize::from(who.kind == Kind::Person);
        self.filter.listeners.retain(|listener| *listener != id);
        let event = RoomEvent::Left { who: who.clone(), removed_for, said: self.traits.left };
        self.record(None, Vec::new(), event, time)
    }

    /// Something is said in it, by a member or by the host.
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
        except.extend(speaker.filter(|_| !self.traits.echoes));
        self.record(speaker, except, event, time)
    }

    /// From now on `listeners` hear only what `speaker` says.
    pub(super) fn set_speaker_filter(&mut self, listeners: Vec<MemberId>, speaker: Option<MemberId>) {
        self.filter = SpeakerFilter { listeners, speaker };
    }

    /// Whether a member hears whatever is said.
    pub(super) fn is_unfiltered(&self, id: MemberId) -> bool {
        !self.filter.listeners.contains(&id)
    }

    /// What a newcomer is told first.
    pub(super) fn welcome(&self, own: MemberId, who: &dyn Fn(MemberId) -> Who) -> Event {
        let others = || self.present().filter(|id| *id != own);
        let present: Vec<Who> = others().take(WHO_NAMES).map(who).collect();
        Event::Welcome {
            own: who(own).name,
            room: self.name.clone(),
            echoes: self.traits.echoes,
            present,
            count: self.count(),
        }
    }

    /// Gives news an id, and records what was said in the history.
    fn record(
        &mut self,
        speaker: Option<MemberId>,
        except: Vec<MemberId>,
        event: RoomEvent,
        time: SystemTime,
    ) -> Publication {
        let entry = LogEntry { room: self.name.clone(), id: self.next_id, time, event };
        self.next_id += 1;
        self.history.record(&entry);
        Publication { room: self.id, speaker, except, entry }
    }
}
