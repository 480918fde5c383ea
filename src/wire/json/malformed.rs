//! Explains what is wrong with a malformed JSON message, for the author of the program.

use serde_json::{Map, Value};

use crate::base::limits::INVALID_ECHO_BYTES;
use crate::base::text::{head, sanitize};

/// The type of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FieldType {
    Text,
    TextOrNull,
    Boolean,
    Whole,
    Id,
    IdOrNull,
}

/// A field: its name, its type, and whether it is required.
type Field = (&'static str, FieldType, bool);

/// The types of messages and their fields.
const TYPES: [(&str, &[Field]); 16] = [
    (
        "hello",
        &[
            ("version", FieldType::Whole, true),
            ("name", FieldType::Text, true),
            ("bot", FieldType::Boolean, false),
            ("token", FieldType::TextOrNull, false),
            ("password", FieldType::TextOrNull, false),
            ("lines", FieldType::Boolean, false),
        ],
    ),
    ("join", &[("room", FieldType::TextOrNull, false), ("after", FieldType::IdOrNull, false)]),
    ("nick", &[("name", FieldType::Text, true)]),
    ("ping", &[]),
    ("typing", &[("room", FieldType::TextOrNull, false), ("watch", FieldType::Boolean, false)]),
    ("read", &[("room", FieldType::TextOrNull, false), ("id", FieldType::Id, true)]),
    ("rooms", &[("watch", FieldType::Boolean, false)]),
    ("members", &[("room", FieldType::TextOrNull, false)]),
    (
        "history",
        &[
            ("room", FieldType::TextOrNull, false),
            ("with", FieldType::TextOrNull, false),
            ("before", FieldType::IdOrNull, false),
            ("after", FieldType::IdOrNull, false),
            ("limit", FieldType::IdOrNull, false),
        ],
    ),
    (
        "search",
        &[
            ("room", FieldType::TextOrNull, false),
            ("with", FieldType::TextOrNull, false),
            ("words", FieldType::Text, true),
            ("limit", FieldType::IdOrNull, false),
        ],
    ),
    ("open", &[("room", FieldType::Text, true), ("topic", FieldType::Text, false)]),
    ("leave", &[("room", FieldType::TextOrNull, false)]),
    (
        "say",
        &[
            ("room", FieldType::TextOrNull, false),
            ("to", FieldType::Text, false),
            ("ongoing", FieldType::Boolean, false),
            ("text", FieldType::Text, true),
        ],
    ),
    ("erase", &[("room", FieldType::TextOrNull, false), ("id", FieldType::IdOrNull, false)]),
    (
        "edit",
        &[
            ("room", FieldType::TextOrNull, false),
            ("id", FieldType::IdOrNull, false),
            ("text", FieldType::Text, true),
        ],
    ),
    (
        "command",
        &[
            ("room", FieldType::TextOrNull, false),
            ("name", FieldType::Text, true),
            ("rest", FieldType::Text, false),
        ],
    ),
];

/// Explains in a sentence why `line` cannot be parsed.
pub(super) fn describe(line: &str) -> String {
    match serde_json::from_str(line) {
        Err(why) => format!(
            "That is not valid JSON: it is wrong, or ends, at character {} of the line. Send an object on a line, such as \
             {{\"type\":\"say\",\"text\":\"Hi!\"}}.",
            why.column()
        ),
        Ok(Value::Object(object)) => of_object(&object),
        Ok(_) => {
            "That is not an object. Send one on a line, such as {\"type\":\"say\",\"text\":\"Hi!\"}.".into()
        }
    }
}

fn of_object(object: &Map<String, Value>) -> String {
    const KNOWN: &str = "hello, nick, join, leave, say, erase, edit, command, ping, rooms, members, history, search, typing and read";
    let kind = match object.get("type") {
        Some(Value::String(kind)) => kind,
        Some(_) => return format!("The field \"type\" must be a text. The types are {KNOWN}."),
        None => return format!("The field \"type\" is missing. The types are {KNOWN}."),
    };
    let Some((kind, fields)) = TYPES.iter().find(|(known, _)| known == kind) else {
        return format!("There is no type \"{}\". The types are {KNOWN}.", shown(kind));
    };
    for (name, field_type, is_required) in *fields {
        match object.get(*name) {
            None if *is_required => {
                return format!(
                    "In \"{kind}\" the field \"{name}\" is missing. It must be {}.",
                    field_type.in_words()
                );
            }
            Some(value) if !field_type.allows(value) => {
                return format!("In \"{kind}\" the field \"{name}\" must be {}.", field_type.in_words());
            }
            _ => {}
        }
    }
    let is_unknown = |name: &&String| {
        !["type", "label"].contains(&name.as_str()) && !fields.iter().any(|(known, ..)| known == name)
    };
    match object.keys().find(is_unknown) {
        // Only there nothing unknown may stand.
        Some(name) if *kind == "say" => format!(
            "In \"say\" there is no field \"{}\", so nothing was said. The fields are room, to, ongoing, text and label.",
            shown(name)
        ),
        _ => format!("In \"{kind}\" a field occurs twice."),
    }
}

impl FieldType {
    fn allows(self, value: &Value) -> bool {
        match self {
            FieldType::Text => value.is_string(),
            FieldType::TextOrNull => value.is_string() || value.is_null(),
            FieldType::Boolean => value.is_boolean(),
            FieldType::Id => value.as_u64().is_some(),
            FieldType::IdOrNull => value.as_u64().is_some() || value.is_null(),
            FieldType::Whole => value.as_u64().is_some_and(|number| u32::try_from(number).is_ok()),
        }
    }

    fn in_words(self) -> &'static str {
        match self {
            FieldType::Text | FieldType::TextOrNull => "a text",
            FieldType::Boolean => "true or false",
            FieldType::Whole | FieldType::Id | FieldType::IdOrNull => "a whole number",
        }
    }
}

/// The beginning of an unknown value, as it was written.
fn shown(text: &str) -> String {
    let beginning = head(text, INVALID_ECHO_BYTES);
    let more = if beginning.len() < text.len() { "…" } else { "" };
    sanitize(beginning.as_bytes()).into_owned() + more
}

#[cfg(test)]
mod tests {
    use super::describe;
    use crate::base::limits::INVALID_ECHO_BYTES;
    use crate::wire::json::ClientMessage;

    #[test]
    fn errors_are_explained() {
        for (line, why) in [
            ("{", "That is not valid JSON: it is wrong, or ends, at character 1 "),
            (
                "{\"type\":\"say\" \"text\":1}",
                "That is not valid JSON: it is wrong, or ends, at character 15 ",
            ),
            ("17", "That is not an object."),
            ("[{\"type\":\"say\"}]", "That is not an object."),
            (
                "{}",
                "The field \"type\" is missing. The types are hello, nick, join, leave, say, erase, edit,",
            ),
            ("{\"type\":7}", "The field \"type\" must be a text"),
            ("{\"type\":\"dan\\u001bce\"}", "There is no type \"dan\u{fffd}ce\". The types are hello, "),
            (
                "{\"type\":\"hello\",\"name\":\"Ann\"}",
                "In \"hello\" the field \"version\" is missing. It must be a whole",
            ),
            (
                "{\"type\":\"hello\",\"version\":-1,\"name\":\"A\"}",
                "In \"hello\" the field \"version\" must be a whole",
            ),
            (
                "{\"type\":\"hello\",\"version\":1.5,\"name\":\"A\"}",
                "In \"hello\" the field \"version\" must be a whole",
            ),
            (
                "{\"type\":\"hello\",\"version\":1}",
                "In \"hello\" the field \"name\" is missing. It must be a text.",
            ),
            (
                "{\"type\":\"hello\",\"version\":1,\"name\":\"A\",\"bot\":1}",
                "In \"hello\" the field \"bot\" must be true or",
            ),
            ("{\"type\":\"say\"}", "In \"say\" the field \"text\" is missing. It must be a text."),
            ("{\"type\":\"say\",\"text\":null}", "In \"say\" the field \"text\" must be a text."),
            ("{\"type\":\"say\",\"text\":\"a\",\"to\":null}", "In \"say\" the field \"to\" must be a text."),
            ("{\"type\":\"edit\"}", "In \"edit\" the field \"text\" is missing. It must be a text."),
            ("{\"type\":\"erase\",\"id\":-1}", "In \"erase\" the field \"id\" must be a whole number."),
            ("{\"type\":\"join\",\"room\":[]}", "In \"join\" the field \"room\" must be a text."),
            ("{\"type\":\"nick\",\"to\":\"x\"}", "In \"nick\" the field \"name\" is missing."),
            ("{\"type\":\"command\",\"rest\":\"x\"}", "In \"command\" the field \"name\" is missing."),
            (
                "{\"type\":\"say\",\"text\":\"a\",\"label\":\"7\",\"only\":\"Bob\"}",
                "In \"say\" there is no field \"only\", so nothing was said. The fields are room, to, ongoing, text and label.",
            ),
            ("{\"type\":\"say\",\"text\":\"a\",\"text\":\"b\"}", "In \"say\" a field occurs twice."),
        ] {
            assert!(serde_json::from_str::<ClientMessage>(line).is_err(), "{line} is understood");
            let said = describe(line);
            assert!(said.starts_with(why), "{line}: {said}");
        }
        // Long input is repeated only in part.
        let long = describe(&format!("{{\"type\":\"{}\"}}", "é".repeat(5_000)));
        assert!(long.len() < 2 * INVALID_ECHO_BYTES && long.contains("…\". The types are"), "{long}");
        assert!(describe(&"[".repeat(5_000)).starts_with("That is not valid JSON"));
    }
}
