//! Bots that live in the server: members without a session, which come and go as their hosts wish.

use std::time::Instant;

use log::{debug, info, warn};

use crate::base::name::Name;
use crate::chat::MayBeIn;
use crate::hub::Hub;
use crate::proto::{Kind, MemberId, Refusal, Request, RoomId, Who};
use crate::wire::sentences;

impl Hub {
    /// Has a bot come into a room.
    pub(super) fn bring(&mut self, room: RoomId, name: &str, now: Instant) {
        let member = match self.chat.find(name) {
            Some(member) if self.is_hosted(member) && self.in_room(room, name).is_none() => Ok(member),
            _ => self.introduce_bot(name),
        };
        match (member, self.chat.room(room).map(|room| room.name().to_owned())) {
            (Ok(member), name) => {
                self.chat.request(member, Request::Join { room: name }, self.wall(now));
            }
            (Err(why), _) => {
                warn!("{name} takes no part: {why}");
                self.refusal = Some(why);
                self.hosts.refused(room, name, now);
            }
        }
    }

    fn introduce_bot(&mut self, name: &str) -> Result<MemberId, String> {
        let name = Name::parse(name).map_err(|why| why.to_string())?;
        info!("{name} takes part");
        let member = self
            .chat
            .introduce(Who { name, kind: Kind::Bot }, MayBeIn::All)
            .map_err(|why| sentences::refusal(&Refusal::NameTaken(why)))?;
        self.hosted.push(member);
        Ok(member)
    }

    /// Bots that are in no room any more are no members any more.
    pub(super) fn send_bots_home(&mut self, now: Instant) {
        let chat = &self.chat;
        let idle: Vec<MemberId> =
            self.hosted.iter().copied().filter(|bot| chat.rooms_of(*bot).is_empty()).collect();
        for bot in idle {
            self.chat.leave(bot, self.wall(now));
        }
    }

    /// A hosted bot whose name is an everyday one gives way to whoever comes by that name, or one that looks like it: two
    /// bots, if the name looks like both. If it is also that of somebody who does not, they stay.
    pub(super) fn give_way(&mut self, name: &Name, now: Instant) {
        let others = self.chat.find_alike(name.as_str());
        let gives_way =
            |other: &MemberId| self.is_hosted(*other) && !self.chat.who(*other).name.is_of_a_bot();
        if others.is_empty() || !others.iter().all(gives_way) {
            return;
        }
        for bot in others {
            debug!("the bot {} gives way", self.chat.who(bot).name);
            self.chat.leave(bot, self.wall(now));
        }
        self.run_effects(now);
    }

    /// Whether this member is a bot that lives in the server.
    pub(super) fn is_hosted(&self, member: MemberId) -> bool {
        self.hosted.contains(&member)
    }
}
