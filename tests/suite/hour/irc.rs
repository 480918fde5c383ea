//! Parses one line to an IRC client.

use salon::base::limits::IRC_SENT_BYTES;

use crate::hour::hearing::{Private, Word, notice};

/// A line, by its parts.
struct Parts<'a> {
    tags: &'a str,
    /// Who it is from, without the host.
    from: &'a str,
    command: &'a str,
    middle: Vec<&'a str>,
    last: &'a str,
}

/// Parses a line to the client called `own`. An error is a violation.
pub fn line(line: &str, own: &str) -> Result<Word, String> {
    if let Some(why) = line.strip_prefix("ERROR :") {
        return Ok(Word::Removed(why.to_owned()));
    }
    let Parts { tags, from, command, middle, last } = parts(line)?;
    let room = |at: usize| middle.get(at).and_then(|room| room.strip_prefix('#')).map(str::to_owned);
    let is_own = from == own;
    Ok(match (command, room(0)) {
        ("001", _) => Word::Known(middle.first().copied().unwrap_or_default().to_owned()),
        ("JOIN", room) if is_own => Word::Welcome(room, None),
        ("PART", room) if is_own => Word::Parted(room, last.to_owned()),
        ("KICK", room) if middle.get(1) == Some(&own) => Word::Parted(room, last.to_owned()),
        ("NICK", _) if is_own => Word::Renamed(last.to_owned()),
        ("PRIVMSG", Some(room)) => message(tags, room, from, last)?,
        ("PRIVMSG", None) => {
            let to = middle.first().copied().unwrap_or_default();
            let other = if is_own { to } else { from };
            // Further pieces have no id. What was written here is short.
            Word::Private(Private {
                other: other.into(),
                is_own,
                text: last.into(),
                is_old: tags.contains("batch="),
            })
        }
        ("NOTICE", Some(room)) if tags.contains("msgid=") => message(tags, room, from, last)?,
        ("NOTICE", _) => notice(last.to_owned()),
        (numeric, _) if numeric.starts_with(['4', '5', '9']) => Word::Notice(last.to_owned()),
        (
            "JOIN" | "PART" | "KICK" | "QUIT" | "NICK" | "TOPIC" | "MODE" | "BATCH" | "CAP" | "TAGMSG"
            | "PONG" | "ACK" | "AWAY" | "INVITE" | "REDACT" | "MARKREAD",
            _,
        ) => Word::Nothing,
        (numeric, _) if numeric.len() == 3 && numeric.bytes().all(|b| b.is_ascii_digit()) => Word::Nothing,
        _ => return Err(format!("no line of IRC: {line}")),
    })
}

/// A message in a room. Of a long one, only the first piece has an id.
fn message(tags: &str, room: String, from: &str, text: &str) -> Result<Word, String> {
    let tag = |name| tags.split(';').find_map(|tag| tag.strip_prefix(name)?.strip_prefix('='));
    let Some(id) = tag("msgid") else { return Ok(Word::Nothing) };
    let id = id.rsplit('/').nth(1).and_then(|id| id.parse().ok()).ok_or_else(|| format!("no id: {id}"))?;
    let text = text.strip_prefix("\u{1}ACTION ").and_then(|act| act.strip_suffix('\u{1}')).unwrap_or(text);
    let batch = tag("batch");
    if batch.is_some_and(|batch| batch != "replay") {
        // It is found by a question.
        return Ok(Word::Nothing);
    }
    let is_old = batch.is_some();
    // An edited message has another text than it had first.
    let text = if is_old && text.ends_with(" (edited)") { "" } else { text };
    Ok(Word::Begun(room, id, from.to_owned(), text.to_owned(), is_old))
}

fn parts(line: &str) -> Result<Parts<'_>, String> {
    let wrong = || format!("no line of IRC: {line:?}");
    let (tags, rest) = match line.strip_prefix('@') {
        Some(tagged) => tagged.split_once(' ').ok_or_else(wrong)?,
        None => ("", line),
    };
    if rest.len() + 2 > IRC_SENT_BYTES {
        return Err(format!("a line of {} bytes: {line}", rest.len() + 2));
    }
    let rest = rest.strip_prefix(':').ok_or_else(wrong)?;
    let (source, rest) = rest.split_once(' ').ok_or_else(wrong)?;
    let (head, last) = rest.split_once(" :").unwrap_or((rest, ""));
    let mut middle = head.split(' ');
    let command = middle.next().ok_or_else(wrong)?;
    let from = source.split('!').next().unwrap_or(source);
    Ok(Parts { tags, from, command, middle: middle.collect(), last })
}
