//! All sessions: their members, leftover input, output, deadlines (`deadlines.rs`) and closing (`closing.rs`).
//!
//! It handles bytes and requests, and knows neither the chat, its rooms and hosts, nor the journal.

mod closing;
mod deadlines;
mod handshake;
mod labels;
mod log_waits;
mod member_effects;
mod once;
mod pace;
mod questions;
mod recent_browsers;
mod replay;
mod runnable;
mod session;
mod waiting;
mod work;

use std::collections::VecDeque;
use std::ops::{Index, IndexMut};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use log::{debug, info};
use slab::Slab;

use crate::base::limits::{GREETING_DELAY, NAME_CLAIMS_PER_TURN};
use crate::base::name::Name;
use crate::base::source::Source;
use crate::chat::Chat;
use crate::fanout::{Fanout, SessionId, Total};
use crate::hub::ids::{Close, ListenerKind, Permit};
use crate::hub::timers::Timers;
use crate::limits::command_budget::Cost;
use crate::limits::inflight::InflightMessage;
use crate::limits::peer_limits::PeerLimits;
use crate::limits::sender_quota::{Charged, SenderLimits};
use crate::limits::spam_limiter::{SpamLimit, Verdict};
use crate::limits::stall::Stall;
use crate::proto::{ConnectionFacts, Event, MemberId, Removal, Request};
use crate::wire::{CloseCode, Codec, Inbound, IrcServer};

pub(super) use closing::Held;
use deadlines::Due;
pub(super) use deadlines::{Overdue, TimedOut};
pub(super) use handshake::{Answer, HandshakeStep};
use labels::Label;
use recent_browsers::RecentBrowsers;
pub use session::Session;
pub(super) use session::{Budget, Stage};
use waiting::Waiting;
pub(super) use work::Work;

/// The sessions by id. Indexing panics if there is no such session.
#[derive(Debug)]
pub struct Sessions {
    slots: Slab<Session>,
    /// By member id.
    of_member: Vec<Option<SessionId>>,
    /// Sessions with leftover input, in order.
    runnable: Vec<SessionId>,
    /// How many names were given in this turn.
    names_taken: usize,
    closes: VecDeque<Close>,
    /// The memory of all incomplete messages.
    unfinished: Total,
    /// Their output.
    pub(super) fanout: Fanout,
    /// Their deadlines.
    timers: Timers<Due>,
    /// Their limits.
    pub(super) limits: PeerLimits,
    pub(super) spam_limit: Option<SpamLimit>,
    /// When sockets could not be read.
    pub(super) stall: Stall,
    /// Who was told of the last change that some clients hear once.
    told: Option<once::Told>,
    /// What IRC clients are told of the server. `None`: it does not speak IRC.
    pub(super) irc: Option<Rc<IrcServer>>,
    /// Newcomers are asked for a password.
    pub(super) asks_password: bool,
    browsers: RecentBrowsers,
}

impl Sessions {
    /// Starts without sessions. `spam_limit`: `None` means that there is none.
    pub(super) fn new(limits: PeerLimits, spam_limit: Option<SpamLimit>) -> Sessions {
        Sessions {
            slots: Slab::new(),
            of_member: Vec::new(),
            runnable: Vec::new(),
            names_taken: 0,
            closes: VecDeque::new(),
            unfinished: Total::default(),
            fanout: Fanout::new(limits.send_queue),
            timers: Timers::default(),
            limits,
            spam_limit,
            stall: Stall::default(),
            told: None,
            irc: Some(Rc::default()),
            asks_password: false,
            browsers: RecentBrowsers::default(),
        }
    }

    /// Sets the message of the day for IRC clients.
    pub(super) fn set_motd(&mut self, motd: &[String]) {
        let Some(server) = self.irc.as_deref().filter(|server| server.motd != motd) else { return };
        let server = Rc::new(IrcServer { motd: motd.to_vec(), ..server.clone() });
        for (_, session) in &mut self.slots {
            session.codec.set_irc_server(Some(server.clone()));
        }
        self.irc = Some(server);
    }

    /// Opens a session for an admitted connection.
    pub(super) fn open(&mut self, permit: Permit, mut codec: Codec) -> SessionId {
        codec.set_irc_server(self.irc.clone());
        let greeting = permit.since + self.greeting_delay(GREETING_DELAY);
        let id = SessionId(self.slots.insert(Session::new(permit, codec, &self.unfinished)));
        self.fanout.open(id, self[id].codec.encoding());
        self.set_timer(id, greeting);
        debug!("{} connected", self[id].peer);
        if self[id].codec.is_websocket() {
            // The response to the upgrade comes before the first frame.
            self.send_reply(id);
        }
        id
    }

    /// Whether no input of a session was parsed yet, and nothing was sent to it.
    pub fn is_untouched(&self, id: SessionId) -> bool {
        let session = self.get(id);
        session.is_some_and(|session| {
            matches!(session.stage, Stage::Greeting { .. }) && session.codec.is_silent()
        })
    }

    /// Removes an untouched session, and keeps its connection. `None`: it is not untouched.
    pub(super) fn hand_back(&mut self, id: SessionId, now: Instant) -> Option<Permit> {
        if !self.is_untouched(id) {
            return None;
        }
        self.cancel_timer(id);
        self.fanout.close(id);
        let Session { peer, came, .. } = self.slots.remove(id.0);
        self.browsers.note(Source::of(peer.ip()), now);
        Some(Permit { peer, kind: ListenerKind::Any, since: came })
    }

    /// Whether this session has a name.
    pub fn is_in(&self, id: SessionId) -> bool {
        self.get(id).is_some_and(|session| session.member().is_some())
    }

    /// Whether this session's socket may be read later.
    pub fn may_send_more(&self, id: SessionId) -> bool {
        self.get(id).is_some_and(Session::sends_more)
    }

    /// Whether this session's input has ended, and it waits for answers.
    pub fn waits_after_end(&self, id: SessionId) -> bool {
        self.get(id).is_some_and(|session| session.ended.is_some() && session.waiting.is_some())
    }

    pub(super) fn get(&self, id: SessionId) -> Option<&Session> {
        self.slots.get(id.0)
    }

    pub(super) fn get_mut(&mut self, id: SessionId) -> Option<&mut Session> {
        self.slots.get_mut(id.0)
    }

    /// The number of sessions, those being closed included.
    pub fn count(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (SessionId, &Session)> {
        self.slots.iter().map(|(slot, session)| (SessionId(slot), session))
    }

    /// The hub's time stood still for this long just before `now`: the backlog of input does not count as a flood.
    pub(super) fn on_clock_stall(&mut self, how_long: Duration, now: Instant) {
        for (_, session) in &mut self.slots {
            session.came = session.came.checked_sub(how_long).unwrap_or(session.came);
            session.quota.age(how_long);
        }
        self.stall.stood_still(how_long, now);
    }

    /// Sends an event to one session, after all earlier output.
    pub(super) fn tell(&mut self, id: SessionId, event: &Event) {
        if let Event::Removed(why) = event {
            // The reason must not wait for the replay.
            self.fanout.drop_replays(id);
            let is_stopping = matches!(why, Removal::Stopping);
            self[id].close_code = if is_stopping { CloseCode::GoingAway } else { CloseCode::Policy };
        }
        self.reply(id, event);
    }

    /// Sends what the protocol itself answers, such as a pong.
    pub(super) fn send_reply(&mut self, id: SessionId) {
        if let Some(reply) = self[id].codec.take_reply() {
            self.fanout.enqueue(id, |out| out.extend_from_slice(&reply));
        }
        if let Some(lines) = self[id].codec.take_lines() {
            self.answer_with(id, &lines);
        }
    }

    /// Feeds received bytes to the codec. Returns whether the session takes input.
    pub(super) fn feed(&mut self, id: SessionId, bytes: &[u8], now: Instant) -> bool {
        let Some(session) = self.get_mut(id).filter(|session| !session.is_closing()) else { return false };
        session.last_received = now;
        session.is_warned = false;
        session.codec.feed(bytes, now);
        if let Stage::Greeting { since } = session.stage
            && session.codec.is_telnet()
        {
            // No browser: it need not wait longer.
            self.set_timer(id, since + self.greeting_delay(GREETING_DELAY));
        }
        self.send_reply(id);
        true
    }

    /// The next message of a session, whose label becomes the session's. At the end of its input, an incomplete message counts
    /// as complete.
    pub(super) fn next_inbound(&mut self, id: SessionId, now: Instant) -> Option<Inbound> {
        let session = &mut self.slots[id.0];
        let Session { codec, ended, .. } = session;
        let inbound = codec.next_inbound(now).or_else(|| {
            ended.and_then(|_| {
                codec.end();
                codec.next_inbound(now)
            })
        });
        let encoding = session.codec.encoding();
        if inbound.is_some() {
            self.take_label(id);
        }
        self.fanout.set_encoding(id, encoding);
        // The protocol answers a line before the session does what the next one asks for.
        self.send_reply(id);
        inbound
    }

    /// Ends a turn's share of a session.
    pub(super) fn end_work(&mut self, id: SessionId) {
        if !self[id].is_closing() {
            self.send_reply(id);
        }
        let session = &mut self[id];
        session.unfinished.set(session.codec.memory());
    }

    /// What others may know of a session.
    pub(super) fn facts(&self, id: SessionId, now: Instant, wall: SystemTime) -> ConnectionFacts {
        let session = &self[id];
        let since = now.saturating_duration_since(session.came);
        ConnectionFacts {
            since,
            came: wall.checked_sub(since).unwrap_or(wall),
            idle: now.saturating_duration_since(session.last_active),
            dialect: session.codec.name(),
        }
    }

    /// Charges a member for a request. A client that sends in bursts pauses instead of being refused.
    pub(super) fn charge(&mut self, id: SessionId, request: &Request, now: Instant) -> Charged {
        if self[id].profile().is_paced {
            self.pace(id, Some(request), now);
            return Charged { verdict: Verdict::Pass, refused: None };
        }
        let limits = SenderLimits { spam: self.spam_limit, commands: self.limits.commands };
        let session = &mut self.slots[id.0];
        if Cost::of(request) != Cost::Nothing {
            session.last_active = now;
        }
        // It sent nothing before it connected.
        let since = self.stall.backlog_since(now).max(session.came);
        let charged = session.quota.charge(request, limits, since, now);
        self.watch_member(id);
        charged
    }

    /// Warns a member of the spam limit.
    pub(super) fn warn_of_spam(&mut self, id: SessionId, chat: &Chat) {
        let Some(limit) = self.spam_limit else { return };
        info!("{} is warned of the spam limit", self[id].describe(chat));
        // It answers no request, and comes behind the last answer to this one.
        self.fanout.unicast(id, &Event::Notice(limit.warning()));
    }

    /// A message of a session, with this many bytes, is proposed: its request is answered when it is ordered.
    pub(super) fn propose(&mut self, id: SessionId, bytes: usize) {
        self[id].quota.inflight().propose(bytes);
        self.spend_label(id);
    }

    /// A message of a session is ordered: it counts as in flight until it is released.
    pub(super) fn note_in_flight(&mut self, id: SessionId, message: InflightMessage) {
        let fanout = &self.fanout;
        let is_released = |message: &InflightMessage| fanout.is_released(message.room, message.id);
        self.slots[id.0].quota.inflight().ordered(message, is_released);
    }

    /// Whether a session has too many unreleased messages to be read.
    fn is_ahead(&self, id: SessionId) -> bool {
        self[id].quota.must_wait(|message| self.fanout.is_released(message.room, message.id))
    }

    /// The memory of all incomplete messages, in bytes.
    pub(super) fn unfinished_bytes(&self) -> usize {
        self.unfinished.bytes()
    }

    /// A session's handshake is over: it belongs to this member.
    pub(super) fn become_member(&mut self, id: SessionId, member: MemberId, name: &Name) {
        self.names_taken += 1;
        self.cancel_timer(id);
        self[id].stage = Stage::Member { id: member };
        self[id].codec.on_name_accepted(name);
        if self.of_member.len() <= member.0 {
            self.of_member.resize(member.0 + 1, None);
        }
        self.of_member[member.0] = Some(id);
    }

    /// The session of a member; `None` for a hosted bot.
    pub(super) fn of_member(&self, member: MemberId) -> Option<SessionId> {
        self.of_member.get(member.0).copied().flatten()
    }

    /// The sessions of these members.
    pub(super) fn of_members(&self, members: Vec<MemberId>) -> Vec<SessionId> {
        members.into_iter().filter_map(|member| self.of_member(member)).collect()
    }

    /// A member has left the chat. Returns its session.
    pub(super) fn release_member(&mut self, member: MemberId) -> Option<SessionId> {
        self.of_member.get_mut(member.0).and_then(Option::take)
    }

    /// Whether a session has to wait for a later turn to claim its name, as others were first.
    pub(super) fn must_wait_for_name(&self, id: SessionId) -> bool {
        self.names_taken >= NAME_CLAIMS_PER_TURN && self[id].is_nameless()
    }

    /// Ends a turn, and its budget of names.
    pub(super) fn end_turn(&mut self) {
        self.names_taken = 0;
    }
}

impl Index<SessionId> for Sessions {
    type Output = Session;

    fn index(&self, id: SessionId) -> &Session {
        &self.slots[id.0]
    }
}

impl IndexMut<SessionId> for Sessions {
    fn index_mut(&mut self, id: SessionId) -> &mut Session {
        &mut self.slots[id.0]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::limits::CLOSE_LINGER;
    use crate::hub::ids::ListenerKind;

    pub(super) fn table(sessions: usize) -> (Sessions, Vec<SessionId>) {
        let mut table = Sessions::new(PeerLimits::default(), None);
        let since = Instant::now();
        let permit = || Permit { peer: ([192, 0, 2, 1], 1).into(), kind: ListenerKind::Any, since };
        let ids = (0..sessions).map(|_| table.open(permit(), Codec::detecting())).collect();
        (table, ids)
    }

    pub(super) fn name() -> Name {
        Name::parse("Ann").unwrap()
    }

    #[test]
    fn a_member_has_a_session_until_it_is_none() {
        let (mut table, ids) = table(1);
        assert_eq!(table.of_member(MemberId(7)), None, "a bot of this server has none");
        table.become_member(ids[0], MemberId(7), &name());
        assert_eq!((table.of_member(MemberId(7)), table[ids[0]].member()), (Some(ids[0]), Some(MemberId(7))));
        assert_eq!(table.release_member(MemberId(7)), Some(ids[0]));
        assert_eq!((table.of_member(MemberId(7)), table.release_member(MemberId(8))), (None, None));
    }

    #[test]
    fn names_wait_for_the_next_turn_when_a_turns_worth_was_taken() {
        let (mut table, ids) = table(NAME_CLAIMS_PER_TURN + 1);
        let last = ids[NAME_CLAIMS_PER_TURN];
        for (number, id) in ids[..NAME_CLAIMS_PER_TURN].iter().enumerate() {
            assert!(!table.must_wait_for_name(last), "{number}");
            table.become_member(*id, MemberId(number), &name());
        }
        assert!(
            table.must_wait_for_name(last) && !table.must_wait_for_name(ids[0]),
            "who has one does not wait"
        );
        table.end_turn();
        assert!(!table.must_wait_for_name(last));
    }

    #[test]
    fn a_connection_is_closed_gently_and_once() {
        let (mut table, ids) = table(1);
        let now = Instant::now();
        for _ in 0..2 {
            table.drained(ids[0], false, now);
        }
        assert_eq!(table.deadline(), Some(now + CLOSE_LINGER));
        for _ in 0..2 {
            table.close(ids[0]);
        }
        assert_eq!(table.deadline(), None);
        assert!(matches!(table.poll_close(), Some((Close::Half(id), None)) if id == ids[0]));
        assert!(matches!(table.poll_close(), Some((Close::Full(id), Some(_))) if id == ids[0]));
        assert!(table.poll_close().is_none() && table.get(ids[0]).is_none());
    }
}
