//! Real IRC clients, each on a pseudo-terminal: `irssi` and `WeeChat`.
//!
//! Tests of programs that this machine lacks are skipped; if `CI` is set, they fail.

use std::fmt::Write;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::support::peer::Peer;
use crate::support::process::{Folder, Killed, Salon};
use crate::support::terminal::Terminal;

/// A client that a person uses.
pub struct Client {
    terminal: Terminal,
    _program: Killed,
    folder: Folder,
}

impl Client {
    /// Starts it, unless this machine has none. `words` are its arguments in a folder of its own.
    fn start(program: &str, folder: Folder, words: &[&str]) -> Option<Client> {
        let is_there = Command::new(program).arg("--version").output().is_ok();
        if !is_there {
            assert!(std::env::var_os("CI").is_none(), "{program} is missing");
            eprintln!("not tested: this machine has no {program}");
            return None;
        }
        let terminal = Terminal::new(120, 40);
        let mut command = Command::new(program);
        command.args(words).env("TERM", "xterm-256color").env("HOME", folder.path()).env("LC_ALL", "C.UTF-8");
        let program = terminal.run(&mut command);
        Some(Client { terminal, _program: program, folder })
    }

    /// irssi, as somebody who has this nick and joins these channels of a server on this machine by itself.
    fn irssi(port: u16, nick: &str, channels: &[&str]) -> Option<Client> {
        Client::irssi_at((Ipv4Addr::LOCALHOST, port).into(), nick, channels)
    }

    /// The same, of any server. What it shows is in [`Client::log`].
    pub fn irssi_at(server: SocketAddr, nick: &str, channels: &[&str]) -> Option<Client> {
        let folder = Folder::new();
        let (address, port, path) = (server.ip(), server.port(), folder.path().display());
        let mut config = format!(
            "servers = ( {{ address = \"{address}\"; chatnet = \"s\"; port = \"{port}\"; autoconnect = \"yes\"; }} );\n\
             chatnets = {{ s = {{ type = \"IRC\"; nick = \"{nick}\"; }}; }};\n\
             settings = {{ core = {{ real_name = \"x\"; user_name = \"x\"; nick = \"{nick}\"; server_reconnect_time = \"1s\"; }};\n\
             \"irc/core\" = {{ cmd_queue_speed = \"10msec\"; cmds_max_at_once = \"500\"; }};\n\
             \"fe-common/core\" = {{ autolog = \"yes\"; autolog_level = \"ALL\"; autolog_path = \"{path}/$0.log\"; }};\n\
             \"fe-text\" = {{ paste_detect_time = \"0\"; paste_verify_line_count = \"0\"; }}; }};\nchannels = (\n"
        );
        for channel in channels {
            let _ = writeln!(config, "{{ name = \"{channel}\"; chatnet = \"s\"; autojoin = \"yes\"; }},");
        }
        config.push_str(");\n");
        std::fs::write(folder.path().join("config"), config).unwrap();
        let home = format!("--home={}", folder.path().display());
        Client::start("irssi", folder, &[&home])
    }

    /// `WeeChat`, which joins `#lobby` by itself.
    fn weechat(port: u16, nick: &str) -> Option<Client> {
        let folder = Folder::new();
        let home = folder.path().display().to_string();
        let commands = format!(
            "/set weechat.bar.nicklist.hidden on;/set weechat.look.paste_max_lines -1;/set irc.look.server_buffer independent;\
             /set irc.server_default.anti_flood_prio_high 0;/set irc.server_default.anti_flood_prio_low 0;\
             /server add s 127.0.0.1/{port} -notls -nicks={nick} -autojoin=#lobby;/set irc.server_default.autoreconnect_delay 1;\
             /connect s"
        );
        Client::start("weechat", folder, &["-d", &home, "-r", &commands])
    }

    /// Where irssi writes what it shows in this channel.
    pub fn log(&self, channel: &str) -> PathBuf {
        self.folder.path().join(format!("{channel}.log"))
    }

    /// Lets it draw for a while.
    pub fn draw(&mut self, time: Duration) {
        self.terminal.read(time);
    }

    fn types(&mut self, line: &str) {
        self.terminal.type_keys(&format!("{line}\r"));
    }

    fn shows(&mut self, part: &str) {
        self.terminal.shows_row_with(part);
    }

    /// Types a line until something is shown: a client does not tell when it is ready for it.
    fn types_until(&mut self, line: &str, part: &str) {
        self.types(line);
        self.shows(part);
    }

    /// Nothing on the screen looks like a numeric that the client does not know, or an error.
    fn is_clean(&self) {
        let screen = self.terminal.screen();
        for bad in ["irc: command", "not found", "Unknown", "unknown", "malformed", "numeric"] {
            assert!(!screen.iter().any(|row| row.contains(bad)), "{bad}: {screen:#?}");
        }
    }
}

#[test]
fn irssi_joins_talks_and_asks() {
    let salon = Salon::start(&["--bots", "none", "--rooms", "lobby=plain,hall=lobby"]);
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("Said before");
    bob.until("Bob: Said before\n");
    let Some(mut irssi) = Client::irssi(salon.port, "Iris", &["#lobby"]) else { return };
    bob.until("User Iris has joined the chat!\n");
    irssi.types("/window 2");
    irssi.shows("< Bob> Said before");
    bob.say("Hello, Iris!");
    irssi.shows("< Bob> Hello, Iris!");
    irssi.types("Hello, Bob!");
    bob.until("Iris: Hello, Bob!\n");
    irssi.types("/me waves");
    bob.until("* Iris waves\n");
    bob.say("/me nods");
    irssi.shows("* Bob nods");
    irssi.types_until("/names", "[ Bob] [ Iris]");
    irssi.types_until("/topic", "No topic set for #lobby");
    irssi.types_until("/whois Bob", "#lobby");
    irssi.types("/msg Bob psst");
    bob.until("[Iris to you] psst\n");
    irssi.types("/query Bob");
    irssi.types("and more");
    bob.until("[Iris to you] and more\n");
    bob.say("/reply I hear you");
    irssi.shows("<Bob> I hear you");
    irssi.types("/join #tea");
    irssi.shows("[@Iris]");
    irssi.types_until("/topic Tea and talk", "Iris changed the topic of #tea to: Tea and talk");
    bob.say("/join tea");
    bob.until("The topic: Tea and talk");
    irssi.types_until("/op Bob", "mode/#tea [+o Bob] by Iris");
    irssi.types_until("/kick Bob too loud", "Bob was kicked from #tea by Iris [too loud]");
    bob.until("Iris has removed you from tea: too loud\n");
    irssi.is_clean();
    irssi.types("/window 1");
    irssi.types_until("/list -YES", "End of /LIST");
    irssi.shows("#hall");
    irssi.types_until("/away for tea", "You have been marked as being away");
    irssi.types_until("/away", "You are no longer marked as being away");
    irssi.types_until("/nick Irisa", "[Irisa]");
    irssi.types_until("/lusers", "people and 0 bots");
    irssi.types_until("/version irc", "Salon-");
    irssi.types_until("/quote HELP", "End of /HELP");
    irssi.is_clean();
    bob.say("/join lobby");
    irssi.types("/quit");
    bob.until("Host: User Irisa left the chat.\n");
}

#[test]
fn irssi_joins_thirty_rooms_and_comes_back_after_a_restart() {
    let data = Folder::new();
    let folder = data.path().display().to_string();
    // The last one that irssi joins is that where Bob is.
    let mut channels: Vec<String> = (1..30).map(|number| format!("#room{number}")).collect();
    channels.push("#lobby".into());
    let rooms: Vec<String> =
        channels.iter().rev().map(|channel| format!("{}=plain", &channel[1..])).collect();
    let rooms = rooms.join(",");
    let options = ["--bots", "none", "--rooms", &rooms, "--data", &folder];
    let salon = Salon::start(&options);
    let mut bob = Peer::join(salon.port, "Bob");
    let names: Vec<&str> = channels.iter().map(String::as_str).collect();
    let Some(mut irssi) = Client::irssi(salon.port, "Iris", &names) else { return };
    bob.until("User Iris has joined the chat!\n");
    bob.say("/whois Iris");
    bob.until("room29 and the lobby.");
    irssi.types("/msg #lobby Before the restart");
    bob.until("Iris: Before the restart\n");
    let port = salon.port.to_string();
    drop((salon, bob));
    let salon = Salon::start(&[&options[..], &["--port", &port]].concat());
    let mut bob = Peer::connect(salon.port);
    bob.say("Bob");
    bob.until("Iris: Before the restart\n");
    bob.until("User Iris has joined the chat!\n");
    bob.say("/whois Iris");
    bob.until("room29 and the lobby.");
    irssi.is_clean();
}

#[test]
fn weechat_joins_talks_and_asks() {
    let salon = Salon::start(&["--bots", "none", "--rooms", "lobby=plain,hall=lobby"]);
    let mut bob = Peer::join(salon.port, "Bob");
    bob.say("Said before");
    bob.until("Bob: Said before\n");
    let Some(mut weechat) = Client::weechat(salon.port, "Wanda") else { return };
    bob.until("User Wanda has joined the chat!\n");
    weechat.shows("Bob | Said before");
    bob.say("Hello, Wanda!");
    weechat.shows("Bob | Hello, Wanda!");
    weechat.types("Hello, Bob!");
    bob.until("Wanda: Hello, Bob!\n");
    weechat.types("/me waves");
    bob.until("* Wanda waves\n");
    weechat.types_until("/names", "Nicks #lobby: [Bob Wanda]");
    weechat.types_until("/mode #lobby", "Mode #lobby [+nt]");
    weechat.types("/join #tea");
    weechat.shows("Channel #tea: 1 nick (1 op");
    weechat.types_until("/topic Tea and talk", "has changed topic for #tea");
    bob.say("/join tea");
    weechat.shows("Bob (Bob) (~u@salon) has joined #tea");
    weechat.types_until("/kick Bob too loud", "has kicked Bob (too loud)");
    bob.until("Wanda has removed you from tea: too loud\n");
    weechat.is_clean();
    weechat.types("/query Bob psst");
    bob.until("[Wanda to you] psst\n");
    bob.say("/reply I hear you");
    weechat.shows("Bob | I hear you");
    weechat.types("/buffer s");
    weechat.types_until("/who #tea", "End of /WHO list");
    weechat.types_until("/whois Bob", "End of /WHOIS list");
    weechat.types_until("/away for tea", "You have been marked as being away");
    weechat.types_until("/away", "You are no longer marked as being away");
    weechat.types_until("/nick Wandana", "You are now known as Wandana");
    weechat.types_until("/lusers", "people and 0 bots");
    weechat.is_clean();
    bob.say("/join lobby");
    weechat.types("/quit");
    bob.until("Host: User Wandana left the chat.\n");
}

/// A server with a message of the day, and Bob and Carl, who left.
fn evening() -> (Salon, Peer) {
    let motd = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/transcripts/initiators.txt");
    let options = ["--bots", "none", "--rooms", "lobby=plain,hall=lobby", "--server-name", "irc.example.org"];
    let salon = Salon::start(&[&options[..], &["--motd", motd]].concat());
    let bob = Peer::join(salon.port, "Bob");
    let mut carl = Peer::join(salon.port, "Carl");
    carl.say("/exit");
    carl.until_closed();
    (salon, bob)
}

/// What both clients type in the window of the server, and what they show then.
const ASKED_OF_THE_SERVER: [(&str, &str); 29] = [
    ("/motd", "Tea or coffee?"),
    ("/admin", "No administrative info available"),
    ("/info", "End of INFO list"),
    ("/time", "irc.example.org 20"),
    ("/version irc.example.org", "a chat server for a room full of people"),
    ("/lusers", "Current global users 2, max 2"),
    ("/links", "End of LINKS list"),
    ("/stats u", "Server Up 0 days 0:00:"),
    ("/map", "End of MAP"),
    ("/trace", "End of TRACE"),
    ("/servlist", "End of service listing"),
    ("/squery NickServ help", "There are no services here"),
    ("/userhost Bob", "Bob=+~u@salon"),
    ("/ison Bob Carl", "Users online: Bob"),
    ("/whowas Carl", "End of WHOWAS"),
    ("/whois Bob", "has the client: line"),
    ("/whois Host", "the program that drives the room"),
    ("/who #lobby", "End of /WHO list"),
    ("/quote LIST !#lobby", "End of /LIST"),
    ("/quote HELP", "End of /HELP"),
    ("/quote SILENCE", "You ignore nobody"),
    ("/quote SILENCE +Bob", "You ignore Bob"),
    ("/quote SILENCE -Bob", "You hear Bob again"),
    ("/quote KNOCK #hall", "Nobody can knock here"),
    ("/oper name password", "Operators of this server"),
    ("/kill Bob why", "Only operators of"),
    ("/rehash", "Only operators of"),
    ("/wallops hello", "Only operators of"),
    ("/quote STATS o", "o End of STATS report"),
];

#[test]
fn irssi_shows_no_error_in_an_evening() {
    let (salon, mut bob) = evening();
    let Some(mut irssi) = Client::irssi(salon.port, "Iris", &["#lobby"]) else { return };
    bob.until("User Iris has joined the chat!\n");
    irssi.types("/window 1");
    for (typed, shown) in ASKED_OF_THE_SERVER {
        irssi.types_until(typed, shown);
        irssi.is_clean();
    }
    for (typed, shown) in [
        ("/list -YES >0", "End of /LIST"),
        ("/mode Iris", "Your user mode is [+i]"),
        ("/setname Iris West", ""),
        ("/whois Iris", "ircname  : Iris West"),
        ("/ctcp Bob VERSION", "CTCP VERSION is not passed on to Bob."),
        ("/ping Bob", "CTCP PING is not passed on to Bob."),
        ("/quote MONITOR + Bob", "Bob!~u@salon"),
        ("/quote MONITOR L", "End of MONITOR list"),
    ] {
        irssi.types_until(typed, shown);
        irssi.is_clean();
    }
    irssi.types("/notice Bob noted");
    bob.until("[Iris to you] noted (notice)\n");
    irssi.types("/join #tea");
    irssi.shows("[@Iris]");
    for (typed, shown) in [
        ("/topic Tea and talk", "changed the topic of #tea to: Tea and talk"),
        ("/mode #tea", "mode/#tea [+nt]"),
        ("/mode #tea +i", "mode/#tea [+is] by Iris"),
        ("/mode #tea -i", "mode/#tea [-is] by Iris"),
        ("/invite Bob", ""),
        ("/ban", ""),
        ("/ban Bob!*@*", ""),
        ("/mode #tea q", ""),
        ("/names", "[@Iris]"),
        ("/cycle", "Iris [~u@salon] has left #tea"),
        ("/topic", "Topic for #tea: Tea and talk"),
        ("/topic -delete", "Topic unset by Iris on #tea"),
    ] {
        irssi.types_until(typed, shown);
        irssi.is_clean();
    }
    bob.say("/join tea");
    irssi.shows("Bob [~u@salon] has joined #tea");
    for (typed, shown) in [
        ("/op Bob", "mode/#tea [+o Bob] by Iris"),
        ("/deop Bob", "mode/#tea [-o Bob] by Iris"),
        ("/mode #tea +q Bob", "mode/#tea [+q Bob!*@*] by Iris"),
        ("/mode #tea -q Bob", "mode/#tea [-q Bob!*@*] by Iris"),
        ("/kick Bob bye", "Bob was kicked from #tea by Iris [bye]"),
    ] {
        irssi.types_until(typed, shown);
        irssi.is_clean();
    }
    irssi.types("/part");
    irssi.types_until("/window 1", "Channels have no bans here");
    irssi.is_clean();
}

#[test]
fn weechat_shows_no_error_in_an_evening() {
    let (salon, mut bob) = evening();
    let Some(mut weechat) = Client::weechat(salon.port, "Wanda") else { return };
    bob.until("User Wanda has joined the chat!\n");
    weechat.types("/buffer s");
    for (typed, shown) in ASKED_OF_THE_SERVER {
        weechat.types_until(typed, shown);
        weechat.is_clean();
    }
    for (typed, shown) in [
        ("/list", "#hall(0)"),
        ("/mode Wanda", "User mode for Wanda is [+i]"),
        ("/setname Wanda West", "Your real name has been set to \"Wanda West\""),
        ("/whois Wanda", "(~u@salon): Wanda West"),
        ("/ctcp Bob VERSION", "CTCP VERSION is not passed on to Bob."),
        ("/notify add Bob", "notify: Bob (~u@salon) is connected"),
        ("/msg Nobody hi", "Nobody: No such nick"),
        ("/cap ls", "client capability, server supports:"),
    ] {
        weechat.types_until(typed, shown);
        weechat.is_clean();
    }
    weechat.types("/notice Bob noted");
    bob.until("[Wanda to you] noted (notice)\n");
    weechat.types("/join #tea");
    weechat.shows("Channel #tea: 1 nick (1 op");
    for (typed, shown) in [
        ("/topic Tea and talk", "has changed topic for #tea to \"Tea and talk\""),
        ("/mode", "Mode #tea [+nt]"),
        ("/mode +i", "Mode #tea [+is] by Wanda"),
        ("/mode -i", "Mode #tea [-is] by Wanda"),
        ("/ban", "End of channel ban list"),
        ("/quiet", "End of channel quiet list"),
        ("/names", "Nicks #tea: [@Wanda]"),
        ("/cycle", "has left #tea"),
        ("/topic -delete", "has unset topic for #tea"),
    ] {
        weechat.types_until(typed, shown);
        weechat.is_clean();
    }
    bob.say("/join tea");
    weechat.shows("Bob (Bob) (~u@salon) has joined #tea");
    for (typed, shown) in [
        ("/op Bob", "Mode #tea [+o Bob] by Wanda"),
        ("/deop Bob", "Mode #tea [-o Bob] by Wanda"),
        ("/mode +q Bob", "Mode #tea [+q Bob!*@*] by Wanda"),
        ("/unquiet Bob!*@*", "Mode #tea [-q Bob!*@*] by Wanda"),
        ("/me waves", "Wanda waves"),
        ("/kick Bob bye", "has kicked Bob (bye)"),
        ("/invite Bob", ""),
        ("/buffer s", "Wanda has invited Bob to #tea"),
    ] {
        weechat.types_until(typed, shown);
        weechat.is_clean();
    }
}
