//! A snapshot: what all nodes know at one place of the log, as plain data. Who begins from it need not hear what was before.

use std::collections::VecDeque;
use std::mem::discriminant;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use crate::base::limits::{
    DECISIONS_KEPT, EDITS_KEPT_FOR, LOG_KEPT_ENTRIES, LOG_KEPT_FOR, SNAPSHOT_INTERVAL,
};
use crate::cluster::member::Member;
use crate::cluster::nodes::Node;
use crate::cluster::record::{MemberKey, Place, Record, SanctionKind};

/// How often snapshots are taken, and what the log keeps for nodes that are away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keeping {
    /// One is taken at each place that is a multiple of this.
    pub interval: u64,
    /// The log is trimmed up to a snapshot behind which there are so many entries,
    pub entries: u64,
    /// or that is so old.
    pub time: Duration,
}

impl Default for Keeping {
    fn default() -> Keeping {
        Keeping { interval: SNAPSHOT_INTERVAL, entries: LOG_KEPT_ENTRIES, time: LOG_KEPT_FOR }
    }
}

/// See the module.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Snapshot {
    /// The version in which all nodes wrote there, and in which it is encoded.
    pub(super) version: u8,
    /// The entry after which it was taken.
    pub(super) seq: u64,
    /// The log's time there.
    pub(super) time: SystemTime,
    /// The first entry that was carried out to get there.
    pub(super) began: u64,
    /// The hash over the log.
    pub(super) hash: u64,
    /// The live nodes, by name.
    pub(super) nodes: Vec<(Rc<str>, Node)>,
    /// Their members, by key.
    pub(super) members: Vec<(MemberKey, Member)>,
    /// The owner of the host of each room.
    pub(super) owners: Vec<(Rc<str>, Option<Rc<str>>)>,
    /// What operators decided.
    pub(super) decisions: Decisions,
    /// The snapshots before this one, oldest first.
    pub(super) known: Vec<Known>,
}

/// A snapshot of which nodes have said what they know there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Known {
    /// Its place.
    pub(super) seq: u64,
    /// The log's time when the first node spoke of it.
    pub(super) time: SystemTime,
    /// The hash that this node has.
    pub(super) hash: u64,
    /// How many nodes have the same.
    pub(super) votes: u8,
    /// These were more than half of those that lived.
    pub(super) is_sure: bool,
    /// Some node has another hash.
    pub(super) is_disputed: bool,
    /// The engine has it.
    pub(super) is_stored: bool,
}

/// What operators decided for all nodes, and which messages were erased or edited: for nodes that come, or come back, when that is
/// gone from the log. The last ones of each kind, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decisions(pub(super) VecDeque<(Place, Record)>);

impl Decisions {
    /// Whether a record is such a decision.
    pub(super) fn has_kind_of(record: &Record) -> bool {
        matches!(
            record,
            Record::Topic(..)
                | Record::Sanction(..)
                | Record::Erased(..)
                | Record::Forget(_)
                | Record::Edited { .. }
        )
    }

    /// Remembers a decision, in place of an earlier one about the same.
    pub(super) fn add(&mut self, place: Place, record: Record) {
        let is_kind = |other: &Record| discriminant(other) == discriminant(&record);
        self.0.retain(|(_, other)| !concern_the_same(other, &record));
        if self.0.iter().filter(|(_, other)| is_kind(other)).count() >= DECISIONS_KEPT
            && let Some(oldest) = self.0.iter().position(|(_, other)| is_kind(other))
        {
            self.0.remove(oldest);
        }
        self.0.push_back((place, record));
    }

    /// Drops edits that are so old that hardly a node comes back that lacks them: no snapshot keeps a text for ever.
    pub(super) fn drop_old_edits(&mut self, now: SystemTime) {
        let is_old = |place: &Place| now.duration_since(place.time).unwrap_or_default() > EDITS_KEPT_FOR;
        self.0.retain(|(place, record)| !(matches!(record, Record::Edited { .. }) && is_old(place)));
    }
}

/// Whether a decision takes the place of another one.
fn concern_the_same(one: &Record, other: &Record) -> bool {
    match (one, other) {
        (Record::Topic(one, _), Record::Topic(other, _)) => one == other,
        (Record::Sanction(one, whom), Record::Sanction(other, whom_else)) => {
            let is_ban = |kind: &SanctionKind| matches!(kind, SanctionKind::Ban | SanctionKind::Unban);
            let first = |text: &Rc<str>| text.split_whitespace().next().map(str::to_owned);
            is_ban(one) == is_ban(other) && first(whom) == first(whom_else)
        }
        (Record::Edited { room, message, .. }, Record::Edited { room: other, message: id, .. })
        | (Record::Edited { room, message, .. }, Record::Erased(other, id)) => room == other && message == id,
        // What it was edited to is erased as well.
        (Record::Edited { author, .. }, Record::Forget(name)) => author == name,
        (one, other) => one == other,
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    fn of(records: impl IntoIterator<Item = Record>) -> Vec<Record> {
        let mut decisions = Decisions::default();
        for (id, record) in (1..).zip(records) {
            decisions.add(Place { id, time: UNIX_EPOCH }, record);
        }
        decisions.0.into_iter().map(|(_, record)| record).collect()
    }

    #[test]
    fn a_decision_takes_the_place_of_an_earlier_one_about_the_same() {
        let topic = |room: &str, text: &str| Record::Topic(room.into(), text.into());
        let sanction = |kind, text: &str| Record::Sanction(kind, text.into());
        let kept = of([
            topic("lobby", "one"),
            sanction(SanctionKind::Ban, "Ann for good"),
            sanction(SanctionKind::Mute, "Ann for 20s"),
            topic("hall", "other"),
            sanction(SanctionKind::Ban, "Bob for 20s"),
            Record::Erased("lobby".into(), 7),
            topic("lobby", "two"),
            sanction(SanctionKind::Unban, "Ann"),
            Record::Erased("lobby".into(), 7),
        ]);
        assert_eq!(
            kept,
            [
                sanction(SanctionKind::Mute, "Ann for 20s"),
                topic("hall", "other"),
                sanction(SanctionKind::Ban, "Bob for 20s"),
                topic("lobby", "two"),
                sanction(SanctionKind::Unban, "Ann"),
                Record::Erased("lobby".into(), 7),
            ]
        );
    }

    #[test]
    fn an_edit_is_kept_until_its_message_is_edited_again_or_erased_or_is_old() {
        let edited = |message, author: &str, text: &str| Record::Edited {
            room: "lobby".into(),
            message,
            author: author.into(),
            text: text.into(),
        };
        let erased = Record::Erased("lobby".into(), 1);
        let forget = Record::Forget("ann".into());
        let all = [
            edited(1, "bob", "one"),
            edited(2, "ann", "two"),
            edited(3, "bob", "three"),
            edited(3, "bob", "four"),
            erased.clone(),
            forget.clone(),
        ];
        assert_eq!(of(all), [edited(3, "bob", "four"), erased.clone(), forget.clone()]);
        let mut decisions = Decisions::default();
        decisions.add(Place { id: 1, time: UNIX_EPOCH }, forget.clone());
        decisions.add(Place { id: 2, time: UNIX_EPOCH }, edited(3, "bob", "four"));
        decisions.drop_old_edits(UNIX_EPOCH + EDITS_KEPT_FOR);
        assert_eq!(decisions.0.len(), 2);
        decisions.drop_old_edits(UNIX_EPOCH + EDITS_KEPT_FOR + Duration::from_secs(1));
        assert_eq!(decisions.0.len(), 1);
    }

    #[test]
    fn of_each_kind_the_last_ones_are_kept() {
        let erased = |id| Record::Erased("lobby".into(), id);
        let last = DECISIONS_KEPT as u64 + 5;
        let kept = of([Record::Forget("ann".into())].into_iter().chain((1..=last).map(erased)));
        assert_eq!(kept.len(), DECISIONS_KEPT + 1);
        assert_eq!((&kept[0], &kept[1]), (&Record::Forget("ann".into()), &erased(6)));
    }
}
