//! What the rooms leave to the hub.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::name::Name;
use crate::chat::{Ban, Proposal, Publication, Step, Target};
use crate::proto::{
    Event, Excerpt, HistoryQuery, MemberId, OpenRequest, PrivateQuery, Refusal, RoomId, Whois,
};

/// An effect for the hub to carry out, in order.
#[derive(Debug)]
pub(in crate::hub) enum Effect {
    /// This concerns the session of this member, if it has one.
    Member(MemberId, MemberEffect),
    /// Subscribe this member to the room.
    Subscribe(MemberId, RoomId),
    /// This member asks for messages of the room's history.
    Recall(MemberId, RoomId, HistoryQuery),
    /// This member asks for its private messages with another one.
    RecallPrivate(MemberId, PrivateQuery),
    /// Bans or mutes have changed.
    SanctionsChanged,
    /// Remove, for this reason, the connections that bans of these targets cover.
    KeepOut(Vec<(Ban, Target)>, Rc<str>),
    /// This member, with this name, has left the chat. Earlier output still reaches it.
    Dismiss(MemberId, Name),
    /// Open a room for this member, and call [`RoomRuntime::enter_opened`].
    ///
    /// [`RoomRuntime::enter_opened`]: super::RoomRuntime::enter_opened
    Open(MemberId, OpenRequest),
    /// This member, an operator of the server, gives a command.
    Operate(MemberId, String),
    /// This member, an operator of the server, says something to all of them.
    Wallops(MemberId),
    /// The topic or the settings of a room changed: store them.
    RoomChanged(RoomId),
    /// Propose this to all servers that share rooms.
    Share(Step),
    /// Propose this message in a shared room.
    SayShared(Proposal),
    /// Propose that a bot of this server comes to a shared room.
    CallBot(RoomId, String),
    /// Nobody has been in this room for long: close it, so that it can go on later.
    Rest(RoomId),
    /// Publish this ordered entry in its room.
    Publish(Publication),
    /// A host's action is done. These members wait for its answer ([`RoomRuntime::await_answer`]).
    ///
    /// [`RoomRuntime::await_answer`]: super::RoomRuntime::await_answer
    HostActed(Vec<MemberId>),
    /// Tell the members of these rooms, but for some, an event that has no place in their order: each member once.
    Announce(Vec<RoomId>, Vec<MemberId>, Event),
}

/// An effect on the session of a member. Hosted bots have none.
#[derive(Debug)]
pub(in crate::hub) enum MemberEffect {
    /// Send it this event.
    Tell(Event),
    /// A message with this many bytes was proposed to the sequencer.
    Propose(usize),
    /// A proposal was dropped.
    Withdraw {
        /// How many bytes of text it had.
        bytes: usize,
        /// What to tell the member, unless it is told otherwise.
        why: Option<Refusal>,
        /// The label of the request.
        label: Option<Rc<str>>,
    },
    /// Unsubscribe it from the room. Earlier output still reaches it.
    Unsubscribe(RoomId),
    /// Replay this excerpt of the room's history, as fast as it reads.
    Replay(RoomId, Excerpt),
    /// It asks who another member is, at this wall-clock time.
    Whois(MemberId, Whois, SystemTime),
    /// Its member has the first name no more, but the second one.
    Renamed(Name, Name),
}

impl MemberEffect {
    /// As the effect on this member.
    pub(super) fn of(self, member: MemberId) -> Effect {
        Effect::Member(member, self)
    }

    /// Whether a request is refused.
    pub(in crate::hub) fn is_refusal(&self) -> bool {
        match self {
            MemberEffect::Tell(event) => matches!(event, Event::Refused { .. }),
            MemberEffect::Withdraw { why, .. } => why.is_some(),
            _ => false,
        }
    }
}
