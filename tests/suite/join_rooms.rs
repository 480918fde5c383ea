//! The terminal client in several rooms: its screens, and where the keys lead.

use std::time::Duration;

use jiff::tz::TimeZone;
use salon::client::app::App;
use salon::client::link::{End, Identity};
use salon::client::remembered::Places;

use crate::support::client_app::Desk;

#[track_caller]
fn check(desk: &Desk, picture: &str) {
    let shown = desk.picture();
    let screen = shown.split_once("~\n").map_or(shown.as_str(), |(_, screen)| screen);
    assert_eq!(screen.trim_start_matches('\n'), picture.trim_matches('\n'), "\n{screen}\n");
}

/// A client in three rooms. It came from the lobby, and is in the garden. In the others something is said.
fn three_rooms(columns: u16, rows: u16) -> Desk {
    let mut desk = Desk::with(columns, rows, &["Bob", "Art_Bot"]);
    desk.news("said Bob Shall we go to the garden?");
    desk.keys("/join thrones\r");
    desk.enter_room("thrones", &["Dom"]);
    desk.keys("/join garden\r");
    desk.enter_room("garden", &["Bob", "Carl", "李雷", "Eve", "Art_Bot", "Sport_Bot"]);
    desk.news_in("garden", "said Carl Look at these roses, and at the bees that like them so much!");
    desk.news_in("garden", "said Art_Bot Red over green.");
    for text in ["Who is for peace?", "Ann, you decide."] {
        desk.news_in("thrones", &format!("said Dom {text}"));
    }
    desk.news("said Art_Bot Nobody listens.");
    desk.news("said Host Ann has taken a seat.");
    desk
}

#[test]
fn three_rooms_on_a_usual_terminal() {
    let mut desk = three_rooms(80, 24);
    desk.keys("a rose is a rose");
    check(
        &desk,
        "
      ━━ garden ━━
      You are in garden now.
19:02 Carl: Look at these roses, and at the bees that like them so much!
19:03 Art_Bot (bot): Red over green.
> a rose is a rose
connected · garden · 7 here: Ann (you), Bob, Carl, 李雷, Eve, Art_Bot (bot), …
1 lobby  2 thrones (2@)  [3 garden]",
    );
    let picture = desk.picture();
    let (_, screen) = picture.split_once("~\n").unwrap();
    assert_eq!(screen.split('\n').count(), 24, "the prompt is at the bottom: {screen}");
    desk.keys("\u{1b}a");
    check(
        &desk,
        "
      ━━ thrones ━━
      You are in thrones now.
      ── since you were here ──
19:04 Dom: Who is for peace?
19:05 Dom: Ann, you decide.
>
connected · thrones · 2 here: Ann (you), Dom
1 lobby  [2 thrones]  3 garden",
    );
    // The draft waited.
    desk.keys("\u{1b}3\u{1b}OQ");
    check(
        &desk,
        "
      ━━ garden ━━
      You are in garden now.
19:02 Carl: Look at these roses, and at the bees that like them so much!
19:03 Art_Bot (bot): Red over green.
> a rose is a rose
connected · garden · 7 here
1 lobby  2 thrones  [3 garden]
Ann (you)  Bob        Carl       李雷       Eve        2 bots",
    );
    let scrolled_away = desk.picture();
    let (scrolled_away, _) = scrolled_away.split_once("\n~").unwrap();
    assert!(scrolled_away.ends_with("19:05 Dom: Ann, you decide."), "without gaps: {scrolled_away}");
    desk.keys("\u{1b}OQ");
    assert!(desk.picture().ends_with("1 lobby  2 thrones  [3 garden]"), "{}", desk.picture());
    for n in 0..30 {
        desk.news_in("garden", &format!("said Carl rose {n}"));
    }
    let picture = desk.picture().replace("~\n", "");
    assert!(!picture.contains("\n\n\n"), "no gap comes into the scrollback: {picture}");
}

#[test]
fn three_rooms_on_a_small_terminal() {
    let mut desk = three_rooms(40, 10);
    check(
        &desk,
        "
      ━━ garden ━━
      You are in garden now.
19:02 Carl: Look at these roses, and at
      the bees that like them so much!
19:03 Art_Bot (bot): Red over green.
>
garden · 7 here: you, Bob, Carl, 李雷, …
1 lobby  2 thrones (2@)  [3 garden]",
    );
    desk.keys("\u{1b}OQ");
    check(
        &desk,
        "
      ━━ garden ━━
      You are in garden now.
19:02 Carl: Look at these roses, and at
      the bees that like them so much!
19:03 Art_Bot (bot): Red over green.
>
garden · 7 here
1 lobby  2 thrones (2@)  [3 garden]
Ann (you)  Bob        Carl
李雷       Eve        2 bots",
    );
    (0..90).for_each(|_| desk.news("said Bob Ann?"));
    assert!(desk.picture().contains("\n1 lobby (90@)  2 thrones (2@)  [3]\n"), "{}", desk.picture());
}

#[test]
fn three_rooms_on_a_wide_terminal() {
    let mut desk = three_rooms(200, 60);
    check(
        &desk,
        "
      ━━ garden ━━
      You are in garden now.
19:02 Carl: Look at these roses, and at the bees that like them so much!
19:03 Art_Bot (bot): Red over green.
>
connected · garden · 7 here
1 lobby  2 thrones (2@)  [3 garden]
Ann (you)  Bob        Carl       李雷       Eve        2 bots",
    );
    // The pane grows and shrinks with the room.
    (0..30).for_each(|n| desk.news_in("garden", &format!("joined visitor{n}")));
    desk.wait(Duration::from_secs(1));
    assert!(desk.picture().ends_with("visitor29  2 bots"), "{}", desk.picture());
    (0..30).for_each(|n| desk.news_in("garden", &format!("left visitor{n}")));
    desk.wait(Duration::from_secs(1));
    assert!(desk.picture().ends_with("李雷       Eve        2 bots"), "{}", desk.picture());
    desk.keys("\u{1b}OQ");
    assert!(
        desk.picture().ends_with("1 lobby  2 thrones (2@)  [3 garden]"),
        "F2 closes it: {}",
        desk.picture()
    );
}

#[test]
fn each_line_goes_to_its_room() {
    let mut desk = three_rooms(80, 24);
    desk.sent.clear();
    desk.keys("one\r\u{1b}1two\r/me waves\r/who\r/join THRONES\rthree\r/leave\r");
    let expected = [
        r#"{"type":"say","room":"garden","text":"one"}"#,
        r#"{"type":"say","room":"lobby","text":"two"}"#,
        r#"{"type":"command","room":"lobby","name":"me","rest":"waves"}"#,
    ];
    assert_eq!(desk.sent.lines().collect::<Vec<_>>(), expected, "the rest waits for the pace");
    desk.wait(Duration::from_secs(5));
    let expected = [
        r#"{"type":"command","room":"lobby","name":"who","rest":""}"#,
        r#"{"type":"say","room":"thrones","text":"three"}"#,
        r#"{"type":"command","room":"thrones","name":"leave","rest":""}"#,
    ];
    assert_eq!(desk.sent.lines().skip(3).collect::<Vec<_>>(), expected);
    desk.hear(r#"{"type":"parted","room":"thrones","text":"You have left thrones."}"#);
    check(
        &desk,
        "
      ━━ garden ━━
      You are in garden now.
19:02 Carl: Look at these roses, and at the bees that like them so much!
19:03 Art_Bot (bot): Red over green.
      You have left thrones.
>
connected · garden · 7 here: Ann (you), Bob, Carl, 李雷, Eve, Art_Bot (bot), …
1 lobby  [2 garden]",
    );
    desk.hear(r#"{"type":"parted","room":"lobby","text":"The lobby is closed."}"#);
    assert!(desk.picture().ends_with("Art_Bot (bot), …"), "one room needs no line: {}", desk.picture());
    desk.hear(r#"{"type":"parted","room":"garden","text":"You have left garden."}"#);
    assert!(desk.picture().ends_with(">\nconnected · in no room"), "{}", desk.picture());
}

#[test]
fn what_the_host_tells_somebody_stays_in_its_room() {
    let mut desk = three_rooms(80, 24);
    desk.hear(r#"{"type":"notice","room":"thrones","text":"Your turn."}"#);
    assert!(!desk.picture().contains("Your turn."), "{}", desk.picture());
    desk.hear(r#"{"type":"notice","text":"The server stops soon."}"#);
    assert!(desk.picture().contains("The server stops soon."), "{}", desk.picture());
    desk.keys("\u{1b}2");
    assert!(desk.picture().contains("      Your turn.\n>"), "{}", desk.picture());
}

#[test]
fn tab_knows_rooms_and_a_rooms_own_commands() {
    let mut desk = three_rooms(80, 24);
    desk.hear(
        r#"{"type":"rooms","rooms":[{"room":"lobby","kind":"lobby","commands":[],"in":true},{"room":"garden","commands":[{"name":"/plant","help":"x"}]},{"room":"library","commands":[]}],"commands":[]}"#,
    );
    desk.keys("/join l\t");
    check(
        &desk,
        "
      ━━ garden ━━
      You are in garden now.
19:02 Carl: Look at these roses, and at the bees that like them so much!
19:03 Art_Bot (bot): Red over green.
> /join library
[library]  lobby
1 lobby  2 thrones (2@)  [3 garden]",
    );
    desk.keys("\u{15}/p\t");
    assert!(desk.picture().contains("\n> /plant\n"), "{}", desk.picture());
    desk.keys("\u{15}/\t");
    assert!(
        desk.picture()
            .contains("[/away]  /back  /edit  /help  /history  /ignore  /join  /keys  /leave  /me  /ms…\n"),
        "{}",
        desk.picture()
    );
    desk.keys("\u{15}\u{1b}2/p\t");
    assert!(desk.picture().contains("\n> /p\n"), "not a command of this room: {}", desk.picture());
}

#[test]
fn a_loss_of_three_rooms() {
    let mut desk = three_rooms(80, 24);
    desk.app.link().lost(desk.now);
    desk.settle();
    desk.keys("\u{1b}2");
    let lost = desk.picture();
    assert!(lost.contains("The connection with the chat server has stopped."), "{lost}");
    desk.wait(Duration::from_secs(2));
    desk.sent.clear();
    desk.app.link().connected(desk.now);
    desk.hear(r#"{"type":"hello","version":1,"server":"Salon","name":"Ann"}"#);
    assert_eq!(desk.sent.matches(r#"{"type":"join","#).count(), 3, "{}", desk.sent);
    desk.enter_room("lobby", &["Bob"]);
    desk.enter_room("thrones", &["Dom"]);
    desk.hear(r#"{"type":"refused","why":"no_room","text":"There is no room called garden."}"#);
    assert!(desk.picture().ends_with(
        "There is no room called garden.\n>\nconnected · thrones · 2 here: Ann (you), Dom\n1 lobby  [2 thrones]"
    ), "{}", desk.picture());
}

/// What was missed and is too much to be replayed is told of; a newcomer has missed nothing.
#[test]
fn a_gap_after_a_loss_is_shown() {
    let mut desk = Desk::with(80, 24, &["Bob"]);
    desk.news("said Bob before");
    let (told, gap) = ("not all that you missed is shown", r#"{"type":"gap","room":"lobby","before":900}"#);
    desk.hear(gap);
    assert!(!desk.picture().contains(told), "{}", desk.picture());
    desk.app.link().lost(desk.now);
    desk.settle();
    desk.wait(Duration::from_secs(2));
    desk.app.link().connected(desk.now);
    desk.hear(r#"{"type":"hello","version":1,"server":"Salon","name":"Ann"}"#);
    desk.hear(
        r#"{"type":"welcome","room":"lobby","count":2,"present":[{"who":"Bob","is":"person"}],"replayed":1}"#,
    );
    desk.hear(gap);
    desk.hear(
        r#"{"type":"said","id":900,"time":"2026-11-20T19:30:00.000Z","room":"lobby","who":"Bob","is":"person","text":"after","replayed":true}"#,
    );
    desk.hear(r#"{"type":"live","room":"lobby"}"#);
    let picture = desk.picture();
    let (before, after) = picture.split_once(told).expect("it is told");
    assert!(before.contains("Bob: before") && after.contains("Bob: after"), "{picture}");
}

/// Remembered rooms may be gone: the user hears so, and comes to the first room. A room that the user names is another matter.
#[test]
fn a_room_that_is_gone_does_not_lock_anybody_out() {
    let gone =
        |room: &str| format!(r#"{{"type":"refused","why":"no_room","text":"There is no room {room}."}}"#);
    for (typed, remembered) in
        [("", &["garden", "attic"][..]), ("", &["garden"]), ("cellar", &[]), ("cellar", &["garden"])]
    {
        let identity = Identity { name: "Ann".into(), bot: false, room: typed.into() };
        let mut desk = Desk::new(80, 24);
        let rooms = remembered.iter().map(|&room| room.to_owned()).collect();
        let places = Places { rooms, current: remembered.first().copied().unwrap_or_default().into() };
        desk.app = App::new(identity, TimeZone::UTC, 1, desk.now).with_places(places, 6);
        desk.settle();
        desk.app.link().connected(desk.now);
        desk.hear(r#"{"type":"hello","version":1,"server":"Salon","name":"Ann","features":["rooms"]}"#);
        desk.sent.clear();
        for room in [typed].iter().chain(remembered).filter(|room| !room.is_empty()) {
            desk.hear(&gone(room));
        }
        if !typed.is_empty() {
            let why = "There is no room".to_owned();
            let end = desk.app.end().cloned();
            assert!(
                matches!(&end, Some(End::Refused(text)) if text.starts_with(&why) && text.ends_with("-r ROOM.")),
                "{end:?}"
            );
            continue;
        }
        assert_eq!(desk.sent, "{\"type\":\"join\",\"room\":null}\n", "the first room, once");
        desk.enter_room("lobby", &[]);
        let picture = desk.picture();
        for room in remembered {
            assert!(picture.contains(&format!("There is no room {room}.")), "{picture}");
        }
        assert!(picture.contains("You go to the first room instead."), "{picture}");
        assert!(picture.ends_with("connected · lobby · 1 here: Ann (you)"), "{picture}");
        let places = desk.app.take_places().map(|places| places.rooms);
        assert_eq!(places, Some(vec!["lobby".to_owned()]), "they are forgotten");
    }
}

/// Not even the first room lets it in: that is the end.
#[test]
fn who_is_refused_everywhere_learns_why() {
    let identity = Identity { name: "Ann".into(), bot: false, room: String::new() };
    let mut desk = Desk::new(80, 24);
    let places = Places { rooms: vec!["garden".into()], current: "garden".into() };
    desk.app = App::new(identity, TimeZone::UTC, 1, desk.now).with_places(places, 6);
    desk.settle();
    desk.app.link().connected(desk.now);
    desk.hear(r#"{"type":"hello","version":1,"server":"Salon","name":"Ann"}"#);
    for _ in ["garden", "the first"] {
        assert!(desk.app.end().is_none());
        desk.hear(r#"{"type":"refused","why":"no_room","text":"No room is open."}"#);
    }
    assert!(matches!(desk.app.end(), Some(End::Refused(_))), "{:?}", desk.app.end());
}

#[test]
fn rooms_are_remembered_once_all_are_entered() {
    let identity = Identity { name: "Ann".into(), bot: false, room: String::new() };
    let mut desk = Desk::new(80, 24);
    let places = Places {
        rooms: ["lobby", "thrones", "garden"].map(str::to_owned).to_vec(),
        current: "garden".into(),
    };
    desk.app = App::new(identity, TimeZone::UTC, 1, desk.now).with_places(places.clone(), 6);
    desk.settle();
    desk.app.link().connected(desk.now);
    desk.hear(r#"{"type":"hello","version":1,"server":"Salon","name":"Ann","features":["rooms"]}"#);
    let asked: Vec<&str> = desk.sent.lines().skip(1).collect();
    assert_eq!(
        asked,
        [
            r#"{"type":"join","room":"garden"}"#,
            r#"{"type":"join","room":"lobby"}"#,
            r#"{"type":"join","room":"thrones"}"#,
            r#"{"type":"rooms","watch":true}"#,
        ],
        "the current room first"
    );
    for room in ["garden", "lobby", "thrones"] {
        assert_eq!(desk.app.take_places(), None, "half of them would be forgotten");
        desk.enter_room(room, &[]);
    }
    check(
        &desk,
        "
      You have joined the chat with username Ann!
      You are back in lobby and thrones, too, as last time. /leave ROOM leaves
      one.
>
connected · garden · 1 here: Ann (you)
1 lobby  2 thrones  [3 garden]",
    );
    assert_eq!(desk.app.take_places(), Some(places));
    assert_eq!(desk.app.take_places(), None);
    desk.keys("\u{1b}1");
    assert_eq!(desk.app.take_places().map(|places| places.current), Some("lobby".into()));
}

#[test]
fn who_comes_for_the_first_time_is_told_what_to_type() {
    for (rooms, is_told) in [(vec![], true), (vec!["lobby".to_owned()], false)] {
        let identity = Identity { name: "Ann".into(), bot: false, room: String::new() };
        let mut desk = Desk::new(80, 24);
        let places = Places { current: rooms.first().cloned().unwrap_or_default(), rooms };
        desk.app = App::new(identity, TimeZone::UTC, 1, desk.now).with_places(places, 6);
        desk.enter(&["Bob"]);
        desk.enter_room("thrones", &[]);
        let told = desk.picture().matches("/help shows commands and keys").count();
        assert_eq!(told, usize::from(is_told), "{}", desk.picture());
    }
}
