//! Fills a data folder with a long history.

use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use salon::journal::disk::{Disk, Settings};
use salon::journal::{Author, Batch, Journal, JournalEvent, Message, Record, RoomLog, StreamId};
use salon::proto::{Kind, Manner};

/// The most frequent words, in order.
const FREQUENT: [&str; 12] = ["the", "of", "and", "to", "in", "it", "is", "was", "for", "on", "東京", "ไทย"];

/// Creates a folder with this many indexed messages of the lobby, unless it exists.
pub(crate) fn fill(folder: &Path, count: u64) {
    if folder.join("salon.db").exists() {
        return;
    }
    let settings = Settings {
        folder: folder.to_owned(),
        durable: false,
        keep: None,
        keep_bytes: u64::MAX,
        restored_messages: 1,
        restored_bytes: 1 << 20,
    };
    let (wake, woken) = mpsc::channel();
    let (mut disk, kept, _) =
        Disk::open(settings, move || _ = wake.send(())).expect("the folder can be used");
    let (stream, mut random) = (StreamId(1), StdRng::seed_from_u64(1));
    assert!(kept.streams.is_empty(), "the folder is used for nothing else");
    let mut records = vec![Record::StreamOpened { stream, room: "lobby".into() }];
    let began = SystemTime::now() - Duration::from_secs(count);
    let (mut number, mut told) = (0, 0);
    for id in 1..=count {
        let by = Some(Author { name: format!("user{}", id % 500), kind: Kind::Person });
        let (time, text) = (began + Duration::from_secs(id), text(&mut random, id));
        records.push(Record::Message(Message {
            stream,
            id,
            time,
            by,
            manner: Manner::Speech,
            text,
            is_edited: false,
        }));
        if records.len() >= 1_000 || id == count {
            number += 1;
            disk.append(Batch { number, records: std::mem::take(&mut records) });
        }
        while number - told > 8 || (id == count && told < number) {
            match disk.poll() {
                Some(JournalEvent::Committed(kept)) => told = kept,
                // The journal retries failed commits.
                _ => _ = woken.recv_timeout(Duration::from_millis(100)),
            }
        }
    }
    wait_for_index(folder, count);
    disk.finish(Duration::from_secs(60)).expect("it ends");
}

/// Eight words by Zipf's law, and now and then a number that occurs once.
fn text(random: &mut StdRng, id: u64) -> String {
    let word = |random: &mut StdRng| {
        let at: f64 = random.random();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is between 0 and 20,000"
        )]
        let rank = (20_000_f64.powf(at) - 1.0) as usize;
        FREQUENT.get(rank).map_or_else(|| format!("w{rank}"), |word| (*word).to_owned())
    };
    let words: Vec<String> = (0..8).map(|_| word(random)).collect();
    if id.is_multiple_of(10) { format!("{} {id}", words.join(" ")) } else { words.join(" ") }
}

/// Waits until everything is indexed.
fn wait_for_index(folder: &Path, count: u64) {
    let connection = rusqlite::Connection::open(folder.join("salon.db")).expect("it is there");
    let (began, mut shown) = (Instant::now(), Instant::now());
    loop {
        let indexed: u64 = connection
            .query_row("SELECT indexed FROM threads WHERE number = 1", [], |row| row.get::<_, i64>(0))
            .map_or(0, i64::unsigned_abs);
        if indexed >= count {
            return;
        }
        if shown.elapsed() > Duration::from_secs(10) {
            shown = Instant::now();
            eprintln!("{indexed} of {count} messages are indexed after {:?}", began.elapsed());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}
