//! `salon help`: the manual, in a pager on a terminal.

use std::io::{self, IsTerminal, Write};
use std::process::{Command, Stdio};

use clap::CommandFactory;

use crate::cli::Cli;
use crate::manual;

/// The pager if `$PAGER` is not set. With these options it just prints a text that fits the screen.
const PAGER: &str = "less -FRX";

/// Shows the chapter on `topic`; without a topic, the commands and a list of the chapters. An error is a sentence that says what
/// to do.
pub fn help(topic: Option<&str>) -> Result<(), String> {
    let Some(topic) = topic else {
        return show(&Cli::command().render_long_help().to_string());
    };
    match manual::find(topic) {
        Some(chapter) => show(chapter.text),
        None => Err(format!("the manual has no chapter {topic:?}. It has these:\n{}", manual::contents())),
    }
}

fn show(text: &str) -> Result<(), String> {
    if io::stdout().is_terminal() && page(text).is_ok() {
        return Ok(());
    }
    match io::stdout().write_all(text.as_bytes()) {
        Err(why) if why.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("the manual cannot be shown: {why}"))
        }
        _ => Ok(()),
    }
}

/// Shows a text in the pager, and waits until the user leaves it.
fn page(text: &str) -> io::Result<()> {
    let pager = std::env::var("PAGER").ok().filter(|pager| !pager.trim().is_empty());
    let pager = pager.unwrap_or_else(|| PAGER.to_owned());
    let mut words = pager.split_whitespace();
    let program = words.next().unwrap_or("less");
    let mut child = Command::new(program).args(words).stdin(Stdio::piped()).spawn()?;
    if let Some(mut stdin) = child.stdin.take() {
        // Fails if the user leaves the pager before the end.
        let _ = stdin.write_all(text.as_bytes());
    }
    child.wait().map(drop)
}
