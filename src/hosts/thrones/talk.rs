//! What is said besides orders: questions, and words to somebody who is present. Followers answer with advice on the event,
//! or tell how they feel about their Lord.

use std::time::{Duration, Instant};

use rand::RngExt;
use rand::seq::IteratorRandom;

use crate::base::limits::{THRONES_ANSWER_DELAY_MS, THRONES_EVENT_TIMEOUT, THRONES_EVENT_WARNING};
use crate::bots::shuffle_bag::fill_within;
use crate::bots::{is_question, named, numbered, parse_order};
use crate::hosts::HostAction;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::MemberKind;
use crate::hosts::thrones::game::{Game, Phase, Talk};
use crate::hosts::thrones::hearing::{Order, order};

impl ThronesHost {
    /// What a Lord's words order while an event waits. `None`: they are talk, as words that begin with a member's name are,
    /// unless a number follows.
    pub(super) fn order_in(&self, text: &str) -> Option<Order> {
        let Some(Game { phase: Phase::Asked(asked), .. }) = &self.game else { return None };
        let first = text.split_whitespace().next().unwrap_or_default();
        let plain = self.without_names(text);
        let is_to_somebody = self.named_by(first).is_some() && numbered(&plain).is_none();
        if is_to_somebody { None } else { order(&plain, &asked.event) }
    }

    /// The text without the names of members, since a name is no action.
    pub(super) fn without_names(&self, text: &str) -> String {
        let without = |word: &str| match self.named_by(word) {
            Some(_) => word.trim_matches(|c: char| !is_mark(c)).to_owned(),
            None => word.to_owned(),
        };
        text.split_whitespace().map(without).collect::<Vec<_>>().join(" ")
    }

    /// The member that a word names, as in `@Edd,` or `Edd's`.
    fn named_by(&self, word: &str) -> Option<&str> {
        let bare = word.trim_start_matches('@').trim_end_matches(is_mark);
        let bare = bare.strip_suffix("'s").or_else(|| bare.strip_suffix("’s")).unwrap_or(bare);
        self.court.called(bare).map(|member| member.name.as_str())
    }

    /// The members that a text names.
    pub(super) fn addressed(&self, text: &str) -> Vec<String> {
        text.split_whitespace().filter_map(|word| self.named_by(word)).map(ToOwned::to_owned).collect()
    }

    /// The Lord talked while an event waits: its silence is over, and the hosted followers that were addressed give advice
    /// soon. If nobody was addressed, any of them does.
    pub(super) fn hear_talk(&mut self, text: &str, now: Instant) {
        if let Some(Game { phase: Phase::Asked(asked), .. }) = &mut self.game {
            (asked.warn_at, asked.until) = (Some(now + THRONES_EVENT_WARNING), now + THRONES_EVENT_TIMEOUT);
        }
        self.plan_talk(text, is_question(text), now);
        if !is_question(text) && self.addressed(text).is_empty() {
            self.ask_for_order(text);
        }
    }

    /// Tells the Lord that it has given no order: once on each event, and whenever it says a verb, and may have meant one.
    fn ask_for_order(&mut self, text: &str) {
        let Some(Game { phase: Phase::Asked(asked), .. }) = &mut self.game else { return };
        let is_first = !std::mem::replace(&mut asked.is_asked_again, true);
        if is_first || !parse_order(text).is_empty() {
            let text = format!("No order heard: {}?", asked.event.numbered());
            self.tell_lord(text);
        }
    }

    /// The Lord gave a number, or named an option of the last event, but nothing waits for that.
    pub(super) fn answer_late_order(&mut self, text: &str) {
        if numbered(text).is_some() {
            self.tell_lord("Nothing waits for an order just now. The next event comes soon.");
        }
    }

    /// Whether an order is about the event before this one.
    pub(super) fn is_late(&self, text: &str, order: &Order) -> bool {
        let settled = self.game.as_ref().map_or(&[][..], |game| &game.settled);
        matches!(order, Order::Own(_)) && named(text, settled).is_some()
    }

    /// Somebody asked something: the hosted followers that were addressed answer. If the Lord asks nobody by name how they feel,
    /// any of them does.
    pub(super) fn hear_question(&mut self, text: &str, by_lord: bool, now: Instant) {
        if is_question(text) {
            self.plan_talk(text, by_lord && is_of_feelings(text), now);
        }
    }

    /// The hosted followers that were addressed will answer; if nobody was, any of them, if `any`.
    fn plan_talk(&mut self, text: &str, any: bool, now: Instant) {
        let addressed = self.addressed(text);
        let hosted = self.court.seats().iter().filter(|seat| seat.kind == MemberKind::Hosted);
        let hosted = hosted.map(|seat| seat.name.clone());
        let speakers: Vec<String> = match () {
            () if !addressed.is_empty() => hosted.filter(|name| addressed.contains(name)).collect(),
            () if any => hosted.choose(&mut self.rng).into_iter().collect(),
            () => Vec::new(),
        };
        let Some(game) = &mut self.game else { return };
        let is_of_feelings = !matches!(game.phase, Phase::Asked(_)) || is_of_feelings(text);
        for by in speakers {
            // So there are as many as followers, at most.
            if !game.talk.iter().any(|talk| talk.by == by) {
                let pause = Duration::from_millis(self.rng.random_range(THRONES_ANSWER_DELAY_MS));
                let at = game.next_free(now) + pause;
                game.talk.push_back(Talk { at, by, is_of_feelings });
            }
        }
    }

    /// Lets hosted followers talk whose time has come.
    pub(super) fn run_talk(&mut self, now: Instant) {
        while let Some(game) = &mut self.game
            && game.next_talk().is_some_and(|at| at <= now)
            && let Some(talk) = game.talk.pop_front()
        {
            if talk.is_of_feelings {
                self.tell_feelings(talk.by);
            } else {
                self.give_advice(talk.by);
            }
        }
    }

    /// A follower tells which option it likes best.
    fn give_advice(&mut self, bot: String) {
        let Some(Game { phase: Phase::Asked(asked), tale, .. }) = &mut self.game else { return };
        let Some(temper) = self.court.seat(&bot).map(|seat| seat.temper) else { return };
        let options = asked.event.options.iter().zip(&asked.event.effects);
        let best = options.map(|(option, effect)| (effect.on(temper), option)).max_by_key(|(by, _)| *by);
        let Some((by, option)) = best else { return };
        let line = tale.draw(if by > 0 { "advise" } else { "shrug" }, &mut self.rng);
        let text = fill_within(line, &[("{option}", option)]);
        self.actions.push_back(HostAction::SayAs { bot, text });
    }

    /// A follower tells how it feels about its Lord.
    fn tell_feelings(&mut self, bot: String) {
        let Some(game) = &mut self.game else { return };
        let Some(mood) = game.state.subject(&bot).map(|subject| subject.loyalty.mood()) else { return };
        let text = game.tale.draw(mood.feelings(), &mut self.rng).to_owned();
        self.actions.push_back(HostAction::SayAs { bot, text });
    }
}

impl Game {
    /// The time after which one more follower may talk.
    fn next_free(&self, now: Instant) -> Instant {
        self.talk.back().map_or(now, |last| now.max(last.at))
    }
}

/// Whether a question is about how a follower feels, and not about what to do.
fn is_of_feelings(text: &str) -> bool {
    const WORDS: [&str; 26] = [
        "trust", "trusts", "loyal", "loyalty", "faith", "faithful", "plot", "plots", "plotting", "betray",
        "angry", "cross", "mad", "happy", "unhappy", "content", "sad", "afraid", "feel", "feels", "feeling",
        "hate", "hates", "love", "loves", "forgive",
    ];
    const PHRASES: [&str; 7] = [
        "with me",
        "with us",
        "think of me",
        "think of the lord",
        "think of our lord",
        "how are you",
        "you all right",
    ];
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let plain = format!(" {} ", words.join(" "));
    words.iter().any(|word| WORDS.contains(word))
        || PHRASES.iter().any(|phrase| plain.contains(&format!(" {phrase} ")))
}

/// A mark that may stand beside a name.
fn is_mark(c: char) -> bool {
    matches!(c, ',' | ';' | '.' | '!' | '?' | ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feelings_and_advice() {
        for (text, expected) in [
            ("Edd, are you angry with me?", true),
            ("do you trust Ann?", true),
            ("Are you with us, Edd?", true),
            ("What do you think of our Lord?", true),
            ("Edd, what now?", false),
            ("Should we fight them?", false),
            ("what do you think of hanging him?", false),
        ] {
            assert_eq!(is_of_feelings(text), expected, "{text}");
        }
    }
}
