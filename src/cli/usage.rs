//! The command line as a whole: for the log, and for an error about it.

use clap::CommandFactory;
use clap::error::ErrorKind;

use crate::base::text::sanitize;
use crate::cli::Cli;

/// Ends the program with an error about the options of a `subcommand`, and its usage.
pub fn exit_with_usage_error(subcommand: &str, kind: ErrorKind, why: &str) -> ! {
    let mut command = Cli::command();
    // Makes the error show the usage of the subcommand.
    command.build();
    match command.find_subcommand_mut(subcommand) {
        Some(meant) => meant.error(kind, why).exit(),
        None => command.error(kind, why).exit(),
    }
}

/// The command line with all its settings, for the log: options as they were typed, and the defaults of the others.
pub fn command_line() -> String {
    let mut command = Cli::command();
    command.build();
    let Ok(matches) = command.try_get_matches_from_mut(std::env::args_os()) else { return String::new() };
    let Some((name, matches)) = matches.subcommand() else { return String::new() };
    let mut words = vec![format!("salon {name}")];
    let arguments = command.find_subcommand(name).into_iter().flat_map(clap::Command::get_arguments);
    for argument in arguments {
        let id = argument.get_id().as_str();
        let Some(option) = argument.get_long().filter(|_| matches!(matches.try_contains_id(id), Ok(true)))
        else {
            continue;
        };
        if argument.get_action().takes_values() {
            let values = matches.get_raw(id).into_iter().flatten().map(|value| value.to_string_lossy());
            words.extend(values.map(|value| format!("--{option} {}", quoted(&sanitize(value.as_bytes())))));
        } else if matches.get_flag(id) {
            words.push(format!("--{option}"));
        }
    }
    words.join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let is_plain = !word.is_empty() && !word.contains(|c: char| c.is_whitespace() || "'\"\\$`".contains(c));
    if is_plain { word.to_owned() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}
