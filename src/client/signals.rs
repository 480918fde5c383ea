//! Signals, as events of the client's loop.

use std::io::{self, Read};
use std::os::unix::net::UnixStream as StdStream;

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};

/// The ends of two pipes into which signals write.
#[derive(Debug)]
pub(super) struct Signals {
    ends: UnixStream,
    sizes: UnixStream,
    continues: Option<UnixStream>,
}

impl Signals {
    /// From now on the signals that ask this process to end arrive as `ends`, and those that tell of another size of the
    /// terminal as `sizes`.
    pub(super) fn watch(registry: &Registry, ends: Token, sizes: Token) -> io::Result<Signals> {
        Ok(Signals {
            ends: pipe(registry, ends, &[SIGHUP, SIGINT, SIGQUIT, SIGTERM])?,
            sizes: pipe(registry, sizes, &[SIGWINCH])?,
            continues: None,
        })
    }

    /// From now on it arrives as `continues` that this process was stopped and goes on.
    pub(super) fn watch_continues(&mut self, registry: &Registry, continues: Token) -> io::Result<()> {
        self.continues = Some(pipe(registry, continues, &[SIGCONT])?);
        Ok(())
    }

    /// Whether this process was stopped and goes on.
    pub(super) fn take_continues(&mut self) -> bool {
        self.continues.as_mut().is_some_and(|pipe| take(pipe) > 0)
    }

    /// How many signals asked to end.
    pub(super) fn take_ends(&mut self) -> usize {
        take(&mut self.ends)
    }

    /// Whether the terminal has another size.
    pub(super) fn take_sizes(&mut self) -> bool {
        take(&mut self.sizes) > 0
    }
}

fn pipe(registry: &Registry, token: Token, signals: &[i32]) -> io::Result<UnixStream> {
    let (receiver, sender) = StdStream::pair()?;
    receiver.set_nonblocking(true)?;
    for signal in signals {
        signal_hook::low_level::pipe::register(*signal, sender.try_clone()?)?;
    }
    let mut receiver = UnixStream::from_std(receiver);
    registry.register(&mut receiver, token, Interest::READABLE)?;
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
