//! Labels: what is answered to a line with a label has the label, too (`ircv3.net/specs/extensions/labeled-response`).
//!
//! To the hub, the label of a request is the reference of a batch in which its answer comes later, or `;` and the client's label, or
//! both: `h1;x`.

use std::rc::Rc;

use bytes::BytesMut;

use crate::base::limits::IRC_LABEL_BYTES;
use crate::proto::{Event, ProgramEvent};
use crate::wire::irc::Irc;
use crate::wire::irc::caps::Caps;
use crate::wire::irc::message::{Message, label_parts, put, put_tagged};

/// The reference of the batch in which an answer of several lines comes. It is free again when the batch ends.
const ANSWER: &str = "answer";

/// That of a batch that comes in parts, with other lines between them.
const PARTS: &str = "parts";

/// Which part of an answer some lines are.
#[derive(Clone, Copy, Debug)]
pub struct AnswerPart {
    /// The first one.
    pub begins: bool,
    /// The last one.
    pub ends: bool,
}

impl AnswerPart {
    /// All of it.
    pub const WHOLE: AnswerPart = AnswerPart { begins: true, ends: true };
}

impl Irc {
    /// The label of a line, as it is written.
    pub(super) fn label_of(&self, message: &Message<'_>) -> Option<String> {
        let label = message.tag("label").filter(|_| self.caps.has(Caps::LABELS | Caps::BATCH))?;
        (1..=IRC_LABEL_BYTES).contains(&label.len()).then(|| label.to_owned())
    }

    /// The label of the request that was taken last, for the hub.
    pub(in crate::wire) fn take_label(&mut self) -> Option<Rc<str>> {
        match (self.batch.take(), &self.label) {
            (batch, Some(label)) => Some(format!("{};{label}", batch.unwrap_or_default()).into()),
            (batch, None) => batch.map(Rc::from),
        }
    }

    /// Whether the last line asks for more than was taken.
    pub(in crate::wire) fn is_going_on(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Appends the lines that answer a line with this label, which may be none; or a part of them.
    pub(in crate::wire) fn put_answer_to(
        &self,
        label: &str,
        lines: &[u8],
        part: AnswerPart,
        out: &mut BytesMut,
    ) {
        let text = String::from_utf8_lossy(lines);
        // Some may answer an earlier line, and have its label.
        let (others, all): (Vec<&str>, Vec<&str>) =
            text.split_inclusive("\r\n").partition(|line| line.starts_with("@label="));
        out.extend_from_slice(others.concat().as_bytes());
        let server = &self.server.name;
        let Some(own) = label_parts(Some(label)).1 else { return out.extend_from_slice(lines) };
        let tag = format!("label={own}");
        if !(part.begins && part.ends) {
            return self.put_in_batch(PARTS, (&tag, part), &all, out);
        }
        match &all[..] {
            [] => put(out, &format!("@{tag} "), server, "ACK", &[], None),
            [line] => put_tagged(&tag, line, out),
            [first, rest @ ..] if is_batch(first, rest) => {
                put_tagged(&tag, first, out);
                out.extend_from_slice(rest.concat().as_bytes());
            }
            all => self.put_in_batch(ANSWER, (&tag, part), all, out),
        }
    }

    /// Appends lines of a batch with this reference and this tag.
    fn put_in_batch(
        &self,
        reference: &str,
        (tag, part): (&str, AnswerPart),
        lines: &[&str],
        out: &mut BytesMut,
    ) {
        let server = &self.server.name;
        if part.begins {
            let begin = [&format!("+{reference}"), "labeled-response"];
            put(out, &format!("@{tag} "), server, "BATCH", &begin, None);
        }
        for line in lines {
            if line.starts_with("@batch=") {
                // It is in a batch within this one.
                out.extend_from_slice(line.as_bytes());
            } else {
                put_tagged(&format!("batch={reference}"), line, out);
            }
        }
        if part.ends {
            put(out, "", server, "BATCH", &[&format!("-{reference}")], None);
        }
    }

    /// Appends an event that answers an earlier line with this label.
    pub(in crate::wire) fn render_labelled(&mut self, event: &Event, label: &str, out: &mut BytesMut) {
        match event {
            Event::Program(ProgramEvent::Done { .. }) if label_parts(Some(label)).1.is_none() => {}
            _ => {
                let mut lines = BytesMut::new();
                self.render_late(event, &mut lines);
                self.put_answer_to(label, &lines, AnswerPart::WHOLE, out);
            }
        }
    }
}

/// Whether these lines are one batch.
fn is_batch(first: &str, rest: &[&str]) -> bool {
    let end = end_of(first);
    end.is_some_and(|end| rest.iter().position(|line| line.ends_with(&end)) == rest.len().checked_sub(1))
}

/// How the last line of the batch ends that begins with this line.
fn end_of(line: &str) -> Option<String> {
    let (_, batch) = line.split_once(" BATCH +")?;
    Some(format!(" BATCH -{}\r\n", batch.split([' ', '\r']).next()?))
}
