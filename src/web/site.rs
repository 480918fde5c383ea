//! The resources: the web page and its files, the manual, and the server's health. They are built once, at the start.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::Write as _;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use log::warn;
use minifier::{css, js};
use sha1::{Digest, Sha1};

use crate::manual::CHAPTERS;
use crate::web::allowed_hosts::{AllowedHosts, is_loopback};
use crate::web::handshake::Accepted;
use crate::web::head::{Head, Method};
use crate::web::response::{Response, Status};
use crate::web::{handshake, manual_pages};

/// The page. `{{v}}` stands for the version in the paths of its files.
const PAGE: &[u8] = include_bytes!("page/index.html");

/// A file of the page.
macro_rules! file {
    ($name:literal) => {
        ($name, include_bytes!(concat!("page/", $name)))
    };
}

/// The files of the page and of the manual, by their names.
static FILES: &[(&str, &[u8])] = &[
    ("manual.css", include_bytes!("manual.css")),
    file!("completion.js"),
    file!("connection.js"),
    file!("dom.js"),
    file!("emoji.js"),
    file!("icon-unread.svg"),
    file!("icon.svg"),
    file!("icon.png"),
    file!("links.js"),
    file!("listbox.js"),
    file!("main.js"),
    file!("notify.js"),
    file!("outbox.js"),
    file!("private.js"),
    file!("salon.webmanifest"),
    file!("session.js"),
    file!("storage.js"),
    file!("store.js"),
    file!("style.css"),
    file!("view-composer.js"),
    file!("view-finder.js"),
    file!("view-gate.js"),
    file!("view-lists.js"),
    file!("view-log.js"),
    file!("view-menu.js"),
    file!("view-message.js"),
];

/// The length of a version in hexadecimal digits of a hash.
const VERSION_DIGITS: usize = 12;

/// `Cache-Control` of pages, which are revalidated each time.
const FRESH: &str = "no-cache";
/// `Cache-Control` of files, whose paths contain a version.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// Other sites get no hold of a window with a page. Browsers report this as an error where they do not trust the host: without
/// encryption, everywhere but on the server's own machine.
const OPENER: &str = "Cross-Origin-Opener-Policy: same-origin\r\n";

/// All resources.
#[derive(Debug)]
pub struct Site {
    hosts: AllowedHosts,
    pages: HashMap<String, Page>,
    refuses_irc: bool,
}

/// The reply to a request.
#[derive(Debug, PartialEq, Eq)]
pub enum Reply {
    /// A response.
    Response(Response),
    /// The response that begins a WebSocket.
    Upgrade(Accepted),
}

/// A resource.
#[derive(Debug)]
struct Page {
    /// Its header fields, as lines.
    fields: String,
    etag: String,
    body: Bytes,
    /// The compressed body, if it is shorter.
    gzip: Option<Bytes>,
}

impl Site {
    /// Builds the resources. Only requests for these hosts are answered.
    pub fn new(hosts: AllowedHosts) -> Site {
        let files: Vec<(&str, Bytes)> =
            FILES.iter().map(|(name, body)| (*name, served(name, body))).collect();
        let version = version(&files);
        let mut pages = HashMap::new();
        let place = format!("/v/{version}/");
        let page = String::from_utf8_lossy(PAGE).replace("{{v}}", &version);
        pages.insert("/".into(), Page::new("index.html", page.into(), FRESH));
        for (name, body) in files {
            if name == "icon.svg" {
                pages.insert("/favicon.ico".into(), Page::new(name, body.clone(), FRESH));
            }
            pages.insert(format!("{place}{name}"), Page::new(name, body, IMMUTABLE));
        }
        let style = format!("{place}manual.css");
        for address in ["/manual", "/manual/"] {
            let contents = manual_pages::contents(&style).into();
            pages.insert(address.into(), Page::new("contents.html", contents, FRESH));
        }
        for chapter in &CHAPTERS {
            let body = manual_pages::chapter(chapter, &style).into();
            pages.insert(format!("/manual/{}", chapter.topic), Page::new("chapter.html", body, FRESH));
        }
        Site { hosts, pages, refuses_irc: false }
    }

    /// No WebSocket speaks IRC.
    pub fn refuse_irc(&mut self) {
        self.refuses_irc = true;
    }

    /// The reply to a request. `health`: a sentence that says what is wrong with the server, if anything.
    pub fn reply(&self, head: &Head, health: Option<&str>) -> Reply {
        if !self.hosts.allows(&head.host) {
            let sentence = "This server does not know the name in your browser's address. Open it by its IP address, as in \
                            http://192.168.1.20:2020; or have its operator start it with --web-host and that name.";
            return Reply::Response(Response::refusal(Status::MisdirectedRequest, sentence));
        }
        let closes = !head.keeps_alive;
        let response = match head.path.as_str() {
            "/ws" => match handshake::accept(head, !self.refuses_irc) {
                Ok(begin) => return Reply::Upgrade(begin),
                Err(refused) => refused,
            },
            "/health" => match health {
                None => Response::sentence(Status::Ok, "ok", "", closes),
                Some(why) => Response::sentence(Status::ServiceUnavailable, why, "", closes),
            },
            path => match self.pages.get(path) {
                Some(page) => page.response(head, closes),
                None => Response::sentence(
                    Status::NotFound,
                    "There is nothing here. The chat is at /",
                    "",
                    closes,
                ),
            },
        };
        Reply::Response(if head.method == Method::Head { response.without_body() } else { response })
    }
}

impl Page {
    fn new(name: &str, body: Bytes, cache: &str) -> Page {
        let etag = format!("W/\"{}\"", digits(&Sha1::digest(&body)));
        let fields = format!(
            "Content-Type: {}\r\nCache-Control: {cache}\r\nETag: {etag}\r\nVary: Accept-Encoding\r\n",
            media_type(name)
        );
        let gzip = compressed(&body).filter(|gzip| gzip.len() < body.len());
        Page { fields, etag, body, gzip }
    }

    fn response(&self, head: &Head, closes: bool) -> Response {
        let matches = |etags: &str| etags.split(',').any(|etag| etag.trim() == self.etag);
        if head.if_none_match.as_deref().is_some_and(matches) {
            return Response::new(Status::NotModified, &self.fields, Bytes::new(), closes);
        }
        let mut fields = self.fields.clone();
        if is_loopback(&head.host) {
            fields.push_str(OPENER);
        }
        match &self.gzip {
            Some(gzip) if head.accepts_gzip => {
                fields.push_str("Content-Encoding: gzip\r\n");
                Response::new(Status::Ok, &fields, gzip.clone(), closes)
            }
            _ => Response::new(Status::Ok, &fields, self.body.clone(), closes),
        }
    }
}

/// A file as it is served: scripts and styles without comments and spaces, which are for their authors.
fn served(name: &str, body: &'static [u8]) -> Bytes {
    let text = String::from_utf8_lossy(body);
    match name.rsplit_once('.') {
        Some((_, "css")) => match css::minify(&text) {
            Ok(style) => style.to_string().into(),
            Err(why) => {
                warn!("{name} is served as it was written: {why}");
                Bytes::from_static(body)
            }
        },
        Some((_, "js")) => js::minify(&text).to_string().into(),
        _ => Bytes::from_static(body),
    }
}

/// The version in the paths of files: a hash of all files.
fn version(files: &[(&str, Bytes)]) -> String {
    let hash =
        files.iter().fold(Sha1::new(), |hash, (name, body)| hash.chain_update(name).chain_update(body));
    digits(&hash.finalize())
}

fn digits(hash: &[u8]) -> String {
    let mut digits = String::new();
    for byte in &hash[..VERSION_DIGITS / 2] {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

fn compressed(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).ok()?;
    encoder.finish().ok().map(Bytes::from)
}

fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("webmanifest") => "application/manifest+json",
        _ => "text/plain; charset=utf-8",
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::web::head::{Parsed, parse};

    /// The most bytes of the page and its files as they are served, before compression.
    const PAGE_BYTES: usize = 60_000;

    fn reply(request: &str) -> Response {
        reply_when(request, None)
    }

    fn reply_when(request: &str, health: Option<&str>) -> Response {
        let Parsed::Complete(head, _) = parse(request.as_bytes()) else { panic!("{request}") };
        match Site::new(AllowedHosts::default()).reply(&head, health) {
            Reply::Response(response) => response,
            Reply::Upgrade(_) => panic!("{request}"),
        }
    }

    fn get(path: &str, fields: &str) -> Response {
        reply(&format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n{fields}\r\n"))
    }

    fn field(response: &Response, name: &str) -> Option<String> {
        let head = String::from_utf8_lossy(&response.head).into_owned();
        let value = head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "));
        value.map(str::to_owned)
    }

    fn status(response: &Response) -> &str {
        std::str::from_utf8(&response.head[9..12]).unwrap()
    }

    #[test]
    fn the_page_refers_to_existing_immutable_files() {
        let page = get("/", "");
        assert_eq!((status(&page), field(&page, "Cache-Control").as_deref()), ("200", Some("no-cache")));
        let text = String::from_utf8_lossy(&page.body).into_owned();
        assert!(!text.contains("{{"), "{text}");
        let named: Vec<&str> = text.split('"').filter(|word| word.starts_with("/v/")).collect();
        assert!(!named.is_empty(), "{text}");
        for name in named {
            let file = get(name, "");
            assert_eq!(status(&file), "200", "{name}");
            assert!(field(&file, "Cache-Control").unwrap().contains("immutable"), "{name}");
        }
        assert_eq!(status(&get("/v/0/manual.css", "")), "404", "of another version");
        assert_eq!(status(&get("/../Cargo.toml", "")), "404");
    }

    #[test]
    fn every_file_is_served_and_none_turns_text_into_markup() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web/page");
        let mut served: Vec<String> = FILES.iter().map(|(name, _)| (*name).to_owned()).collect();
        served.extend(["index.html".to_owned()]);
        for entry in std::fs::read_dir(folder).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            assert!(served.contains(&name), "{name} is not served");
        }
        for (name, body) in FILES.iter().chain([&("index.html", PAGE)]) {
            let text = String::from_utf8_lossy(body).to_ascii_lowercase();
            for harmful in [
                "innerhtml",
                "outerhtml",
                "insertadjacenthtml",
                "document.write",
                "eval(",
                "style=\"",
                "http://",
            ] {
                let is_namespace = |text: &str| text.replace("http://www.w3.org/", "");
                assert!(!is_namespace(&text).contains(harmful), "{name}: {harmful}");
            }
        }
    }

    #[test]
    fn the_page_and_all_its_files_are_small() {
        let files = FILES.iter().filter(|(name, _)| *name != "manual.css");
        let sizes = files.map(|(name, body)| served(name, body).len());
        let sum: usize = sizes.chain([get("/", "").body.len()]).sum();
        println!("the page is {sum} bytes in {} files", FILES.len());
        assert!(sum <= PAGE_BYTES, "{sum} bytes");
    }

    #[test]
    fn gzip_etags_and_head_requests() {
        let (plain, gzip) = (get("/manual/join", ""), get("/manual/join", "Accept-Encoding: gzip\r\n"));
        assert_eq!(field(&gzip, "Content-Encoding").as_deref(), Some("gzip"));
        let mut text = Vec::new();
        flate2::read::GzDecoder::new(&gzip.body[..]).read_to_end(&mut text).unwrap();
        assert_eq!(text, plain.body);
        let tag = field(&plain, "ETag").unwrap();
        let again = get("/manual/join", &format!("If-None-Match: \"x\", {tag}\r\n"));
        assert_eq!((status(&again), again.body.len(), field(&again, "Content-Length")), ("304", 0, None));
        let head = reply("HEAD /manual/join HTTP/1.1\r\nHost: localhost\r\n\r\n");
        assert_eq!((&head.head, head.body.len()), (&plain.head, 0));
    }

    #[test]
    fn each_chapter_of_the_manual_is_a_page() {
        let contents = String::from_utf8_lossy(&get("/manual/", "").body).into_owned();
        for chapter in &CHAPTERS {
            let address = format!("/manual/{}", chapter.topic);
            assert!(contents.contains(&format!("\"{address}\"")), "{address}");
            let page = String::from_utf8_lossy(&get(&address, "").body).into_owned();
            assert!(page.contains("<h1>") && !page.contains("<script"), "{address}");
        }
    }

    #[test]
    fn other_hosts_are_refused_and_every_response_has_security_headers() {
        let refused = reply("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
        assert!(status(&refused) == "421" && refused.closes);
        for response in [refused, get("/", ""), get("/x", ""), get("/health", ""), get("/ws", "")] {
            let policy = field(&response, "Content-Security-Policy").unwrap();
            assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
            assert!(
                policy.contains("frame-ancestors 'none'") && policy.contains("require-trusted-types-for")
            );
            assert_eq!(field(&response, "X-Content-Type-Options").as_deref(), Some("nosniff"));
            assert_eq!(field(&response, "Referrer-Policy").as_deref(), Some("no-referrer"));
            assert_eq!(field(&response, "Cross-Origin-Resource-Policy").as_deref(), Some("same-origin"));
        }
    }

    #[test]
    fn the_opener_policy_is_sent_where_browsers_heed_it() {
        let policy = |host: &str| {
            let page = reply(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"));
            field(&page, "Cross-Origin-Opener-Policy")
        };
        assert_eq!(policy("localhost:2020").as_deref(), Some("same-origin"));
        assert_eq!(policy("192.0.2.7:2020"), None);
    }

    #[test]
    fn health() {
        let request = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_eq!((status(&reply(request)), &reply(request).body[..]), ("200", &b"ok\n"[..]));
        let ill = reply_when(request, Some("The disk is full."));
        assert_eq!((status(&ill), &ill.body[..]), ("503", &b"The disk is full.\n"[..]));
    }
}
