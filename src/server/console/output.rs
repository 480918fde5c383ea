//! What the console says, written by a thread: a terminal that was stopped (Ctrl-S), a pipe that nobody reads and a file on a
//! disk that hangs make it wait, and nobody else.

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

/// How often it is looked whether a terminal may be written to again.
const POLL_EVERY: Duration = Duration::from_millis(250);

/// What the thread is told.
enum Order {
    Say(String),
    /// Tell when all that came before is written.
    Flush(Sender<()>),
}

/// Standard output. What it does not take waits, up to [`CONSOLE_QUEUE_BYTES`]; more is dropped.
#[derive(Debug)]
pub(super) struct Output {
    orders: Sender<Order>,
    /// Bytes that wait.
    waiting: Arc<AtomicUsize>,
}

impl Output {
    pub(super) fn start() -> io::Result<Output> {
        let (orders, ordered) = mpsc::channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&waiting);
        thread::Builder::new().name("console".into()).spawn(move || write(&ordered, &counted))?;
        Ok(Output { orders, waiting })
    }

    /// Has this written, if there is room for it.
    pub(super) fn say(&self, text: &str) {
        if self.waiting.load(Ordering::Acquire) + text.len() > CONSOLE_QUEUE_BYTES {
            return;
        }
        self.waiting.fetch_add(text.len(), Ordering::AcqRel);
        // If the thread is gone, nobody reads the console.
        let _ = self.orders.send(Order::Say(text.to_owned()));
    }

    /// Waits until all is written, but no longer than this.
    pub(super) fn finish(&self, within: Duration) {
        let (done, is_done) = mpsc::channel();
        let _ = self.orders.send(Order::Flush(done));
        let _ = is_done.recv_timeout(within);
    }
}

fn write(orders: &Receiver<Order>, waiting: &AtomicUsize) {
    let mut is_read = true;
    for order in orders {
        match order {
            Order::Say(text) => {
                while would_stop_us() {
                    thread::sleep(POLL_EVERY);
                }
                let mut out = io::stdout();
                if is_read && let Err(why) = out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
                    debug!("nobody reads the console: {why}");
                    is_read = false;
                }
                waiting.fetch_sub(text.len(), Ordering::AcqRel);
            }
            // Who asked may have given up.
            Order::Flush(done) => drop(done.send(())),
        }
    }
}

/// Whether standard output is a terminal that is another program's for the moment, and that stops who writes to it from the
/// background (`stty tostop`).
fn would_stop_us() -> bool {
    io::stdout().is_terminal()
        && tcgetattr(stdio::stdout()).is_ok_and(|modes| modes.local_modes.contains(LocalModes::TOSTOP))
        && tcgetpgrp(stdio::stdout()).is_ok_and(|group| group != getpgrp())
}
