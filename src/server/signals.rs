//! Signals: those that the loop handles, and those that are ignored.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mio::Registry;
use signal_hook::consts::{
    SIGALRM, SIGCONT, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU,
    SIGXFSZ,
};
use signal_hook::flag;

use crate::base::signal_pipe::SignalPipe;
use crate::server::SIGNALS;

/// These stop the service.
const ENDS: [i32; 4] = [SIGINT, SIGTERM, SIGQUIT, SIGXCPU];

/// These would end the program by default, and must not. (With SIGXFSZ ignored, a write beyond the limit of a file's size
/// fails as on a full disk. Rust itself ignores SIGPIPE.)
const HARMLESS: [i32; 7] = [SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO];

/// The signals that the loop handles.
#[derive(Debug)]
pub(super) struct Signals {
    ends: SignalPipe,
    hangups: SignalPipe,
    reports: SignalPipe,
    continues: SignalPipe,
}

/// The signals since the last look.
#[derive(Debug)]
pub(super) struct ReceivedSignals {
    /// How many asked the service to stop.
    pub(super) ends: usize,
    /// SIGHUP: the terminal is gone, or a reload is asked for.
    pub(super) hangup: bool,
    /// SIGUSR1: write the statistics to the log.
    pub(super) report: bool,
    /// SIGCONT: the program was stopped, and goes on.
    pub(super) resumed: bool,
}

impl Signals {
    /// Registers with the poll.
    pub(super) fn watch(registry: &Registry) -> io::Result<Signals> {
        Ok(Signals {
            ends: SignalPipe::watch(registry, SIGNALS, &ENDS)?,
            hangups: SignalPipe::watch(registry, SIGNALS, &[SIGHUP])?,
            reports: SignalPipe::watch(registry, SIGNALS, &[SIGUSR1])?,
            continues: SignalPipe::watch(registry, SIGNALS, &[SIGCONT])?,
        })
    }

    /// The signals since the last call.
    pub(super) fn take(&mut self) -> ReceivedSignals {
        ReceivedSignals {
            ends: self.ends.take(),
            hangup: self.hangups.take() > 0,
            report: self.reports.take() > 0,
            resumed: self.continues.take() > 0,
        }
    }
}

/// Ignores all signals that would end the program without reason.
pub fn ignore_harmless_signals() -> io::Result<()> {
    // Nobody reads the flag. A handler that does nothing works like SIG_IGN, and needs no unsafe code.
    let flag = Arc::new(AtomicBool::new(false));
    for signal in HARMLESS.into_iter().chain(more_harmless()) {
        flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(())
}

/// More of them on Linux: SIGSTKFLT, SIGPWR, and the real-time signals that C libraries do not use themselves (signal(7)).
#[cfg(target_os = "linux")]
fn more_harmless() -> impl Iterator<Item = i32> {
    use rustix::process::Signal;
    [Signal::STKFLT.as_raw(), Signal::POWER.as_raw()].into_iter().chain(35..=64)
}

/// More of them: none.
#[cfg(not(target_os = "linux"))]
fn more_harmless() -> impl Iterator<Item = i32> {
    std::iter::empty()
}
