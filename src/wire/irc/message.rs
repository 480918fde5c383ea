//! A line of IRC: parsed from a client, and put together for one (RFC 2812, section 2.3.1; `ircv3.net/specs/extensions/message-tags`).

use bytes::BytesMut;

use crate::base::limits::IRC_SENT_BYTES;

/// The most parameters of a message (RFC 2812, section 2.3).
const PARAMS: usize = 15;

/// What begins and ends a CTCP message.
pub(super) const CTCP: char = '\u{1}';

/// A line of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Message<'a> {
    /// The tags as written, without the `@`.
    pub(super) tags: &'a str,
    /// The command in capitals.
    pub(super) command: String,
    /// The parameters. The last one may have spaces, and may be empty.
    pub(super) params: Vec<&'a str>,
}

impl<'a> Message<'a> {
    /// Parses a line without its end. `None`: it has no command.
    pub(super) fn parse(line: &'a str) -> Option<Message<'a>> {
        let mut rest = line.trim_start_matches(' ');
        let mut tags = "";
        if let Some(tagged) = rest.strip_prefix('@') {
            (tags, rest) = word(tagged);
        }
        if rest.starts_with(':') {
            // Clients need not say who they are, and are not believed.
            (_, rest) = word(rest);
        }
        let (command, mut rest) = word(rest);
        if command.is_empty() {
            return None;
        }
        let mut params = Vec::new();
        while !rest.is_empty() {
            if let Some(last) = rest.strip_prefix(':') {
                params.push(last);
                break;
            }
            if params.len() + 1 == PARAMS {
                params.push(rest);
                break;
            }
            let (param, behind) = word(rest);
            params.push(param);
            rest = behind;
        }
        Some(Message { tags, command: command.to_ascii_uppercase(), params })
    }

    /// A parameter; empty if there is none.
    pub(super) fn param(&self, at: usize) -> &'a str {
        self.params.get(at).copied().unwrap_or_default()
    }

    /// The value of a tag; of the last one, if there are several. `None`: there is no such tag.
    pub(super) fn tag(&self, name: &str) -> Option<&'a str> {
        let pairs = self.tags.split(';').map(|tag| tag.split_once('=').unwrap_or((tag, "")));
        pairs.rev().find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// The first word, and what follows the spaces after it.
fn word(text: &str) -> (&str, &str) {
    let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
    (word, rest.trim_start_matches(' '))
}

/// Appends a line. `tags`: with its `@` and the space behind it, or empty. `last`: the last parameter, which may have spaces. What
/// exceeds the length of a line is cut off.
pub(super) fn put(
    out: &mut BytesMut,
    tags: &str,
    source: &str,
    command: &str,
    middle: &[&str],
    last: Option<&str>,
) {
    out.extend_from_slice(tags.as_bytes());
    let begin = out.len();
    for part in [":", source, " ", command] {
        out.extend_from_slice(part.as_bytes());
    }
    for param in middle {
        out.extend_from_slice(b" ");
        put_middle(out, param);
    }
    if let Some(last) = last {
        out.extend_from_slice(b" :");
        put_last(out, last);
    }
    cut(out, begin + IRC_SENT_BYTES - 2);
    out.extend_from_slice(b"\r\n");
}

/// The reference of a batch, and the client's label, of a label as `labels.rs` makes it.
pub(super) fn label_parts(label: Option<&str>) -> (Option<&str>, Option<&str>) {
    let (batch, own) = label.map_or(("", None), |label| match label.split_once(';') {
        Some((batch, own)) => (batch, Some(own)),
        None => (label, None),
    });
    (Some(batch).filter(|batch| !batch.is_empty()), own)
}

/// Appends a line with one more tag in front.
pub(super) fn put_tagged(tag: &str, line: &str, out: &mut BytesMut) {
    let rest = line.strip_prefix('@');
    for part in ["@", tag, if rest.is_some() { ";" } else { " " }, rest.unwrap_or(line)] {
        out.extend_from_slice(part.as_bytes());
    }
}

/// A parameter that is no last one: what could be taken for more than one is cut off.
fn put_middle(out: &mut BytesMut, param: &str) {
    let param = param.trim_start_matches([':', ' ']);
    let end = param.find(|c: char| c == ' ' || c.is_control()).unwrap_or(param.len());
    out.extend_from_slice(if end == 0 { b"*" } else { &param.as_bytes()[..end] });
}

fn put_last(out: &mut BytesMut, text: &str) {
    if !text.contains(['\r', '\n', '\0']) {
        return out.extend_from_slice(text.as_bytes());
    }
    for c in text.chars() {
        let harmless = if matches!(c, '\r' | '\n' | '\0') { ' ' } else { c };
        out.extend_from_slice(harmless.encode_utf8(&mut [0; 4]).as_bytes());
    }
}

/// Cuts the buffer to a length, between two characters.
fn cut(out: &mut BytesMut, length: usize) {
    if out.len() <= length {
        return;
    }
    let is_inside = |at: usize| out[at] & 0xc0 == 0x80;
    let end = (0..=length).rev().find(|at| !is_inside(*at)).unwrap_or(0);
    out.truncate(end);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_tags_a_source_a_command_and_parameters() {
        let parse = |line| Message::parse(line).map(|it| (it.command.clone(), it.params));
        assert_eq!(parse("privmsg #a :hi  there "), Some(("PRIVMSG".into(), vec!["#a", "hi  there "])));
        assert_eq!(parse(":Ann  JOIN   #a,#b  "), Some(("JOIN".into(), vec!["#a,#b"])));
        assert_eq!(parse("USER a 0 * :"), Some(("USER".into(), vec!["a", "0", "*", ""])));
        for nothing in ["", " ", ":Ann", "@a=b", "@a :b "] {
            assert_eq!(parse(nothing), None, "{nothing:?}");
        }
        let many = format!("X {}", "a ".repeat(20));
        let params = parse(&many).unwrap().1;
        assert_eq!((params.len(), params[14]), (15, "a a a a a a "));
        let tagged = Message::parse("@label=x0;label=x1;+typing;a= TAGMSG #a").unwrap();
        let tags = ["label", "+typing", "a", "b"].map(|name| tagged.tag(name));
        assert_eq!(tags, [Some("x1"), Some(""), Some(""), None]);
    }

    #[test]
    fn no_parameter_can_become_two_lines_or_two_parameters() {
        let mut out = BytesMut::new();
        put(&mut out, "", "salon", "401", &["Ann", ":x y\r\nz", "", "a\nb"], Some("no\r\nsuch\0one"));
        assert_eq!(out, ":salon 401 Ann x * a :no  such one\r\n");
    }

    #[test]
    fn a_long_line_is_cut_between_characters() {
        for text in ["x", "é", "€", "😀"] {
            let mut out = BytesMut::new();
            put(&mut out, "@time=x ", "salon", "NOTICE", &["Ann"], Some(&text.repeat(600)));
            let line = String::from_utf8(out.to_vec()).unwrap();
            let length = line.len() - "@time=x ".len();
            assert!((IRC_SENT_BYTES - 3..=IRC_SENT_BYTES).contains(&length), "{text} {length}");
        }
    }
}
