//! The file with the operators' passwords, and `salon hash-password`, which makes the hashes for it.

use std::fs::File;
use std::io::{self, BufRead, IsTerminal, Read};
use std::path::Path;

use crate::base::limits::{OPERATOR_NAME_CHARS, OPERATORS, OPERATORS_BYTES, PASSWORD_BYTES};
use crate::base::password_hash::PasswordHash;
use crate::base::secret::Secret;
use crate::base::text::sanitize;
use crate::hub::OperatorEntry;
use crate::terminal::secret;

/// Reads the file of `--opers`: a name and a hash on each line. An error is a sentence that says what to do.
pub fn read_operators(path: &Path) -> Result<Vec<OperatorEntry>, String> {
    let shown = sanitize(path.to_string_lossy().as_bytes()).into_owned();
    let mut content = String::new();
    File::open(path)
        .and_then(|file| file.take(OPERATORS_BYTES + 1).read_to_string(&mut content))
        .map_err(|why| format!("{shown} cannot be read: {why}. Name another file with --opers."))?;
    if content.len() as u64 > OPERATORS_BYTES {
        return Err(format!("{shown} is longer than {OPERATORS_BYTES} bytes. Shorten it."));
    }
    let operators = parse(&content).map_err(|(line, why)| format!("{shown}, line {line}: {why}"))?;
    match operators.len() {
        0 => Err(format!(
            "{shown} names no operator. Add a line with a name and what salon hash-password prints."
        )),
        1..=OPERATORS => Ok(operators),
        _ => Err(format!("{shown} names more than {OPERATORS} operators. Shorten it.")),
    }
}

/// Parses such a file. An error comes with the number of its line.
fn parse(content: &str) -> Result<Vec<OperatorEntry>, (usize, String)> {
    let mut operators: Vec<OperatorEntry> = Vec::new();
    for (number, line) in (1..).zip(content.lines().map(str::trim)) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let entry = parse_line(line).map_err(|why| (number, why))?;
        if operators.iter().any(|other| other.name == entry.name) {
            // A name is no secret; it is cleaned, as a terminal shows it.
            let name = sanitize(entry.name.as_bytes()).into_owned();
            return Err((number, format!("{name} is named before. Remove one of the two.")));
        }
        operators.push(entry);
    }
    Ok(operators)
}

fn parse_line(line: &str) -> Result<OperatorEntry, String> {
    let again = "Write a name, a space, and what salon hash-password prints.";
    let words: Vec<&str> = line.split_whitespace().collect();
    let [name, hash] = words[..] else { return Err(format!("it must be two words. {again}")) };
    if name.chars().count() > OPERATOR_NAME_CHARS {
        return Err(format!("the name is longer than {OPERATOR_NAME_CHARS} characters. {again}"));
    }
    let hash =
        PasswordHash::parse(hash).map_err(|why| format!("the second word is no good: {why}. {again}"))?;
    Ok(OperatorEntry { name: name.to_owned(), hash })
}

/// Asks for a password, or reads it from a line of standard input, and returns its hash. An error is a sentence that says what to
/// do.
pub fn hash_password() -> Result<PasswordHash, String> {
    let input = io::stdin();
    let password = if input.is_terminal() {
        let first = ask("Password: ")?;
        if ask("Again: ")? != first {
            return Err("these are two different passwords. Try again.".into());
        }
        first
    } else {
        read_line(&mut input.lock())?
    };
    PasswordHash::of(&password)
}

fn ask(prompt: &str) -> Result<Secret, String> {
    let given = secret::ask(prompt).map_err(|why| format!("the terminal cannot be used: {why}"))?;
    given.ok_or_else(|| "no password was given. Nothing is done.".into()).and_then(checked)
}

fn read_line(input: &mut impl BufRead) -> Result<Secret, String> {
    let mut line = Vec::new();
    let longest = PASSWORD_BYTES as u64 + 2;
    input
        .take(longest)
        .read_until(b'\n', &mut line)
        .map_err(|why| format!("standard input cannot be read: {why}"))?;
    let line = String::from_utf8(line).map_err(|_| "the password is not in UTF-8. Choose another.")?;
    checked(line.trim_end_matches(['\r', '\n']).into())
}

/// Refuses a password that cannot be given: a client sends it as the last word of a line.
fn checked(password: Secret) -> Result<Secret, String> {
    let text = password.expose();
    if text.is_empty() || text.len() > PASSWORD_BYTES {
        return Err(format!("a password has 1 to {PASSWORD_BYTES} bytes. Choose another."));
    }
    if text.trim() != text || *sanitize(text.as_bytes()) != *text {
        return Err(
            "a password must not begin or end with a space, nor have control characters. Choose another."
                .into(),
        );
    }
    Ok(password)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HASH: &str =
        "$argon2id$v=19$m=8,t=1,p=1$2/OCR5YJ4lKyzJ9uxZe7DA$kVebRrklDKw8rnQ6dWSFm5bBlZV30nJIx3Vc/BoyhI4";

    #[test]
    fn operators_have_a_line_each() {
        let content = format!("# Who may.\n\nann {HASH}\n  Bob\t{HASH}  \n");
        let names: Vec<String> = parse(&content).unwrap().into_iter().map(|entry| entry.name).collect();
        assert_eq!(names, ["ann", "Bob"]);
    }

    #[test]
    fn wrong_lines_are_named_by_their_numbers() {
        for (content, line, why) in [
            (format!("ann {HASH}\n\nbob\n"), 3, "it must be two words"),
            (format!("ann {HASH} x\n"), 1, "it must be two words"),
            ("# who\nann sesame\n".to_owned(), 2, "it is no hash of a password. Write a name"),
            (format!("ann {HASH}\nann {HASH}\n"), 2, "ann is named before"),
            (format!("{} {HASH}\n", "x".repeat(OPERATOR_NAME_CHARS + 1)), 1, "the name is longer"),
        ] {
            let (at, said) = parse(&content).unwrap_err();
            assert_eq!(at, line, "{content}");
            assert!(said.contains(why) && !said.contains("sesame"), "{said}");
        }
    }

    #[test]
    fn a_password_comes_as_a_line() {
        let read = |input: &str| read_line(&mut input.as_bytes()).map(|secret| secret.expose().to_owned());
        assert_eq!(read("open sesame\r\nand more").as_deref(), Ok("open sesame"));
        assert_eq!(read("sesame").as_deref(), Ok("sesame"));
        for wrong in ["", "\n", " sesame\n", "se\u{7}same\n", &"x".repeat(PASSWORD_BYTES + 1)] {
            assert!(read(wrong).is_err(), "{wrong:?}");
        }
    }
}
