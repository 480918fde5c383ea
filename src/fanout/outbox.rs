//! The output side of one connection: send queue, subscriptions, and the state of its socket.

use std::io::ErrorKind;
use std::time::Instant;

use smallvec::SmallVec;

use crate::base::limits::OUTBOX_BYTES;
use crate::fanout::memory::OutputMemory;
use crate::fanout::pacer::Pacer;
use crate::fanout::send_queue::{SendQueue, Sent};
use crate::fanout::sink::{PeerReadState, SessionId, Sink};
use crate::fanout::visible_history::{HistorySource, VisibleHistory};
use crate::proto::RoomId;
use crate::wire::{Encoding, Framing};

/// The position of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SubscriptionRef {
    pub(super) room: RoomId,
    /// The index in the room's list.
    pub(super) index: usize,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Outbox {
    pub(super) queue: SendQueue,
    pub(super) encoding: Encoding,
    /// By the index of the room, as rooms are written in this order.
    pub(super) subscriptions: SmallVec<[SubscriptionRef; 1]>,
    /// Set if it gets one message at a time.
    pub(super) pacer: Option<Box<Pacer>>,
    /// The socket is full.
    pub(super) blocked: bool,
    /// Since when the socket takes nothing, if the hub recorded it.
    pub(super) write_stalled_since: Option<Instant>,
    /// The cost of the queue when it last had to wait for the replay budget, in bytes. That much is not the client's
    /// fault.
    pub(super) replay_backlog: usize,
    /// It is closed once its queue is empty.
    pub(super) is_closing: bool,
    /// The hub asked for [`crate::fanout::FlushOutcome::Progress`].
    pub(super) reports_progress: bool,
}

const _: () = assert!(size_of::<Outbox>() <= OUTBOX_BYTES);

impl Outbox {
    pub(super) fn new(encoding: Encoding, memory: &OutputMemory) -> Outbox {
        Outbox {
            queue: SendQueue::new(memory),
            encoding,
            subscriptions: SmallVec::new(),
            pacer: match encoding.framing() {
                Framing::Delimiter => None,
                Framing::Silence(delimiter) => Some(Box::new(Pacer::new(delimiter))),
            },
            blocked: false,
            write_stalled_since: None,
            replay_backlog: 0,
            is_closing: false,
            reports_progress: false,
        }
    }

    /// Its subscription to a room.
    pub(super) fn subscription(&mut self, room: RoomId) -> Option<&mut SubscriptionRef> {
        self.subscriptions.iter_mut().find(|at| at.room == room)
    }

    /// Sends the queue, as far as the socket takes it.
    pub(super) fn send<H: HistorySource>(
        &mut self,
        id: SessionId,
        history: &VisibleHistory<'_, H>,
        sink: &mut impl Sink,
        replay_budget: &mut usize,
        now: Instant,
    ) -> Sent {
        match &mut self.pacer {
            None => self.queue.send(id, history, self.encoding, sink, replay_budget),
            Some(pacer) => send_paced(&mut self.queue, self.encoding, pacer, id, history, sink, now),
        }
    }
}

/// Sends one message, if the one before was read.
fn send_paced<H: HistorySource>(
    queue: &mut SendQueue,
    encoding: Encoding,
    pacer: &mut Pacer,
    to: SessionId,
    history: &VisibleHistory<'_, H>,
    sink: &mut impl Sink,
    now: Instant,
) -> Sent {
    if !queue.is_partially_written() {
        let reading =
            if pacer.has_unread() { sink.reading(to, pacer.written) } else { PeerReadState::Unknown };
        pacer.on_read_state(reading, now);
        if pacer.has_unread() {
            return if queue.is_empty() { Sent::Drained } else { Sent::Paced };
        }
    }
    if queue.is_unreleased(history) {
        return Sent::AwaitsCommit;
    }
    match queue.send_message(to, history, encoding, pacer.delimiter, sink) {
        Ok((sent, is_whole)) => {
            pacer.written += sent as u64;
            if !is_whole {
                return Sent::Blocked;
            }
            if sent > 0 {
                pacer.sent(now);
            }
            match sent {
                _ if queue.is_empty() => Sent::Drained,
                // The released history is empty in this dialect, and the rest is unreleased.
                0 if queue.is_unreleased(history) => Sent::AwaitsCommit,
                _ => Sent::Paced,
            }
        }
        Err(e) if e.kind() == ErrorKind::WouldBlock => Sent::Blocked,
        Err(e) if e.kind() == ErrorKind::Interrupted => Sent::Yielded,
        Err(e) => Sent::Broken(e),
    }
}
