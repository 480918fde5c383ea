//! What the analysis finds in what people write: `tests/analysis/sentences.txt`, and what holds for any text.
//!
//! A line of the table is a sentence, `->`, and all that is found in it, in this order: `question` or `statement`; its
//! other tags; its subjects; `do ACTIVITY`; `in PLACE` for each place, with what it is within in brackets; a day; `to NAME` for each who is
//! spoken to; `about NAME` for each who is only named; `joined NAME`. A `right:` below a line says what would be right,
//! where the analysis is known to be wrong.

use std::fmt::Write;

use proptest::prelude::*;
use proptest::sample::select;
use salon::base::limits::{BOT_INPUT_BYTES, MESSAGE_BYTES};
use salon::bots::analysis::{Analysis, Subject, Tag, analyse};

/// The members of the room.
const PRESENT: [&str; 8] =
    ["Simple_Chat_Bot", "Weather_Bot", "Sport_Bot", "Art_Bot", "Ann", "Bob", "Will", "Åse-Marie"];

/// The heading of known mistakes.
const MISTAKES: &str = "# Known mistakes";

struct Row {
    line: usize,
    sentence: String,
    found: String,
    /// For a known mistake: the right findings.
    right: Option<String>,
}

fn table() -> Vec<Row> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/analysis/sentences.txt");
    let content = std::fs::read_to_string(path).unwrap();
    let mut rows: Vec<Row> = Vec::new();
    for (line, content) in (1..).zip(content.lines()) {
        if let Some(right) = content.trim().strip_prefix("right:") {
            rows.last_mut().unwrap().right = Some(right.trim().to_owned());
        } else if !content.trim().is_empty() && !content.starts_with('#') {
            let (sentence, found) =
                content.split_once("->").unwrap_or_else(|| panic!("line {line}: no \"->\""));
            rows.push(Row {
                line,
                sentence: sentence.trim().to_owned(),
                found: found.trim().to_owned(),
                right: None,
            });
        }
    }
    rows
}

/// The findings, in the table's notation.
fn notation(analysis: &Analysis) -> String {
    if let Some(name) = &analysis.joined {
        return format!("joined {name}");
    }
    let mut found = Vec::new();
    if !analysis.tags.contains(Tag::Question) {
        found.push("statement".to_owned());
    }
    found.extend(analysis.tags.iter().map(|tag| match tag {
        Tag::TooComplicated => "too complicated".to_owned(),
        tag => format!("{tag:?}").to_lowercase(),
    }));
    found.extend(analysis.subjects.iter().map(|subject| format!("{subject:?}").to_lowercase()));
    found.extend(analysis.activity.iter().map(|activity| format!("do {activity}")));
    found.extend(analysis.place.iter().chain(&analysis.others).map(|place| {
        let mut text = format!("in {}", place.name);
        if let Some(within) = &place.within {
            write!(text, " ({within})").unwrap();
        }
        if let Some(within) = &place.perhaps_within {
            write!(text, " ({within}?)").unwrap();
        }
        text
    }));
    found.extend(analysis.day.iter().map(|day| match format!("{day:?}").as_str() {
        "Another" => "another day".to_owned(),
        day => day.to_lowercase(),
    }));
    found.extend(analysis.addressed.iter().map(|name| format!("to {name}")));
    found.extend(analysis.mentioned.iter().map(|name| format!("about {name}")));
    found.join(", ")
}

#[test]
fn every_sentence_of_the_table() {
    let mut wrong = String::new();
    for row in table() {
        let found = notation(&analyse(&row.sentence, &PRESENT));
        if found != row.found {
            let Row { line, sentence, found: expected, .. } = row;
            writeln!(wrong, "{line}: {sentence}\n  expected: {expected}\n  found:    {found}").unwrap();
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

#[test]
fn the_table_is_large_and_its_mistakes_are_mistakes() {
    let rows = table();
    assert!(rows.len() >= 160, "{} sentences", rows.len());
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/analysis/sentences.txt");
    let content = std::fs::read_to_string(path).unwrap();
    let mistakes = content.lines().position(|line| line == MISTAKES).unwrap();
    for row in &rows {
        assert_eq!(row.right.is_some(), row.line > mistakes, "line {}", row.line);
        assert_ne!(row.right.as_ref(), Some(&row.found), "line {}: no mistake", row.line);
    }
    let mut sentences: Vec<&str> = rows.iter().map(|row| row.sentence.as_str()).collect();
    sentences.sort_unstable();
    assert!(sentences.windows(2).all(|two| two[0] != two[1]), "a sentence stands twice");
}

#[test]
fn nothing_is_found_in_nothing() {
    for text in ["", " ", "\t", "...", "🎾🎾🎾", "@", "'", "-_-", "\u{fffd}", "::EOMsg::", "&"] {
        let analysis = analyse(text, &PRESENT);
        assert!(analysis.subjects.is_empty() && analysis.tags.is_empty(), "{text} {analysis:?}");
        assert_eq!(notation(&analysis), "statement", "{text}");
    }
}

/// The longest messages with the most expensive texts: the time must be linear in the length.
#[test]
fn the_longest_messages_take_no_time() {
    let names: Vec<String> = (0..200).map(|n| format!("Guest_{n}")).collect();
    let mut present: Vec<&str> = names.iter().map(String::as_str).collect();
    present.extend(PRESENT);
    analyse("the tables are compiled now", &present);
    let parts = [
        "a",
        "a ",
        "in ",
        "in a ",
        "é ",
        "what ",
        "what can we ",
        "is it ",
        "why not ",
        "bob ",
        "bob, ",
        "hi ",
        "hi bob and ",
        "in new ",
        "in São de la ",
        "weather ",
        "? ",
        "🎾",
        ". ",
        "a.",
        "'a",
        "the lake in ",
        "weather_bot",
        "play x ",
        "東",
        "when i x , ",
        "paris, ",
        "http://a ",
        "work of ",
        "@",
        "guest_1 ",
        "how is x ",
        "weather than x ",
        "weather x or ",
        "weather in x, ",
        "in x (y) ",
        "isnt it ",
        "x-",
        "の天気",
    ];
    for part in parts {
        let text = part.repeat(MESSAGE_BYTES / part.len());
        let start = std::time::Instant::now();
        analyse(&text, &present);
        let took = start.elapsed();
        // An order of magnitude above what a slow machine takes, and far below what anything quadratic would.
        assert!(took.as_millis() < 250, "{part:?} took {took:?}");
    }
}

/// Texts of the words that the analysis looks at, and of anything else.
fn text() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        4 => select(vec![
            "in", "at", "the", "weather", "Oslo", "new", "york", "rain", "hot", "dog", "tennis", "paint", "work", "of", "art",
            "what", "about", "how", "is", "it", "can", "we", "let's", "Weather_Bot", "bob", "@", "hi", ",", ".", "?", "!",
            "tomorrow", "São", "Paulo", "user", "join", "to", "go", "play", "and", "it's", "’", "U.S.", "http://x", "ß", "🎾",
        ]).prop_map(str::to_owned),
        1 => "\\PC{0,6}",
        1 => any::<String>(),
    ];
    proptest::collection::vec((word, select(vec![" ", "", ", ", ". "])), 0..30)
        .prop_map(|parts| parts.into_iter().map(|(word, gap)| word + gap).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_can_be_analysed(text in text(), names in proptest::collection::vec("\\PC{0,5}", 0..4)) {
        let mut present: Vec<&str> = names.iter().map(String::as_str).collect();
        present.extend(PRESENT);
        let analysis = analyse(&text, &present);
        if let Some(place) = analysis.place {
            prop_assert!(!place.name.is_empty() && text.contains(&place.name), "{:?}", place);
        }
        for name in analysis.addressed.iter().chain(&analysis.mentioned) {
            prop_assert!(present.contains(&name.as_str()));
        }
    }

    #[test]
    fn neither_case_nor_a_final_mark_changes_the_subjects(text in text()) {
        // Some letters have more bytes in the other case, and only so many bytes are read: the longest form fits.
        let mut unused = BOT_INPUT_BYTES - "?".len();
        let bytes = |c: char| c.to_uppercase().to_string().len().max(c.to_lowercase().to_string().len());
        let fits = |c: &char| {
            let fits = bytes(*c) <= unused;
            unused = unused.saturating_sub(bytes(*c));
            fits
        };
        // A ligature or a long s in capitals is another text: only letters that come back from there count. Two whose
        // capitals came with Unicode 17 are known to the standard library, and to regex not yet.
        let comes_back = |c: &char| c.to_uppercase().flat_map(char::to_lowercase).eq(c.to_lowercase());
        let known = |c: &char| !"\u{a7d3}\u{a7d5}".contains(*c);
        let text: String = text.chars().filter(comes_back).filter(known).take_while(fits).collect();
        let subjects = |text: &str| analyse(text, &[]).subjects.iter().collect::<Vec<Subject>>();
        let expected = subjects(&text);
        prop_assert_eq!(&subjects(&text.to_uppercase()), &expected);
        prop_assert_eq!(&subjects(&text.to_lowercase()), &expected);
        prop_assert_eq!(&subjects(text.trim_end_matches(['.', '?', '!', ' '])), &expected);
        prop_assert_eq!(&subjects(&format!("{text}?")), &expected);
    }
}
