//! Members, as all nodes know them.

use std::collections::VecDeque;
use std::rc::Rc;
use std::time::SystemTime;

use crate::base::confusables::Confusable;
use crate::cluster::record::TokenMark;
use crate::proto::MemberInfo;

/// A member, as all nodes know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name and kind.
    pub who: MemberInfo,
    /// It is a bot that its node hosts.
    pub is_hosted: bool,
    /// The shared rooms that it is in, in the order in which it joined.
    pub rooms: Vec<Rc<str>>,
    /// By which it may take its name back on another node.
    pub token: Option<TokenMark>,
    pub(super) confusable: Confusable,
    /// The messages that it may still erase or edit, oldest first: room, id and time.
    pub(super) own: VecDeque<(Rc<str>, u64, SystemTime)>,
}
