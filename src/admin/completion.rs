//! What Tab completes: commands, and the names of rooms, bots and whoever is connected.

use crate::admin::{Reply, commands};
use crate::base::name::NameKey;

/// The lists that names come from.
const LISTS: [&str; 3] = ["listConnections", "rooms", "bots"];

/// The words that complete the last one of `line`, which ends at the cursor, each with a space. `operate` asks the server for a
/// list.
pub fn completions(line: &str, mut operate: impl FnMut(&str) -> Option<Reply>) -> Vec<String> {
    let start = line.rfind(' ').map_or(0, |at| at + 1);
    let (before, word) = line.split_at(start);
    let key = NameKey::of(word);
    let chars = word.chars().count();
    let fits = |candidate: &String| NameKey::of(&candidate.chars().take(chars).collect::<String>()) == key;
    let mut words: Vec<String> = match before.trim() {
        "" | "help" => commands::names().map(str::to_owned).collect(),
        _ if word.is_empty() => Vec::new(),
        _ => LISTS.into_iter().filter_map(&mut operate).flat_map(|reply| names(&reply)).collect(),
    };
    words.retain(fits);
    words.sort_by_key(|word| word.to_lowercase());
    words.dedup();
    words.into_iter().map(|word| word + " ").collect()
}

fn names(reply: &Reply) -> Vec<String> {
    let rows = reply.data.as_array().into_iter().flatten();
    rows.filter_map(|row| Some(row["name"].as_str()?.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(line: &str) -> Vec<String> {
        completions(line, |list| {
            let data = match list {
                "rooms" => json!([{ "name": "lobby" }, { "name": "Bar" }]),
                "listConnections" => json!([{ "name": "Bob" }, { "name": null }, { "name": "Bar" }]),
                _ => return None,
            };
            Some(Reply { ok: true, text: String::new(), data })
        })
    }

    #[test]
    fn commands_first_and_names_behind_them() {
        assert_eq!(found("ki"), ["kick "]);
        assert_eq!(found("help ki"), ["kick "]);
        assert_eq!(found("LISTC"), ["listConnections "]);
        assert_eq!(found("kick b"), ["Bar ", "Bob "]);
        assert_eq!(found("say LOB"), ["lobby "]);
        assert!(found("kick ").is_empty() && found("x").is_empty());
    }
}
