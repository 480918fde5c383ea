//! Composes events from parts, so that no sentence repeats within a game.

use rand::rngs::StdRng;
use rand::seq::SliceRandom;

use crate::bots::shuffle_bag::{PhraseBook, ShuffleBag, fill, fill_within};
use crate::bots::{Verb, parse_order};
use crate::hosts::thrones::rules::Effect;

/// The number of options of an event.
const OPTIONS: usize = 3;

/// Slots that are filled from a list with this name.
const LISTS: [&str; 6] = ["place", "house", "weather", "beast", "goods", "stranger"];

/// A kind of event.
#[derive(Debug, Default)]
struct Frame {
    /// What happened.
    openings: ShuffleBag,
    /// Details to add.
    details: ShuffleBag,
    /// The options: the words, and what they do.
    options: Vec<(&'static str, Effect)>,
}

/// Composes the events of one game.
#[derive(Debug)]
pub(super) struct Teller {
    frames: Vec<Frame>,
    /// Indices of the next frames; the next is the last.
    next: Vec<usize>,
    lists: PhraseBook,
}

/// An event.
#[derive(Debug, Default)]
pub(super) struct Event {
    /// The text, on one line.
    pub(super) text: String,
    /// The action of each option, in order.
    pub(super) offered: Vec<&'static Verb>,
    /// The options in words.
    pub(super) options: Vec<String>,
    /// What each option does.
    pub(super) effects: Vec<Effect>,
}

impl Teller {
    pub(super) fn new() -> Teller {
        Teller {
            frames: frames(include_str!("phrases/events.txt")),
            next: Vec::new(),
            lists: PhraseBook::parse(include_str!("phrases/slots.txt")),
        }
    }

    /// Composes an event for these followers. With so much gold in the treasury, one option at least can be paid.
    pub(super) fn tell(&mut self, followers: &[String], gold: u8, rng: &mut StdRng) -> Event {
        if self.next.is_empty() {
            self.next = (0..self.frames.len()).collect();
            self.next.shuffle(rng);
        }
        let mut names: Vec<&str> = followers.iter().map(String::as_str).collect();
        names.shuffle(rng);
        let mut slots = vec![
            ("{name}", names.first().copied().unwrap_or("somebody")),
            ("{other}", names.get(1).copied().unwrap_or("the maester")),
        ];
        let lists = ["{place}", "{house}", "{weather}", "{beast}", "{goods}", "{stranger}"];
        slots.extend(lists.into_iter().zip(LISTS.map(|list| self.lists.draw(list, rng))));
        let ask = self.lists.draw("ask", rng);
        let Some(frame) = self.next.pop().and_then(|next| self.frames.get_mut(next)) else {
            return Event::default();
        };
        frame.options.shuffle(rng);
        frame.vary(gold);
        let chosen = &frame.options[..frame.options.len().min(OPTIONS)];
        let told = [frame.openings.draw(rng), frame.details.draw(rng)].map(|part| fill(part, &slots));
        let mut event = Event {
            text: String::new(),
            offered: chosen.iter().filter_map(|(option, _)| action(option)).collect(),
            options: chosen.iter().map(|(option, _)| fill_within(option, &slots)).collect(),
            effects: chosen.iter().map(|(_, effect)| effect.clone()).collect(),
        };
        let question = fill(ask, &[("{options}", &event.numbered())]);
        event.text = format!("{} {} {question}", told[0], told[1]);
        event
    }
}

impl Frame {
    /// Exchanges an option if all chosen ones do the same to gold and peace, or none can be paid.
    fn vary(&mut self, gold: u8) {
        let count = self.options.len().min(OPTIONS);
        let (chosen, others) = self.options.split_at_mut(count);
        let Some((last, most)) = chosen.split_last_mut() else { return };
        let stores = |effect: &Effect| (effect.gold, effect.peace);
        let can_be_paid = |effect: &Effect| gold.saturating_add_signed(effect.gold) > 0;
        let is_varied = |(_, effect): &(&str, Effect)| most.iter().any(|(_, e)| stores(e) != stores(effect));
        let can_pay_one = |(_, effect): &(&str, Effect)| {
            can_be_paid(effect) || most.iter().any(|(_, effect)| can_be_paid(effect))
        };
        if !(is_varied(last) && can_pay_one(last))
            && let Some(other) = others.iter_mut().find(|other| is_varied(other) && can_pay_one(other))
        {
            std::mem::swap(last, other);
        }
    }
}

impl Event {
    /// `(1) hang the rascal [peace -1], (2) feed the poor soul or (3) ...`
    pub(super) fn numbered(&self) -> String {
        let options = self.options.iter().zip(&self.effects);
        let numbered: Vec<String> = (1..)
            .zip(options)
            .map(|(number, (option, effect))| format!("({number}) {option}{}", effect.marks()))
            .collect();
        match numbered.split_last() {
            Some((last, most)) if !most.is_empty() => format!("{} or {last}", most.join(", ")),
            _ => numbered.concat(),
        }
    }
}

/// The action of an option: its first word.
fn action(option: &str) -> Option<&'static Verb> {
    parse_order(option).first().map(|action| action.verb)
}

/// Parses frames: a name in brackets, then openings, details (`+`) and options with their effects (`-`).
fn frames(text: &'static str) -> Vec<Frame> {
    let mut frames: Vec<Frame> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if line.starts_with('[') {
            frames.push(Frame::default());
        } else if let Some(frame) = frames.last_mut() {
            match (line.strip_prefix("+ "), line.strip_prefix("- ")) {
                (Some(detail), _) => frame.details.add(detail),
                (_, Some(option)) => {
                    let (words, effect) = option.split_once(" | ").unwrap_or((option, ""));
                    frame.options.push((words, Effect::parse(effect).unwrap_or_default()));
                }
                (None, None) => frame.openings.add(line),
            }
        }
    }
    frames
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use rand::{RngExt, SeedableRng};

    use super::*;
    use crate::base::limits::MESSAGE_BYTES;

    #[test]
    fn frames_are_many_and_whole() {
        let frames = frames(include_str!("phrases/events.txt"));
        assert!(frames.len() >= 12);
        for frame in &frames {
            assert!(frame.openings.len() >= 3 && frame.details.len() >= 3, "{:?}", frame.openings);
            let mut verbs = HashSet::new();
            for (option, effect) in &frame.options {
                assert!(!effect.pleases.is_empty() && !effect.angers.is_empty(), "{option}");
                assert!(!effect.pleases.iter().any(|temper| effect.angers.contains(temper)), "{option}");
                assert!(effect.gold.abs() <= 2 && effect.peace.abs() <= 2, "{option}");
                let first = option.split(' ').next().unwrap_or_default();
                let verb = action(option).unwrap_or_else(|| panic!("no action in {option}"));
                assert_eq!(verb.base(), first, "an option begins with its action");
                assert!(verbs.insert(verb.base()), "{first} twice");
            }
            assert!(verbs.len() > OPTIONS);
        }
        let actions: HashSet<&str> =
            frames.iter().flat_map(|f| &f.options).filter_map(|(o, _)| action(o)).map(Verb::base).collect();
        assert!(actions.len() >= 30, "{}", actions.len());
        let lists = Teller::new().lists;
        assert!(LISTS.iter().all(|list| lists.count(list) >= 10) && lists.count("ask") >= 20);
    }

    #[test]
    fn twenty_events_and_no_sentence_twice() {
        let followers = ["Edd", "Osha", "Yara", "Bran"].map(ToOwned::to_owned);
        for seed in 0..300 {
            let mut rng = StdRng::seed_from_u64(seed);
            let (mut teller, mut said) = (Teller::new(), HashSet::new());
            for _ in 0..20 {
                let gold = rng.random_range(1..=3);
                let event = teller.tell(&followers, gold, &mut rng);
                assert_eq!(event.offered.len(), OPTIONS);
                let stores: HashSet<(i8, i8)> = event.effects.iter().map(|e| (e.gold, e.peace)).collect();
                assert!(stores.len() > 1, "all the same: {}", event.text);
                let is_paid = |effect: &Effect| gold.saturating_add_signed(effect.gold) > 0;
                assert!(event.effects.iter().any(is_paid), "with {gold} gold: {}", event.text);
                assert!(
                    event.text.len() < MESSAGE_BYTES && !event.text.contains(['{', '}']),
                    "{}",
                    event.text
                );
                for sentence in event.text.split_inclusive(['.', '!', '?']).map(str::trim) {
                    assert!(said.insert(sentence.to_owned()), "seed {seed}: {sentence}");
                }
            }
        }
    }

    #[test]
    fn options_are_numbered_as_one_speaks() {
        let mut event = Event::default();
        for (option, effect) in [("eat", "-1 0 | bold | gentle"), ("drink", "0 0 ||"), ("sleep", "+1 -2 ||")]
        {
            event.options.push(option.to_owned());
            event.effects.push(Effect::parse(effect).unwrap());
        }
        assert_eq!(event.numbered(), "(1) eat [gold -1], (2) drink or (3) sleep [gold +1 peace -2]");
        event.options.pop();
        assert_eq!(event.numbered(), "(1) eat [gold -1] or (2) drink");
    }
}
