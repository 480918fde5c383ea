//! Commands that list rooms and members: NAMES, LIST, WHO, WHOIS and WHOWAS; and their answers.

use std::time::SystemTime;

use crate::base::limits::{IRC_MESSAGE_TARGETS, IRC_TARGETS};
use crate::base::time::utc;
use crate::proto::{Kind, Lookup, MemberInfo, Occupant, ProgramRequest, Request, RoomInfo, Roster, Whois};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::{Asked, Fields, Filter, Form};
use crate::wire::irc::caps::Caps;
use crate::wire::irc::message::Message;
use crate::wire::irc::server::Numerics;
use crate::wire::irc::shared::{HOST, ROOM_HOST, USER, channel, source};

#[cfg(test)]
mod tests;

/// Somebody in a list.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own, and any may go with any other")]
struct Shown<'a> {
    name: &'a str,
    real_name: &'a str,
    is_bot: bool,
    is_away: bool,
    is_operator: bool,
    operates_server: bool,
}

impl<'a> Shown<'a> {
    fn of(occupant: &'a Occupant) -> Shown<'a> {
        let Occupant { who, real_name, is_away, is_operator, operates_server } = occupant;
        let (name, is_bot) = (who.name.as_str(), who.kind == Kind::Bot);
        let real_name = real_name.as_deref().unwrap_or(name);
        let (is_away, is_operator) = (*is_away, *is_operator);
        Shown { name, real_name, is_bot, is_away, is_operator, operates_server: *operates_server }
    }

    /// All of a room: whoever drives it, and the members.
    fn all(roster: &'a Roster) -> impl Iterator<Item = Shown<'a>> {
        let host = Shown {
            name: ROOM_HOST,
            real_name: ROOM_HOST,
            is_bot: true,
            is_away: false,
            is_operator: true,
            operates_server: false,
        };
        roster.has_host.then_some(host).into_iter().chain(roster.occupants.iter().map(Shown::of))
    }

    /// Here or gone, and the roles.
    fn flags(&self) -> String {
        let away = if self.is_away { "G" } else { "H" };
        let server = if self.operates_server { "*" } else { "" };
        let operator = if self.is_operator { "@" } else { "" };
        [away, server, operator, if self.is_bot { "B" } else { "" }].concat()
    }
}

impl Irc {
    /// NAMES.
    pub(super) fn names(&mut self, message: &Message<'_>) {
        let list = message.param(0);
        if list.is_empty() {
            return self.numeric("366", &["*"], "End of /NAMES list");
        }
        for target in self.targets("NAMES", list, IRC_TARGETS) {
            match target.strip_prefix('#') {
                Some(room) => {
                    let asked = Asked::about("NAMES", &target).told(Form::Names);
                    self.look_for(asked, Lookup::Room { room: room.to_owned() });
                }
                None => self.numeric("366", &[&target], "End of /NAMES list"),
            }
        }
    }

    /// LIST.
    pub(super) fn list(&mut self, message: &Message<'_>) {
        let asked = Asked::about("LIST", "").told(Form::List(Filter::parse(message.param(0))));
        self.ask(asked, Request::Program(ProgramRequest::Rooms { watch: false }));
    }

    /// WHO.
    pub(super) fn who(&mut self, message: &Message<'_>) {
        let mask = message.param(0);
        let asked = Asked::about("WHO", mask).told(Form::Who(Fields::parse(message.param(1))));
        if let Some(room) = mask.strip_prefix('#') {
            return self.look_for(asked, Lookup::Room { room: room.to_owned() });
        }
        if mask.is_empty() || mask.contains(['*', '?']) || mask == "0" {
            // Everybody is invisible to those who share no channel, as +i says, and a channel can be asked for.
            return self.numeric("315", &[if mask.is_empty() { "*" } else { mask }], "End of /WHO list");
        }
        self.look_for(asked, Lookup::Members { names: vec![mask.to_owned()] });
    }

    /// WHOIS, with or without a server before the nicks.
    pub(super) fn whois(&mut self, message: &Message<'_>) {
        let Some(list) = message.params.last().filter(|list| !list.is_empty()) else {
            return self.numeric("431", &[], "No nickname given");
        };
        for nick in self.targets("WHOIS", list, IRC_MESSAGE_TARGETS) {
            if Irc::is_host(&nick) {
                self.answer(|numerics| {
                    numerics.put(
                        "311",
                        &[ROOM_HOST, USER, HOST, "*"],
                        Some("the program that drives the room"),
                    );
                    numerics.put("335", &[ROOM_HOST], Some("is a bot of this server"));
                    numerics.put("318", &[ROOM_HOST], Some("End of /WHOIS list"));
                });
                continue;
            }
            let request = Request::Command { room: None, name: "whois".into(), rest: nick.clone() };
            self.ask(Asked::about("WHOIS", &nick), request);
        }
    }

    /// The line or lines of NAMES.
    pub(super) fn put_names(&self, roster: &Roster, numerics: &mut Numerics<'_>) {
        let room = channel(&roster.room);
        let kind = if roster.is_private { "@" } else { "=" };
        let name = |shown: Shown<'_>| {
            let whole =
                if self.caps.has(Caps::USERHOSTS) { source(shown.name) } else { shown.name.to_owned() };
            [if shown.is_operator { "@" } else { "" }, &whole].concat()
        };
        let names: Vec<String> = Shown::all(roster).map(name).collect();
        numerics.put_list("353", &[kind, &room], &names, " ");
        let more = roster.count - roster.occupants.len();
        let end = if more > 0 {
            format!("End of /NAMES list, and {more} more")
        } else {
            "End of /NAMES list".into()
        };
        numerics.put("366", &[&room], Some(&end));
    }

    /// The lines of WHO for a channel.
    pub(super) fn put_who(roster: &Roster, fields: Option<&Fields>, numerics: &mut Numerics<'_>) {
        let room = channel(&roster.room);
        for shown in Shown::all(roster) {
            put_one(&room, &shown, fields, numerics);
        }
        numerics.put("315", &[&room], Some("End of /WHO list"));
    }

    /// The lines of WHO for a nick.
    pub(super) fn put_who_is(
        found: &[(String, Option<Occupant>)],
        fields: Option<&Fields>,
        numerics: &mut Numerics<'_>,
    ) {
        for (nick, occupant) in found {
            if let Some(occupant) = occupant {
                put_one("*", &Shown::of(occupant), fields, numerics);
            }
            numerics.put("315", &[nick], Some("End of /WHO list"));
        }
    }

    /// ISON or USERHOST.
    pub(super) fn put_present(&self, found: &[(String, Option<Occupant>)], numerics: &mut Numerics<'_>) {
        let present = found.iter().filter_map(|(_, occupant)| occupant.as_ref());
        let is_ison = self.asked.command == "ISON";
        let entry = |occupant: &Occupant| {
            if is_ison {
                return occupant.who.name.to_string();
            }
            let here = if occupant.is_away { '-' } else { '+' };
            let operator = if occupant.operates_server { "*" } else { "" };
            format!("{}{operator}={here}{USER}@{HOST}", occupant.who.name)
        };
        let number = if is_ison { "303" } else { "302" };
        let entries: Vec<String> = present.map(entry).collect();
        numerics.put_list(number, &[], &entries, " ");
        // There is always an answer.
        if entries.is_empty() {
            numerics.put(number, &[], Some(""));
        }
    }

    /// The lines of LIST.
    pub(super) fn put_list(&self, rooms: &[RoomInfo], more: usize, numerics: &mut Numerics<'_>) {
        let all = Filter::default();
        let filter = if let Form::List(filter) = &self.asked.form { filter } else { &all };
        numerics.put("321", &["Channel"], Some("Users  Name"));
        for room in rooms.iter().filter(|room| filter.shows(&room.name, room.count)) {
            let topic = room.topic.as_ref().map_or(room.purpose, |topic| &topic.text);
            numerics.put("322", &[&channel(&room.name), &room.count.to_string()], Some(topic));
        }
        let end = if more > 0 { format!("End of /LIST, and {more} more") } else { "End of /LIST".into() };
        numerics.put("323", &[], Some(&end));
    }

    /// The lines of WHOWAS.
    pub(super) fn put_gone(nick: &str, who: &[(MemberInfo, SystemTime)], numerics: &mut Numerics<'_>) {
        if who.is_empty() {
            numerics.put("406", &[nick], Some("Nobody of that name was here lately"));
        }
        let server = numerics.server.name.clone();
        for (who, until) in who {
            let name = who.name.as_str();
            numerics.put("314", &[name, USER, HOST, "*"], Some(name));
            numerics.put("312", &[name, &server], Some(&utc(*until)));
        }
        numerics.put("369", &[nick], Some("End of WHOWAS"));
    }

    /// The lines of WHOIS.
    pub(super) fn put_whois(whois: &Whois, numerics: &mut Numerics<'_>) {
        let Whois { who, real_name, rooms, away, operates_server, connection, node } = whois;
        let nick = who.name.as_str();
        let real_name = real_name.as_deref().unwrap_or(nick);
        numerics.put("311", &[nick, USER, HOST, "*"], Some(real_name));
        let server = numerics.server.name.clone();
        // The node of a cluster that it is connected to, if that is not this one.
        numerics.put("312", &[nick, node.as_deref().unwrap_or(&server)], Some("Salon"));
        if who.kind == Kind::Bot {
            let whose =
                if connection.is_some() || node.is_some() { "is a bot" } else { "is a bot of this server" };
            numerics.put("335", &[nick], Some(whose));
        }
        if *operates_server {
            numerics.put("313", &[nick], Some("is an operator of the server"));
        }
        let channels: Vec<String> = rooms.iter().map(|room| channel(room)).collect();
        numerics.put_list("319", &[nick], &channels, " ");
        if let Some(text) = away {
            numerics.put("301", &[nick], Some(if text.is_empty() { "away" } else { text }));
        }
        if let Some(facts) = connection {
            numerics.put("320", &[nick], Some(&format!("has the client: {}", facts.dialect)));
            let (idle, came) = (facts.idle.as_secs().to_string(), seconds(facts.came));
            numerics.put("317", &[nick, &idle, &came], Some("seconds idle, signon time"));
        }
        numerics.put("318", &[nick], Some("End of /WHOIS list"));
    }
}

/// Seconds since 1970.
pub(super) fn seconds(time: SystemTime) -> String {
    time.duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs()).to_string()
}

/// A line of WHO (352), or of WHOX (354), whose fields have an order of their own.
fn put_one(room: &str, shown: &Shown<'_>, fields: Option<&Fields>, numerics: &mut Numerics<'_>) {
    let (server, flags) = (numerics.server.name.clone(), shown.flags());
    let Some(Fields { letters, token }) = fields else {
        let real = format!("0 {}", shown.real_name);
        return numerics.put("352", &[room, USER, HOST, &server, shown.name, &flags], Some(&real));
    };
    let all = [
        ('t', token.as_str()),
        ('c', room),
        ('u', USER),
        ('i', "255.255.255.255"),
        ('h', HOST),
        ('s', &server),
        ('n', shown.name),
        ('f', &flags),
        ('d', "0"),
        ('l', "0"),
        ('a', "0"),
        ('o', "n/a"),
    ];
    let wanted: Vec<&str> =
        all.iter().filter(|(letter, _)| letters.contains(*letter)).map(|(_, value)| *value).collect();
    numerics.put("354", &wanted, letters.contains('r').then_some(shown.real_name));
}
