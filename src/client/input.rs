//! Standard input, read without waiting: a terminal, a pipe, a file, or nothing at all.

use std::io::ErrorKind;
use std::os::fd::AsRawFd;

use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::{io, stdio};

/// The result of a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ReadResult {
    /// This many bytes.
    Bytes(usize),
    /// Nothing for now.
    Nothing,
    /// Its end.
    End,
}

/// Standard input.
#[derive(Debug)]
pub(super) struct Input {
    is_open: bool,
    /// There may be input: set until a read would block.
    ready: bool,
    /// A file cannot be polled: it is always ready.
    is_file: bool,
}

impl Input {
    /// Watches standard input, announced as `token`.
    pub(super) fn watch(registry: &Registry, token: Token) -> std::io::Result<Input> {
        let stdin = stdio::stdin().as_raw_fd();
        match registry.register(&mut SourceFd(&stdin), token, Interest::READABLE) {
            Ok(()) => Ok(Input { is_open: true, ready: false, is_file: false }),
            Err(e) if e.kind() == ErrorKind::PermissionDenied => {
                Ok(Input { is_open: true, ready: true, is_file: true })
            }
            Err(e) => Err(e),
        }
    }

    /// The poll reported input.
    pub(super) fn on_event(&mut self) {
        self.ready = true;
    }

    /// Whether a read may return something.
    pub(super) fn is_ready(&self) -> bool {
        self.is_open && self.ready
    }

    /// Reads once, unless that would block.
    pub(super) fn read(&mut self, bytes: &mut [u8]) -> ReadResult {
        if !self.is_ready() {
            return ReadResult::Nothing;
        }
        if !self.is_file && !has_something() {
            self.ready = false;
            return ReadResult::Nothing;
        }
        match io::read(stdio::stdin(), bytes) {
            Ok(read @ 1..) => ReadResult::Bytes(read),
            Err(Errno::INTR) => ReadResult::Nothing,
            Err(Errno::AGAIN) => {
                self.ready = false;
                ReadResult::Nothing
            }
            // An error counts as the end: the terminal or the other side is gone.
            Ok(0) | Err(_) => {
                self.is_open = false;
                ReadResult::End
            }
        }
    }
}

fn has_something() -> bool {
    let stdin = stdio::stdin();
    let mut looked_at = [PollFd::from_borrowed_fd(stdin, PollFlags::IN)];
    matches!(poll(&mut looked_at, Some(&Timespec::default())), Ok(1..))
}
