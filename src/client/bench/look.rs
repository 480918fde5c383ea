//! A look into the rooms that a bench is to fill, before it does: where people are, it would only disturb them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use crate::base::limits::{BENCH_TIMEOUT, SERVER_LINE_BYTES};
use crate::wire::json::{ClientMessage, SenderKind, ServerMessage, VERSION};

/// One visitor, who sees who else is in a room.
struct Visitor {
    stream: BufReader<TcpStream>,
}

/// Looks into the first room, through which all members come, and into `room`. An error: people are there, and a sentence says
/// what to do. If the server does not answer the visitor, nothing is known, and the members find out why.
pub(super) fn look(stream: TcpStream, room: Option<&str>) -> Result<(), String> {
    let Some(mut visitor) = Visitor::enter(stream) else { return Ok(()) };
    for room in [None].into_iter().chain(room.map(Some)) {
        match visitor.people(room) {
            Some((_, 0)) | None => {}
            Some((room, people)) => {
                let are = if people == 1 { "1 person is".into() } else { format!("{people} people are") };
                visitor.leave();
                return Err(format!(
                    "{are} in {room}, where the members of the bench would come. Measure a server of its own (salon serve \
                     --port 2021 --data none --spam-limit off), or wait until nobody is there. To fill the room all the same, \
                     add --anyway."
                ));
            }
        }
    }
    visitor.leave();
    Ok(())
}

impl Visitor {
    fn enter(stream: TcpStream) -> Option<Visitor> {
        stream.set_read_timeout(Some(BENCH_TIMEOUT)).ok()?;
        let mut visitor = Visitor { stream: BufReader::new(stream) };
        let name = format!("bench_{:06x}", rand::random::<u32>() >> 8);
        let hello = ClientMessage::Hello {
            version: VERSION,
            name,
            bot: true,
            token: None,
            password: None,
            lines: false,
        };
        visitor.send(&hello)?;
        visitor.until(|heard| matches!(heard, ServerMessage::Hello { .. }).then_some(()))?;
        Some(visitor)
    }

    /// Joins a room. Returns its name, and how many people are in it.
    fn people(&mut self, room: Option<&str>) -> Option<(String, usize)> {
        self.send(&ClientMessage::Join { room: room.map(str::to_owned), after: None, replay: None })?;
        self.until(|heard| match heard {
            ServerMessage::Welcome { room, present, .. } => {
                let people = present.iter().filter(|who| who.is == SenderKind::Person).count();
                Some((room, people))
            }
            _ => None,
        })
    }

    /// Leaves the server, and waits until it has left.
    fn leave(mut self) {
        if self
            .send(&ClientMessage::Command { room: None, name: "exit".into(), rest: String::new() })
            .is_some()
        {
            while self.next().is_some() {}
        }
    }

    fn send(&mut self, message: &ClientMessage) -> Option<()> {
        let line = serde_json::to_string(message).ok()? + "\n";
        self.stream.get_mut().write_all(line.as_bytes()).ok()
    }

    /// What `of` finds in what the server says. `None`: it refuses, or says nothing more.
    fn until<T>(&mut self, of: impl Fn(ServerMessage) -> Option<T>) -> Option<T> {
        loop {
            match self.next()? {
                ServerMessage::Refused { .. } | ServerMessage::Removed { .. } => return None,
                heard => {
                    if let Some(found) = of(heard) {
                        return Some(found);
                    }
                }
            }
        }
    }

    /// The next message that is known.
    fn next(&mut self) -> Option<ServerMessage> {
        loop {
            let mut line = Vec::new();
            let read = (&mut self.stream).take(SERVER_LINE_BYTES as u64).read_until(b'\n', &mut line).ok()?;
            if read == 0 {
                return None;
            }
            if let Ok(heard) = serde_json::from_slice(&line) {
                return Some(heard);
            }
        }
    }
}
