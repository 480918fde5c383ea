//! The vocabulary between the dialects and the rules: requests, events, replies and refusals.
//!
//! Only data: no bytes, no decisions, and no sentences except those that people wrote.

mod event;
mod ids;
mod lookup;
mod notice;
mod private;
mod program;
mod refusal;
mod replay;
mod reply;
mod request;
mod room;
mod span;
mod whois;

pub use event::{Amendment, Announcement, Event, LogEntry, Manner, Parting, RoomEvent};
pub use ids::{Kind, MemberId, MemberInfo, Presence, RoomId, Token};
pub use lookup::{Found, Lookup, Occupant, Roster};
pub use notice::{Notice, Removal};
pub use private::{PrivateMessage, PrivateQuery, PrivateText, Receipt, SeenMessage};
pub use program::{Monitor, Monitored, ProgramEvent, ProgramRequest, TypingState, TypingTo};
pub use refusal::{
    Amendless, InvalidName, Malformed, Misuse, NameTaken, NextStep, OperatorRefusal, PasswordRefusal,
    Refusal, UnknownMember, UnknownRoom,
};
pub use replay::{Excerpt, ReplayExtent, ReplayLimit};
pub use reply::{CommandHelp, HistoryOutcome, HistoryQuery, Reply, RoomInfo};
pub use request::Request;
pub use room::{Changed, Identity, OpenRequest, RoomChange, RoomCommand, RoomRefusal, RoomReply, Topic};
pub use span::{Mark, Part, Span, Timeline};
pub use whois::{ConnectionFacts, Whois};

/// The reason for every removal at shutdown. Old clients show these words.
pub const STOPPING: &str = "The service is stopping!";

/// The same for netcat and the terminal client, whose sentences no old program matches.
pub const STOPPING_PLAIN: &str = "The server is stopping.";
