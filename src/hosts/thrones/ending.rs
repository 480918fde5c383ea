//! The end of a game, and who keeps a seat.

use crate::base::text::list;
use crate::bots::NOBODY_FOLLOWED;
use crate::bots::shuffle_bag::fill;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::{MemberKind, is_called};
use crate::hosts::thrones::rules::Ending;

/// Announces that the Lord has left.
const LORD_LEFT: &str = "The Lord has left the realm, everyone is allowed to leave";

impl ThronesHost {
    /// Ends the game. Who led a plot takes the Lord's seat.
    pub(super) fn conclude(&mut self, ending: &Ending) {
        let Ending::Overthrown(heir) = ending else {
            let is_alone = *ending == Ending::Deserted && !self.court.followers().is_empty();
            return self.end(if is_alone { "alone" } else { ending.bag() }, "");
        };
        self.end(ending.bag(), heir);
        if self.court.member(heir).is_some() {
            self.seat_lord(heir);
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
        self.say(game.score());
        self.dissolve(true);
        self.say(doors);
    }

    /// Ends the game because the Lord has left.
    pub(super) fn abdicate(&mut self) {
        let was_game = self.game.take().is_some();
        self.set_speaker_filter((None, Vec::new()));
        self.say(LORD_LEFT);
        self.dissolve(was_game);
    }

    /// Frees the seats, except those of external bots, which cannot ask again. External bots that waited get one.
    fn dissolve(&mut self, was_game: bool) {
        self.court.set_lord(None);
        let seated: Vec<_> = self.court.seats().iter().map(|seat| (seat.name.clone(), seat.kind)).collect();
        for (name, kind) in seated {
            if kind != MemberKind::Hosted && was_game {
                self.tell(&name, NOBODY_FOLLOWED);
            }
            if kind != MemberKind::External {
                self.court.vacate(&name);
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

/// The Lord's name in tales. A Lord named Lord is "the Lord".
pub(super) fn called_in_tales(lord: &str) -> &str {
    if is_called(lord, "Lord") { "the Lord" } else { lord }
}
