//! HTML pages: indentation, and quotes around words.
//!
//! Of elements on lines of their own, none is part of a sentence: so no white space is needed between them.

/// `source` without what only its authors need.
pub(in crate::web) fn compact_page(source: &str) -> String {
    let mut text = String::with_capacity(source.len());
    for line in source.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !(text.is_empty() || text.ends_with('>') && line.starts_with('<')) {
            text.push('\n');
        }
        text.push_str(line);
    }
    without_quotes(&text)
}

/// Values of attributes without their quotes, where they need none (HTML, section 13.1.2.3). Before a slash, they do.
fn without_quotes(page: &str) -> String {
    let mut parts = page.split('"');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let (Some(value), after) = (parts.next(), parts.next()) {
        let is_in_tag = text.ends_with('=') && text.rfind('<') > text.rfind('>');
        let is_word =
            !value.is_empty() && value.chars().all(|c| c.is_ascii_alphanumeric() || "-_./{}".contains(c));
        let quote = if is_in_tag && is_word && after.is_some_and(|after| after.starts_with([' ', '>'])) {
            ""
        } else {
            "\""
        };
        text.extend([quote, value]);
        if let Some(after) = after {
            text.extend([quote, after]);
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::compact_page;

    #[test]
    fn pages_mean_the_same_without_quotes_and_indentation() {
        for (source, served) in [
            ("<p>\n\thttps://a\n</p>\n\n<b>c</b>\n<i>d</i>\n", "<p>\nhttps://a\n</p><b>c</b><i>d</i>"),
            ("<a href=\"/b/{{c}}\" class=\"d e\" title=\"\">", "<a href=/b/{{c}} class=\"d e\" title=\"\">"),
            ("<c r=\"4\"/><c r=\"4\" /> a=\"b\" \"c\" d", "<c r=\"4\"/><c r=4 /> a=\"b\" \"c\" d"),
            ("<a b=\"c\"d=\"<e>\">f=\"g\" </a>", "<a b=\"c\"d=\"<e>\">f=\"g\" </a>"),
        ] {
            assert_eq!(compact_page(source), served);
            assert_eq!(compact_page(served), served, "twice");
        }
    }
}
