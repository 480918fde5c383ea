//! Delivers Unix signals as readiness events of a `mio` poll.

use std::io::{self, Read};
use std::os::unix::net::UnixStream as StdStream;

use mio::net::UnixStream;
use mio::{Interest, Registry, Token};

/// The reading end of a pipe. Each signal writes a byte to it.
#[derive(Debug)]
pub struct SignalPipe(UnixStream);

impl SignalPipe {
    /// Replaces the default action of these signals: from now on they only arrive as events of `token`.
    pub fn watch(registry: &Registry, token: Token, signals: &[i32]) -> io::Result<SignalPipe> {
        let (receiver, sender) = StdStream::pair()?;
        receiver.set_nonblocking(true)?;
        for signal in signals {
            signal_hook::low_level::pipe::register(*signal, sender.try_clone()?)?;
        }
        let mut receiver = UnixStream::from_std(receiver);
        registry.register(&mut receiver, token, Interest::READABLE)?;
        Ok(SignalPipe(receiver))
    }

    /// The number of signals since the last call.
    pub fn take(&mut self) -> usize {
        let mut bytes = [0; 16];
        let mut count = 0;
        while let Ok(read @ 1..) = self.0.read(&mut bytes) {
            count += read;
        }
        count
    }
}
