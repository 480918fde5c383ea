//! A game: its suggestions, what people said to them, and the votes. Pure data and rules; the host acts on them.

use std::collections::VecDeque;
use std::time::Instant;

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

use crate::bots::{Ballot, Guest, Remark, Suggestion};

/// A game.
#[derive(Debug, Default)]
pub(super) struct Game {
    /// The suggestions so far.
    pub(super) suggestions: Vec<Suggestion>,
    /// What people answered to the last one, once each.
    pub(super) remarks: Vec<Remark>,
    /// What the cast has not reacted to yet, each with the guest that was called in it.
    pub(super) unheard: VecDeque<(Remark, Option<Guest>)>,
    /// The guests that reacted to what people said about the last suggestion. Each does so once.
    pub(super) reacted: Vec<Guest>,
    /// When the last suggestion was made.
    pub(super) asked_at: Option<Instant>,
    /// The people that have talked since, but said nothing of the suggestion. They may still answer.
    pub(super) talkers: Vec<String>,
    /// What is voted on.
    pub(super) ballot: Ballot,
    /// Who voted for which option, by its index, in order.
    pub(super) votes: Vec<(String, usize)>,
    /// People that were told how to vote.
    pub(super) told: Vec<String>,
}

/// What a vote comes to.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Count {
    /// The index of the option that is chosen.
    pub(super) chosen: usize,
    /// The options with the most votes, among them the chosen one.
    pub(super) best: Vec<usize>,
    /// How many votes each of those has.
    pub(super) votes: usize,
}

impl Game {
    /// A new suggestion is made.
    pub(super) fn begin_answers(&mut self, suggestion: Suggestion, now: Instant) {
        self.asked_at = Some(now);
        self.talkers.clear();
        self.suggestions.push(suggestion);
        self.remarks.clear();
        self.unheard.clear();
        self.reacted.clear();
    }

    /// Notes what a person said. Who has said neither yes nor no may still say so.
    pub(super) fn add_remark(&mut self, remark: Remark) {
        match self.remarks.iter_mut().find(|earlier| earlier.name == remark.name) {
            None => self.remarks.push(remark),
            Some(earlier) if earlier.approves.is_none() && remark.approves.is_some() => *earlier = remark,
            Some(_) => {}
        }
    }

    /// A guest has another name from now on.
    pub(super) fn rename(&mut self, from: &str, to: &str) {
        let voters = self.votes.iter_mut().map(|(voter, _)| voter);
        let unheard = self.unheard.iter_mut().map(|(remark, _)| remark);
        let authors = self.remarks.iter_mut().chain(unheard).map(|remark| &mut remark.name);
        for name in
            voters.chain(authors).chain(&mut self.told).chain(&mut self.talkers).filter(|name| *name == from)
        {
            to.clone_into(name);
        }
    }

    /// Takes a vote. It replaces an earlier one of the same guest.
    pub(super) fn vote(&mut self, name: &str, option: usize) {
        self.votes.retain(|(voter, _)| voter != name);
        self.votes.push((name.to_owned(), option));
    }

    /// Counts the votes. Chance decides among the options with the most votes. `None`: there are no options.
    pub(super) fn count(&self, rng: &mut StdRng) -> Option<Count> {
        let count = |option| self.votes.iter().filter(|(_, vote)| *vote == option).count();
        let options = 0..self.ballot.options().len();
        let votes = options.clone().map(count).max()?;
        let best: Vec<usize> = options.filter(|option| count(*option) == votes).collect();
        Some(Count { chosen: *best.choose(rng)?, best, votes })
    }

    /// The names of those who liked the last suggestion, or disliked it.
    pub(super) fn who(&self, approves: bool) -> Vec<&str> {
        let who = self.remarks.iter().filter(|remark| remark.approves == Some(approves));
        who.map(|remark| remark.name.as_str()).collect()
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;

    fn game(votes: &[(&str, usize)]) -> Game {
        let suggestions: Vec<Suggestion> = Suggestion::all().step_by(20).take(3).collect();
        let mut game = Game { ballot: Ballot::new(&suggestions), ..Game::default() };
        for (name, option) in votes {
            game.vote(name, *option);
        }
        game
    }

    #[test]
    fn the_most_votes_win_and_chance_decides_a_tie() {
        let rng = &mut StdRng::seed_from_u64(1);
        let won = game(&[("Ann", 2), ("Bob", 1), ("Cid", 2)]);
        assert_eq!(won.count(rng), Some(Count { chosen: 2, best: vec![2], votes: 2 }));
        let tie = game(&[("Ann", 0), ("Bob", 2)]);
        let mut chosen: Vec<usize> = (0..50).map(|_| tie.count(rng).unwrap().chosen).collect();
        chosen.sort_unstable();
        chosen.dedup();
        assert_eq!(chosen, [0, 2]);
        assert_eq!(game(&[]).count(rng).unwrap().best, [0, 1, 2]);
        assert_eq!(Game::default().count(rng), None);
    }

    #[test]
    fn the_last_vote_of_each_counts() {
        let changed = game(&[("Ann", 0), ("Bob", 1), ("Ann", 1)]);
        assert_eq!(changed.votes, [("Bob".to_owned(), 1), ("Ann".to_owned(), 1)]);
    }
}
