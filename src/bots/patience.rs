//! Rate limits for the bots' answers, for each person and for the room. Time restores them.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Burst of answers, and the time for one more: for each person, and in total for messages that address no bot.
const ANSWERS: u32 = 8;
const ONE_MORE_AFTER: Duration = Duration::from_secs(4);

/// For how many people, the latest to speak, an allowance is kept.
const SPEAKERS: usize = 32;

/// So many messages by people in this time are a conversation, in which bots speak only if addressed.
const BUSY_MESSAGES: usize = 6;
const BUSY_WITHIN: Duration = Duration::from_secs(3);

/// A person that rejoins within this time is not greeted again; and how many people are remembered.
const GREETED_FOR: Duration = Duration::from_secs(600);
const GREETED: usize = 32;

/// At most one greeting in this time.
const GREETING_EVERY: Duration = Duration::from_secs(5);

/// How many of the host's lines in a row are answered without a person speaking in between.
const HOST_LINES: u32 = 2;

/// How long bots are silent after they were asked to be.
const HUSH: Duration = Duration::from_secs(300);

/// Whether an answer is allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Leave {
    Granted,
    /// No; the person whose allowance is used up is told so.
    LastWord,
    Refused,
}

/// The allowances of a room.
#[derive(Debug, Default)]
pub(super) struct Patience {
    room: Allowance,
    /// By person; the latest to speak is the last.
    speakers: VecDeque<(String, Allowance)>,
    /// When people spoke.
    heard: VecDeque<Instant>,
    /// Who was greeted, and when.
    greeted: VecDeque<(String, Instant)>,
    host_lines: u32,
    hushed_until: Option<Instant>,
}

#[derive(Debug)]
struct Allowance {
    left: u32,
    /// When it last grew. `None`: it is full.
    since: Option<Instant>,
    /// The person was told that it is used up.
    told: bool,
}

impl Patience {
    /// A person spoke. Returns whether people talk so much that bots should be silent.
    pub(super) fn hear(&mut self, now: Instant) -> bool {
        self.host_lines = 0;
        if self.heard.len() == BUSY_MESSAGES {
            self.heard.pop_front();
        }
        self.heard.push_back(now);
        self.heard.len() == BUSY_MESSAGES
            && self.heard.front().is_some_and(|first| now.saturating_duration_since(*first) < BUSY_WITHIN)
    }

    /// The host spoke. Returns whether somebody seems to listen.
    pub(super) fn hear_host(&mut self) -> bool {
        self.host_lines += 1;
        self.host_lines <= HOST_LINES
    }

    /// Whether a person that joined may be greeted.
    pub(super) fn greet(&mut self, name: &str, now: Instant) -> bool {
        let is_within = |at: &Instant, time| now.saturating_duration_since(*at) < time;
        self.greeted.retain(|(_, at)| is_within(at, GREETED_FOR));
        let is_crowd = self.greeted.back().is_some_and(|(_, at)| is_within(at, GREETING_EVERY));
        if is_crowd || self.greeted.iter().any(|(greeted, _)| greeted == name) {
            return false;
        }
        if self.greeted.len() == GREETED {
            self.greeted.pop_front();
        }
        self.greeted.push_back((name.to_owned(), now));
        true
    }

    /// Silences the bots for a while.
    pub(super) fn hush(&mut self, now: Instant) {
        self.hushed_until = Some(now + HUSH);
    }

    /// Whether the bots are silenced.
    pub(super) fn is_hushed(&self, now: Instant) -> bool {
        self.hushed_until.is_some_and(|until| now < until)
    }

    /// Takes one answer to a person that addressed a bot.
    pub(super) fn ask_addressed(&mut self, name: &str, now: Instant) -> Leave {
        self.speaker(name).ask(now)
    }

    /// Takes one answer to a person or the host (`None`) that addressed everybody.
    pub(super) fn ask(&mut self, name: Option<&str>, now: Instant) -> Leave {
        match self.room.ask(now) {
            Leave::Granted => name.map_or(Leave::Granted, |name| self.ask_addressed(name, now)),
            // The shared allowance may have been used up by anybody.
            Leave::LastWord | Leave::Refused => Leave::Refused,
        }
    }

    fn speaker(&mut self, name: &str) -> &mut Allowance {
        let known = self.speakers.iter().position(|(speaker, _)| speaker == name);
        let entry = known
            .and_then(|at| self.speakers.remove(at))
            .unwrap_or_else(|| (name.to_owned(), Allowance::default()));
        if self.speakers.len() == SPEAKERS {
            self.speakers.pop_front();
        }
        self.speakers.push_back(entry);
        let last = self.speakers.len() - 1;
        &mut self.speakers[last].1
    }
}

impl Default for Allowance {
    fn default() -> Allowance {
        Allowance { left: ANSWERS, since: None, told: false }
    }
}

impl Allowance {
    fn ask(&mut self, now: Instant) -> Leave {
        self.grow(now);
        if self.left > 0 {
            self.left -= 1;
            self.since.get_or_insert(now);
            return Leave::Granted;
        }
        if std::mem::replace(&mut self.told, true) { Leave::Refused } else { Leave::LastWord }
    }

    fn grow(&mut self, now: Instant) {
        while let Some(since) =
            self.since.filter(|since| now.saturating_duration_since(*since) >= ONE_MORE_AFTER)
        {
            self.left += 1;
            self.since = (self.left < ANSWERS).then(|| since + ONE_MORE_AFTER);
            // Once half of it is restored, the person is told again the next time.
            self.told &= self.left < ANSWERS / 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_allowance_that_is_used_up_grows_back_and_is_ones_own() {
        let start = Instant::now();
        let mut patience = Patience::default();
        for _ in 0..ANSWERS {
            assert_eq!(patience.ask_addressed("Eve", start), Leave::Granted);
        }
        assert_eq!(patience.ask_addressed("Eve", start), Leave::LastWord);
        assert_eq!(patience.ask_addressed("Eve", start), Leave::Refused, "that is said once");
        assert_eq!(patience.ask_addressed("Ann", start), Leave::Granted, "what Eve did costs Ann nothing");
        assert_eq!(patience.ask_addressed("Eve", start + ONE_MORE_AFTER), Leave::Granted);
        assert_eq!(patience.ask_addressed("Eve", start + ONE_MORE_AFTER), Leave::Refused);
        let later = start + ONE_MORE_AFTER * 100;
        for _ in 0..ANSWERS {
            assert_eq!(patience.ask_addressed("Eve", later), Leave::Granted);
        }
        assert_eq!(patience.ask_addressed("Eve", later), Leave::LastWord);
    }

    #[test]
    fn small_talk_has_one_allowance_for_all() {
        let start = Instant::now();
        let mut patience = Patience::default();
        for n in 0..ANSWERS {
            assert_eq!(patience.ask(Some(&format!("p{n}")), start), Leave::Granted);
        }
        assert_eq!(patience.ask(Some("Ann"), start), Leave::Refused, "and nobody is told off for it");
        assert_eq!(patience.ask_addressed("Ann", start), Leave::Granted);
    }

    #[test]
    fn people_among_themselves_are_left_alone() {
        let start = Instant::now();
        let mut patience = Patience::default();
        let busy: Vec<bool> = (0..8).map(|n| patience.hear(start + Duration::from_millis(n * 500))).collect();
        assert_eq!(busy, [false, false, false, false, false, true, true, true]);
        assert!(!patience.hear(start + Duration::from_secs(10)));
    }

    #[test]
    fn greetings_are_for_newcomers_and_not_for_crowds() {
        let start = Instant::now();
        let mut patience = Patience::default();
        assert!(patience.greet("Ann", start));
        assert!(!patience.greet("Bob", start), "two at once");
        assert!(!patience.greet("Ann", start + GREETING_EVERY), "again");
        assert!(patience.greet("Bob", start + GREETING_EVERY));
        assert!(patience.greet("Ann", start + GREETED_FOR));
    }

    #[test]
    fn a_host_who_talks_to_himself_is_not_answered() {
        let mut patience = Patience::default();
        let answered: Vec<bool> = (0..4).map(|_| patience.hear_host()).collect();
        assert_eq!(answered, [true, true, false, false]);
        patience.hear(Instant::now());
        assert!(patience.hear_host());
    }
}
