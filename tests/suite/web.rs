//! Browsers on the chat's port: pages, and attacks through browsers.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use salon::base::limits::{HTTP_HEAD_BYTES, HTTP_REQUESTS, HTTP_TIMEOUT};
use salon::server::raise_fd_limit;
use serde_json::json;

use crate::support::peer::Peer;
use crate::support::process::{Salon, TEST_TIMEOUT};
use crate::websocket::Page;

/// What a connection is answered that sends these pieces, each for itself, until the server closes it.
fn answer(port: u16, pieces: &[&[u8]]) -> String {
    answer_while(port, pieces, || {})
}

/// The same, while something else happens between the pieces.
fn answer_while(port: u16, pieces: &[&[u8]], mut meanwhile: impl FnMut()) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    for (number, piece) in pieces.iter().enumerate() {
        if number > 0 {
            meanwhile();
        }
        // It may have answered already, and listen no more.
        if stream.write_all(piece).is_err() {
            break;
        }
    }
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn status(answer: &str) -> &str {
    answer.strip_prefix("HTTP/1.1 ").and_then(|rest| rest.get(..3)).unwrap_or("none")
}

fn get(path: &str, fields: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n")
}

#[test]
fn the_page_the_manual_and_how_the_server_is() {
    let salon = Salon::start(&[]);
    let close = "Connection: close\r\n";
    let page = answer(salon.port, &[get("/", close).as_bytes()]);
    assert!(page.starts_with("HTTP/1.1 200 OK\r\n") && page.contains("<!doctype html>"), "{page}");
    for file in page.split('"').filter(|word| word.starts_with("/v/") && !word.ends_with('/')) {
        assert_eq!(status(&answer(salon.port, &[get(file, close).as_bytes()])), "200", "{file}");
    }
    let chapter = answer(salon.port, &[get("/manual/join", close).as_bytes()]);
    assert!(chapter.contains("<h1>"), "{chapter}");
    assert!(answer(salon.port, &[get("/health", close).as_bytes()]).ends_with("\r\n\r\nok\n"));
    assert_eq!(status(&answer(salon.port, &[get("/x", close).as_bytes()])), "404");
    // Several in one connection, all at once.
    let all = [get("/health", ""), get("/", ""), get("/health", close)].concat();
    assert_eq!(answer(salon.port, &[all.as_bytes()]).matches("HTTP/1.1 200 OK\r\n").count(), 3);
    let many = get("/health", "").repeat(HTTP_REQUESTS + 2);
    assert_eq!(answer(salon.port, &[many.as_bytes()]).matches("HTTP/1.1 200 OK\r\n").count(), HTTP_REQUESTS);
}

#[test]
fn an_operator_sees_how_many_browsers_fetch_the_page() {
    let mut salon = Salon::start(&[]);
    let mut browser = Peer::connect(salon.port);
    browser.send(get("/health", "").as_bytes());
    browser.until("\r\n\r\nok\n");
    salon.type_line("list");
    salon.line("Nobody is connected.");
    salon.line("Over HTTP, from browsers that fetch the page: 1 connection.");
}

#[test]
fn a_request_that_is_cut_anywhere_is_answered_the_same() {
    let salon = Salon::start(&[]);
    let request = get("/health?::EOMsg::", "Connection: close\r\n");
    let whole = answer(salon.port, &[request.as_bytes()]);
    assert_eq!(status(&whole), "200");
    for cut in 1..request.len() {
        let (first, rest) = request.as_bytes().split_at(cut);
        assert_eq!(answer(salon.port, &[first, rest]), whole, "cut at {cut}");
    }
    let bytes: Vec<&[u8]> = request.as_bytes().chunks(1).collect();
    assert_eq!(answer(salon.port, &bytes), whole);
}

/// What a page elsewhere can have a browser send, and what else is sent to do harm; and what it is answered.
#[test]
fn whatever_a_browser_is_made_to_send_nobody_in_the_chat_hears_of_it() {
    let salon = Salon::start(&["--spam-limit", "off"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let lines = "Eve\nhello\n::EOMsg::Eve: Eve::EOMsg::hi::EOMsg::{\"type\":\"hello\",\"version\":1,\"name\":\"Eve\"}\n";
    let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
                   Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    let post = |kind: &str| {
        format!(
            "POST / HTTP/1.1\r\nHost: localhost\r\nOrigin: http://evil.example\r\nContent-Type: {kind}\r\n\
             Content-Length: {}\r\n\r\n{lines}",
            lines.len()
        )
    };
    let long = get("/", &format!("Cookie: {}\r\n", "x".repeat(HTTP_HEAD_BYTES)));
    for (attack, request, expected) in [
        ("rebinding", format!("GET / HTTP/1.1\r\nHost: evil.example:{}\r\n\r\n", salon.port), "421"),
        (
            "a rebound WebSocket",
            format!("GET /ws HTTP/1.1\r\nHost: evil.example\r\nOrigin: http://evil.example\r\n{upgrade}\r\n"),
            "421",
        ),
        (
            "a WebSocket of another site",
            get("/ws", &format!("Origin: http://evil.example\r\n{upgrade}")),
            "403",
        ),
        ("a port that is none", "GET / HTTP/1.1\r\nHost: localhost:65536\r\n\r\n".into(), "400"),
        ("a form", post("application/x-www-form-urlencoded"), "405"),
        ("a fetch", post("text/plain"), "405"),
        (
            "marks in the path",
            format!("GET /::EOMsg::Eve: Eve::EOMsg::hi::EOMsg:: HTTP/1.1\r\n{lines}"),
            "505",
        ),
        ("marks in a field", get("/", &format!("X: ::EOMsg::\r\nContent-Length: 9\r\n\r\n{lines}")), "400"),
        ("chunks", get("/", &format!("Transfer-Encoding: chunked\r\n\r\n{lines}")), "400"),
        ("two lengths", get("/", &format!("Content-Length: 0\r\nContent-Length: 9\r\n\r\n{lines}")), "400"),
        ("an overlong head", long, "431"),
        ("an overlong line", format!("GET /{}", "x".repeat(HTTP_HEAD_BYTES)), "414"),
        ("HTTP/2", format!("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n{lines}"), "505"),
        ("a proxy", format!("CONNECT localhost:22 HTTP/1.1\r\nHost: localhost\r\n\r\n{lines}"), "405"),
        ("no version", format!("GET /\n{lines}"), "400"),
    ] {
        let told = answer(salon.port, &[request.as_bytes()]);
        assert_eq!(status(&told), expected, "{attack}: {told}");
        assert!(!told.contains("Ann") && !told.contains("joined"), "{attack}: {told}");
        // However it comes, and while others go on.
        let cut = request.find("::EOMsg::").unwrap_or(request.len() / 2) + 3;
        let (first, rest) = request.as_bytes().split_at(cut);
        let told = answer_while(salon.port, &[first, rest], || {
            ann.say("all is quiet");
            assert_eq!(ann.until("all is quiet\n"), "Ann: all is quiet\n", "{attack}");
        });
        assert_eq!(status(&told), expected, "{attack}, in two pieces");
    }
}

#[test]
fn a_request_that_pauses_after_its_first_bytes_is_answered_and_not_greeted() {
    let salon = Salon::start(&[]);
    let mut paused: Vec<Peer> = [&b"G"[..], b"GET", b"GET "]
        .map(|begin| {
            let mut peer = Peer::connect(salon.port);
            peer.send(begin);
            peer
        })
        .into();
    // Who comes later is greeted later.
    Peer::connect(salon.port).until("What is your name?\n");
    let request = get("/health", "Connection: close\r\n");
    for (peer, sent) in paused.iter_mut().zip([1, 3, 4]) {
        peer.send(&request.as_bytes()[sent..]);
        let told = peer.until_closed();
        assert!(status(&told) == "200" && told.ends_with("ok\n"), "{sent} bytes first: {told}");
    }
}

#[test]
fn a_slow_head_is_given_up_and_costs_nobody_anything() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    let mut slow = Peer::connect(salon.port);
    let mut silent = Peer::connect(salon.port);
    let start = Instant::now();
    slow.send(b"GET / HTTP/1.1\r\nHost: localhost\r\nX: ");
    silent.send(get("/health", "").as_bytes());
    silent.until("\r\n\r\nok\n");
    ann.say("hi");
    ann.until("Ann: hi\n");
    let told = slow.until_closed();
    assert!(status(&told) == "408" && start.elapsed() + Duration::from_secs(1) > HTTP_TIMEOUT, "{told}");
    assert_eq!(silent.until_closed(), "", "between two requests there is nothing to say");
}

#[test]
fn a_full_server_says_so_in_http_to_who_speaks_it() {
    let salon = Salon::start(&["--max-connections", "1"]);
    let mut ann = Peer::join(salon.port, "Ann");
    let told = answer(salon.port, &[get("/", "").as_bytes()]);
    assert!(
        status(&told) == "503" && told.ends_with("\r\n\r\nThis server is full. Please try again later.\n"),
        "{told}"
    );
    assert_eq!(answer(salon.port, &[b"Bob\n"]), "This server is full. Please try again later.\n");
    assert_eq!(answer(salon.port, &[]), "This server is full. Please try again later.\n");
    ann.say("hi");
    ann.until("Ann: hi\n");
}

#[test]
fn a_banned_address_is_told_so_in_http_to_who_speaks_it() {
    let mut salon = Salon::start(&[]);
    let mut ann = Peer::join(salon.port, "Ann");
    salon.type_line("ban 127.0.0.1 for good for the noise");
    ann.until_closed();
    let told = answer(salon.port, &[get("/", "").as_bytes()]);
    assert!(status(&told) == "403" && told.contains("\r\n\r\nYou are banned from this server"), "{told}");
    assert!(answer(salon.port, &[b"Ann\n"]).starts_with("You are banned from this server"));
}

/// An address of this machine that others can reach. `None`: there is no network.
fn lan_address() -> Option<IpAddr> {
    // This sends nothing: it looks up which address would be the sender's.
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).ok()?;
    socket.connect((Ipv4Addr::new(192, 0, 2, 1), 9)).ok()?;
    let address = socket.local_addr().ok()?.ip();
    (!address.is_loopback() && !address.is_unspecified()).then_some(address)
}

/// Asks for a page, and leaves the connection open for another.
fn load(stream: &mut TcpStream, path: &str) -> String {
    stream.write_all(get(path, "").as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut reader = BufReader::new(&*stream);
    while !answer.ends_with(b"\r\n\r\n") {
        assert_ne!(reader.read_until(b'\n', &mut answer).unwrap(), 0, "the connection is closed");
    }
    let head = String::from_utf8(answer).unwrap();
    assert_eq!(status(&head), "200", "{path}: {head}");
    let length = head.lines().find_map(|line| line.strip_prefix("Content-Length: ")).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    reader.read_exact(&mut body).unwrap();
    String::from_utf8_lossy(&body).into_owned()
}

/// As browsers do: six connections each, which stay open, for all files of the page.
#[test]
fn a_hundred_phones_behind_one_router_open_the_page_at_once() {
    let Some(address) = lan_address() else {
        eprintln!("not tested: this machine has no network");
        return;
    };
    assert!(raise_fd_limit() > 1_000, "this test needs more descriptors: ulimit -n");
    let salon = Salon::start(&[]);
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/web/page");
    let files =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap());
    let files: Vec<String> = files.filter(|file| file != "index.html").collect();
    let (mut connections, mut phones) = (Vec::new(), Vec::new());
    for phone in 0..100 {
        let mut own: Vec<TcpStream> =
            (0..6).map(|_| TcpStream::connect((address, salon.port)).unwrap()).collect();
        let page = load(&mut own[0], "/");
        let (_, version) = page.split_once("/v/").unwrap();
        let (version, _) = version.split_once('/').unwrap();
        for (number, file) in files.iter().enumerate() {
            load(&mut own[number % 6], &format!("/v/{version}/{file}"));
        }
        connections.extend(own);
        phones.push(Page::join_at((address, salon.port).into(), &format!("phone{phone}")));
    }
    phones[99].send(&json!({"type": "say", "text": "all are in"}));
    for phone in &mut phones {
        assert_eq!(phone.until("said")["text"], "all are in");
    }
}

#[test]
fn without_the_page_a_request_is_told_what_this_port_speaks() {
    let salon = Salon::start(&["--web", "off"]);
    let told = answer(salon.port, &[get("/", "").as_bytes()]);
    assert!(status(&told) == "400" && told.contains("This port speaks Salon"), "{told}");
}

#[test]
fn a_name_that_the_operator_gives_is_answered() {
    let salon = Salon::start(&["--web-host", "chat.example.org", "--web-host", "hall.example"]);
    for host in ["chat.example.org", "HALL.example:80", "localhost", "127.0.0.1:2020", "hall.local"] {
        let request = format!("GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&answer(salon.port, &[request.as_bytes()])), "200", "{host}");
    }
    let request = "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n";
    assert_eq!(status(&answer(salon.port, &[request.as_bytes()])), "421");
}

#[test]
fn what_begins_like_a_request_and_is_none_is_a_name_or_a_message() {
    let salon = Salon::start(&[]);
    let mut ann = Peer::connect(salon.port);
    for piece in [&b"P"[..], b"A", b"T", b"CHES\n"] {
        ann.send(piece);
    }
    ann.until("Type /help to see what you can do.\n");
    ann.say("GET / HTTP/1.1");
    ann.until("PATCHES: GET / HTTP/1.1\n");
    // A name without an end, which may begin a request.
    let mut get = Peer::connect(salon.port);
    get.send(b"GET");
    get.shut_down();
    ann.until("User GET has joined the chat!\n");
}
