//! To whom a member wrote privately in the last minute: at most [`PRIVATE_RECIPIENTS_PER_MINUTE`] different members.

use std::collections::VecDeque;
use std::time::{Duration, SystemTime};

use crate::base::limits::{PRIVATE_RECIPIENTS_PER_MINUTE, PRIVATE_RECIPIENTS_WINDOW};
use crate::base::name::NameKey;

/// The members that were written to, each with the time of the last message to it. The latest is last.
#[derive(Debug, Default)]
pub(in crate::chat) struct Recipients(VecDeque<(NameKey, SystemTime)>);

impl Recipients {
    /// Records a message. An error: how long to wait, as there were too many recipients.
    pub(super) fn add(&mut self, to: NameKey, now: SystemTime) -> Result<(), Duration> {
        // Whatever is later than now is from before a jump of the clock, and is dropped.
        let age = |at: &SystemTime| now.duration_since(*at).ok();
        self.0.retain(|(_, at)| age(at).is_some_and(|age| age < PRIVATE_RECIPIENTS_WINDOW));
        let known = self.0.iter().position(|(known, _)| *known == to);
        if let Some(at) = known {
            self.0.remove(at);
        } else if self.0.len() >= PRIVATE_RECIPIENTS_PER_MINUTE
            && let Some(age) = self.0.front().and_then(|(_, at)| age(at))
        {
            return Err(PRIVATE_RECIPIENTS_WINDOW.saturating_sub(age));
        }
        self.0.push_back((to, now));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn so_many_different_members_in_a_minute() {
        let (mut recipients, start) = (Recipients::default(), SystemTime::UNIX_EPOCH);
        let second = Duration::from_secs(1);
        let name = |number: usize| NameKey::of(&format!("Ann{number}"));
        for number in 0..PRIVATE_RECIPIENTS_PER_MINUTE {
            let now = start + second * u32::try_from(number).unwrap();
            assert_eq!(recipients.add(name(number), now), Ok(()));
        }
        let now = start + Duration::from_secs(30);
        assert_eq!(recipients.add(name(99), now), Err(Duration::from_secs(30)));
        assert_eq!(recipients.add(name(0), now), Ok(()), "a known one is none more");
        assert_eq!(recipients.add(name(99), now), Err(Duration::from_secs(31)));
        assert_eq!(recipients.add(name(99), now + Duration::from_secs(31)), Ok(()));
        assert_eq!(recipients.0.len(), PRIVATE_RECIPIENTS_PER_MINUTE);
        assert_eq!(recipients.add(name(100), start), Ok(()), "the clock was set back");
    }
}
