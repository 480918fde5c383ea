//! `watch`: an operator is told who joins a room and who leaves it.

use serde_json::{Value, json};

use crate::admin::Reply;
use crate::admin::call::{Call, Outcome, room_named};
use crate::base::limits::ROOMS;
use crate::base::name::NameKey;
use crate::base::text::plural;
use crate::base::time::{local_minute, utc};
use crate::hub::{AdminApi, RoomTraffic};
use crate::proto::{Kind, RoomEvent};
use crate::wire::sentences;

/// The rooms that one operator watches, by name: a room that is closed and opened again is watched on.
#[derive(Debug, Default)]
pub struct Watch {
    rooms: Vec<NameKey>,
}

pub(super) fn watch(hub: &mut dyn AdminApi, call: &Call<'_>) -> Result<Outcome, String> {
    if call.rest.is_empty() {
        return Err("Which room? Type: watch ROOM, or: watch off".into());
    }
    if call.rest.eq_ignore_ascii_case("off") {
        return Ok(Outcome::done_with("You watch no room any more.", json!({ "watch": null })));
    }
    let name = room_named(hub, call.rest)?.name;
    let text = format!("You see who joins {name} and who leaves it. To stop that, type: watch off");
    Ok(Outcome::done_with(text, json!({ "watch": &*name })))
}

impl Watch {
    /// The operator is answered: if its command was `watch`, it takes effect.
    pub fn note(&mut self, reply: &Reply) {
        match reply.data.get("watch") {
            Some(Value::String(room)) => {
                let room = NameKey::of(room);
                self.rooms.retain(|other| *other != room);
                self.rooms.truncate(ROOMS - 1);
                self.rooms.push(room);
            }
            Some(_) => self.rooms.clear(),
            None => {}
        }
    }

    /// Whether it watches a room.
    pub fn is_on(&self) -> bool {
        !self.rooms.is_empty()
    }

    /// What the operator is told of this traffic.
    pub fn told(&self, traffic: &RoomTraffic) -> Vec<Reply> {
        if !self.is_on() {
            return Vec::new();
        }
        let is_watched = |room: &str| self.rooms.contains(&NameKey::of(room));
        let watched = traffic.entries.iter().filter(|entry| is_watched(&entry.room));
        let mut told: Vec<Reply> = watched
            .filter_map(|entry| event(&entry.event, &entry.room, &local_minute(entry.time), &utc(entry.time)))
            .collect();
        if traffic.left_out > 0 {
            let text =
                format!("{} more joined or left; the log has them.", plural(traffic.left_out, "member"));
            told.push(Reply::done_with(text, json!({ "event": "left_out", "count": traffic.left_out })));
        }
        told
    }
}

/// A sentence, and data, for somebody who joined, left or took another name.
fn event(event: &RoomEvent, room: &str, minute: &str, time: &str) -> Option<Reply> {
    let (who, what, reason, was) = match event {
        RoomEvent::Joined { who, .. } => (who, "joined", None, None),
        RoomEvent::Left { who, removed_for: None, .. } => (who, "left", None, None),
        RoomEvent::Left { who, removed_for: Some(why), .. } => {
            (who, "removed", Some(sentences::removal(why)), None)
        }
        RoomEvent::Renamed { from, to } => (to, "renamed", None, Some(from.as_str())),
        _ => return None,
    };
    let is_bot = who.kind == Kind::Bot;
    let name = if is_bot { format!("{} (a bot)", who.name) } else { who.name.to_string() };
    let text = match (&reason, was) {
        (_, Some(was)) => format!("{minute}  {was} in {room} is now {name}"),
        (None, None) if what == "joined" => format!("{minute}  {name} joins {room}"),
        (None, None) => format!("{minute}  {name} leaves {room}"),
        (Some(why), None) => format!("{minute}  {name} is removed from {room}: {why}"),
    };
    let data = json!({
        "event": what, "room": room, "name": who.name.as_str(), "bot": is_bot, "time": time, "reason": reason,
        "was": was,
    });
    Some(Reply::done_with(text, data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::name::Name;
    use crate::proto::{Announcement, LogEntry, MemberInfo, Removal};

    fn watching(rooms: &[&str]) -> Watch {
        let mut watch = Watch::default();
        for room in rooms {
            watch.note(&Reply::done_with("", json!({ "watch": room })));
        }
        watch
    }

    fn traffic() -> RoomTraffic {
        let who = |name| MemberInfo { name: Name::parse(name).unwrap(), kind: Kind::Person };
        let said = Announcement("", "");
        let time = std::time::SystemTime::UNIX_EPOCH;
        let entry = |room: &str, event| LogEntry { room: room.into(), id: 1, time, event, edited: None };
        let removed_for = Some(Removal::Operator("the noise".into()));
        RoomTraffic {
            entries: vec![
                entry("lobby", RoomEvent::Joined { who: who("Ann"), real_name: None, said }),
                entry("den", RoomEvent::Joined { who: who("Bob"), real_name: None, said }),
                entry("lobby", RoomEvent::Renamed { from: who("Ann").name, to: who("Anna") }),
                entry("lobby", RoomEvent::Left { who: who("Anna"), removed_for, is_gone: true, said }),
            ],
            left_out: 0,
        }
    }

    #[test]
    fn an_operator_is_told_of_the_rooms_that_it_watches_until_it_does_not() {
        let texts = |watch: &Watch| -> Vec<String> {
            let told = watch.told(&traffic()).into_iter();
            told.map(|reply| reply.text.split_once("  ").unwrap().1.to_owned()).collect()
        };
        let (ann, bob, anna) = ("Ann joins lobby", "Bob joins den", "Ann in lobby is now Anna");
        let gone = "Anna is removed from lobby: the noise";
        assert!(texts(&Watch::default()).is_empty());
        let mut watch = watching(&["LOBBY"]);
        assert_eq!(texts(&watch), [ann, anna, gone]);
        watch.note(&Reply::done("Said in lobby."));
        watch.note(&Reply::done_with("", json!({ "watch": "den" })));
        assert_eq!(texts(&watch), [ann, bob, anna, gone]);
        watch.note(&Reply::done_with("", json!({ "watch": null })));
        assert!(texts(&watch).is_empty() && !watch.is_on());
    }

    #[test]
    fn the_rooms_are_bounded_and_what_is_left_out_is_counted() {
        let rooms: Vec<String> = (0..3 * ROOMS).map(|number| format!("room{number}")).collect();
        let watch = watching(&rooms.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(watch.rooms.len(), ROOMS);
        let told = watch.told(&RoomTraffic { entries: Vec::new(), left_out: 7 });
        assert_eq!((told.len(), &told[0].data["count"]), (1, &json!(7)));
    }
}
