//! The end of a game, and who keeps a seat.

use crate::base::text::list;
use crate::bots::NOBODY_FOLLOWED;
use crate::bots::shuffle_bag::fill;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::{MemberKind, called_in_tales};
use crate::hosts::thrones::game::Game;
use crate::hosts::thrones::rules::Ending;

/// Announces that the Lord has left.
const LORD_LEFT: &str = "The Lord has left the realm, everyone is allowed to leave";

/// To a person at the end of a game.
const SEAT_KEPT: &str = "You follow nobody now, and keep your seat for the next reign. /watch gives it up.";

/// The longest reign of a room.
#[derive(Debug)]
pub(super) struct Record {
    events: usize,
    lord: String,
}

impl ThronesHost {
    /// Ends the game. Who led a plot takes the Lord's seat.
    pub(super) fn conclude(&mut self, ending: &Ending) {
        let Ending::Overthrown(heir) = ending else {
            let is_alone = *ending == Ending::Deserted && !self.court.followers().is_empty();
            return self.end(if is_alone { "alone" } else { ending.bag() }, "");
        };
        self.end(ending.bag(), heir);
        if self.court.member(heir).is_some() {
            self.seat_heir(heir);
        }
    }

    /// Ends the game with an epilogue, which may tell of this member.
    pub(super) fn end(&mut self, ending: &str, name: &str) {
        let lord = self.court.lord().map_or("the Lord", called_in_tales).to_owned();
        let followers = list(&self.court.followers());
        let Some(mut game) = self.game.take() else { return };
        let slots = [("{lord}", lord.as_str()), ("{followers}", followers.as_str()), ("{name}", name)];
        self.set_speaker_filter((None, Vec::new()));
        let epilogue = fill(game.tale.draw(ending, &mut self.rng), &slots);
        let doors = game.tale.draw("doors", &mut self.rng);
        self.say(epilogue);
        self.tell_of_plotters(&mut game, name);
        self.tell_score(&game);
        self.dissolve(true);
        self.say(doors);
    }

    /// Ends the game because the Lord has left.
    pub(super) fn abdicate(&mut self) {
        let game = self.game.take();
        self.set_speaker_filter((None, Vec::new()));
        self.say(LORD_LEFT);
        if let Some(game) = &game {
            self.tell_score(game);
        }
        self.dissolve(game.is_some());
    }

    /// After a plot: tells who plotted besides its leader.
    fn tell_of_plotters(&mut self, game: &mut Game, leader: &str) {
        let others: Vec<&str> =
            game.state.plotters.iter().map(String::as_str).filter(|name| *name != leader).collect();
        if !leader.is_empty() && !others.is_empty() {
            let line = game.tale.draw("lamp", &mut self.rng);
            let text = fill(line, &[("{name}", &list(&others))]);
            self.say(text);
        }
    }

    /// Tells how far a reign came, and the longest one of this room.
    fn tell_score(&mut self, game: &Game) {
        let events = game.told();
        let lord = self.court.lord().unwrap_or_default();
        let beside = match &self.record {
            Some(record) if events <= record.events => {
                let Record { events, lord } = record;
                format!(
                    " The longest reign of this room: {events} {}, {lord}.",
                    if *events == 1 { "event" } else { "events" }
                )
            }
            old => {
                let beside = if old.is_some() { " That is the longest reign of this room." } else { "" };
                self.record = Some(Record { events, lord: lord.to_owned() });
                beside.to_owned()
            }
        };
        self.say(game.score() + &beside);
    }

    /// Frees the Lord's seat and those of hosted bots. The others keep theirs: external bots cannot ask again, and people
    /// have just played together. External bots that waited get one.
    fn dissolve(&mut self, was_game: bool) {
        self.court.set_lord(None);
        let seated: Vec<_> = self.court.seats().iter().map(|seat| (seat.name.clone(), seat.kind)).collect();
        for (name, kind) in seated {
            match kind {
                MemberKind::Hosted => drop(self.court.vacate(&name)),
                MemberKind::External if was_game => self.tell(&name, NOBODY_FOLLOWED),
                MemberKind::Person if was_game => self.tell(&name, SEAT_KEPT),
                MemberKind::External | MemberKind::Person => {}
            }
        }
        let members = self.court.members().filter(|member| !member.is_leaving);
        let bots: Vec<_> = members.map(|member| (member.name.clone(), member.kind)).collect();
        for (name, kind) in bots {
            match kind {
                MemberKind::Hosted => self.remove_member(&name, "The game is over."),
                MemberKind::External if self.court.is_seat_free() && self.court.seat(&name).is_none() => {
                    self.seat_follower(&name);
                }
                MemberKind::External | MemberKind::Person => {}
            }
        }
    }
}
