//! What keys do: they edit the line, complete it, find earlier ones, and send it.

use crate::base::text::plural;
use crate::client::app::App;
use crate::client::completion::{Words, complete};
use crate::client::emoji;
use crate::client::key_help;
use crate::client::lines::Line;
use crate::client::link::Stage;
use crate::client::paste::Paste;
use crate::client::recall::{Recall, Recalled};
use crate::client::room::Room;
use crate::client::sentences::{self, Typed};
use crate::terminal::keys::Key;
use std::time::Instant;

impl App {
    /// Handles a key or a paste.
    pub fn press(&mut self, key: Key, now: Instant) {
        if self.link.is_leaving() {
            return self.press_while_leaving(&key, now);
        }
        if let Some(paste) = self.paste.take() {
            return self.answer(paste, &key, now);
        }
        if let (Key::Tab | Key::BackTab, None) = (&key, &self.recall) {
            return self.complete(key == Key::BackTab);
        }
        self.completion = None;
        if let Some(mut recall) = self.recall.take() {
            match recall.press(&key, &self.line_history, &mut self.editor) {
                Recalled::Searching => return self.recall = Some(recall),
                Recalled::Cancelled => return,
                Recalled::Chosen => return self.press(key, now),
            }
        }
        if self.press_room_key(&key) {
            return;
        }
        match key {
            Key::Enter => self.enter(now),
            Key::AltEnter => self.editor.insert("\n"),
            Key::Char(':') => {
                self.editor.press(&key);
                emoji::expand(&mut self.editor);
            }
            Key::Ctrl('r') => self.recall = Some(Recall::new(self.editor.text())),
            Key::Paste(text) => self.pasted(&text),
            Key::Up | Key::Ctrl('p') => {
                if let Some(line) = self.line_history.older(self.editor.text()) {
                    self.editor.set(line);
                }
            }
            Key::Down | Key::Ctrl('n') => {
                if let Some(line) = self.line_history.newer() {
                    self.editor.set(line);
                }
            }
            Key::Ctrl('c' | 'd') if self.editor.is_empty() => self.leave(now),
            Key::Ctrl('c') => drop(self.editor.take()),
            Key::Ctrl('l') => self.repaint = true,
            Key::F2 => self.pane = self.pane.other(),
            Key::Escape if self.link.waiting() > 0 => self.drop_waiting(),
            key => drop(self.editor.press(&key)),
        }
    }

    pub(super) fn complete(&mut self, backwards: bool) {
        if let Some(completion) = &mut self.completion {
            return completion.turn(&mut self.editor, backwards);
        }
        let room = self.rooms.current();
        // In a private tab, those of all rooms: one may write to any of them.
        let is_private = room.is_some_and(|room| room.partner().is_some());
        let asked =
            self.rooms.iter().filter(|other| is_private || room.is_some_and(|room| room.name == other.name));
        let names = asked.flat_map(|room| room.roster.others().map(|other| other.name.as_str()));
        let partners = self.rooms.iter().filter_map(Room::partner);
        let rooms = self.rooms.iter().filter(|room| room.partner().is_none()).map(|room| room.name.as_str());
        let words = Words {
            names: names.chain(partners).collect(),
            rooms: self.known.names().chain(rooms).collect(),
            commands: room.into_iter().flat_map(|room| self.known.commands(&room.name)).collect(),
        };
        self.completion = complete(&mut self.editor, &words, backwards);
    }

    /// Takes what is on the input line away. The up arrow brings it back.
    pub(in crate::client) fn put_aside(&mut self) {
        let line = self.editor.take();
        self.line_history.push(&line);
    }

    /// Handles Enter.
    pub(super) fn enter(&mut self, now: Instant) {
        if self.link.stage() == Stage::NeedsName {
            let name = self.editor.take();
            if sentences::parse_line(name.trim()) == Typed::Leave {
                // Without a name, waiting messages cannot be sent: leave at once.
                self.leave(now);
                if self.link.stage() == Stage::NeedsName {
                    self.leave(now);
                }
            } else if !name.trim().is_empty() {
                self.link.set_name(name.trim().to_owned(), now);
            }
            return;
        }
        // Taken first: the line may lead to another room, which has its own draft.
        let line = self.editor.take();
        if self.send(sentences::parse_line(&emoji::expanded(&line)), now) {
            self.line_history.push(&line);
        } else {
            self.editor.set(line);
        }
    }

    /// Carries out a typed line, or shows why not. Returns false if it can be sent once it is changed, or later.
    pub(super) fn send(&mut self, line: Typed, now: Instant) -> bool {
        let problem = match line {
            Typed::Nothing => None,
            Typed::Leave => {
                self.leave(now);
                None
            }
            Typed::Send(request) if key_help::is_keys(&request) => {
                for line in key_help::lines() {
                    self.put_here(Line::notice(line));
                }
                None
            }
            Typed::Send(request) => match self.place(request) {
                Ok(Some(request)) => {
                    self.points_to_keys |= key_help::is_help(&request);
                    let sent = self.link.send(request, now);
                    sent.is_err()
                        .then(|| "Too many messages wait to be sent. Try again in a moment.".to_owned())
                }
                Ok(None) => None,
                Err(problem) => {
                    // It cannot be done here: what is typed next does not follow it.
                    self.lines.push(Line::notice(problem));
                    return true;
                }
            },
            Typed::TooLong(bytes) => Some(sentences::too_long(bytes)),
            Typed::TooManyLines(lines) => Some(sentences::too_many_lines(lines)),
        };
        let possible = problem.is_none();
        self.lines.extend(problem.map(Line::notice));
        possible
    }

    pub(super) fn pasted(&mut self, text: &str) {
        let paste = Paste::new(text);
        if paste.lines() < 2 {
            self.editor.insert(paste.joined());
            return;
        }
        let why = match sentences::parse_message(&paste.within(&self.editor)) {
            Typed::TooLong(bytes) => sentences::too_long(bytes),
            Typed::TooManyLines(lines) => sentences::too_many_lines(lines),
            _ => return self.paste = Some(paste),
        };
        let count = plural(paste.lines(), "line");
        self.lines.push(Line::notice(format!("You pasted {count}, and they were not sent. {why}")));
    }

    /// Handles the answer to the question about a paste.
    pub(super) fn answer(&mut self, paste: Paste, key: &Key, now: Instant) {
        match key {
            Key::Enter | Key::Char('y' | 'Y') => {
                let text = paste.within(&self.editor);
                if self.send(sentences::parse_message(&emoji::expanded(&text)), now) {
                    self.line_history.push(&text);
                    self.editor.take();
                } else {
                    self.paste = Some(paste);
                }
            }
            Key::Char('e' | 'E') => self.editor.insert(paste.joined()),
            Key::Escape | Key::Char('n' | 'N') | Key::Ctrl('c') => self.drop_paste(&paste),
            // Whoever types on has not seen the question: all stays on the input line.
            Key::Char(c) => {
                self.editor.insert(paste.joined());
                self.editor.insert(&c.to_string());
            }
            Key::Paste(more) => self.pasted(&format!("{}\n{more}", paste.joined())),
            // The question stays open.
            _ => self.paste = Some(paste),
        }
    }

    /// Drops pasted lines; the up arrow brings them back.
    fn drop_paste(&mut self, paste: &Paste) {
        let (count, were) = (paste.lines(), if paste.lines() == 1 { "was" } else { "were" });
        let count = plural(count, "pasted line");
        self.lines.push(Line::notice(format!("{count} {were} dropped. The up arrow brings them back.")));
        self.line_history.push(&paste.within(&self.editor));
        self.editor.take();
    }
}
