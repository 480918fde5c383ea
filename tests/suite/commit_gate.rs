//! Durability before delivery: no message is delivered before its commit, except in degraded mode, and nobody waits
//! longer than a commit takes.

use std::time::Duration;

use salon::admin::{Answer, Reply};
use salon::base::limits::{
    BATCH_LINGER, COMMIT_TIMEOUT, DEGRADED_BACKLOG_BYTES, REPLY_TIMEOUT, UNCOMMITTED_BYTES_MAX,
};
use salon::hub::SessionId;

use crate::support::old_lines::without_clock;
use crate::support::scene::Scene;

const OPTIONS: &str = "--host-interval off --spam-limit off";

fn said(scene: &mut Scene, id: SessionId) -> Vec<String> {
    scene.heard(id).lines().map(|line| without_clock(line).to_owned()).collect()
}

/// Ann, Bob and a program, which have received everything so far.
fn three(scene: &mut Scene) -> (SessionId, SessionId, SessionId) {
    let (ann, bob, eve) = (scene.join("Ann"), scene.join("Bob"), scene.connect());
    scene.send(eve, b"Eve::EOMsg::");
    for id in [ann, bob, eve] {
        scene.heard(id);
    }
    (ann, bob, eve)
}

#[test]
fn nobody_hears_what_is_not_kept() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, eve) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.send(ann, b"one\n");
    scene.send(bob, b"two\n/who\n");
    assert_eq!(scene.scripted_journal.in_flight(), 1, "the second may be one with what comes");
    scene.wait(BATCH_LINGER);
    assert_eq!(scene.scripted_journal.in_flight(), 2, "nothing came");
    scene.send(eve, b"three::EOMsg::");
    scene.wait(BATCH_LINGER);
    assert_eq!(scene.scripted_journal.in_flight(), 3, "several batches are under way at once");
    for id in [ann, bob, eve] {
        assert_eq!(scene.heard(id), "");
    }
    scene.scripted_journal.commit(1);
    scene.settle();
    assert_eq!(said(&mut scene, ann), ["Ann: one"]);
    assert_eq!(said(&mut scene, bob), ["Ann: one"], "the answer comes after what he said before he asked");
    assert_eq!(scene.heard(eve), "Ann: one::EOMsg::");
    scene.scripted_journal.commit(2);
    scene.settle();
    assert_eq!(said(&mut scene, ann), ["Bob: two", "Eve: three"]);
    assert_eq!(said(&mut scene, bob), ["Bob: two", "3 in the lobby: Ann, Bob and Eve.", "Eve: three"]);
    assert_eq!(scene.heard(eve), "Bob: two::EOMsg::");
    assert_eq!(scene.scripted_journal.texts(), ["one", "two", "three"]);
}

#[test]
fn an_irc_client_hears_no_sooner_with_the_label_of_its_line_that_it_is_said() {
    let mut scene = Scene::new(OPTIONS);
    let mut join = |name: &str, caps: &str| {
        let id = scene.connect();
        let hello = format!(
            "CAP REQ :batch labeled-response {caps}\r\nNICK {name}\r\nUSER u 0 * :U\r\nCAP END\r\nJOIN #lobby\r\n"
        );
        scene.send(id, hello.as_bytes());
        id
    };
    let (echo, mute) = (join("Echo", "echo-message"), join("Mute", ""));
    for id in [echo, mute] {
        scene.heard(id);
        scene.scripted_journal.pause();
        scene.send(id, b"@label=7 PRIVMSG #lobby :one\r\n@label=8 PING x\r\n");
        assert_eq!(scene.heard(id), "", "not even what comes after it");
        scene.scripted_journal.resume();
        scene.settle();
    }
    let pong = "@label=8 :irc.example.org PONG irc.example.org :x\r\n";
    let echoed = "@label=7 :Echo!~u@salon PRIVMSG #lobby :one\r\n";
    assert_eq!(scene.heard(echo), [echoed, pong, ":Mute!~u@salon PRIVMSG #lobby :one\r\n"].concat());
    assert!(scene.heard(mute).ends_with(&["@label=7 :irc.example.org ACK\r\n", pong].concat()));
}

#[test]
fn an_open_question_does_not_delay_the_shutdown() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    for _ in 0..10 {
        scene.send(ann, "a word\n".repeat(100).as_bytes());
    }
    scene.hub.received(bob, b"/history 1000\n", scene.now);
    // The answer is being prepared.
    scene.turn();
    scene.turn();
    scene.heard(bob);
    scene.operate("exit");
    assert!(scene.heard(bob).ends_with("stopping.\n") || scene.peer(bob).closed);
}

#[test]
fn operators_are_told_what_is_kept_and_of_what_nothing_is() {
    let told = |answer| match answer {
        Answer::Done(Reply { ok, text, .. }) => (ok, text),
        other => panic!("{other:?}"),
    };
    let mut scene = Scene::new("--data none");
    assert!(told(scene.operate("stats")).1.contains("in memory only"));
    let mut scene = Scene::new(OPTIONS);
    assert!(told(scene.operate("stats")).1.contains("everything"));
    let (ok, text) = told(scene.operate("export lobbby"));
    assert!(!ok && text.contains("\"lobbby\""), "{text}");
    assert!(told(scene.operate("export lobby")).0, "there is one, and nothing was said");
    for place in ["17", "x", "1.x", "1.", "1.2.3"] {
        let (ok, text) = told(scene.operate(&format!("export lobby after {place}")));
        assert!(!ok && text.starts_with(&format!("{place} is not a position to continue from")), "{text}");
    }
    // The answer of a closed room has its name as it was spelled last.
    for order in ["open Den=lobby", "say den hello", "close DEN"] {
        assert!(told(scene.operate(order)).0, "{order}");
    }
    for order in ["export DEN", "export den after 1.0"] {
        let (ok, text) = told(scene.operate(order));
        assert!(ok && text.contains("\"room\":\"Den\"") && text.contains("hello"), "{order}: {text}");
    }
}

#[test]
fn only_committed_messages_are_replayed() {
    let mut scene = Scene::new(OPTIONS);
    let ann = scene.join("Ann");
    scene.send(ann, b"old\n");
    scene.scripted_journal.pause();
    scene.send(ann, b"held\n");
    let bob = scene.join("Bob");
    let heard = scene.heard(bob);
    assert!(heard.contains("Ann: old") && !heard.contains("Ann: held"), "{heard}");
    assert!(!heard.contains("[Start new messages]"), "{heard}");
    scene.send(ann, b"new\n");
    scene.scripted_journal.resume();
    scene.settle();
    assert_eq!(
        said(&mut scene, bob),
        ["Ann: held", "------------[Start new messages]------------", "Ann: new"],
        "each once, on its side of the mark"
    );
}

#[test]
fn a_leaving_member_gets_earlier_messages_after_their_commit() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.send(ann, b"one\n");
    scene.send(bob, b"/leave\n");
    scene.send(ann, b"two\n");
    scene.scripted_journal.resume();
    scene.settle();
    let heard = scene.heard(bob);
    assert!(heard.starts_with("Ann: one\nYou have left the lobby."), "{heard}");
    assert!(!heard.contains("two"), "{heard}");
}

#[test]
fn when_nothing_can_be_kept_the_rooms_are_told_and_go_on() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.send(ann, b"one\n");
    scene.scripted_journal.fail("the disk is full");
    scene.settle();
    scene.send(ann, b"two\n");
    let told = "Messages are not stored for now: the disk is full. The chat goes on.";
    assert_eq!(said(&mut scene, bob), ["Ann: one", told, "Ann: two"]);
    let late = scene.join("Late");
    assert!(scene.heard(late).starts_with(told), "who comes is told too");
    scene.heard(bob);
    scene.scripted_journal.resume();
    scene.settle();
    let again = "Messages are stored again, including those said meanwhile.";
    assert_eq!(said(&mut scene, bob), [again]);
    assert_eq!(scene.scripted_journal.texts(), ["one", "two"]);
    scene.scripted_journal.pause();
    scene.send(ann, b"three\n");
    assert_eq!(scene.heard(bob), "", "the promise holds again");
}

#[test]
fn a_busy_room_is_told_that_commits_work_again() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.send(ann, b"one\n");
    scene.scripted_journal.fail("the disk is full");
    scene.settle();
    scene.send(ann, b"two\n");
    scene.heard(bob);
    scene.scripted_journal.commit(1);
    scene.settle();
    assert_eq!(scene.heard(bob), "", "the second is not kept yet");
    scene.send(ann, b"three\n");
    scene.scripted_journal.commit(1);
    scene.settle();
    let again = "Messages are stored again, including those said meanwhile.";
    assert_eq!(said(&mut scene, bob), [again], "however much is under way by now");
}

#[test]
fn a_member_without_a_room_is_told_of_degraded_mode() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.send(ann, b"one\n");
    scene.send(bob, b"/leave\n");
    scene.scripted_journal.fail("the disk is full");
    scene.settle();
    let heard = said(&mut scene, bob);
    let told = "Messages are not stored for now: the disk is full. The chat goes on.";
    assert_eq!(heard.first().map(String::as_str), Some("Ann: one"));
    assert_eq!(heard.last().map(String::as_str), Some(told));
    assert_eq!(said(&mut scene, ann).iter().filter(|line| *line == told).count(), 1, "the others once");
}

#[test]
fn a_disk_that_does_not_answer_is_not_waited_for_for_ever() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.send(ann, b"kept\n");
    scene.wait(COMMIT_TIMEOUT / 2);
    scene.heard(bob);
    scene.scripted_journal.pause();
    scene.send(ann, b"one\n");
    scene.wait(COMMIT_TIMEOUT * 9 / 10);
    assert_eq!(scene.heard(bob), "");
    scene.wait(COMMIT_TIMEOUT / 10);
    let heard = scene.heard(bob);
    assert!(heard.starts_with("Ann: one\nMessages are not stored for now: the disk does not"), "{heard}");
}

#[test]
fn what_is_handed_over_in_vain_has_a_bound_and_what_is_missing_is_told() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.scripted_journal.fail("the disk is full");
    scene.settle();
    let text = "x".repeat(4_000);
    let limit = DEGRADED_BACKLOG_BYTES / text.len();
    for _ in 0..limit + 10 {
        scene.send(ann, format!("{text}\n").as_bytes());
    }
    let heard = scene.heard(bob);
    assert_eq!(heard.matches("Ann: xxx").count(), limit + 10, "everything is heard");
    scene.scripted_journal.resume();
    scene.settle();
    let heard = scene.heard(bob);
    let kept = scene.scripted_journal.texts().len();
    assert!(kept < limit && kept > limit * 9 / 10, "{kept} of {limit}");
    let missing = limit + 10 - kept;
    assert_eq!(
        heard,
        format!("Messages are stored again. {missing} messages said meanwhile will be missing.\n")
    );
}

#[test]
fn nobody_is_listened_to_while_too_much_waits_to_be_kept() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    let line = format!("{}\n", "x".repeat(4_000));
    let mut taken = 0;
    while !scene.hub.sessions().must_pause_reads() {
        scene.send(ann, line.as_bytes());
        taken += 1;
        assert!(taken < 1_000);
    }
    assert!(taken * line.len() >= UNCOMMITTED_BYTES_MAX - 2 * line.len(), "{taken}");
    assert!(!scene.hub.is_busy(), "and there is nothing to do meanwhile");
    scene.scripted_journal.resume();
    scene.settle();
    assert!(!scene.hub.sessions().must_pause_reads());
    assert_eq!(scene.heard(bob).lines().count(), taken);
    assert_eq!(scene.hub.sessions().count(), 3, "nobody was too slow for what came at once");
}

#[test]
fn what_was_said_can_be_looked_up_while_it_goes_on() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.send(ann, b"Cr\xc3\xa8me br\xc3\xbbl\xc3\xa9e?\nno\n");
    scene.heard(bob);
    scene.scripted_journal.pause();
    scene.send(bob, b"/search creme BRU\n/history\n");
    assert_eq!(said(&mut scene, bob), [""; 0], "the second question waits for the first");
    scene.scripted_journal.resume();
    scene.settle();
    let heard = said(&mut scene, bob);
    assert_eq!(heard[0], "1 message in the lobby with the words: creme BRU");
    assert!(heard[1].ends_with("  Ann: Crème brûlée?"), "{heard:?}");
    assert_eq!(heard[2], "All 2 messages in the lobby:");
    assert_eq!(heard.len(), 5);

    // A member that asks and then leaves the room is answered first.
    scene.scripted_journal.pause();
    scene.send(bob, b"/history\n/leave\n");
    assert_eq!(scene.heard(bob), "");
    scene.scripted_journal.resume();
    scene.settle();
    let heard = said(&mut scene, bob);
    assert_eq!(
        (heard[0].as_str(), heard[3].as_str()),
        ("All 2 messages in the lobby:", "You have left the lobby.")
    );
}

/// A member that says something and then searches finds it, however long the commit takes.
#[test]
fn a_question_comes_after_what_was_said_before_it() {
    let mut scene = Scene::new(OPTIONS);
    let (_, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.send(bob, b"tea\n/search tea\n");
    scene.end(bob);
    assert_eq!((scene.scripted_journal.in_flight(), scene.scripted_journal.open_questions()), (1, 0));
    scene.scripted_journal.resume();
    scene.settle();
    let heard = scene.heard(bob);
    assert!(heard.contains("1 message in the lobby with the words: tea"), "{heard}");

    // Nobody waits for a member that leaves, and a journal that cannot commit still answers.
    scene.scripted_journal.pause();
    let (joe, kim) = (scene.join("Joe"), scene.join("Kim"));
    scene.send(joe, b"more tea\n/search tea\n");
    scene.send(kim, b"/search tea\n");
    scene.vanish(joe);
    assert_eq!(scene.scripted_journal.open_questions(), 0);
    scene.wait(COMMIT_TIMEOUT);
    assert_eq!(scene.scripted_journal.open_questions(), 1);
    scene.scripted_journal.resume();
    scene.settle();
    assert!(scene.heard(kim).contains("with the words: tea"));
}

#[test]
fn a_member_that_asks_and_leaves_is_answered_first() {
    for (words, goodbye) in [("/search tea\n/exit\n", true), ("/search tea\n", false)] {
        let mut scene = Scene::new(OPTIONS);
        let (ann, bob, _) = three(&mut scene);
        scene.send(ann, b"tea?\n");
        scene.heard(bob);
        scene.scripted_journal.pause();
        scene.send(bob, words.as_bytes());
        scene.end(bob);
        assert_eq!(scene.heard(bob), "");
        assert_eq!(scene.hub.sessions().count(), 3, "it stays for its answer");
        scene.scripted_journal.resume();
        scene.settle();
        let heard = scene.heard(bob);
        let answer = heard.find("  Ann: tea?\n");
        assert!(answer.is_some(), "{heard}");
        if goodbye {
            assert!(answer < heard.find("You are disconnecting"), "{heard}");
        }
        assert_eq!(scene.hub.sessions().count(), 2);
    }
}

#[test]
fn an_answer_that_does_not_come_is_not_waited_for_for_ever() {
    let mut scene = Scene::new(OPTIONS);
    let (_, bob, _) = three(&mut scene);
    scene.scripted_journal.pause();
    scene.send(bob, b"/search tea\n/exit\n");
    scene.end(bob);
    scene.wait(REPLY_TIMEOUT);
    let heard = scene.heard(bob);
    assert!(heard.starts_with("Your query was not answered within 10 seconds"), "{heard}");
    assert!(
        heard.ends_with("You are disconnecting from the chat. If your program stays open, press Enter.\n"),
        "{heard}"
    );
    assert_eq!(scene.hub.sessions().count(), 2);

    // Nor for one whose connection has ended.
    let eve = scene.join("Joe");
    scene.send(eve, b"/search tea\n");
    scene.end(eve);
    assert_eq!(scene.hub.sessions().count(), 3);
    scene.vanish(eve);
    assert_eq!(scene.hub.sessions().count(), 2);
}

#[test]
fn what_comes_for_who_was_reset_is_nobody_elses() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, ..) = three(&mut scene);
    scene.send(ann, b"tea\n");
    for words in ["/search tea\n", "/search tea\n/exit\n", "/search tea\n/join lobby\n"] {
        for ends_first in [false, true] {
            scene.scripted_journal.pause();
            let ned = scene.join("Ned");
            scene.send(ned, words.as_bytes());
            if ends_first {
                scene.end(ned);
            }
            scene.vanish(ned);
            assert_eq!(scene.hub.sessions().count(), 3);
            scene.forget(ned);
            // The next newcomer gets its slot and its id.
            let zoe = scene.join("Zoe");
            assert_eq!(zoe, ned);
            scene.scripted_journal.resume();
            scene.settle();
            let heard = scene.heard(zoe);
            assert!(heard.contains("Welcome, Zoe!") && !heard.contains("with the words"), "{heard}");
            scene.send(zoe, b"/search tea\n/exit\n");
            let heard = scene.heard(zoe);
            assert!(heard.contains("  Ann: tea\n"), "{heard}");
            scene.forget(zoe);
        }
    }
    scene.wait(REPLY_TIMEOUT * 2);
    assert_eq!(scene.hub.sessions().count(), 3);
}

#[test]
fn an_operator_who_waits_when_the_service_ends_is_told_so() {
    for (command, why) in [
        ("export lobby", "Export lobby again after the restart."),
        ("forget Ann", "The messages of Ann may not be erased yet"),
        ("retention", "Type the command again after the restart."),
    ] {
        let mut scene = Scene::new(OPTIONS);
        let (ann, ..) = three(&mut scene);
        scene.send(ann, b"tea\n");
        scene.scripted_journal.pause();
        let Answer::Pending(ticket) = scene.order(command) else { panic!("{command}") };
        scene.settle();
        assert_eq!(scene.poll_answer(), None, "{command}");
        assert_eq!(scene.order("exit"), Answer::Exit);
        scene.hub.stop(scene.now);
        let (answered, Reply { ok, text, .. }) = scene.poll_answer().unwrap();
        assert_eq!((answered, ok), (ticket, false));
        assert!(text.starts_with("The service is stopping.") && text.contains(why), "{text}");
        // A late answer for it goes to nobody.
        scene.scripted_journal.resume();
        scene.settle();
        assert_eq!(scene.poll_answer(), None, "{command}");
    }
}

#[test]
fn what_not_all_have_heard_is_not_told_again() {
    let mut scene = Scene::new(&format!("{OPTIONS} --rooms thrones"));
    let (lord, watcher, follower) = (scene.join("Lord"), scene.join("Wim"), scene.connect());
    scene.send(watcher, b"/watch\n");
    scene.send(follower, b"Rolf_Bot: Rolf_Bot::EOMsg::Rolf_Bot: /follow::EOMsg::");
    scene.send(lord, b"/begin\n");
    scene.wait(Duration::from_secs(10));
    scene.send(watcher, b"secret\n");
    for id in [lord, watcher, follower] {
        scene.heard(id);
    }
    scene.send(watcher, b"/search secret\n");
    assert!(scene.heard(watcher).contains("Wim: secret"));
    scene.send(follower, b"Rolf_Bot: /search secret::EOMsg::Rolf_Bot: /history::EOMsg::");
    let refused = "For now you cannot read all messages in thrones, nor its history.::EOMsg::";
    assert_eq!(scene.heard(follower), refused.repeat(2));
}

#[test]
fn what_somebody_said_is_forgotten_everywhere() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.send(ann, b"mine\n/join round\nmine too\n");
    scene.send(bob, b"his\n/me does\n");
    let Answer::Done(Reply { ok, text, data }) = scene.operate("forget ANN") else { panic!() };
    assert!(ok);
    assert_eq!((text.as_str(), &data["messages"]), ("2 messages of ANN are erased.", &2.into()));
    let late = scene.join("Late");
    let heard = scene.heard(late);
    assert!(heard.contains("Bob: his") && heard.contains("* Bob does") && !heard.contains("mine"), "{heard}");
    scene.send(late, b"/history\n");
    let heard = scene.heard(late);
    assert!(heard.starts_with("All 2 messages in the lobby:"), "{heard}");
    let Answer::Done(Reply { text, .. }) = scene.operate("export lobby") else { panic!() };
    assert_eq!(text.lines().count(), 2, "{text}");
}

#[test]
fn an_operator_is_answered_when_it_is_kept() {
    let mut scene = Scene::new(OPTIONS);
    scene.scripted_journal.pause();
    let Answer::Pending(ticket) = scene.order("ban Eve for good") else { panic!() };
    scene.settle();
    assert_eq!(scene.poll_answer(), None);
    scene.scripted_journal.resume();
    scene.settle();
    let (answered, Reply { ok, text, .. }) = scene.poll_answer().unwrap();
    assert_eq!((answered, ok, text.as_str()), (ticket, true, "Eve is banned for good."));

    scene.scripted_journal.pause();
    scene.scripted_journal.fail("the disk is full");
    scene.settle();
    let Answer::Done(Reply { text, .. }) = scene.operate("unban Eve") else { panic!() };
    assert_eq!(text, "The ban on Eve is lifted. This is not saved for now: the disk is full.");
}

#[test]
fn an_operator_hears_when_a_room_that_people_opened_is_stored_as_he_changed_it() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, ..) = three(&mut scene);
    scene.send(ann, b"/open tearoom\n");
    scene.settle();
    for order in ["topic tearoom Green tea", "close tearoom"] {
        scene.scripted_journal.pause();
        let Answer::Pending(ticket) = scene.order(order) else { panic!("{order} is answered at once") };
        scene.settle();
        assert_eq!(scene.poll_answer(), None, "{order}");
        scene.scripted_journal.resume();
        scene.settle();
        let (answered, Reply { ok, .. }) = scene.poll_answer().unwrap();
        assert_eq!((answered, ok), (ticket, true), "{order}");
    }
}

/// Messages are found by what people search for.
#[test]
fn whatever_is_said_can_be_found() {
    let mut scene = Scene::new(&format!("{OPTIONS} --command-limit off"));
    let (ann, bob, _) = three(&mut scene);
    for (text, typed) in [
        ("ภาษาไทยยากมาก", "ไทย"),
        ("東京タワーに行く", "東京"),
        ("한국어를 배워요", "국어"),
        ("ភាសាខ្មែរពិបាក", "ខ្មែរ"),
        ("שָׁלוֹם לכולם", "שלום"),
        ("السَّلامُ عليكم", "السلام"),
        ("done 👍🏽", "👍"),
        ("I don’t mind", "DON'T"),
        ("in foo_bar_2", "foo_bar_2"),
        ("Łódź", "lodz"),
        ("sesquipedalianismsesquipedalianisms", "sesquipedalianismsesquipedalianisms"),
        ("the whole pizzeria", "pizz"),
        ("the whole pizzeria again", "PIZZ*"),
    ] {
        scene.send(ann, format!("{text}\n").as_bytes());
        scene.heard(bob);
        scene.send(bob, format!("/search {typed}\n").as_bytes());
        scene.settle();
        let heard = scene.heard(bob);
        assert!(
            heard.lines().skip(1).any(|line| line.ends_with(&format!("Ann: {text}"))),
            "{typed}: {heard}"
        );
    }
    // The order of characters counts.
    scene.send(bob, "/search 京東\n".as_bytes());
    assert_eq!(said(&mut scene, bob), ["No message in the lobby has the words: 京東"]);
}

/// Invalid searches are refused in all dialects, with what to do instead.
#[test]
fn what_cannot_be_looked_for_is_refused() {
    let mut scene = Scene::new(OPTIONS);
    let program = scene.connect();
    scene.send(
        program,
        b"{\"type\":\"hello\",\"version\":1,\"name\":\"Prog\"}\n{\"type\":\"join\",\"room\":\"lobby\"}\n",
    );
    scene.heard(program);
    let many = (0..17).map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    for (typed, why) in [
        (
            many.as_str(),
            "These are 17 words, and 16 are the most that can be looked for at once. Leave out the usual ones.",
        ),
        ("?!", "Which words? Type them after the command, as in: /search pizza tonight"),
        ("", "Which words? Type them after the command, as in: /search pizza tonight"),
        (
            &"x".repeat(1_500),
            "These are 1500 bytes, and 1024 are the most that can be looked for at once. Type a few words of it.",
        ),
    ] {
        let line =
            format!("{{\"type\":\"command\",\"room\":\"lobby\",\"name\":\"search\",\"rest\":\"{typed}\"}}\n");
        scene.send(program, line.as_bytes());
        let heard = scene.heard(program);
        assert!(heard.contains("\"type\":\"refused\",\"why\":\"command\""), "{heard}");
        assert!(heard.contains(why), "{heard}");
    }
}

/// The answer for a member that has left is dropped; the one for another arrives.
#[test]
fn what_was_asked_by_who_is_gone_is_dropped() {
    let mut scene = Scene::new(OPTIONS);
    let (ann, bob, _) = three(&mut scene);
    scene.send(ann, b"tea\n");
    scene.heard(bob);
    scene.scripted_journal.pause();
    let others: Vec<_> = (0..8).map(|n| scene.join(&format!("p{n}"))).collect();
    for id in &others {
        scene.send(*id, b"/search tea\n");
    }
    scene.send(bob, b"/search tea\n");
    // One question at a time.
    assert_eq!(scene.scripted_journal.open_questions(), 1);
    for id in others {
        scene.hub.lost(id, &"it was reset", scene.now);
    }
    scene.turn();
    scene.heard(bob);
    scene.turn();
    assert_eq!(scene.scripted_journal.open_questions(), 1, "and the next is at once");
    scene.scripted_journal.resume();
    scene.settle();
    assert!(scene.heard(bob).contains("1 message in the lobby with the words: tea"));
}
