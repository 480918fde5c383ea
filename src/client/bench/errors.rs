//! Errors of a bench, as sentences that say what to do, and the check that the server answers.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, TcpStream};

use rustix::io::Errno;

use crate::base::limits::CONNECT_TIMEOUT;
use crate::client::Address;

/// A part of the server's reason when its spam limit removes a member.
const SPAM: &str = "too many messages";

/// The first of the server's addresses that accepts a connection, and that connection.
pub(super) fn find(server: &Address) -> Result<(SocketAddr, TcpStream), String> {
    let mut why = None;
    for address in server.resolve() {
        match TcpStream::connect_timeout(&address, CONNECT_TIMEOUT) {
            Ok(stream) => return Ok((address, stream)),
            Err(error) => why = Some(error),
        }
    }
    Err(match why {
        Some(why) => unreachable(server, &why),
        None => format!("there is no machine called {}. Name another with -d.", server.destination),
    })
}

/// The error when another connection cannot be made beside `connections` open ones.
pub(super) fn no_connection(server: &Address, connections: usize, why: &io::Error) -> String {
    let is = |errno: Errno| why.raw_os_error() == Some(errno.raw_os_error());
    if is(Errno::MFILE) || is(Errno::NFILE) {
        return format!(
            "the system allows no more than {connections} connections. Raise the limit of file descriptors (ulimit -n), or use \
             fewer --members."
        );
    }
    if is(Errno::ADDRNOTAVAIL) {
        return format!(
            "this machine has no free ports for more than {connections} connections. Wait a minute, or use fewer \
             --members."
        );
    }
    unreachable(server, why)
}

fn unreachable(server: &Address, why: &io::Error) -> String {
    if why.kind() == ErrorKind::ConnectionRefused {
        return format!(
            "no server answers at {server}. Start one there with salon serve, or name another with -d and -p."
        );
    }
    format!("no connection to {server} is possible: {why}.")
}

/// The error when the server closed the connection of `name`. `last_words` is the server's last line if the member was joining;
/// `None` if it was in the room.
pub(super) fn closed(name: &str, last_words: Option<&str>) -> String {
    match last_words {
        Some("") => "the server closed a connection without a word. Its log may say why.".into(),
        Some(words) => format!("the server does not let {name} in. It said: {words}"),
        None => format!("the server closed the connection of {name}. Its log may say why."),
    }
}

/// The error when the host removed `name`.
pub(super) fn removed(name: &str, reason: &str) -> String {
    if reason.contains(SPAM) {
        return "the server's spam limit removed a speaker. Start the server with --spam-limit off, or bench with a lower --rate \
                or more --speakers."
            .into();
    }
    format!("the server removed {name}. It said: {reason}")
}
