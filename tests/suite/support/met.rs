//! A small HTTP server that behaves as MET Norway's does, well or badly, and records its requests.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime};

use jiff::Timestamp;

use super::process::TEST_TIMEOUT;

use crate::support::log_lines;

/// The value of `Last-Modified`, in an unusual format, to check that it is sent back unchanged.
pub const STAMP: &str = "Fri, 06-Nov-2026 08:49:37 GMT";

/// A response.
pub struct Answer {
    head: String,
    body: Vec<u8>,
    /// Its Content-Length is larger than its body.
    cut: bool,
    /// It is held back until the server ends.
    late: bool,
}

/// A request.
#[derive(Clone, Debug)]
pub struct Request {
    /// The path and the query.
    pub target: String,
    headers: Vec<(String, String)>,
}

/// The server. It answers each request with the next of its responses, and ends when this is dropped.
pub struct Met {
    pub port: u16,
    shared: Arc<Shared>,
    arrived: Receiver<()>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    state: Mutex<State>,
    ended: Condvar,
}

#[derive(Default)]
struct State {
    answers: VecDeque<Answer>,
    requests: Vec<Request>,
    /// The first bytes of a connection that did not speak HTTP.
    foreign: Vec<u8>,
    ended: bool,
}

impl Answer {
    pub fn new(status: u16) -> Answer {
        Answer {
            head: format!("HTTP/1.1 {status} X\r\nConnection: close\r\n"),
            body: Vec::new(),
            cut: false,
            late: false,
        }
        .with("Date", &date(0))
    }

    /// A forecast that expires in half an hour.
    pub fn forecast() -> Answer {
        Answer::new(200)
            .with("Content-Type", "application/json")
            .with("Last-Modified", STAMP)
            .with("Expires", &date(1800))
            .body(forecast())
    }

    /// A forecast that has expired already.
    pub fn expired() -> Answer {
        Answer::new(200).with("Last-Modified", STAMP).with("Expires", &date(-1)).body(forecast())
    }

    /// Raw bytes, which need not be HTTP.
    pub fn raw(bytes: &[u8]) -> Answer {
        Answer { head: String::new(), body: bytes.to_owned(), cut: false, late: false }
    }

    pub fn with(mut self, name: &str, value: &str) -> Answer {
        self.head.extend([name, ": ", value, "\r\n"]);
        self
    }

    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Answer {
        self.body = body.into();
        self
    }

    pub fn gzip(mut self) -> Answer {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(&self.body).unwrap();
        self.body = encoder.finish().unwrap();
        self.with("Content-Encoding", "gzip")
    }

    pub fn cut(mut self) -> Answer {
        self.cut = true;
        self
    }

    pub fn late(mut self) -> Answer {
        self.late = true;
        self
    }

    fn send(&self, stream: &mut TcpStream) {
        let mut whole = self.head.clone().into_bytes();
        if !self.head.is_empty() {
            whole.extend(format!("Content-Length: {}\r\n\r\n", self.body.len()).bytes());
        }
        let sent = if self.cut { self.body.len() / 2 } else { self.body.len() };
        whole.extend(&self.body[..sent]);
        // The client may have given up: some tests are about that.
        let _ = stream.write_all(&whole);
    }
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        let named = |(other, _): &&(String, String)| other.eq_ignore_ascii_case(name);
        self.headers.iter().find(named).map(|(_, value)| value.as_str())
    }

    fn read(first: &str, reader: &mut impl BufRead) -> Request {
        let mut headers = Vec::new();
        for line in reader.lines().map_while(Result::ok) {
            let Some((name, value)) = line.split_once(':') else {
                break;
            };
            headers.push((name.to_owned(), value.trim().to_owned()));
        }
        Request { target: first.split(' ').nth(1).unwrap_or_default().to_owned(), headers }
    }
}

impl Met {
    pub fn start(answers: impl IntoIterator<Item = Answer>) -> Met {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Arc::new(Shared::default());
        shared.state.lock().unwrap().answers.extend(answers);
        let (sender, arrived) = mpsc::channel();
        let all = Arc::clone(&shared);
        let thread = thread::spawn(move || {
            let mut connections = Vec::new();
            for stream in listener.incoming().map_while(Result::ok) {
                if all.state.lock().unwrap().ended {
                    break;
                }
                let (shared, sender) = (Arc::clone(&all), sender.clone());
                connections.push(thread::spawn(move || serve(stream, &shared, &sender)));
            }
            for connection in connections {
                let _ = connection.join();
            }
        });
        let met = Met { port, shared, arrived, thread: Some(thread) };
        log_lines::forget(&met.url());
        met
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/weatherapi/locationforecast/2.0/compact", self.port)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.shared.state.lock().unwrap().requests.clone()
    }

    pub fn count(&self) -> usize {
        self.shared.state.lock().unwrap().requests.len()
    }

    pub fn foreign(&self) -> Vec<u8> {
        self.shared.state.lock().unwrap().foreign.clone()
    }

    /// Waits for the next request.
    pub fn arrived(&self) {
        self.arrived.recv_timeout(TEST_TIMEOUT).expect("somebody asks");
    }
}

impl Drop for Met {
    fn drop(&mut self) {
        self.shared.state.lock().unwrap().ended = true;
        self.shared.ended.notify_all();
        // Wakes the thread, which waits for a connection.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(mut stream: TcpStream, shared: &Shared, arrival: &Sender<()>) {
    stream.set_read_timeout(Some(TEST_TIMEOUT)).unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut first = [0; 4];
    if reader.read_exact(&mut first).is_err() {
        return;
    }
    if first != *b"GET " {
        shared.state.lock().unwrap().foreign = first.to_vec();
        let _ = arrival.send(());
        return;
    }
    let mut line = String::from("GET ");
    reader.read_line(&mut line).unwrap();
    let request = Request::read(&line, &mut reader);
    let mut state = shared.state.lock().unwrap();
    state.requests.push(request);
    // An unexpected request gets an error.
    let answer = state.answers.pop_front().unwrap_or_else(|| Answer::new(599));
    let _ = arrival.send(());
    if answer.late {
        drop(shared.ended.wait_while(state, |state| !state.ended));
    } else {
        drop(state);
    }
    answer.send(&mut stream);
}

/// The time this many seconds from now, as an HTTP date.
pub fn date(seconds: i64) -> String {
    let time = Timestamp::from_second(Timestamp::now().as_second() + seconds).unwrap();
    time.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// A forecast of two days, from an hour ago: 7.3 degrees, light rain of half a millimetre an hour, a moderate breeze from the
/// west.
pub fn forecast() -> String {
    let start = SystemTime::now() - Duration::from_secs(3600);
    let steps = (0..50).map(|hour| {
        let time = Timestamp::try_from(start + Duration::from_secs(3600 * hour)).unwrap();
        let time = time.strftime("%Y-%m-%dT%H:00:00Z");
        format!(
            r#"{{"time":"{time}","data":{{"instant":{{"details":{{"air_pressure_at_sea_level":1012.4,"air_temperature":7.3,
            "cloud_area_fraction":99.2,"relative_humidity":81.0,"wind_from_direction":268.1,"wind_speed":6.2}}}},
            "next_12_hours":{{"summary":{{"symbol_code":"rain"}},"details":{{}}}},
            "next_1_hours":{{"summary":{{"symbol_code":"lightrain"}},"details":{{"precipitation_amount":0.5}}}},
            "next_6_hours":{{"summary":{{"symbol_code":"rain"}},"details":{{"precipitation_amount":3.0}}}}}}}}"#
        )
    });
    format!(
        r#"{{"type":"Feature","geometry":{{"type":"Point","coordinates":[5.3242,60.393,12]}},"properties":{{"meta":{{"updated_at":
        "{}","units":{{"air_temperature":"celsius","wind_speed":"m/s"}}}},"timeseries":[{}]}}}}"#,
        Timestamp::try_from(start).unwrap(),
        steps.collect::<Vec<_>>().join(",")
    )
}
