//! What a Lord says besides orders: questions, and words to somebody who is present. A follower may answer with advice.

use std::time::{Duration, Instant};

use rand::RngExt;
use rand::seq::IteratorRandom;

use crate::base::limits::{THRONES_ANSWER_DELAY_MS, THRONES_EVENT_TIMEOUT, THRONES_EVENT_WARNING};
use crate::bots::shuffle_bag::fill_within;
use crate::bots::{bare_choice, is_question, parse_order};
use crate::hosts::HostAction;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::MemberKind;
use crate::hosts::thrones::game::{Game, Phase};

impl ThronesHost {
    /// Whether a Lord's words are no order: a question, words that begin with a member's name, or words that name a
    /// member and no action. A number is an order.
    pub(super) fn is_talk(&self, text: &str) -> bool {
        if is_question(text) {
            return true;
        }
        let first = text.split_whitespace().next().unwrap_or_default();
        let is_plain = || bare_choice(text).is_none();
        let has_name = || text.split_whitespace().any(|word| self.named_by(word).is_some());
        (self.named_by(first).is_some() && is_plain())
            || (has_name() && is_plain() && parse_order(&self.without_names(text)).is_empty())
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

    /// The Lord talked: its silence is over, and a hosted follower that was addressed gives advice soon. If nobody was
    /// addressed, any of them does.
    pub(super) fn hear_talk(&mut self, text: &str, now: Instant) {
        if let Some(Game { phase: Phase::Asked(asked), .. }) = &mut self.game {
            (asked.warn_at, asked.until) = (Some(now + THRONES_EVENT_WARNING), now + THRONES_EVENT_TIMEOUT);
        }
        self.plan_advice(text, is_question(text), now);
    }

    /// Somebody else talked: a hosted follower that was asked by its name gives advice.
    pub(super) fn hear_question(&mut self, text: &str, now: Instant) {
        if is_question(text) {
            self.plan_advice(text, false, now);
        }
    }

    /// A hosted follower that was addressed will give advice; if nobody was, any of them, if `any`.
    fn plan_advice(&mut self, text: &str, any: bool, now: Instant) {
        let words = text.split_whitespace();
        let addressed: Vec<String> =
            words.filter_map(|word| self.named_by(word)).map(ToOwned::to_owned).collect();
        let hosted = self.court.seats().iter().filter(|seat| seat.kind == MemberKind::Hosted);
        let is_asked = |name: &String| addressed.contains(name) || (addressed.is_empty() && any);
        let advisers = hosted.filter(|seat| is_asked(&seat.name));
        let adviser = advisers.map(|seat| seat.name.clone()).choose(&mut self.rng);
        let pause = Duration::from_millis(self.rng.random_range(THRONES_ANSWER_DELAY_MS));
        let Some(Game { phase: Phase::Asked(asked), .. }) = &mut self.game else { return };
        let Some(adviser) = adviser.filter(|name| !asked.advice.iter().any(|(_, adviser)| adviser == name))
        else {
            return;
        };
        let at = asked.advice.back().map_or(now, |(last, _)| now.max(*last)) + pause;
        asked.advice.push_back((at, adviser));
    }

    /// A follower tells which option it likes best.
    pub(super) fn give_advice(&mut self, bot: String) {
        let Some(Game { phase: Phase::Asked(asked), tale, .. }) = &mut self.game else { return };
        let Some(temper) = self.court.seat(&bot).map(|seat| seat.temper) else { return };
        let options = asked.event.options.iter().zip(&asked.event.effects);
        let best = options.map(|(option, effect)| (effect.on(temper), option)).max_by_key(|(by, _)| *by);
        let Some((by, option)) = best else { return };
        let bag = if by > 0 { "advise" } else { "shrug" };
        if let Some(line) = tale.draw_unused(bag, &mut self.rng) {
            let text = fill_within(line, &[("{option}", option)]);
            self.actions.push_back(HostAction::SayAs { bot, text });
        }
    }
}

/// A mark that may stand beside a name.
fn is_mark(c: char) -> bool {
    matches!(c, ',' | ';' | '.' | '!' | '?' | ':')
}
