//! To whom a member, or all members from a source, wrote privately in the last minute: at most so many different members.

use std::collections::{HashMap, VecDeque};
use std::time::{Duration, SystemTime};

use crate::base::limits::PRIVATE_RECIPIENTS_WINDOW;
use crate::base::name::NameKey;
use crate::base::source::Source;

/// The members that were written to, each with the time of the last message to it. The latest is last.
#[derive(Debug, Default)]
pub(in crate::chat) struct Recipients(VecDeque<(NameKey, SystemTime)>);

/// The recipients of all members from each source.
#[derive(Debug, Default)]
pub(in crate::chat) struct RecipientsOfSources(HashMap<Source, Recipients>);

impl Recipients {
    /// How long a message to this member has to wait, as there are `limit` other recipients; `None`: it may be sent.
    pub(super) fn wait(&mut self, to: &NameKey, limit: usize, now: SystemTime) -> Option<Duration> {
        self.expire(now);
        if self.0.len() < limit || self.0.iter().any(|(known, _)| known == to) {
            return None;
        }
        let age = self.0.front().and_then(|(_, at)| now.duration_since(*at).ok());
        Some(PRIVATE_RECIPIENTS_WINDOW.saturating_sub(age.unwrap_or_default()))
    }

    /// Records a message.
    pub(super) fn add(&mut self, to: NameKey, now: SystemTime) {
        self.0.retain(|(known, _)| *known != to);
        self.0.push_back((to, now));
    }

    /// A member has another name from now on.
    pub(super) fn rename(&mut self, from: &NameKey, to: &NameKey) {
        for (known, _) in self.0.iter_mut().filter(|(known, _)| known == from) {
            *known = to.clone();
        }
    }

    /// Drops whoever was written to long ago. Whatever is later than now is from before a jump of the clock, and is dropped.
    fn expire(&mut self, now: SystemTime) {
        self.0.retain(|(_, at)| now.duration_since(*at).is_ok_and(|age| age < PRIVATE_RECIPIENTS_WINDOW));
    }
}

impl RecipientsOfSources {
    /// The recipients of members from this source. Sources from which nobody wrote for a while are forgotten.
    pub(super) fn at(&mut self, source: Source, now: SystemTime) -> &mut Recipients {
        if !self.0.contains_key(&source) {
            self.0.retain(|_, recipients| {
                recipients.expire(now);
                !recipients.0.is_empty()
            });
        }
        self.0.entry(source).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 10;

    fn source(number: u8) -> Source {
        Source::of([192, 0, 2, number].into())
    }

    fn add(recipients: &mut Recipients, number: usize, now: SystemTime) -> Result<(), Duration> {
        let to = NameKey::of(&format!("Ann{number}"));
        match recipients.wait(&to, LIMIT, now) {
            None => {
                recipients.add(to, now);
                Ok(())
            }
            Some(wait) => Err(wait),
        }
    }

    #[test]
    fn so_many_different_members_in_a_minute() {
        let (mut recipients, start) = (Recipients::default(), SystemTime::UNIX_EPOCH);
        let second = Duration::from_secs(1);
        for number in 0..LIMIT {
            let now = start + second * u32::try_from(number).unwrap();
            assert_eq!(add(&mut recipients, number, now), Ok(()));
        }
        let now = start + Duration::from_secs(30);
        assert_eq!(add(&mut recipients, 99, now), Err(Duration::from_secs(30)));
        assert_eq!(add(&mut recipients, 0, now), Ok(()), "a known one is none more");
        assert_eq!(add(&mut recipients, 99, now), Err(Duration::from_secs(31)));
        assert_eq!(add(&mut recipients, 99, now + Duration::from_secs(31)), Ok(()));
        assert_eq!(recipients.0.len(), LIMIT);
        assert_eq!(add(&mut recipients, 100, start), Ok(()), "the clock was set back");
    }

    #[test]
    fn sources_from_which_nobody_writes_are_forgotten() {
        let (mut all, start) = (RecipientsOfSources::default(), SystemTime::UNIX_EPOCH);
        for number in 0..3 {
            all.at(source(number), start).add(NameKey::of("Ann"), start);
        }
        assert_eq!(all.0.len(), 3);
        all.at(source(9), start + PRIVATE_RECIPIENTS_WINDOW);
        assert_eq!(all.0.len(), 1);
    }
}
