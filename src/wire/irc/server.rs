//! What IRC clients are told of the server: its name, what it can do, and the message of the day.

use bytes::BytesMut;

use crate::base::limits::{
    AWAY_BYTES, IRC_MESSAGE_TARGETS, IRC_REAL_NAME_BYTES, IRC_SENT_BYTES, IRC_TARGETS, MONITORED_NAMES,
    NAME_CHARS, PROGRAM_HISTORY_MAX, ROOMS_PER_IRC_CLIENT, TOPIC_BYTES,
};
use crate::wire::irc::message::put;
use crate::wire::irc::shared::HOST;
use crate::wire::irc::text::{groups, joined};

/// The version of the server.
pub(super) const VERSION: &str = concat!("Salon-", env!("CARGO_PKG_VERSION"));

/// How many entries of ISUPPORT a line has (`modern.ircdocs.horse`, 005).
const SUPPORT_PER_LINE: usize = 13;

/// What an operator tells IRC clients of the server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IrcServer {
    /// The name of the server: a host name.
    pub name: String,
    /// The name of the network.
    pub network: String,
    /// The message of the day, in lines. Empty: there is none.
    pub motd: Vec<String>,
    /// Clients join the first room as they come.
    pub joins_first: bool,
}

impl Default for IrcServer {
    fn default() -> IrcServer {
        IrcServer { name: "salon".into(), network: "Salon".into(), motd: Vec::new(), joins_first: false }
    }
}

impl IrcServer {
    /// The names under which the server itself speaks. No member may have them.
    pub fn own_names(&self) -> [&str; 2] {
        [&self.name, HOST]
    }
}

/// Numerics to one client.
pub(super) struct Numerics<'a> {
    pub(super) server: &'a IrcServer,
    pub(super) nick: &'a str,
    pub(super) out: &'a mut BytesMut,
}

impl Numerics<'_> {
    /// Appends a numeric.
    pub(super) fn put(&mut self, number: &str, middle: &[&str], last: Option<&str>) {
        let middle = [&[self.nick], middle].concat();
        put(self.out, "", &self.server.name, number, &middle, last);
    }

    /// Appends numerics with a list as the last parameter, as many as it takes; none if it is empty.
    pub(super) fn put_list<T: AsRef<str>>(
        &mut self,
        number: &str,
        middle: &[&str],
        entries: &[T],
        between: &str,
    ) {
        for group in groups(entries, self.overhead(number, middle) + " :".len()) {
            self.put(number, middle, Some(&joined(group, between)));
        }
    }

    /// How many bytes of a line a numeric takes with these parameters.
    pub(super) fn overhead(&self, number: &str, middle: &[&str]) -> usize {
        let params: usize = middle.iter().map(|param| 1 + param.len()).sum();
        ":".len() + self.server.name.len() + 1 + number.len() + 1 + self.nick.len() + params
    }

    /// The first lines to a client with a name.
    pub(super) fn welcome(&mut self) {
        let IrcServer { name, network, .. } = self.server;
        self.put("001", &[], Some(&format!("Welcome to {network}, {}", self.nick)));
        self.put("002", &[], Some(&format!("Your host is {name}, running {VERSION}")));
        self.put("003", &[], Some("Browsers, netcat and telnet join the same rooms on the same port"));
        self.put("004", &[name, VERSION, "Bio", "inoqst", "oq"], None);
        self.support();
        self.motd();
    }

    /// What the server can do (005).
    pub(super) fn support(&mut self) {
        const LAST: &str = "are supported by this server";
        let all = support(&self.server.network);
        let overhead = self.overhead("005", &[]) + " ".len() + " :".len() + LAST.len();
        for some in all.chunks(SUPPORT_PER_LINE).flat_map(|some| groups(some, overhead)) {
            let some: Vec<&str> = some.iter().map(String::as_str).collect();
            self.put("005", &some, Some(LAST));
        }
    }

    /// The message of the day.
    pub(super) fn motd(&mut self) {
        let IrcServer { name, motd, .. } = self.server;
        if motd.is_empty() {
            return self.put("422", &[], Some("There is no message of the day"));
        }
        self.put("375", &[], Some(&format!("- {name} Message of the day -")));
        for line in motd {
            self.put("372", &[], Some(&format!("- {line}")));
        }
        self.put("376", &[], Some("End of /MOTD command"));
    }
}

/// The entries of ISUPPORT. Each says what is so.
fn support(network: &str) -> Vec<String> {
    let network: String =
        network.chars().map(|c| if c == ' ' { "\\x20".into() } else { c.to_string() }).collect();
    let messages = IRC_MESSAGE_TARGETS;
    let lists = format!(
        "TARGMAX=JOIN:{IRC_TARGETS},PART:{IRC_TARGETS},NAMES:{IRC_TARGETS},KICK:{messages},WHOIS:{messages},PRIVMSG:{messages},NOTICE:{messages}"
    );
    [
        format!("AWAYLEN={AWAY_BYTES}"),
        "BOT=B".into(),
        // Names of other alphabets are compared as their own rules say.
        "CASEMAPPING=ascii".into(),
        format!("CHATHISTORY={PROGRAM_HISTORY_MAX}"),
        format!("CHANLIMIT=#:{ROOMS_PER_IRC_CLIENT}"),
        "CHANMODES=q,,,inst".into(),
        format!("CHANNELLEN={}", NAME_CHARS + 1),
        "CHANTYPES=#".into(),
        "CLIENTTAGDENY=*,-typing".into(),
        "ELIST=MNU".into(),
        format!("LINELEN={IRC_SENT_BYTES}"),
        "MODES=4".into(),
        format!("MONITOR={MONITORED_NAMES}"),
        "MSGREFTYPES=msgid,timestamp".into(),
        format!("NAMELEN={IRC_REAL_NAME_BYTES}"),
        format!("NETWORK={network}"),
        format!("NICKLEN={NAME_CHARS}"),
        "PREFIX=(o)@".into(),
        "SAFELIST".into(),
        "SAFERATE".into(),
        lists,
        format!("TOPICLEN={TOPIC_BYTES}"),
        "UTF8MAPPING=rfc8265".into(),
        "UTF8ONLY".into(),
        "WHOX".into(),
    ]
    .into()
}
