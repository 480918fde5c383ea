//! Private messages on the page: a pane for each member, among the rooms.

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::support::peer::Peer;
use crate::support::process::Salon;

#[test]
fn a_private_message_has_a_pane_and_what_is_written_there_is_private() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&["--spam-limit", "off"]);
    let (mut bob, mut cy) = (Peer::join(salon.port, "Bob"), Peer::join(salon.port, "Cy"));
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    bob.say("/msg Ann psst");
    bob.until("[you to Ann] psst\n");
    ann.until("document.querySelector('[data-room=\"@Bob\"]')?.dataset.mentions === '1'");
    ann.js("document.querySelector('[data-room=\"@Bob\"]').click()");
    ann.shows("Bob", "psst");
    ann.until("!document.querySelector('[data-room=\"@Bob\"]').dataset.unread");
    ann.says("only for you");
    bob.until("[Ann to you] only for you\n");
    ann.shows("Ann", "only for you");
    ann.until("!document.querySelector('.unsent')");
    ann.says("/me waves");
    ann.until("document.querySelector('.reply.refused')?.textContent.includes('/me is for rooms')");
    ann.says("/history 1");
    ann.until("document.querySelector('[role=log]').textContent.includes('[Ann to Bob] only for you')");
    // From elsewhere, to somebody else, in any case.
    ann.js("document.querySelector('[data-room=lobby]').click()");
    ann.until("document.querySelector('[data-room=lobby][aria-current]')");
    ann.says("/msg cy hello, Cy");
    cy.until("[Ann to you] hello, Cy\n");
    ann.shows("Ann", "hello, Cy");
    cy.say("/reply hello");
    ann.shows("Cy", "hello");
    ann.js("document.querySelector('[data-room=\"@Bob\"]').click()");
    ann.shows("Bob", "psst");
    // Nobody else heard anything.
    bob.say("public");
    let heard = cy.until("Bob: public\n");
    assert!(
        !heard.contains("psst") && !heard.contains("only for you") && !heard.contains("waves"),
        "{heard}"
    );
    ann.says("/leave");
    ann.until("!document.querySelector('[data-room=\"@Bob\"]')");
}

#[test]
fn a_member_in_the_list_leads_to_a_pane_by_mouse_and_by_keyboard() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&["--bots", "none"]);
    let (mut bob, mut cy) = (Peer::join(salon.port, "Bob"), Peer::join(salon.port, "Cy"));
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    ann.says("hello");
    ann.shows("Ann", "hello");
    let is_open = |name: &str| {
        format!(
            "document.querySelector('[data-room=\"@{name}\"][aria-current]') && document.activeElement.name === 'message'"
        )
    };
    ann.click("[data-member=Bob]");
    ann.until(&is_open("Bob"));
    ann.type_text("by mouse");
    ann.key("Enter", 0);
    bob.until("[Ann to you] by mouse\n");
    ann.click("[data-room=lobby]");
    ann.until("!!document.querySelector('[data-member=Cy]')");
    ann.js("document.querySelector('[data-member=Cy]').focus()");
    ann.key("Enter", 0);
    ann.until(&is_open("Cy"));
    ann.type_text("by keyboard");
    ann.key("Enter", 0);
    assert!(!cy.until("[Ann to you] by keyboard\n").contains("mouse"));
    // Oneself is only spoken to.
    ann.click("[data-room=lobby]");
    ann.until("!!document.querySelector('[data-member=Ann]')");
    ann.click("[data-member=Ann]");
    ann.until("document.querySelector('[data-room=lobby][aria-current]') && document.querySelector('textarea').value === 'Ann: '");
}

#[test]
fn whoever_has_the_name_next_does_not_read_what_is_written_in_the_pane() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&["--spam-limit", "off"]);
    let mut bob = Peer::join(salon.port, "Bob");
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    bob.until("User Ann has joined the chat!\n");
    bob.say("/msg Ann psst");
    ann.until("document.querySelector('[data-room=\"@Bob\"]')?.dataset.mentions === '1'");
    ann.js("document.querySelector('[data-room=\"@Bob\"]').click()");
    ann.shows("Bob", "psst");
    bob.say("/exit");
    bob.until_closed();
    ann.until("document.querySelector('[role=log]').textContent.includes('Bob has left.')");
    let mut other = Peer::join(salon.port, "Bob");
    ann.says("the code is 1234");
    ann.until("document.querySelector('.reply.refused')?.textContent.includes('type: /msg Bob TEXT')");
    ann.says("/msg Bob who are you?");
    let heard = other.until("[Ann to you] who are you?\n");
    assert!(!heard.contains("1234"), "{heard}");
}
