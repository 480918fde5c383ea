//! ARCHITECTURE.md names files, types, functions and constants that exist.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

/// What it names as an example of what one would add.
const EXAMPLES: [&str; 1] = ["hosts/quiz.rs"];

/// All files and folders of the repository that it may name, as paths from the root.
fn paths() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut paths: Vec<PathBuf> =
        ["src", "tests", "benches", "README.md", "Cargo.toml"].map(PathBuf::from).into();
    let mut folders: Vec<PathBuf> = ["src", "tests", "benches"].map(|folder| root.join(folder)).into();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            paths.push(path.strip_prefix(root).unwrap().to_owned());
            if path.is_dir() {
                folders.push(path);
            }
        }
    }
    paths
}

#[test]
fn what_the_document_of_the_architecture_names_exists() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("ARCHITECTURE.md")).unwrap();
    let paths = paths();
    let sources = paths.iter().filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let source: Vec<String> = sources.map(|path| fs::read_to_string(root.join(path)).unwrap()).collect();
    let word = Regex::new(r"\w+").unwrap();
    let words: BTreeSet<&str> =
        source.iter().flat_map(|text| word.find_iter(text)).map(|m| m.as_str()).collect();

    let file = Regex::new(r"^[\w./-]+(/|\.(rs|md|js|css|html|txt|transcript|tsv|json|svg))$").unwrap();
    let item = Regex::new(r"^([A-Z][A-Z_]+|\w+(::\w+)+)$").unwrap();
    // Blocks of code show what one would write.
    let prose = Regex::new(r"(?s)```.*?```").unwrap().replace_all(&text, "");
    let named: BTreeSet<&str> = Regex::new("`([^`\n]+)`")
        .unwrap()
        .captures_iter(&prose)
        .map(|m| m.get(1).unwrap().as_str())
        .collect();
    let exists = |name: &str| {
        if file.is_match(name) {
            // A file may be named without its folder.
            paths.iter().any(|path| path.ends_with(name))
        } else {
            !item.is_match(name) || name.split("::").all(|part| words.contains(part))
        }
    };
    assert!(named.len() > 500, "{} names", named.len());
    let missing: Vec<&str> =
        named.into_iter().filter(|name| !EXAMPLES.contains(name) && !exists(name)).collect();
    assert!(missing.is_empty(), "ARCHITECTURE.md names what does not exist: {missing:?}");
}
