//! What was said before: back through all of it, a search that jumps, and a server that dies and comes back.

use std::path::Path;

use rustix::process::Signal;
use serde_json::json;

use crate::browser::address;
use crate::browser::chromium::Chromium;
use crate::browser::tab::CONTROL;
use crate::support::keep;
use crate::support::peer::Peer;
use crate::support::process::{Folder, Salon};

/// More than a page ever holds, and than the server keeps at hand.
const SAID: usize = 5_000;

/// A server on whose lobby's past so many messages are.
fn server(data: &Path) -> Salon {
    let salon = keep::start(data, &["--command-limit", "off"]);
    let mut bob = Peer::join(salon.port, "Bob");
    for number in 0..SAID {
        bob.say(&format!("number {number}."));
    }
    bob.until(&format!("number {}.\n", SAID - 1));
    salon
}

#[test]
fn a_page_scrolls_back_to_the_first_of_5000_messages_finds_one_and_jumps_there() {
    let Some(browser) = Chromium::get() else { return };
    let data = Folder::new();
    let salon = server(data.path());
    let ann = browser.open(&address(&salon));
    ann.join("Ann");
    ann.shows("Bob", &format!("number {}.", SAID - 1));
    // Each time that something changes, what is there is noted, and the log scrolled to its top.
    ann.js(
        "window.seen = new Map(); window.most = 0; window.first = '';
        window.goBack = () => {
            const log = document.querySelector('[role=log]');
            const messages = [...log.querySelectorAll('[data-id]')];
            if (messages[0].dataset.id !== first) {
                for (const one of messages) seen.set(Number(one.dataset.id), Number(/number (\\d+)\\./.exec(one.textContent)[1]));
                most = Math.max(most, messages.length);
                first = messages[0].dataset.id;
            }
            log.scrollTop = 0;
            return seen.size;
        }",
    );
    for count in (1_000..=SAID).step_by(1_000) {
        ann.until(&format!("goBack() >= {count}"));
    }
    let numbers = ann.js("[...seen].sort(([a], [b]) => a - b).map(([, number]) => number)");
    assert_eq!(numbers, serde_json::json!((0..SAID).collect::<Vec<_>>()), "each once, in order");
    let most = ann.js("most").as_u64().unwrap();
    assert!(most < 500, "the page holds {most} messages at once");

    ann.key("k", CONTROL);
    ann.until("!!document.querySelector('dialog[open] input')");
    ann.type_text("number 1234");
    // The last choice is a search in the room.
    ann.until("document.querySelector('dialog[open] [role=listbox]').textContent.includes('search lobby')");
    ann.key("ArrowUp", 0);
    ann.key("Enter", 0);
    ann.until("document.querySelectorAll('[data-found]').length === 1");
    ann.key("Enter", 0);
    ann.until(
        "(() => {
            const [id] = [...seen].find(([, number]) => number === 1234);
            const found = document.querySelector(`[role=log] [data-id=\"${id}\"]`).getBoundingClientRect();
            const log = document.querySelector('[role=log]').getBoundingClientRect();
            return !document.querySelector('dialog[open]') && found.top >= log.top && found.bottom <= log.bottom;
        })()",
    );
    // From there, too, all that follows is there.
    ann.until(
        "(() => {
            const log = document.querySelector('[role=log]');
            log.scrollTop = log.scrollHeight;
            return log.textContent.includes('number 1500.');
        })()",
    );
}

#[test]
fn what_was_written_while_the_server_was_dead_is_said_once_when_it_is_back() {
    let Some(browser) = Chromium::get() else { return };
    let data = Folder::new();
    let salon = keep::start(data.path(), &[]);
    let mut ann = browser.open(&address(&salon));
    ann.loses_its_server();
    ann.join("Ann");
    ann.says("before");
    ann.until("document.querySelectorAll('[data-id][data-who=Ann]').length === 1");
    // This reaches the server's machine, and not the server.
    salon.signal(Signal::STOP);
    salon.is_stopped();
    ann.says("into the void");
    let port = salon.port.to_string();
    keep::kill(salon);
    ann.until("!!document.querySelector('[data-connection=offline]')");
    ann.says("while it is dead");
    ann.says("and more");

    let salon = keep::start(data.path(), &["--port", &port]);
    let mut bob = Peer::join(salon.port, "Bob");
    ann.until("!!document.querySelector('[data-connection=online]')");
    bob.until("Ann: and more\n");
    let words = ["before", "into the void", "while it is dead", "and more"];
    assert_eq!(keep::texts(&salon), words);
    for text in words {
        ann.shows("Ann", text);
        assert_eq!(ann.count("Ann", text), 1, "{text}");
    }
    bob.say("welcome back");
    ann.shows("Bob", "welcome back");
    ann.says("thanks");
    bob.until("Ann: thanks\n");
}

/// Whoever comes back after more was said than the server replays is told what is unread, and finds all of it.
#[test]
fn what_is_too_old_to_be_replayed_counts_as_unread_and_is_found() {
    let Some(browser) = Chromium::get() else { return };
    let data = Folder::new();
    let rooms = ["--rooms", "lobby,den=lobby", "--host-interval", "off", "--bots", "none"];
    let salon = keep::start(data.path(), &rooms);
    let mut ann = browser.open(&address(&salon));
    ann.loses_its_server();
    ann.join("Ann");
    ann.says("before");
    ann.click("[data-room=den]");
    ann.says("here I am");
    ann.until("document.querySelector('[data-id][data-who=Ann]') && !document.querySelector('.unsent')");
    let port = salon.port.to_string();
    keep::kill(salon);
    ann.until("!!document.querySelector('[data-connection=offline]')");

    // It is elsewhere while the page is away.
    let salon = keep::start(data.path(), &rooms);
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("Ann, where are you?");
    bob.until("Bob: Ann, where are you?\n");
    let mut cat = crate::websocket::Page::open(salon.port);
    cat.send(&serde_json::json!({"type": "hello", "version": 1, "name": "Cat", "bot": true}));
    cat.send(&serde_json::json!({"type": "join"}));
    cat.until("live");
    for number in 0..20 {
        cat.send(&serde_json::json!({"type": "say", "text": format!("purr {number}.")}));
        cat.until("said");
    }
    keep::kill(salon);

    let salon = keep::start(data.path(), &[&rooms[..], &["--port", &port, "--history", "3"]].concat());
    ann.until("!!document.querySelector('[data-connection=online]')");
    ann.until("document.querySelector('[data-room=lobby]').dataset.mentions === '1'");
    assert_eq!(
        ann.js("document.querySelector('[data-room=lobby]').dataset.unread"),
        "1",
        "bots do not count"
    );
    ann.click("[data-room=lobby]");
    ann.shows("Bob", "Ann, where are you?");
    for number in 0..20 {
        ann.shows("Cat", &format!("purr {number}."));
        assert_eq!(ann.count("Cat", &format!("purr {number}.")), 1);
    }
    drop(salon);
}

/// A server that keeps nothing begins anew: what is said in a room then is not in another.
#[test]
fn rooms_of_a_server_that_begins_anew_are_apart() {
    let Some(browser) = Chromium::get() else { return };
    let rooms = ["--rooms", "lobby,den=lobby", "--bots", "none", "--host-interval", "off", "--data", "none"];
    let salon = Salon::start(&rooms);
    let mut ann = browser.open(&address(&salon));
    ann.loses_its_server();
    ann.join("Ann");
    ann.says("before");
    ann.click("[data-room=den]");
    ann.says("here I am");
    ann.until("document.querySelector('[data-id][data-who=Ann]') && !document.querySelector('.unsent')");
    let port = salon.port.to_string();
    keep::kill(salon);
    ann.until("!!document.querySelector('[data-connection=offline]')");

    let salon = Salon::start(&[&rooms[..], &["--port", &port]].concat());
    let mut bob = Peer::join(salon.port, "Bob");
    ann.until("!!document.querySelector('[data-connection=online]')");
    // Bob hears that she came, or came after her.
    bob.say("/who");
    bob.until("Ann");
    bob.say("in the lobby");
    ann.until("document.querySelector('[data-room=lobby]').dataset.unread === '1'");
    bob.say("/join den");
    ann.until("!!document.querySelector('[data-member=Bob]')");
    bob.say("in the den");
    ann.shows("Bob", "in the den");
    assert_eq!(ann.count("Bob", "in the lobby"), 0);
    ann.click("[data-room=lobby]");
    ann.shows("Bob", "in the lobby");
    assert_eq!(ann.count("Bob", "in the den"), 0);
}

/// A room that was being entered when the server died is entered when it is back, and what was written there is said.
#[test]
fn a_room_that_was_being_entered_at_a_loss_is_entered_afterwards() {
    let Some(browser) = Chromium::get() else { return };
    let data = Folder::new();
    let rooms = ["--rooms", "lobby,den=lobby"];
    let salon = keep::start(data.path(), &rooms);
    let mut ann = browser.open(&address(&salon));
    ann.loses_its_server();
    ann.join("Ann");
    ann.says("before");
    ann.until("document.querySelector('[data-id][data-who=Ann]') && !document.querySelector('.unsent')");
    salon.signal(Signal::STOP);
    salon.is_stopped();
    ann.click("[data-room=den]");
    ann.says("here I am");
    // Until it is entered nothing is sent about it that would be refused.
    let sent = ann.js(
        "import(performance.getEntriesByType('resource').find(({ name }) => name.endsWith('/session.js')).name).then(({ Session }) => {
            const sent = [];
            const session = new Session({ changed() {}, said() {}, told() {} });
            session.connection.send = ({ type }) => sent.push(type);
            const den = session.room('den');
            session.typing(den);
            sent.push('entered');
            den.isLive = true;
            session.typing(den);
            return sent;
        })",
    );
    assert_eq!(sent, serde_json::json!(["entered", "typing"]));
    let port = salon.port.to_string();
    keep::kill(salon);
    ann.until("!!document.querySelector('[data-connection=offline]')");

    let salon = keep::start(data.path(), &[&rooms[..], &["--port", &port]].concat());
    let mut bob = Peer::join(salon.port, "Bob");
    ann.until("!!document.querySelector('[data-connection=online]')");
    bob.say("Ann?");
    ann.until("document.querySelector('[data-room=lobby]').dataset.mentions === '1'");
    bob.say("/join den");
    bob.until("Ann: here I am\n");
    ann.shows("Ann", "here I am");
}

/// A page that is loaded again shows no room until the server lets it in. What is written there meanwhile waits, too.
#[test]
fn what_is_written_before_a_room_is_shown_stays() {
    let Some(browser) = Chromium::get() else { return };
    let salon = Salon::start(&[]);
    let mut ann = browser.open(&address(&salon));
    ann.loses_its_server();
    // Its WebSockets fail until this test says that they do not.
    let fails = "const Real = WebSocket;
        window.WebSocket = function (url, way) { return new Real(window.isReached ? url : url + '/none', way); };";
    ann.call("Page.addScriptToEvaluateOnNewDocument", &json!({ "source": fails }));
    ann.js("sessionStorage.setItem('salon.name', '\"Ann\"')");
    ann.js("sessionStorage.setItem('salon.draft.lobby', '\"Good \"')");
    ann.call("Page.reload", &json!({}));
    ann.until(
        "!!document.querySelector('[data-connection=offline]') && !document.querySelector('#app').hidden",
    );
    ann.says("mor");
    ann.click("#find");
    ann.type_text("words");
    ann.js("document.querySelector('#finder').close()");
    ann.js("document.querySelector('textarea[name=message]').focus()");
    ann.type_text("ning");
    ann.js("window.isReached = true");
    ann.until("document.querySelector('[data-connection=online] [data-room=lobby]')");
    ann.until("document.querySelector('textarea[name=message]').value === 'Good morning'");
    ann.key("Enter", 0);
    ann.shows("Ann", "Good morning");
}
