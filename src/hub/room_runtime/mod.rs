//! The chat and its hosts, as one deterministic state machine: rooms are opened and closed, what members ask is offered to hosts
//! first, what is said is put in order, and what hosts want done is done (`acts.rs`).
//!
//! What comes of a call is taken from [`RoomRuntime::poll_effect`], until there is nothing more. It knows members and rooms, and
//! no session, no socket and no journal. Time is an argument; what the clock on the wall says is told to it.

mod acts;
mod admin;
mod host_runtime;

use std::collections::{HashMap, VecDeque};
use std::ops::Range;
use std::rc::Rc;
use std::time::{Instant, SystemTime};

use log::info;

use crate::base::limits::ROOMS;
use crate::base::name::{Name, NameKey};
use crate::chat::{self, Bans, Chat, Mutes, Publication, Room, RoomLimit};
use crate::hosts::RoomKind;
use crate::hub::clock::WallClock;
use crate::hub::timers::Timers;
use crate::journal::RestoredStream;
use crate::limits::source::Source;
use crate::ordering::Proposals;
use crate::proto::{
    Event, HistoryQuery, InvalidName, MemberId, NameTaken, Refusal, Removal, Request, RoomId, Who,
};
use crate::wire::{Autojoin, sentences};

pub use admin::{BotInfo, NotBanned, NotOpened, RoomInfo};
pub(super) use host_runtime::HostRuntime;

/// What is to be done next, in this order.
#[derive(Debug)]
pub(super) enum Effect {
    /// This member alone is to hear this.
    Tell(MemberId, Event),
    /// This member hears the room from now on.
    Subscribe(MemberId, RoomId),
    /// This member does not hear the room any more. Whatever it was told before still reaches it.
    Unsubscribe(MemberId, RoomId),
    /// This member is to hear what the room's history keeps of these ids, as fast as it takes it.
    Replay(MemberId, RoomId, Range<u64>),
    /// This member wants to be told again of what was said in the room.
    Recall(MemberId, RoomId, HistoryQuery),
    /// This one, who had this name, is no member any more. Whatever it was told before still reaches it.
    Dismiss(MemberId, Name),
    /// This member said so many bytes, which have no place in the order yet.
    Propose(MemberId, usize),
    /// So many bytes that this member said will not be heard.
    Withdraw(MemberId, usize),
    /// A room is to hear this, which has its place in the order.
    Publish(Publication),
    /// What the host of a room wanted is done. These members waited for what it answers them ([`RoomRuntime::await_answer`]).
    HostActed(Vec<MemberId>),
}

/// The chat, its hosts, and what is said and not in order yet.
#[derive(Debug)]
pub(super) struct RoomRuntime {
    chat: Chat,
    hosts: HostRuntime,
    /// When hosts want to be called.
    timers: Timers<RoomId>,
    proposals: Proposals,
    /// The sequencer may have put something in order.
    is_ordering: bool,
    /// What comes before all that follows from the chat.
    effects: VecDeque<Effect>,
    /// The room whose host is being asked what it wants done.
    polled: Option<RoomId>,
    /// Where members come from. Hosted bots come from nowhere.
    sources: HashMap<MemberId, Source>,
    clock: WallClock,
}

impl RoomRuntime {
    /// Nobody and no rooms.
    pub(super) fn new(chat: Chat, hosts: HostRuntime, proposals: Proposals, clock: WallClock) -> RoomRuntime {
        RoomRuntime {
            chat,
            hosts,
            timers: Timers::default(),
            proposals,
            is_ordering: false,
            effects: VecDeque::new(),
            polled: None,
            sources: HashMap::new(),
            clock,
        }
    }

    /// Who is in, and what is known of rooms.
    pub(super) fn chat(&self) -> &Chat {
        &self.chat
    }

    /// The hosts of all rooms, and their bots.
    pub(super) fn hosts(&self) -> &HostRuntime {
        &self.hosts
    }

    /// The hosts, for what they alone are told: that a turn ends, lines to say, answers of others.
    pub(super) fn hosts_mut(&mut self) -> &mut HostRuntime {
        &mut self.hosts
    }

    /// What the clock on the wall says at this time.
    pub(super) fn wall(&self, now: Instant) -> SystemTime {
        self.clock.wall(now)
    }

    /// What the clock on the wall says.
    pub(super) fn clock(&mut self) -> &mut WallClock {
        &mut self.clock
    }

    /// Who may not come in.
    pub(super) fn bans(&mut self) -> &mut Bans {
        &mut self.chat.bans
    }

    /// Who may not speak.
    pub(super) fn mutes(&mut self) -> &mut Mutes {
        &mut self.chat.mutes
    }

    /// The id of a room that may be opened under this name. `is_free`: whether nothing more is to be sent of the last room that
    /// had an id.
    pub(super) fn free_id(&self, name: &str, is_free: impl Fn(RoomId) -> bool) -> Result<RoomId, NotOpened> {
        if self.chat.find_room(name).is_some() {
            return Err(NotOpened::IsOpen);
        }
        if self.chat.rooms().count() >= ROOMS {
            return Err(NotOpened::Full);
        }
        let mut ids = (0..).map(RoomId).filter(|id| self.chat.room(*id).is_none() && is_free(*id));
        ids.next().ok_or(NotOpened::Full)
    }

    /// Opens a room, on this thread.
    pub(super) fn open(
        &mut self,
        id: RoomId,
        name: &str,
        kind: &'static RoomKind,
        thread: RestoredStream,
        now: Instant,
    ) {
        self.chat.open(id, name, &kind.traits, thread.next_id);
        let shared: Rc<str> = name.into();
        for message in thread.messages {
            self.chat.remember(id, &message.into_entry(shared.clone()));
        }
        self.hosts.open(id, kind, name);
        info!("the room {name} is open, of the kind {}", kind.traits.kind);
        self.hosts.on_timer(id, now);
    }

    /// Closes a room. Whoever is in it is told.
    pub(super) fn close(&mut self, id: RoomId, now: Instant) {
        self.timers.stop(id);
        self.hosts.close(id);
        let name = self.chat.room(id).map(Room::room_name);
        self.chat.close(id);
        for (by, bytes) in self.proposals.room_closed(id) {
            self.effects.push_back(Effect::Withdraw(by, bytes));
            self.chat.refuse(by, Refusal::NotJoined(name.clone()));
        }
        self.send_bots_home(now);
    }

    /// The service ends: hosts have nothing more to say.
    pub(super) fn stop(&mut self) {
        self.hosts.stop();
        self.timers = Timers::default();
    }

    /// When a host wants to be called next.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.timers.next()
    }

    /// Calls the first host that is due.
    pub(super) fn on_timer(&mut self, now: Instant) {
        if let Some(room) = self.timers.pop_due(now) {
            self.hosts.on_timer(room, now);
        }
    }

    /// The name that `text` is, if somebody may come by it now. A hosted bot that has it gives way.
    pub(super) fn claim(&mut self, text: &str, now: Instant) -> Result<Name, Refusal> {
        let name = Name::parse(text).map_err(|why| Refusal::InvalidName(InvalidName::Error(why)))?;
        if let Some(why) = self.chat.bans.why_not_as(&name, self.wall(now)) {
            return Err(Refusal::Banned(why));
        }
        if let Some(mixture) = name.mixture() {
            let others = self.chat.find_confusable(name.as_str());
            return Err(match others.first().map(|other| self.chat.who(*other).name.clone()) {
                Some(other) => Refusal::NameTaken(NameTaken::Confusable(name, other)),
                None => Refusal::InvalidName(InvalidName::Mixed(mixture)),
            });
        }
        self.give_way(&name, now);
        Ok(name)
    }

    /// Makes somebody known by a name, who comes from there.
    pub(super) fn introduce(
        &mut self,
        who: Who,
        rooms: RoomLimit,
        source: Source,
    ) -> Result<MemberId, NameTaken> {
        let member = self.chat.register(who, rooms)?;
        self.sources.insert(member, source);
        Ok(member)
    }

    /// Has a member be in the room that its clients come to.
    pub(super) fn autojoin(&mut self, member: MemberId, autojoin: Autojoin, now: Instant) {
        let kind = match autojoin {
            Autojoin::Nowhere => return,
            Autojoin::First => None,
            Autojoin::Kind(kind) => Some(kind),
        };
        let found = self.chat.rooms().find(|(_, room)| Some(room.traits().kind) == kind);
        let room = found.map(|(_, room)| room.name().to_owned());
        self.request(member, Request::Join { room }, now);
    }

    /// Does what a member asks, or tells it why not. The host of its room may take it instead.
    pub(super) fn request(&mut self, by: MemberId, request: Request, now: Instant) {
        if !self.host_takes(by, &request, now) {
            self.chat.request(by, request, self.wall(now));
        }
    }

    /// Tells one member why something is not done.
    pub(super) fn refuse(&mut self, to: MemberId, why: Refusal) {
        self.chat.refuse(to, why);
    }

    /// A room's host says something.
    pub(super) fn host_says(&mut self, room: RoomId, text: &str) {
        self.chat.propose_host_message(room, text);
    }

    /// A member goes for good.
    pub(super) fn leave(&mut self, member: MemberId, now: Instant) {
        self.chat.leave(member, self.wall(now));
    }

    /// The host removes a member. It is told why, and so are its rooms.
    pub(super) fn remove(&mut self, member: MemberId, why: &Removal, now: Instant) {
        info!("{} is removed for: {}", self.chat.who(member).name, sentences::removal(why));
        self.chat.remove(member, why, self.wall(now));
    }

    /// No room knows any longer what somebody of this name said.
    pub(super) fn forget(&mut self, key: &NameKey) {
        self.chat.forget(key);
    }

    /// What the sequencer has put in order by now is applied next.
    pub(super) fn apply_ordered(&mut self) {
        self.is_ordering = true;
    }

    /// Whether something is said that is not in order yet.
    pub(super) fn has_proposals(&self) -> bool {
        !self.proposals.is_empty()
    }

    /// What is to be done next. What was done before may have led to it.
    pub(super) fn poll_effect(&mut self, now: Instant) -> Option<Effect> {
        loop {
            if let Some(effect) = self.effects.pop_front().or_else(|| self.poll_ordered(now)) {
                return Some(effect);
            }
            let effect = if let Some(effect) = self.chat.poll_effect() {
                self.follow(effect, now)
            } else {
                let room = self.polled.take().or_else(|| self.hosts.next_to_poll())?;
                self.poll_host(room, now)
            };
            if effect.is_some() {
                return effect;
            }
        }
    }

    /// Applies the next proposal that is in order.
    fn poll_ordered(&mut self, now: Instant) -> Option<Effect> {
        while self.is_ordering {
            let Some(proposal) = self.proposals.poll() else {
                self.is_ordering = false;
                break;
            };
            let (speaker, bytes) = (proposal.speaker, proposal.bytes());
            match self.chat.apply(proposal, self.wall(now)) {
                Some(publication) => return Some(self.publish(publication, now)),
                None if speaker.is_some() => return speaker.map(|by| Effect::Withdraw(by, bytes)),
                None => {}
            }
        }
        None
    }

    /// What follows from what the chat has decided.
    fn follow(&mut self, effect: chat::Effect, now: Instant) -> Option<Effect> {
        Some(match effect {
            chat::Effect::Tell(to, event) => Effect::Tell(to, event),
            chat::Effect::Propose(proposal) => {
                let proposed = proposal.speaker.map(|by| Effect::Propose(by, proposal.bytes()));
                self.proposals.propose(proposal);
                // A server that is alone has it in order at once.
                self.apply_ordered();
                return proposed;
            }
            chat::Effect::Publish(publication) => self.publish(publication, now),
            chat::Effect::Subscribe(member, room) => Effect::Subscribe(member, room),
            chat::Effect::Unsubscribe(member, room) => Effect::Unsubscribe(member, room),
            chat::Effect::Replay(to, room, ids) => Effect::Replay(to, room, ids),
            chat::Effect::QueryHistory(member, room, query) => Effect::Recall(member, room, query),
            chat::Effect::Unregistered(member, name) => {
                self.proposals.member_left(member);
                self.hosts.remove_bot(member);
                self.sources.remove(&member);
                Effect::Dismiss(member, name)
            }
        })
    }

    /// A room hears something, and so does its host.
    fn publish(&mut self, publication: Publication, now: Instant) -> Effect {
        let Publication { room, speaker, entry, .. } = &publication;
        let source = speaker.and_then(|by| self.sources.get(&by)).copied();
        self.hosts.notify(*room, entry, source, &self.chat, now);
        Effect::Publish(publication)
    }

    /// Does the next thing that a room's host wants done.
    fn poll_host(&mut self, room: RoomId, now: Instant) -> Option<Effect> {
        if let Some(act) = self.hosts.poll(room) {
            // What follows is done before the host is asked again, as who has left makes place for who comes.
            self.polled = Some(room);
            self.do_act(room, act, now);
            return None;
        }
        self.timers.change(room, self.hosts.deadline(room));
        let leavers = self.hosts.take_leavers(room);
        (!leavers.is_empty()).then_some(Effect::HostActed(leavers))
    }
}
