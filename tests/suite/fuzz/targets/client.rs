//! What a server may send to a person's client, and what may come from a keyboard.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::backend::TestBackend;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Rect;
use salon::base::limits::{JSON_FRAME_BYTES, LINK_TARGET_BYTES};
use salon::base::text::sanitize;
use salon::client::app::App;
use salon::client::lines::Line;
use salon::client::link::{End, Identity, Output};
use salon::client::palette::Palette;
use salon::client::rows::{draw_rows, rows};
use salon::client::screen::Screen;
use salon::proto::Request;
use salon::terminal::keys::{Key, Keys};
use salon::wire::Dialect;
use serde_json::Value;

use super::{assert_harmless, pieces};

/// How a server lets somebody in.
const LETS_IN: &str = concat!(
    r#"{"type":"hello","version":1,"server":"Salon","name":"Ann"}"#,
    "\n",
    r#"{"type":"welcome","room":"lobby","count":3,"present":[{"who":"Bob","is":"person"},{"who":"Bo","is":"bot"}]}"#,
    "\n",
    r#"{"type":"live","room":"lobby"}"#,
    "\n",
);

/// A client in front of a picture of a terminal.
struct Seat {
    app: App,
    screen: Screen<TestBackend>,
    now: Instant,
    sent: Vec<u8>,
}

/// One byte that says how large the terminal is and how to cut, and what a server sends that means no good.
pub(super) fn tells(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let mut seat = Seat::new(seed);
    for (n, piece) in pieces(bytes, seed).into_iter().enumerate() {
        seat.app.link().received(piece, seat.now);
        seat.go_on();
        // Whoever sits there types a name when asked for one, and else a message.
        seat.app.press(Key::Char('x'), seat.now);
        seat.app.press(if seed % 3 == 0 { Key::Tab } else { Key::Enter }, seat.now);
        seat.go_on();
        if n % 8 == 0 {
            seat.draw();
        }
    }
    seat.draw();
}

/// One byte that says how wide the terminal is, and what somebody says there, by itself and as the rest of a link.
pub(super) fn lines(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let text = sanitize(bytes);
    let width = [80, 120, 33, 7][usize::from(seed % 4)];
    for text in [format!("Bob: {text}"), format!("See http://a{text}")] {
        let rows = rows(&Line::notice(text), width, Palette::Colours);
        let height = u16::try_from(rows.len()).unwrap();
        let mut buffer = Buffer::empty(Rect { x: 0, y: 0, width, height });
        draw_rows(&rows, &mut buffer);
        judge_cells(&buffer);
    }
}

/// One byte that says how large the terminal is and how to cut, and what comes from a keyboard.
pub(super) fn keys(bytes: &[u8]) {
    let Some((&seed, bytes)) = bytes.split_first() else { return };
    let (mut seat, mut keys) = (Seat::new(seed), Keys::default());
    seat.app.link().received(LETS_IN.as_bytes(), seat.now);
    seat.go_on();
    for (n, piece) in pieces(bytes, seed).into_iter().enumerate() {
        keys.feed(piece, seat.now);
        while let Some(key) = keys.next_key() {
            seat.app.press(key, seat.now);
        }
        seat.go_on();
        if let Some(key) = keys.handle_timeout(seat.now) {
            seat.app.press(key, seat.now);
        }
        if n % 8 == 0 {
            seat.draw();
        }
    }
    seat.go_on();
    seat.draw();
    for line in String::from_utf8(seat.sent).unwrap().lines() {
        assert!(line.len() <= JSON_FRAME_BYTES, "{} bytes are sent as one message", line.len());
        let request = Dialect::Json.request(line, None);
        assert!(request.is_some() && !matches!(request, Some(Request::Malformed(_))), "{line:?}");
    }
}

impl Seat {
    fn new(seed: u8) -> Seat {
        let identity = Identity { name: "Ann".into(), bot: false, room: "lobby".into() };
        let now = Instant::now();
        let (columns, rows) = [(80, 24), (30, 8), (3, 3), (1, 2)][usize::from(seed / 2 % 4)];
        let screen = Screen::new(TestBackend::new(columns, rows), Palette::Colours).unwrap();
        let app = App::new(identity, TimeZone::UTC, u64::from(seed), now);
        let mut seat = Seat { app, screen, now, sent: Vec::new() };
        seat.go_on();
        seat
    }

    /// A moment passes, and all that is to be done then is done.
    fn go_on(&mut self) {
        self.now += Duration::from_millis(120);
        self.app.handle_timeout(self.now);
        while let Some(output) = self.app.link().poll_output() {
            judge(&output);
            match output {
                Output::Connect => self.app.link().connected(self.now),
                Output::Close => self.app.link().lost(self.now),
                _ => {}
            }
            self.app.handle(output, self.now);
        }
        let link = self.app.link();
        self.sent.extend_from_slice(link.unsent());
        let sent = link.unsent().len();
        link.sent(sent);
    }

    fn draw(&mut self) {
        let lines = self.app.take_lines();
        for line in &lines {
            assert_harmless(&line.time, false);
            assert_harmless(&line.text(), true);
        }
        self.screen.show(&lines).unwrap();
        self.screen.draw(&self.app, self.now).unwrap();
        judge_cells(self.screen.backend().buffer());
    }
}

/// Cells show what they show, and each link ends in the row in which it begins.
fn judge_cells(buffer: &Buffer) {
    for row in buffer.content.chunks(usize::from(buffer.area.width).max(1)) {
        let row: String = row.iter().map(Cell::symbol).collect();
        let mut rest = row.as_str();
        while let Some((before, link)) = rest.split_once("\u{1b}]8;id=link;") {
            assert_harmless(before, false);
            let (target, shown) = link.split_once("\u{1b}\\").unwrap();
            assert!(target.len() <= LINK_TARGET_BYTES, "{target:?}");
            let (shown, after) = shown.split_once("\u{1b}]8;;\u{1b}\\").expect("a link is not closed");
            assert_harmless(target, false);
            assert_harmless(shown, false);
            rest = after;
        }
        assert_harmless(rest, false);
    }
}

/// What a filter writes is harmless too.
fn judge(output: &Output) {
    match output {
        Output::Received(tell) => judge_value(&serde_json::to_value(tell).unwrap(), false),
        Output::NameRefused(text)
        | Output::Ended(End::Removed(text) | End::Refused(text) | End::UnknownServer(text)) => {
            assert_harmless(text, true);
        }
        _ => {}
    }
}

fn judge_value(value: &Value, has_lines: bool) {
    match value {
        Value::String(text) => assert_harmless(text, has_lines),
        Value::Array(values) => values.iter().for_each(|value| judge_value(value, has_lines)),
        Value::Object(fields) => {
            let kind = fields.get("type").and_then(Value::as_str);
            // What people say may have several lines; their names and rooms may not.
            let has_lines = matches!(
                kind,
                Some("notice" | "refused" | "said" | "acted" | "edited" | "found" | "private")
            );
            fields.iter().for_each(|(name, value)| judge_value(value, has_lines && name == "text"));
        }
        _ => {}
    }
}
