//! What members ask, and what they hear: the words between the dialects and the rules.
//!
//! No bytes here, no sentences but those that content brings, and no decisions.

mod event;
mod ids;
mod notice;
mod program;
mod refusal;
mod reply;
mod request;

pub use event::{Announcement, Event, LogEntry, Parting, RoomEvent};
pub use ids::{Kind, MemberId, RoomId, Token, Who};
pub use notice::{Notice, Removal};
pub use program::{ProgramEvent, ProgramRequest};
pub use refusal::{InvalidName, Malformed, Misuse, NameTaken, NextStep, Refusal, UnknownRoom};
pub use reply::{CommandHelp, HistoryOutcome, HistoryQuery, Reply, RoomInfo};
pub use request::Request;

/// Why everybody is removed at the end of the service, in the words that old clients show.
pub const STOPPING: &str = "The service is stopping!";
