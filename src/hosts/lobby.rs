//! The lobby's host: says conversation initiators while people answer, and runs a cast of bots that answer people.

use std::collections::VecDeque;
use std::time::Instant;

use crate::bots::{Cast, CastAction, Character, Speaker};
use crate::chat::RoomTraits;
use crate::hosts::kind::{USUAL_JOINED, USUAL_LEFT};
use crate::hosts::topics::Topics;
use crate::hosts::{Host, HostAction, HostCommand, RoomKind, RoomMessage, Setup};
use crate::proto::{Kind, MemberInfo};
use crate::weather::{Question, Report};

/// The lobby: talk about anything.
pub(super) static KIND: RoomKind = RoomKind {
    traits: RoomTraits {
        kind: "lobby",
        purpose: "talk about anything; a host and four bots keep it going",
        joined: USUAL_JOINED,
        left: USUAL_LEFT,
        echoes: true,
        replays: true,
        has_host: true,
        quiet: &[],
        commands: &[("/hush", "bots and host are quiet for five minutes")],
    },
    can_be_shared: true,
    host: |setup, _| Box::new(LobbyHost::new(setup)),
};

/// The host of a lobby.
#[derive(Debug)]
pub struct LobbyHost {
    topics: Topics,
    /// An operator has stopped the initiators.
    silenced: bool,
    cast: Cast,
    /// The bots that are in the room.
    present: Vec<Character>,
    /// The bots that were spawned and have not joined yet.
    called: Vec<Character>,
    /// The number of people in the room.
    people: usize,
    actions: VecDeque<HostAction>,
}

impl LobbyHost {
    /// A host with the initiators of `setup`, which spawns the bots of `setup`.
    pub fn new(setup: &Setup) -> LobbyHost {
        LobbyHost {
            topics: Topics::new(setup.initiators.clone(), setup.interval, setup.lull, setup.seed),
            silenced: false,
            cast: Cast::new(setup.seed).with_lull(setup.lull),
            present: Vec::new(),
            called: setup.bots.clone(),
            people: 0,
            actions: setup
                .bots
                .iter()
                .map(|character| HostAction::SpawnBot(character.name().to_owned()))
                .collect(),
        }
    }

    /// Initiators are said only while people are in the room.
    fn set_audience(&mut self, now: Instant) {
        self.topics.set_audience(if self.silenced { 0 } else { self.people }, now);
    }

    /// The host is as quiet as the bots.
    fn be_quiet(&mut self) {
        if let Some(until) = self.cast.quiet_until() {
            self.topics.hush(until);
        }
    }

    /// The position in `list` of the bot with this name.
    fn character(list: &[Character], who: &str) -> Option<usize> {
        list.iter().position(|character| character.name() == who)
    }

    fn start_bot(&mut self, character: Character) -> Result<String, String> {
        if self.present.contains(&character) {
            return Err(format!("{} is running already.", character.name()));
        }
        self.called.push(character);
        self.actions.push_back(HostAction::SpawnBot(character.name().to_owned()));
        Ok(format!("{} is started.", character.name()))
    }

    fn stop_bot(&mut self, character: Character) -> Result<String, String> {
        if !self.present.contains(&character) {
            return Err(format!("{} is stopped already.", character.name()));
        }
        self.actions.push_back(HostAction::RemoveMember {
            who: character.name().to_owned(),
            text: "The operator has stopped you.".into(),
        });
        Ok(format!("{} is stopped.", character.name()))
    }
}

impl Host for LobbyHost {
    fn on_join(&mut self, who: &MemberInfo, now: Instant) {
        if who.kind == Kind::Person {
            self.people += 1;
            self.topics.on_join();
            self.cast.joined(who.name.as_str(), now);
        } else if let Some(at) = Self::character(&self.called, who.name.as_str()) {
            let character = self.called.remove(at);
            self.present.push(character);
            self.cast.start(character, who.name.as_str());
        }
        self.set_audience(now);
    }

    fn on_leave(&mut self, who: &MemberInfo, now: Instant) {
        if who.kind == Kind::Person {
            self.people = self.people.saturating_sub(1);
            self.cast.parted(who.name.as_str());
        } else if let Some(at) = Self::character(&self.present, who.name.as_str()) {
            self.cast.stop(self.present.remove(at));
        }
        self.set_audience(now);
    }

    fn on_renamed(&mut self, from: &str, to: &MemberInfo, _: Instant) {
        self.topics.renamed(from, to.name.as_str());
        self.cast.renamed(from, to.name.as_str());
    }

    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant) {
        let speaker = match message.by {
            Some(MemberInfo { kind: Kind::Bot, .. }) => return,
            Some(who) => {
                self.topics.on_message(who.name.as_str(), now);
                self.set_audience(now);
                Speaker::Person(who.name.as_str())
            }
            None => Speaker::Host,
        };
        if (self.cast.is_empty() && !self.topics.is_active()) || message.is_act {
            return;
        }
        let Some(text) = (message.read)() else { return };
        let bots = Character::ALL.iter().map(|character| character.name());
        let names: Vec<&str> = bots.chain((message.mentions)()).collect();
        self.cast.said(speaker, text, &names, self.people, now);
        if matches!(speaker, Speaker::Person(_)) && self.cast.is_conversation(now) {
            self.topics.on_conversation(now);
        }
        self.be_quiet();
    }

    fn on_timer(&mut self, now: Instant) {
        if let Some(line) = self.topics.speak(now) {
            self.actions.push_back(HostAction::Say(line.to_string()));
        }
        while let Some(action) = self.cast.poll(now) {
            self.actions.push_back(match action {
                CastAction::Say(character, text) => {
                    HostAction::SayAs { bot: character.name().to_owned(), text }
                }
                CastAction::Tell { character, to, text } => {
                    HostAction::TellAs { bot: character.name().to_owned(), to, text }
                }
                CastAction::Weather { ticket, city, when } => {
                    HostAction::AskWeather(Question { ticket, city, when })
                }
            });
        }
    }

    fn deadline(&self) -> Option<Instant> {
        [self.topics.deadline(), self.cast.deadline()].into_iter().flatten().min()
    }

    fn owes_reply(&self, who: &str) -> bool {
        self.cast.owes_reply(who)
    }

    fn poll(&mut self) -> Option<HostAction> {
        self.actions.pop_front()
    }

    fn answers_privately(&self) -> bool {
        true
    }

    fn on_private_message(&mut self, bot: &str, from: &MemberInfo, text: &str, now: Instant) {
        if let (Some(at), Kind::Person) = (Self::character(&self.present, bot), from.kind) {
            self.cast.told(self.present[at], from.name.as_str(), text, self.people, now);
        }
    }

    fn on_left_chat(&mut self, name: &str) {
        self.cast.left(name);
    }

    fn on_slash_command(&mut self, by: &MemberInfo, name: &str, _: &str, now: Instant) -> bool {
        let is_ours = name.eq_ignore_ascii_case("hush");
        if is_ours {
            self.cast.hush(by.name.as_str(), now);
            self.be_quiet();
            let text = "Bots and host are quiet for five minutes now. A bot that is called by its name still answers.";
            self.actions.push_back(HostAction::Tell { to: by.name.to_string(), text: text.to_owned() });
        }
        is_ours
    }

    fn on_bot_refused(&mut self, name: &str, _: Instant) {
        self.called.retain(|character| character.name() != name);
    }

    fn on_operator_command(&mut self, command: HostCommand<'_>, now: Instant) -> Result<String, String> {
        match command {
            HostCommand::Start | HostCommand::Stop => {
                self.silenced = command == HostCommand::Stop;
                self.set_audience(now);
                Ok(if self.silenced { "The host is silent." } else { "The host speaks." }.into())
            }
            HostCommand::Now => {
                let line = self.topics.next(now).ok_or("This host has nothing to say.")?;
                self.actions.push_back(HostAction::Say(line.to_string()));
                Ok("Said.".into())
            }
            HostCommand::StartBot(name) => self.start_bot(name.parse()?),
            HostCommand::StopBot(name) => self.stop_bot(name.parse()?),
        }
    }

    fn on_setup(&mut self, setup: &Setup) {
        self.topics.replace(&setup.initiators);
    }

    fn bots(&self) -> Vec<(String, bool)> {
        Character::ALL
            .map(|character| (character.name().to_owned(), self.present.contains(&character)))
            .to_vec()
    }

    fn on_forecast(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        self.cast.weather(ticket, report, now);
    }
}
