//! A small hub for tests: it runs actions and records messages.

use std::time::{Duration, Instant};

use crate::base::name::{Name, NameKey};
use crate::hosts::thrones::events::Event;
use crate::hosts::thrones::game::{Game, Phase};
use crate::hosts::thrones::strategies::outlook;
use crate::hosts::{Host, HostAction, HostCommand, RoomMessage, ThronesHost};
use crate::proto::{Kind, MemberInfo};

/// A room with its host, run as by the hub.
pub(super) struct Realm {
    pub(super) host: ThronesHost,
    pub(super) now: Instant,
    /// The members, and whether the host spawned each.
    pub(super) present: Vec<(MemberInfo, bool)>,
    /// Names that are refused to hosted bots.
    pub(super) taken: Vec<String>,
    /// Published messages: author (empty: the host) and text.
    pub(super) said: Vec<(String, String)>,
    pub(super) told: Vec<(String, String)>,
    pub(super) filter: (Option<String>, Vec<String>),
}

pub(super) fn who(name: &str, kind: Kind) -> MemberInfo {
    MemberInfo { name: Name::parse(name).unwrap(), kind }
}

impl Realm {
    pub(super) fn new(seed: u64) -> Realm {
        Realm {
            host: ThronesHost::new("thrones", seed),
            now: Instant::now(),
            present: Vec::new(),
            taken: Vec::new(),
            said: Vec::new(),
            told: Vec::new(),
            filter: (None, Vec::new()),
        }
    }

    pub(super) fn come(&mut self, name: &str, kind: Kind) {
        // A hosted bot gives up its name.
        self.leave(name);
        self.enter(&who(name, kind), false);
        self.carry_out();
    }

    pub(super) fn enter(&mut self, who: &MemberInfo, is_hosted: bool) {
        self.present.push((who.clone(), is_hosted));
        self.host.on_join(who, self.now);
    }

    pub(super) fn leave(&mut self, name: &str) {
        self.take_out(name);
        self.carry_out();
    }

    fn take_out(&mut self, name: &str) {
        let key = NameKey::of(name);
        if let Some(at) = self.present.iter().position(|(who, _)| who.name.key() == key) {
            let (who, _) = self.present.remove(at);
            self.host.on_leave(&who, self.now);
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<MemberInfo> {
        let key = NameKey::of(name);
        self.present.iter().map(|(who, _)| who).find(|who| who.name.key() == key).cloned()
    }

    /// A member that is not a hosted bot says something, perhaps a command.
    pub(super) fn speak(&mut self, name: &str, text: &str) {
        let Some(by) = self.find(name).filter(|who| !self.hosted().contains(&who.name.to_string())) else {
            return;
        };
        if let Some(command) = text.strip_prefix('/') {
            let (command, rest) = command.split_once(' ').unwrap_or((command, ""));
            self.host.on_slash_command(&by, command, rest, self.now);
        } else if !self.host.intercept(&by, text, self.now) {
            self.hear(Some(&by), text);
        }
        self.carry_out();
    }

    fn hear(&mut self, by: Option<&MemberInfo>, text: &str) {
        self.said.push((by.map_or(String::new(), |who| who.name.to_string()), text.to_owned()));
        self.host.on_message(
            &RoomMessage { by, read: &|| Some(text), is_act: false, mentions: &Vec::new },
            self.now,
        );
    }

    pub(super) fn wait(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.host.deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.host.on_timer(self.now);
            self.carry_out();
        }
        self.now = end;
    }

    pub(super) fn command(&mut self, command: HostCommand<'_>) -> Result<String, String> {
        let answer = self.host.on_operator_command(command, self.now);
        self.carry_out();
        answer
    }

    pub(super) fn carry_out(&mut self) {
        while let Some(action) = self.host.poll() {
            match action {
                HostAction::Say(text) => {
                    assert!(self.present.iter().any(|(_, is_hosted)| !is_hosted), "to nobody: {text}");
                    self.hear(None, &text);
                }
                HostAction::Tell { to, text } => {
                    assert!(self.find(&to).is_some(), "{to} is not there: {text}");
                    self.told.push((to, text));
                }
                HostAction::SpawnBot(name) => {
                    let is_taken = self.taken.contains(&name) || self.find(&name).is_some();
                    if is_taken {
                        self.host.on_bot_refused(&name, self.now);
                    } else {
                        self.enter(&who(&name, Kind::Bot), true);
                    }
                }
                HostAction::SayAs { bot, text } => {
                    let by = self.find(&bot).unwrap();
                    assert!(self.present.iter().any(|(who, is_hosted)| *who == by && *is_hosted), "{bot}");
                    self.hear(Some(&by), &text);
                }
                HostAction::RemoveMember { who, .. } => {
                    assert!(self.find(&who).is_some(), "{who} is not there");
                    self.take_out(&who);
                }
                HostAction::SetSpeakerFilter { speaker, listeners } => self.filter = (speaker, listeners),
                HostAction::AskWeather(_) | HostAction::Hint { .. } | HostAction::TellAs { .. } => {
                    panic!("this host asks and hints nothing, and answers nobody privately")
                }
            }
        }
    }

    pub(super) fn followers(&self) -> Vec<String> {
        self.host.court.followers()
    }

    pub(super) fn hosted(&self) -> Vec<String> {
        self.present.iter().filter(|(_, is_hosted)| *is_hosted).map(|(who, _)| who.name.to_string()).collect()
    }

    pub(super) fn heard(&self, text: &str) -> usize {
        self.said.iter().filter(|(_, said)| said.contains(text)).count()
    }

    pub(super) fn last_told(&self, to: &str) -> &str {
        self.told.iter().rev().find(|(name, _)| name == to).map_or("", |(_, text)| text)
    }

    /// The first option of the latest event.
    pub(super) fn first_option(&self) -> String {
        let (_, event) =
            self.said.iter().rev().find(|(by, text)| by.is_empty() && text.contains("(1)")).unwrap();
        let (_, options) = event.split_once("(1) ").unwrap();
        options.split(", (2) ").next().unwrap().split(" [").next().unwrap().to_owned()
    }

    /// The event that waits for an order.
    pub(super) fn event(&self) -> &Event {
        match &self.game().phase {
            Phase::Asked(asked) => &asked.event,
            phase => panic!("no event: {phase:?}"),
        }
    }

    pub(super) fn game(&self) -> &Game {
        self.host.game.as_ref().unwrap()
    }

    /// The option that a thoughtful Lord takes.
    pub(super) fn best_option(&self) -> String {
        let event = self.event();
        let worth = |at: &usize| outlook(&self.game().state, &event.effects[*at], false);
        let best = (0..event.options.len()).max_by(|a, b| worth(a).total_cmp(&worth(b))).unwrap();
        event.options[best].clone()
    }

    pub(super) fn points(&self, name: &str) -> usize {
        self.game().state.subject(name).map_or(0, |subject| subject.loyalty.points())
    }
}
