//! Options that name files with passwords.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::Args;

use crate::base::limits::PASSWORD_BYTES;
use crate::base::secret::Secret;
use crate::base::text::sanitize;
use crate::proto::Request;
use crate::wire::{Codec, Inbound};

/// Where clients find the password of a server.
const VARIABLE: &str = "SALON_PASSWORD";

/// The password that a client gives.
#[derive(Debug, Args)]
pub struct PasswordOption {
    /// A file with the password of the server, if it asks for one [default: what the variable `SALON_PASSWORD` says]
    #[arg(long, value_name = "FILE")]
    pub password_file: Option<PathBuf>,
}

impl PasswordOption {
    /// The password. `None`: none is known. An error is a sentence that says what to do.
    pub fn password(&self) -> Result<Option<Secret>, String> {
        match &self.password_file {
            Some(path) => read_line(path).map(Some),
            None => Ok(std::env::var(VARIABLE).ok().filter(|text| !text.is_empty()).map(Secret::from)),
        }
    }
}

/// Reads the password of a server. An error is a sentence that says what to do.
pub fn read_password(path: &Path) -> Result<Secret, String> {
    let password = read_line(path)?;
    if !can_be_typed(password.expose()) {
        return Err(format!(
            "the password in {} cannot be given with netcat: there it would mean something else. Choose one of letters, digits \
             and signs, without white space around it.",
            path.display()
        ));
    }
    Ok(password)
}

/// Reads a file of one line.
fn read_line(path: &Path) -> Result<Secret, String> {
    let shown = sanitize(path.to_string_lossy().as_bytes()).into_owned();
    let mut content = Vec::new();
    File::open(path)
        .and_then(|file| file.take(PASSWORD_BYTES as u64 + 3).read_to_end(&mut content))
        .map_err(|why| format!("{shown} cannot be read: {why}. Name another file with --password-file."))?;
    let line = content.strip_suffix(b"\n").unwrap_or(&content);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let must = "It must be one line of 1 to";
    let wrong = || format!("{shown} is no file with a password. {must} {PASSWORD_BYTES} bytes, in UTF-8.");
    let text = std::str::from_utf8(line).map_err(|_| wrong())?;
    if text.is_empty() || text.len() > PASSWORD_BYTES || text.contains(['\n', '\r']) {
        return Err(wrong());
    }
    Ok(text.into())
}

/// Whether a password reaches the server as it is when somebody types it as the first line.
fn can_be_typed(password: &str) -> bool {
    let (mut codec, now) = (Codec::detecting(), Instant::now());
    codec.feed(format!("{password}\n").as_bytes(), now);
    let first = codec.next_inbound(now);
    matches!(first, Some(Inbound::Request(Request::Hello { name, .. })) if name == password)
        && !["/exit", "/quit"].iter().any(|exit| password.eq_ignore_ascii_case(exit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_that_mean_something_else_to_netcat_are_refused() {
        for password in ["sesame", "open sesame", "Öffne dich!", "/x", "QUIT", &"x".repeat(PASSWORD_BYTES)] {
            assert!(can_be_typed(password), "{password}");
        }
        for password in [
            "{x",
            " x",
            "x ",
            "a\tb\u{1}",
            "/exit",
            "/Quit",
            "GET / HTTP/1.1",
            "QUIT :x",
            "a::EOMsg::b",
            "NICK ann",
        ] {
            assert!(!can_be_typed(password), "{password}");
        }
    }
}
