//! No two members have confusable names, whatever the order of joins and leaves.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use salon::admin::{Answer, Reply};
use salon::base::confusables::Confusable;

use crate::support::scene::Scene;

/// Names of confusable letters.
fn name() -> impl Strategy<Value = String> {
    vec(
        select(vec![
            "a", "а", "A", "А", "l", "I", "1", "i", "І", "m", "rn", "M", "o", "0", "О", "_", "é", "e",
        ]),
        1..4,
    )
    .prop_map(|letters| letters.concat())
}

#[test]
fn a_bot_does_not_give_way_to_who_looks_like_somebody_else_too() {
    let mut scene = Scene::new("--host-interval off --rooms chaty");
    // It is not confusable with Alice; the name with a small capital is confusable with both.
    let ann = scene.join("AIICE");
    assert!(scene.heard(ann).contains("Alice"));
    let eve = scene.join("ᴀIice");
    assert!(scene.heard(eve).starts_with("The name ᴀIice looks like "));
    scene.send(ann, b"/who\n");
    let heard = scene.heard(ann);
    assert!(heard.contains("Alice") && !heard.contains("left"), "{heard}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_two_members_look_alike(steps in vec((name(), 0..3_u8), 1..40)) {
        let mut scene = Scene::new("--host-interval off --spam-limit off");
        let mut ids = Vec::new();
        for (name, what) in steps {
            if what == 0 && !ids.is_empty() {
                scene.end(ids.remove(ids.len() / 2));
            } else {
                let id = scene.join(&name);
                let heard = scene.heard(id);
                let is_in = heard.starts_with("Welcome, ");
                prop_assert!(is_in || heard.contains("looks like") || heard.contains("is taken") || heard.contains(" letter among "), "{}", heard);
                if is_in {
                    ids.push(id);
                } else {
                    scene.end(id);
                }
            }
            let Answer::Done(Reply { data, .. }) = scene.operate("list") else { panic!() };
            let held: Vec<_> = data.as_array().unwrap().iter().filter_map(|row| row["name"].as_str()).collect();
            prop_assert_eq!(held.len(), ids.len());
            for (at, name) in held.iter().enumerate() {
                for other in &held[..at] {
                    prop_assert!(!Confusable::of(name).is_confusable_with(&Confusable::of(other)), "{} {}", name, other);
                }
            }
        }
        // Leaves free all names.
        for id in ids {
            scene.end(id);
        }
        for name in ["all", "ALI", "rnom", "а0о"] {
            let id = scene.join(name);
            prop_assert!(scene.heard(id).starts_with("Welcome, "));
            scene.end(id);
        }
    }
}
