//! Signals, as events of the client's loop.

use std::io;

use mio::{Registry, Token};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGWINCH};

use crate::base::signal_pipe::SignalPipe;

/// The signals that mean something to the client.
#[derive(Debug)]
pub(super) struct Signals {
    ends: SignalPipe,
    sizes: SignalPipe,
    continues: Option<SignalPipe>,
}

impl Signals {
    /// From now on the signals that ask this process to end arrive as `ends`, and those that tell of another size of the
    /// terminal as `sizes`.
    pub(super) fn watch(registry: &Registry, ends: Token, sizes: Token) -> io::Result<Signals> {
        Ok(Signals {
            ends: SignalPipe::watch(registry, ends, &[SIGHUP, SIGINT, SIGQUIT, SIGTERM])?,
            sizes: SignalPipe::watch(registry, sizes, &[SIGWINCH])?,
            continues: None,
        })
    }

    /// From now on it arrives as `continues` that this process was stopped and goes on.
    pub(super) fn watch_continues(&mut self, registry: &Registry, continues: Token) -> io::Result<()> {
        self.continues = Some(SignalPipe::watch(registry, continues, &[SIGCONT])?);
        Ok(())
    }

    /// Whether this process was stopped and goes on.
    pub(super) fn take_continues(&mut self) -> bool {
        self.continues.as_mut().is_some_and(|pipe| pipe.take() > 0)
    }

    /// How many signals asked to end.
    pub(super) fn take_ends(&mut self) -> usize {
        self.ends.take()
    }

    /// Whether the terminal has another size.
    pub(super) fn take_sizes(&mut self) -> bool {
        self.sizes.take() > 0
    }
}
