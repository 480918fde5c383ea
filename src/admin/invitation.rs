//! How people join this server: what the operator passes on.

use std::net::IpAddr;

/// Where the server is reached, and how.
#[derive(Clone, Debug, Default)]
pub struct Invitation {
    /// The port for all clients.
    pub port: u16,
    /// Whether browsers are served.
    pub web: bool,
    /// What this machine itself connects to: `localhost`, or an address.
    pub here: String,
    /// The addresses by which other machines reach it, best first.
    pub elsewhere: Vec<IpAddr>,
}

impl Invitation {
    /// What others open in a browser: the best address.
    pub(super) fn url(&self) -> Option<String> {
        self.elsewhere.first().filter(|_| self.web).map(|ip| self.url_of(&ip.to_string()))
    }

    /// All ways, for people. `hint` stands behind the first heading.
    pub(super) fn lines(&self, hint: &str) -> Vec<String> {
        let indented = |ways: Vec<String>| ways.into_iter().map(|way| format!("  {way}"));
        let ways = self.ways_from_elsewhere();
        let mut lines = vec![match ways.len() {
            0 => "Other machines cannot join.".into(),
            _ => format!("Join from another machine{hint}:"),
        }];
        lines.extend(indented(ways));
        lines.push("Join from this machine:".into());
        lines.extend(indented(self.ways_from_here()));
        lines
    }

    /// What to open or type on another machine: a way in each. Empty if no other machine reaches the server.
    pub(super) fn ways_from_elsewhere(&self) -> Vec<String> {
        let hosts: Vec<String> = self.elsewhere.iter().map(IpAddr::to_string).collect();
        let urls = hosts.iter().filter(|_| self.web).map(|host| self.url_of(host));
        // One line shows how it is typed; without browsers the addresses are nowhere else.
        let netcats = hosts.iter().take(if self.web { 1 } else { hosts.len() });
        urls.chain(netcats.map(|host| self.netcat(host))).collect()
    }

    /// What to open or type on this machine.
    pub(super) fn ways_from_here(&self) -> Vec<String> {
        // A browser knows no zones.
        let url = (self.web && !self.here.contains('%')).then(|| self.url_of(&self.here));
        url.into_iter().chain([self.netcat(&self.here)]).collect()
    }

    fn url_of(&self, host: &str) -> String {
        let port = self.port;
        if host.contains(':') { format!("http://[{host}]:{port}") } else { format!("http://{host}:{port}") }
    }

    fn netcat(&self, host: &str) -> String {
        format!("nc {host} {}", self.port)
    }
}
