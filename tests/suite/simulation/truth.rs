//! What happened in the rooms, as their listeners hear it, and what of it was kept.

use std::collections::{BTreeMap, VecDeque};
use std::time::SystemTime;

use salon::hub::{AdminApi, Hub};
use salon::journal::{Message, RestoredState, StoredSanction, StreamId};
use salon::proto::{Kind, Manner};
use salon::wire::json::{SenderKind, ServerMessage};

use crate::hour::hearing::{Tongue, Word};
use crate::hour::record::{Deed, EDITED, NOTICE, News};
use crate::simulation::disk::Disk;
use crate::simulation::network::Closed;
use crate::simulation::part::Part;
use crate::simulation::past::Stream;
use crate::simulation::people::Arrival;
use crate::simulation::shadow::{Sanctions, Shadow, key};
use crate::simulation::stay::Stay;

/// How the rooms are told that nothing is kept, and that it is again.
const NOT_KEPT: &str = "Messages are not stored for now";
const KEPT_AGAIN: &str = "Messages are stored again";

/// The name of whoever listens in a room.
pub fn listener(room: &str) -> String {
    format!("Ear_of_{room}")
}

/// The number in what is said: all that people say has one, of six digits. What is cut in the middle of it is nobody's.
pub fn token(text: &str) -> Option<u64> {
    let number = |at: usize| {
        let digits = text[at + 2..].bytes().take_while(u8::is_ascii_digit).count();
        text[at + 2..at + 2 + digits].parse().ok().filter(|_| digits >= 6)
    };
    text.rmatch_indices(" n").find_map(|(at, _)| number(at))
}

impl Shadow {
    /// A server begins, with these rooms on its command line, and what an earlier one kept: of it, these rooms of people are open.
    /// Nobody is connected to it.
    pub fn begin(
        &mut self,
        (rooms, opened): (&[(&str, &str)], &[&'static str]),
        restored: &RestoredState,
        disk: &Disk,
        (wall, even): (SystemTime, SystemTime),
    ) -> Result<(), String> {
        for part in &mut self.parts {
            part.closed = Closed::Full;
            part.closed_at.get_or_insert(self.turn);
            // Whether it was in two rooms within a turn does not show any more.
            part.suspicion = None;
            // Nobody hears any more that it goes.
            part.stays.iter_mut().for_each(Stay::cut);
        }
        let is_closed = |room: &str| restored.decisions.closed.iter().any(|closed| closed == room);
        let configured = rooms.iter().filter(|(room, _)| !is_closed(room));
        self.kinds = configured.map(|(room, kind)| ((*room).to_owned(), (*kind).to_owned())).collect();
        self.kinds
            .extend(restored.decisions.opened.iter().map(|room| (room.name.clone(), room.kind.clone())));
        let turn = self.turn;
        // By the clock as it is now, and for no longer than was left.
        let until = |m: &StoredSanction| {
            let until = m.until?.duration_since(wall).unwrap_or_default();
            Some(even + m.left.map_or(until, |left| left.min(until)))
        };
        let as_shadow = |stored: &[StoredSanction]| -> Sanctions {
            stored.iter().map(|m| (key(&m.whom), (until(m), turn))).collect()
        };
        (self.bans, self.mutes) = (as_shadow(&restored.decisions.bans), as_shadow(&restored.decisions.mutes));
        self.listening.clear();
        self.current.clear();
        self.expected.clear();
        self.doubtful.clear();
        self.unbroken.clear();
        self.unread.clear();
        self.unkept.clear();
        self.arrivals.clear();
        self.pending.clear();
        self.excused.extend(std::mem::take(&mut self.early));
        self.go_on(restored, disk)?;
        self.go_on_with_opened(restored, opened)?;
        self.kinds.extend(opened.iter().map(|room| ((*room).to_owned(), "plain".to_owned())));
        for room in self.kinds.keys().cloned().collect::<Vec<_>>() {
            let kept = restored.streams.iter().find(|stream| stream.room == room);
            self.open(&room, kept.map(|stream| stream.id));
        }
        Ok(())
    }

    /// A room is open, on the stream that was kept, or on a new one.
    pub fn open(&mut self, room: &str, id: Option<StreamId>) {
        let kind = self.kinds[room].clone();
        let known =
            self.streams.iter().rposition(|stream| stream.id == id && id.is_some() && !stream.is_over);
        let stream = known.unwrap_or_else(|| {
            let mut stream = Stream::new(id, room.to_owned(), kind.clone(), self.kept);
            stream.undoers.clone_from(&self.undoers);
            self.streams.push(stream);
            self.streams.len() - 1
        });
        self.streams[stream].kind = kind;
        self.current.insert(room.to_owned(), stream);
        self.expected.entry(room.to_owned()).or_default().push_back(stream);
    }

    /// The streams that were kept go on, with all that was heard in them.
    fn go_on(&mut self, restored: &RestoredState, disk: &Disk) -> Result<(), String> {
        for stream in &mut self.streams {
            stream.is_over = true;
        }
        for stream in &restored.streams {
            let Some(at) = self.streams.iter().rposition(|known| known.id == Some(stream.id)) else {
                continue;
            };
            let known = &self.streams[at];
            let is_fine = |id: u64, news: &News| {
                let is_kept = news.text().is_none_or(|text| disk.has(&stream.room, id, text));
                let is_erased = || self.erased.iter().any(|(who, _)| *who == key(&news.who));
                // How amended messages are is checked below.
                let is_kept = is_kept || disk.has_amended(&stream.room, id);
                is_kept || self.excused.contains(&(at, id)) || is_erased()
            };
            if let Some((id, lost)) = known.news.iter().find(|(id, news)| !is_fine(**id, news)) {
                return Err(format!("{id} was heard in {}, and is not kept: {lost:?}", stream.room));
            }
            let news: BTreeMap<u64, News> =
                disk.messages(stream.id).map(|message| (message.id, news_of(message))).collect();
            for (id, by, last) in known.last_versions() {
                let is_so = news.get(&id).is_none_or(|kept| {
                    // It may have been edited again, of which nobody heard.
                    let is_earlier = || known.versions(id, 0).iter().any(|news| news.deed == kept.deed);
                    last.is_some_and(|last| kept.deed == *last || !is_earlier())
                });
                if !is_so && !self.excused.contains(&(at, by)) {
                    return Err(format!(
                        "{by} amended {id} in {}, and it is {:?}",
                        stream.room,
                        news.get(&id)
                    ));
                }
            }
            self.streams[at].go_on(news, stream.messages.iter().map(|message| message.id));
        }
        Ok(())
    }

    /// Rooms whose listener is not there, and has to go.
    pub fn unheard(&self) -> Vec<String> {
        self.kinds.keys().filter(|room| !self.listening.contains_key(*room)).cloned().collect()
    }

    /// What the listener of this room has read. It is judged first.
    pub fn listen(&mut self, own: &'static str, bytes: &[u8], disk: &Disk) -> Result<(), String> {
        let unread = self.unread.entry(own).or_default();
        unread.extend_from_slice(bytes);
        for message in Tongue::Json.messages(unread)? {
            match Tongue::Json.understand(&message, &listener(own))? {
                Word::Welcome(Some(room), _) => {
                    // Who comes is told just before if nothing is kept; what it was told outside may be over.
                    self.unkept.retain(|of, told| *of != own || *told == self.turn);
                    self.listener_comes(room.clone())?;
                    self.lodges(&room, &others(&message));
                }
                Word::Object(room, id, news, is_old) => self.happened(&room, id, news, is_old, disk)?,
                Word::Parted(Some(room), text) => {
                    let stream =
                        self.listening.remove(&room).ok_or_else(|| format!("not there: {message}"))?;
                    self.unbroken.remove(&room);
                    self.unkept.remove(own);
                    let is_closed = text.ends_with(" is closed. Type /rooms to see the others.");
                    self.streams[stream].leave_unheard(is_closed);
                    if is_closed {
                        self.is_shut(&room)?;
                    }
                }
                Word::Notice(text) if text.starts_with(NOT_KEPT) => drop(self.unkept.insert(own, self.turn)),
                Word::Notice(text) if text.starts_with(KEPT_AGAIN) => drop(self.unkept.remove(own)),
                Word::Removed(why) => return Err(format!("the listener of {own} is removed: {why}")),
                Word::Private(heard) => return Err(format!("the listener of {own} hears {heard:?}")),
                _ => {}
            }
        }
        Ok(())
    }

    /// What was just heard and is not kept is excused if rooms were told so, or are at once; not all of them need have heard
    /// it, where those who listen had just left.
    pub fn excuse(&mut self, was_kept: bool, is_busy: bool) -> Result<(), String> {
        match self.early.first() {
            Some(_) if !was_kept || !self.unkept.is_empty() => {
                self.excused.extend(std::mem::take(&mut self.early));
                Ok(())
            }
            Some((stream, id)) if !is_busy => {
                let Stream { room, news, .. } = &self.streams[*stream];
                Err(format!("{room} {id} is heard before it is kept: {:?}", news[id]))
            }
            _ => Ok(()),
        }
    }

    /// How much of what was said nobody may hear yet.
    pub fn hold(&mut self, disk: &Disk, hub: &Hub) {
        for (room, stream) in &self.current {
            let stream = &mut self.streams[*stream];
            stream.id = stream.id.or_else(|| disk.opened(room));
            let last = stream.news.last_key_value().map_or(0, |(last, _)| *last);
            stream.held = stream
                .id
                .map_or(0, |id| disk.handed_after(id, last) + hub.view().journal.gate().unsealed(id));
        }
    }

    /// It comes to a room that was opened, or back to where it had to leave.
    fn listener_comes(&mut self, room: String) -> Result<(), String> {
        let next = self.expected.get_mut(&room).and_then(VecDeque::pop_front);
        let stream = next.or_else(|| self.current.get(&room).copied());
        let stream = stream.ok_or_else(|| format!("there is no room {room}"))?;
        match self.listening.insert(room, stream) {
            None => Ok(()),
            Some(_) => Err("a listener is in its room twice".into()),
        }
    }

    /// Something happened in a room.
    fn happened(
        &mut self,
        room: &str,
        id: u64,
        mut news: News,
        is_old: bool,
        disk: &Disk,
    ) -> Result<(), String> {
        let stream =
            *self.listening.get(room).ok_or_else(|| format!("a listener hears {room} from outside"))?;
        // The milliseconds on the wall are those of the turn.
        news.at = self.turn - (self.turn + 1_000 - news.at % 1_000) % 1_000;
        let last = self.streams[stream].news.last_key_value().map_or(0, |(last, _)| *last);
        if is_old && !self.streams[stream].versions(id, 0).is_empty() {
            // It comes back, and has heard what there was until it left.
            let versions = self.streams[stream].versions(id, 0);
            let is_it = |known: &News| known.who == news.who && known.deed == news.deed;
            return if versions.iter().any(is_it) {
                Ok(())
            } else {
                Err(format!("{room} {id} is old: {news:?}"))
            };
        }
        let is_news = self.streams[stream].add(id, news.clone())?;
        if is_old {
            return if is_news { Err(format!("{room} {id} is old, and new: {news:?}")) } else { Ok(()) };
        }
        self.tally.news += 1;
        self.rule(stream, room, id, &news)?;
        // It may have been held until now.
        let is_meant = |(who, turn): &&(String, u64)| news.at <= *turn && *who == key(&news.who);
        if news.by_host().is_none()
            && let Some((_, turn)) = self.erased.iter().find(is_meant)
        {
            self.streams[stream].erase(id, *turn);
        }
        let follows = self.unbroken.insert(room.to_owned(), id);
        if !is_news || id <= last || follows.is_some_and(|before| before + 1 != id) {
            return Err(format!("{room} {id} follows {last}: {news:?}"));
        }
        let is_kept = match &news.deed {
            Deed::Said(text) | Deed::Acted(text) => disk.has(room, id, text),
            Deed::Edited(message, text) => disk.has(room, *message, text),
            Deed::Erased(message) => disk.has_erased(room, *message),
            _ => true,
        };
        if id >= disk.below(self.streams[stream].id, room) || !is_kept {
            self.early.push((stream, id));
        }
        match &news.deed {
            Deed::Joined => {
                let (who, is, turn) = (news.who.clone(), news.is, news.at);
                let now = who.clone();
                self.arrivals.push(Arrival { who, now, is, stream, id, end: None, turn });
                Ok(())
            }
            Deed::Renamed(from) => {
                self.renamed(stream, from, &news.who, news.at);
                Ok(())
            }
            Deed::Left(why) => {
                let why = why.as_deref().unwrap_or_default();
                // A name that it gave up a moment ago may be meant.
                let parts = self.parts.iter().filter(|part| part.claims(&news.who));
                let names = parts.flat_map(Part::names).chain([&news.who]).cloned().collect::<Vec<_>>();
                self.check_removal(why, &names)?;
                self.left(stream, id, &news.who)
            }
            Deed::Kicked(..) => self.left(stream, id, &news.who),
            Deed::Said(_) | Deed::Acted(_) => self.said(stream, id, &news),
            Deed::Topic(_) | Deed::Changed(..) => Ok(()),
            Deed::Erased(message) => self.amended(stream, id, *message, None, &news),
            Deed::Edited(message, text) => {
                self.amended(stream, id, *message, Some(text), &news)?;
                self.said(stream, id, &News { deed: Deed::Said(text.clone()), ..news.clone() })
            }
        }
    }

    /// A message is erased or edited, which only its author and operators may do.
    fn amended(
        &mut self,
        stream: usize,
        id: u64,
        message: u64,
        text: Option<&str>,
        news: &News,
    ) -> Result<(), String> {
        let before = self.streams[stream].news.get(&message).and_then(News::text);
        let author = before.and_then(token).and_then(|token| self.tokens.get(&token)).map(|(part, _)| *part);
        if let Some(author) = author.map(|part| &self.parts[part]).filter(|_| news.is != SenderKind::Host) {
            let has_left = author.left_at.is_some_and(|left| left < news.at);
            if !author.claims(&news.who) || has_left {
                return Err(format!("{} said {message}, and this is not its own: {news:?}", author.name));
            }
        }
        self.streams[stream].amend(message, id, text, news.at)
    }

    /// A member has another name from now on. What it was forbidden under the name before it still is.
    fn renamed(&mut self, stream: usize, from: &str, to: &str, at: u64) {
        self.tally.renames += 1;
        // It may be heard of only after a later mute of its earlier name.
        let mute = self.mutes.get(&key(from)).copied();
        if let Some((until, _)) = mute.filter(|(_, since)| *since <= at) {
            self.followed.insert(key(to));
            if self.followed.remove(&key(from)) {
                self.mutes.remove(&key(from));
            }
            self.mutes.insert(key(to), (until, at));
        }
        let of_stream = |arrival: &&mut Arrival| arrival.stream == stream && arrival.end.is_none();
        for arrival in self.arrivals.iter_mut().filter(of_stream).filter(|arrival| arrival.now == from) {
            to.clone_into(&mut arrival.now);
        }
        let stays = self.parts.iter_mut().flat_map(|part| &mut part.stays);
        let is_it = |stay: &&mut Stay| stay.stream == stream && stay.end.is_none() && stay.last_name == from;
        if let Some(stay) = stays.filter(is_it).last() {
            to.clone_into(&mut stay.last_name);
        }
    }

    fn left(&mut self, stream: usize, id: u64, who: &str) -> Result<(), String> {
        let is_it = |arrival: &&mut Arrival| arrival.stream == stream && arrival.now == who;
        if let Some(arrival) = self.arrivals.iter_mut().filter(is_it).find(|arrival| arrival.end.is_none()) {
            arrival.end = Some(id);
            return Ok(());
        }
        // The last who came, as others may have left when nobody listened.
        for part in self.parts.iter_mut().rev().filter(|part| part.claims(who)) {
            let heard = &self.streams[stream];
            // Who was there when nobody listened may have left then.
            let is_it = |stay: &Stay| {
                let is_open = stay.stream == stream && stay.end.is_none() && stay.last_name == who;
                is_open && stay.join.is_some_and(|join| !stay.is_over || !heard.has_gap_since(join))
            };
            let Some(at) = part.stays.iter().rposition(is_it) else { continue };
            part.stays[at].end = Some(id);
            let stay = &part.stays[at];
            if stay.is_over && part.is_judged() && !part.was_slow {
                // What it was to hear before it went, it has heard already.
                stay.missing(heard, part.own()).map_or(Ok(()), Err)?;
            }
        }
        Ok(())
    }

    fn said(&mut self, stream: usize, id: u64, news: &News) -> Result<(), String> {
        if self.is_private(news.text().unwrap_or_default()) {
            return Err(format!("what was written privately is heard in a room: {news:?}"));
        }
        if self.is_for_operators(news.text().unwrap_or_default()) {
            return Err(format!("what was said to operators is heard in a room: {news:?}"));
        }
        if news.is == SenderKind::Host {
            return Ok(());
        }
        if news.is == SenderKind::Person
            && let Some(text) = news.text()
        {
            token(text).map_or(Ok(()), |number| self.check_lines(number, text))?;
            self.tally.several_lines +=
                usize::from(token(text).is_some_and(|number| self.several_lines.contains_key(&number)));
        }
        let mute = self.mutes.get(&key(&news.who));
        if mute.is_some_and(|(_, since)| *since < news.at) {
            return Err(format!("{} is muted, and heard: {news:?}", news.who));
        }
        let Some((token, (part, heard))) = token(news.text().unwrap_or_default())
            .and_then(|token| Some((token, self.tokens.get_mut(&token)?)))
        else {
            return Ok(());
        };
        let speaker = &mut self.parts[*part];
        let is_notice = news.text().is_some_and(|text| text.ends_with(NOTICE));
        if !speaker.claims(&news.who) {
            // Bots repeat what they hear.
            return if news.is == SenderKind::Bot {
                Ok(())
            } else {
                Err(format!("{} said this: {news:?}", speaker.name))
            };
        }
        if is_notice != self.notices.contains(&token) {
            return Err(format!("a notice is one to all, and no message is: {news:?}"));
        }
        if let Some(before) = heard.replace((stream, id)) {
            return Err(format!("n{token} is said twice, as {before:?} and as {id}"));
        }
        let before = if speaker.spoke.0 == news.at { speaker.spoke.1 } else { 0 };
        speaker.spoke = (news.at, before + 1);
        if self.spam_limit.is_some_and(|spam_limit| speaker.spoke.1 >= spam_limit) {
            return Err(format!("{} said {} things at once: {news:?}", speaker.name, speaker.spoke.1));
        }
        let last = speaker.said.insert(stream, token);
        match last.filter(|last| *last > token) {
            Some(last) => Err(format!("n{token} is heard after n{last}: {news:?}")),
            None => Ok(()),
        }
    }
}

/// Whom a welcome names: each with whether it is a person.
fn others(welcome: &str) -> Vec<(String, bool)> {
    match serde_json::from_str(welcome) {
        Ok(ServerMessage::Welcome { present, .. }) => {
            present.into_iter().map(|other| (other.who, other.is == SenderKind::Person)).collect()
        }
        _ => Vec::new(),
    }
}

/// What a message that was kept is to those who hear it.
fn news_of(message: &Message) -> News {
    let (who, is) = match &message.by {
        None => ("Host".to_owned(), SenderKind::Host),
        Some(by) => {
            (by.name.clone(), if by.kind == Kind::Bot { SenderKind::Bot } else { SenderKind::Person })
        }
    };
    let notice = if message.manner == Manner::Notice { NOTICE } else { "" };
    let text = [message.text.as_str(), notice, if message.is_edited { EDITED } else { "" }].concat();
    let deed = if message.manner == Manner::Act { Deed::Acted(text) } else { Deed::Said(text) };
    News { at: 0, who, is, deed }
}
