//! What operators of one server decide, on all.

use std::time::Duration;

use salon::admin::Answer;
use salon::base::limits::WHO_NAMES;
use salon::hub::ListenerKind;
use serde_json::json;

use crate::cluster::stage::Stage;

const QUIET: &str = "--host-interval off";

fn text(answer: &Answer) -> &str {
    match answer {
        Answer::Done(reply) => &reply.text,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_operator_sees_all_nodes_and_removes_mutes_and_bans_on_all() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    stage.wait(Duration::from_secs(2));
    let nodes = stage[0].operate("nodes");
    assert!(text(&nodes).starts_with("a, this server: 1 member, runs the host of lobby"), "{nodes:?}");
    assert!(text(&nodes).contains("\nb: 1 member"), "{nodes:?}");
    stage.heard(0, ann);
    stage.heard(1, bob);
    stage[0].operate("mute Bob for 5m the noise");
    stage.settle();
    assert!(stage.heard(1, bob).contains("You are muted"));
    stage.send(1, bob, "may I?\n");
    assert!(stage.heard(1, bob).contains("muted"));
    assert_eq!(stage.heard(0, ann), "");
    stage[1].operate("unmute Bob");
    stage.settle();
    stage.send(1, bob, "I may\n");
    assert!(stage.heard(0, ann).ends_with("Bob: I may\n"));
    stage[1].operate("topic lobby the soup");
    stage.settle();
    assert!(stage.heard(0, ann).contains("the soup"));
    stage[0].operate("say lobby dinner");
    stage.settle();
    assert!(stage.heard(1, bob).ends_with("Host: dinner\n"));
    stage[0].operate("kick Bob the noise");
    stage.settle();
    assert!(stage.heard(1, bob).contains("the noise"));
    assert!(stage[1].peer(bob).closed);
    stage[0].operate("ban Bob for 5m the noise");
    stage.settle();
    let again = stage.join(1, "Bob");
    assert!(stage.heard(1, again).contains("The name Bob is banned"));
    let cyd = stage.join(1, "Cyd");
    stage[0].operate("ban Cyd for 5m the noise");
    stage.settle();
    assert!(stage.heard(1, cyd).contains("being banned") && stage[1].peer(cyd).closed);
    assert!(text(&stage[1].operate("host lobby now")).starts_with("The node a runs the host of that room"));
    stage.assert_same();
}

#[test]
fn an_operator_sees_on_which_server_a_member_is() {
    let mut stage = Stage::new(3, "--host-interval off --bots none");
    let ann = stage.join(0, "Ann");
    assert_eq!(text(&stage[0].operate("who lobby")), "1 in the lobby: Ann.");
    let elsewhere = "1 in the lobby:\n  1 on a: Ann.\nNobody is in garden.";
    assert_eq!(text(&stage[1].operate("who")), elsewhere);
    for (at, name) in [(2, "Dan"), (1, "Bob"), (1, "Art_Bot")] {
        stage.join(at, name);
    }
    let who = stage[1].operate("who lobby");
    let lines =
        "4 in the lobby:\n  1 on a: Ann.\n  2 on b, this server: Art_Bot (bot) and Bob.\n  1 on c: Dan.";
    assert_eq!(text(&who), lines);
    let Answer::Done(reply) = who else { panic!() };
    let mut present = reply.data[0]["present"].as_array().unwrap().clone();
    present.sort_by_key(|member| member["name"].as_str().unwrap().to_owned());
    let member = |name, bot, node| json!({ "name": name, "bot": bot, "node": node });
    assert_eq!(
        present,
        [("Ann", false, "a"), ("Art_Bot", true, "b"), ("Bob", false, "b"), ("Dan", false, "c")]
            .map(|(name, bot, node)| member(name, bot, node))
    );
    // A room that is not shared.
    stage.send(0, ann, "/join garden\n");
    let who = stage[0].operate("who garden");
    assert_eq!(text(&who), "1 in garden: Ann.");
    let Answer::Done(reply) = who else { panic!() };
    assert_eq!(reply.data[0]["present"], json!([member("Ann", false, "a")]));
}

#[test]
fn an_operator_sees_some_members_of_each_server_of_a_full_room() {
    let mut stage = Stage::new(2, "--host-interval off --bots none");
    for at in 0..2 * WHO_NAMES {
        let id = stage[0].connect_from([198, 51, 101, u8::try_from(at).unwrap()].into(), ListenerKind::Any);
        stage.send(0, id, &format!("Guest{at}x\n"));
    }
    stage.join(1, "Bob");
    let who = stage[0].operate("who lobby");
    let lines: Vec<&str> = text(&who).lines().collect();
    assert_eq!((lines.len(), lines[0], lines[2]), (3, "201 in the lobby:", "  1 on b: Bob."));
    assert!(lines[1].starts_with("  200 on a, this server: Guest"), "{}", lines[1]);
    assert!(lines[1].ends_with(" and 150 others."), "{}", lines[1]);
    assert_eq!(lines[1].matches("Guest").count(), WHO_NAMES / 2);
}

#[test]
fn a_ban_that_comes_while_a_name_is_claimed_refuses_it_and_frees_it_in_the_log() {
    let (mut stage, ann, _) = Stage::of_two(QUIET);
    stage.wait(Duration::from_secs(2));
    let (name, network) = ("The name Cyd is banned", "being banned");
    for (at, ban, told) in
        [(0, "Cyd", name), (1, "Cyd", name), (0, "198.51.100.0/24", network), (1, "198.51.100.0/24", network)]
    {
        stage.heard(0, ann);
        stage.log.borrow_mut().delay("b", Duration::from_secs(1));
        let cyd = stage[1].connect_from([198, 51, 100, 7].into(), ListenerKind::Any);
        stage.send(1, cyd, "Cyd\n");
        stage.log.borrow_mut().delay("b", Duration::ZERO);
        stage[at].operate(&format!("ban {ban} for 5m the noise"));
        stage.settle();
        let mut heard = stage.heard(1, cyd);
        assert!(!heard.contains(name), "the claim is on its way");
        stage.wait(Duration::from_secs(3));
        heard += &stage.heard(1, cyd);
        assert!(heard.contains(told) && heard.contains("the noise"), "{at} {ban}: {heard}");
        assert_eq!(stage.heard(0, ann), "", "{at} {ban}");
        assert!(text(&stage[0].operate("nodes")).contains("\nb: 1 member"), "{at} {ban}");
        stage[0].operate(&format!("unban {ban}"));
        stage.settle();
        let again = stage.join(0, "Cyd");
        assert!(stage.heard(0, again).contains("in the lobby"), "{at} {ban}");
        stage.send(0, again, "/exit\n");
        stage.assert_same();
    }
}

#[test]
fn a_ban_that_comes_while_a_member_takes_another_name_removes_it() {
    for (at, ban) in [(0, "Cyd"), (1, "Cyd"), (0, "Bob"), (1, "Bob")] {
        let (mut stage, ann, bob) = Stage::of_two(QUIET);
        stage.wait(Duration::from_secs(2));
        stage.heard(0, ann);
        stage.heard(1, bob);
        stage.log.borrow_mut().delay("b", Duration::from_secs(1));
        stage.send(1, bob, "/nick Cyd\n");
        stage.log.borrow_mut().delay("b", Duration::ZERO);
        stage[at].operate(&format!("ban {ban} for 5m the noise"));
        stage.settle();
        stage.wait(Duration::from_secs(3));
        let heard = stage.heard(1, bob);
        assert!(heard.contains("being banned") && stage[1].peer(bob).closed, "{at} {ban}: {heard}");
        assert!(text(&stage[0].operate("nodes")).contains("\nb: 0 members"), "{at} {ban}");
        stage.assert_same();
    }
}

#[test]
fn an_operator_sees_how_far_a_server_is_in_the_log_and_what_it_waits_for() {
    let (mut stage, ann, _bob) = Stage::of_two(QUIET);
    stage.wait(Duration::from_secs(2));
    let last = stage.log.borrow().entries.len();
    let told = stage[0].operate("nodes");
    let place = format!(
        "This server: live, epoch 1, {last} of {last} entries of the log carried out, 0 entries behind\n"
    );
    assert!(text(&told).contains(&place), "{told:?}");
    assert!(text(&told).contains("\nProposals: no batch under way, no records wait, 0 private"), "{told:?}");
    assert!(text(&told).contains("\nEngine: the virtual one, 0 reconnects; "), "{told:?}");
    // What it proposes is not heard: the log has more than it has carried out.
    stage.log.borrow_mut().cut("a", true);
    stage.send(0, ann, "one\n");
    stage.send(0, ann, "two\n/msg Bob psst\n");
    stage.wait(Duration::from_secs(20));
    let Answer::Done(reply) = stage[0].operate("stats") else { panic!() };
    let own = &reply.data["cluster"];
    assert_eq!((&own["state"], &own["server"]), (&"away".into(), &serde_json::Value::Null), "{own}");
    assert!(own["last"].as_u64() > own["applied"].as_u64(), "{own}");
    assert!(own["queued_records"].as_u64() > Some(0) && own["under_way_ms"].as_u64() > Some(15_000), "{own}");
    assert!(reply.text.contains("\ncluster       away, epoch 1, "), "{}", reply.text);
    assert!(reply.text.contains("\nengine        no server answers"), "{}", reply.text);
}

#[test]
fn a_server_that_stops_says_so_and_what_was_said_last_is_heard() {
    let (mut stage, ann, bob) = Stage::of_two(QUIET);
    stage.wait(Duration::from_secs(2));
    stage.heard(0, ann);
    stage.send(1, bob, "goodbye\n");
    let now = stage[1].now;
    stage[1].hub.stop(now);
    stage.settle();
    assert!(!stage[1].hub.node().unwrap().has_unheard());
    assert_eq!(stage.heard(0, ann), "Bob: goodbye\nHost: User Bob left the chat.\n");
}

#[test]
fn a_script_that_says_one_thing_and_ends_is_heard() {
    let mut stage = Stage::new(2, QUIET);
    let ann = stage.join(0, "Ann");
    stage.heard(0, ann);
    let script = stage[1].connect();
    let now = stage[1].now;
    stage[1].hub.received(script, b"Builder\nThe build is done.\n", now);
    stage[1].end(script);
    stage.settle();
    assert!(stage.heard(0, ann).contains("Builder: The build is done.\n"));
    assert!(stage.heard(1, script).ends_with("Builder: The build is done.\n"));
    stage.wait(Duration::from_secs(1));
    assert!(stage[1].peer(script).closed);
}
