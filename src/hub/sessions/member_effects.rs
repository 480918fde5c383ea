//! What the rooms have for members: events, subscriptions, and the entries that are published.

use std::collections::BTreeSet;
use std::time::Instant;

use log::info;

use crate::base::name::Name;
use crate::chat::{Chat, Publication, Room};
use crate::fanout::SessionId;
use crate::hub::room_runtime::MemberEffect;
use crate::hub::sessions::Sessions;
use crate::limits::inflight::InflightMessage;
use crate::proto::{Event, MemberId, Notice, ProgramEvent, Reply, RoomId, Whois};

impl Sessions {
    /// Carries out an effect on the session of a member, if it has one.
    pub(in crate::hub) fn carry_out(
        &mut self,
        member: MemberId,
        effect: MemberEffect,
        chat: &Chat,
        now: Instant,
    ) {
        let Some(id) = self.of_member(member) else { return };
        match effect {
            MemberEffect::Tell(event) => self.tell(id, &event),
            MemberEffect::Propose(bytes) => self.propose(id, bytes),
            MemberEffect::Withdraw { bytes, why, label } => {
                self[id].quota.inflight().withdraw(bytes);
                self.refuse_late(id, why, label.as_deref());
            }
            MemberEffect::Unsubscribe(room) => self.fanout.unsubscribe(id, room),
            MemberEffect::Replay(room, excerpt) => {
                if let Some(room) = chat.room(room) {
                    self.replay(id, room, excerpt);
                }
            }
            MemberEffect::Whois(other, whois, wall) => {
                let connection = self.of_member(other).map(|other| self.facts(other, now, wall));
                self.tell(id, &Event::Reply(Reply::Whois(Whois { connection, ..whois })));
            }
            MemberEffect::Renamed(from, to) => {
                info!("{from} ({}) is now {to}", self[id].peer);
                self[id].codec.on_renamed(&to);
            }
        }
    }

    /// Subscribes a member to a room. `notice`: what it is told then.
    pub(in crate::hub) fn subscribe(&mut self, member: MemberId, room: RoomId, notice: Option<Event>) {
        let Some(id) = self.of_member(member) else { return };
        self.fanout.subscribe(id, room);
        if let Some(notice) = notice {
            self.tell(id, &notice);
        }
    }

    /// A member leaves: its session is closed when its output is sent. `notes_bots`: the log is also told of a member without a
    /// session.
    pub(in crate::hub) fn dismiss(&mut self, member: MemberId, name: &Name, notes_bots: bool, now: Instant) {
        let session = self.release_member(member);
        if session.is_some() || notes_bots {
            let place = session.map_or("here".to_owned(), |id| self[id].peer.to_string());
            info!("{name} ({place}) leaves");
        }
        if let Some(id) = session {
            self.begin_closing(id, now);
        }
    }

    /// Tells the members of these rooms that are here.
    pub(in crate::hub) fn tell_rooms(
        &mut self,
        rooms: impl Iterator<Item = RoomId>,
        text: &str,
        chat: &Chat,
    ) {
        for id in rooms {
            let Some(room) = chat.room(id).map(Room::room_name) else { continue };
            let notice = Notice::FromHost { room, text: text.into() };
            self.fanout.broadcast(id, &Event::Notice(notice), &[]);
        }
    }

    /// Tells the members of rooms an event that has no place in their order.
    pub(in crate::hub) fn announce(&mut self, rooms: &[RoomId], except: &[MemberId], event: &Event) {
        let mut told: BTreeSet<SessionId> =
            except.iter().filter_map(|member| self.of_member(*member)).collect();
        let fanout = &mut self.fanout;
        for (number, room) in (1..).zip(rooms) {
            let deaf: Vec<SessionId> = if number == 1 {
                told.iter().copied().collect()
            } else {
                fanout.subscribers(*room).filter(|id| told.contains(id)).collect()
            };
            if number < rooms.len() {
                told.extend(fanout.subscribers(*room));
            }
            fanout.broadcast(*room, event, &deaf);
        }
    }

    /// Publishes an ordered entry to the members of its room.
    pub(in crate::hub) fn publish(&mut self, publication: Publication, chat: &Chat) {
        let Publication { room, speaker, mut label, except, is_in_several, entry } = publication;
        let session = speaker.and_then(|by| self.of_member(by));
        let mut deaf: Vec<SessionId> = except.iter().filter_map(|member| self.of_member(*member)).collect();
        let is_message = entry.event.text().is_some();
        // Whose request led to it, if it is no message.
        let by = entry.event.changer().and_then(|who| self.of_member(chat.find(who.as_str())?));
        label = label.or_else(|| self.label_of_answer(by?));
        // It hears what it said or did with the label of its request, or not at all: once it is released, in any case. It may have
        // left before the message was ordered.
        let hears_otherwise = session.or(by).filter(|id| {
            let codec = &self[*id].codec;
            let is_labelled = label.as_ref().is_some_and(|label| codec.collects_answers_to(label));
            is_labelled && self.fanout.subscriptions(*id).any(|its| its == room)
        });
        // Not all rooms echo.
        let is_deaf = session.is_some_and(|id| deaf.contains(&id));
        let is_echoed = |id: &SessionId| !(is_deaf || is_message && self[*id].codec.echoes_locally());
        let echo = hears_otherwise.filter(is_echoed).map(|_| Event::Live(entry.clone()));
        deaf.retain(|id| Some(*id) != hears_otherwise);
        deaf.extend(session.filter(|id| is_message && hears_otherwise.is_none() && !is_echoed(id)));
        if let Some(id) = session {
            let bytes = entry.event.text_bytes();
            self.note_in_flight(id, InflightMessage { room, id: entry.id, bytes });
        }
        self.tell_once(room, &entry, is_in_several, &mut deaf);
        let said = session.or(by).zip(label).map(|(id, label)| (id, label, (entry.room.clone(), entry.id)));
        match hears_otherwise {
            Some(id) => self.fanout.broadcast_but_not_to(id, room, &Event::Live(entry), &deaf),
            None => self.fanout.broadcast(room, &Event::Live(entry), &deaf),
        }
        if let Some((id, label, said)) = said {
            let done = Event::Program(ProgramEvent::Done { said: Some(said) });
            self.tell_labelled(id, echo.as_ref().unwrap_or(&done), &label);
        }
    }
}
