//! Checks the rules of each kind of room against its events.

use std::collections::BTreeMap;

use salon::wire::json::SenderKind;

use crate::hour::record::{Deed, News};
use crate::hour::table::Table;

const TALE: &str = include_str!("../../../src/hosts/thrones/phrases/tale.txt");
/// The decks of the game's epilogues.
const ENDS: [&str; 8] = ["alone", "good", "middling", "bad", "ruined", "revolt", "deposed", "overthrown"];
const LORD_LEFT: &str = "The Lord has left the realm, everyone is allowed to leave";

/// Private notices that a member has lost its seat, and when.
pub type Unseated = Vec<(u64, String)>;

/// Checks a room's rules. Rounds are classic or games. Bots that are not among `outside` are hosted. Returns the number of rounds
/// or games.
pub fn check(
    room: &str,
    is_classic: bool,
    thread: &BTreeMap<u64, News>,
    outside: &[&str],
    unseated: &Unseated,
) -> Result<usize, String> {
    let is_hosted = |news: &News| news.is == SenderKind::Bot && !outside.contains(&news.who.as_str());
    let ids = || thread.keys().copied();
    if let Some((before, _)) = ids().zip(ids().skip(1)).find(|(before, after)| before + 1 != *after) {
        return Err(format!("nobody heard what follows {before} in {room}"));
    }
    pauses(room, is_classic, thread, &is_hosted)?;
    match room {
        "round" => {
            let mut table = Table::new(is_classic, outside);
            for (id, news) in thread {
                table.take(news).map_err(|why| format!("{why} at {id} of the round: {news:?}, {table:?}"))?;
            }
            Ok(table.rounds)
        }
        "thrones" => {
            let mut realm = Realm::default();
            let mut unseated = unseated.iter().peekable();
            for (id, news) in thread {
                while let Some((_, name)) = unseated.next_if(|(at, _)| *at <= news.at) {
                    realm.seats.retain(|seat| seat != name);
                }
                realm
                    .take(news, outside)
                    .map_err(|why| format!("{why} at {id} of the thrones: {news:?}, {realm:?}"))?;
            }
            Ok(realm.games)
        }
        _ => Ok(0),
    }
}

/// A hosted bot speaks only soon after somebody that it listens to.
fn pauses(
    room: &str,
    is_classic: bool,
    thread: &BTreeMap<u64, News>,
    is_hosted: &dyn Fn(&News) -> bool,
) -> Result<(), String> {
    let longest = match room {
        // A pause of 2.5 s, and sixteen lines with half a second between them; or six.
        "chaty" => 2_500 + 6 * 500,
        // Four answers, each of 4 s; or as many of 3 s.
        "round" if is_classic => 4 * 4_000 + 4 * 1_100,
        // One of the cast waits with its vote for the people, whose votes nobody may hear.
        "round" => 45_000 + 4_000,
        "thrones" => 4 * 3_000,
        _ => 2_500 + 16 * 500,
    };
    let mut spoken_to = 0;
    for (id, news) in thread {
        let wakes = match (room, news.is, &news.deed) {
            ("round", is, _) if is_classic => is == SenderKind::Host,
            ("round", is, _) => is != SenderKind::Bot,
            (_, SenderKind::Person, Deed::Said(_) | Deed::Acted(_)) => true,
            ("chaty" | "thrones", ..)
            | (_, _, Deed::Left(_) | Deed::Kicked(..))
            | (_, SenderKind::Bot, _) => false,
            (_, SenderKind::Person | SenderKind::Host, _) => true,
        };
        if wakes {
            spoken_to = news.at;
        } else if is_hosted(news) && news.text().is_some() && news.at > spoken_to + longest {
            return Err(format!(
                "{room} {id}: {news:?}, and nobody had spoken for {} ms",
                news.at - spoken_to
            ));
        }
    }
    Ok(())
}

/// `A, B and C`.
pub fn listed(text: &str) -> Vec<String> {
    text.replace(" and ", ", ").split(", ").map(str::to_owned).collect()
}

/// The seats of a realm.
#[derive(Debug, Default)]
struct Realm {
    seats: Vec<String>,
    lord: Option<String>,
    /// The bots in the room that are not from outside.
    hosted: Vec<String>,
    /// A Lord gave up its seat before a game, and nobody heard who it was.
    is_unsure: bool,
    is_game: bool,
    games: usize,
}

impl Realm {
    fn take(&mut self, news: &News, outside: &[&str]) -> Result<(), String> {
        if news.is_leave() {
            self.seats.retain(|seat| *seat != news.who);
            self.hosted.retain(|name| *name != news.who);
        }
        if news.deed == Deed::Joined && news.is == SenderKind::Bot && !outside.contains(&news.who.as_str()) {
            self.hosted.push(news.who.clone());
        }
        let Some(text) = news.by_host() else { return Ok(()) };
        let count = |text: &str| {
            text.strip_prefix('(').and_then(|t| t.strip_suffix("/5)")).and_then(|n| n.parse().ok())
        };
        if let Some((name, Some(taken))) =
            text.split_once(" has entered the realm. ").map(|(n, c)| (n, count(c)))
        {
            if self.is_game && (outside.contains(&name) || self.hosted.iter().any(|bot| bot == name)) {
                return Err("the doors are closed to bots".into());
            }
            if !self.seats.iter().any(|seat| seat == name) {
                self.seats.push(name.to_owned());
            }
            return self.is_right(taken);
        }
        if let Some((name, Some(taken))) = text.split_once("'s seat is empty. ").map(|(n, c)| (n, count(c))) {
            self.seats.retain(|seat| seat != name);
            return self.is_right(taken);
        }
        if let Some((bot, _)) = text.split_once(" makes way for ") {
            if !self.is_game || !self.hosted.iter().any(|hosted| hosted == bot) {
                return Err("only a hosted bot makes way, and only during a game".into());
            }
            self.seats.retain(|seat| seat != bot);
        }
        if let Some(slots) = line_of(TALE, "gone", text) {
            self.seats.retain(|seat| *seat != slots[0].1);
        }
        if let Some(slots) = line_of(TALE, "announce", text) {
            let slot =
                |name: &str| slots.iter().find(|(slot, _)| *slot == name).map(|(_, value)| *value).unwrap();
            let (lord, mut all) = (slot("lord"), listed(slot("followers")));
            let is_called_so = |seat: &&String| seat.eq_ignore_ascii_case(lord.trim_start_matches("the "));
            let lord = self.seats.iter().find(is_called_so).cloned().unwrap_or_default();
            all.push(lord.clone());
            all.sort_unstable();
            self.seats.sort_unstable();
            if self.is_unsure && all.iter().all(|name| self.seats.contains(name)) {
                self.seats.clone_from(&all);
            }
            self.is_unsure = false;
            if self.is_game || all != self.seats || all.len() != 5 {
                return Err("a game of others than those who sit".into());
            }
            (self.is_game, self.lord) = (true, Some(lord));
            self.games += 1;
        }
        if is_end_of_game(text) {
            self.is_unsure |= text == LORD_LEFT && !self.is_game;
            let (lord, hosted) = (self.lord.take(), &self.hosted);
            self.seats.retain(|seat| Some(seat) != lord.as_ref() && !hosted.contains(seat));
            self.is_game = false;
        }
        Ok(())
    }

    fn is_right(&self, taken: usize) -> Result<(), String> {
        let is_right = taken == self.seats.len() || (self.is_unsure && taken < self.seats.len());
        if is_right && taken <= 5 { Ok(()) } else { Err(format!("{} sit", self.seats.len())) }
    }
}

/// Whether the host tells with this that a game is over, or that there is no Lord.
pub fn is_end_of_game(text: &str) -> bool {
    text == LORD_LEFT || ENDS.iter().any(|deck| line_of(TALE, deck, text).is_some())
}

/// What fills the slots, if `text` is a line of this deck of a book.
pub fn line_of<'a>(book: &'static str, deck: &str, text: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let head = format!("[{deck}]");
    let lines =
        book.lines().skip_while(|line| *line != head).skip(1).take_while(|line| !line.starts_with('['));
    lines.filter(|line| !line.is_empty()).find_map(|line| slots(line, text))
}

fn slots<'a>(template: &'static str, text: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let Some((before, rest)) = template.split_once('{') else {
        return (template == text).then(Vec::new);
    };
    let (name, after) = rest.split_once('}')?;
    let text = text.strip_prefix(before)?;
    let next = &after[..after.find('{').unwrap_or(after.len())];
    let end = if next.is_empty() { text.len() } else { text.find(next)? };
    let mut all = slots(after, &text[end..])?;
    all.insert(0, (name, &text[..end]));
    Some(all)
}
