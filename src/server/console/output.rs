//! The console's output, written by a thread, so that a stopped terminal (Ctrl-S), a full pipe or a hanging disk blocks only
//! that thread.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use log::debug;
use rustix::process::getpgrp;
use rustix::stdio;
use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};

use crate::base::limits::CONSOLE_QUEUE_BYTES;

/// How often to check whether the terminal may be written to again.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// A command for the thread.
enum Command {
    Write(String),
    /// Reply when everything before is written.
    Flush(Sender<()>),
}

/// Standard output, with a queue of at most [`CONSOLE_QUEUE_BYTES`]. What does not fit is dropped.
#[derive(Debug)]
pub(super) struct Output {
    commands: Sender<Command>,
    /// Queued bytes.
    waiting: Arc<AtomicUsize>,
}

impl Output {
    pub(super) fn start() -> io::Result<Output> {
        let (commands, receiver) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&waiting);
        thread::Builder::new().name("console".into()).spawn(move || write(&receiver, &counted))?;
        Ok(Output { commands, waiting })
    }

    /// Queues `text`, if it fits.
    pub(super) fn write(&self, text: &str) {
        if self.waiting.load(Ordering::Acquire) + text.len() > CONSOLE_QUEUE_BYTES {
            return;
        }
        self.waiting.fetch_add(text.len(), Ordering::AcqRel);
        // Without the thread, nobody reads the console.
        let _ = self.commands.send(Command::Write(text.to_owned()));
    }

    /// Waits until everything is written, at most `within`.
    pub(super) fn finish(&self, within: Duration) {
        let (done, is_done) = mpsc::channel();
        let _ = self.commands.send(Command::Flush(done));
        let _ = is_done.recv_timeout(within);
    }
}

fn write(commands: &Receiver<Command>, waiting: &AtomicUsize) {
    let mut is_open = true;
    for command in commands {
        match command {
            Command::Write(text) => {
                while would_stop_us() {
                    thread::sleep(POLL_EVERY);
                }
                let mut out = io::stdout();
                if is_open && let Err(why) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                    debug!("nobody reads the console: {why}");
                    is_open = false;
                }
                waiting.fetch_sub(text.len(), Ordering::AcqRel);
            }
            // The caller may have stopped waiting.
            Command::Flush(done) => drop(done.send(())),
        }
    }
}

/// Whether this program is in the background of a terminal that stops background writers (`stty tostop`).
fn would_stop_us() -> bool {
    io::stdout().is_terminal()
        && tcgetattr(stdio::stdout()).is_ok_and(|modes| modes.local_modes.contains(LocalModes::TOSTOP))
        && tcgetpgrp(stdio::stdout()).is_ok_and(|group| group != getpgrp())
}
