//! Messages of several lines, or longer than a line: clients that know `draft/multiline` send and get each as one batch
//! (`ircv3.net/specs/extensions/multiline`). Others get its lines one by one, and send one line.

use bytes::BytesMut;

use crate::base::limits::{IRC_LABEL_BYTES, MESSAGE_BYTES, MESSAGE_LINES};
use crate::wire::irc::Irc;
use crate::wire::irc::caps::Caps;
use crate::wire::irc::message::{Message, put};
use crate::wire::irc::text::joinable;

/// The type of such a batch.
const TYPE: &str = "draft/multiline";

/// Says that a line continues the one before.
const CONTINUES: &str = "draft/multiline-concat";

/// The reference of a batch that is sent. It is free again when the batch ends.
const REFERENCE: &str = "multiline";

/// A message of a client that is not complete.
#[derive(Debug)]
pub(super) struct OpenBatch {
    reference: String,
    target: String,
    /// The label of its first line.
    label: Option<String>,
    /// PRIVMSG or NOTICE; empty before the first line of text.
    command: String,
    text: String,
    lines: usize,
    /// Why it will not be said.
    fault: Option<Fault>,
}

/// What is wrong with a batch.
#[derive(Debug)]
enum Fault {
    TooLong,
    TooManyLines,
    /// A line of it goes to another target.
    Target(String),
    Other(&'static str),
}

impl OpenBatch {
    fn add(&mut self, line: &Message<'_>) {
        if self.fault.is_none() {
            self.fault = self.try_add(line).err();
        }
        if self.fault.is_some() {
            self.text = String::new();
        }
    }

    fn try_add(&mut self, line: &Message<'_>) -> Result<(), Fault> {
        let (target, text) = (line.param(0), line.param(1));
        if !target.eq_ignore_ascii_case(&self.target) {
            return Err(Fault::Target(target.to_owned()));
        }
        if self.lines == 0 {
            self.command.clone_from(&line.command);
        } else if line.tag(CONTINUES).is_none() {
            self.text.push('\n');
        }
        self.lines += 1;
        if self.command != line.command {
            return Err(Fault::Other("It mixes messages and notices"));
        }
        if self.lines > MESSAGE_LINES {
            return Err(Fault::TooManyLines);
        }
        if self.text.len() + text.len() > MESSAGE_BYTES {
            return Err(Fault::TooLong);
        }
        self.text.push_str(text);
        Ok(())
    }

    /// The text, without blanks at the ends of its lines, and without blank lines around it.
    fn text(&self) -> String {
        let lines: Vec<&str> = self.text.split('\n').map(str::trim_end).collect();
        lines.join("\n").trim_matches('\n').to_owned()
    }
}

impl Irc {
    /// Whether it sends and gets messages of several lines as batches.
    fn knows_multiline(&self) -> bool {
        self.caps.has(Caps::MULTILINE | Caps::BATCH)
    }

    /// BATCH: begins or ends a message of several lines.
    pub(super) fn batch(&mut self, message: &Message<'_>) {
        match message.param(0).split_at_checked(1) {
            Some(("+", reference)) => self.open_batch(reference, message),
            Some(("-", reference)) => self.close_batch(reference),
            _ => self.needs_more("BATCH"),
        }
    }

    fn open_batch(&mut self, reference: &str, message: &Message<'_>) {
        let (kind, target) = (message.param(1), message.param(2));
        let is_sound = kind == TYPE && !target.is_empty() && (1..=IRC_LABEL_BYTES).contains(&reference.len());
        if !is_sound || !self.knows_multiline() {
            return self.batch_fails(&Fault::Other("A batch is draft/multiline, with a target, or nothing"));
        }
        if let Some(first) = self.open_batch.take() {
            self.answer_for(first.label.as_deref());
            return self.batch_fails(&Fault::Other("A batch has begun within another one"));
        }
        self.open_batch = Some(OpenBatch {
            reference: reference.to_owned(),
            target: target.to_owned(),
            label: self.label.take(),
            command: String::new(),
            text: String::new(),
            lines: 0,
            fault: None,
        });
    }

    /// Takes a line that belongs to a batch, as its tag says. Returns false if it belongs to none.
    pub(super) fn add_to_batch(&mut self, line: &Message<'_>) -> bool {
        let Some(reference) = line.tag("batch").filter(|_| self.knows_multiline()) else { return false };
        match &mut self.open_batch {
            Some(batch) if batch.reference == reference => {
                self.label = None;
                batch.add(line);
            }
            _ => self.batch_fails(&Fault::Other("There is no such batch")),
        }
        true
    }

    /// A line is not UTF-8. If it belongs to a message of several lines, that is not said. Returns false if it belongs to none.
    pub(super) fn spoil_batch(&mut self, line: &Message<'_>) -> bool {
        let Some(batch) =
            self.open_batch.as_mut().filter(|batch| line.tag("batch") == Some(&batch.reference))
        else {
            return false;
        };
        batch.fault.get_or_insert(Fault::Other("A line of it is not UTF-8"));
        self.label = None;
        true
    }

    fn close_batch(&mut self, reference: &str) {
        let Some(batch) = self.open_batch.take_if(|batch| batch.reference == reference) else {
            return self.batch_fails(&Fault::Other("There is no such batch"));
        };
        self.label.clone_from(&batch.label);
        match batch.fault {
            Some(Fault::Target(other)) => {
                let about = ["MULTILINE_INVALID_TARGET", &batch.target, &other];
                self.put_batch_failure(&about, "A line goes to another target");
            }
            Some(fault) => self.batch_fails(&fault),
            None if batch.lines == 0 => self.batch_fails(&Fault::Other("It is empty")),
            None => self.say(&batch.command, &batch.target, &batch.text()),
        }
    }

    fn batch_fails(&mut self, fault: &Fault) {
        match fault {
            Fault::TooLong => {
                let about = ["MULTILINE_MAX_BYTES", &MESSAGE_BYTES.to_string()];
                self.put_batch_failure(&about, "The message is too long");
            }
            Fault::TooManyLines => {
                let about = ["MULTILINE_MAX_LINES", &MESSAGE_LINES.to_string()];
                self.put_batch_failure(&about, "The message has too many lines");
            }
            Fault::Target(_) => self.put_batch_failure(&["MULTILINE_INVALID"], "A line goes elsewhere"),
            Fault::Other(why) => self.put_batch_failure(&["MULTILINE_INVALID"], why),
        }
    }

    /// Both batches are over if one begins within another: answers for the first one, if it has a label.
    fn answer_for(&mut self, label: Option<&str>) {
        let Some(label) = label else { return };
        let about = ["BATCH", "MULTILINE_INVALID"];
        let why = Some("Another batch has begun within it");
        put(&mut self.replies, &format!("@label={label} "), &self.server.name, "FAIL", &about, why);
    }

    /// A standard reply to all: whoever sends batches knows them.
    fn put_batch_failure(&mut self, about: &[&str], why: &str) {
        let mut replies = std::mem::take(&mut self.replies);
        put(&mut replies, "", &self.server.name, "FAIL", &[&["BATCH"], about].concat(), Some(why));
        self.replies = replies;
    }
}

/// Appends a message as a batch. `tags`: of the message. `outer`: the reference of the batch in which it is. `overhead`: what a
/// line has beside its text, in bytes.
pub(super) fn put_batch(
    (from, to): (&str, &str),
    text: &str,
    (tags, outer): (&str, Option<&str>),
    overhead: usize,
    out: &mut BytesMut,
) {
    put(out, tags, from, "BATCH", &[&format!("+{REFERENCE}"), TYPE, to], None);
    for (continues, piece) in joinable(text, overhead) {
        let more = if continues { format!(";{CONTINUES}") } else { String::new() };
        put(out, &format!("@batch={REFERENCE}{more} "), from, "PRIVMSG", &[to], Some(piece));
    }
    let outer = outer.map_or_else(String::new, |outer| format!("@batch={outer} "));
    put(out, &outer, from, "BATCH", &[&format!("-{REFERENCE}")], None);
}
