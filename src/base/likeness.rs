//! What a name looks like to a reader in a hurry, so that nobody is taken for another who is there.
//!
//! Letters that look like others count as these (Unicode Technical Standard 39: `Аnn` with a Cyrillic А is `Ann`, `Bob1` is
//! `BobI` and `Bobl`, `rn` is `m`, `0` is `O`), and case does not count. What anybody sees does: accents, `_`, `-` and `.`.
//! Who holds which name, and what comes of a likeness, is the chat's affair.

use unicode_security::skeleton;

/// What a name looks like. It looks like another if they have a view in common: as it is spelled, or in lower case, since
/// `Ila` looks like `lla`, and is nobody else than `ila`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    spelled: Box<str>,
    /// If that is another.
    lower: Option<Box<str>>,
}

impl Likeness {
    /// What `text` looks like, whether or not it could be a name.
    pub fn of(text: &str) -> Likeness {
        let (spelled, lower) = if text.is_ascii() {
            (plain_view(text), text.contains('I').then(|| plain_view(&text.to_ascii_lowercase())))
        } else {
            (view(text), Some(view(&text.to_lowercase())))
        };
        Likeness { lower: lower.filter(|lower| *lower != spelled).map(Into::into), spelled: spelled.into() }
    }

    /// The one or two ways in which it may be seen.
    pub fn views(&self) -> impl Iterator<Item = &str> {
        [Some(&self.spelled), self.lower.as_ref()].into_iter().flatten().map(|view| &**view)
    }

    /// Whether a reader could take one for the other.
    pub fn is_like(&self, other: &Likeness) -> bool {
        self.views().any(|view| other.views().any(|seen| seen == view))
    }
}

/// `text` with every letter as the one that it looks like. Twice, as a capital may look like one that in lower case looks like
/// another.
fn view(text: &str) -> String {
    let once: String = skeleton(text).flat_map(char::to_lowercase).map(small).collect();
    skeleton(&once).flat_map(char::to_lowercase).map(small).collect()
}

/// The same for ASCII, of which Unicode's table holds four characters.
fn plain_view(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 4);
    for c in text.chars() {
        match c {
            'I' | '1' => out.push('l'),
            '0' => out.push('o'),
            'm' | 'M' => out.push_str("rn"),
            c => out.push(c.to_ascii_lowercase()),
        }
    }
    out
}

/// Small capitals as small letters, where Unicode's table keeps them apart. It takes some Cyrillic and Greek letters for
/// these: `н`, `т`, `м` and `ε`.
fn small(c: char) -> char {
    match c {
        'ᴀ' => 'a',
        'ʙ' => 'b',
        'ᴅ' => 'd',
        'ᴇ' | 'ꞓ' => 'e',
        'ꜰ' => 'f',
        'ɢ' => 'g',
        'ʜ' => 'h',
        'ᴊ' => 'j',
        'ĸ' => 'k',
        'ʟ' => 'l',
        'ʍ' => 'm',
        'ɴ' => 'n',
        'ᴘ' => 'p',
        'ʀ' => 'r',
        'ᴛ' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn are_alike(a: &str, b: &str) -> bool {
        Likeness::of(a).is_like(&Likeness::of(b))
    }

    #[test]
    fn look_alikes() {
        for (a, b) in [
            ("Ann", "Аnn"),
            ("Ann", "АNN"),
            ("Bob", "Bоb"),
            ("Bob", "Воb"),
            ("Bob", "B0b"),
            ("Bob", "ʙᴏʙ"),
            ("Bob1", "Bobl"),
            ("Bob1", "BobI"),
            ("OO7", "007"),
            ("modern", "rnodern"),
            ("MODERN", "rnodern"),
            ("Tom", "Tоrn"),
            ("Tom", "Том"),
            ("Anna", "ΑΝΝΑ"),
            ("Ali", "ALІ"),
            ("Ila", "lla"),
            ("ILA", "іla"),
            ("Ann", "Ａnn"),
            ("ﬁn", "fin"),
            ("Simple_Chat_Bot", "SimpIe_Chat_Bot"),
            ("Simple_Chat_Bot", "Sirnple_Chat_Bot"),
            ("ıvan", "ivan"),
        ] {
            assert!(are_alike(a, b) && are_alike(b, a), "{a} {b}");
        }
    }

    #[test]
    fn honest_names_in_one_room() {
        let names = [
            "Ann",
            "Änn",
            "Anne",
            "Anna",
            "Bob",
            "Bob2",
            "Bob_",
            "Ali",
            "Alli",
            "Lia",
            "Ila",
            "Eli",
            "Ella",
            "Jose",
            "José",
            "Muller",
            "Müller",
            "Mueller",
            "Lukas",
            "Łukasz",
            "Soren",
            "Søren",
            "Hạnh",
            "Hành",
            "Иван",
            "Иво",
            "Анна",
            "Мария",
            "Марија",
            "Νίκος",
            "Νίκη",
            "李雷",
            "李蕾",
            "विक्रम",
            "विक्रमा",
            "ناصر",
            "نصر",
            "נועה",
            "42",
            "24",
        ];
        for (at, a) in names.iter().enumerate() {
            for b in &names[..at] {
                assert!(!are_alike(a, b), "{a} {b}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_short_way_comes_to_the_same(text in "[a-zA-Z0-9_.-]{0,32}") {
            prop_assert_eq!(plain_view(&text), view(&text));
            prop_assert_eq!(plain_view(&text.to_lowercase()), view(&text.to_lowercase()));
        }

        #[test]
        fn whoever_is_spelled_alike_looks_alike(text in "\\PC{0,8}") {
            prop_assert!(are_alike(&text, &text.to_lowercase()));
        }
    }
}
