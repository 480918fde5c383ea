//! What is wrong with a line of JSON that is no object of the dialect, in words for whoever writes the program.

use serde_json::{Map, Value};

use crate::base::limits::INVALID_ECHO_BYTES;
use crate::base::text::{clean, head};

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Holds {
    Text,
    TextOrNull,
    Boolean,
    Whole,
    IdOrNull,
}

/// A field: its name, what it holds, and whether it has to be there.
type Field = (&'static str, Holds, bool);

/// The types of objects, and their fields.
const TYPES: [(&str, &[Field]); 10] = [
    (
        "hello",
        &[
            ("version", Holds::Whole, true),
            ("name", Holds::Text, true),
            ("bot", Holds::Boolean, false),
            ("token", Holds::TextOrNull, false),
        ],
    ),
    ("join", &[("room", Holds::TextOrNull, false), ("after", Holds::IdOrNull, false)]),
    ("ping", &[]),
    ("rooms", &[("watch", Holds::Boolean, false)]),
    ("members", &[("room", Holds::TextOrNull, false)]),
    (
        "history",
        &[
            ("room", Holds::TextOrNull, false),
            ("before", Holds::IdOrNull, false),
            ("after", Holds::IdOrNull, false),
            ("limit", Holds::IdOrNull, false),
        ],
    ),
    (
        "search",
        &[
            ("room", Holds::TextOrNull, false),
            ("words", Holds::Text, true),
            ("limit", Holds::IdOrNull, false),
        ],
    ),
    ("leave", &[("room", Holds::TextOrNull, false)]),
    ("say", &[("room", Holds::TextOrNull, false), ("text", Holds::Text, true)]),
    (
        "command",
        &[("room", Holds::TextOrNull, false), ("name", Holds::Text, true), ("rest", Holds::Text, false)],
    ),
];

/// A sentence about a line that could not be understood.
pub(super) fn unclear(line: &str) -> String {
    match serde_json::from_str(line) {
        Err(why) => format!(
            "That is no JSON: it is wrong, or ends, at character {} of the line. Send an object on a line, such as \
             {{\"type\":\"say\",\"text\":\"Hi!\"}}.",
            why.column()
        ),
        Ok(Value::Object(object)) => of_object(&object),
        Ok(_) => "That is no object. Send one on a line, such as {\"type\":\"say\",\"text\":\"Hi!\"}.".into(),
    }
}

fn of_object(object: &Map<String, Value>) -> String {
    const KNOWN: &str = "hello, join, leave, say, command, ping, rooms, members, history and search";
    let kind = match object.get("type") {
        Some(Value::String(kind)) => kind,
        Some(_) => return format!("The field \"type\" holds a text: there are {KNOWN}."),
        None => return format!("The field \"type\" is missing: there are {KNOWN}."),
    };
    let Some((kind, fields)) = TYPES.iter().find(|(known, _)| known == kind) else {
        return format!("There is no type \"{}\". There are {KNOWN}.", shown(kind));
    };
    for (name, holds, is_needed) in *fields {
        match object.get(*name) {
            None if *is_needed => {
                return format!(
                    "In \"{kind}\" the field \"{name}\" is missing. It holds {}.",
                    holds.in_words()
                );
            }
            Some(value) if !holds.allows(value) => {
                return format!("In \"{kind}\" the field \"{name}\" holds {}.", holds.in_words());
            }
            _ => {}
        }
    }
    format!("In \"{kind}\" a field stands twice.")
}

impl Holds {
    fn allows(self, value: &Value) -> bool {
        match self {
            Holds::Text => value.is_string(),
            Holds::TextOrNull => value.is_string() || value.is_null(),
            Holds::Boolean => value.is_boolean(),
            Holds::IdOrNull => value.as_u64().is_some() || value.is_null(),
            Holds::Whole => value.as_u64().is_some_and(|number| u32::try_from(number).is_ok()),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            Holds::Text | Holds::TextOrNull => "a text",
            Holds::Boolean => "true or false",
            Holds::Whole | Holds::IdOrNull => "a whole number",
        }
    }
}

/// What is repeated of something that is not known, as it was written.
fn shown(text: &str) -> String {
    let most = head(text, INVALID_ECHO_BYTES);
    let more = if most.len() < text.len() { "…" } else { "" };
    clean(most.as_bytes()).into_owned() + more
}

#[cfg(test)]
mod tests {
    use super::unclear;
    use crate::base::limits::INVALID_ECHO_BYTES;
    use crate::wire::json::Ask;

    #[test]
    fn what_is_wrong_is_said_in_words() {
        for (line, why) in [
            ("{", "That is no JSON: it is wrong, or ends, at character 1 "),
            ("{\"type\":\"say\" \"text\":1}", "That is no JSON: it is wrong, or ends, at character 15 "),
            ("17", "That is no object."),
            ("[{\"type\":\"say\"}]", "That is no object."),
            ("{}", "The field \"type\" is missing: there are hello, join, leave, say, command,"),
            ("{\"type\":7}", "The field \"type\" holds a text"),
            ("{\"type\":\"dan\\u001bce\"}", "There is no type \"dan\u{fffd}ce\". There are hello, "),
            (
                "{\"type\":\"hello\",\"name\":\"Ann\"}",
                "In \"hello\" the field \"version\" is missing. It holds a whole",
            ),
            (
                "{\"type\":\"hello\",\"version\":-1,\"name\":\"A\"}",
                "In \"hello\" the field \"version\" holds a whole",
            ),
            (
                "{\"type\":\"hello\",\"version\":1.5,\"name\":\"A\"}",
                "In \"hello\" the field \"version\" holds a whole",
            ),
            (
                "{\"type\":\"hello\",\"version\":1}",
                "In \"hello\" the field \"name\" is missing. It holds a text.",
            ),
            (
                "{\"type\":\"hello\",\"version\":1,\"name\":\"A\",\"bot\":1}",
                "In \"hello\" the field \"bot\" holds true or",
            ),
            ("{\"type\":\"say\"}", "In \"say\" the field \"text\" is missing. It holds a text."),
            ("{\"type\":\"say\",\"text\":null}", "In \"say\" the field \"text\" holds a text."),
            ("{\"type\":\"join\",\"room\":[]}", "In \"join\" the field \"room\" holds a text."),
            ("{\"type\":\"command\",\"rest\":\"x\"}", "In \"command\" the field \"name\" is missing."),
            ("{\"type\":\"say\",\"text\":\"a\",\"text\":\"b\"}", "In \"say\" a field stands twice."),
        ] {
            assert!(serde_json::from_str::<Ask>(line).is_err(), "{line} is understood");
            let said = unclear(line);
            assert!(said.starts_with(why), "{line}: {said}");
        }
        // What is not understood is repeated only in part.
        let long = unclear(&format!("{{\"type\":\"{}\"}}", "é".repeat(5_000)));
        assert!(long.len() < 2 * INVALID_ECHO_BYTES && long.contains("…\". There are"), "{long}");
        assert!(unclear(&"[".repeat(5_000)).starts_with("That is no JSON"));
    }
}
