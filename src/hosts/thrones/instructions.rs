//! What followers are told: whom they follow, and what is expected of them.

use crate::base::limits::THRONES_ANSWER_TIMEOUT;
use crate::bots::following;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::MemberKind;

impl ThronesHost {
    /// Tells people and external bots among the followers what to do.
    pub(super) fn instruct(&mut self, lord: &str) {
        let others = self.court.seats().iter().filter(|seat| seat.kind != MemberKind::Hosted);
        let expected = others.map(|seat| {
            let text = match seat.kind {
                MemberKind::Person => for_a_person(lord),
                MemberKind::External | MemberKind::Hosted => format!(
                    "{}\nYou are of a {} temper. Answer each order as you see fit, within {} seconds.",
                    following(lord),
                    seat.temper.word(),
                    THRONES_ANSWER_TIMEOUT.as_secs()
                ),
            };
            (seat.name.clone(), text)
        });
        for (name, text) in expected.collect::<Vec<_>>() {
            self.tell(&name, text);
        }
    }

    /// A player has this name from now on. If it is the Lord, external bots are told whom they follow: they know it by name.
    pub(super) fn tell_of_lords_name(&mut self, name: &str) {
        if self.game.is_none() || !self.court.is_lord(name) {
            return;
        }
        let bots = self.court.seats().iter().filter(|seat| seat.kind == MemberKind::External);
        for bot in bots.map(|seat| seat.name.clone()).collect::<Vec<_>>() {
            self.tell(&bot, following(name));
        }
    }
}

/// To a person that follows this Lord.
pub(super) fn for_a_person(lord: &str) -> String {
    let within = THRONES_ANSWER_TIMEOUT.as_secs();
    format!(
        "You follow {lord} until the game is over.\n\
         Approve of each order, or doubt it, in your own words, within {within} seconds. Your loyalty goes by what you \
         say, and silence leaves it as it is.\n\
         Before an order, /vote NUMBER tells the Lord what you wish for, and no more. With /plot you work for the \
         Lord's fall, which comes when more than half of the followers plot or have lost faith."
    )
}
