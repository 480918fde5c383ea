//! The hub's part in a cluster: which member of the chat is which in the log, and what waits for the log's answer. `steps.rs`
//! proposes what members of this server do, `heard.rs` carries out in the rooms what the log says, `claims.rs` claims names,
//! `private.rs` sends private messages, and `life.rs` follows the epochs of the node. What remains to do, for sessions above all,
//! it returns as [`Effect`]s.
//!
//! A server without a cluster has none of this.

mod claims;
mod decisions;
mod effect;
mod gaps;
mod heard;
mod life;
mod private;
mod steps;
#[cfg(test)]
mod tests;
mod view;

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::time::Instant;

use log::warn;

use crate::base::limits::UNHEARD_NOTICE;
use crate::base::name::NameKey;
use crate::base::text::in_words;
use crate::chat::{Belongings, ReplayRequest};
use crate::cluster::log::ReplicatedLog;
use crate::cluster::record::{MemberKey, Record, TokenMark};
use crate::cluster::{Node, NodeEvent, NodeSettings, Standing};
use crate::fanout::SessionId;
use crate::hosts::RoomKind;
use crate::hub::room_runtime::RoomRuntime;
use crate::hub::session_resume::SessionResume;
use crate::hub::sessions::Sessions;
use crate::proto::{MemberId, MemberInfo, Parting, RoomId, Token};

pub(super) use effect::{Effect, Named, Proposed};
pub use gaps::{Gap, followed_up_to};
pub use view::{NodeInfo, NodeView};

/// See the module.
#[derive(Debug)]
pub(super) struct Sharing {
    node: Node<Local>,
    rooms: Vec<SharedRoom>,
    members: HashMap<MemberKey, MemberId>,
    keys: HashMap<MemberId, MemberKey>,
    /// Claims of names that are not answered by the log, by their numbers.
    claims: BTreeMap<u64, Claim>,
    /// Operators' decisions that wait for that.
    decisions: Vec<Record>,
    /// Members of this server that the others do not know, or do not know any more.
    returning: BTreeMap<MemberId, Returning>,
    /// Members of this server that the others know, with the rooms that they join when all is well again.
    waiting: Vec<(MemberId, Vec<RoomToJoin>)>,
    /// Of the member that resumes its session in this moment.
    belongings: Option<Belongings>,
    last_claim: u64,
    /// What the histories of rooms lack.
    gaps: Vec<Gap>,
    /// More of the log can be carried out at once.
    has_more: bool,
}

/// A shared room.
#[derive(Debug)]
struct SharedRoom {
    key: Rc<str>,
    id: RoomId,
    kind: &'static RoomKind,
    /// Messages with ids below this one are in its history from an earlier run.
    known_below: u64,
    /// This server runs its host.
    has_host: bool,
}

/// A claim of a name by a session.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    /// Tells it from other claims.
    pub(super) serial: u64,
    pub(super) session: SessionId,
    pub(super) who: MemberInfo,
    /// The member of this server whose session it resumes.
    resumes: Option<MemberId>,
    /// The token that it showed, which may be that of a member of another server.
    shown: Option<TokenMark>,
    /// Its own token, if its kind of client has one.
    pub(super) token: Option<Token>,
    is_proposed: bool,
    /// The member has the name already, in this server.
    admitted: Option<MemberId>,
}

/// A room, and up to which event a member has heard it.
type RoomToJoin = (RoomId, Option<u64>);

/// A member of this server that the others are told of as soon as they can be.
#[derive(Debug, Default)]
struct Returning {
    /// The shared rooms that it returns to, and up to which event it has heard them.
    rooms: Vec<RoomToJoin>,
    /// It came while the engine was away.
    is_newcomer: bool,
    is_proposed: bool,
}

/// What is remembered of a proposal until it is heard.
#[derive(Debug)]
enum Local {
    Claim(u64),
    /// A bot that the host of this room called.
    Bot(RoomId, String),
    /// A member whose epoch was over.
    Return(MemberId),
    Message {
        /// The author. `None`: the host.
        key: Option<MemberKey>,
        bytes: usize,
        label: Option<Rc<str>>,
    },
    Join(MemberKey, ReplayRequest, Option<Rc<str>>),
    Part(MemberKey, Parting, Option<Rc<str>>),
    Rename(MemberKey, Option<Rc<str>>),
    /// A private message to a member of another server.
    Private {
        reader: MemberInfo,
        label: Option<Rc<str>>,
    },
}

impl Sharing {
    pub(super) fn new(settings: NodeSettings, now: Instant) -> Sharing {
        Sharing {
            node: Node::new(settings, now),
            rooms: Vec::new(),
            members: HashMap::new(),
            keys: HashMap::new(),
            claims: BTreeMap::new(),
            decisions: Vec::new(),
            returning: BTreeMap::new(),
            waiting: Vec::new(),
            belongings: None,
            last_claim: 0,
            gaps: Vec::new(),
            has_more: false,
        }
    }

    /// A shared room is open. Messages with ids below `known_below` are in its history.
    pub(super) fn opened(&mut self, name: &str, id: RoomId, kind: &'static RoomKind, known_below: u64) {
        let key = NameKey::of(name).as_str().into();
        self.rooms.push(SharedRoom { key, id, kind, known_below, has_host: false });
    }

    /// Warns of rooms that would be shared if they were open.
    pub(super) fn warn_of_closed(&self) {
        for room in self.node.rooms().iter().filter(|key| self.room(key).is_none()) {
            warn!(
                "the room {room} is not shared: an operator closed it. Open it, and start the server again"
            );
        }
    }

    /// The keys of the rooms that are shared, open or not.
    pub(super) fn keys_of_rooms(&self) -> Vec<NameKey> {
        self.node.rooms().iter().map(|room| NameKey::of(room)).collect()
    }

    /// The node.
    pub(super) fn node(&self) -> NodeView<'_> {
        NodeView::new(&self.node, &self.gaps)
    }

    /// Whether there is more to do without waiting.
    pub(super) fn is_busy(&self) -> bool {
        self.has_more
    }

    /// The server stops.
    pub(super) fn end(&mut self) {
        self.node.end();
    }

    /// When to drive it again, at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.node.deadline()
    }

    /// Carries out the next entry of the log, and returns what remains to do. `None`: nothing else is heard for now.
    pub(super) fn hear(&mut self, log: &mut dyn ReplicatedLog, here: &mut Here<'_>) -> Option<Vec<Effect>> {
        let event = self.node.poll(log, here.now)?;
        Some(self.on_node_event(event, here))
    }

    /// All is heard for now: checks whether that is too little. Returns what remains to do.
    pub(super) fn check(&mut self, here: &mut Here<'_>) -> Option<Vec<Effect>> {
        let event = self.node.check(here.now)?;
        Some(self.on_node_event(event, here))
    }

    /// Publishes what was gathered. `has_more`: there is more to hear without waiting.
    pub(super) fn publish(&mut self, log: &mut dyn ReplicatedLog, has_more: bool, now: Instant) {
        self.has_more = has_more;
        self.node.publish(log, now);
    }

    fn on_node_event(&mut self, event: NodeEvent<Local>, here: &mut Here<'_>) -> Vec<Effect> {
        match event {
            NodeEvent::Heard(outcome, local) => self.heard(outcome, local, here),
            NodeEvent::Private(message) => {
                self.private_came(message, here);
                Vec::new()
            }
            NodeEvent::PrivateAnswered(message, Local::Private { reader, label }, receipt) => {
                self.private_answered(message, (reader, label), receipt, here)
            }
            NodeEvent::PrivateAnswered(..) => Vec::new(),
            NodeEvent::Void(local) => self.never_heard(local, here),
            NodeEvent::Lost(local) => self.maybe_heard(local, here),
            NodeEvent::Reached(id) => self.reached(id),
            NodeEvent::Skipped(first, end) => {
                self.skipped(first, end);
                Vec::new()
            }
            NodeEvent::Live => self.is_live(here),
            NodeEvent::Down => self.is_down(here),
            NodeEvent::Standing(standing) => self.stands(standing, here),
            NodeEvent::Stopped(why) => self.is_stopped(&why, here),
        }
    }

    /// The log stands still for so long, or no longer.
    fn stands(&mut self, standing: Standing, here: &mut Here<'_>) -> Vec<Effect> {
        here.rooms.set_cut_off(standing == Standing::Refusing);
        match standing {
            Standing::Well => {
                let goes_on = "The other servers answer again, and the room goes on.".into();
                let mut effects = vec![Effect::TellRooms(goes_on)];
                self.bring_waiting(here);
                effects.extend(self.bring_back(here));
                effects
            }
            Standing::Waiting => vec![Effect::TellRooms(
                "The room waits for the other servers. What you say will be heard when they answer.".into(),
            )],
            Standing::Refusing => {
                let why = self.node.refusal().unwrap_or_default();
                let text = format!(
                    "{why} Until then, what is said in this room is refused; you are told what became of the rest."
                );
                let mut effects = vec![Effect::TellRooms(text), Effect::StopAwaiting(why)];
                effects.extend(self.admit_claims(here.sessions));
                effects
            }
        }
    }

    /// The rooms that are shared and open.
    pub(super) fn open_rooms(&self) -> impl Iterator<Item = RoomId> {
        self.rooms.iter().map(|room| room.id)
    }

    fn room(&self, key: &str) -> Option<&SharedRoom> {
        self.rooms.iter().find(|room| *room.key == *key)
    }

    fn key_of_room(&self, id: RoomId) -> Option<Rc<str>> {
        self.rooms.iter().find(|room| room.id == id).map(|room| room.key.clone())
    }

    /// The shared room with this key.
    fn id_of_room(&self, key: &str) -> Option<RoomId> {
        self.room(NameKey::of(key).as_str()).map(|room| room.id)
    }

    /// The member with this key.
    fn member_of(&self, key: MemberKey) -> Option<MemberId> {
        self.members.get(&key).copied()
    }

    /// A member of this server has this key in the log.
    pub(super) fn link(&mut self, key: MemberKey, member: MemberId) {
        self.members.insert(key, member);
        self.keys.insert(member, key);
    }

    fn unlink(&mut self, key: MemberKey) -> Option<MemberId> {
        let member = self.members.remove(&key)?;
        self.keys.remove(&member);
        Some(member)
    }

    fn is_own(&self, key: MemberKey) -> bool {
        self.node.epoch() == Some(key.epoch)
    }
}

/// This server, as the log's word is carried out in it.
#[derive(Debug)]
pub(in crate::hub) struct Here<'a> {
    /// Its rooms and members, which follow the log.
    pub(in crate::hub) rooms: &'a mut RoomRuntime,
    /// Which members have sessions here.
    pub(in crate::hub) sessions: &'a Sessions,
    /// Their tokens.
    pub(in crate::hub) resume: &'a SessionResume,
    /// The time.
    pub(in crate::hub) now: Instant,
}

/// Why members of this server cannot do something that is shared while the node has no epoch: a sentence.
fn not_live() -> String {
    format!(
        "This server is not (yet) connected to the others that share the room; that takes {} or a little more. Try again.",
        in_words(UNHEARD_NOTICE)
    )
}
