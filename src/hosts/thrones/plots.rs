//! What followers who are people decide: votes on an event, and plots against the Lord.

use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::MemberKind;
use crate::hosts::thrones::game::{Game, Phase};

/// To those who have no vote.
const NO_VOICE: &str =
    "Only people on followers' seats do that, and only during a game. /follow takes a seat.";

impl ThronesHost {
    /// `/vote NUMBER`: tells the Lord which option a follower wishes for. Its loyalty goes by what it says to the order.
    pub(super) fn vote(&mut self, by: &str, rest: &str) {
        if !self.has_voice(by) {
            return self.tell(by, NO_VOICE);
        }
        let Some(Game { phase: Phase::Asked(asked), .. }) = &mut self.game else {
            return self.tell(by, "Nothing is before the Lord now. Wait for the next event.");
        };
        let number =
            rest.parse::<usize>().ok().filter(|number| (1..=asked.event.options.len()).contains(number));
        let Some(number) = number else {
            let text = format!("The Lord may {}. Type /vote and a number.", asked.event.numbered());
            return self.tell(by, text);
        };
        let vote = (by.to_owned(), number);
        if asked.votes.contains(&vote) {
            return self.tell(by, format!("You wish for ({number}) already."));
        }
        asked.votes.retain(|(name, _)| name != by);
        asked.votes.push(vote);
        let option = asked.event.options[number - 1].clone();
        self.tell(by, format!("You wish for ({number}), to {option}. The Lord knows."));
        self.tell_lord(format!("{by} wishes for ({number}), to {option}."));
    }

    /// `/plot`: joins the plot against the Lord, or leaves it.
    pub(super) fn plot(&mut self, by: &str) {
        if !self.has_voice(by) {
            return self.tell(by, NO_VOICE);
        }
        let Some(game) = &mut self.game else { return };
        let plotters = &mut game.state.plotters;
        let before = plotters.len();
        plotters.retain(|name| name != by);
        let is_new = plotters.len() == before;
        if is_new {
            plotters.push(by.to_owned());
        }
        let text = if is_new {
            "You plot. When more than half of the followers plot or have lost faith, the Lord falls, and whoever \
             began takes the throne. The Lord may notice. /plot again stops it."
        } else {
            "You have burnt the letters, and plot no more."
        };
        self.tell(by, text);
    }

    /// Whether a member is a person on a follower's seat during a game.
    fn has_voice(&self, name: &str) -> bool {
        self.game.is_some() && self.court.seat(name).is_some_and(|seat| seat.kind == MemberKind::Person)
    }
}
