//! The terminal client on a virtual terminal, with a clock that the test moves.

use std::time::{Duration, Instant};

use jiff::tz::TimeZone;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use salon::client::app::App;
use salon::client::link::Identity;
use salon::client::palette::Palette;
use salon::client::screen::Screen;
use salon::terminal::keys::Keys;

/// A client on a virtual terminal. The test plays the server.
pub struct Desk {
    pub app: App,
    pub screen: Screen<TestBackend>,
    pub now: Instant,
    id: u64,
    /// Everything that the client sent.
    pub sent: String,
    pub rang: bool,
}

impl Desk {
    pub fn new(columns: u16, rows: u16) -> Desk {
        let identity = Identity { name: "Ann".into(), bot: false, room: "lobby".into() };
        let now = Instant::now();
        let screen = Screen::new(TestBackend::new(columns, rows), Palette::None).unwrap();
        let app = App::new(identity, TimeZone::UTC, 1, now);
        Desk { app, screen, now, id: 0, sent: String::new(), rang: false }
    }

    /// A client that is in the room with these others. Names that end with `_Bot` are bots.
    pub fn with(columns: u16, rows: u16, others: &[&str]) -> Desk {
        let mut desk = Desk::new(columns, rows);
        desk.enter(others);
        desk
    }

    pub fn enter(&mut self, others: &[&str]) {
        self.settle();
        self.app.link().connected(self.now);
        self.hear(r#"{"type":"hello","version":1,"server":"Salon","name":"Ann"}"#);
        self.enter_room("lobby", others);
        self.sent.clear();
    }

    /// The server lets the client into a room.
    pub fn enter_room(&mut self, room: &str, others: &[&str]) {
        let present: Vec<String> =
            others.iter().map(|name| format!(r#"{{"who":"{name}","is":"{}"}}"#, is(name))).collect();
        let (count, present) = (others.len() + 1, present.join(","));
        self.hear(&format!(r#"{{"type":"welcome","room":"{room}","count":{count},"present":[{present}]}}"#));
        self.hear(&format!(r#"{{"type":"live","room":"{room}"}}"#));
    }

    pub fn hear(&mut self, line: &str) {
        self.app.link().received(format!("{line}\n").as_bytes(), self.now);
        self.settle();
    }

    /// Sends the client an event of the lobby: `said Bob hello`.
    pub fn news(&mut self, news: &str) {
        self.news_in("lobby", news);
    }

    /// Sends the client an event of a room.
    pub fn news_in(&mut self, room: &str, news: &str) {
        self.id += 1;
        let mut words = news.splitn(3, ' ');
        let (kind, who) = (words.next().unwrap(), words.next().unwrap());
        let text = words.next().map(|text| serde_json::to_string(text).unwrap());
        let text = text.map(|text| format!(r#""text":{text},"#)).unwrap_or_default();
        let (id, is, minute) = (self.id, is(who), self.id % 60);
        self.hear(&format!(
            r#"{{"type":"{kind}","id":{id},"time":"2026-11-20T19:{minute:02}:00.000Z","room":"{room}","who":"{who}","is":"{is}",{text}"replayed":false}}"#
        ));
    }

    pub fn keys(&mut self, keys: &str) {
        let mut parser = Keys::default();
        parser.feed(keys.as_bytes(), self.now);
        while let Some(key) = parser.next_key() {
            self.app.press(key, self.now);
        }
        self.settle();
    }

    pub fn wait(&mut self, time: Duration) {
        self.now += time;
        self.app.handle_timeout(self.now);
        self.settle();
    }

    pub fn settle(&mut self) {
        while let Some(output) = self.app.link().poll_output() {
            self.app.handle(output, self.now);
        }
        let link = self.app.link();
        self.sent.push_str(std::str::from_utf8(link.unsent()).unwrap());
        let bytes = link.unsent().len();
        link.sent(bytes);
        self.rang |= self.app.take_alert().is_some();
        self.screen.show(&self.app.take_lines()).unwrap();
        self.screen.draw(&self.app, self.now).unwrap();
    }

    /// What has scrolled away, a line, and the terminal's screen.
    pub fn picture(&self) -> String {
        let backend = self.screen.backend();
        let mut rows = text(backend.scrollback());
        rows.push("~".into());
        rows.extend(text(backend.buffer()));
        while rows.last().is_some_and(String::is_empty) {
            rows.pop();
        }
        rows.join("\n")
    }
}

fn is(name: &str) -> &'static str {
    match name {
        "Host" => "host",
        name if name.ends_with("_Bot") => "bot",
        _ => "person",
    }
}

/// The rows of a buffer. A wide character covers the next cell.
fn text(buffer: &Buffer) -> Vec<String> {
    let width = usize::from(buffer.area.width);
    buffer
        .content
        .chunks(width.max(1))
        .map(|row| {
            let (mut text, mut skip) = (String::new(), 0);
            for cell in row {
                if skip == 0 {
                    text.push_str(cell.symbol());
                    // What begins or ends a link has no width.
                    let parts = cell.symbol().split("\u{1b}]8;");
                    let seen: String = parts.map(|part| part.rsplit('\\').next().unwrap()).collect();
                    skip = unicode_width::UnicodeWidthStr::width(seen.as_str()).max(1);
                }
                skip -= 1;
            }
            text.trim_end().to_owned()
        })
        .collect()
}
