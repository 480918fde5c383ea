//! The place in the log: whoever reads at the end stays there, and whoever reads further up, too.

use serde_json::Value;

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::support::peer::Peer;
use crate::support::process::Salon;

/// Sizes that a window has while it is dragged, and a phone while its keyboard opens and it is turned.
const SIZES: [(u32, u32); 6] = [(1280, 800), (700, 800), (390, 844), (390, 420), (844, 390), (1280, 500)];

#[test]
fn the_log_keeps_its_place_when_it_has_another_size() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&["--spam-limit", "off", "--bots", "none"]);
    let mut bob = Peer::join(salon.port, "Bob");
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    for number in 0..40 {
        bob.say(&format!("number {number}. {}", "so many words ".repeat(number % 7 * 8)));
    }
    ann.shows("Bob", "number 39.");
    ann.js("window.log = document.querySelector('[role=log]')");
    let below = "log.scrollHeight - log.scrollTop - log.clientHeight";
    for (width, height) in SIZES {
        ann.size(width, height, false);
        ann.until(&format!("innerWidth === {width} && innerHeight === {height} && Math.abs({below}) < 2"));
    }

    // How far below the top of the log one of the messages is.
    let top = "log.querySelector(`[data-id=\"${seen}\"]`).getBoundingClientRect().top - log.getBoundingClientRect().top";
    ann.js("log.scrollTop = log.scrollHeight / 2");
    ann.until("!document.querySelector('#down').hidden");
    ann.js("window.seen = [...log.querySelectorAll('[data-id]')].find((one) => one.offsetTop >= log.scrollTop).dataset.id");
    let before = ann.js(top).as_f64().unwrap();
    for (width, height) in SIZES {
        ann.size(width, height, false);
        ann.until(&format!(
            "innerWidth === {width} && innerHeight === {height} && Math.abs({top} - {before}) < 2"
        ));
    }
    // What is said meanwhile moves nothing.
    bob.say("one more");
    ann.shows("Bob", "one more");
    assert_eq!(ann.js(&format!("Math.abs({top} - {before}) < 2 && {below} > 100")), Value::Bool(true));
}
