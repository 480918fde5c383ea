//! Renders the chapters of the manual as HTML.

use std::fmt::Write;

use pulldown_cmark::{Options, Parser, html};

use crate::manual::{CHAPTERS, Chapter};

/// The table of contents.
pub(super) fn contents(style: &str) -> String {
    let mut list = String::from("<h1>Salon</h1>\n<ul>\n");
    for Chapter { topic, summary, .. } in &CHAPTERS {
        // Writing to a string cannot fail.
        let _ = writeln!(list, "<li><a href=\"/manual/{topic}\">{topic}</a>: {}</li>", escaped(summary));
    }
    list.push_str("</ul>\n");
    page("The manual", style, &list)
}

/// The page of a chapter.
pub(super) fn chapter(chapter: &Chapter, style: &str) -> String {
    let mut body =
        String::from("<nav><a href=\"/\">The chat</a> <a href=\"/manual/\">The manual</a></nav>\n");
    html::push_html(&mut body, Parser::new_ext(chapter.text, Options::ENABLE_TABLES));
    page(chapter.topic, style, &body)
}

fn page(title: &str, style: &str, body: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{} - Salon</title>\n\
         <link rel=\"stylesheet\" href=\"{style}\">\n</head>\n<body class=\"manual\">\n<main>\n{body}</main>\n</body>\n</html>\n",
        escaped(title)
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}
