//! What the chat decides is carried out: entries and events go to the fan-out, the commit gate and the hosts.

use std::time::Instant;

use log::{debug, info};

use crate::chat::Effect;
use crate::fanout::SessionId;
use crate::hub::Hub;
use crate::limits::admission::Source;
use crate::limits::inflight::InflightMessage;
use crate::proto::{Audience, Event, MemberId, RoomId};

impl Hub {
    /// Carries out all that the chat has decided, and what hosts want done because of it.
    pub(super) fn run_effects(&mut self, now: Instant) {
        loop {
            self.apply_effects(now);
            if !self.act(now) {
                return;
            }
        }
    }

    pub(super) fn apply_effects(&mut self, now: Instant) {
        while let Some(effect) = self.chat.poll_effect() {
            self.apply(effect, now);
        }
    }

    fn apply(&mut self, effect: Effect, now: Instant) {
        match effect {
            Effect::Tell(Audience::One(to), event) => {
                self.stats.refused += u64::from(matches!(event, Event::Refused { .. }));
                self.for_session(to, |hub, id| hub.tell(id, &event));
            }
            Effect::Tell(Audience::Room { room, speaker, but }, event) => {
                self.tell_room(room, speaker, &but, &event, now);
            }
            Effect::Seat(member, room) => self.for_session(member, |hub, id| {
                hub.fanout.subscribe(id, room);
                if let Some(trouble) = hub.degraded_notice() {
                    hub.tell(id, &Event::notice(trouble));
                }
            }),
            Effect::Unseat(member, room) => {
                self.for_session(member, |hub, id| hub.fanout.unsubscribe(id, room));
            }
            Effect::Replay(to, room, ids) => self.for_session(to, |hub, id| hub.replay(id, room, ids)),
            Effect::Recall(member, room, wanted) => self.recall(member, room, wanted),
            Effect::Dismiss(member, name) => {
                self.resume.forget(member);
                self.queries.drop_member(member);
                let session = self.session_of[member.0];
                let place = session.map_or("here".to_owned(), |id| self.sessions[id.0].peer.to_string());
                info!("{name} ({place}) leaves");
                match session {
                    Some(id) => self.begin_leaving(id, now),
                    None => self.hosted.retain(|bot| *bot != member),
                }
            }
        }
    }

    /// Does something with a member's session, if it has one.
    fn for_session(&mut self, member: MemberId, act: impl FnOnce(&mut Hub, SessionId)) {
        if let Some(id) = self.session_of[member.0] {
            act(self, id);
        }
    }

    fn tell_room(
        &mut self,
        room: RoomId,
        speaker: Option<MemberId>,
        but: &[MemberId],
        event: &Event,
        now: Instant,
    ) {
        let mut deaf: Vec<SessionId> = but.iter().filter_map(|member| self.session_of[member.0]).collect();
        let session = speaker.and_then(|by| self.session_of[by.0]);
        if let (Some(id), Event::New(entry)) = (session, event) {
            let (thread, bytes) = (self.rooms[room.0].thread, entry.news.text().map_or(0, str::len));
            let message = InflightMessage { room, thread, id: entry.id, bytes };
            let mut quota = std::mem::take(&mut self.sessions[id.0].quota);
            quota.sent(message, |message| self.is_released(message));
            self.sessions[id.0].quota = quota;
        }
        deaf.extend(session.filter(|id| self.sessions[id.0].profile().echoes_locally));
        self.fanout.broadcast(room, event, &deaf);
        if let Event::New(entry) = event {
            debug!("{:?}", entry.news);
            self.stats.messages += u64::from(entry.news.text().is_some());
            self.keep_news(room, entry);
            if !self.stopping {
                let source = session.map(|id| Source::of(self.sessions[id.0].peer.ip()));
                self.hosts.notify(room, entry, source, &self.chat, now);
            }
        }
    }
}
