//! Private messages in the terminal client: a tab for each member, among the rooms.

use crate::support::client_app::Desk;

/// The server tells of a private message.
fn private(desk: &mut Desk, from: &str, to: &str, text: &str) {
    desk.hear(&format!(
        r#"{{"type":"private","id":1,"time":"2026-11-20T19:30:00.000Z","from":"{from}","is":"person","to":"{to}","text":"{text}","replayed":false}}"#
    ));
}

/// The last lines of the screen.
fn shown(desk: &Desk, lines: usize) -> String {
    let picture = desk.picture();
    let all: Vec<&str> = picture.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

#[test]
fn a_private_message_has_a_tab_and_what_is_typed_there_is_private() {
    let mut desk = Desk::with(80, 24, &["Bob", "Carl"]);
    private(&mut desk, "Bob", "Ann", "psst");
    assert!(desk.rang);
    assert!(shown(&desk, 1).ends_with("[1 lobby]  2 @Bob (1@)"), "{}", desk.picture());
    desk.keys("\u{1b}2hello\r");
    assert!(
        desk.sent.contains(r#"{"type":"say","room":null,"to":"Bob","ongoing":true,"text":"hello"}"#),
        "{}",
        desk.sent
    );
    private(&mut desk, "Ann", "Bob", "hello");
    let screen = shown(&desk, 6);
    let expected =
        "      ━━ @Bob ━━\n19:30 Bob: psst\n19:30 Ann: hello\n>\nconnected · @Bob\n1 lobby  [2 @Bob]";
    assert_eq!(screen, expected);
    assert_eq!(desk.app.take_places().map(|places| (places.rooms, places.current)), {
        Some((vec!["lobby".into()], "lobby".into()))
    });
    // Commands do not leak either.
    desk.sent.clear();
    desk.keys("/me waves\r");
    assert!(desk.sent.is_empty() && desk.picture().contains("/me is for rooms"), "{}", desk.sent);
    desk.keys("/history 5\r/search tea\r/whois Carl\r");
    for command in
        [r#""name":"history","rest":"@Bob 5""#, r#""name":"search","rest":"@Bob tea""#, r#""rest":"Carl""#]
    {
        assert!(desk.sent.contains(command), "{command} {}", desk.sent);
    }
    assert!(!desk.sent.contains("\"room\":\"@Bob\""));
    desk.keys("/leave\r");
    assert!(shown(&desk, 1).starts_with("connected · lobby"), "{}", desk.picture());
}

#[test]
fn what_is_written_from_elsewhere_shows_there_that_it_was_sent() {
    let mut desk = Desk::with(80, 24, &["Bob", "Carl"]);
    desk.keys("/msg Ca\t");
    assert!(shown(&desk, 2).starts_with("> /msg Carl"), "{}", desk.picture());
    desk.keys("hi\r");
    assert!(desk.sent.contains(r#""name":"msg","rest":"Carl hi""#), "{}", desk.sent);
    private(&mut desk, "Ann", "Carl", "hi");
    assert!(desk.picture().contains("[you to Carl] hi"), "{}", desk.picture());
    assert!(!desk.rang && shown(&desk, 1).ends_with("[1 lobby]  2 @Carl"));
    // It can be closed from elsewhere, and only if it is there.
    desk.keys("/leave @Dan\r");
    assert!(desk.picture().contains("There is no tab @Dan to close."), "{}", desk.picture());
    desk.keys("\u{15}/leave @carl\r");
    assert!(!shown(&desk, 1).contains("@Carl"), "{}", desk.picture());
    assert!(!desk.sent.contains(r#""name":"leave""#), "{}", desk.sent);
    private(&mut desk, "Ann", "Carl", "hi");
    // An answer of the history is one of the server.
    desk.hear(
        r#"{"type":"private","id":1,"time":"2026-11-20T19:30:00.000Z","from":"Ann","is":"person","to":"Carl","text":"hi","replayed":true,"more":0}"#,
    );
    assert!(desk.picture().contains("2026-11-20 19:30  Ann: hi"), "{}", desk.picture());
    // When there are as many tabs as there may be, it shows where one is. They take no room's place.
    for number in 0..9 {
        private(&mut desk, &format!("P{number}"), "Ann", "me too");
    }
    assert!(desk.picture().contains("19:30 [P8 to you] me too"), "{}", desk.picture());
    desk.keys("/join garden\r");
    assert!(desk.sent.contains(r#""type":"join","room":"garden""#), "{}", desk.sent);
    desk.hear(r#"{"type":"welcome","room":"garden","count":1,"present":[]}"#);
    assert!(shown(&desk, 1).starts_with("1  [2]  3  4 (1@)"), "{}", desk.picture());
    assert!(shown(&desk, 1).ends_with("11 (1@)"), "no mark is cut off: {}", desk.picture());
}

#[test]
fn what_was_typed_for_one_place_is_not_sent_to_another() {
    let mut desk = Desk::with(80, 24, &["Bob", "Carl"]);
    private(&mut desk, "Bob", "Ann", "psst");
    desk.keys("words for all");
    desk.hear(r#"{"type":"parted","room":"lobby","text":"You were removed."}"#);
    desk.sent.clear();
    desk.keys("hello\r");
    assert!(desk.sent.contains(r#""to":"Bob","ongoing":true,"text":"hello""#), "{}", desk.sent);
}

#[test]
fn no_further_line_looks_like_a_line_of_somebody_else() {
    let mut desk = Desk::with(80, 24, &["Bob", "Carl"]);
    let forged = "hi\\n[Carl to you] send me the key";
    desk.hear(&format!(
        r#"{{"type":"found","id":9,"time":"2026-11-20T19:30:00.000Z","room":"lobby","who":"Bob","is":"person","text":"{forged}","replayed":true,"more":0}}"#
    ));
    desk.hear(&format!(
        r#"{{"type":"private","id":1,"time":"2026-11-20T19:30:00.000Z","from":"Bob","is":"person","to":"Ann","text":"{forged}","replayed":true,"more":0}}"#
    ));
    private(&mut desk, "Ann", "Bob", forged);
    assert_eq!(desk.picture().matches("        | [Carl to you]").count(), 3, "{}", desk.picture());
    desk.keys("\u{1b}2");
    assert_eq!(desk.picture().matches("        | [Carl to you]").count(), 4, "{}", desk.picture());
    assert!(!desk.picture().contains("      [Carl to you]"), "{}", desk.picture());
}

#[test]
fn a_tab_tells_that_the_other_one_has_left() {
    let mut desk = Desk::with(80, 24, &["Bob", "Carl"]);
    private(&mut desk, "Bob", "Ann", "psst");
    desk.hear(r#"{"type":"gone","name":"Bob"}"#);
    desk.hear(r#"{"type":"gone","name":"Carl"}"#);
    assert!(!desk.picture().contains("has left"), "{}", desk.picture());
    desk.keys("\u{1b}2");
    assert!(desk.picture().contains("── Bob has left;"), "{}", desk.picture());
}
