//! One-word commands of other protocols. A password may follow them.
//!
//! Matched in the case in which programs write them, `PING` or `stats`: in another case they are valid names. Words
//! that no program sends alone as its first line, such as `GET` and `POST`, are valid names too.

/// Written in capitals.
const CAPITALS: &[&str] = &[
    // Mail, news and files (RFC 5321, 1939, 9051, 3977, 959, 5804), DICT (RFC 2229) and NUT.
    "ABOR",
    "AUTH",
    "CAPA",
    "CAPABILITIES",
    "CAPABILITY",
    "CDUP",
    "DATA",
    "DATE",
    "EHLO",
    "EPSV",
    "FEAT",
    "HELO",
    "HELP",
    "LHLO",
    "LIST",
    "LOGIN",
    "LOGOUT",
    "NETVER",
    "NOOP",
    "PASS",
    "PASV",
    "PWD",
    "QUIT",
    "REIN",
    "RSET",
    "SLAVE",
    "STARTTLS",
    "STAT",
    "STATUS",
    "STLS",
    "SYST",
    "TURN",
    "UIDL",
    "USER",
    "VER",
    "VRFY",
    "XCLIENT",
    // IRC (RFC 2812).
    "CAP",
    "LUSERS",
    "MOTD",
    "NICK",
    "PING",
    "PONG",
    // STOMP 1.2.
    "CONNECT",
    "DISCONNECT",
    "SEND",
    "STOMP",
    "SUBSCRIBE",
    // Redis and NATS.
    "BGSAVE",
    "COMMAND",
    "DBSIZE",
    "DISCARD",
    "EXEC",
    "FLUSHALL",
    "FLUSHDB",
    "HELLO",
    "INFO",
    "LASTSAVE",
    "MONITOR",
    "MULTI",
    "PSYNC",
    "RESET",
    "ROLE",
    "SHUTDOWN",
    "SYNC",
    // clamd, each also behind an `n` or a `z`.
    "ALLMATCHSCAN",
    "IDSESSION",
    "INSTREAM",
    "RELOAD",
    "STATS",
    "VERSION",
    "VERSIONCOMMANDS",
];

/// Written otherwise.
const OTHERS: &[&str] = &[
    // memcached and beanstalkd.
    "flush_all",
    "list-tube-used",
    "list-tubes",
    "list-tubes-watched",
    "mn",
    "peek-buried",
    "peek-delayed",
    "peek-ready",
    "quit",
    "reserve",
    "shutdown",
    "stats",
    "verbosity",
    "version",
    // ZooKeeper's four-letter words.
    "conf",
    "cons",
    "crst",
    "dirs",
    "dump",
    "envi",
    "gtmk",
    "isro",
    "mntr",
    "ruok",
    "srst",
    "srvr",
    "stat",
    "stmk",
    "wchc",
    "wchp",
    "wchs",
    // MPD, Gearman and the management of OpenVPN.
    "clearerror",
    "command_list_begin",
    "command_list_ok_begin",
    "commands",
    "currentsong",
    "load-stats",
    "maxqueue",
    "noidle",
    "notcommands",
    "ping",
    "state",
    "status",
    "workers",
    // A load balancer's health check.
    "HAProxy",
];

/// Whether a word is such a command.
pub(super) fn is_command(word: &str) -> bool {
    let bare = word.strip_prefix(['n', 'z']).unwrap_or(word);
    CAPITALS.contains(&word) || OTHERS.contains(&word) || CAPITALS.contains(&bare)
}

#[cfg(test)]
mod tests {
    use super::is_command;

    #[test]
    fn commands_of_other_protocols_are_case_sensitive() {
        for word in [
            "PING", "nPING", "zVERSION", "CAPA", "STLS", "ruok", "stats", "version", "status", "HAProxy",
            "STOMP",
        ] {
            assert!(is_command(word), "{word}");
        }
        for name in [
            "Ping", "Info", "info", "Status", "Version", "Stats", "GET", "POST", "Set", "Quit", "Ann",
            "Nick", "nAnn", "",
        ] {
            assert!(!is_command(name), "{name}");
        }
    }
}
