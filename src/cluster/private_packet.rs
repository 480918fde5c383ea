//! Private messages, and the packets in which they go from node to node.

use crate::cluster::record::MemberKey;
use crate::proto::{PrivateText, Receipt};

/// A private message, with its author and its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    /// The author.
    pub from: MemberKey,
    /// The reader.
    pub to: MemberKey,
    /// The text.
    pub text: PrivateText,
    /// It is a notice.
    pub is_notice: bool,
}

/// A packet from node to node. A number in a message is that of a member of the node's epoch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cluster) struct PrivatePacket {
    /// The epoch of the node that sends it.
    pub(in crate::cluster) from: u64,
    /// The epoch of the node that it is for.
    pub(in crate::cluster) to: u64,
    /// Greater than that of each earlier packet with messages of this epoch. An answer has that of the messages.
    pub(in crate::cluster) number: u64,
    pub(in crate::cluster) content: Content,
}

/// What is in a packet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cluster) enum Content {
    Messages {
        /// The entry of the log up to which the sender had heard.
        heard: u64,
        messages: Vec<Envelope>,
    },
    /// What became of each message.
    Receipts(Vec<Receipt>),
}
