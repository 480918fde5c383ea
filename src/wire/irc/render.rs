//! Tells a client what concerns it alone: replies in the form of the command that asked, and what happens to itself.

use bytes::BytesMut;

use crate::base::text::plural;
use crate::base::time::{parse_utc, utc};
use crate::proto::{
    Event, Found, Kind, Notice, Parting, ProgramEvent, Reply, RoomReply, Roster, SeenMessage, Topic,
    TypingState, TypingTo,
};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::Form;
use crate::wire::irc::caps::Caps;
use crate::wire::irc::lists::seconds;
use crate::wire::irc::message::{put, put_tagged};
use crate::wire::irc::monitor::put_monitored;
use crate::wire::irc::shared::{self, REPLAY, ROOM_HOST, Said, channel, notice, source, tags};
use crate::wire::sentences;

impl Irc {
    /// Appends `event`.
    pub(in crate::wire) fn render(&mut self, event: &Event, out: &mut BytesMut) {
        match event {
            Event::NameAccepted { name, started, .. } => {
                self.own = Some(name.clone());
                self.started = parse_utc(started);
                self.is_bot = name.is_of_a_bot();
                self.numerics(out).welcome();
                if self.caps.has(Caps::TAGS) {
                    self.watch_typing();
                }
                if self.server.joins_first {
                    self.join_first();
                }
            }
            Event::Renamed { from, to, is_own } => {
                put(out, "", &source(from.as_str()), "NICK", &[], Some(to.as_str()));
                if *is_own {
                    self.own = Some(to.clone());
                }
            }
            Event::PartnerLeft { name, is_seen: false } => {
                put(out, "", &source(name.as_str()), "QUIT", &[], Some("left the chat"));
            }
            Event::PartnerLeft { is_seen: true, .. } => {}
            Event::Welcome { room, topic, .. } => {
                self.is_in(room, true);
                self.joined = Some(room.clone());
                self.put_join(&channel(room), out);
                if let Some((topic, _)) = topic {
                    self.put_topic(&channel(room), topic, out);
                }
            }
            Event::ReplayStart { extent, .. } => {
                if extent.replayed > 0 && self.caps.has(Caps::BATCH) {
                    let room = self.rooms.last().map_or_else(String::new, |room| channel(room));
                    put(
                        out,
                        "",
                        &self.server.name,
                        "BATCH",
                        &[&format!("+{REPLAY}"), "chathistory", &room],
                        None,
                    );
                }
            }
            Event::ReplayEnd { is_empty, .. } => {
                if !is_empty && self.caps.has(Caps::BATCH) {
                    put(out, "", &self.server.name, "BATCH", &[&format!("-{REPLAY}")], None);
                }
            }
            Event::Private(SeenMessage { message, is_own }) => {
                if !is_own || !self.echoes_locally() {
                    Said::private(message, self.caps, None, out);
                }
            }
            Event::Parted { room, why } => self.put_parting(room, why, out),
            Event::Program(event) => self.put_answer(event, out),
            Event::Reply(reply) => self.put_reply(event, reply, out),
            Event::Refused { why, .. } => self.put_refusal(why, out),
            Event::Removed(why) => put_error(&format!("Closing link: {}", sentences::removal(why)), out),
            Event::Notice(Notice::Invited { by, room }) => {
                put(out, "", &source(by.as_str()), "INVITE", &[self.nick(), &channel(room)], None);
            }
            Event::Notice(Notice::Wallops { by, text }) => {
                put(out, "", &source(by.as_str()), "WALLOPS", &[], Some(text));
            }
            Event::Notice(Notice::NoOperator) => {
                self.put_no_operator(out);
                self.put_sentence(event, out);
            }
            Event::Notice(Notice::FromHost { .. } | Notice::Hint { .. })
            | Event::Live(_)
            | Event::Replayed { .. }
            | Event::HistoryResult { .. } => shared::encode(event, self.caps, None, out),
            Event::Notice(_) | Event::ReplayGap | Event::PrivateResult { .. } => {
                self.put_sentence(event, out);
            }
        }
    }

    /// Appends `event`, which answers an earlier request than the last one.
    pub(in crate::wire) fn render_late(&mut self, event: &Event, out: &mut BytesMut) {
        let last = std::mem::take(&mut self.asked);
        self.render(event, out);
        self.asked = last;
    }

    /// As a notice in words.
    fn put_sentence(&self, event: &Event, out: &mut BytesMut) {
        notice(out, &self.server.name, self.nick(), &sentences::text(event));
    }

    fn put_join(&self, channel: &str, out: &mut BytesMut) {
        let own = self.nick();
        if self.caps.has(Caps::EXTENDED_JOIN) {
            let real_name = self.real_name.as_deref().unwrap_or(own);
            put(out, "", &source(own), "JOIN", &[channel, "*"], Some(real_name));
        } else {
            put(out, "", &source(own), "JOIN", &[channel], None);
        }
    }

    fn put_topic(&self, channel: &str, topic: &Topic, out: &mut BytesMut) {
        let by = topic.by.as_ref().map_or(ROOM_HOST, |by| by.as_str());
        self.numerics(out).put("332", &[channel], Some(&topic.text));
        self.numerics(out).put("333", &[channel, by, &seconds(topic.time)], None);
    }

    fn put_parting(&mut self, room: &std::rc::Rc<str>, why: &Parting, out: &mut BytesMut) {
        self.is_in(room, false);
        let (own, room) = (self.nick(), channel(room));
        let (by, reason) = match why {
            Parting::Left => return put(out, "", &source(own), "PART", &[&room], None),
            Parting::Closed => (ROOM_HOST, "This room is closed"),
            Parting::ByHost(reason) => (ROOM_HOST, &**reason),
            Parting::Kicked { by, reason } if reason.is_empty() => (by.as_str(), by.as_str()),
            Parting::Kicked { by, reason } => (by.as_str(), &**reason),
        };
        put(out, "", &source(by), "KICK", &[&room, own], Some(reason));
    }

    fn put_answer(&mut self, event: &ProgramEvent, out: &mut BytesMut) {
        match event {
            ProgramEvent::Found(found) => self.put_found(found, out),
            ProgramEvent::Rooms { rooms, more, .. } => {
                self.put_list(rooms, *more, &mut self.numerics(out));
            }
            ProgramEvent::Typing { to, who, state, time, is_own } => {
                if self.caps.has(Caps::TAGS) && (!is_own || !self.echoes_locally()) {
                    let state = match state {
                        TypingState::Active => "active",
                        TypingState::Paused => "paused",
                        TypingState::Done => "done",
                    };
                    let to = match to {
                        TypingTo::Room(room) => channel(room),
                        TypingTo::Member(name) => name.to_string(),
                    };
                    let time = tags(self.caps, None, *time, None, Kind::Person);
                    let mut line = BytesMut::new();
                    put(&mut line, &time, &source(who.as_str()), "TAGMSG", &[&to], None);
                    put_tagged(&format!("+typing={state}"), &String::from_utf8_lossy(&line), out);
                }
            }
            ProgramEvent::RealName { who, text } if Some(who) == self.own.as_ref() => {
                self.real_name = Some(text.clone());
                shared::encode(&Event::Program(event.clone()), self.caps, None, out);
            }
            ProgramEvent::Away { .. } | ProgramEvent::RealName { .. } => {
                // Of those in its own channels it hears with them.
                if self.caps.has(Caps::MONITOR) {
                    shared::encode(&Event::Program(event.clone()), self.caps, None, out);
                }
            }
            ProgramEvent::ReadUpTo { room, time } => {
                if self.caps.has(Caps::READ) {
                    let time = time.map_or("*".into(), |time| format!("timestamp={}", utc(time)));
                    put(out, "", &self.server.name, "MARKREAD", &[&channel(room), &time], None);
                }
            }
            ProgramEvent::Monitored(what) => put_monitored(what, &mut self.numerics(out)),
            ProgramEvent::Became(kind) => {
                self.is_bot = *kind == Kind::Bot;
                let mode = if self.is_bot { "+B" } else { "-B" };
                put(out, "", &source(self.nick()), "MODE", &[self.nick(), mode], None);
            }
            ProgramEvent::Invited { .. }
            | ProgramEvent::Pong
            | ProgramEvent::Done { .. }
            | ProgramEvent::Room(_)
            | ProgramEvent::RoomClosed(_)
            | ProgramEvent::Members { .. }
            | ProgramEvent::Gap { .. } => {}
        }
    }

    fn put_found(&mut self, found: &Found, out: &mut BytesMut) {
        if let Found::Room(roster) = found
            && self.joined.take_if(|joined| *joined == roster.room).is_some()
        {
            if !self.caps.has(Caps::NO_NAMES) {
                self.put_names(roster, &mut self.numerics(out));
            }
            return;
        }
        if let (Found::Latest { rooms, members }, Form::Targets(period)) = (found, &self.asked.form) {
            return self.put_targets(rooms, members, period, out);
        }
        let mut numerics = self.numerics(out);
        match (found, &self.asked.form) {
            (Found::Room(roster), Form::Names) => self.put_names(roster, &mut numerics),
            (Found::Room(roster), Form::Who(fields)) => Irc::put_who(roster, fields.as_ref(), &mut numerics),
            (Found::Room(roster), _) => {
                let Roster { room, is_private, .. } = roster;
                numerics.put("324", &[&channel(room), if *is_private { "+inst" } else { "+nt" }], None);
            }
            (Found::NoRoom(room), Form::Names) => {
                numerics.put("366", &[&channel(room)], Some("End of /NAMES list"));
            }
            (Found::NoRoom(room), Form::Who(_)) => {
                numerics.put("315", &[&channel(room)], Some("End of /WHO list"));
            }
            (Found::NoRoom(room), _) => numerics.put("403", &[&channel(room)], Some("No such channel")),
            (Found::Members(members), Form::Who(fields)) => {
                Irc::put_who_is(members, fields.as_ref(), &mut numerics);
            }
            (Found::Members(members), _) => self.put_present(members, &mut numerics),
            (Found::Muted { room, names }, _) => {
                let room = channel(room);
                for name in names {
                    numerics.put("728", &[&room, "q", &shared::mask(name.as_str())], None);
                }
                numerics.put("729", &[&room, "q"], Some("End of channel quiet list"));
            }
            (Found::Gone { name, who }, _) => Irc::put_gone(name, who, &mut numerics),
            (Found::Census { people, bots, rooms, most, here, servers }, _) => {
                let (all, server) = (people + bots, self.server.name.clone());
                let servers = (plural(*servers, "server"), plural(servers.saturating_sub(1), "server"));
                let text = format!("There are {people} people and {bots} bots on {}", servers.0);
                numerics.put("251", &[], Some(&text));
                numerics.put("254", &[&rooms.to_string()], Some("channels formed"));
                numerics.put("255", &[], Some(&format!("{server} has {here} clients and {}", servers.1)));
                if *here == all {
                    let text = format!("Current local users {all}, max {most}");
                    numerics.put("265", &[&all.to_string(), &most.to_string()], Some(&text));
                } else {
                    // How many there were at most is known of all servers together.
                    numerics.put("265", &[], Some(&format!("Current local users {here}")));
                }
                let text = format!("Current global users {all}, max {most}");
                numerics.put("266", &[&all.to_string(), &most.to_string()], Some(&text));
            }
            (Found::Operators(names), _) => {
                for name in names {
                    numerics.put("243", &["O", "*", "*", name], None);
                }
                numerics.put("219", &["o"], Some("End of STATS report"));
            }
            (Found::Latest { .. }, _) => {}
            (Found::Clock(time), Form::Uptime) => {
                let up = self.started.and_then(|started| time.duration_since(started).ok());
                let (days, seconds) = up.map_or((0, 0), |up| (up.as_secs() / 86_400, up.as_secs() % 86_400));
                let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60);
                let text = format!("Server Up {days} days {hours}:{minutes:02}:{:02}", seconds % 60);
                numerics.put("242", &[], Some(&text));
                numerics.put("219", &["u"], Some("End of STATS report"));
            }
            (Found::Clock(time), _) => numerics.put("391", &[&self.server.name], Some(&utc(*time))),
        }
    }

    fn put_reply(&mut self, event: &Event, reply: &Reply, out: &mut BytesMut) {
        match reply {
            Reply::Help { .. } => self.put_help(reply, out),
            Reply::Room(RoomReply::Topic { room, topic: None, .. }) => {
                self.numerics(out).put("331", &[&channel(room)], Some("No topic is set"));
            }
            Reply::Room(RoomReply::Topic { room, topic: Some(topic), .. }) => {
                self.put_topic(&channel(room), topic, out);
            }
            Reply::Room(RoomReply::Invited { who, room }) => {
                self.numerics(out).put("341", &[who.as_str(), &channel(room)], None);
            }
            // The join says it.
            Reply::Room(RoomReply::Opened { .. }) | Reply::InNoRoom => {}
            Reply::Whois(whois) => Irc::put_whois(whois, &mut self.numerics(out)),
            Reply::Away(_) => self.numerics(out).put("306", &[], Some("You have been marked as being away")),
            Reply::Back { .. } => {
                self.numerics(out).put("305", &[], Some("You are no longer marked as being away"));
            }
            Reply::IsAway { who, text } => {
                let text = if text.is_empty() { "away" } else { &**text };
                self.numerics(out).put("301", &[who.as_str()], Some(text));
            }
            Reply::IsOperator => self.put_operator(out),
            Reply::Operated { is_done, text } => self.put_operated(*is_done, text, out),
            Reply::Goodbye => put_error("Closing link: you have quit", out),
            Reply::Members { .. }
            | Reply::Rooms { .. }
            | Reply::HistoryHeading { .. }
            | Reply::ReplayLimit(_)
            | Reply::PrivateHeading { .. }
            | Reply::Ignoring(_)
            | Reply::NotIgnoring(_)
            | Reply::Ignored(_)
            | Reply::BotIsMute(_) => self.put_sentence(event, out),
        }
    }

    /// The commands of the chat that IRC does not have, which go as they are: `/quote search pizza`.
    fn put_help(&self, reply: &Reply, out: &mut BytesMut) {
        let subject = if self.asked.target.is_empty() { "index" } else { &self.asked.target };
        let mut numerics = self.numerics(out);
        numerics.put(
            "704",
            &[subject],
            Some("What IRC commands do is as everywhere. Beyond them, rooms know these;"),
        );
        let before = "type them as /quote HISTORY 50, or to the host of a room as /msg Host SCORE:";
        numerics.put("705", &[subject], Some(before));
        for line in
            sentences::reply(reply).lines().skip(1).filter(|line| !line.trim_start().starts_with("//"))
        {
            numerics.put("705", &[subject], Some(line));
        }
        numerics.put("706", &[subject], Some("End of /HELP"));
    }
}

pub(super) fn put_error(text: &str, out: &mut BytesMut) {
    out.extend_from_slice(b"ERROR :");
    out.extend_from_slice(text.replace(['\r', '\n'], " ").as_bytes());
    out.extend_from_slice(b"\r\n");
}
