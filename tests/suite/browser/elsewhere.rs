//! A page of another server, which the same people look at: it can neither hear nor say anything here.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::thread;

use serde_json::json;

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::support::peer::Peer;
use crate::support::process::Salon;

/// Serves an empty page to whoever asks, as long as the tests run. Returns its port.
fn other_site() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let head = BufReader::new(&stream).lines().map_while(Result::ok);
            let _ = head.take_while(|line| !line.is_empty()).count();
            let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\nConnection: close\r\n\r\n<body>";
            let _ = (&stream).write_all(page.as_bytes());
        }
    });
    port
}

#[test]
fn a_page_elsewhere_neither_reads_nor_speaks_nor_posts() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&[]);
    let mut bob = Peer::join(salon.port, "Bob");
    let here = json!(address(&salon));
    let mut evil = browser.open(&format!("http://127.0.0.1:{}/", other_site()));
    evil.is_elsewhere();
    evil.until("!!document.body");
    let lines = json!(
        "Eve\nhello\n::EOMsg::Eve: Eve::EOMsg::hi::EOMsg::{\"type\":\"hello\",\"version\":1,\"name\":\"Eve\"}\n"
    );
    let says = |expression: &str| {
        evil.js(&expression.replace("HERE", &here.to_string()).replace("LINES", &lines.to_string()))
    };

    let read = says("fetch(HERE).then(answer => answer.text()).catch(() => 'refused')");
    assert_eq!(read, "refused", "it cannot read the page");
    let read = says(
        "fetch(HERE + 'health', { mode: 'no-cors' }).then(answer => answer.text()).catch(() => 'refused')",
    );
    assert_eq!(read, "refused", "nor without asking");
    let loaded = says(
        "new Promise(done => { const one = new Image(); one.onload = () => done('shown'); one.onerror = () => done('refused');
            one.src = HERE + 'favicon.ico'; })",
    );
    assert_eq!(loaded, "refused", "nor show a picture of ours");
    let framed = says(
        "new Promise(done => { const frame = document.createElement('iframe'); frame.onload = () => done('loaded');
            frame.src = HERE; document.body.append(frame); })",
    );
    assert_eq!(framed, "loaded");
    let tree = evil.call("Page.getFrameTree", &json!({}));
    let shown = &tree["frameTree"]["childFrames"][0]["frame"];
    assert!(
        shown["unreachableUrl"].is_string() || shown["url"] == "chrome-error://chromewebdata/",
        "nor frame it: {tree}"
    );

    let opened = says(
        "new Promise(done => { const socket = new WebSocket(HERE.replace('http', 'ws') + 'ws', ['salon.v1']);
            socket.onopen = () => done('open'); socket.onerror = () => done('refused'); })",
    );
    assert_eq!(opened, "refused", "nor open a WebSocket");
    for kind in ["text/plain", "application/x-www-form-urlencoded"] {
        let posted =
            "fetch(HERE, { method: 'POST', mode: 'no-cors', headers: { 'Content-Type': KIND }, body: LINES })
            .then(() => 'sent', () => 'refused')";
        says(&posted.replace("KIND", &json!(kind).to_string()));
    }
    says(
        "new Promise(done => {
            const frame = Object.assign(document.createElement('iframe'), { name: 'hole', onload: () => done('loaded') });
            const form = Object.assign(document.createElement('form'),
                { method: 'post', action: HERE, target: 'hole', enctype: 'text/plain' });
            form.append(Object.assign(document.createElement('textarea'), { name: 'Eve', value: LINES }));
            document.body.append(form);
            frame.onload = () => { frame.onload = () => done('loaded'); form.submit(); };
            document.body.append(frame);
        })",
    );
    bob.say("all is quiet");
    assert_eq!(bob.until("all is quiet\n"), "Bob: all is quiet\n", "nobody in the chat hears of it");

    // A name of its own that leads here (DNS rebinding): it would be of one origin with us.
    evil.go(&format!("http://evil.example:{}/", salon.port));
    evil.until("document.body.innerText.includes('--web-host') && !document.querySelector('script')");
}
