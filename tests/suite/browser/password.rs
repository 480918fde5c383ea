//! The page asks for the password of a server that has one.

use std::fs;

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon};

#[test]
fn the_page_asks_for_the_password_of_the_server_and_comes_back_with_it() {
    let Some(browser) = Chromium::get() else { return };
    let folder = Folder::new();
    let path = folder.path().join("password");
    fs::write(&path, "sesame\n").unwrap();
    let salon = Salon::start(&["--password-file", path.to_str().unwrap()]);
    let mut bob = Peer::connect(salon.port);
    bob.send(b"sesame\nBob\n");
    bob.until("Type /help to see what you can do.\n");
    let ann = browser.open(&address(&salon));
    ann.until("document.querySelector('input[name=password]').hidden");
    ann.enter("Ann");
    let asks = "document.querySelector('[role=alert]').textContent";
    ann.until(&format!("{asks} === 'This server asks for a password.'"));
    ann.until("document.activeElement.name === 'password'");
    ann.type_text("open");
    ann.key("Enter", 0);
    ann.until(&format!("{asks}.includes('that is not it')"));
    ann.js("document.querySelector('input[name=password]').select()");
    ann.type_text("sesame");
    ann.key("Enter", 0);
    bob.until("User Ann has joined the chat!\n");
    ann.until("!!document.querySelector('[data-connection=online] [data-room=lobby]')");
    ann.says("in");
    bob.until("Ann: in\n");
    // The page that is loaded again is in without asking.
    ann.call("Page.reload", &serde_json::json!({}));
    ann.until("!!document.querySelector('[data-connection=online] [data-room=lobby]')");
    ann.says("again");
    bob.until("Ann: again\n");
    // Nothing of the chat was told before.
    assert!(salon.log().contains("is refused entry: This server asks for a password"));
}
