//! Parses one line to an IRC client, or the lines of one message of several lines.

use salon::base::limits::IRC_SENT_BYTES;

use crate::hour::hearing::{Begun, Private, Word, notice};

/// Ends a line.
const END: &str = "\r\n";

/// How a message of several lines begins and ends, behind its tags and its source.
const BEGINS: &str = " BATCH +multiline draft/multiline ";
const ENDS: &str = " BATCH -multiline";

/// The batches in which the answer to a line with a label comes: what is said in these is new.
const ANSWERS: [&str; 2] = ["answer", "parts"];

/// A line, by its parts.
struct Parts<'a> {
    tags: &'a str,
    /// Who it is from, without the host, and whether it is a member or the host of a room.
    from: &'a str,
    is_of_member: bool,
    command: &'a str,
    middle: Vec<&'a str>,
    last: &'a str,
}

/// Whether lines belong to a message of several lines that is not complete.
pub fn goes_on(lines: &[u8]) -> bool {
    let lines = String::from_utf8_lossy(lines);
    let (first, rest) = lines.split_once(END).unwrap_or((&lines, ""));
    first.contains(BEGINS) && !rest.ends_with(ENDS)
}

/// Parses a line, or a message of several lines, to the client called `own`. An error is a violation.
pub fn line(line: &str, own: &str) -> Result<Word, String> {
    if line.contains(END) {
        return lines(line, own);
    }
    if let Some(why) = line.strip_prefix("ERROR :") {
        return Ok(Word::Removed(why.to_owned()));
    }
    let Parts { tags, from, is_of_member, command, middle, last } = parts(line)?;
    let room = |at: usize| middle.get(at).and_then(|room| room.strip_prefix('#')).map(str::to_owned);
    let is_own = from == own;
    Ok(match (command, room(0)) {
        ("001", _) => Word::Known(middle.first().copied().unwrap_or_default().to_owned()),
        ("JOIN", room) if is_own => Word::Welcome(room, None),
        ("PART", room) if is_own => Word::Parted(room, last.to_owned()),
        ("KICK", room) if middle.get(1) == Some(&own) => Word::Parted(room, last.to_owned()),
        ("NICK", _) if is_own => Word::Renamed(last.to_owned()),
        ("PRIVMSG", Some(room)) => message(tags, room, from, (last, false))?,
        ("PRIVMSG", None) => private(tags, from, &middle, (last, false), own),
        ("NOTICE", Some(room)) if tags.contains("msgid=") => message(tags, room, from, (last, false))?,
        ("NOTICE", None) if is_of_member => private(tags, from, &middle, (last, true), own),
        ("NOTICE", _) => notice(last.to_owned()),
        ("WALLOPS", _) => Word::Call(from.to_owned(), last.to_owned()),
        ("381", _) => Word::Operator(true),
        ("301", _) => Word::IsAway(middle.get(1).copied().unwrap_or_default().to_owned()),
        ("FAIL", _) => Word::Notice(last.to_owned()),
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

/// The lines of a message of several lines, put together.
fn lines(lines: &str, own: &str) -> Result<Word, String> {
    let mut lines = lines.split(END);
    let begin = parts(lines.next().unwrap_or_default())?;
    let to = begin.middle.get(2).copied().unwrap_or_default();
    let mut text = String::new();
    for (number, line) in lines.enumerate() {
        let Parts { tags, from, command, middle, last, .. } = parts(line)?;
        if command == "BATCH" {
            break;
        }
        let is_it = |tag: &str| tags.split(';').any(|other| other == tag);
        if command != "PRIVMSG" || middle != [to] || from != begin.from || !is_it("batch=multiline") {
            return Err(format!("this is no part of a message to {to}: {line}"));
        }
        if number > 0 && !is_it("draft/multiline-concat") {
            text.push('\n');
        }
        text.push_str(last);
    }
    match to.strip_prefix('#') {
        Some(room) => message(begin.tags, room.to_owned(), begin.from, (&text, true)),
        None => Ok(private(begin.tags, begin.from, &begin.middle[2..], (&text, false), own)),
    }
}

/// A private message, or a private notice. Further pieces have no id. What was written here is short.
fn private(tags: &str, from: &str, to: &[&str], (text, is_notice): (&str, bool), own: &str) -> Word {
    let is_own = from == own;
    let other = if is_own { to.first().copied().unwrap_or_default() } else { from };
    let is_old = batch(tags).is_some();
    Word::Private(Private { other: other.into(), is_own, text: text.into(), is_notice, is_old })
}

/// The batch in which a line is, unless that is an answer.
fn batch(tags: &str) -> Option<&str> {
    let batch = tags.split(';').find_map(|tag| tag.strip_prefix("batch="));
    batch.filter(|batch| !ANSWERS.contains(batch))
}

/// A message in a room. Of a long one that comes line by line, only the first piece has an id.
fn message(tags: &str, room: String, from: &str, (text, is_whole): (&str, bool)) -> Result<Word, String> {
    let tag = |name| tags.split(';').find_map(|tag| tag.strip_prefix(name)?.strip_prefix('='));
    let Some(id) = tag("msgid") else { return Ok(Word::Nothing) };
    let id = id.rsplit('/').nth(1).and_then(|id| id.parse().ok()).ok_or_else(|| format!("no id: {id}"))?;
    let text = text.strip_prefix("\u{1}ACTION ").and_then(|act| act.strip_suffix('\u{1}')).unwrap_or(text);
    let batch = batch(tags);
    if batch.is_some_and(|batch| batch != "replay") {
        // It is found by a question.
        return Ok(Word::Nothing);
    }
    let is_old = batch.is_some();
    // An edited message has another text than it had first.
    let is_edited = is_old && text.ends_with(" (edited)");
    let (text, is_whole) = if is_edited { ("", false) } else { (text, is_whole) };
    Ok(Word::Begun(Begun { room, id, who: from.to_owned(), text: text.to_owned(), is_whole, is_old }))
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
    let is_of_member = source.contains('!');
    Ok(Parts { tags, from, is_of_member, command, middle: middle.collect(), last })
}
