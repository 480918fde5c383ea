//! Where `salon join` goes, and under which name.

use crate::base::name::Name;
use crate::cli::Join;
use crate::cli::join_config::JoinConfig;
use crate::client::Address;

/// The name of a user whose name is not known.
const UNKNOWN_USER: &str = "Chat_User";

impl Join {
    /// The server, and the name to be known by: as the options say, else as the configuration says, else the user's name on
    /// this machine. A host may be the name of a server in the configuration.
    pub fn destination(&self, config: &JoinConfig) -> (Address, String) {
        let said = self.place.as_ref();
        let host = said.map(|place| place.host.as_str()).or(self.dest.as_deref());
        let known = config.server(host);
        let address = known.map(|place| place.host.as_str()).or(host).unwrap_or("localhost");
        let names = [
            self.username.as_deref(),
            said.and_then(|place| place.name.as_deref()),
            known.and_then(|place| place.name.as_deref()),
            config.name(),
        ];
        let name = names.into_iter().flatten().next().map_or_else(user, str::to_owned);
        (Address::new(address, self.port), name)
    }
}

/// The user's name on this machine, if it can be a name in a chat.
fn user() -> String {
    let variables = ["USER", "LOGNAME"].into_iter().filter_map(|variable| std::env::var(variable).ok());
    variables.into_iter().find(|name| Name::parse(name).is_ok()).unwrap_or_else(|| UNKNOWN_USER.to_owned())
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[test]
    fn what_is_typed_counts_before_what_is_configured() {
        let config = JoinConfig::parse(
            "name = 'Ann'\n[servers]\ndefault = 'home.example'\nwork = 'Anna@work.example:99'",
        )
        .unwrap();
        for (words, address, name) in [
            (&[][..], "home.example:2020", "Ann"),
            (&["work"], "work.example:99", "Anna"),
            (&["Bob@work"], "work.example:99", "Bob"),
            (&["Bob@work", "-u", "Carl"], "work.example:99", "Carl"),
            (&["-d", "work"], "work.example:99", "Anna"),
            (&["-p", "7", "other.example"], "other.example:7", "Ann"),
        ] {
            let options = Join::parse_from([&["join"], words].concat());
            let (found, known) = options.destination(&config);
            assert_eq!((found.to_string().as_str(), known.as_str()), (address, name), "{words:?}");
        }
    }
}
