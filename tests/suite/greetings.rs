//! When a silent connection is greeted as a person's, and when it is not.

use std::net::IpAddr;
use std::time::Duration;

use salon::base::limits::{BROWSER_GREETING_DELAY, GREETING_DELAY};
use salon::hub::ListenerKind;

use crate::support::scene::Scene;

/// A browser opens connections ahead of its requests: it would take a greeting for a response.
#[test]
fn what_a_browser_may_have_opened_ahead_is_greeted_later() {
    let mut scene = Scene::new("--host-interval off");
    let address = |last| IpAddr::from([192, 0, 2, last]);
    let [page, ahead, other] = [1, 1, 2].map(|last| scene.connect_from(address(last), ListenerKind::Any));
    assert!(scene.hub.hand_back_http(page, scene.now).is_some());
    scene.wait(GREETING_DELAY);
    assert_eq!(scene.heard(ahead), "");
    assert!(scene.heard(other).contains("name"));
    let person = scene.connect_from(address(1), ListenerKind::Any);
    scene.wait(BROWSER_GREETING_DELAY.saturating_sub(GREETING_DELAY));
    assert!(scene.heard(ahead).contains("name"), "it was a person after all");
    scene.wait(GREETING_DELAY);
    assert!(scene.heard(person).contains("name"), "the browser came long ago");
    // One that is greeted late takes a name as others do.
    scene.send(ahead, b"Ann\n");
    scene.settle();
    assert!(scene.heard(ahead).contains("Type /help to see what you can do."));
    // Where a name must come soon, nobody is greeted late.
    let mut scene = Scene::new("--host-interval off --name-within 3s");
    let [page, ahead] = [1, 1].map(|last| scene.connect_from(address(last), ListenerKind::Any));
    assert!(scene.hub.hand_back_http(page, scene.now).is_some());
    scene.wait(GREETING_DELAY);
    assert!(scene.heard(ahead).contains("name"));
}

/// What telnet sends of itself, on a port that is its own.
#[test]
fn telnet_is_greeted_beside_a_browser_as_anywhere_else() {
    const WILL_TERMINAL_TYPE: &[u8] = b"\xff\xfb\x18";
    let mut scene = Scene::new("--host-interval off");
    let [page, early, late, silent] = [0; 4].map(|_| scene.connect());
    assert!(scene.hub.hand_back_http(page, scene.now).is_some());
    scene.send(early, WILL_TERMINAL_TYPE);
    scene.wait(GREETING_DELAY.saturating_sub(Duration::from_millis(1)));
    assert_eq!(scene.heard(early), "");
    scene.wait(Duration::from_millis(1));
    assert_eq!(scene.heard(early), "Welcome to Salon! What is your name?\n");
    assert_eq!(scene.heard(late), "");
    // It turns out to be telnet when others were greeted already.
    scene.wait(Duration::from_secs(1));
    scene.send(late, WILL_TERMINAL_TYPE);
    scene.wait(Duration::ZERO);
    assert_eq!(scene.heard(late), "Welcome to Salon! What is your name?\n");
    assert_eq!(scene.heard(silent), "");
}

#[test]
fn where_a_name_must_come_soon_a_person_is_greeted_all_the_same() {
    for (options, greeted) in [("--name-within 1s", 500), ("--name-within 2s", 1_000), ("", 1_500)] {
        let mut scene = Scene::new(options);
        let ann = scene.connect();
        scene.wait(Duration::from_millis(greeted - 1));
        assert_eq!(scene.heard(ann), "", "{options}");
        scene.wait(Duration::from_millis(1));
        assert_eq!(scene.heard(ann), "Welcome to Salon! What is your name?\n", "{options}");
    }
}
