//! What the hub carries out when the log was heard: all that concerns sessions, tokens and the journal. What concerns rooms and
//! members is carried out in the rooms directly.

use std::rc::Rc;

use crate::base::name::{Name, NameKey};
use crate::chat::Belongings;
use crate::cluster::record::MemberKey;
use crate::fanout::SessionId;
use crate::hub::sharing::Claim;
use crate::proto::{MemberId, MemberInfo, Refusal, RoomId};

/// An effect for the hub to carry out, in order.
#[derive(Debug)]
pub(in crate::hub) enum Effect {
    /// What the rooms have now is the answer to this session's request with this label.
    Answer(SessionId, Rc<str>),
    /// A request of this session is answered: its input goes on.
    StepDone(SessionId),
    /// A message of this session is heard.
    MessageHeard(SessionId),
    /// A message of this session, with this many bytes, will never be heard.
    Withdraw(SessionId, usize),
    /// A session gets the name that it claims.
    Named(Box<Named>),
    /// The same, in this server alone.
    Admit(Box<Claim>),
    /// This claim of a session is refused.
    Refuse(SessionId, u64, Refusal),
    /// Tell a session that its member resumes on another connection.
    TellResumed(SessionId),
    /// Tell the members of this server that are in shared rooms.
    TellRooms(String),
    /// Sessions whose input waits for the log wait no longer, and are told why.
    StopAwaiting(String),
    /// An operator of another server erased a message; or it has another text since this server heard of it.
    Amend(RoomId, u64, Option<Rc<str>>),
    /// Erase all that was said under the name with this key. The log says so at the place with this id.
    Forget(NameKey, u64),
    /// What was said in this room up to this id is stored with what comes now.
    StoredUpTo(RoomId, u64),
}

/// A session gets its name. See [`Effect::Named`].
#[derive(Debug)]
pub(in crate::hub) struct Named {
    /// The claim.
    pub(in crate::hub) claim: Claim,
    /// The member, in the log.
    pub(in crate::hub) key: MemberKey,
    /// Its name and kind.
    pub(in crate::hub) who: MemberInfo,
    /// What it gets of the session that it resumes.
    pub(in crate::hub) belongings: Option<Belongings>,
}

/// What the hub does when something of a member is proposed.
#[derive(Debug)]
pub(in crate::hub) enum Proposed {
    /// This session's request is answered when the step is heard: its input waits.
    Step(SessionId),
    /// This session's message, with this many bytes, is heard later.
    Message(SessionId, usize),
    /// The session of this member, with this name, ends now. Its name is free when all have heard that.
    Leave(MemberId, Name),
}
