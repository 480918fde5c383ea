//! Programs that people use, which listen all the time: irssi and a browser. They find their nodes again by themselves.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::mpsc::{self, Sender, TryRecvError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::client::{Mark, mark};
use crate::browser::chromium::Chromium;
use crate::browser::tab::Tab;
use crate::irc;

/// How long one may take to find its node again: irssi tries every ten seconds, and gives up an attempt after a while.
const PATIENCE: Duration = Duration::from_secs(90);

/// How long the test waits before it looks again.
const PAUSE: Duration = Duration::from_millis(100);

#[derive(Default)]
pub struct Witnesses {
    irssi: Option<Irssi>,
    page: Option<Tab>,
}

/// irssi, whose terminal is read on a thread, so that it never waits for that.
struct Irssi {
    log: PathBuf,
    over: Option<Sender<()>>,
    reader: Option<JoinHandle<()>>,
}

impl Witnesses {
    /// irssi is on the second node, and the browser on the third, if this machine has them.
    pub fn start(nodes: &[SocketAddr]) -> Witnesses {
        let irssi = irc::Client::irssi_at(nodes[1], "Iris", &["#lobby"]).map(Irssi::watch);
        let page = Chromium::get().map(|browser| {
            let mut page = browser.open(&format!("http://{}/", nodes[2]));
            page.loses_its_server();
            page.join("Page");
            page
        });
        Witnesses { irssi, page }
    }

    /// What each shows, in pieces: between two it was not there. Waits until this is the last.
    pub fn tapes(&self, last: Mark) -> Vec<(&'static str, Vec<Vec<Mark>>)> {
        let shown = || {
            let irssi = self.irssi.as_ref().map(|irssi| ("irssi", irssi.tapes()));
            let page = self.page.as_ref().map(|page| ("the page", vec![page_tape(page)]));
            irssi.into_iter().chain(page).collect::<Vec<_>>()
        };
        let end = Instant::now() + PATIENCE;
        loop {
            let tapes = shown();
            let is_complete =
                |tapes: &Vec<Vec<Mark>>| tapes.last().is_some_and(|tape| tape.last() == Some(&last));
            if tapes.iter().all(|(_, tapes)| is_complete(tapes)) || Instant::now() > end {
                return tapes;
            }
            thread::sleep(PAUSE);
        }
    }
}

impl Irssi {
    fn watch(mut client: irc::Client) -> Irssi {
        let (over, is_over) = mpsc::channel();
        let log = client.log("#lobby");
        let read = move || {
            while is_over.try_recv() == Err(TryRecvError::Empty) {
                client.draw(PAUSE);
            }
        };
        Irssi { log, over: Some(over), reader: Some(thread::spawn(read)) }
    }

    fn tapes(&self) -> Vec<Vec<Mark>> {
        let log = String::from_utf8_lossy(&fs::read(&self.log).unwrap_or_default()).into_owned();
        let mut tapes = vec![Vec::new()];
        for line in log.lines() {
            if line.contains("-!- Iris") && line.contains("has joined #lobby") {
                tapes.push(Vec::new());
            }
            if let (Some(mark), Some(tape)) = (mark(line), tapes.last_mut()) {
                tape.push(mark);
            }
        }
        tapes
    }
}

impl Drop for Irssi {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(reader) = self.reader.take() {
            let _ = reader.join();
        }
    }
}

fn page_tape(page: &Tab) -> Vec<Mark> {
    page.js("document.querySelector('#down').hidden || document.querySelector('#down').click()");
    let texts = page.js("[...document.querySelectorAll('[role=log] [data-id]')].map(one => one.textContent)");
    texts.as_array().into_iter().flatten().filter_map(|text| mark(text.as_str()?)).collect()
}
