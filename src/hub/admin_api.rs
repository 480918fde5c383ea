//! Operators' interface to the hub: typed commands. Parsing and wording are elsewhere.

use std::net::IpAddr;
use std::time::Instant;

use crate::base::name::{Name, NameKey};
use crate::chat::{Ban, Full, Mute, Room, SanctionRequest, Target};
use crate::cluster::record::SanctionKind;
use crate::fanout::SessionId;
use crate::hosts::{HostCommand, RoomKind};
use crate::hub::Hub;
use crate::hub::admin_view::AdminView;
use crate::hub::chat_operators::{OperatorId, OperatorLine};
use crate::hub::journal_driver::JournalDriver;
use crate::hub::room_runtime::{NotBanned, NotOpened};
use crate::journal::Ticket;
use crate::proto::{Removal, RoomId};

/// A ban, and the addresses of the connections that it removed.
pub(super) type BanResult = Result<(Ban, Vec<IpAddr>), NotBanned>;

/// What operators can see and do. Changes are stored with the next batch.
pub trait AdminApi {
    /// The view.
    fn view(&self) -> AdminView<'_>;
    /// Questions to the journal, and late results.
    fn journal(&mut self) -> &mut JournalDriver;

    /// Removes a connection, with a reason.
    fn remove_connection(&mut self, id: SessionId, reason: &str, now: Instant);
    /// Removes the member with this name or a confusable one, or that had it until a moment ago. Returns its name; `None` if there is none.
    fn remove_named(&mut self, name: &str, reason: &str, now: Instant) -> Option<Name>;
    /// Bans a name or a network, and removes the connections that the ban covers.
    fn ban(&mut self, request: SanctionRequest<Target>, now: Instant) -> BanResult;
    /// Lifts a ban. An error: the targets of other bans that cover it.
    fn unban(&mut self, target: &Target, shown: &str, now: Instant) -> Result<Ban, Vec<String>>;
    /// Mutes a name. Returns the names of the members that it covers.
    fn mute(&mut self, request: SanctionRequest<NameKey>, now: Instant) -> Result<(Mute, Vec<Name>), Full>;
    /// Lifts a mute. An error: the targets of other mutes that cover it.
    fn unmute(&mut self, name: &str, now: Instant) -> Result<Mute, Vec<String>>;
    /// Publishes a message of a room's host. Returns the number of members.
    fn say(&mut self, room: RoomId, text: &str, now: Instant) -> usize;
    /// Has a room's host carry out a command, which is repeated after a restart. The reply is a sentence, and so is an error.
    fn order(&mut self, room: RoomId, order: HostCommand<'_>, now: Instant) -> Result<String, String>;
    /// Opens a room, also after a restart.
    fn open_room(&mut self, name: &str, kind: &'static RoomKind, now: Instant) -> Result<(), NotOpened>;
    /// Sets the topic of a room, also after a restart, and tells its members. An empty text removes it.
    fn set_topic(&mut self, room: RoomId, text: &str, now: Instant);
    /// Closes a room, and tells its members.
    fn close_room(&mut self, room: RoomId, now: Instant);
    /// Erases a message of a room. Returns its author, as far as it is known.
    fn erase(&mut self, room: RoomId, id: u64, now: Instant) -> (Option<Name>, Ticket);
    /// Erases all messages of a name.
    fn forget(&mut self, key: NameKey, now: Instant) -> Ticket;

    /// The commands of members that operate the server.
    fn take_operator_lines(&mut self) -> Vec<OperatorLine>;
    /// Answers such a command.
    fn answer_operator(&mut self, ticket: u64, is_done: bool, text: &str, now: Instant);
    /// Tells such a member something that it watches. Returns false if it does not operate the server any more.
    fn tell_operator(&mut self, id: OperatorId, text: &str) -> bool;
    /// Whether a member still operates the server.
    fn is_operator(&self, id: OperatorId) -> bool;
}

impl AdminApi for Hub {
    fn view(&self) -> AdminView<'_> {
        let Hub { rooms, entry, sessions, operators, opened, journal, metrics, sharing, .. } = self;
        let node = sharing.as_ref().map(|sharing| sharing.node());
        AdminView { rooms, entry, operators, opened, sessions, journal, metrics, node }
    }

    fn journal(&mut self) -> &mut JournalDriver {
        &mut self.journal
    }

    fn remove_connection(&mut self, id: SessionId, reason: &str, now: Instant) {
        self.remove(id, &Removal::Operator(reason.into()), now);
    }

    fn remove_named(&mut self, name: &str, reason: &str, now: Instant) -> Option<Name> {
        let member = self.rooms.meant_by(name, now)?;
        let name = self.rooms.chat().who(member).name.clone();
        self.remove_member(member, &Removal::Operator(reason.into()), now);
        Some(name)
    }

    fn ban(&mut self, request: SanctionRequest<Target>, now: Instant) -> BanResult {
        let banned = self.rooms.ban(request.clone(), now).map(|(ban, targets)| {
            let covered = self.view().covered_by(&targets).into_iter();
            (ban, covered.map(|(_, address)| address).collect())
        });
        self.decided(banned, |sharing| sharing.share_sanction(SanctionKind::Ban, &request), now)
    }

    fn unban(&mut self, target: &Target, shown: &str, now: Instant) -> Result<Ban, Vec<String>> {
        let lifted = self.rooms.unban(target, shown, now);
        self.decided(lifted, |sharing| sharing.share_lifting(SanctionKind::Unban, shown), now)
    }

    fn mute(&mut self, request: SanctionRequest<NameKey>, now: Instant) -> Result<(Mute, Vec<Name>), Full> {
        let muted = self.rooms.mute(request.clone(), now);
        self.decided(muted, |sharing| sharing.share_sanction(SanctionKind::Mute, &request), now)
    }

    fn unmute(&mut self, name: &str, now: Instant) -> Result<Mute, Vec<String>> {
        let lifted = self.rooms.unmute(name, now);
        self.decided(lifted, |sharing| sharing.share_lifting(SanctionKind::Unmute, name), now)
    }

    fn say(&mut self, room: RoomId, text: &str, now: Instant) -> usize {
        self.rooms.host_says(room, text);
        self.run_effects(now);
        self.rooms.chat().room(room).map_or(0, Room::count)
    }

    fn order(&mut self, room: RoomId, order: HostCommand<'_>, now: Instant) -> Result<String, String> {
        if let Some(node) = self.sharing.as_ref().and_then(|sharing| sharing.host_elsewhere(room)) {
            return Err(format!("The node {node} runs the host of that room: type the command there."));
        }
        let answer = self.order_host(room, order, now)?;
        self.operators.ordered(&self.rooms, room, order);
        Ok(answer)
    }

    fn open_room(&mut self, name: &str, kind: &'static RoomKind, now: Instant) -> Result<(), NotOpened> {
        self.rooms.check_name(name)?;
        // So that none of this name that people opened goes on.
        if self.opened.forget(name) {
            self.journal.end_idle(name);
        }
        Hub::open_room(self, name, kind, now)?;
        self.operators.opened(name, kind);
        Ok(())
    }

    fn set_topic(&mut self, room: RoomId, text: &str, now: Instant) {
        self.rooms.set_topic(room, text, now);
        self.run_effects(now);
    }

    fn close_room(&mut self, room: RoomId, now: Instant) {
        let name = self.rooms.chat().room(room).map(|room| room.name().to_owned());
        self.sessions.fanout.close_room(room);
        self.rooms.close(room, now);
        self.run_effects(now);
        self.journal.close_room(room);
        name.inspect(|name| {
            self.operators.closed(name);
            self.opened.changed(NameKey::of(name));
        });
    }

    fn erase(&mut self, room: RoomId, id: u64, now: Instant) -> (Option<Name>, Ticket) {
        let ticket = self.journal.erase(room, id, now);
        let author = self.rooms.erase(room, id, now);
        self.run_effects(now);
        (author, ticket)
    }

    fn forget(&mut self, key: NameKey, now: Instant) -> Ticket {
        self.rooms.forget(&key);
        self.opened.forget_topics_of(&key);
        self.run_effects(now);
        if let Some(sharing) = self.sharing.as_deref_mut() {
            sharing.share_forget(&key);
        }
        self.journal.forget(key, now)
    }

    fn take_operator_lines(&mut self) -> Vec<OperatorLine> {
        self.chat_operators.take_lines()
    }

    fn answer_operator(&mut self, ticket: u64, is_done: bool, text: &str, now: Instant) {
        self.answer_asker(|operators, on| operators.answer_command(ticket, is_done, text, on), now);
    }

    fn tell_operator(&mut self, id: OperatorId, text: &str) -> bool {
        self.chat_operators.tell(id, text, &mut self.sessions)
    }

    fn is_operator(&self, id: OperatorId) -> bool {
        self.chat_operators.member(id).is_some()
    }
}
