//! Compares spellings of place names.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// Normalizes a name for comparison: lower case, no accents, no punctuation, "saint" for "st", "mount" for "mt".
pub(super) fn search_key(name: &str) -> String {
    if name.bytes().all(|b| b.is_ascii_lowercase()) && written_out(name) == name {
        return name.to_owned();
    }
    let mut plain = String::with_capacity(name.len());
    for c in name.nfkd().flat_map(char::to_lowercase) {
        match c {
            'ø' => plain.push('o'),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ß' => plain.push_str("ss"),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'þ' => plain.push_str("th"),
            'ı' => plain.push('i'),
            'ħ' => plain.push('h'),
            'ə' => plain.push('e'),
            'ŋ' => plain.push('n'),
            'ς' => plain.push('σ'),
            '.' | '\'' | '’' | '‘' | '`' | 'ʻ' | 'ʼ' | 'ʿ' | 'ʾ' => {}
            c if is_combining_mark(c) => {}
            c if c.is_alphanumeric() => plain.push(c),
            _ => plain.push(' '),
        }
    }
    let words = plain.split_whitespace().map(written_out);
    words.collect::<Vec<_>>().join(" ")
}

/// Expands a common abbreviation.
fn written_out(word: &str) -> &str {
    match word {
        "st" => "saint",
        "ste" => "sainte",
        "mt" => "mount",
        "ft" => "fort",
        word => word,
    }
}
