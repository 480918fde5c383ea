//! The picture of the page that README shows.

use std::fs;

use serde_json::json;

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::support::peer::Peer;
use crate::support::process::Salon;
use crate::websocket::Page;

/// The largest picture that is worth its place in a front page.
const PICTURE_BYTES: usize = 100_000;

#[test]
#[ignore = "it writes benches/page.png: cargo test --test suite screenshot -- --ignored"]
fn screenshot() {
    let Some(browser) = Chromium::get() else { return };
    let mut salon = Salon::start(&[]);
    let ann = browser.open(&address(&salon));
    ann.size(1100, 680, false);
    ann.join("Ann");
    let mut bob = Peer::join(salon.port, "Bob");
    ann.until("!!document.querySelector('[data-member=Bob]')");
    let mut bot = Page::open(salon.port);
    bot.send(&json!({ "type": "hello", "version": 1, "name": "Build_Bot", "bot": true }));
    bot.send(&json!({ "type": "join" }));
    bot.until("live");
    ann.until("!!document.querySelector('[data-member=Build_Bot]')");

    let host = "Hello! What is the plan for today?";
    salon.type_line(&format!("say {host}"));
    ann.shows("Host", host);
    bob.say("Hi all, this is Bob on a netcat.");
    ann.shows("Bob", "netcat");
    ann.says("Hi Bob! I am in the browser :smile:");
    ann.shows("Ann", "😄");
    bot.send(&json!({ "type": "say", "text": "Build 71 is done: 412 tests passed. http://build.local/71" }));
    ann.shows("Build_Bot", "Build 71");
    bob.say("Ann, shall we show the demo today? 🎉");
    ann.shows("Bob", "demo");
    ann.says("Yes! I bring the projector.");
    ann.shows("Ann", "projector");
    ann.until("!document.querySelector('.unsent')");
    ann.says("/who");
    ann.until("!!document.querySelector('.reply')");
    // How many are in a room is told once a second.
    ann.until("document.querySelector('[data-room=lobby]').textContent === 'lobby3'");
    let picture = ann.picture();
    assert!(picture.len() <= PICTURE_BYTES, "{} bytes", picture.len());
    fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/benches/page.png"), picture).unwrap();
}
