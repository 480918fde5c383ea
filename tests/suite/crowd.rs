//! Many clients at once, and misbehaving ones, against the real binary.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use salon::base::limits::{NAME_TIMEOUT, SEND_QUEUE_BYTES};
use salon::server::raise_fd_limit;
use socket2::{Domain, Socket, Type};

use crate::support::peer::Peer;
use crate::support::process::{Salon, TEST_TIMEOUT};

const FREE: &[&str] = &["--spam-limit", "off"];

#[test]
fn two_hundred_hear_the_same_in_the_same_order() {
    const CLIENTS: usize = 200;
    const EACH: usize = 20;
    let salon = Salon::start(FREE);
    let port = salon.port;
    let mut peers: Vec<Peer> = (0..CLIENTS)
        .map(|n| {
            let name = format!("p{n}");
            if n % 4 == 3 { Peer::join_eom(port, &name) } else { Peer::join(port, &name) }
        })
        .collect();
    let last = format!("User p{} has joined the chat!", CLIENTS - 1);
    for peer in &mut peers[..CLIENTS - 1] {
        peer.until(&last);
    }
    let heard: Vec<Vec<String>> = thread::scope(|scope| {
        let listening: Vec<_> = peers
            .iter_mut()
            .enumerate()
            .map(|(n, peer)| {
                scope.spawn(move || {
                    let is_eom = n % 4 == 3;
                    let end = if is_eom { "::EOMsg::" } else { "\n" };
                    for said in 0..EACH {
                        peer.send(format!("p{n}: {said}{end}").as_bytes());
                    }
                    // An old program gets no echo.
                    let expected = if is_eom { (CLIENTS - 1) * EACH } else { CLIENTS * EACH };
                    let mut heard = Vec::new();
                    while heard.len() < expected {
                        let message = peer.until(end);
                        let message = message.strip_suffix(end).unwrap().trim_start();
                        if message.starts_with('p') {
                            heard.push(message.to_owned());
                        }
                    }
                    heard
                })
            })
            .collect();
        listening.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let order = &heard[0];
    assert_eq!(order.len(), CLIENTS * EACH);
    for (n, heard) in heard.iter().enumerate() {
        let own = format!("p{n}: ");
        let expected: Vec<&String> = order.iter().filter(|m| n % 4 != 3 || !m.starts_with(&own)).collect();
        assert!(heard.iter().eq(expected), "p{n} heard another order");
    }
    for n in 0..CLIENTS {
        let own = format!("p{n}: ");
        let said: Vec<&str> = order.iter().filter_map(|m| m.strip_prefix(&own)).collect();
        assert_eq!(said, (0..EACH).map(|said| said.to_string()).collect::<Vec<_>>(), "p{n}'s own order");
    }
}

#[test]
fn five_thousand_connect_in_a_burst() {
    const CLIENTS: usize = 5_000;
    assert!(raise_fd_limit() > CLIENTS as u64 + 500, "this test needs more descriptors: ulimit -n");
    let salon = Salon::start(FREE);
    let address: SocketAddr = (Ipv4Addr::LOCALHOST, salon.port).into();
    // All at once, without waiting for each other.
    let mut streams: Vec<TcpStream> = (0..CLIENTS)
        .map(|_| {
            let domain = Domain::IPV4;
            let socket = Socket::new(domain, Type::STREAM, None).unwrap();
            socket.set_nonblocking(true).unwrap();
            let begun = socket.connect(&address.into());
            assert!(begun.is_ok() || begun.is_err_and(|e| e.raw_os_error() == Some(115)), "EINPROGRESS");
            socket.set_nonblocking(false).unwrap();
            socket.into()
        })
        .collect();
    let mut last = Peer::from(streams.pop().unwrap());
    for (n, stream) in streams.iter_mut().enumerate() {
        use std::io::Write;
        writeln!(stream, "p{n}").unwrap();
    }
    last.say("Last");
    last.until("Type /help to see what you can do.\n");
    // All of them are in the room.
    last.say("/who");
    let mut who = last.until(" in the lobby: ");
    while !who.ends_with(&format!("{CLIENTS} in the lobby: ")) {
        last.until("has joined the chat!\n");
        last.say("/who");
        who = last.until(" in the lobby: ");
    }
}

#[test]
fn a_reader_that_stops_costs_the_others_nothing() {
    let salon = Salon::start(FREE);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut bob = Peer::join(salon.port, "Bob");
    let mut deaf = Peer::join(salon.port, "Deaf");
    // More than her send queue and the kernel's buffers on both sides hold.
    let line = "x".repeat(4_000);
    let limit = 10 * SEND_QUEUE_BYTES / line.len();
    let mut said = 0;
    let told = "User Deaf left the chat. (Removed by the host for: Reading too slowly";
    let mut heard = String::new();
    while !heard.contains(told) {
        ann.say(&format!("{said} {line}"));
        heard = bob.until(&format!("Ann: {said} "));
        ann.until(&format!("Ann: {said} "));
        said += 1;
        assert!(said < limit, "nothing is done about a reader that does not read");
    }
    let before = deaf.until_closed();
    assert!(before.contains("Ann: 0 x"), "what the kernel held still reached her");
    assert!(!before.contains(&format!("Ann: {} ", said - 1)));
}

#[test]
fn a_peer_that_sends_a_byte_a_second_is_waited_for_and_holds_up_nobody() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut slow = Peer::connect(salon.port);
    for byte in [b"B", b"o"] {
        slow.send(byte);
        ann.say("still talking");
        ann.until("Ann: still talking\n");
        assert!(ann.hears_nothing_for(Duration::from_secs(1)));
    }
    slow.send(b"\n");
    ann.until("User Bo has joined the chat!\n");
    assert!(NAME_TIMEOUT > Duration::from_secs(10), "such a one has the time");
}

#[cfg(target_os = "linux")]
#[test]
fn a_mebibyte_without_a_newline_is_refused_once_and_not_kept() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let endless = |ann: &mut Peer, mebibytes: usize| {
        for _ in 0..64 * mebibytes {
            ann.send(&[b'x'; 16 * 1024]);
        }
        ann.until("Your message was longer than 4096 bytes and was not sent.");
    };
    // The server has built its tables by then.
    endless(&mut ann, 1);
    ann.send(b"\nready\n");
    ann.until("Ann: ready\n");
    let before = salon.memory();
    endless(&mut ann, 4);
    ann.send(b"\nand now a short one\n");
    let heard = ann.until("Ann: and now a short one\n");
    assert!(!heard.contains("longer"), "{heard}");
    let grown = salon.memory().saturating_sub(before);
    assert!(grown < 1024 * 1024, "{grown} bytes more");
}

#[test]
fn a_connection_that_is_reset_in_the_middle_of_a_message() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut eve = Peer::join(salon.port, "Eve");
    eve.send(b"whole\nhalf of a mess");
    ann.until("Eve: whole\n");
    eve.reset();
    let heard = ann.until("Host: User Eve left the chat.\n");
    assert!(!heard.contains("half"), "{heard}");
    Peer::join(salon.port, "Eve");
}

#[test]
fn what_was_sent_before_one_side_ended_is_said_and_answered() {
    let salon = Salon::start(FREE);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut script = Peer::connect(salon.port);
    let lines: Vec<String> = (0..2_000).map(|n| format!("line {n}")).collect();
    script.send(format!("Script\n{}\n", lines.join("\n")).as_bytes());
    script.shut_down();
    let heard = script.until_closed();
    assert!(heard.ends_with("Script: line 1999\n"), "it still reads what it said");
    let heard = ann.until("Host: User Script left the chat.\n");
    let said: Vec<&str> = heard.lines().filter_map(|line| line.strip_prefix("Script: ")).collect();
    assert_eq!(said, lines);
}

/// Clients that send single bytes are read every few milliseconds, and nobody waits for long.
#[test]
fn one_byte_at_a_time() {
    const WRITERS: u8 = 16;
    let salon = Salon::start(FREE);
    let (mut ann, mut bob) = (Peer::join(salon.port, "Ann"), Peer::join(salon.port, "Bob"));
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        for n in 1..=WRITERS {
            let (port, is_over) = (salon.port, &is_over);
            scope.spawn(move || {
                let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
                socket.bind(&SocketAddr::from((Ipv4Addr::new(127, 0, 9, n), 0)).into()).unwrap();
                socket.connect(&SocketAddr::from((Ipv4Addr::LOCALHOST, port)).into()).unwrap();
                socket.set_tcp_nodelay(true).unwrap();
                let mut writer = Peer::from(TcpStream::from(socket));
                writer.say(&format!("w{n}x"));
                writer.until("Type /help to see what you can do.\n");
                let end = Instant::now() + TEST_TIMEOUT;
                while !is_over.load(Ordering::Relaxed) && Instant::now() < end {
                    writer.send(b"x");
                }
                // This ends the last message.
                writer.say("");
                writer.say("done");
                writer.until(&format!("w{n}x: done"));
            });
        }
        for n in 0..50 {
            ann.say(&format!("between us: {n}"));
            bob.until(&format!("Ann: between us: {n}\n"));
        }
        // An honest client that types.
        for byte in b"Typed by hand.\n" {
            bob.send(&[*byte]);
        }
        ann.until("Bob: Typed by hand.\n");
        is_over.store(true, Ordering::Relaxed);
    });
}
