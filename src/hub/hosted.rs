//! The bots that live in the server: members without a session. They hear what the room hears, and ask as others do.

use std::mem;
use std::time::Instant;

use log::info;

use crate::base::limits::NAMES_FOR_BOTS;
use crate::base::name::Name;
use crate::bots::{Cast, Character, Speaker, Want};
use crate::hub::{Due, Hub};
use crate::proto::{Entry, Kind, MemberId, News, Request, Who};
use crate::weather::{Question, Report};

/// The cast, and who is in it as which member.
#[derive(Debug)]
pub(super) struct Hosted {
    cast: Cast,
    members: Vec<(Character, MemberId)>,
    questions: Vec<Question>,
}

impl Hosted {
    pub(super) fn new(seed: u64) -> Hosted {
        Hosted { cast: Cast::new(seed), members: Vec::new(), questions: Vec::new() }
    }

    fn member(&self, character: Character) -> Option<MemberId> {
        self.members.iter().find(|(c, _)| *c == character).map(|(_, member)| *member)
    }

    /// This member is gone. If it was a bot, it is stopped.
    pub(super) fn dismissed(&mut self, member: MemberId) {
        if let Some((character, _)) = self.members.iter().find(|(_, m)| *m == member) {
            self.cast.stop(*character);
        }
        self.members.retain(|(_, m)| *m != member);
    }
}

impl Hub {
    /// Has a bot take part. An error is a sentence.
    pub fn start_bot(&mut self, character: Character, now: Instant) -> Result<(), String> {
        if self.hosted.member(character).is_some() {
            return Err(format!("{} takes part already.", character.name()));
        }
        let name = Name::parse(character.name()).map_err(|why| why.to_string())?;
        let member = self.chat.introduce(Who { name, kind: Kind::Bot }).map_err(|why| why.to_string())?;
        self.set_session(member, None);
        self.hosted.members.push((character, member));
        self.hosted.cast.start(character, character.name());
        info!("{} takes part", character.name());
        self.chat.request(member, Request::Join, self.wall(now));
        self.deliver(now);
        Ok(())
    }

    /// Has a bot leave. An error is a sentence.
    pub fn stop_bot(&mut self, character: Character, now: Instant) -> Result<(), String> {
        let member =
            self.hosted.member(character).ok_or_else(|| format!("{} takes no part.", character.name()))?;
        self.chat.leave(member, self.wall(now));
        self.deliver(now);
        Ok(())
    }

    /// All bots that there are, and whether they take part.
    pub fn bots(&self) -> [(Character, bool); 4] {
        Character::ALL.map(|character| (character, self.hosted.member(character).is_some()))
    }

    /// What the bots want to know of the weather.
    pub fn weather_questions(&mut self) -> Vec<Question> {
        mem::take(&mut self.hosted.questions)
    }

    /// The answer to a question of theirs; none if it cannot be had.
    pub fn weather(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        self.hosted.cast.weather(ticket, report, now);
        self.set_timer_of(Due::Cast, self.hosted.cast.deadline());
    }

    /// Somebody in the cast has something to say.
    pub(super) fn cast_due(&mut self, now: Instant) {
        while let Some(want) = self.hosted.cast.poll(now) {
            match want {
                Want::Say(character, text) => {
                    if let Some(member) = self.hosted.member(character) {
                        self.chat.request(member, Request::Say(text), self.wall(now));
                        self.deliver(now);
                    }
                }
                Want::Weather { ticket, city, when } => {
                    self.hosted.questions.push(Question { ticket, city, when });
                }
            }
        }
        self.set_timer_of(Due::Cast, self.hosted.cast.deadline());
    }

    /// The cast hears what the room hears, as it happens. What a bot says itself it does not.
    pub(super) fn let_cast_hear(&mut self, entry: &Entry, now: Instant) {
        let cast = &mut self.hosted.cast;
        if cast.is_empty() || self.stopping {
            return;
        }
        let chat = &self.chat;
        let names = |text: &str| -> Vec<&str> {
            // Whoever is named in it, of however many are there.
            let words = text
                .split(|c: char| !(c.is_alphanumeric() || "_-.".contains(c)))
                .filter(|word| !word.is_empty());
            let members = words.take(NAMES_FOR_BOTS).filter_map(|word| chat.find(word.trim_end_matches('.')));
            let named = members.map(|member| chat.who(member).name.as_str());
            Character::ALL.iter().map(|character| character.name()).chain(named).collect()
        };
        let people = self.chat.people();
        match &entry.news {
            News::Joined { who: Who { name, kind: Kind::Person } } => cast.joined(name.as_str(), now),
            News::Said { who: Who { name, kind: Kind::Person }, text } => {
                cast.said(Speaker::Person(name.as_str()), text, &names(text), people, now);
            }
            News::HostSaid { text } => cast.said(Speaker::Host, text, &names(text), people, now),
            News::Said { .. } | News::Joined { .. } | News::Acted { .. } | News::Left { .. } => return,
        }
        self.set_timer_of(Due::Cast, self.hosted.cast.deadline());
    }
}
