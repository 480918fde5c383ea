//! Members' commands: the Lord's, which begin with `--`, and the room's slash commands.

use std::time::Instant;

use crate::base::limits::THRONES_SEATS;
use crate::hosts::thrones::ThronesHost;
use crate::hosts::thrones::court::MemberKind;
use crate::hosts::thrones::game::{Game, Phase};

/// The answer to an unknown command of the Lord.
const UNKNOWN: &str = "Unknown command. Try [--help/--leave/--dismiss <name>].";

const ONLY_THE_LORD: &str = "Words that begin with -- are commands, and only the Lord commands here.";

impl ThronesHost {
    /// Runs a command of the Lord.
    pub(super) fn run_lord_command(&mut self, by: &str, command: &str) {
        if !self.court.is_lord(by) {
            return self.tell(by, ONLY_THE_LORD);
        }
        let words: Vec<&str> = command.split_whitespace().collect();
        match words[..] {
            ["help"] => self.tell(by, self.help()),
            ["leave"] => self.abdicate(),
            ["dismiss", name] => self.dismiss(by, name),
            _ => self.tell(by, UNKNOWN),
        }
    }

    /// How to rule, with a follower and an option of this game as examples.
    fn help(&self) -> String {
        let hosted = self.court.seats().iter().find(|seat| seat.kind == MemberKind::Hosted);
        let name = hosted.map_or("NAME", |seat| &seat.name);
        let option = match &self.game {
            Some(Game { phase: Phase::Asked(asked), .. }) => asked.event.options.first(),
            _ => None,
        };
        let option = option.map_or("Feed them!", |option| option);
        format!(
            "Each option pleases some followers and angers others, by their tempers, and [gold -1] says what it costs. \
             At gold 0, peace 0 or with one follower left, your reign ends.\n\
             An order is an option's number or its words, as in \"{option}\", or a command of your own, as in \"Let them \
             dance\": then the matter stays open, and peace -1. Whatever else you say is talk.\n\
             Ask, and a follower tells you what it would do: \"{name}, what now?\", or how it feels: \"{name}, are you with \
             me?\" The same number three times annoys everybody, unless they like it best; silence for two minutes costs you the throne.\n\
             --dismiss NAME sends a follower away, --leave ends your reign, /court shows tempers, and how they feel about \
             you."
        )
    }

    fn dismiss(&mut self, lord: &str, name: &str) {
        let Some(name) = self.court.named(name).map(|seat| seat.name.clone()) else {
            return self.tell(lord, format!("There is no one on the realm named '{name}'."));
        };
        self.lose(&name, &format!("{lord} has dismissed you. You may watch."));
        let left = self.court.taken();
        self.tell(lord, format!("You have dismissed {name}, {left}/{THRONES_SEATS} left on your team."));
        // Watchers learn it too.
        self.say(format!("{name} is dismissed, and gathers cloak and boots."));
    }

    /// Runs a slash command of this room. Returns whether it is one.
    pub(super) fn run_slash_command(&mut self, by: &str, command: &str, rest: &str, now: Instant) -> bool {
        let ours = ["lord", "follow", "watch", "begin", "court", "vote", "plot", "dismiss"];
        let command = ours.into_iter().find(|ours| command.eq_ignore_ascii_case(ours));
        if let Some(command) = command
            && self.court.member(by).is_some()
        {
            match command {
                "lord" => self.ask_for_lordship(by),
                "follow" => self.ask_to_follow(by),
                "watch" => self.ask_to_watch(by),
                "begin" => self.ask_to_begin(by, now),
                "vote" => self.vote(by, rest.trim()),
                "plot" => self.plot(by),
                "dismiss" if !self.court.is_lord(by) => self.tell(by, "Only the Lord dismisses followers."),
                "dismiss" if rest.trim().is_empty() => self.tell(by, "Whom? Type /dismiss and a name."),
                "dismiss" => self.dismiss(by, rest.trim()),
                _ => self.tell_of_court(by),
            }
        }
        command.is_some()
    }

    fn ask_to_begin(&mut self, by: &str, now: Instant) {
        match () {
            () if !self.court.is_lord(by) => self.tell(by, "Only the Lord says when to begin."),
            () if self.game.is_some() => self.tell(by, "The game is under way already."),
            () if self.is_stopped => self.tell(by, "The operator lets no game begin for now."),
            () => self.fill(now),
        }
    }

    /// Tells who has which seat, and how the followers feel.
    fn tell_of_court(&mut self, to: &str) {
        let lord = match self.court.lord() {
            Some(lord) if lord == to => "You have the high chair.".to_owned(),
            Some(lord) => format!("{lord} has the high chair."),
            None => "There is no Lord.".to_owned(),
        };
        let state = self.game.as_ref().map(|game| &game.state);
        let followers = self.court.seats().iter().map(|seat| {
            let (name, temper) = (&seat.name, seat.temper.word());
            let subject = state.and_then(|state| state.subject(&seat.name));
            let feels = subject.map_or("is a follower", |subject| subject.loyalty.mood().words());
            match seat.kind {
                MemberKind::Person => format!("{name} {feels}."),
                MemberKind::External | MemberKind::Hosted => {
                    format!("{name}, of a {temper} temper, {feels}.")
                }
            }
        });
        let free = THRONES_SEATS - self.court.taken();
        let seats = match free {
            0 => "All five seats are taken.".to_owned(),
            free => format!("Seats that are empty: {free} of {THRONES_SEATS}."),
        };
        let stores = state.map(|state| {
            format!("Gold {}, peace {}; events to come: {}.", state.gold, state.peace, state.left)
        });
        let lines: Vec<String> =
            std::iter::once(lord).chain(followers).chain([seats]).chain(stores).collect();
        self.tell(to, lines.join("\n"));
    }
}
