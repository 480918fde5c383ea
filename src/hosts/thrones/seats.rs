//! Who takes which seat, and how the empty ones are filled.

use std::time::Instant;

use rand::seq::IteratorRandom;

use crate::base::limits::{THRONES_FILL_DELAY, THRONES_LOST_SEATS, THRONES_NEXT_DELAY, THRONES_SEATS};
use crate::bots::{FOLLOWER_NAMES, Temper};
use crate::hosts::HostAction;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::{MemberKind, is_called};
use crate::hosts::thrones::game::Game;
use crate::hosts::thrones::instructions::for_a_person;
use crate::hosts::thrones::loyalty::Loyalty;
use crate::hosts::thrones::rules::Subject;

/// To people that join or ask for a seat during a game.
const CLOSED: &str = "The doors of the realm are closed while a game is under way. You are welcome to watch.";

impl ThronesHost {
    /// A member joined.
    pub(super) fn admit_member(&mut self, name: &str, kind: MemberKind) {
        match kind {
            MemberKind::Hosted if self.is_filling && !self.stopped_bots.contains(&name) => {
                self.seat_follower(name);
            }
            MemberKind::Hosted => self.remove_member(name, "No seat is free any more."),
            MemberKind::Person if self.may_follow_now(name) => self.explain_game(name),
            _ if self.game.is_some() => self.tell(name, CLOSED),
            _ if is_called(name, "Lord") && self.court.lord().is_none() => self.seat_lord(name),
            MemberKind::External if self.court.is_seat_free() => self.seat_follower(name),
            MemberKind::External => {}
            MemberKind::Person => self.explain_rules(name),
        }
    }

    fn explain_rules(&mut self, name: &str) {
        let high_chair = match self.court.lord() {
            Some(lord) => format!("{lord} has the high chair."),
            None => "The high chair is free: /lord takes it.".to_owned(),
        };
        let room = &self.room;
        let text = format!(
            "Five seats make a game in {room}: one Lord and four followers. {high_chair}\n\
             /follow takes a follower's seat, /watch gives a seat up, /court tells who sits where."
        );
        self.tell(name, text);
    }

    fn explain_game(&mut self, name: &str) {
        let lord = self.court.lord().unwrap_or("nobody");
        let text =
            format!("A game is under way, and {lord} rules. Watch, or take a follower's seat with /follow.");
        self.tell(name, text);
    }

    /// `/lord`.
    pub(super) fn ask_for_lordship(&mut self, name: &str) {
        match self.court.lord() {
            Some(lord) if lord == name => self.tell(name, "You are the Lord already."),
            _ if self.game.is_some() => self.tell(name, CLOSED),
            Some(lord) => {
                let text = format!("{lord} has the high chair. /follow takes a follower's seat.");
                self.tell(name, text);
            }
            None => self.seat_lord(name),
        }
    }

    /// `/follow`.
    pub(super) fn ask_to_follow(&mut self, name: &str) {
        match () {
            () if self.court.is_lord(name) => self.tell(name, "You are the Lord. /watch gives the seat up."),
            () if self.court.seat(name).is_some() => self.tell(name, "You are a follower already."),
            () if self.may_follow_now(name) => self.join_game(name),
            () if self.game.is_some() => self.tell(name, CLOSED),
            () if self.court.is_seat_free() => self.seat_follower(name),
            () => self.tell(name, "All four followers' seats are taken. You are welcome to watch."),
        }
    }

    /// `/watch`.
    pub(super) fn ask_to_watch(&mut self, name: &str) {
        if self.court.is_lord(name) {
            self.abdicate();
        } else if self.court.vacate(name) {
            self.tell(name, "You have given your seat up, and watch.");
            self.tell_of_empty_seat(name);
        } else {
            self.tell(name, "You have no seat, and watch already.");
        }
    }

    pub(super) fn seat_lord(&mut self, name: &str) {
        self.court.set_lord(Some(name));
        self.tell_of_entry(name);
        self.tell(
            name,
            "You are the Lord. Empty seats are filled after a moment; /begin fills them at once.",
        );
    }

    /// Whoever led a plot becomes the Lord. It has not asked for a game, and the others have something to say.
    pub(super) fn seat_heir(&mut self, name: &str) {
        self.court.set_lord(Some(name));
        self.is_resting = true;
        self.tell_of_entry(name);
        let text =
            "You are the Lord. Your reign begins with /begin, or when everybody has been silent for a while.";
        self.tell(name, text);
    }

    /// Whether this member may still become a follower in the game under way: it is a person that has lost no seat in it,
    /// and a seat is empty or has a hosted bot.
    fn may_follow_now(&self, name: &str) -> bool {
        let is_person = self.court.member(name).is_some_and(|member| member.kind == MemberKind::Person);
        let is_welcome =
            |game: &Game| game.lost.len() < THRONES_LOST_SEATS && !game.lost.iter().any(|lost| lost == name);
        is_person
            && self.game.as_ref().is_some_and(is_welcome)
            && !self.court.is_seated(name)
            && (self.court.is_seat_free() || self.court.last_hosted().is_some())
    }

    /// A person takes an empty seat in the game under way, or a hosted bot's.
    fn join_game(&mut self, name: &str) {
        let Some(lord) = self.court.lord().map(ToOwned::to_owned) else { return };
        let bot = self.court.last_hosted().filter(|_| !self.court.is_seat_free()).map(ToOwned::to_owned);
        let mut text = for_a_person(&lord);
        if let Some(bot) = bot {
            self.court.vacate(&bot);
            self.say(format!("{bot} makes way for {name}."));
            self.remove_member(&bot, "Somebody else takes your seat.");
            text = format!("{bot} makes way for you. {text}");
        }
        self.seat_follower(name);
        let loyalty = Loyalty::at_first(&mut self.rng);
        if let Some(game) = &mut self.game {
            game.state.subjects.push(Subject { name: name.to_owned(), temper: None, loyalty });
        }
        self.tell(name, text);
    }

    pub(super) fn seat_follower(&mut self, name: &str) {
        let is_free = |temper: &Temper| !self.court.seats().iter().any(|seat| seat.temper == *temper);
        let temper = Temper::ALL.into_iter().filter(is_free).choose(&mut self.rng);
        self.court.seat_down(name, temper.unwrap_or(Temper::Dutiful));
        self.tell_of_entry(name);
    }

    fn tell_of_entry(&mut self, name: &str) {
        let taken = self.court.taken();
        self.say(format!("{name} has entered the realm. ({taken}/{THRONES_SEATS})"));
    }

    pub(super) fn tell_of_empty_seat(&mut self, name: &str) {
        let taken = self.court.taken();
        self.say(format!("{name}'s seat is empty. ({taken}/{THRONES_SEATS})"));
    }

    /// Begins a game when all seats are taken. Otherwise plans to fill the empty ones.
    pub(super) fn review_seats(&mut self, now: Instant) {
        let is_open = self.game.is_none() && !self.is_stopped;
        self.is_resting &= self.court.lord().is_some();
        let is_ready = self.court.is_full() && !self.is_resting;
        if is_open && is_ready {
            self.begin(now);
        }
        if !is_open || self.court.lord().is_none() || is_ready {
            self.fill_at = None;
            self.is_filling = false;
            self.refused_names.clear();
            // A bot that was spawned already may still join; it is removed then.
            if self.actions.iter().any(|action| matches!(action, HostAction::SpawnBot(_))) {
                self.actions.retain(|action| !matches!(action, HostAction::SpawnBot(_)));
                self.spawning = None;
            }
        } else if self.is_filling {
            self.call(now);
        } else {
            let delay = if self.is_resting { THRONES_NEXT_DELAY } else { THRONES_FILL_DELAY };
            self.fill_at.get_or_insert(now + delay);
        }
    }

    /// Begins to fill the empty seats.
    pub(super) fn fill(&mut self, now: Instant) {
        self.fill_at = None;
        self.is_resting = false;
        self.is_filling = !self.court.is_full();
        if self.is_filling {
            self.call(now);
        }
    }

    /// Spawns a bot, unless one is on its way.
    fn call(&mut self, now: Instant) {
        if self.spawning.is_some() {
            return;
        }
        let is_free = |name: &&&'static str| {
            let is_present = self.court.members().any(|member| is_called(&member.name, name));
            !is_present && !self.refused_names.contains(name) && !self.stopped_bots.contains(name)
        };
        if let Some(name) = FOLLOWER_NAMES.iter().filter(is_free).choose(&mut self.rng) {
            self.spawning = Some((*name).to_owned());
            self.actions.push_back(HostAction::SpawnBot((*name).to_owned()));
        } else {
            // Some names may be free later.
            self.is_filling = false;
            self.refused_names.clear();
            self.fill_at = Some(now + THRONES_FILL_DELAY);
        }
    }

    /// A bot was refused, as its name is taken.
    pub(super) fn on_spawn_refused(&mut self, name: &str, now: Instant) {
        if self.spawning.take_if(|spawning| is_called(spawning, name)).is_none() {
            return;
        }
        self.refused_names.extend(FOLLOWER_NAMES.into_iter().filter(|known| is_called(known, name)));
        if self.is_filling {
            self.call(now);
        }
    }
}
