//! The hub's part in a cluster: which member of the chat is which in the log, and what waits for the log's answer. `steps.rs`
//! proposes what members of this server do, `heard.rs` carries out what the log says, `claims.rs` claims names, and `life.rs`
//! follows the epochs of the node.
//!
//! A server without a cluster has none of this.

mod claims;
mod decisions;
mod heard;
mod life;
mod steps;
mod view;

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::{SHARED_ENTRIES_PER_TURN, UNHEARD_NOTICE};
use crate::base::name::{Name, NameKey};
use crate::base::text::in_words;
use crate::chat::{Belongings, ReplayRequest};
use crate::cluster::log::ReplicatedLog;
use crate::cluster::record::{MemberKey, Record, TokenMark};
use crate::cluster::{Node, NodeEvent, NodeSettings, Standing};
use crate::fanout::SessionId;
use crate::hosts::RoomKind;
use crate::hub::Hub;
use crate::proto::{Event, Kind, MemberId, Parting, RoomId, Token};

pub use view::{NodeInfo, NodeView};

/// See the module.
#[derive(Debug)]
pub(super) struct Sharing {
    node: Node<Local>,
    rooms: Vec<SharedRoom>,
    members: HashMap<MemberKey, MemberId>,
    keys: HashMap<MemberId, MemberKey>,
    /// Claims of names that wait until the node has an epoch.
    claims: VecDeque<Claim>,
    /// Operators' decisions that wait for that.
    decisions: Vec<Record>,
    /// Members of this server whose epoch is over, with the rooms that they return to.
    returning: BTreeMap<MemberId, Vec<RoomId>>,
    /// Of the member that resumes its session in this moment.
    belongings: Option<Belongings>,
    last_claim: u64,
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
#[derive(Debug)]
struct Claim {
    /// Tells it from other claims.
    serial: u64,
    session: SessionId,
    name: Name,
    kind: Kind,
    /// The member of this server whose session it resumes.
    resumes: Option<MemberId>,
    /// The token that it showed, which may be that of a member of another server.
    shown: Option<TokenMark>,
    /// Its own token, if its kind of client has one.
    token: Option<Token>,
}

/// What is remembered of a proposal until it is heard.
#[derive(Debug)]
enum Local {
    Claim(Claim),
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
}

impl Sharing {
    pub(super) fn new(settings: NodeSettings, now: Instant) -> Sharing {
        Sharing {
            node: Node::new(settings, now),
            rooms: Vec::new(),
            members: HashMap::new(),
            keys: HashMap::new(),
            claims: VecDeque::new(),
            decisions: Vec::new(),
            returning: BTreeMap::new(),
            belongings: None,
            last_claim: 0,
            has_more: false,
        }
    }

    /// A room is open. Returns whether it is shared. Messages with ids below `known_below` are in its history.
    pub(super) fn opened(
        &mut self,
        name: &str,
        id: RoomId,
        kind: &'static RoomKind,
        known_below: u64,
    ) -> bool {
        let key = NameKey::of(name).as_str().into();
        let is_shared = self.node.rooms().contains(&key);
        if is_shared {
            self.rooms.push(SharedRoom { key, id, kind, known_below, has_host: false });
        }
        is_shared
    }

    /// The rooms that would be shared if they were open.
    pub(super) fn not_open(&self) -> impl Iterator<Item = &Rc<str>> {
        self.node.rooms().iter().filter(|key| self.room(key).is_none())
    }

    /// The keys of the rooms that are shared, open or not.
    pub(super) fn keys_of_rooms(&self) -> Vec<NameKey> {
        self.node.rooms().iter().map(|room| NameKey::of(room)).collect()
    }

    /// The node.
    pub(super) fn node(&self) -> NodeView<'_> {
        NodeView::new(&self.node)
    }

    /// Whether there is more to do without waiting.
    pub(super) fn is_busy(&self) -> bool {
        self.has_more
    }

    /// The server stops.
    pub(super) fn end(&mut self) {
        self.node.end();
    }

    /// See [`Node::has_unheard`].
    pub(super) fn has_unheard(&self) -> bool {
        self.node.has_unheard()
    }

    /// When to drive it again, at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.node.deadline()
    }

    fn room(&self, key: &str) -> Option<&SharedRoom> {
        self.rooms.iter().find(|room| *room.key == *key)
    }

    fn key_of_room(&self, id: RoomId) -> Option<Rc<str>> {
        self.rooms.iter().find(|room| room.id == id).map(|room| room.key.clone())
    }

    fn link(&mut self, key: MemberKey, member: MemberId) {
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

impl Hub {
    /// Carries out what the log of the cluster says, and publishes what was gathered. Call it once a turn, before
    /// [`Hub::drive_journal`]. Without a cluster it does nothing.
    pub fn drive_log(&mut self, log: &mut dyn ReplicatedLog, now: Instant) {
        if self.sharing.is_none() {
            return;
        }
        let mut entries = 0;
        let mut has_more = true;
        while entries < SHARED_ENTRIES_PER_TURN && !self.must_pause_reads() {
            let Some(event) = self.sharing.as_mut().and_then(|sharing| sharing.node.poll(log, now)) else {
                has_more = false;
                break;
            };
            entries += 1;
            self.on_node_event(event, now);
            self.run_effects(now);
        }
        if !has_more && let Some(event) = self.sharing.as_mut().and_then(|sharing| sharing.node.check(now)) {
            self.on_node_event(event, now);
            self.run_effects(now);
        }
        if let Some(sharing) = &mut self.sharing {
            sharing.has_more = has_more;
            sharing.node.publish(log, now);
        }
    }

    fn on_node_event(&mut self, event: NodeEvent<Local>, now: Instant) {
        match event {
            NodeEvent::Heard(outcome, local) => self.heard(outcome, local, now),
            NodeEvent::Void(local) => self.never_heard(local, now),
            NodeEvent::Live => self.is_live(now),
            NodeEvent::Down => self.is_down(),
            NodeEvent::Standing(Standing::Well) => {
                self.tell_shared_rooms("The other servers answer again, and the room goes on.");
            }
            NodeEvent::Standing(Standing::Waiting) => {
                self.tell_shared_rooms(
                    "The room waits for the other servers. What you say will be heard when they answer.",
                );
            }
            NodeEvent::Standing(Standing::Refusing) => {
                let why =
                    self.sharing.as_ref().and_then(|sharing| sharing.node.refusal()).unwrap_or_default();
                self.tell_shared_rooms(&format!(
                    "{why} Until then, what is said in this room is refused; you are told what became of the rest."
                ));
                self.tell_waiting(&why);
                self.refuse_claims(&why, now);
            }
            NodeEvent::Stopped(why) => self.is_stopped(&why, now),
        }
    }

    /// Tells the members of this server that are in shared rooms.
    fn tell_shared_rooms(&mut self, text: &str) {
        let Some(sharing) = &self.sharing else { return };
        for room in &sharing.rooms {
            self.sessions.fanout.broadcast(room.id, &Event::notice(text), &[]);
        }
    }

    /// What operators may see of the cluster. `None`: this server is in none.
    pub fn node(&self) -> Option<NodeView<'_>> {
        self.sharing.as_ref().map(|sharing| sharing.node())
    }
}

/// Why members of this server cannot do something that is shared while the node has no epoch: a sentence.
fn not_live() -> String {
    format!(
        "This server is not (yet) connected to the others that share the room; that takes {} or a little more. Try again.",
        in_words(UNHEARD_NOTICE)
    )
}
