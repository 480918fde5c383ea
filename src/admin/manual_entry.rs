//! What the manual says of a command.

use crate::manual;

/// The entry of a command in the operator's chapter, without its marks: the usage, and what it does.
pub(super) fn entry(name: &str) -> Option<String> {
    let (_, commands) = manual::find("ctl")?.text.split_once("\n## Commands\n")?;
    let mut entries = commands.split("\n- ").skip(1);
    let entry = entries.find(|entry| {
        entry
            .strip_prefix('`')
            .and_then(|rest| rest.strip_prefix(name))
            .is_some_and(|rest| rest.starts_with(['`', ' ']))
    })?;
    Some(entry.replace('`', "").trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_the_usage_and_what_the_manual_says() {
        let kick = entry("kick").unwrap();
        assert!(kick.starts_with("kick NAME|ADDRESS:PORT [REASON]\n  Removes somebody"), "{kick}");
        assert!(!kick.contains("ban NAME"), "{kick}");
        assert!(entry("ki").is_none());
    }
}
