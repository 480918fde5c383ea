//! Browsers on the chat's port: pages, and attacks through browsers.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpStream};
use std::time::{Duration, Instant};

use salon::base::limits::{HTTP_HEAD_BYTES, HTTP_REQUESTS, HTTP_TIMEOUT};

use crate::support::peer::Peer;
use crate::support::process::{Salon, TEST_TIMEOUT};

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
    ann.until("[Start new messages]------------\n");
    ann.say("GET / HTTP/1.1");
    ann.until("PATCHES: GET / HTTP/1.1\n");
    // A name without an end, which may begin a request.
    let mut get = Peer::connect(salon.port);
    get.send(b"GET");
    get.shut_down();
    ann.until("User GET has joined the chat!\n");
}
