//! The commands of IRC, as a table. What is not there is tried as a command of the room.

use crate::base::limits::{AWAY_BYTES, IRC_REAL_NAME_BYTES, IRC_TARGETS};
use crate::proto::{Lookup, ProgramRequest, Request};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::{Asked, Form};
use crate::wire::irc::message::Message;
use crate::wire::irc::server::VERSION;
use crate::wire::irc::shared::ROOM_HOST;
use crate::wire::irc::text::cut;

type Run = fn(&mut Irc, &Message<'_>);

/// Commands that a client may give before it has a name.
static BEFORE_A_NAME: [(&str, Run); 8] = [
    ("CAP", Irc::cap),
    ("NICK", Irc::first_nick),
    ("USER", Irc::user),
    ("PASS", Irc::pass),
    ("PING", Irc::ping),
    ("PONG", |_, _| {}),
    ("QUIT", |irc, _| irc.quit()),
    ("AUTHENTICATE", |irc, _| irc.numeric("904", &[], "There are no accounts here: a name is enough")),
];

/// Commands of a client with a name.
static COMMANDS: [(&str, Run); 56] = [
    ("CAP", Irc::cap),
    ("PING", Irc::ping),
    ("PONG", |_, _| {}),
    ("QUIT", |irc, _| irc.quit()),
    ("ERROR", |_, _| {}),
    ("NICK", nick),
    ("USER", registered),
    ("PASS", registered),
    ("JOIN", Irc::join),
    ("OPEN", open),
    ("PART", Irc::part),
    ("PRIVMSG", Irc::message),
    ("NOTICE", Irc::message),
    ("BATCH", Irc::batch),
    ("TAGMSG", Irc::tagmsg),
    ("CHATHISTORY", Irc::chathistory),
    ("REDACT", Irc::redact),
    ("MARKREAD", Irc::mark_read),
    ("TOPIC", Irc::topic),
    ("NAMES", Irc::names),
    ("LIST", Irc::list),
    ("KICK", Irc::kick),
    ("INVITE", Irc::invite),
    ("MODE", Irc::mode),
    ("MONITOR", Irc::monitor),
    ("WHO", Irc::who),
    ("WHOIS", Irc::whois),
    ("WHOWAS", whowas),
    ("ISON", |irc, message| irc.present("ISON", message)),
    ("USERHOST", |irc, message| irc.present("USERHOST", message)),
    ("AWAY", away),
    ("LUSERS", |irc, _| irc.look("LUSERS", Lookup::Census)),
    ("TIME", |irc, _| irc.look("TIME", Lookup::Clock)),
    ("MOTD", motd),
    ("VERSION", version),
    ("INFO", info),
    ("ADMIN", admin),
    ("LINKS", links),
    ("MAP", map),
    ("TRACE", trace),
    ("SERVLIST", |irc, _| irc.numeric("235", &["*", "0"], "End of service listing")),
    ("SQUERY", |irc, message| irc.numeric("408", &[message.param(0)], "There are no services here")),
    ("SILENCE", silence),
    ("KNOCK", |irc, _| {
        irc.server_notice("Nobody can knock here: an operator of the channel can invite you.");
    }),
    ("HELP", help),
    ("HELPOP", help),
    ("AUTHENTICATE", |irc, _| irc.numeric("904", &[], "There are no accounts here: a name is enough")),
    ("SETNAME", setname),
    ("STATS", stats),
    ("OPER", Irc::oper),
    ("KILL", Irc::kill),
    ("REHASH", |irc, message| irc.operate(message, "reload")),
    ("WALLOPS", Irc::wallops),
    ("DIE", |irc, message| irc.operate(message, "exit")),
    ("RESTART", operators_only),
    ("SQUIT", operators_only),
];

/// Handles a message.
pub(super) fn run(irc: &mut Irc, message: &Message<'_>) {
    let table = if irc.own.is_some() { &COMMANDS[..] } else { &BEFORE_A_NAME };
    match table.iter().find(|(name, _)| *name == message.command) {
        Some((_, run)) => run(irc, message),
        None if irc.own.is_some() => irc.other(message),
        None => irc.numeric("451", &[], "You have not registered: send NICK and USER first"),
    }
}

/// Whether this is a command of IRC, or another one that acts on the session: no room has it.
pub(super) fn is_of_session(word: &str) -> bool {
    let is_it = |name: &&str| name.eq_ignore_ascii_case(word) && *name != "HELP";
    COMMANDS.iter().map(|(name, _)| name).chain(&["EXIT", "LEAVE"]).any(is_it)
}

/// OPEN, which IRC does not have: the chat's own command would leave the channel that was joined last.
fn open(irc: &mut Irc, message: &Message<'_>) {
    let room = message.param(0).trim_start_matches('#').to_owned();
    if room.is_empty() {
        return irc.needs_more("OPEN");
    }
    let topic = message.params[1..].join(" ");
    let asked = Asked::about("OPEN", &format!("#{room}"));
    irc.ask(asked, Request::Program(ProgramRequest::Open { room, topic }));
}

fn registered(irc: &mut Irc, _: &Message<'_>) {
    irc.numeric("462", &[], "You may not reregister");
}

fn operators_only(irc: &mut Irc, _: &Message<'_>) {
    irc.numeric("481", &[], "Permission denied: operators type at the server's terminal, or with salon ctl");
}

fn nick(irc: &mut Irc, message: &Message<'_>) {
    let name = message.param(0).to_owned();
    if name.is_empty() {
        return irc.numeric("431", &[], "No nickname given");
    }
    irc.ask(Asked::about("NICK", &name), Request::Program(ProgramRequest::Nick { name }));
}

fn away(irc: &mut Irc, message: &Message<'_>) {
    let text = cut(message.param(0), AWAY_BYTES);
    irc.command(message, if text.is_empty() { "back" } else { "away" }, None, text);
}

fn setname(irc: &mut Irc, message: &Message<'_>) {
    if message.params.is_empty() {
        return irc.needs_more("SETNAME");
    }
    let text = message.param(0).trim();
    if !(1..=IRC_REAL_NAME_BYTES).contains(&text.len()) {
        let why = format!("A real name has 1 to {IRC_REAL_NAME_BYTES} bytes");
        return irc.fail("SETNAME", &["INVALID_REALNAME"], &why);
    }
    irc.ask(Asked::about("SETNAME", ""), Request::Program(ProgramRequest::RealName(text.to_owned())));
}

fn motd(irc: &mut Irc, _: &Message<'_>) {
    irc.answer(|numerics| {
        numerics.motd();
    });
}

fn whowas(irc: &mut Irc, message: &Message<'_>) {
    let nick = message.param(0);
    if nick.is_empty() {
        return irc.numeric("431", &[], "No nickname given");
    }
    irc.look_for(Asked::about("WHOWAS", nick), Lookup::Gone { name: nick.to_owned() });
}

fn version(irc: &mut Irc, _: &Message<'_>) {
    let name = irc.server.name.clone();
    irc.numeric("351", &[VERSION, &name], "a chat server for a room full of people");
    irc.answer(|numerics| {
        numerics.support();
    });
}

fn info(irc: &mut Irc, _: &Message<'_>) {
    for line in [
        "Salon is a chat server for a room full of people: a class, a team, a workshop, a LAN party.",
        "Browsers, netcat, telnet, JSON programs and IRC clients meet in the same rooms.",
    ] {
        irc.numeric("371", &[], line);
    }
    irc.numeric("374", &[], "End of INFO list");
}

fn admin(irc: &mut Irc, _: &Message<'_>) {
    let name = irc.server.name.clone();
    irc.numeric("423", &[&name], "No administrative info available");
}

fn links(irc: &mut Irc, _: &Message<'_>) {
    let name = irc.server.name.clone();
    irc.numeric("364", &[&name, &name], "0 Salon");
    irc.numeric("365", &["*"], "End of LINKS list");
}

fn map(irc: &mut Irc, _: &Message<'_>) {
    let name = irc.server.name.clone();
    irc.numeric("006", &[], &name);
    irc.numeric("007", &[], "End of MAP");
}

fn trace(irc: &mut Irc, _: &Message<'_>) {
    let name = irc.server.name.clone();
    irc.numeric("262", &[&name, VERSION], "End of TRACE");
}

/// SILENCE: whom the member ignores.
fn silence(irc: &mut Irc, message: &Message<'_>) {
    let mask = message.param(0);
    let nick = mask.trim_start_matches(['+', '-']).split('!').next().unwrap_or_default();
    irc.command(message, if mask.starts_with('-') { "unignore" } else { "ignore" }, None, nick);
}

fn stats(irc: &mut Irc, message: &Message<'_>) {
    match message.param(0) {
        "u" => return irc.look_for(Asked::about("STATS", "u").told(Form::Uptime), Lookup::Clock),
        "o" => return irc.look_for(Asked::about("STATS", "o"), Lookup::Operators),
        _ => {}
    }
    irc.numeric("481", &[], "Permission denied: salon ctl stats tells operators");
    irc.numeric("219", &[message.param(0)], "End of STATS report");
}

fn help(irc: &mut Irc, message: &Message<'_>) {
    irc.ask(
        Asked::about("HELP", message.param(0)),
        Request::Command { room: None, name: "help".into(), rest: String::new() },
    );
}

impl Irc {
    /// Gives one of the chat's own commands.
    pub(super) fn command(&mut self, message: &Message<'_>, name: &str, room: Option<&str>, rest: &str) {
        let asked = Asked::about(&message.command, message.param(0));
        let room = room.map(str::to_owned);
        self.ask(asked, Request::command(room, name.into(), rest));
    }

    /// Asks a question.
    pub(super) fn look(&mut self, command: &str, lookup: Lookup) {
        self.look_for(Asked::about(command, ""), lookup);
    }

    /// Asks a question whose answer is told so.
    pub(super) fn look_for(&mut self, asked: Asked, lookup: Lookup) {
        self.ask(asked, Request::Program(ProgramRequest::Look(lookup)));
    }

    /// ISON and USERHOST.
    fn present(&mut self, command: &str, message: &Message<'_>) {
        let names = message.params.iter().flat_map(|param| param.split(' ')).filter(|name| !name.is_empty());
        let names: Vec<String> = names.take(IRC_TARGETS).map(str::to_owned).collect();
        if names.is_empty() {
            return self.needs_more(command);
        }
        self.look_for(Asked::about(command, "").told(Form::Present), Lookup::Members { names });
    }

    /// A command that IRC does not have: one of the room, or of its host. A channel may stand first.
    fn other(&mut self, message: &Message<'_>) {
        let room = message.param(0).strip_prefix('#');
        let rest = message.params[usize::from(room.is_some())..].join(" ");
        let name = message.command.to_ascii_lowercase();
        self.command(message, &name, room, &rest);
    }

    /// A command of IRC cannot be carried out, as a standard reply says (`ircv3.net/specs/extensions/standard-replies`), or a
    /// notice.
    pub(super) fn fail(&mut self, command: &str, about: &[&str], why: &str) {
        let mut replies = std::mem::take(&mut self.replies);
        self.put_failure(command, about, why, &mut replies);
        self.replies = replies;
    }

    /// Whether a nick is that of whoever drives the room.
    pub(super) fn is_host(nick: &str) -> bool {
        nick.eq_ignore_ascii_case(ROOM_HOST)
    }
}
