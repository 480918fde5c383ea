//! The node's epochs begin and end: what was proposed and not heard is void, and its proposers are told; members come back.

use std::time::Instant;

use log::{info, warn};

use crate::cluster::record::MemberKey;
use crate::cluster::registry::Place;
use crate::hub::Hub;
use crate::hub::sharing::Local;
use crate::proto::{Event, MemberId, Refusal};

/// What a member is told of something that could not be done any more when all servers heard of it.
const TOO_LATE: &str = "That was not done: something else had come first when it was its turn.";

/// What a member is told of a message that will never be heard.
const NOT_SAID: &str =
    "This server had lost the others, and what you said last was heard by nobody. Say it again.";

impl Hub {
    /// A record of this server has no effect.
    pub(super) fn is_void(&mut self, local: Local, now: Instant) {
        let (key, label) = match local {
            // Its member has left, or its host runs elsewhere.
            Local::Message { key: None, .. } | Local::Claim(_) | Local::Bot(..) | Local::Return(_) => return,
            Local::Message { key: Some(key), bytes, label } => {
                if let Some(member) = self.member_of(key) {
                    self.withdraw(member, bytes, now);
                }
                (key, label)
            }
            Local::Join(key, _, label) | Local::Part(key, _, label) | Local::Rename(key, label) => {
                if let Some(member) = self.member_of(key) {
                    self.step_done(member, true);
                }
                (key, label)
            }
        };
        if let Some(member) = self.member_of(key) {
            self.labelled(member, label, now, |hub| {
                hub.rooms.refuse(member, Refusal::NotShared(TOO_LATE.to_owned()));
            });
        }
    }

    /// A record of this server was never heard, and never will be: its proposer is told.
    pub(super) fn never_heard(&mut self, local: Local, now: Instant) {
        let (key, label, text) = match local {
            Local::Claim(claim) => {
                // It is proposed again.
                if let Some(sharing) = &mut self.sharing {
                    sharing.claims.push_back(claim);
                }
                return;
            }
            // Whoever comes back does so when the node has an epoch; the host is started anew.
            Local::Return(_) | Local::Bot(..) | Local::Message { key: None, .. } => return,
            Local::Message { key: Some(key), bytes, label } => {
                if let Some(member) = self.member_of(key) {
                    self.withdraw(member, bytes, now);
                }
                (key, label, NOT_SAID)
            }
            Local::Join(key, _, label) | Local::Part(key, _, label) | Local::Rename(key, label) => {
                if let Some(member) = self.member_of(key) {
                    self.step_done(member, true);
                }
                (key, label, "This server had lost the others, and that was not done. Try again.")
            }
        };
        if let Some(member) = self.member_of(key) {
            self.labelled(member, label, now, |hub| {
                hub.rooms.refuse(member, Refusal::NotShared(text.to_owned()));
            });
        }
    }

    /// The node has an epoch: claims, operators' decisions and members that were there before are proposed.
    pub(super) fn is_live(&mut self, now: Instant) {
        let Some(sharing) = &mut self.sharing else { return };
        info!("node {}: shared rooms are open", sharing.node.name());
        for record in std::mem::take(&mut sharing.decisions) {
            self.decide(record);
        }
        let returning: Vec<MemberId> =
            self.sharing.iter().flat_map(|sharing| sharing.returning.keys().copied()).collect();
        for member in returning {
            let who = self.rooms.chat().who(member).clone();
            let (name, token) = (who.name.clone(), self.resume.token_of(member));
            if let Some(sharing) = &mut self.sharing
                && let Err(why) = sharing.propose_name(who, token, Local::Return(member))
            {
                warn!("{name} cannot come back: {why}");
            }
        }
        self.propose_claims(now);
    }

    /// The node's epoch is over.
    pub(super) fn is_down(&mut self) {
        let Some(sharing) = &mut self.sharing else { return };
        warn!("node {}: the others take this server for dead; it comes back", sharing.node.name());
        for room in &mut sharing.rooms {
            if std::mem::take(&mut room.has_host) {
                self.rooms.stop_host(room.id);
            }
        }
        self.tell_shared_rooms("This server had lost the others. It brings you back to the room.");
    }

    /// The node shares nothing any more: members of other servers are not shown, as nobody knows what they do.
    pub(super) fn is_stopped(&mut self, why: &str, now: Instant) {
        let text = format!("This server shares the room no more: {why}");
        self.tell_shared_rooms(&text);
        let returning = self.sharing.as_mut().map(|sharing| std::mem::take(&mut sharing.returning));
        for member in returning.into_iter().flatten().map(|(member, _)| member) {
            self.rooms.tell(member, Event::notice(text.as_str()));
        }
        self.refuse_claims(&format!("This server takes nobody in: {why}"), now);
        let Some(sharing) = &mut self.sharing else { return };
        for room in &mut sharing.rooms {
            if std::mem::take(&mut room.has_host) {
                self.rooms.stop_host(room.id);
            }
        }
        let members: Vec<(MemberKey, MemberId)> =
            sharing.members.iter().map(|(key, member)| (*key, *member)).collect();
        for (key, member) in members {
            if self.sessions.of_member(member).is_none() {
                self.sharing.as_mut().and_then(|sharing| sharing.unlink(key));
                let at = Place { id: self.next_place(member), time: self.rooms.wall(now) };
                self.rooms.left_shared(member, None, at);
            }
        }
    }
}
