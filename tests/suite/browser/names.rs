//! Another name on the page: one's own, and that of others.

use serde_json::json;

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::support::peer::Peer;
use crate::support::process::Salon;

#[test]
fn the_page_goes_along_when_somebody_takes_another_name() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&["--spam-limit", "off", "--bots", "none"]);
    let mut bob = Peer::join(salon.port, "Bob");
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    bob.say("/msg Ann psst");
    ann.until("document.querySelector('[data-room=\"@Bob\"]')?.dataset.mentions === '1'");
    bob.say("/nick Robert");
    ann.until("document.querySelector('[role=log]').textContent.includes('Bob is now Robert')");
    ann.until(
        "document.querySelector('[data-member=Robert]') && !document.querySelector('[data-member=Bob]')",
    );
    ann.until("document.querySelector('[data-room=\"@Robert\"]') && !document.querySelector('[data-room=\"@Bob\"]')");
    ann.says("/nick Anna");
    bob.until("Ann is now Anna.\n");
    ann.until("document.querySelector('.reply')?.textContent.includes('You are now Anna')");
    ann.until("document.querySelector('#me').textContent === 'Anna' && !document.querySelector('.unsent')");
    ann.until("document.querySelector('[data-member=Anna]') && !document.querySelector('[data-member=Ann]')");
    ann.js("document.querySelector('[data-room=\"@Robert\"]').click()");
    ann.says("still me");
    bob.until("[Anna to you] still me\n");
    ann.shows("Anna", "still me");
    // Whoever loads its page again is who it was last.
    ann.call("Page.reload", &json!({}));
    ann.until("document.querySelector('[data-connection=online] [data-room=lobby]')");
    ann.until("document.querySelector('#me').textContent === 'Anna'");
    bob.until("User Anna has joined the chat!\n");
    ann.says("/nick Robert");
    ann.until("document.querySelector('.reply.refused')?.textContent.includes('The name Robert is taken.')");
}
