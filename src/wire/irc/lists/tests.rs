//! Lists come in whole entries, however long the names are.

use std::rc::Rc;

use bytes::BytesMut;

use super::*;
use crate::base::limits::{IRC_SENT_BYTES, IRC_SERVER_NAME_CHARS, MONITORED_NAMES, NAME_CHARS};
use crate::base::name::Name;
use crate::proto::Monitored;
use crate::wire::irc::monitor::put_monitored;
use crate::wire::irc::server::IrcServer;

/// Names as long as they may be, of letters that take three bytes each.
fn longest_names(count: usize) -> Vec<Name> {
    let digit = |c: char| char::from_u32('あ' as u32 + 2 * c.to_digit(10).unwrap()).unwrap();
    let name = |n: usize| -> String { format!("{n:0>NAME_CHARS$}").chars().map(digit).collect() };
    (0..count).map(|n| Name::parse(&name(n)).unwrap()).collect()
}

fn occupant(name: &Name) -> Occupant {
    let who = MemberInfo { name: name.clone(), kind: Kind::Person };
    Occupant { who, real_name: None, is_away: false, is_operator: true, operates_server: true }
}

/// A client of the longest name, at a server of the longest name, which has given this command.
fn client(command: &str) -> Irc {
    let name = "s".repeat(IRC_SERVER_NAME_CHARS);
    let mut irc = Irc::new(Rc::new(IrcServer { name, ..IrcServer::default() }));
    irc.own = longest_names(1).pop();
    irc.asked = Asked::about(command, "");
    irc
}

/// The entries of all lines with a number, once it is checked that the lines are not too long.
fn entries(lines: &BytesMut, number: &str, between: char) -> Vec<String> {
    let text = String::from_utf8(lines.to_vec()).unwrap();
    assert!(text.split_inclusive("\r\n").all(|line| line.len() <= IRC_SENT_BYTES), "{text}");
    let of_number = text.lines().filter(|line| line.split(' ').nth(1) == Some(number));
    let lists = of_number.map(|line| line[1..].split_once(" :").unwrap().1);
    lists.flat_map(|list| list.split(between)).map(str::to_owned).collect()
}

#[test]
fn who_is_here_is_told_in_whole_names() {
    let names = longest_names(30);
    let found: Vec<_> = names.iter().map(|name| (name.to_string(), Some(occupant(name)))).collect();
    let told = |command, number| {
        let (irc, mut out) = (client(command), BytesMut::new());
        irc.put_present(&found, &mut irc.numerics(&mut out));
        entries(&out, number, ' ')
    };
    assert_eq!(told("ISON", "303"), names.iter().map(Name::to_string).collect::<Vec<_>>());
    let hosts: Vec<String> = names.iter().map(|name| format!("{name}*=+{USER}@{HOST}")).collect();
    assert_eq!(told("USERHOST", "302"), hosts);
    let (irc, mut out) = (client("ISON"), BytesMut::new());
    irc.put_present(&[("Ann".into(), None)], &mut irc.numerics(&mut out));
    assert!(out.ends_with(b" :\r\n"), "there is always an answer");
}

#[test]
fn rooms_and_their_members_are_told_in_whole_names() {
    let names = longest_names(30);
    let room: Rc<str> = names[0].as_str().into();
    let (mut irc, mut out) = (client("NAMES"), BytesMut::new());
    irc.caps = Caps::USERHOSTS;
    let roster = Roster {
        room: room.clone(),
        occupants: names.iter().map(occupant).collect(),
        count: 30,
        has_host: false,
        is_private: false,
        slow: None,
    };
    irc.put_names(&roster, &mut irc.numerics(&mut out));
    let whole: Vec<String> = names.iter().map(|name| format!("@{}", source(name.as_str()))).collect();
    assert_eq!(entries(&out, "353", ' '), whole);
    let whois = Whois {
        who: occupant(&names[0]).who,
        real_name: None,
        rooms: names.iter().map(|name| name.as_str().into()).collect(),
        away: None,
        operates_server: false,
        connection: None,
        node: None,
    };
    let mut out = BytesMut::new();
    Irc::put_whois(&whois, &mut irc.numerics(&mut out));
    let channels: Vec<String> = names.iter().map(|name| channel(name.as_str())).collect();
    assert_eq!(entries(&out, "319", ' '), channels);
}

#[test]
fn the_list_of_monitor_is_told_in_whole_names() {
    let names = longest_names(MONITORED_NAMES);
    let typed: Vec<String> = names.iter().map(Name::to_string).collect();
    let whole: Vec<String> = names.iter().map(|name| source(name.as_str())).collect();
    for (what, number, wanted) in [
        (Monitored::Here(names), "730", &whole),
        (Monitored::Gone(typed.clone()), "731", &typed),
        (Monitored::List(typed.clone()), "732", &typed),
    ] {
        let (irc, mut out) = (client("MONITOR"), BytesMut::new());
        put_monitored(&what, &mut irc.numerics(&mut out));
        assert_eq!(entries(&out, number, ','), *wanted);
    }
    let (irc, mut out) = (client("MONITOR"), BytesMut::new());
    put_monitored(&Monitored::Full(typed.clone()), &mut irc.numerics(&mut out));
    let text = String::from_utf8(out.to_vec()).unwrap();
    let full = text.lines().flat_map(|line| {
        assert!(line.ends_with(" :Monitor list is full") && line.len() < IRC_SENT_BYTES, "{line}");
        line.split(' ').nth(4).unwrap().split(',')
    });
    assert_eq!(full.collect::<Vec<_>>(), typed);
}

#[test]
fn what_the_server_can_do_is_told_in_whole_entries() {
    let (irc, mut out) = (client(""), BytesMut::new());
    let long = IrcServer { network: "n".repeat(63), ..(*irc.server).clone() };
    Numerics { server: &long, nick: irc.nick(), out: &mut out }.support();
    let text = String::from_utf8(out.to_vec()).unwrap();
    for line in text.lines() {
        assert!(line.ends_with(" :are supported by this server") && line.len() < IRC_SENT_BYTES, "{line}");
        assert!(line.split(' ').count() <= 3 + 13 + 5, "{line}");
    }
    assert!(text.contains(" WHOX ") && text.contains(" AWAYLEN="));
}

#[test]
fn capabilities_are_told_in_whole_names() {
    for (sent, command) in [("CAP LS 302", "LS"), ("CAP REQ :{}", "ACK"), ("CAP LIST", "LIST")] {
        let mut irc = client("");
        let all: Vec<_> = crate::wire::irc::caps::offered(false).map(std::borrow::Cow::into_owned).collect();
        irc.caps = all.iter().filter_map(|name| Caps::named(name)).fold(Caps::NONE, |all, cap| all | cap);
        irc.read(&sent.replace("{}", &all.join(" ")));
        let replies = irc.take_reply().unwrap();
        let told = entries(&replies, "CAP", ' ');
        assert!(all.iter().all(|name| told.contains(name)), "{command}: {told:?}");
        assert!(told.iter().all(|name| name.contains('=') || Caps::named(name).is_some()), "{told:?}");
    }
}
