//! Style sheets: comments, and spaces beside punctuation.

use crate::web::compact::{length_of_blanks, length_of_comment, length_of_string};

/// What needs no space on either side. (A space before a colon is a selector of descendants; one beside a sign of plus is part
/// of a sum.)
const PUNCTUATION: &str = "{};,>";

/// `source` without what only its authors need.
pub(in crate::web) fn compact_style(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(first) = rest.chars().next() {
        let length = match first {
            '"' | '\'' => length_of_string(rest, first),
            _ if rest.starts_with("/*") => length_of_comment(rest),
            _ if first.is_whitespace() => length_of_blanks(rest),
            _ => first.len_utf8(),
        };
        let (part, after) = rest.split_at(length);
        rest = after;
        if first.is_whitespace() {
            let is_needed = !text.ends_with(|c| PUNCTUATION.contains(c) || c == ':' || c == ' ')
                && !rest.starts_with(|c| PUNCTUATION.contains(c) || c == '!');
            if is_needed && !text.is_empty() && !rest.is_empty() {
                text.push(' ');
            }
        } else if !part.starts_with("/*") {
            if first == '}' && text.ends_with(';') {
                text.pop();
            }
            text.push_str(part);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::compact_style;

    #[test]
    fn styles_mean_the_same_without_spaces() {
        for (source, served) in [
            (
                "/* a */\n@media (min-width: 9px) {\n\ta :hover > b, g { c: d e; f: \" x /* \"; }\n}\n",
                "@media (min-width:9px){a :hover>b,g{c:d e;f:\" x /* \"}}",
            ),
            (
                "a { b: calc(1px + 2px) !important; /* c */ }\n\n.d .e {}",
                "a{b:calc(1px + 2px)!important}.d .e{}",
            ),
            ("a /* b */ c { d: '\\' ;}' }", "a c{d:'\\' ;}'}"),
        ] {
            assert_eq!(compact_style(source), served);
            assert_eq!(compact_style(served), served, "twice");
        }
    }
}
