//! The hosts of all rooms: they are notified of what happens, and polled for [`HostAction`]s, which the caller carries out.
//!
//! It owns the hosts, their budget for reading, and the list of hosts to poll. It does not change the chat.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::ops::Bound::{Excluded, Unbounded};
use std::rc::Rc;
use std::time::Instant;

use crate::base::limits::{BOT_INPUT_BYTES, MENTION_LOOKUPS, MENTIONS};
use crate::base::name::is_of_name;
use crate::base::source::Source;
use crate::base::text::head;
use crate::chat::Chat;
use crate::hosts::{Host, HostAction, HostCommand, RoomKind, RoomMessage, Setup};
use crate::limits::host_budget::HostBudget;
use crate::proto::{LogEntry, MemberId, MemberInfo, PrivateMessage, Request, RoomEvent, RoomId};
use crate::weather::{Question, Report};

/// All hosts.
#[derive(Debug)]
pub(in crate::hub) struct HostRuntime {
    setup: Setup,
    /// By room id. `None`: the room is closed, or the service is stopping.
    hosts: Vec<Option<Hosted>>,
    /// Rooms whose hosts were notified, and may have actions.
    needs_poll: BTreeSet<RoomId>,
    /// The room that was polled last. The next one is polled first: rooms take turns.
    polled: Option<RoomId>,
    /// What they may still read in this turn.
    budget: HostBudget,
    /// New questions about the weather.
    questions: Vec<Question>,
    /// Unanswered questions by ticket: the room, and its host's own ticket.
    asked: HashMap<u64, (RoomId, u64)>,
    next_ticket: u64,
    /// Their bots in the chat: members without a session.
    bots: Vec<MemberId>,
    /// Why the last bot could not join: a sentence.
    refusal: Option<String>,
}

/// The host of one room.
#[derive(Debug)]
struct Hosted {
    room: RoomId,
    host: Box<dyn Host>,
    /// Members that leave once it has answered them.
    leavers: Vec<MemberId>,
}

impl HostRuntime {
    pub(in crate::hub) fn new(setup: Setup) -> HostRuntime {
        HostRuntime {
            setup,
            hosts: Vec::new(),
            needs_poll: BTreeSet::new(),
            polled: None,
            budget: HostBudget::default(),
            questions: Vec::new(),
            asked: HashMap::new(),
            next_ticket: 0,
            bots: Vec::new(),
            refusal: None,
        }
    }

    /// Creates the host of a new room.
    pub(in crate::hub) fn open(&mut self, room: RoomId, kind: &RoomKind, name: &str) {
        let mut setup = self.setup.clone();
        setup.seed = setup.seed.wrapping_add(room.index() as u64);
        if self.hosts.len() <= room.index() {
            self.hosts.resize_with(room.index() + 1, || None);
        }
        self.hosts[room.index()] =
            Some(Hosted { room, host: (kind.host)(&setup, name), leavers: Vec::new() });
    }

    /// Drops the host of a closed room.
    pub(in crate::hub) fn close(&mut self, room: RoomId) {
        if let Some(host) = self.hosts.get_mut(room.index()) {
            *host = None;
        }
        self.needs_poll.remove(&room);
    }

    /// Drops all hosts, as the service ends.
    pub(in crate::hub) fn stop(&mut self) {
        self.needs_poll.clear();
        self.hosts.iter_mut().for_each(|host| *host = None);
    }

    /// Ends a turn, and its budget.
    pub(in crate::hub) fn end_turn(&mut self) {
        self.budget.end_turn();
    }

    /// Sets what the hosts of lobbies say: at least one line.
    pub(in crate::hub) fn set_initiators(&mut self, lines: Vec<Rc<str>>) {
        self.setup.initiators = lines;
        for Hosted { host, .. } in self.hosts.iter_mut().flatten() {
            host.on_setup(&self.setup);
        }
    }

    /// The bots of all hosts: room, name, and whether they take part.
    pub(in crate::hub) fn bots(&self) -> impl Iterator<Item = (RoomId, String, bool)> {
        self.hosts.iter().flatten().flat_map(|Hosted { room, host, .. }| {
            host.bots().into_iter().map(|(name, takes_part)| (*room, name, takes_part))
        })
    }

    /// The first bot with this name or first word, ignoring case: its room, its name as its host spells it, and whether it takes
    /// part.
    pub(in crate::hub) fn find_bot(
        &self,
        room: Option<RoomId>,
        name: &str,
    ) -> Option<(RoomId, String, bool)> {
        self.bots().find(|(of, bot, _)| room.is_none_or(|room| room == *of) && is_meant(bot, name))
    }

    /// Whether a room has a host.
    pub(in crate::hub) fn has_host(&self, room: RoomId) -> bool {
        self.hosted(room).is_some()
    }

    /// Carries out an operator's command. The reply is a sentence, and so is an error.
    pub(in crate::hub) fn order(
        &mut self,
        room: RoomId,
        order: HostCommand<'_>,
        now: Instant,
    ) -> Result<String, String> {
        self.refusal = None;
        let host = self.host(room).ok_or("That room has no host.")?;
        host.on_operator_command(order, now)
    }

    /// Handles a host's deadline.
    pub(in crate::hub) fn on_timer(&mut self, room: RoomId, now: Instant) {
        if let Some(host) = self.host(room) {
            host.on_timer(now);
        }
    }

    /// A host's next deadline.
    pub(in crate::hub) fn deadline(&self, room: RoomId) -> Option<Instant> {
        self.hosted(room)?.host.deadline()
    }

    /// A bot has become a member.
    pub(in crate::hub) fn add_bot(&mut self, member: MemberId) {
        self.bots.push(member);
    }

    /// A bot is no longer a member.
    pub(in crate::hub) fn remove_bot(&mut self, member: MemberId) {
        self.bots.retain(|bot| *bot != member);
    }

    /// Their bots that are members.
    pub(in crate::hub) fn bot_members(&self) -> impl Iterator<Item = MemberId> {
        self.bots.iter().copied()
    }

    /// Whether a member is one of their bots.
    pub(in crate::hub) fn is_bot(&self, member: MemberId) -> bool {
        self.bots.contains(&member)
    }

    /// Takes the reason why the last bot could not join.
    pub(in crate::hub) fn take_refusal(&mut self) -> Option<String> {
        self.refusal.take()
    }

    /// A bot could not join, for this reason: a sentence.
    pub(in crate::hub) fn refused(&mut self, room: RoomId, name: &str, why: String, now: Instant) {
        self.refusal = Some(why);
        if let Some(host) = self.host(room) {
            host.on_bot_refused(name, now);
        }
    }

    /// Offers a member's request to the room's host. Returns whether the host has handled it.
    pub(in crate::hub) fn intercept(
        &mut self,
        room: RoomId,
        by: &MemberInfo,
        request: &Request,
        now: Instant,
    ) -> bool {
        let Some(Hosted { host, .. }) = find(&mut self.hosts, room) else { return false };
        let takes = match request {
            Request::Say { text, .. } => host.intercept(by, text, now),
            Request::Command { name, rest, .. } => host.on_slash_command(by, name, rest, now),
            _ => false,
        };
        if takes {
            self.needs_poll.insert(room);
        }
        takes
    }

    /// Notifies a room's host of an entry. It reads messages only within its budget. `source` is the address of the author.
    pub(in crate::hub) fn notify(
        &mut self,
        room: RoomId,
        entry: &LogEntry,
        source: Option<Source>,
        chat: &Chat,
        now: Instant,
    ) {
        let Some(Hosted { host, .. }) = find(&mut self.hosts, room) else { return };
        self.needs_poll.insert(room);
        let budget = RefCell::new(&mut self.budget);
        let mut said = |by, text: &str, is_act| {
            let text = head(text, BOT_INPUT_BYTES);
            let read = || budget.borrow_mut().spend(source, text.len(), now).then_some(text);
            host.on_message(&RoomMessage { by, read: &read, is_act, mentions: &|| named(text, chat) }, now);
        };
        match &entry.event {
            RoomEvent::Joined { who, .. } => host.on_join(who, now),
            RoomEvent::Left { who, .. } => host.on_leave(who, now),
            RoomEvent::Renamed { from, to } => host.on_renamed(from.as_str(), to, now),
            RoomEvent::Said { who, text } => said(Some(who), text, false),
            RoomEvent::Acted { who, text } => said(Some(who), text, true),
            RoomEvent::HostSaid { text } => said(None, text, false),
            // Nobody answers it by itself.
            RoomEvent::Noticed { .. }
            // What was said to a host has had its effect.
            | RoomEvent::Amended(_)
            // The room's own matter.
            | RoomEvent::Changed(_) => {}
        }
    }

    /// Notifies a room's host that a private message was written to its bot. Returns whether its bots answer such messages at
    /// all. It reads them only within its budget.
    pub(in crate::hub) fn on_private(
        &mut self,
        room: RoomId,
        message: &PrivateMessage,
        source: Option<Source>,
        now: Instant,
    ) -> bool {
        let Some(Hosted { host, .. }) = find(&mut self.hosts, room) else { return false };
        if !host.answers_privately() {
            return false;
        }
        let text = head(message.text.as_str(), BOT_INPUT_BYTES);
        if self.budget.spend(source, text.len(), now) {
            host.on_private_message(message.to.name.as_str(), &message.from, text, now);
            self.needs_poll.insert(room);
        }
        true
    }

    /// A member has left the chat: hosts forget what it wrote privately to their bots.
    pub(in crate::hub) fn left_chat(&mut self, name: &str) {
        for Hosted { room, host, .. } in
            self.hosts.iter_mut().flatten().filter(|it| it.host.answers_privately())
        {
            host.on_left_chat(name);
            self.needs_poll.insert(*room);
        }
    }

    /// A member has another name: hosts of other rooms than its own are notified too, as it may have written to their bots.
    pub(in crate::hub) fn renamed_elsewhere(
        &mut self,
        from: &str,
        to: &MemberInfo,
        rooms: &[RoomId],
        now: Instant,
    ) {
        for Hosted { room, host, .. } in
            self.hosts.iter_mut().flatten().filter(|it| it.host.answers_privately())
        {
            if !rooms.contains(room) {
                host.on_renamed(from, to, now);
            }
        }
    }

    /// The next room to poll, round robin. Poll it until it has no more actions.
    pub(in crate::hub) fn next_to_poll(&mut self) -> Option<RoomId> {
        let rooms = &self.needs_poll;
        let behind = self.polled.and_then(|last| rooms.range((Excluded(last), Unbounded)).next());
        self.polled = behind.or_else(|| rooms.first()).copied();
        self.polled.filter(|room| self.needs_poll.remove(room))
    }

    /// The next action of a room's host.
    pub(in crate::hub) fn poll(&mut self, room: RoomId) -> Option<HostAction> {
        find(&mut self.hosts, room)?.host.poll()
    }

    /// Records a host's question about the weather.
    pub(in crate::hub) fn ask(&mut self, room: RoomId, mut question: Question) {
        self.asked.insert(self.next_ticket, (room, question.ticket));
        question.ticket = self.next_ticket;
        self.next_ticket += 1;
        self.questions.push(question);
    }

    /// Takes new questions about the weather.
    pub(in crate::hub) fn take_questions(&mut self) -> Vec<Question> {
        std::mem::take(&mut self.questions)
    }

    /// Answers a question; `None` if no forecast is available.
    pub(in crate::hub) fn on_forecast(&mut self, ticket: u64, report: Option<&Report>, now: Instant) {
        let Some((room, ticket)) = self.asked.remove(&ticket) else { return };
        if let Some(host) = self.host(room) {
            host.on_forecast(ticket, report, now);
        }
    }

    /// Whether a room's host still owes this member a reply.
    pub(in crate::hub) fn owes_reply(&self, room: RoomId, name: &str) -> bool {
        self.hosted(room).is_some_and(|hosted| hosted.host.owes_reply(name))
    }

    /// Has a member wait to leave until a room's host has answered it.
    pub(in crate::hub) fn add_leaver(&mut self, room: RoomId, id: MemberId) {
        if let Some(Hosted { leavers, .. }) = find(&mut self.hosts, room)
            && !leavers.contains(&id)
        {
            leavers.push(id);
        }
    }

    /// Takes those members, to check again whether they are answered.
    pub(in crate::hub) fn take_leavers(&mut self, room: RoomId) -> Vec<MemberId> {
        find(&mut self.hosts, room).map(|hosted| std::mem::take(&mut hosted.leavers)).unwrap_or_default()
    }

    fn hosted(&self, room: RoomId) -> Option<&Hosted> {
        self.hosts.get(room.index())?.as_ref().filter(|hosted| hosted.room == room)
    }

    /// A room's host, marked to be polled.
    fn host(&mut self, room: RoomId) -> Option<&mut Box<dyn Host>> {
        let hosted = find(&mut self.hosts, room)?;
        self.needs_poll.insert(room);
        Some(&mut hosted.host)
    }
}

/// The host of a room, if the room is open.
fn find(hosts: &mut [Option<Hosted>], room: RoomId) -> Option<&mut Hosted> {
    hosts.get_mut(room.index())?.as_mut().filter(|hosted| hosted.room == room)
}

/// Names of members that a text may mention, at most [`MENTION_LOOKUPS`].
fn named<'a>(text: &str, chat: &'a Chat) -> Vec<&'a str> {
    let words = text.split(|c: char| !is_of_name(c)).filter(|word| !word.is_empty()).take(MENTION_LOOKUPS);
    let mut names: Vec<&str> = Vec::new();
    for member in words.filter_map(|word| chat.find(word.trim_end_matches('.'))) {
        let name = chat.who(member).name.as_str();
        if names.len() < MENTIONS && !names.contains(&name) {
            names.push(name);
        }
    }
    names
}

/// Whether `name` means this bot: its name or its first word, ignoring case.
fn is_meant(bot: &str, name: &str) -> bool {
    let first = bot.split('_').next().unwrap_or_default();
    bot.eq_ignore_ascii_case(name) || first.eq_ignore_ascii_case(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::weather::{City, When};

    /// Says the ticket of each answer.
    #[derive(Debug, Default)]
    struct Asker(Vec<HostAction>);

    impl Host for Asker {
        fn on_join(&mut self, _: &MemberInfo, _: Instant) {}
        fn on_leave(&mut self, _: &MemberInfo, _: Instant) {}
        fn on_renamed(&mut self, _: &str, _: &MemberInfo, _: Instant) {}
        fn on_message(&mut self, _: &RoomMessage<'_>, _: Instant) {}
        fn on_timer(&mut self, _: Instant) {}
        fn deadline(&self) -> Option<Instant> {
            None
        }
        fn poll(&mut self) -> Option<HostAction> {
            self.0.pop()
        }
        fn on_operator_command(&mut self, _: HostCommand<'_>, _: Instant) -> Result<String, String> {
            Err(String::new())
        }
        fn on_forecast(&mut self, ticket: u64, _: Option<&Report>, _: Instant) {
            self.0.push(HostAction::Say(ticket.to_string()));
        }
    }

    #[test]
    fn an_answer_reaches_the_host_that_asked_and_none_in_its_place() {
        let setup = Setup {
            initiators: Vec::new(),
            interval: None,
            lull: std::time::Duration::ZERO,
            bots: Vec::new(),
            seed: 0,
        };
        let (mut hosts, now) = (HostRuntime::new(setup), Instant::now());
        let [first, second] = [0, 1].map(RoomId::first);
        let hosted = |room| Some(Hosted { room, host: Box::<Asker>::default(), leavers: Vec::new() });
        hosts.hosts = vec![hosted(first), hosted(second)];
        let city =
            City { name: "Oslo", country: "Norway", region: None, population: 1, lat: 60.0, lon: 11.0 };
        for room in [first, second] {
            hosts.ask(room, Question { ticket: 7, city, when: When::Now });
        }
        let tickets: Vec<u64> = hosts.take_questions().iter().map(|question| question.ticket).collect();
        hosts.close(first);
        hosts.hosts[0] = hosted(first.next());
        for ticket in tickets {
            hosts.on_forecast(ticket, None, now);
        }
        assert_eq!(hosts.poll(first.next()), None, "the room is another");
        assert_eq!((hosts.poll(second), hosts.poll(second)), (Some(HostAction::Say("7".into())), None));
    }
}
