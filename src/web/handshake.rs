//! The server's side of the WebSocket handshake (RFC 6455, section 4.2).

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use sha1::{Digest, Sha1};

use crate::web::allowed_hosts;
use crate::web::head::{Head, Method};
use crate::web::response::{Response, Status};

/// What the messages of a WebSocket are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Subprotocol {
    /// JSON objects.
    #[default]
    Json,
    /// Lines of IRC, each a text message (`ircv3.net/specs/extensions/websocket`).
    IrcText,
    /// Lines of IRC, each a binary message.
    IrcBinary,
}

/// A handshake that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Accepted {
    /// The response.
    pub begin: Bytes,
    /// What is spoken.
    pub subprotocol: Subprotocol,
}

/// The names of the subprotocols, the preferred one first.
const SUBPROTOCOLS: [(&str, Subprotocol); 3] = [
    ("salon.v1", Subprotocol::Json),
    ("text.ircv3.net", Subprotocol::IrcText),
    ("binary.ircv3.net", Subprotocol::IrcBinary),
];

/// The GUID that is hashed with the key (RFC 6455, section 1.3).
const SALT: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// The length of a decoded key.
const KEY_BYTES: usize = 16;

/// Accepts or refuses a handshake; returns the response's head. A browser sends the page's origin, which must be this
/// server's. A program sends no origin, and may omit the subprotocol.
pub(super) fn accept(head: &Head, speaks_irc: bool) -> Result<Accepted, Response> {
    let Some(upgrade) = head.upgrade.as_ref().filter(|upgrade| upgrade.is_websocket) else {
        return Err(upgrade_required("This path is for WebSockets only."));
    };
    if head.method != Method::Get {
        return Err(Response::refusal(Status::BadRequest, "A WebSocket handshake must use GET."));
    }
    if upgrade.version != "13" {
        return Err(upgrade_required("Only WebSocket version 13 is supported."));
    }
    if BASE64_STANDARD.decode(&upgrade.key).map_or(0, |key| key.len()) != KEY_BYTES {
        return Err(Response::refusal(Status::BadRequest, "Sec-WebSocket-Key must be 16 bytes in base64."));
    }
    if head.origin.as_ref().is_some_and(|origin| !allowed_hosts::is_own(origin, &head.host)) {
        return Err(Response::refusal(
            Status::Forbidden,
            "Only this server's own page may open a WebSocket here.",
        ));
    }
    let spoken = &SUBPROTOCOLS[..if speaks_irc { SUBPROTOCOLS.len() } else { 1 }];
    let chosen = spoken.iter().find(|(name, _)| upgrade.protocols.iter().any(|protocol| protocol == name));
    if chosen.is_none() && !upgrade.protocols.is_empty() {
        let names: Vec<&str> = spoken.iter().map(|(name, _)| *name).collect();
        let sentence = format!("The WebSocket subprotocol must be one of these: {}.", names.join(", "));
        return Err(Response::refusal(Status::BadRequest, &sentence));
    }
    let protocol = chosen.map(|(name, _)| format!("Sec-WebSocket-Protocol: {name}\r\n")).unwrap_or_default();
    let subprotocol = chosen.map(|(_, subprotocol)| *subprotocol).unwrap_or_default();
    let begin = format!(
        "HTTP/1.1 {}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n{protocol}\r\n",
        Status::SwitchingProtocols.line(),
        accept_key(&upgrade.key)
    );
    Ok(Accepted { begin: begin.into(), subprotocol })
}

fn upgrade_required(sentence: &str) -> Response {
    let fields = "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n";
    Response::sentence(Status::UpgradeRequired, sentence, fields, true)
}

/// The value of `Sec-WebSocket-Accept` for this key.
fn accept_key(key: &str) -> String {
    BASE64_STANDARD.encode(Sha1::new().chain_update(key).chain_update(SALT).finalize())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::web::head::{Parsed, parse};

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    fn response(fields: &str) -> Result<String, String> {
        let text = format!("GET /ws HTTP/1.1\r\nHost: hall:2020\r\n{fields}\r\n");
        let Parsed::Complete(head, _) = parse(text.as_bytes()) else { panic!("{text}") };
        let text = |bytes: &Bytes| String::from_utf8_lossy(bytes).into_owned();
        accept(&head, true)
            .map(|accepted| text(&accepted.begin))
            .map_err(|response| text(&response.head)[9..12].to_owned())
    }

    fn fields(without: &str, with: &str) -> String {
        let usual = [
            "Connection: Upgrade".to_owned(),
            "Upgrade: websocket".to_owned(),
            format!("Sec-WebSocket-Key: {KEY}"),
            "Sec-WebSocket-Version: 13".to_owned(),
            "Sec-WebSocket-Protocol: salon.v1".to_owned(),
        ];
        let kept = usual.iter().filter(|line| without.is_empty() || !line.starts_with(without));
        kept.map(|line| format!("{line}\r\n")).chain([with.to_owned()]).collect()
    }

    #[test]
    fn the_example_of_the_standard() {
        let head = response(&fields("", "Origin: http://hall:2020\r\n")).unwrap();
        assert!(head.contains("\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"), "{head}");
        assert!(
            head.contains("\r\nSec-WebSocket-Protocol: salon.v1\r\n") && head.ends_with("\r\n\r\n"),
            "{head}"
        );
        let head = response(&fields("Sec-WebSocket-Protocol", "")).unwrap();
        assert!(!head.contains("Sec-WebSocket-Protocol"), "a program need not name it: {head}");
    }

    #[test]
    fn a_client_chooses_what_is_spoken() {
        for (sent, name, spoken) in [
            ("text.ircv3.net", "text.ircv3.net", Subprotocol::IrcText),
            ("binary.ircv3.net", "binary.ircv3.net", Subprotocol::IrcBinary),
            ("binary.ircv3.net, text.ircv3.net", "text.ircv3.net", Subprotocol::IrcText),
            ("chat, salon.v1", "salon.v1", Subprotocol::Json),
        ] {
            let fields = fields("Sec-WebSocket-Protocol", &format!("Sec-WebSocket-Protocol: {sent}\r\n"));
            let text = format!("GET /ws HTTP/1.1\r\nHost: hall:2020\r\n{fields}\r\n");
            let Parsed::Complete(head, _) = parse(text.as_bytes()) else { panic!("{text}") };
            let accepted = accept(&head, true).unwrap();
            let begin = String::from_utf8_lossy(&accepted.begin).into_owned();
            assert!(begin.contains(&format!("Sec-WebSocket-Protocol: {name}\r\n")), "{begin}");
            assert_eq!(accepted.subprotocol, spoken);
            assert_eq!(accept(&head, false).is_ok(), spoken == Subprotocol::Json, "IRC may be off");
        }
    }

    #[test]
    fn refusals_have_a_status() {
        for (without, with, status) in [
            ("Connection", "", "426"),
            ("Upgrade", "", "426"),
            ("Upgrade", "Upgrade: h2c\r\n", "426"),
            ("Sec-WebSocket-Version", "", "426"),
            ("Sec-WebSocket-Version", "Sec-WebSocket-Version: 8\r\n", "426"),
            ("Sec-WebSocket-Key", "", "400"),
            ("Sec-WebSocket-Key", "Sec-WebSocket-Key: short\r\n", "400"),
            ("Sec-WebSocket-Protocol", "Sec-WebSocket-Protocol: chat\r\n", "400"),
            ("", "Origin: http://evil.example\r\n", "403"),
            ("", "Origin: null\r\n", "403"),
            ("", "Origin: http://hall\r\n", "403"),
        ] {
            assert_eq!(response(&fields(without, with)).unwrap_err(), status, "-{without} +{with}");
        }
    }
}
