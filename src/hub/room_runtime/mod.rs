//! The chat and its hosts, as one deterministic state machine: it opens and closes rooms, offers requests to hosts before the
//! chat, puts messages in order, and carries out the hosts' actions (`acts.rs`).
//!
//! After each call, take its effects with [`RoomRuntime::poll_effect`] until `None`. It knows members and rooms, but neither
//! sessions, sockets nor the journal. Time is an argument; the wall clock is set from outside.

mod acts;
mod admin;
mod effect;
mod held_names;
mod host_runtime;
mod linger;
mod newcomers;
mod rename;
mod room_watch;
mod shared;
mod typing;

use std::collections::VecDeque;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use log::info;

use crate::base::confusables::Confusable;
use crate::base::limits::ROOMS;
use crate::base::name::{Name, NameKey};
use crate::chat::{self, Bans, Belongings, Chat, Mutes, Publication, Room, RoomRoles, Step};
use crate::hosts::RoomKind;
use crate::hub::clock::WallClock;
use crate::hub::stored_rooms;
use crate::hub::timers::Timers;
use crate::journal::{RestoredStream, StoredTopic};
use crate::ordering::Proposals;
use crate::proto::{
    Event, MemberId, Misuse, OpenRequest, OperatorRefusal, ProgramRequest, Refusal, Removal, ReplayLimit,
    Request, RoomEvent, RoomId, SeenMessage, Topic,
};
use crate::wire::{Autojoin, sentences};

pub use admin::{BotInfo, NotBanned, NotOpened, PresentInfo, RoomInfo};
pub(super) use effect::{Effect, MemberEffect};
use held_names::HeldNames;
pub(super) use host_runtime::HostRuntime;
pub(super) use linger::Linger;
use room_watch::RoomWatch;
use typing::Typing;

/// The chat, its hosts, and the proposals in flight.
#[derive(Debug)]
pub struct RoomRuntime {
    chat: Chat,
    hosts: HostRuntime,
    /// The hosts' deadlines.
    timers: Timers<RoomId>,
    linger: Linger,
    room_watch: RoomWatch,
    typing: Typing,
    held_names: HeldNames,
    /// Names that nobody may have.
    reserved: Vec<Confusable>,
    proposals: Proposals,
    /// The sequencer may have ordered something.
    is_ordering: bool,
    /// Effects that come before those of the chat.
    effects: VecDeque<Effect>,
    /// The room whose host is being polled.
    polled: Option<RoomId>,
    /// The member with the current request, and its label.
    label: Option<(MemberId, Rc<str>)>,
    /// The rooms that are shared once they are opened.
    shared: Vec<NameKey>,
    clock: WallClock,
    /// How much of a room's history newcomers hear, if their dialect has no rule of its own.
    replay: ReplayLimit,
}

impl RoomRuntime {
    /// Starts without members and rooms.
    pub(super) fn new(
        chat: Chat,
        hosts: HostRuntime,
        proposals: Proposals,
        clock: WallClock,
        linger: Linger,
        replay: ReplayLimit,
    ) -> RoomRuntime {
        RoomRuntime {
            chat,
            hosts,
            timers: Timers::default(),
            linger,
            room_watch: RoomWatch::default(),
            typing: Typing::default(),
            held_names: HeldNames::default(),
            reserved: Vec::new(),
            proposals,
            is_ordering: false,
            effects: VecDeque::new(),
            polled: None,
            label: None,
            shared: Vec::new(),
            clock,
            replay,
        }
    }

    /// The chat: members and rooms.
    pub(super) fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The hosts of all rooms, and their bots.
    pub(super) fn hosts(&self) -> &HostRuntime {
        &self.hosts
    }

    /// The hosts, for calls that concern them alone.
    pub(super) fn hosts_mut(&mut self) -> &mut HostRuntime {
        &mut self.hosts
    }

    /// The wall-clock time at `now`.
    pub fn wall(&self, now: Instant) -> SystemTime {
        self.clock.wall(now)
    }

    /// The wall clock.
    pub(super) fn clock(&mut self) -> &mut WallClock {
        &mut self.clock
    }

    /// Why this address is banned, as a sentence; `None`: it is not.
    pub(super) fn ban_of(&self, address: IpAddr, now: Instant) -> Option<String> {
        self.chat.bans.why_not_from(address, self.wall(now))
    }

    /// The bans.
    pub(super) fn bans(&mut self) -> &mut Bans {
        &mut self.chat.bans
    }

    /// The mutes.
    pub(super) fn mutes(&mut self) -> &mut Mutes {
        &mut self.chat.mutes
    }

    /// Whether a room with this name can be opened.
    pub(super) fn check_name(&self, name: &str) -> Result<(), NotOpened> {
        if self.chat.find_room(name).is_some() {
            return Err(NotOpened::IsOpen);
        }
        let servers = self.chat.rooms().filter(|(_, room)| room.roles().is_none());
        if servers.count() >= ROOMS { Err(NotOpened::Full) } else { Ok(()) }
    }

    /// Opens a room on this stream. `roles`: if people opened it.
    pub(super) fn open(
        &mut self,
        id: RoomId,
        name: &str,
        kind: &'static RoomKind,
        roles: Option<RoomRoles>,
        stream: RestoredStream,
        now: Instant,
    ) {
        match roles {
            Some(roles) => self.chat.open_with_roles(id, name, &kind.traits, roles, stream.next_id),
            None => self.chat.open(id, name, &kind.traits, stream.next_id),
        }
        let shared: Rc<str> = name.into();
        for message in stream.messages {
            self.chat.remember(id, &message.into_entry(shared.clone()));
        }
        self.chat.set_incomplete_below(id, stream.incomplete_below);
        info!("the room {name} of the kind {} is open", kind.traits.kind);
        if self.shared.contains(&NameKey::of(name)) {
            // Its host runs on one of the servers that share it.
            self.chat.share(id);
        } else {
            self.hosts.open(id, kind, name);
            self.hosts.on_timer(id, now);
        }
        self.room_watch.changed(now);
        self.check_linger(id, now);
    }

    /// Sets the topics that operators gave to rooms of the server in earlier runs.
    pub(super) fn restore_topics(&mut self, topics: &[StoredTopic]) {
        for topic in topics {
            let found = self.chat.find_room(&topic.room).and_then(|id| self.chat.room(id));
            if let Some(id) = found.filter(|room| room.roles().is_none()).map(Room::id) {
                self.chat.restore_topic(id, Some(stored_rooms::topic(topic)));
            }
        }
    }

    /// Sets the topic of a room that people had opened before.
    pub(super) fn restore_topic(&mut self, room: RoomId, topic: Option<Topic>) {
        self.chat.restore_topic(room, topic);
    }

    /// Brings the member that opened a room into it.
    pub(super) fn enter_opened(
        &mut self,
        by: MemberId,
        room: RoomId,
        request: &OpenRequest,
        goes_on: bool,
        now: Instant,
    ) {
        self.chat.enter_opened(by, room, request, goes_on, self.wall(now));
    }

    /// An operator sets the topic of a room. An empty text removes it.
    pub(super) fn set_topic(&mut self, room: RoomId, text: &str, now: Instant) {
        if self.chat.is_shared(room) {
            return self.effects.push_back(Effect::Share(Step::Topic(room, text.into())));
        }
        self.chat.set_topic(None, room, text, self.wall(now));
    }

    fn check_linger(&mut self, room: RoomId, now: Instant) {
        if let Some(room) = self.chat.room(room) {
            self.linger.update(room, now);
        }
    }

    /// Closes a room, and tells its members.
    pub(super) fn close(&mut self, id: RoomId, now: Instant) {
        self.timers.stop(id);
        self.linger.stop(id);
        self.hosts.close(id);
        let name = self.chat.room(id).map(Room::room_name);
        self.chat.close(id);
        for (by, bytes) in self.proposals.room_closed(id) {
            self.effects.push_back(MemberEffect::Withdraw { bytes, why: None, label: None }.of(by));
            self.chat.refuse(by, Refusal::NotJoined(name.clone()));
        }
        self.room_watch.changed(now);
        self.send_bots_home(now);
    }

    /// Stops the hosts, as the service ends.
    pub(super) fn stop(&mut self) {
        self.hosts.stop();
        self.timers = Timers::default();
        self.linger.clear();
        self.room_watch = RoomWatch::default();
        self.typing = Typing::default();
    }

    /// The next deadline of a host, of the room watch or of typing reports.
    pub(super) fn deadline(&self) -> Option<Instant> {
        let deadlines =
            [self.timers.next(), self.linger.deadline(), self.room_watch.deadline(), self.typing.deadline()];
        deadlines.into_iter().flatten().min()
    }

    /// Handles the first host's deadline that has passed; if there is none, those of the room watch and of typing reports.
    pub(super) fn on_timer(&mut self, now: Instant) {
        if let Some(room) = self.timers.pop_due(now) {
            return self.hosts.on_timer(room, now);
        }
        if let Some(room) = self.linger.pop_due(now) {
            return self.effects.push_back(Effect::Rest(room));
        }
        let mut told = self.room_watch.on_timer(|| self.chat.room_list(None), now);
        let wall = self.wall(now);
        told.extend(self.typing.on_timer(&self.chat, now, wall));
        self.effects.extend(told.into_iter().map(|(to, event)| MemberEffect::Tell(event).of(to)));
    }

    /// Has a member join the room that its kind of client joins by itself.
    pub(super) fn autojoin(&mut self, member: MemberId, autojoin: Autojoin, now: Instant) {
        let kind = match autojoin {
            Autojoin::Nowhere => return,
            Autojoin::First => None,
            Autojoin::Kind(kind) => Some(kind),
        };
        let found = self.chat.rooms().find(|(_, room)| Some(room.traits().kind) == kind);
        let room = found.map(|(_, room)| room.name().to_owned());
        self.request(member, Request::Join { room, replay: None }, None, now);
    }

    /// Carries out a member's request, or tells it why not. The host of its room may handle it instead. `label`: that of the
    /// request.
    pub(super) fn request(&mut self, by: MemberId, request: Request, label: Option<Rc<str>>, now: Instant) {
        self.label = label.map(|label| (by, label));
        match request {
            Request::Program(ProgramRequest::Rooms { watch: true }) => {
                self.room_watch.add(by, || self.chat.room_list(None));
            }
            Request::Program(ProgramRequest::WatchTyping) => self.typing.watch(by),
            _ => {}
        }
        if !self.host_takes(by, &request, now) {
            self.chat.request(by, request, self.wall(now));
        }
    }

    /// Tells a member why its request is refused.
    pub(super) fn refuse(&mut self, to: MemberId, why: Refusal) {
        self.chat.refuse(to, why);
    }

    /// A member operates the server under this name.
    pub(super) fn make_operator(&mut self, member: MemberId, name: Rc<str>) {
        self.chat.make_operator(member, name);
    }

    /// A member does not operate the server any more.
    pub(super) fn end_operator(&mut self, member: MemberId) {
        self.chat.end_operator(member);
    }

    /// Sets the names under which members may operate the server.
    pub(super) fn set_operator_names(&mut self, names: Vec<Rc<str>>) {
        self.chat.set_operator_names(names);
    }

    /// Tells a member why it may not operate the server.
    pub(super) fn refuse_operator(&mut self, member: MemberId, why: OperatorRefusal) {
        self.chat.refuse_operator(member, why);
    }

    /// Tells a member if its question was refused.
    pub(super) fn refuse_question(&mut self, to: MemberId, asked: Result<(), Misuse>) {
        if let Err(why) = asked {
            self.chat.refuse_command(to, why);
        }
    }

    /// An operator has a room's host say something.
    pub(super) fn host_says(&mut self, room: RoomId, text: &str) {
        if self.chat.is_shared(room) {
            return self.effects.push_back(Effect::Share(Step::HostSays(room, text.into())));
        }
        self.chat.propose_host_message(room, text);
    }

    /// Removes a member that leaves the chat.
    pub(super) fn leave(&mut self, member: MemberId, now: Instant) {
        self.chat.leave(member, self.wall(now));
    }

    /// Removes a member that resumes its session. Give what is returned to the new member.
    pub(super) fn leave_to_resume(&mut self, member: MemberId, now: Instant) -> Belongings {
        self.chat.leave_to_resume(member, self.wall(now))
    }

    /// Gives a member what it had in its earlier session.
    pub(super) fn give(&mut self, member: MemberId, belongings: Belongings) {
        self.chat.give(member, belongings);
    }

    /// The host removes a member. The member and its rooms are told why.
    pub(super) fn remove(&mut self, member: MemberId, why: &Removal, now: Instant) {
        info!("{} is removed for: {}", self.chat.who(member).name, sentences::removal(why));
        self.chat.remove(member, why, self.wall(now));
    }

    /// An operator erases a message of a room. Returns its author, as far as it is known.
    pub(super) fn erase(&mut self, room: RoomId, id: u64, now: Instant) -> Option<Name> {
        if self.chat.is_shared(room) {
            self.effects.push_back(Effect::Share(Step::Erase(room, id)));
            let author = self.chat.room(room).and_then(|room| room.history().author(id));
            return author.map(|who| who.name.clone());
        }
        self.chat.erase(room, id, self.wall(now))
    }

    /// Erases all messages of this name from the histories.
    pub(super) fn forget(&mut self, key: &NameKey) {
        self.chat.forget(key);
    }

    /// Applies what the sequencer has ordered by now, before other effects.
    pub(super) fn apply_ordered(&mut self) {
        self.is_ordering = true;
    }

    /// Whether proposals are in flight.
    pub(super) fn has_proposals(&self) -> bool {
        !self.proposals.is_empty()
    }

    /// The next effect. Carry it out before the next call: that may lead to further ones.
    pub(super) fn poll_effect(&mut self, now: Instant) -> Option<Effect> {
        loop {
            if let Some(effect) = self.effects.pop_front().or_else(|| self.poll_ordered(now)) {
                return Some(effect);
            }
            match self.chat.poll_effect() {
                Some(effect) => {
                    let effect = self.follow(effect, now);
                    self.effects.extend(effect);
                }
                None if self.poll_host(now) => {}
                None => return None,
            }
        }
    }

    /// Applies the next ordered proposal.
    fn poll_ordered(&mut self, now: Instant) -> Option<Effect> {
        while self.is_ordering {
            let Some(proposal) = self.proposals.poll() else {
                self.is_ordering = false;
                break;
            };
            let (speaker, bytes, label) = (proposal.speaker, proposal.bytes(), proposal.label.clone());
            match (self.chat.apply(proposal, self.wall(now)), speaker) {
                (Ok(publication), _) => return Some(self.publish(publication, now)),
                (Err(why), Some(by)) => return Some(MemberEffect::Withdraw { bytes, why, label }.of(by)),
                (Err(_), None) => {}
            }
        }
        None
    }

    /// Translates an effect of the chat.
    fn follow(&mut self, effect: chat::Effect, now: Instant) -> Option<Effect> {
        Some(match effect {
            chat::Effect::Tell(to, event) => {
                if let Event::Private(seen @ SeenMessage { is_own: false, .. }) = &event {
                    self.notify_bot(to, seen, now);
                }
                MemberEffect::Tell(event).of(to)
            }
            chat::Effect::QueryPrivate(member, query) => Effect::RecallPrivate(member, query),
            chat::Effect::Whois(by, other, whois) => MemberEffect::Whois(other, whois, self.wall(now)).of(by),
            chat::Effect::Share(step) => Effect::Share(step),
            chat::Effect::Propose(mut proposal) => {
                let label = self.label.as_ref().filter(|(by, _)| Some(*by) == proposal.speaker);
                proposal.label = label.map(|(_, label)| label.clone());
                if self.chat.is_shared(proposal.room) {
                    return Some(Effect::SayShared(proposal));
                }
                let proposed = proposal.speaker.map(|by| MemberEffect::Propose(proposal.bytes()).of(by));
                self.proposals.propose(proposal);
                // The local sequencer orders it at once.
                self.apply_ordered();
                return proposed;
            }
            chat::Effect::Publish(publication) => self.publish(publication, now),
            chat::Effect::Subscribe(member, room) => Effect::Subscribe(member, room),
            chat::Effect::Unsubscribe(member, room) => MemberEffect::Unsubscribe(room).of(member),
            chat::Effect::Replay(to, room, excerpt) => MemberEffect::Replay(room, excerpt).of(to),
            chat::Effect::QueryHistory(member, room, query) => Effect::Recall(member, room, query),
            chat::Effect::ClaimName(member, name) => {
                self.rename(member, &name, now);
                return None;
            }
            chat::Effect::MuteFollowed(mute) => {
                info!("{}", mute.sentence(&format!("{} is muted", mute.target()), self.wall(now)));
                Effect::SanctionsChanged
            }
            chat::Effect::Renamed(member, from, to) => {
                self.held_names.rename(member, &from, &to, now);
                let (who, rooms) = (self.chat.who(member), self.chat.rooms_of(member));
                self.hosts.renamed_elsewhere(from.as_str(), who, rooms, now);
                MemberEffect::Renamed(from, to).of(member)
            }
            chat::Effect::Open(by, request) => Effect::Open(by, request),
            chat::Effect::Operate(by, line) => Effect::Operate(by, line),
            chat::Effect::Wallops(by) => Effect::Wallops(by),
            chat::Effect::RoomChanged(room) => {
                self.room_watch.changed(now);
                Effect::RoomChanged(room)
            }
            chat::Effect::Announce(rooms, except, event) => Effect::Announce(rooms, except, event),
            chat::Effect::Typing(member, place, state) => {
                self.typing.types(member, place, state, now);
                return None;
            }
            chat::Effect::Unregistered(member, name) => {
                self.proposals.member_left(member, &name);
                self.hosts.remove_bot(member);
                self.hosts.left_chat(name.as_str());
                self.held_names.drop_member(member);
                self.room_watch.remove(member);
                self.typing.remove(member);
                Effect::Dismiss(member, name)
            }
        })
    }

    /// Publishes an entry, and notifies the room's host.
    fn publish(&mut self, publication: Publication, now: Instant) -> Effect {
        let Publication { room, speaker, entry, .. } = &publication;
        let source = speaker.and_then(|by| self.chat.source(by));
        self.hosts.notify(*room, entry, source, &self.chat, now);
        if entry.event.text().is_none() && !matches!(entry.event, RoomEvent::Amended(_)) {
            self.room_watch.changed(now);
            self.check_linger(*room, now);
        }
        Effect::Publish(publication)
    }

    /// Carries out the next action of a host. Returns false if no host has to be polled.
    fn poll_host(&mut self, now: Instant) -> bool {
        let Some(room) = self.polled.take().or_else(|| self.hosts.next_to_poll()) else { return false };
        if let Some(act) = self.hosts.poll(room) {
            // Its effects come before the next poll: a bot that leaves frees its place for one that joins.
            self.polled = Some(room);
            self.do_act(room, act, now);
            return true;
        }
        self.timers.change(room, self.hosts.deadline(room));
        let leavers = self.hosts.take_leavers(room);
        if !leavers.is_empty() {
            self.effects.push_back(Effect::HostActed(leavers));
        }
        true
    }
}
