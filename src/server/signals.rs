//! Signals, as events of the loop; and those that are to do nothing.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mio::Registry;
use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::flag;

use crate::base::signal_pipe::SignalPipe;
use crate::server::SIGNALS;

/// What ends the service.
const ENDS: [i32; 4] = [SIGINT, SIGTERM, SIGQUIT, SIGXCPU];

/// What would end the program, and is no reason to. (A write beyond the limit of a file's size, SIGXFSZ, fails as on a full
/// disk instead. Rust itself ignores SIGPIPE.)
const HARMLESS: [i32; 7] = [SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO];

/// The signals that mean something to the service.
#[derive(Debug)]
pub(super) struct Signals {
    ends: SignalPipe,
    hangups: SignalPipe,
    reports: SignalPipe,
}

/// Which signals came.
#[derive(Debug)]
pub(super) struct ReceivedSignals {
    /// How many asked the service to end.
    pub(super) ends: usize,
    /// SIGHUP: the terminal is gone, or files are to be read again.
    pub(super) hangup: bool,
    /// SIGUSR1: the log is to say how things stand.
    pub(super) report: bool,
}

impl Signals {
    /// From now on the signals that mean something to the service arrive here.
    pub(super) fn watch(registry: &Registry) -> io::Result<Signals> {
        Ok(Signals {
            ends: SignalPipe::watch(registry, SIGNALS, &ENDS)?,
            hangups: SignalPipe::watch(registry, SIGNALS, &[SIGHUP])?,
            reports: SignalPipe::watch(registry, SIGNALS, &[SIGUSR1])?,
        })
    }

    /// Which signals came since this was asked last.
    pub(super) fn take(&mut self) -> ReceivedSignals {
        ReceivedSignals {
            ends: self.ends.take(),
            hangup: self.hangups.take() > 0,
            report: self.reports.take() > 0,
        }
    }
}

/// From now on no signal ends this program that is no reason to.
pub fn ignore_harmless_signals() -> io::Result<()> {
    // Nobody looks at it. A handler that does nothing is as good as none, and needs no unsafe code.
    let flag = Arc::new(AtomicBool::new(false));
    for signal in HARMLESS.into_iter().chain(more_harmless()) {
        flag::register(signal, Arc::clone(&flag))?;
    }
    Ok(())
}

/// Others like them: SIGSTKFLT and SIGPWR, and real-time signals but for those that C libraries use themselves (signal(7)).
#[cfg(target_os = "linux")]
fn more_harmless() -> impl Iterator<Item = i32> {
    use rustix::process::Signal;
    [Signal::STKFLT.as_raw(), Signal::POWER.as_raw()].into_iter().chain(35..=64)
}

/// Others like them: none.
#[cfg(not(target_os = "linux"))]
fn more_harmless() -> impl Iterator<Item = i32> {
    std::iter::empty()
}
