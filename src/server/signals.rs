//! SIGINT and SIGTERM, as events of the loop.

use std::io::{self, Read};
use std::os::unix::net::UnixStream as StdStream;

use mio::net::UnixStream;
use mio::{Interest, Registry};
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::server::SIGNALS;

/// The end of a pipe into which a signal writes a byte.
#[derive(Debug)]
pub(super) struct Signals(UnixStream);

impl Signals {
    /// From now on the signals that ask this process to end arrive here.
    pub(super) fn watch(registry: &Registry) -> io::Result<Signals> {
        let (receiver, sender) = StdStream::pair()?;
        receiver.set_nonblocking(true)?;
        for signal in [SIGINT, SIGTERM] {
            signal_hook::low_level::pipe::register(signal, sender.try_clone()?)?;
        }
        let mut receiver = UnixStream::from_std(receiver);
        registry.register(&mut receiver, SIGNALS, Interest::READABLE)?;
        Ok(Signals(receiver))
    }

    /// How many signals came.
    pub(super) fn take(&mut self) -> usize {
        let mut bytes = [0; 16];
        let mut count = 0;
        while let Ok(read @ 1..) = self.0.read(&mut bytes) {
            count += read;
        }
        count
    }
}
