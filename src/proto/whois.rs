//! Who a member is.

use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::proto::ids::MemberInfo;

/// Who a member is, for `/whois`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whois {
    /// The member.
    pub who: MemberInfo,
    /// What it calls itself beside its name. `None`: nothing.
    pub real_name: Option<Rc<str>>,
    /// Its rooms, as far as the one who asks may know them.
    pub rooms: Vec<Rc<str>>,
    /// What it said when it went away; empty if it said nothing. `None`: it is here.
    pub away: Option<Rc<str>>,
    /// It operates the server.
    pub operates_server: bool,
    /// Its connection. `None`: it has none, as it lives in the server, or it is connected to another server.
    pub connection: Option<ConnectionFacts>,
    /// The server that it is connected to. `None`: this one.
    pub node: Option<Rc<str>>,
}

/// What members may know of another member's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ConnectionFacts {
    /// How long ago it came.
    pub since: Duration,
    /// When it came.
    pub came: SystemTime,
    /// How long ago its member last said or asked something.
    pub idle: Duration,
    /// What it speaks: the word for its dialect.
    pub dialect: &'static str,
}
