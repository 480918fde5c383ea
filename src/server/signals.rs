//! Signals, as events of the loop; and those that are to do nothing.

use std::io::{self, Read};
use std::os::unix::net::UnixStream as StdStream;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use mio::net::UnixStream;
use mio::{Interest, Registry};
use signal_hook::consts::{
    SIGALRM, SIGHUP, SIGINT, SIGIO, SIGPROF, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGVTALRM, SIGXCPU, SIGXFSZ,
};
use signal_hook::{flag, low_level};

use crate::server::SIGNALS;

/// What ends the service.
const ENDS: [i32; 4] = [SIGINT, SIGTERM, SIGQUIT, SIGXCPU];

/// What would end the program, and is no reason to. (A write beyond the limit of a file's size, SIGXFSZ, fails as on a full
/// disk instead. Rust itself ignores SIGPIPE.)
const HARMLESS: [i32; 7] = [SIGXFSZ, SIGUSR1, SIGUSR2, SIGALRM, SIGVTALRM, SIGPROF, SIGIO];

/// Ends of pipes into which signals write.
#[derive(Debug)]
pub(super) struct Signals {
    ends: UnixStream,
    hangups: UnixStream,
    reports: UnixStream,
}

/// Which signals came.
#[derive(Debug)]
pub(super) struct Came {
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
            ends: pipe(registry, &ENDS)?,
            hangups: pipe(registry, &[SIGHUP])?,
            reports: pipe(registry, &[SIGUSR1])?,
        })
    }

    /// Which signals came since this was asked last.
    pub(super) fn take(&mut self) -> Came {
        Came {
            ends: take(&mut self.ends),
            hangup: take(&mut self.hangups) > 0,
            report: take(&mut self.reports) > 0,
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

fn pipe(registry: &Registry, signals: &[i32]) -> io::Result<UnixStream> {
    let (receiver, sender) = StdStream::pair()?;
    receiver.set_nonblocking(true)?;
    for signal in signals {
        low_level::pipe::register(*signal, sender.try_clone()?)?;
    }
    let mut receiver = UnixStream::from_std(receiver);
    registry.register(&mut receiver, SIGNALS, Interest::READABLE)?;
    Ok(receiver)
}

fn take(pipe: &mut UnixStream) -> usize {
    let mut bytes = [0; 16];
    let mut count = 0;
    while let Ok(read @ 1..) = pipe.read(&mut bytes) {
        count += read;
    }
    count
}
