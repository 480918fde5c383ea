//! The terminal client: messages of several lines, links, alerts, and what helps in typing.

use std::time::Duration;

use salon::base::limits::LINK_TARGET_BYTES;
use salon::terminal::keys::Key;

use crate::support::client_app::Desk;

#[test]
fn several_lines_stay_several_lines() {
    let mut desk = Desk::with(40, 12, &["Bob"]);
    desk.news("said Bob if x:\n    go()\n\u{1b}end, which is longer than the row is wide");
    desk.app.press(Key::Paste("one\ntwo\n\tthree\n".into()), desk.now);
    desk.keys("e!");
    let picture = desk.picture();
    let shown =
        "19:01 Bob: if x:\n          go()\n      \u{fffd}end, which is longer than the row\n      is wide\n";
    assert!(picture.contains(shown), "{picture}");
    assert!(picture.contains("\n> one⏎two⏎    three!\n"), "{picture}");
    desk.keys("\r");
    assert_eq!(desk.sent, "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"one\\ntwo\\n    three!\"}\n");
    desk.sent.clear();
    desk.keys("a\u{1b}\rb\r");
    assert_eq!(desk.sent, "{\"type\":\"say\",\"room\":\"lobby\",\"text\":\"a\\nb\"}\n");
    desk.keys(&format!("\u{1b}[200~{}\u{1b}[201~", "line\n".repeat(41)));
    let picture = desk.picture().replace("\n      ", " ");
    assert!(picture.contains("Those are 41 lines, and a message has at most 40."), "{picture}");
}

#[test]
fn the_client_asks_for_lines() {
    let mut desk = Desk::new(40, 8);
    desk.settle();
    desk.app.link().connected(desk.now);
    desk.settle();
    assert!(desk.sent.contains(r#""lines":true"#), "{}", desk.sent);
}

/// Each row of a wrapped link leads to the whole of it, and no cell is lost or moved.
#[test]
fn a_wrapped_link_is_whole() {
    let mut desk = Desk::with(40, 8, &["Bob"]);
    let link = "https://example.org/a/path/that/is/longer/than/a/row?a=1";
    desk.news(&format!("said Bob See {link}, and say."));
    let picture = desk.picture();
    let (open, close) = (format!("\u{1b}]8;id=link;{link}\u{1b}\\"), "\u{1b}]8;;\u{1b}\\");
    assert_eq!((picture.matches(&open).count(), picture.matches(close).count()), (2, 2), "{picture:?}");
    let seen = picture.replace(&open, "").replace(close, "");
    assert!(seen.contains(&format!("      {}\n      {}, and say.\n", &link[..34], &link[34..])), "{seen}");
}

/// A link is closed in its last cell, also if characters without a cell follow; it leads to what is written, also if a mark
/// before it shares its first cell.
#[test]
fn what_is_invisible_does_not_open_or_move_a_link() {
    for (said, target, seen) in [
        ("http://a/b\u{2060} is it", "http://a/b\u{2060}", "http://a/b"),
        ("http://a/b\u{200b} is it", "http://a/b", "http://a/b"),
        ("\u{600}http://a/b is it", "http://a/b", "\u{600}http://a/b"),
    ] {
        let mut desk = Desk::with(60, 8, &["Bob"]);
        desk.news(&format!("said Bob {said}"));
        let link = format!("\u{1b}]8;id=link;{target}\u{1b}\\{seen}\u{1b}]8;;\u{1b}\\ is it");
        assert!(desk.picture().contains(&link), "{said:?}: {:?}", desk.picture());
    }
}

/// Each row repeats where a link leads, so a terminal is told of long links nothing.
#[test]
fn a_long_link_is_text() {
    let mut desk = Desk::with(60, 8, &["Bob"]);
    desk.news(&format!("said Bob http://a/{} http://b", "x".repeat(LINK_TARGET_BYTES)));
    assert_eq!(desk.picture().matches("\u{1b}]8;id=link;").count(), 1, "{:?}", desk.picture());
}

#[test]
fn only_people_ring() {
    let mut desk = Desk::with(60, 8, &["Bob", "Art_Bot"]);
    desk.news("said Art_Bot Ann, have you seen it?");
    desk.news("said Host Ann, welcome.");
    assert!(!desk.rang);
    desk.news("acted Bob waves at Ann.");
    assert!(desk.rang);
    assert_eq!(desk.app.title(), "lobby · Salon");
}

#[test]
fn lines_are_found_again() {
    let mut desk = Desk::with(70, 8, &[]);
    for line in ["the first Pizza", "pizza again", "salad"] {
        desk.keys(&format!("{line}\r"));
    }
    desk.wait(Duration::from_secs(10));
    desk.sent.clear();
    desk.keys("draft\u{12}piz");
    let shows = |desk: &Desk, row: &str| assert!(desk.picture().contains(row), "{row}: {}", desk.picture());
    shows(&desk, "\n> pizza again\nSearch: piz");
    desk.keys("\u{12}");
    shows(&desk, "\n> the first Pizza\n");
    desk.keys("\u{12}");
    shows(&desk, "\n> the first Pizza\nSearch: piz");
    desk.keys("q");
    shows(&desk, "\nNot found: pizq");
    desk.keys("\u{7f}\u{7f}\u{7f}\u{7f}sal\u{1}my \r");
    assert!(desk.sent.contains(r#""text":"my salad""#), "{}", desk.sent);
    desk.keys("draft\u{12}piz");
    desk.app.press(Key::Escape, desk.now);
    desk.settle();
    shows(&desk, "\n> draft\nconnected");
}

#[test]
fn emoji_by_name() {
    let mut desk = Desk::with(70, 8, &[]);
    desk.keys("well done :tada: :wav\t\r");
    assert!(desk.sent.contains("well done 🎉 👋"), "{}", desk.sent);
    desk.app.press(Key::Paste("std::wave: :wave: :8080:".into()), desk.now);
    desk.keys("\r");
    assert!(desk.sent.contains("std::wave: 👋 :8080:"), "{}", desk.sent);
    desk.app.press(Key::Paste("one :wave:\ntwo :tada:".into()), desk.now);
    desk.keys("\r");
    assert!(desk.sent.contains(r"one 👋\ntwo 🎉"), "{}", desk.sent);
}

#[test]
fn who_is_ignored_is_not_shown() {
    let mut desk = Desk::with(60, 8, &["Bob"]);
    desk.app = desk.app.ignoring(&["BOB".into()]);
    desk.news("said Bob Ann, look!");
    desk.news("acted Bob waves at Ann.");
    desk.news("said Carl Hello.");
    let picture = desk.picture();
    assert!(!desk.rang && picture.contains("Carl: Hello.") && !picture.contains("look"), "{picture}");
    assert!(!picture.contains("waves"), "{picture}");
}
