//! Capabilities: what a client asks for, so that it understands more (`ircv3.net/specs/extensions/capability-negotiation`).

use std::borrow::Cow;
use std::ops::{BitOr, BitOrAssign};

use crate::base::limits::{MESSAGE_BYTES, MESSAGE_LINES};

/// A set of capabilities.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::wire) struct Caps(u32);

impl Caps {
    /// None.
    pub(in crate::wire) const NONE: Caps = Caps(0);
    /// `server-time`: lines have the time at which it happened.
    pub(super) const TIME: Caps = Caps(1);
    /// `message-tags`: messages have ids, those of bots are marked, and clients may send each other tags.
    pub(super) const TAGS: Caps = Caps(1 << 1);
    /// `extended-join`: a join tells account and real name.
    pub(super) const EXTENDED_JOIN: Caps = Caps(1 << 2);
    /// `batch`: lines that belong together are marked.
    pub(super) const BATCH: Caps = Caps(1 << 3);
    /// `away-notify`: who goes away or comes back is told.
    pub(super) const AWAY: Caps = Caps(1 << 4);
    /// `invite-notify`: who is invited into a channel is told there.
    pub(super) const INVITES: Caps = Caps(1 << 5);
    /// `draft/message-redaction`: an erased message is taken back where it was shown.
    pub(super) const REDACT: Caps = Caps(1 << 6);
    /// `draft/multiline`: messages of several lines are sent and told as one.
    pub(super) const MULTILINE: Caps = Caps(1 << 7);
    /// `setname`: a member that calls itself something else is told.
    pub(super) const SETNAME: Caps = Caps(1 << 8);
    /// `echo-message`: what one says comes back.
    pub(super) const ECHO: Caps = Caps(1 << 20);
    /// `userhost-in-names`: lists of names tell who has them.
    pub(super) const USERHOSTS: Caps = Caps(1 << 9);
    /// `multi-prefix`: all of somebody's roles are told. There is one.
    pub(super) const MULTI_PREFIX: Caps = Caps(1 << 10);
    /// `cap-notify`: changes of the capabilities are told. There are none.
    pub(super) const NOTIFY: Caps = Caps(1 << 11);
    /// `standard-replies`: `FAIL`, `WARN` and `NOTE`.
    pub(super) const STANDARD_REPLIES: Caps = Caps(1 << 12);
    /// `draft/no-implicit-names`: no list of names after a join.
    pub(super) const NO_NAMES: Caps = Caps(1 << 13);
    /// `draft/chathistory`: the client asks for what was said before, and is not told by itself.
    pub(super) const HISTORY: Caps = Caps(1 << 14);
    /// `labeled-response`: the answer to a line with a label has that label.
    pub(super) const LABELS: Caps = Caps(1 << 15);

    /// `extended-monitor`: what is told of those in the same channels is told of those in the list of MONITOR, too.
    pub(super) const MONITOR: Caps = Caps(1 << 16);
    /// `draft/read-marker`: how far a client has read is kept for its name.
    pub(super) const READ: Caps = Caps(1 << 19);
    /// `account-notify` and `account-tag`: who has which account is told. Nobody has one.
    pub(super) const ACCOUNTS: Caps = Caps(1 << 17);
    /// `chghost`: who has another host is told. Everybody has the same.
    pub(super) const HOSTS: Caps = Caps(1 << 21);
    /// See [`Caps::ACCOUNTS`].
    pub(super) const ACCOUNT_TAGS: Caps = Caps(1 << 18);

    /// Those that matter for what a whole room hears: each combination of them has an encoding of its own.
    pub(super) const SHARED: Caps = Caps(0x1ff);

    /// Whether all of `other` are among these.
    pub(super) fn has(self, other: Caps) -> bool {
        self.0 & other.0 == other.0
    }

    /// Those that are in both.
    pub(super) fn and(self, other: Caps) -> Caps {
        Caps(self.0 & other.0)
    }

    /// These without those.
    pub(super) fn without(self, other: Caps) -> Caps {
        Caps(self.0 & !other.0)
    }

    /// The shared ones as a number.
    #[expect(clippy::cast_possible_truncation, reason = "these are nine bits")]
    pub(in crate::wire) fn shared(self) -> u16 {
        self.and(Caps::SHARED).0 as u16
    }

    /// The opposite of [`Caps::shared`].
    pub(in crate::wire) fn of_shared(number: u16) -> Caps {
        Caps(u32::from(number)).and(Caps::SHARED)
    }

    /// The capability with this name.
    pub(super) fn named(name: &str) -> Option<Caps> {
        OFFERED.iter().find(|(known, _)| *known == name).map(|(_, cap)| *cap)
    }

    /// The names of these.
    pub(super) fn names(self) -> impl Iterator<Item = &'static str> {
        OFFERED.iter().filter(move |(_, cap)| self.has(*cap)).map(|(name, _)| *name)
    }
}

impl BitOr for Caps {
    type Output = Caps;

    fn bitor(self, other: Caps) -> Caps {
        Caps(self.0 | other.0)
    }
}

impl BitOrAssign for Caps {
    fn bitor_assign(&mut self, other: Caps) {
        self.0 |= other.0;
    }
}

/// What is offered, by the names in the registry of `ircv3.net`.
static OFFERED: [(&str, Caps); 22] = [
    ("account-notify", Caps::ACCOUNTS),
    ("account-tag", Caps::ACCOUNT_TAGS),
    ("away-notify", Caps::AWAY),
    ("batch", Caps::BATCH),
    ("cap-notify", Caps::NOTIFY),
    ("chghost", Caps::HOSTS),
    ("draft/chathistory", Caps::HISTORY),
    ("draft/message-redaction", Caps::REDACT),
    ("draft/multiline", Caps::MULTILINE),
    ("draft/no-implicit-names", Caps::NO_NAMES),
    ("draft/read-marker", Caps::READ),
    ("echo-message", Caps::ECHO),
    ("extended-join", Caps::EXTENDED_JOIN),
    ("extended-monitor", Caps::MONITOR),
    ("invite-notify", Caps::INVITES),
    ("labeled-response", Caps::LABELS),
    ("message-tags", Caps::TAGS),
    ("multi-prefix", Caps::MULTI_PREFIX),
    ("server-time", Caps::TIME),
    ("setname", Caps::SETNAME),
    ("standard-replies", Caps::STANDARD_REPLIES),
    ("userhost-in-names", Caps::USERHOSTS),
];

/// All that is offered: with values to clients that understand values. `draft/multiline` is nothing without its value.
pub(super) fn offered(with_values: bool) -> impl Iterator<Item = Cow<'static, str>> {
    OFFERED.iter().filter_map(move |(name, cap)| match *cap {
        Caps::MULTILINE => {
            with_values.then(|| format!("{name}=max-bytes={MESSAGE_BYTES},max-lines={MESSAGE_LINES}").into())
        }
        _ => Some((*name).into()),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_bit_and_shared_ones_survive_the_encoding() {
        let all = OFFERED.iter().fold(Caps::NONE, |all, (_, cap)| {
            assert!(!all.has(*cap));
            all | *cap
        });
        let names: Vec<_> =
            offered(true).map(|it| it.split('=').next().unwrap_or_default().to_owned()).collect();
        assert_eq!(all.names().collect::<Vec<_>>(), names);
        assert!(offered(false).all(|name| !name.contains('=')));
        assert_eq!(Caps::of_shared(all.shared()), all.and(Caps::SHARED));
        assert!(!all.without(Caps::ECHO).has(Caps::ECHO));
    }
}
