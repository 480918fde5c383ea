//! The password of the server, which newcomers give before a name.

use std::time::Instant;

use crate::base::limits::WRONG_PASSWORDS_PER_MINUTE;
use crate::base::secret::Secret;
use crate::base::source::Source;
use crate::fanout::SessionId;
use crate::hub::entry::Entry;
use crate::hub::sessions::{Session, Sessions};
use crate::limits::source_rate::SourceRate;
use crate::proto::{PasswordRefusal, Refusal};
use crate::wire::sentences;

/// The password, and the wrong ones that were given lately.
#[derive(Debug)]
pub(super) struct Door {
    password: Option<Secret>,
    wrong: SourceRate,
}

impl Door {
    /// Nobody has tried yet. `None`: everybody is let in.
    pub(super) fn new(password: Option<Secret>) -> Door {
        Door { password, wrong: SourceRate::in_a_minute(WRONG_PASSWORDS_PER_MINUTE) }
    }

    /// Sets the password. `None`: everybody is let in.
    pub(super) fn set_password(&mut self, password: Option<Secret>) {
        self.password = password;
    }

    /// Whether a name is the password, which nobody may read. Only for those who are let in.
    pub(super) fn is_password(&self, name: &str) -> bool {
        self.password.as_ref().is_some_and(|password| *password == Secret::from(name))
    }

    /// Whether a session is let in, with this password if the server asks for one. If not, it is told so: before anything is said
    /// about a name.
    pub(super) fn lets_in(
        &mut self,
        id: SessionId,
        given: Option<&Secret>,
        (sessions, entry): (&mut Sessions, &mut Entry),
        now: Instant,
    ) -> bool {
        let Session { peer, is_let_in, .. } = &mut sessions[id];
        if *is_let_in {
            return true;
        }
        let Err(why) = self.try_password(given, Source::of(peer.ip()), now) else {
            *is_let_in = true;
            return true;
        };
        entry.refuse(*peer, "entry", &sentences::refusal(&Refusal::Password(why)), now);
        sessions.refuse_password(id, why, now);
        false
    }

    /// Whether somebody at `source` is let in with this password. After too many wrong ones, not even with the right one: otherwise
    /// the limit would not limit guesses.
    fn try_password(
        &mut self,
        given: Option<&Secret>,
        source: Source,
        now: Instant,
    ) -> Result<(), PasswordRefusal> {
        let Some(password) = &self.password else { return Ok(()) };
        let given = given.ok_or(PasswordRefusal::Missing)?;
        self.wrong.spend(source, now).map_err(PasswordRefusal::TooMany)?;
        if given != password {
            return Err(PasswordRefusal::Wrong);
        }
        self.wrong.refund(source, now);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use super::*;

    #[test]
    fn wrong_passwords_are_counted_by_address_and_right_ones_are_not() {
        let (mut door, now) = (Door::new(Some("sesame".into())), Instant::now());
        let source = |last| Source::of(Ipv4Addr::new(192, 0, 2, last).into());
        let (right, wrong) = (Secret::from("sesame"), Secret::from("Sesame"));
        for _ in 0..WRONG_PASSWORDS_PER_MINUTE * 2 {
            assert_eq!(door.try_password(Some(&right), source(1), now), Ok(()));
            assert_eq!(door.try_password(None, source(1), now), Err(PasswordRefusal::Missing));
        }
        for _ in 0..WRONG_PASSWORDS_PER_MINUTE {
            assert_eq!(door.try_password(Some(&wrong), source(1), now), Err(PasswordRefusal::Wrong));
        }
        let wait = Duration::from_secs(60) / WRONG_PASSWORDS_PER_MINUTE;
        assert_eq!(door.try_password(Some(&right), source(1), now), Err(PasswordRefusal::TooMany(wait)));
        assert_eq!(door.try_password(Some(&right), source(2), now), Ok(()), "another address");
        assert_eq!(door.try_password(Some(&right), source(1), now + wait), Ok(()));
        assert!(door.is_password("sesame") && !door.is_password("Ann"));
        door.set_password(None);
        assert_eq!(door.try_password(None, source(1), now), Ok(()));
    }
}
