//! Makes text that a browser reads smaller: comments, indentation, blank lines and the ends of lines that open a block (in
//! scripts, of most lines) are for those who read the source.
//!
//! It looks at lines and knows no language. A comment is dropped only where lines begin and end with it, so whatever looks
//! like a comment within a string or an expression stays. Templates of scripts are kept as they are; outside of them and of
//! comments, backticks come in pairs on each line. In styles, no string has what [`STYLE_SPACES`] lists.

/// `source` without what only its authors need.
pub(super) fn compact(source: &str) -> String {
    compact_lines(source, &['{'], &[], |line, text| text.push_str(line))
}

/// The same for a script, also without spaces beside [`PUNCTUATION`], and without the ends of lines at which no statement can
/// end by itself.
pub(super) fn compact_script(source: &str) -> String {
    compact_lines(source, &['{', '(', '[', ';', ','], &['}', ')', ']'], push_without_spaces)
}

/// The punctuation that needs no space beside it in a script. (Two signs of plus do between them.)
const PUNCTUATION: &str = "=(){}[],;:?&|<>+";

/// Appends a line of a script. In strings, spaces stay; so they do in lines that may have a regular expression, a comment, a
/// template or another kind of string.
fn push_without_spaces(line: &str, text: &mut String) {
    if line.contains(['/', '`', '\'', '\\']) {
        return text.push_str(line);
    }
    let is_punctuation = |c: char| PUNCTUATION.contains(c);
    let (mut is_string, mut before, mut rest) = (false, None, line.chars().peekable());
    while let Some(c) = rest.next() {
        is_string ^= c == '"';
        let after = rest.peek().copied();
        let is_beside = (before.is_some_and(is_punctuation) || after.is_some_and(is_punctuation))
            && (before, after) != (Some('+'), Some('+'));
        if c != ' ' || is_string || !is_beside {
            text.push(c);
            before = Some(c);
        }
    }
}

/// Lines that end with one of `ends` are joined with the next, and those that begin with one of `starts` with the one before.
fn compact_lines(source: &str, ends: &[char], starts: &[char], push: impl Fn(&str, &mut String)) -> String {
    let mut text = String::with_capacity(source.len());
    let (mut is_comment, mut is_template, mut may_join) = (false, false, false);
    for line in source.lines() {
        let code = if is_template { line } else { line.trim() };
        if is_comment {
            is_comment = !code.ends_with("*/");
            continue;
        }
        if !is_template {
            if code.is_empty() || code.starts_with("//") {
                continue;
            }
            if code.starts_with("/*") {
                match code.find("*/") {
                    None => is_comment = true,
                    // Code follows.
                    Some(end) if end + 2 < code.len() => {}
                    Some(_) => continue,
                }
            }
            if is_comment {
                continue;
            }
        }
        if is_template {
            text.push_str(code);
        } else {
            if may_join && code.starts_with(starts) {
                text.pop();
            }
            push(code, &mut text);
        }
        is_template ^= code.matches('`').count() % 2 == 1;
        let is_plain = !is_template && !code.contains("//");
        let is_joined = is_plain && code.ends_with(ends);
        if !is_joined {
            text.push('\n');
        }
        may_join = is_plain && !is_joined;
    }
    text
}

/// White space in styles, and what it is without.
const STYLE_SPACES: [(&str, &str); 10] = [
    (" {", "{"),
    ("{ ", "{"),
    (";\n", ";"),
    ("; ", ";"),
    (";}", "}"),
    (": ", ":"),
    (",\n", ","),
    (", ", ","),
    ("}\n", "}"),
    (" > ", ">"),
];

/// The same for a style sheet.
pub(super) fn compact_style(source: &str) -> String {
    STYLE_SPACES.iter().fold(compact(source), |text, (with, without)| text.replace(with, without))
}

#[cfg(test)]
mod tests {
    use super::{compact, compact_script, compact_style};

    #[test]
    fn scripts_mean_the_same_without_spaces() {
        for (source, served) in [
            ("\tif (a === b) return { c: [d, e] };\n", "if(a===b)return{c:[d,e]};"),
            ("f(\n\t[\n\t\ta,\n\t\tb\n\t]\n);\ng();\n", "f([a,b]);g();"),
            ("{\n\ta() // b\n}\n", "{a() // b\n}\n"),
            ("import { a } from \"b, c\";\n", "import{a}from \"b, c\";"),
            ("import { a } from \"./b.js\";\n", "import { a } from \"./b.js\";"),
            ("x = y ? \" = \" : - -z + (w);\n", "x=y?\" = \":- -z+(w);"),
            ("x = y++ + +z + \" + \";\n", "x=y++ + +z+\" + \";"),
            ("const a = (b) => c && d; // e , f\n", "const a = (b) => c && d; // e , f\n"),
            ("x = `a ,\n b , c\n`;\ny = 1;\n", "x = `a ,\n b , c\n`;y=1;"),
            ("x = 'a , b';\n", "x = 'a , b';"),
        ] {
            assert_eq!(compact_script(source), served);
            assert_eq!(compact_script(served), served, "twice");
        }
    }

    #[test]
    fn styles_mean_the_same_without_spaces() {
        let source = "/* a */\n@media (min-width: 9px) {\n\ta :hover > b, g { c: d e; f: \" x\"; }\n}\n";
        assert_eq!(compact_style(source), "@media (min-width:9px){a :hover>b,g{c:d e;f:\" x\"}}");
    }

    #[test]
    fn only_what_is_for_authors_is_dropped() {
        for (source, served) in [
            ("// a\n\tcode(); // b\n\n", "code(); // b\n"),
            ("/** a */\ncode();\n/*\n * b\n */\ncode();", "code();\ncode();\n"),
            ("/* a */ code(); /* b */", "/* a */ code(); /* b */\n"),
            ("\tx = \"// no\" + '/* no' + /\\/\\/ no/;", "x = \"// no\" + '/* no' + /\\/\\/ no/;\n"),
            ("\ta = `b\n\t// c\n\n\t/* d */ ${e}\n\t`;\n\tf", "a = `b\n\t// c\n\n\t/* d */ ${e}\n\t`;\nf\n"),
            ("x = `a ${b ? `c` : \"\"}`;\n// d", "x = `a ${b ? `c` : \"\"}`;\n"),
            ("a {\n\tb: c; /* d */\n}\n/* e */\n", "a {b: c; /* d */\n}\n"),
            ("if (a) {\n\tb({ // c {\n});\n}\n", "if (a) {b({ // c {\n});\n}\n"),
            ("x = `${{\n\ta: 1 }}`;", "x = `${{\n\ta: 1 }}`;\n"),
            ("<p>\n\thttps://a\n</p>", "<p>\nhttps://a\n</p>\n"),
        ] {
            assert_eq!(compact(source), served);
            assert_eq!(compact(served), served, "twice");
        }
    }
}
