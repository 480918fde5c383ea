//! The state of one session.

use std::time::Instant;

use crate::base::limits::{
    HALF_CLOSED_TIMEOUT, MESSAGES_PER_TURN, NAME_TRIES, NAMELESS_MESSAGES, REPLY_TIMEOUT, SESSION_BYTES,
};
use crate::chat::Chat;
use crate::fanout::{Charge, Total};
use crate::hub::ids::Permit;
use crate::hub::sessions::{Label, Waiting};
use crate::limits::sender_quota::SenderQuota;
use crate::proto::MemberId;
use crate::wire::{CloseCode, Codec, Profile};

/// The stage of a session. It only goes forward.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::hub) enum Stage {
    /// No complete message came, and nothing was sent: the dialect is unknown.
    Greeting { since: Instant },
    /// It was greeted, or sent a message, and has no name yet.
    Handshake { since: Instant, tries: u8, messages: u16 },
    /// It has a name.
    Member { id: MemberId },
    /// It has left. Its queue is still sent, until this time at the latest; its input is dropped.
    Closing { until: Instant },
}

/// One session.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
pub struct Session {
    pub(in crate::hub) peer: std::net::SocketAddr,
    /// When it came, moved into the past by the time for which the hub's clock stood still since.
    pub(in crate::hub) came: Instant,
    pub(in crate::hub) last_received: Instant,
    /// When its member last said or asked something: not a ping, nor what programs send by themselves.
    pub(in crate::hub) last_active: Instant,
    pub(in crate::hub) codec: Codec,
    /// The memory of its codec's incomplete message.
    pub(in crate::hub) unfinished: Charge,
    pub(in crate::hub) stage: Stage,
    /// It gave the password of the server, if that asks for one.
    pub(in crate::hub) is_let_in: bool,
    /// Its rate limits.
    pub(in crate::hub) quota: SenderQuota,
    /// It was warned of being idle, and has been idle since.
    pub(in crate::hub) is_warned: bool,
    /// The label of the current request.
    pub(in crate::hub) label: Option<Box<Label>>,
    /// The close code for a WebSocket, if it is closed now.
    pub(in crate::hub) close_code: CloseCode,
    /// It is in the list of sessions with leftover input.
    pub(in crate::hub) is_runnable: bool,
    /// The journal is looking up a question of it.
    pub(in crate::hub) is_asking: bool,
    /// A request that waits for the answer to an earlier one.
    pub(in crate::hub) waiting: Option<Box<Waiting>>,
    /// It sent too much: until then, no more of its input is handled.
    pub(in crate::hub) paused_until: Option<Instant>,
    /// It may have sent a name, and waits for a later turn to claim it.
    pub(in crate::hub) queues: bool,
    /// It claims a name, and waits for the answer of the log. The number tells the claim from others.
    pub(in crate::hub) claim: Option<u64>,
    /// How many requests of its member wait until all servers have heard them: its input waits, too.
    pub(in crate::hub) steps: u16,
    /// How many more were answered too late to wait for.
    pub(in crate::hub) late_steps: u16,
    /// How many of its messages are not heard yet: it does not leave before.
    pub(in crate::hub) unheard: u32,
    /// Its socket may have unread input.
    pub(in crate::hub) unread: bool,
    /// Its first bytes are held back, as they may begin a request of HTTP.
    pub(in crate::hub) may_be_http: bool,
    /// When its input ended.
    pub(in crate::hub) ended: Option<Instant>,
    /// Our side is closed.
    pub(in crate::hub) half_closed: bool,
    /// Its connection is to be closed.
    pub(in crate::hub) is_closed: bool,
}

const _: () = assert!(size_of::<Session>() <= SESSION_BYTES);

impl Session {
    /// A new session. Its incomplete message is charged to `unfinished`.
    #[expect(clippy::needless_pass_by_value, reason = "a permit is used once")]
    pub(in crate::hub) fn new(permit: Permit, codec: Codec, unfinished: &Total) -> Session {
        let Permit { peer, since, .. } = permit;
        Session {
            peer,
            came: since,
            last_received: since,
            last_active: since,
            codec,
            stage: Stage::Greeting { since },
            unfinished: unfinished.charge(0),
            is_let_in: false,
            quota: SenderQuota::default(),
            is_warned: false,
            label: None,
            close_code: CloseCode::Normal,
            is_runnable: false,
            is_asking: false,
            waiting: None,
            paused_until: None,
            queues: false,
            claim: None,
            steps: 0,
            late_steps: 0,
            unheard: 0,
            unread: false,
            may_be_http: false,
            ended: None,
            half_closed: false,
            is_closed: false,
        }
    }

    /// How to deal with its kind of client.
    pub(in crate::hub) fn profile(&self) -> &'static Profile {
        self.codec.profile()
    }

    /// The name and address, for the log.
    pub(in crate::hub) fn describe(&self, chat: &Chat) -> String {
        match self.member() {
            Some(member) => format!("{} ({})", chat.who(member).name, self.peer),
            None => self.peer.to_string(),
        }
    }

    pub(in crate::hub) fn member(&self) -> Option<MemberId> {
        match self.stage {
            Stage::Member { id } => Some(id),
            Stage::Greeting { .. } | Stage::Handshake { .. } | Stage::Closing { .. } => None,
        }
    }

    /// Ends the greeting stage: a message came, or the time for it is over. Returns whether it was in that stage.
    pub(in crate::hub) fn begin_handshake(&mut self) -> bool {
        let Stage::Greeting { since } = self.stage else { return false };
        self.stage = Stage::Handshake { since, tries: 0, messages: 0 };
        true
    }

    /// Whether it has no name yet, and may still send one.
    pub(in crate::hub) fn is_nameless(&self) -> bool {
        matches!(self.stage, Stage::Greeting { .. } | Stage::Handshake { .. })
    }

    /// Whether it is probed because this newcomer claims its name. Clients that take every line for a message are not probed:
    /// keep-alive finds dead ones nearly as soon.
    pub(in crate::hub) fn is_probed_for(&self, newcomer: &Session) -> bool {
        self.peer.ip().to_canonical() == newcomer.peer.ip().to_canonical() && self.profile().is_probed
    }

    /// Counts an attempt at a name. Returns whether it was the last one allowed.
    pub(in crate::hub) fn count_try(&mut self) -> bool {
        let Stage::Handshake { tries, .. } = &mut self.stage else { return false };
        *tries += 1;
        *tries >= NAME_TRIES
    }

    /// Counts a message before it has a name. Returns whether it was one too many.
    pub(in crate::hub) fn count_message(&mut self) -> bool {
        let Stage::Handshake { messages, .. } = &mut self.stage else { return false };
        *messages += 1;
        *messages > NAMELESS_MESSAGES
    }

    /// Whether its socket may be read, as far as the session itself decides.
    pub(in crate::hub) fn takes_input(&self) -> bool {
        let is_free = self.waiting.is_none() && self.paused_until.is_none() && !self.awaits_log();
        self.sends_more() && !self.is_runnable && is_free
    }

    /// Whether its input waits until all servers have heard what came before.
    pub(in crate::hub) fn awaits_log(&self) -> bool {
        self.claim.is_some() || self.steps > 0 || self.awaits_rest()
    }

    /// Whether all servers have yet to hear some of what the last message asked for, and the answer to all of it waits for that.
    pub(in crate::hub) fn awaits_rest(&self) -> bool {
        self.label.as_ref().is_some_and(|label| label.is_of_many()) && (self.steps > 0 || self.unheard > 0)
    }

    /// Whether its peer may send more that will be read.
    pub(in crate::hub) fn sends_more(&self) -> bool {
        self.ended.is_none() && !self.is_closed
    }

    /// Whether its input ended so long ago that it waits for nothing any more.
    pub(in crate::hub) fn is_half_closed_for_long(&self, now: Instant) -> bool {
        self.ended.is_some_and(|ended| now >= ended + HALF_CLOSED_TIMEOUT)
    }

    /// Until when its request waits at the latest, if it has one that waits.
    pub(in crate::hub) fn reply_deadline(&self) -> Option<Instant> {
        let waiting = self.waiting.as_ref()?;
        let ends = waiting.since + REPLY_TIMEOUT;
        match self.ended.map(|ended| ended + HALF_CLOSED_TIMEOUT) {
            // It leaves, and waits only for a bot's answer.
            Some(last) if waiting.then.is_none() && !self.is_asking => Some(last),
            Some(last) => Some(ends.min(last)),
            None => Some(ends),
        }
    }

    /// When that time limit is to be checked: a session that is resumed in the next turn, or that pauses, waits no longer than
    /// that anyway. But a pause keeps nobody from leaving.
    pub(in crate::hub) fn reply_timer(&self) -> Option<Instant> {
        let end = self.reply_deadline().filter(|_| !self.is_runnable)?;
        match self.paused_until {
            Some(_) => self.ended.map(|ended| ended + HALF_CLOSED_TIMEOUT),
            None => Some(end),
        }
    }

    pub(in crate::hub) fn is_closing(&self) -> bool {
        matches!(self.stage, Stage::Closing { .. })
    }
}

/// A session's share of a turn.
#[derive(Debug)]
pub(in crate::hub) struct Budget {
    /// How many more messages may be handled.
    left: usize,
    /// All its input is handled, and the end of it, too.
    pub(super) is_over: bool,
}

impl Budget {
    pub(in crate::hub) fn of_a_turn() -> Budget {
        Budget { left: MESSAGES_PER_TURN, is_over: false }
    }

    /// Takes one message. Returns false if none is left.
    pub(in crate::hub) fn take(&mut self) -> bool {
        let has_left = self.left > 0;
        self.left -= usize::from(has_left);
        has_left
    }
}
