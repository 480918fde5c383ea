//! Erased and edited messages on the page: both change in place.

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::support::peer::Peer;
use crate::support::process::Salon;

#[test]
fn what_is_erased_goes_and_what_is_edited_changes_in_place() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&["--spam-limit", "off"]);
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("before");
    bob.say("/edit long before");
    bob.until("Bob corrects: long before\n");
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    ann.shows("Bob", "long before (edited)");
    bob.say("meet at fife");
    ann.shows("Bob", "meet at fife");
    bob.say("behind");
    ann.shows("Bob", "behind");
    bob.say("a slip");
    ann.shows("Bob", "a slip");
    // The last one first: then the last one is another.
    bob.say("/undo");
    bob.say("/undo");
    bob.say("/edit meet at five");
    ann.shows("Bob", "meet at five (edited)");
    let texts = "[...document.querySelectorAll('[role=log] article p')].map((p) => p.textContent)";
    assert_eq!(ann.js(texts), serde_json::json!(["long before (edited)", "meet at five (edited)"]));
    assert_eq!(ann.js("document.querySelectorAll('[data-room=lobby][data-unread]').length"), 0);

    ann.says("mine");
    ann.shows("Ann", "mine");
    ann.says("/edit still mine");
    ann.shows("Ann", "still mine (edited)");
    ann.says("/undo");
    bob.until("Ann erased a message.\n");
    ann.until("![...document.querySelectorAll('[role=log] p')].some((p) => p.textContent.includes('mine'))");
    ann.until("!document.querySelector('.unsent')");
    ann.says("/undo");
    ann.until("document.querySelector('.reply.refused')?.textContent.includes('There is nothing to change')");

    // Privately, nothing of a room is meant.
    ann.says("stays");
    bob.until("Ann: stays\n");
    ann.says("/msg Bob psst");
    bob.until("[Ann to you] psst\n");
    ann.shows("Ann", "psst");
    ann.says("/undo");
    ann.until("document.querySelector('.reply.refused')?.textContent.includes('/undo is for rooms')");
    bob.say("/history 1");
    bob.until("  Ann: stays\n");
}
