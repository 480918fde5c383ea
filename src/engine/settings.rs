//! Where the engine is, and how a node proves who it is.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use super::log_settings::LogSettings;
use crate::base::limits::{ENGINE_CREDENTIALS_BYTES, ENGINE_SERVERS, NODE_NAME_CHARS};

/// The port of a server of the engine, if its address names none: the one that NATS has by default.
const ENGINE_PORT: u16 = 4222;

/// The settings of a node's connection to the engine.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The servers of the engine, of which one is used at a time.
    pub servers: Vec<ServerAddress>,
    /// The name of this node.
    pub node: NodeName,
    /// How this node proves who it is.
    pub credentials: Credentials,
    /// Certificates of authorities in a PEM file, which the servers' certificates are checked against; `None`: those that the
    /// system trusts.
    pub authorities: Option<PathBuf>,
    /// The log in the engine.
    pub log: LogSettings,
    /// A random number that no other start of this node has.
    pub nonce: u64,
}

/// The name of a node: a token of the engine's subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeName(String);

impl NodeName {
    /// Checks a name. An error is a sentence that says what is allowed.
    pub fn parse(text: &str) -> Result<NodeName, String> {
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if (1..=NODE_NAME_CHARS).contains(&text.len()) && text.chars().all(is_part) {
            Ok(NodeName(text.to_owned()))
        } else {
            Err(format!(
                "the name of a node has up to {NODE_NAME_CHARS} letters of the English alphabet, digits, - and _, as in node-1"
            ))
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The address of a server of the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerAddress {
    /// Whether the connection begins with TLS demanded: `tls://`.
    pub tls: bool,
    /// The name or address of the machine.
    pub host: String,
    /// The port.
    pub port: u16,
}

impl ServerAddress {
    /// Reads `nats://HOST:PORT`, `tls://HOST:PORT` or `HOST:PORT`; the port may be left out. An error is a part of a sentence.
    pub fn parse(text: &str) -> Result<ServerAddress, String> {
        let (tls, rest) = match text.split_once("://") {
            None => (false, text),
            Some(("nats", rest)) => (false, rest),
            Some(("tls", rest)) => (true, rest),
            Some((scheme, _)) => {
                return Err(format!("{scheme}:// is not known: it is nats://HOST or tls://HOST"));
            }
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains('@') {
            return Err(
                "a password in the address is not used: name a file with --cluster-nkey or --cluster-creds"
                    .into(),
            );
        }
        // An address of IPv6 stands in brackets, as in other URLs.
        let (host, port) = match rest.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => {
                let number = port.parse().ok().filter(|port| *port != 0);
                (host, number.ok_or_else(|| format!("{port:?} is no port"))?)
            }
            _ => (rest, ENGINE_PORT),
        };
        let host = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ':' | '%');
        if host.is_empty() || !host.chars().all(is_part) {
            return Err(format!("{text:?} is no address: it is nats://HOST or nats://HOST:PORT"));
        }
        Ok(ServerAddress { tls, host: host.to_owned(), port })
    }

    /// Reads several, separated by commas.
    pub fn parse_list(text: &str) -> Result<Vec<ServerAddress>, String> {
        let servers: Vec<_> =
            text.split(',').map(|one| ServerAddress::parse(one.trim())).collect::<Result<_, _>>()?;
        if servers.len() > ENGINE_SERVERS {
            return Err(format!(
                "there are {} addresses, and at most {ENGINE_SERVERS} are possible",
                servers.len()
            ));
        }
        Ok(servers)
    }
}

impl fmt::Display for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "tls" } else { "nats" };
        if self.host.contains(':') {
            write!(f, "{scheme}://[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{scheme}://{}:{}", self.host, self.port)
        }
    }
}

/// How a node proves who it is.
#[derive(Clone)]
pub enum Credentials {
    /// Not at all: for an engine that only this machine or a trusted network reaches.
    None,
    /// The seed of an nkey: a line that begins with `SU`.
    Nkey(String),
    /// The text of a `.creds` file: a token and a seed.
    Creds(String),
}

impl Credentials {
    /// Reads the seed of an nkey from a file that only its owner may read. An error is a sentence.
    pub fn read_nkey(path: &Path) -> Result<Credentials, String> {
        let text = read_private(path)?;
        let is_seed = |line: &&str| line.starts_with("SU") && line.bytes().all(|b| b.is_ascii_alphanumeric());
        let seed = text.lines().map(str::trim).find(is_seed).ok_or_else(|| {
            let shown = path.display();
            format!("{shown} holds no seed of a user's nkey: that is a line that begins with SU (nk -gen user makes one).")
        })?;
        Ok(Credentials::Nkey(seed.to_owned()))
    }

    /// Reads a `.creds` file that only its owner may read. An error is a sentence.
    pub fn read_creds(path: &Path) -> Result<Credentials, String> {
        let text = read_private(path)?;
        if text.contains("BEGIN NATS USER JWT") && text.contains("BEGIN USER NKEY SEED") {
            Ok(Credentials::Creds(text))
        } else {
            Err(format!(
                "{} is no .creds file of NATS, with a token and a seed (nsc generate creds).",
                path.display()
            ))
        }
    }
}

impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The secret is not shown.
        f.write_str(match self {
            Credentials::None => "None",
            Credentials::Nkey(_) => "Nkey",
            Credentials::Creds(_) => "Creds",
        })
    }
}

/// Reads a file with a secret, which nobody but its owner may read.
fn read_private(path: &Path) -> Result<String, String> {
    let shown = path.display();
    let fault = |why: std::io::Error| format!("The key {shown} cannot be read: {why}.");
    let file = File::open(path).map_err(fault)?;
    let metadata = file.metadata().map_err(fault)?;
    if !metadata.is_file() {
        return Err(format!("The key {shown} is not a file."));
    }
    if metadata.mode() & 0o077 != 0 {
        return Err(format!("Others may read the key {shown}. Type chmod 600 {shown}, and start again."));
    }
    let mut text = String::new();
    file.take(ENGINE_CREDENTIALS_BYTES).read_to_string(&mut text).map_err(fault)?;
    Ok(text)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn addresses() {
        let parsed = |text| ServerAddress::parse(text).map(|address| address.to_string());
        for (text, shown) in [
            ("nats://a.example:4333", "nats://a.example:4333"),
            ("tls://a.example", "tls://a.example:4222"),
            ("10.0.0.1", "nats://10.0.0.1:4222"),
            ("localhost:5000/", "nats://localhost:5000"),
            ("nats://[::1]:4000", "nats://[::1]:4000"),
            ("nats://[::1]", "nats://[::1]:4222"),
        ] {
            assert_eq!(parsed(text).as_deref(), Ok(shown));
        }
        for text in
            ["", "http://a", "nats://", "a:0", "a:70000", "a:b", "nats://user:pass@a", "a b", "nats://a/b"]
        {
            assert!(parsed(text).is_err(), "{text}");
        }
        assert_eq!(ServerAddress::parse_list("a, b,tls://c").unwrap().len(), 3);
        assert!(ServerAddress::parse_list("a,,b").is_err());
        assert!(ServerAddress::parse_list(&["a"; ENGINE_SERVERS + 1].join(",")).is_err());
    }

    #[test]
    fn names_are_tokens_of_a_subject() {
        assert_eq!(NodeName::parse("node-1").unwrap().as_str(), "node-1");
        for text in ["", "a.b", "*", ">", "a b", "é", &"a".repeat(NODE_NAME_CHARS + 1)] {
            assert!(NodeName::parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_that_others_may_read_is_refused() {
        let path = std::env::temp_dir().join(format!("salon-nkey-{}", std::process::id()));
        std::fs::write(&path, "# a comment\nSUAEXAMPLE234\n").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert!(Credentials::read_nkey(&path).unwrap_err().contains("chmod 600"));
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        let Credentials::Nkey(seed) = Credentials::read_nkey(&path).unwrap() else { panic!("no nkey") };
        assert_eq!(seed, "SUAEXAMPLE234");
        assert!(Credentials::read_creds(&path).unwrap_err().contains("no .creds file"));
        assert!(!format!("{:?}", Credentials::Nkey(seed)).contains("SUA"), "secrets are not shown");
        std::fs::remove_file(&path).unwrap();
        assert!(Credentials::read_nkey(&path).unwrap_err().contains("cannot be read"));
    }
}
