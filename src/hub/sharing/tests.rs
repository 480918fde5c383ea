//! Two nodes with one log, without sessions' connections: what each does in its rooms, and what it leaves to the hub.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant, UNIX_EPOCH};

use super::*;
use crate::base::name::Name;
use crate::base::source::Source;
use crate::chat::{Chat, HistoryLimits, Step, parse_ban, parse_mute};
use crate::cluster::Keeping;
use crate::cluster::log::{LogEvent, LogFigures, Packet, Published};
use crate::cluster::record::SanctionKind;
use crate::cluster::version::Reads;
use crate::hosts::{PLAIN, Setup};
use crate::hub::clock::WallClock;
use crate::hub::ids::{ListenerKind, Permit};
use crate::hub::room_runtime::{self, HostRuntime, Linger, MemberEffect};
use crate::journal::{RestoredStream, StreamId};
use crate::limits::peer_limits::PeerLimits;
use crate::ordering::{LocalSequencer, Proposals};
use crate::proto::{Event, Kind, Refusal, ReplayLimit, Request};
use crate::wire::Codec;

/// A log in memory, as one node hears it.
#[derive(Clone, Debug)]
struct Log {
    all: Rc<RefCell<Vec<LogEvent>>>,
    node: &'static str,
    heard: usize,
    /// It gives up what is published.
    gives_up: bool,
}

impl ReplicatedLog for Log {
    fn publish(&mut self, Published { epoch, number, bytes }: Published) {
        let mut all = self.all.borrow_mut();
        let entries = all.iter().filter(|event| matches!(event, LogEvent::Entry { .. })).count();
        let (seq, node) = (entries as u64 + 1, self.node.to_owned());
        all.push(if self.gives_up {
            LogEvent::GaveUp { epoch, number }
        } else {
            LogEvent::Entry { seq, time: UNIX_EPOCH, node, bytes: bytes.into() }
        });
    }

    fn figures(&self) -> LogFigures {
        LogFigures::default()
    }

    /// No packet arrives.
    fn send(&mut self, _: Packet) {}

    fn store(&mut self, _: u64, _: Vec<u8>) {}

    fn trim(&mut self, _: u64) {}

    fn poll(&mut self) -> Option<LogEvent> {
        let event = self.all.borrow().get(self.heard).cloned();
        self.heard += usize::from(event.is_some());
        event
    }
}

/// One node, and its hub's parts.
#[derive(Debug)]
struct Scene {
    sharing: Sharing,
    rooms: RoomRuntime,
    sessions: Sessions,
    resume: SessionResume,
    log: Log,
    now: Instant,
    /// What the rooms told members.
    told: Vec<(MemberId, Event)>,
}

fn lobby() -> RoomId {
    RoomId::first(0)
}

/// Two nodes that have epochs.
fn nodes() -> [Scene; 2] {
    let all = Rc::new(RefCell::new(vec![LogEvent::CaughtUp { seq: 0 }]));
    let mut nodes =
        ["a", "b"].map(|node| Scene::new(Log { all: all.clone(), node, heard: 0, gives_up: false }));
    for _ in 0..3 {
        for node in &mut nodes {
            assert!(node.turn().is_empty());
        }
    }
    nodes
}

impl Scene {
    fn new(log: Log) -> Scene {
        let now = Instant::now();
        let nonce = u64::from(log.node.as_bytes()[0]) << 32;
        let settings = NodeSettings {
            name: log.node.into(),
            rooms: vec!["lobby".into()],
            nonce,
            keeping: Keeping::default(),
            reads: Reads::own(),
        };
        let (interval, lull, initiators, bots) = (None, Duration::ZERO, vec!["hi".into()], Vec::new());
        let setup = Setup { initiators, interval, lull, bots, seed: 1 };
        let mut scene = Scene {
            sharing: Sharing::new(settings, now),
            rooms: RoomRuntime::new(
                Chat::new(HistoryLimits { messages: 10, bytes: 10_000 }),
                HostRuntime::new(setup),
                Proposals::new(Box::<LocalSequencer>::default()),
                WallClock::new((now, UNIX_EPOCH)),
                Linger::new(Duration::ZERO),
                ReplayLimit::OFF,
            ),
            sessions: Sessions::new(PeerLimits::default(), None),
            resume: SessionResume::new(Some([7; 32]), "now".into()),
            log,
            now,
            told: Vec::new(),
        };
        scene.rooms.set_shared(scene.sharing.keys_of_rooms());
        scene.sharing.opened("lobby", lobby(), &PLAIN, 0);
        let stream = RestoredStream {
            id: StreamId(1),
            room: "lobby".into(),
            next_id: 1,
            messages: Vec::new(),
            incomplete_below: 0,
        };
        scene.rooms.open(lobby(), "lobby", &PLAIN, None, stream, now);
        scene
    }

    fn parts(&mut self) -> (&mut Sharing, Here<'_>) {
        let Scene { sharing, rooms, sessions, resume, now, .. } = self;
        (sharing, Here { rooms, sessions, resume, now: *now })
    }

    /// Hears the log, and proposes what the rooms ask for. Returns what remains to do.
    fn turn(&mut self) -> Vec<Effect> {
        let mut log = self.log.clone();
        let mut effects = Vec::new();
        loop {
            let (sharing, mut here) = self.parts();
            let Some(heard) = sharing.hear(&mut log, &mut here) else { break };
            effects.extend(heard);
        }
        while let Some(effect) = self.rooms.poll_effect(self.now) {
            let (sharing, mut here) = self.parts();
            match effect {
                room_runtime::Effect::Share(step) => drop(sharing.share(step, &mut here)),
                room_runtime::Effect::SayShared(said) => drop(sharing.share_message(said, &mut here)),
                room_runtime::Effect::Member(to, MemberEffect::Tell(event)) => self.told.push((to, event)),
                _ => {}
            }
        }
        self.sharing.publish(&mut log, false, self.now);
        self.log = log;
        effects
    }

    /// Somebody connects and claims this name.
    fn claim(&mut self, name: &str) -> SessionId {
        let permit = Permit { peer: ([192, 0, 2, 1], 1).into(), kind: ListenerKind::Any, since: self.now };
        let id = self.sessions.open(permit, Codec::detecting());
        let who = MemberInfo { name: Name::parse(name).unwrap(), kind: Kind::Person };
        let serial = self.sharing.claim(id, who, None, || None, &self.rooms).unwrap();
        self.sessions.begin_claim(id, serial);
        assert!(self.sharing.propose_claims(&self.sessions, &self.rooms).is_empty());
        self.turn();
        id
    }

    /// Somebody comes, as the log has it.
    fn come(&mut self, name: &str) -> MemberId {
        let id = self.claim(name);
        let effects = self.turn();
        let [Effect::Named(named)] = &effects[..] else { panic!("{effects:?}") };
        let source = Source::of([192, 0, 2, 1].into());
        let profile = self.sessions[id].profile();
        let member = self.rooms.introduce(named.who.clone(), profile, source, self.now).unwrap();
        self.rooms.settle(member, None);
        self.sessions.become_member(id, member, &named.who.name);
        self.sharing.link(named.key, member);
        member
    }

    fn request(&mut self, by: MemberId, request: Request) -> Vec<Effect> {
        self.rooms.request(by, request, None, self.now);
        self.turn();
        self.turn()
    }

    fn present(&self) -> Vec<&str> {
        let chat = self.rooms.chat();
        chat.room(lobby()).unwrap().present().map(|member| chat.who(member).name.as_str()).collect()
    }
}

fn join() -> Request {
    Request::Join { room: None, replay: None }
}

fn say() -> Request {
    Request::Say { room: None, text: "tea".into() }
}

#[test]
fn a_request_is_done_when_it_is_heard_and_on_the_other_node_too() {
    let [mut a, mut b] = nodes();
    let ann = a.come("Ann");
    a.rooms.request(ann, join(), None, a.now);
    assert!(a.turn().is_empty() && a.present().is_empty(), "nothing is done before it is heard");
    let effects = a.turn();
    let session = a.sessions.of_member(ann).unwrap();
    assert!(matches!(&effects[..], [Effect::StepDone(id)] if *id == session), "{effects:?}");
    let effects = a.request(ann, say());
    assert!(matches!(&effects[..], [Effect::MessageHeard(id)] if *id == session), "{effects:?}");
    assert!(b.turn().is_empty(), "those who are elsewhere have no sessions here");
    assert_eq!((a.present(), b.present()), (vec!["Ann"], vec!["Ann"]));
    let said = |scene: &Scene| scene.rooms.chat().room(lobby()).unwrap().history().all().count();
    assert_eq!((said(&a), said(&b)), (1, 1));
}

#[test]
fn the_answer_to_a_request_has_its_label() {
    let [mut a, _] = nodes();
    let ann = a.come("Ann");
    let session = a.sessions.of_member(ann).unwrap();
    a.sessions.begin_answer(session, "7".into());
    let effects = a.request(ann, join());
    let [Effect::Answer(to, label), Effect::StepDone(id)] = &effects[..] else { panic!("{effects:?}") };
    assert_eq!((*to, &**label, *id), (session, "7", session));
}

#[test]
fn of_two_claims_of_a_name_the_first_in_the_log_counts() {
    let [mut a, mut b] = nodes();
    let (ann, other) = (a.claim("Ann"), b.claim("Ann"));
    let effects = a.turn();
    assert!(matches!(&effects[..], [Effect::Named(named)] if named.claim.session == ann), "{effects:?}");
    let effects = b.turn();
    assert!(
        matches!(&effects[..], [Effect::Refuse(id, 1, Refusal::NameTaken(_))] if *id == other),
        "{effects:?}"
    );
}

#[test]
fn a_name_is_free_again_if_the_session_that_claimed_it_has_ended() {
    let [mut a, mut b] = nodes();
    let ann = a.claim("Ann");
    a.sessions.begin_closing(ann, a.now);
    assert!(a.turn().is_empty());
    a.turn();
    b.turn();
    b.come("Ann");
    a.turn();
    let elsewhere = MemberInfo { name: Name::parse("ann").unwrap(), kind: Kind::Person };
    a.sharing.claim(SessionId(9), elsewhere, None, || None, &a.rooms).unwrap();
    let effects = a.sharing.propose_claims(&a.sessions, &a.rooms);
    assert!(matches!(&effects[..], [Effect::Refuse(_, _, Refusal::NameTaken(_))]), "{effects:?}");
}

#[test]
fn a_name_is_not_taken_by_whoever_had_it_in_the_past_that_a_node_carries_out() {
    let [mut a, _] = nodes();
    let ann = a.come("Ann");
    a.rooms.leave(ann, a.now);
    a.turn();
    let entries = a.log.all.borrow()[1..].to_vec();
    let has_come = |late: &Scene| late.rooms.chat().find("Ann").is_some();
    let all = Rc::new(RefCell::new(Vec::new()));
    let mut late = Scene::new(Log { all: all.clone(), node: "c", heard: 0, gives_up: false });
    let seq = entries.len() as u64;
    let mut entries = entries.into_iter();
    while !has_come(&late) {
        all.borrow_mut().extend(entries.next());
        late.turn();
    }
    let session = late.claim("Ann");
    all.borrow_mut().extend(entries.chain([LogEvent::CaughtUp { seq }]));
    let effects: Vec<Effect> = (0..4).flat_map(|_| late.turn()).collect();
    assert!(matches!(&effects[..], [Effect::Named(named)] if named.claim.session == session), "{effects:?}");
}

#[test]
fn who_leaves_is_gone_when_all_have_heard_it() {
    let [mut a, mut b] = nodes();
    let ann = a.come("Ann");
    a.request(ann, join());
    let (sharing, mut here) = a.parts();
    let left = sharing.share(Step::Leave(ann, None), &mut here);
    assert!(matches!(left, Some(Proposed::Leave(member, _)) if member == ann));
    b.turn();
    assert_eq!((a.present(), b.present()), (vec!["Ann"], vec!["Ann"]));
    for _ in 0..2 {
        assert!(a.turn().is_empty() && b.turn().is_empty());
    }
    assert_eq!((a.present(), b.present()), (vec![], vec![]));
}

#[test]
fn a_ban_of_another_server_lasts_as_long_as_is_left_of_it() {
    let [mut a, mut b] = nodes();
    a.sharing.share_sanction(SanctionKind::Ban, &parse_ban("Eve for 60s spam").unwrap());
    a.sharing.share_sanction(SanctionKind::Ban, &parse_ban("Bob for 15s").unwrap());
    a.sharing.share_lifting(SanctionKind::Unmute, "Cy");
    for _ in 0..2 {
        assert!(a.turn().is_empty(), "where it was said, it acted at once");
    }
    b.now += Duration::from_secs(20);
    let mute = parse_mute("Cy for good").unwrap();
    b.rooms.mute(mute, b.now).unwrap();
    assert!(b.turn().is_empty());
    let [ban] = &b.rooms.bans_in_force(b.now)[..] else { panic!("one is over") };
    let until = b.rooms.wall(b.now) + Duration::from_secs(40);
    assert_eq!((&*ban.whom, ban.until, &*ban.reason), ("Eve", Some(until), "spam"));
    assert!(b.rooms.mutes_in_force(b.now).is_empty());
}

#[test]
fn what_was_proposed_is_told_to_its_author_when_the_node_has_another_epoch() {
    let [mut a, _] = nodes();
    let ann = a.come("Ann");
    a.request(ann, join());
    a.rooms.request(ann, say(), None, a.now);
    a.log.gives_up = true;
    a.turn();
    a.log.gives_up = false;
    let effects: Vec<Effect> = (0..4).flat_map(|_| a.turn()).collect();
    let [Effect::Withdraw(id, 3), Effect::TellRooms(_), Effect::StepDone(_)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert_eq!(Some(*id), a.sessions.of_member(ann));
    let refused = a.told.iter().filter(|(to, event)| *to == ann && matches!(event, Event::Refused { .. }));
    assert_eq!(refused.count(), 1);
    assert_eq!(a.present(), ["Ann"], "it is back");
}

#[test]
fn a_node_that_stops_sharing_shows_nobody_of_the_others_and_refuses_claims() {
    let [mut a, mut b] = nodes();
    for (scene, name) in [(&mut a, "Ann"), (&mut b, "Bob")] {
        let member = scene.come(name);
        scene.request(member, join());
    }
    a.turn();
    assert_eq!(a.present(), ["Ann", "Bob"]);
    let who = MemberInfo { name: Name::parse("Cy").unwrap(), kind: Kind::Person };
    let cy = a.sharing.claim(SessionId(9), who, None, || None, &a.rooms).unwrap();
    a.log.all.borrow_mut().push(LogEvent::Unusable("it is broken.".into()));
    let effects = a.turn();
    let [Effect::TellRooms(text), Effect::Refuse(SessionId(9), serial, _)] = &effects[..] else {
        panic!("{effects:?}")
    };
    assert!(text.ends_with("it is broken.") && *serial == cy);
    assert_eq!((a.present(), b.present()), (vec!["Ann"], vec!["Ann", "Bob"]));
}
