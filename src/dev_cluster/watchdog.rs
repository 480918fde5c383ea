//! Ends the processes of a cluster when this one is killed, and so cannot end them itself.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

/// What the shell does: the last line has the ids of the processes that run. There are no more lines when whoever has written them is
/// gone.
const SCRIPT: &str =
    r#"while read -r line; do pids=$line; done; kill -9 $pids; [ -z "$1" ] || rm -rf -- "$1""#;

/// A shell that waits for the end of this process. Nothing is ended if this is dropped.
pub(super) struct Watchdog(Child);

impl Watchdog {
    /// Starts it. `temporary`: a folder that it deletes as well. An error is a sentence.
    pub(super) fn start(temporary: Option<&Path>) -> Result<Watchdog, String> {
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT, "sh"]).args(temporary);
        // In a group of its own: Ctrl-C is for this process.
        command.process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().map(Watchdog).map_err(|why| format!("A shell cannot be started: {why}."))
    }

    /// These are the processes to be ended; not those that have ended by themselves, whose ids others may get.
    pub(super) fn watch(&mut self, pids: &[u32]) {
        let line = pids.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
        // Fails if somebody has ended the shell.
        let _ = self.0.stdin.as_mut().map(|input| writeln!(input, "{line}"));
    }
}

impl Drop for Watchdog {
    fn drop(&mut self) {
        // Before its input ends.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
