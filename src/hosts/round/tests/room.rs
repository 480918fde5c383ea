//! A room for tests. The test moves the clock, and actions are carried out as by the hub.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::base::limits::ROUND_SEATS;
use crate::base::name::Name;
use crate::bots::{Ballot, Suggestion};
use crate::hosts::round::{RoundHost, Stage, Variant, words};
use crate::hosts::{Host, HostAction, HostCommand, RoomMessage};
use crate::proto::{Kind, MemberInfo};

pub(super) const PERSON: Kind = Kind::Person;
pub(super) const BOT: Kind = Kind::Bot;

pub(super) fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A room with its host and a clock.
pub(super) struct Room {
    pub(super) host: RoundHost,
    start: Instant,
    pub(super) now: Instant,
    pub(super) present: Vec<MemberInfo>,
    /// The names of the bots that the host has spawned.
    pub(super) hosted: Vec<String>,
    /// Whether each of the next bots may join; after them, all may.
    pub(super) grants: Vec<bool>,
    /// What happened, one line each.
    pub(super) story: Vec<String>,
    pub(super) suggestions: usize,
    /// All lines of the cast.
    pub(super) lines: Vec<String>,
    /// The bots of the cast that have spoken since the last suggestion.
    pub(super) spoken: Vec<String>,
}

pub(super) fn who(name: &str, kind: Kind) -> MemberInfo {
    MemberInfo { name: Name::parse(name).unwrap(), kind }
}

impl Room {
    pub(super) fn classic(seed: u64) -> Room {
        Room::of(Variant::Classic, seed)
    }

    pub(super) fn of(variant: Variant, seed: u64) -> Room {
        let start = Instant::now();
        Room {
            host: RoundHost::new(variant, "round", seed),
            start,
            now: start,
            present: Vec::new(),
            hosted: Vec::new(),
            grants: Vec::new(),
            story: Vec::new(),
            suggestions: 0,
            lines: Vec::new(),
            spoken: Vec::new(),
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<MemberInfo> {
        self.present.iter().find(|who| who.name.as_str().eq_ignore_ascii_case(name)).cloned()
    }

    pub(super) fn come(&mut self, name: &str, kind: Kind) {
        // A hosted bot gives up its name.
        if self.hosted.iter().any(|hosted| hosted == name) {
            self.leave(name);
        }
        if self.find(name).is_none() {
            let who = who(name, kind);
            self.present.push(who.clone());
            self.host.on_join(&who, self.now);
            self.carry_out();
        }
    }

    pub(super) fn leave(&mut self, name: &str) {
        if let Some(who) = self.take_out(name) {
            self.host.on_leave(&who, self.now);
            self.carry_out();
        }
    }

    fn take_out(&mut self, name: &str) -> Option<MemberInfo> {
        let who = self.find(name)?;
        self.present.retain(|other| *other != who);
        self.hosted.retain(|hosted| hosted != who.name.as_str());
        Some(who)
    }

    pub(super) fn say(&mut self, name: &str, text: &str) {
        if let Some(who) = self.find(name) {
            let present: Vec<&str> = self.present.iter().map(|who| who.name.as_str()).collect();
            let mentions = || present.iter().copied().filter(|name| text.contains(name)).collect();
            let message =
                RoomMessage { by: Some(&who), read: &|| Some(text), is_act: false, mentions: &mentions };
            self.host.on_message(&message, self.now);
            self.carry_out();
        }
    }

    pub(super) fn vote(&mut self, name: &str, text: &str) {
        if let Some(who) = self.find(name) {
            let is_ours = self.host.on_slash_command(&who, "vote", text, self.now);
            assert_eq!(is_ours, self.host.variant == Variant::Game);
            self.carry_out();
        }
    }

    pub(super) fn ready(&mut self, name: &str) {
        if let Some(who) = self.find(name) {
            assert!(self.host.on_slash_command(&who, "ready", "", self.now));
            self.carry_out();
        }
    }

    pub(super) fn command(&mut self, command: HostCommand<'_>) -> Result<String, String> {
        let answer = self.host.on_operator_command(command, self.now);
        self.carry_out();
        answer
    }

    /// Lets time pass, and calls the host at its deadlines.
    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(due) = self.host.deadline().filter(|due| *due <= end) {
            self.now = due.max(self.now);
            self.host.on_timer(self.now);
            self.carry_out();
        }
        self.now = end;
    }

    pub(super) fn carry_out(&mut self) {
        while let Some(act) = self.host.poll() {
            match act {
                HostAction::Say(text) => self.propose_host_message(&text),
                HostAction::Tell { to, text } => {
                    assert!(self.find(&to).is_some(), "{to} is told something, and is not there");
                    self.note(&format!("(to {to}) {text}"));
                }
                HostAction::SpawnBot(name) => self.have_come(&name),
                HostAction::SayAs { bot, text } => self.bot_says(&bot, &text),
                HostAction::RemoveMember { who, text } => {
                    let kind = if self.hosted.contains(&who) { "guest" } else { "member" };
                    self.note(&format!("{kind} {who} goes: {text}"));
                    let who = self.take_out(&who).unwrap_or_else(|| panic!("{who} goes, and is not there"));
                    self.host.on_leave(&who, self.now);
                }
                other => panic!("no host of rounds wants {other:?}"),
            }
        }
        let seated = self.host.seats.iter().count();
        assert!(seated <= ROUND_SEATS);
        let is_known = |who: &MemberInfo| self.host.seats.knows(who.name.as_str());
        assert!(self.present.iter().all(is_known), "somebody neither sits nor watches");
        assert!(self.present.len() > self.hosted.len() || self.hosted.is_empty(), "the cast is alone");
        let answered: HashSet<&String> = self.host.answered.iter().collect();
        assert_eq!(answered.len(), self.host.answered.len(), "somebody answered twice");
        assert!(self.host.deadline().is_none() || !self.present.is_empty(), "waits for nobody");
    }

    fn propose_host_message(&mut self, text: &str) {
        assert!(self.present.len() > self.hosted.len(), "said to nobody: {text}");
        let found = Suggestion::find(text).filter(|_| Ballot::find(text).is_none());
        let is_suggestion = self.host.stage == Stage::Answering && found == self.host.suggestion;
        assert!(found.is_none() || is_suggestion, "taken for a suggestion: {text}");
        if self.host.variant == Variant::Game {
            self.note(&format!("Host: {text}"));
            self.suggestions += usize::from(found.is_some());
        } else if found.is_some() {
            self.suggestions += 1;
            self.spoken.clear();
            self.note("Host suggests something.");
        } else if words::is_welcome_or_thanks(text, &self.host.seats.names()) {
            self.note(if self.host.stage == Stage::Welcoming {
                "Host welcomes all."
            } else {
                "Host thanks."
            });
        } else {
            self.note(&format!("Host: {text}"));
        }
        self.host.on_message(
            &RoomMessage { by: None, read: &|| Some(text), is_act: false, mentions: &Vec::new },
            self.now,
        );
    }

    fn bot_says(&mut self, bot: &str, text: &str) {
        assert!(self.hosted.iter().any(|hosted| hosted == bot), "{bot} is not the host's");
        if self.host.variant == Variant::Game {
            self.note(&format!("{bot}: {text}"));
        } else if self.host.stage == Stage::Ending && self.spoken.iter().any(|name| name == bot) {
            self.note(&format!("{bot} says goodbye."));
        } else {
            assert!(!self.spoken.iter().any(|name| name == bot), "{bot} answers twice");
            self.spoken.push(bot.to_owned());
            self.note(&format!("{bot} answers."));
        }
        self.lines.push(text.to_owned());
        let who = self.find(bot).unwrap();
        self.host.on_message(
            &RoomMessage { by: Some(&who), read: &|| Some(text), is_act: false, mentions: &Vec::new },
            self.now,
        );
    }

    fn have_come(&mut self, name: &str) {
        let is_granted = self.grants.pop().unwrap_or(true);
        if !is_granted || self.find(name).is_some() {
            return self.host.on_bot_refused(name, self.now);
        }
        let who = who(name, Kind::Bot);
        self.present.push(who.clone());
        self.hosted.push(name.to_owned());
        self.host.on_join(&who, self.now);
    }

    fn note(&mut self, line: &str) {
        let seconds = (self.now - self.start).as_secs();
        self.story.push(format!("{seconds} {line}"));
    }

    /// What happened since the last call. The bots of the cast are called A, B and C in the order in which they
    /// joined.
    pub(super) fn told(&mut self, cast: &[String]) -> Vec<String> {
        let rename = |line: String| {
            let names = cast.iter().zip(["A", "B", "C"]);
            names.fold(line, |line, (name, letter)| line.replace(name.as_str(), letter))
        };
        self.story.drain(..).map(rename).collect()
    }

    /// Like `told`, without the times.
    pub(super) fn told_without_times(&mut self) -> Vec<String> {
        let told = self.told(&[]);
        told.iter().map(|line| line.split_once(' ').unwrap().1.to_owned()).collect()
    }
}
