//! The bots of a `chaty` room: four characters that answer the keywords work, play, eat, cry, sleep and fight.
//!
//! The caller decides which of them answers, and when.

use std::collections::HashMap;
use std::str::FromStr;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::{IndexedRandom, IteratorRandom};

/// A bot does not repeat a line within this time.
pub const EVENING: Duration = Duration::from_secs(6 * 3600);

/// A bot of a `chaty` room, which answers messages with certain words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeywordBot {
    /// Enthusiastic.
    Alice,
    /// Hesitant: if two keywords match, asks which one.
    Bob,
    /// Suggests something else.
    Dora,
    /// Contrary: loves what nobody else does.
    Chuck,
}

/// A bot's lines, and when it said them.
#[derive(Debug)]
pub struct Responder {
    /// The sections of its file.
    sections: Vec<(&'static str, Vec<&'static str>)>,
    /// When each line was said last.
    said: HashMap<&'static str, Instant>,
}

/// A keyword and its inflected forms.
#[derive(Debug, PartialEq)]
struct Keyword {
    /// The keyword, which is also the name of its section.
    word: &'static str,
    doing: &'static str,
    others: &'static [&'static str],
}

const KEYWORDS: [Keyword; 6] = [
    Keyword { word: "work", doing: "working", others: &["works", "worked"] },
    Keyword { word: "play", doing: "playing", others: &["plays", "played"] },
    Keyword { word: "eat", doing: "eating", others: &["eats", "ate", "eaten"] },
    Keyword { word: "cry", doing: "crying", others: &["cries", "cried"] },
    Keyword { word: "sleep", doing: "sleeping", others: &["sleeps", "slept"] },
    Keyword { word: "fight", doing: "fighting", others: &["fights", "fought"] },
];

/// The section for a message that names the bot and has no keyword, and the one for two keywords.
const CALLED: &str = "called";
const CHOICE: &str = "choice";

impl KeywordBot {
    /// All bots.
    pub const ALL: [KeywordBot; 4] =
        [KeywordBot::Alice, KeywordBot::Bob, KeywordBot::Dora, KeywordBot::Chuck];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            KeywordBot::Alice => "Alice",
            KeywordBot::Bob => "Bob",
            KeywordBot::Dora => "Dora",
            KeywordBot::Chuck => "Chuck",
        }
    }

    /// A new responder.
    pub fn responder(self) -> Responder {
        let text = match self {
            KeywordBot::Alice => include_str!("lines/alice.txt"),
            KeywordBot::Bob => include_str!("lines/bob.txt"),
            KeywordBot::Dora => include_str!("lines/dora.txt"),
            KeywordBot::Chuck => include_str!("lines/chuck.txt"),
        };
        Responder { sections: parse(text), said: HashMap::new() }
    }
}

impl FromStr for KeywordBot {
    type Err = String;

    /// Parses a name, in any case.
    fn from_str(text: &str) -> Result<KeywordBot, String> {
        let is_meant = |c: &KeywordBot| c.name().eq_ignore_ascii_case(text);
        KeywordBot::ALL.into_iter().find(is_meant).ok_or_else(|| {
            let names = KeywordBot::ALL.map(KeywordBot::name).join(", ");
            format!("there is no bot \"{text}\"; there are {names}")
        })
    }
}

impl Responder {
    /// The answer to `text`, if it contains a keyword about which not everything was said this evening.
    pub fn answer(&mut self, text: &str, now: Instant, rng: &mut StdRng) -> Option<String> {
        let keywords = keywords(text);
        if let [one, other, ..] = keywords[..]
            && let Some(line) = self.choose(CHOICE, now, rng)
        {
            return Some(line.replace("{one}", one.doing).replace("{other}", other.doing));
        }
        let keyword = keywords.choose(rng)?;
        self.choose(keyword.word, now, rng).map(str::to_owned)
    }

    /// The answer to a message that names the bot and has no keyword.
    pub fn called(&mut self, now: Instant, rng: &mut StdRng) -> Option<String> {
        self.choose(CALLED, now, rng).map(str::to_owned)
    }

    /// A line of this section that was not said this evening.
    fn choose(&mut self, section: &str, now: Instant, rng: &mut StdRng) -> Option<&'static str> {
        let (_, lines) = self.sections.iter().find(|(name, _)| *name == section)?;
        let is_new =
            |line: &&str| self.said.get(line).is_none_or(|at| now.saturating_duration_since(*at) >= EVENING);
        let line = lines.iter().copied().filter(is_new).choose(rng)?;
        self.said.insert(line, now);
        Some(line)
    }
}

/// The keywords of `text`, each once, in order. Only whole words count: "great" is not "eat".
fn keywords(text: &str) -> Vec<&'static Keyword> {
    let mut found = Vec::new();
    for word in text.split(|c: char| !c.is_alphanumeric() && c != '_') {
        let is_word = |form: &&'static str| word.eq_ignore_ascii_case(form);
        let keyword = KEYWORDS.iter().find(|keyword| {
            is_word(&keyword.word) || is_word(&keyword.doing) || keyword.others.iter().any(is_word)
        });
        if let Some(keyword) = keyword.filter(|keyword| !found.contains(keyword)) {
            found.push(keyword);
        }
    }
    found
}

/// Parses a file: `[section]`, then its lines. Blank lines and lines that begin with `#` are skipped.
fn parse(text: &'static str) -> Vec<(&'static str, Vec<&'static str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            sections.push((name, Vec::new()));
        } else if let Some((_, lines)) = sections.last_mut() {
            lines.push(line);
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn spoken_of(text: &str) -> Vec<&str> {
        keywords(text).iter().map(|keyword| keyword.word).collect()
    }

    #[test]
    fn words_in_any_form_and_no_parts_of_words() {
        for (text, words) in [
            ("Shall we work?", vec!["work"]),
            ("PLAYING, then eating; slept already", vec!["play", "eat", "sleep"]),
            ("she fought and cried and fights again", vec!["fight", "cry"]),
            ("\"Ate\" he 'Cries' (worked)", vec!["eat", "cry", "work"]),
            ("great network, sleepy fighter, player, homework", vec![]),
            ("work_bot", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(spoken_of(text), words, "{text}");
        }
    }

    #[test]
    fn all_have_lines_for_all_and_no_two_say_the_same() {
        let mut all: Vec<&str> = Vec::new();
        for keyword_bot in KeywordBot::ALL {
            let responder = keyword_bot.responder();
            for section in KEYWORDS.iter().map(|keyword| keyword.word).chain([CALLED]) {
                let lines = responder.sections.iter().find(|(name, _)| *name == section);
                let count = lines.map_or(0, |(_, lines)| lines.len());
                assert!(count >= 8, "{keyword_bot:?} has {count} lines for [{section}]");
            }
            let others = if keyword_bot == KeywordBot::Bob { 2 } else { 1 };
            assert_eq!(responder.sections.len(), KEYWORDS.len() + others, "{keyword_bot:?}");
            all.extend(responder.sections.iter().flat_map(|(_, lines)| lines));
        }
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count, "two lines are the same");
    }

    #[test]
    fn no_answer_comes_twice_within_an_evening() {
        let mut rng = StdRng::seed_from_u64(1);
        let start = Instant::now();
        for keyword_bot in KeywordBot::ALL {
            let mut responder = keyword_bot.responder();
            let mut said: Vec<String> = Vec::new();
            for minute in 0..300 {
                let now = start + Duration::from_secs(60) * minute;
                for text in ["let us work", "eat", "do not cry", "sleep"] {
                    said.extend(responder.answer(text, now, &mut rng));
                    said.extend(responder.called(now, &mut rng));
                }
            }
            let count = said.len();
            assert_eq!(count, 5 * 8, "{keyword_bot:?} said {count} lines");
            said.sort_unstable();
            said.dedup();
            assert_eq!(said.len(), count, "{keyword_bot:?} repeats a line");
            assert_eq!(responder.answer("let us work", start + EVENING / 2, &mut rng), None, "all was said");
            assert!(
                responder.answer("let us work", start + EVENING * 2, &mut rng).is_some(),
                "another evening"
            );
            assert_eq!(responder.answer("hello there", start, &mut rng), None);
        }
    }

    #[test]
    fn bob_has_a_choice() {
        let mut rng = StdRng::seed_from_u64(1);
        let said = KeywordBot::Bob.responder().answer("Sleep, or work?", Instant::now(), &mut rng).unwrap();
        assert!(said.contains("sleeping") && said.contains("working"), "{said}");
        assert!(!said.contains('{'), "{said}");
    }

    #[test]
    fn known_by_name() {
        for keyword_bot in KeywordBot::ALL {
            assert_eq!(keyword_bot.name().to_uppercase().parse(), Ok(keyword_bot));
        }
        assert!("Eve".parse::<KeywordBot>().unwrap_err().contains("Alice, Bob, Dora, Chuck"));
    }
}
