//! What the operator sees first: how to join, where things are kept, and what to type next.

use std::path::PathBuf;

use unicode_width::UnicodeWidthStr;

use crate::admin::Invitation;
use crate::admin::qr::{self, Qr};
use crate::base::text::sanitize;

/// Columns between the text and the code.
const GAP: usize = 2;

/// What is known when the server has started.
#[derive(Clone, Debug)]
pub struct FirstScreen {
    /// How to join.
    pub invitation: Invitation,
    /// Sentences about what it listens on.
    pub listeners: Vec<String>,
    /// The folder for what was said; `None` if that is kept in memory only.
    pub data: Option<PathBuf>,
    /// The folder for the log.
    pub log: PathBuf,
    /// Sentences about what differs from the command line, or went wrong.
    pub notices: Vec<String>,
    /// Whether commands are read from standard input.
    pub console: bool,
}

impl FirstScreen {
    /// For a pipe or a file: plain lines. Scripts may wait for the first one, which stays as it is.
    pub fn for_log(&self) -> String {
        let ways = |whence: &str, ways: Vec<String>| {
            (!ways.is_empty()).then(|| format!("Join from {whence} machine: {}", ways.join(", ")))
        };
        let invited = [
            ways("another", self.invitation.ways_from_elsewhere()),
            ways("this", self.invitation.ways_from_here()),
        ];
        let mut lines =
            vec![format!("Service is listening to incoming connections on port {}.", self.invitation.port)];
        lines.extend(self.listeners.iter().cloned());
        lines.extend(invited.into_iter().flatten());
        lines.push(format!("Salon {}", env!("CARGO_PKG_VERSION")));
        lines.extend(self.places());
        lines.extend(self.notices.iter().cloned());
        lines.join("\n")
    }

    /// For a terminal of this size: with a QR code beside the text, if all of it and the prompt fit.
    pub fn for_terminal(&self, columns: usize, rows: usize) -> String {
        let below = self.below();
        let code = self.invitation.url().and_then(|url| qr::draw(&url)).filter(|code| {
            let joining = self.joining(true);
            let height = joining.len().max(code.rows.len());
            let wrapped: usize = below.iter().map(|line| line.width().div_ceil(columns.max(1)).max(1)).sum();
            // The prompt has the last row.
            widest(&joining) + GAP + code.width <= columns && height + wrapped < rows
        });
        let joining = self.joining(code.is_some());
        let above = match &code {
            Some(code) => beside(&joining, code),
            None => joining.into_iter().chain([String::new()]).collect(),
        };
        [above, below].concat().join("\n")
    }

    /// How to join: narrow lines.
    fn joining(&self, has_code: bool) -> Vec<String> {
        let title = format!("Salon {} on port {}", env!("CARGO_PKG_VERSION"), self.invitation.port);
        let hint = if has_code { " (scan the code)" } else { "" };
        [vec![title, String::new()], self.invitation.lines(hint)].concat()
    }

    /// What stands below, as wide as it is.
    fn below(&self) -> Vec<String> {
        let next = match (self.console, self.invitation.url()) {
            (true, Some(_)) => "Type help for the commands, qr for a QR code. ",
            (true, None) => "Type help for the commands. ",
            (false, _) => "",
        };
        let next = format!("{next}Ctrl-C stops the server.");
        [self.listeners.clone(), self.places(), self.notices.clone(), vec![next, String::new()]].concat()
    }

    /// Where data and log are.
    fn places(&self) -> Vec<String> {
        let shown = |path: &PathBuf| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            sanitize(path.to_string_lossy().as_bytes()).into_owned()
        };
        let data = match &self.data {
            Some(folder) => format!("Data: {}", shown(folder)),
            None => "Data: in memory only".into(),
        };
        vec![data, format!("Log: {}", shown(&self.log))]
    }
}

fn widest(lines: &[String]) -> usize {
    lines.iter().map(|line| line.width()).max().unwrap_or_default()
}

/// Lines with a code to their right.
fn beside(lines: &[String], code: &Qr) -> Vec<String> {
    let width = widest(lines) + GAP;
    let line = |row: usize| {
        let text = lines.get(row).map_or("", String::as_str);
        let gap = " ".repeat(width - text.width());
        format!("{text}{gap}{}", code.rows.get(row).map_or("", String::as_str))
    };
    (0..lines.len().max(code.rows.len())).map(line).collect()
}
