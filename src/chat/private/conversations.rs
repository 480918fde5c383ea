//! The private messages between each two members, in memory, for as long as both are here.
//!
//! Bounded for two members, for each member and in all: what was written first, and the conversations in which nothing was
//! written for longest, are dropped. A conversation counts against the address of whoever began it: of a member with too many,
//! those of that address go first; of all, those of the address that has most. So nobody has others' dropped by writing much.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::time::SystemTime;

use crate::base::limits::{
    PRIVATE_BYTES, PRIVATE_BYTES_TOTAL, PRIVATE_CONVERSATION_BYTES, PRIVATE_CONVERSATIONS, PRIVATE_MESSAGES,
    PRIVATE_OVERHEAD_BYTES,
};
use crate::base::name::NameKey;
use crate::base::source::Source;
use crate::proto::{MemberId, PrivateMessage, SeenMessage};

/// All conversations.
#[derive(Debug, Default)]
pub(in crate::chat) struct Conversations {
    by_pair: HashMap<Pair, Conversation>,
    /// With whom each member has conversations. The latest is last.
    partners: HashMap<MemberId, Vec<MemberId>>,
    accounts: BTreeMap<Payer, Account>,
    /// The conversations of the member that resumes its session at the moment, by its partners.
    detached: Vec<(MemberId, Conversation)>,
    /// The memory of all messages, in bytes.
    bytes: usize,
    /// How many messages there were.
    count: u64,
}

/// The address that a conversation counts against. `None`: this server.
pub(super) type Payer = Option<Source>;

/// The conversations that count against an address.
#[derive(Debug, Default)]
struct Account {
    bytes: usize,
    /// By the number of their last message.
    by_age: BTreeMap<u64, Pair>,
}

/// Two members, the smaller id first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Pair(MemberId, MemberId);

/// What two members wrote to each other.
#[derive(Debug)]
pub(super) struct Conversation {
    ends: [MemberId; 2],
    payer: Payer,
    entries: VecDeque<Entry>,
    bytes: usize,
    /// The number of the last message among those of all conversations.
    last: u64,
    last_id: u64,
    /// Whether each end was told that the other one is away.
    is_told_away: [bool; 2],
}

#[derive(Debug)]
struct Entry {
    /// The end that wrote it.
    by: usize,
    message: PrivateMessage,
    /// The other end ignored its author, and may not read it.
    is_ignored: bool,
}

impl Conversations {
    /// The id of the next message of these two: the time in milliseconds, or the next number after the last id. So it tells
    /// nothing of others' messages, and ids ascend even if the earlier messages are not kept.
    pub(super) fn next_id(&self, one: MemberId, other: MemberId, time: SystemTime) -> u64 {
        let last = self.by_pair.get(&Pair::of(one, other)).map_or(0, |conversation| conversation.last_id);
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or_default().max(last + 1)
    }

    /// Adds a message. `is_ignored`: only its author may read it. A new conversation counts against `payer`.
    pub(super) fn add(
        &mut self,
        by: MemberId,
        to: MemberId,
        payer: Payer,
        message: PrivateMessage,
        is_ignored: bool,
    ) {
        let pair = Pair::of(by, to);
        let mut conversation = self.take(pair).unwrap_or_else(|| Conversation::new(by, to, payer));
        let payer = conversation.payer;
        self.count += 1;
        conversation.last = self.count;
        conversation.add(by, message, is_ignored);
        self.put(pair, conversation);
        for end in [by, to] {
            self.shrink_member(end, &payer);
        }
        while self.bytes > PRIVATE_BYTES_TOTAL
            && let Some(most) = self.accounts.values().max_by_key(|account| account.bytes)
            && let Some(oldest) = most.by_age.values().next().copied()
        {
            self.take(oldest);
        }
    }

    /// What `reader` may read of its conversation with another member, the oldest message first.
    pub(super) fn read(&self, reader: MemberId, with: MemberId) -> Vec<SeenMessage> {
        let Some(conversation) = self.by_pair.get(&Pair::of(reader, with)) else { return Vec::new() };
        let Some(end) = conversation.end(reader) else { return Vec::new() };
        let seen = conversation.entries.iter().filter(|entry| entry.is_read_by(end));
        seen.map(|entry| SeenMessage { message: entry.message.clone(), is_own: entry.by == end }).collect()
    }

    /// With whom a member has conversations of which it may read something, and when the last of that was written.
    pub(in crate::chat) fn latest(&self, reader: MemberId) -> impl Iterator<Item = (MemberId, SystemTime)> {
        self.partners(reader).iter().filter_map(move |partner| {
            let conversation = self.by_pair.get(&Pair::of(reader, *partner))?;
            let end = conversation.end(reader)?;
            let last = conversation.entries.iter().rfind(|entry| entry.is_read_by(end))?;
            Some((*partner, last.message.time))
        })
    }

    /// Whether there is a conversation between these two.
    pub(in crate::chat) fn has(&self, one: MemberId, other: MemberId) -> bool {
        self.by_pair.contains_key(&Pair::of(one, other))
    }

    /// With whom a member has conversations.
    pub(in crate::chat) fn partners(&self, member: MemberId) -> &[MemberId] {
        self.partners.get(&member).map_or(&[], Vec::as_slice)
    }

    /// `writer` is told that the other member is away. Returns whether it was not told before.
    pub(super) fn tell_away(&mut self, writer: MemberId, away: MemberId) -> bool {
        let Some(conversation) = self.by_pair.get_mut(&Pair::of(writer, away)) else { return true };
        let Some(end) = conversation.end(writer) else { return true };
        !std::mem::replace(&mut conversation.is_told_away[end], true)
    }

    /// A member goes away: whoever writes to it is told so again.
    pub(in crate::chat) fn goes_away(&mut self, member: MemberId) {
        for partner in self.partners.get(&member).into_iter().flatten() {
            if let Some(conversation) = self.by_pair.get_mut(&Pair::of(member, *partner))
                && let Some(end) = conversation.end(*partner)
            {
                conversation.is_told_away[end] = false;
            }
        }
    }

    /// Erases what was written under a name.
    pub(in crate::chat) fn erase(&mut self, author: &NameKey) {
        for conversation in self.by_pair.values_mut() {
            let before = conversation.bytes;
            conversation.erase(author);
            let erased = before - conversation.bytes;
            self.bytes -= erased;
            if let Some(account) = self.accounts.get_mut(&conversation.payer) {
                account.bytes -= erased;
            }
        }
    }

    /// Drops the conversations of a member that leaves: its id may be another's soon.
    pub(in crate::chat) fn drop_member(&mut self, member: MemberId) {
        for partner in self.partners.get(&member).cloned().unwrap_or_default() {
            self.take(Pair::of(member, partner));
        }
        self.detached.retain(|(partner, _)| *partner != member);
    }

    /// Takes out the conversations of a member that leaves and comes back at once. Until it is back, partners may leave, and
    /// others may get their ids.
    pub(in crate::chat) fn detach(&mut self, member: MemberId) {
        let partners = self.partners.get(&member).cloned().unwrap_or_default();
        let taken = partners.into_iter().filter_map(|partner| {
            self.take(Pair::of(member, partner)).map(|conversation| (partner, conversation))
        });
        self.detached = taken.collect();
    }

    /// Gives them to the member that it came back as.
    pub(in crate::chat) fn attach(&mut self, member: MemberId) {
        for (partner, mut conversation) in std::mem::take(&mut self.detached) {
            if let Some(end) = conversation.end(partner) {
                conversation.ends[1 - end] = member;
                self.put(Pair::of(member, partner), conversation);
            }
        }
    }

    /// Drops the oldest conversations of a member that has too many, those that count against this address first. The latest
    /// one stays.
    fn shrink_member(&mut self, member: MemberId, payer: &Payer) {
        while let Some([first, rest @ ..]) = self.partners.get(&member).map(Vec::as_slice)
            && rest.len() >= PRIVATE_CONVERSATIONS
        {
            let before_last = [first].into_iter().chain(rest).take(rest.len());
            let is_of_payer = |partner: &MemberId| {
                self.by_pair.get(&Pair::of(member, *partner)).is_some_and(|it| it.payer == *payer)
            };
            let oldest = before_last.copied().find(is_of_payer).unwrap_or(*first);
            self.take(Pair::of(member, oldest));
        }
    }

    fn take(&mut self, pair: Pair) -> Option<Conversation> {
        let conversation = self.by_pair.remove(&pair)?;
        self.bytes -= conversation.bytes;
        if let Some(account) = self.accounts.get_mut(&conversation.payer) {
            account.by_age.remove(&conversation.last);
            account.bytes -= conversation.bytes;
            if account.by_age.is_empty() {
                self.accounts.remove(&conversation.payer);
            }
        }
        let Pair(one, other) = pair;
        for (member, partner) in [(one, other), (other, one)] {
            if let Some(partners) = self.partners.get_mut(&member) {
                partners.retain(|known| *known != partner);
                if partners.is_empty() {
                    self.partners.remove(&member);
                }
            }
        }
        Some(conversation)
    }

    fn put(&mut self, pair: Pair, conversation: Conversation) {
        self.bytes += conversation.bytes;
        let account = self.accounts.entry(conversation.payer).or_default();
        account.bytes += conversation.bytes;
        account.by_age.insert(conversation.last, pair);
        let Pair(one, other) = pair;
        for (member, partner) in [(one, other), (other, one)] {
            self.partners.entry(member).or_default().push(partner);
        }
        self.by_pair.insert(pair, conversation);
    }
}

impl Entry {
    /// Whether this end may read it.
    fn is_read_by(&self, end: usize) -> bool {
        self.by == end || !self.is_ignored
    }
}

impl Pair {
    fn of(one: MemberId, other: MemberId) -> Pair {
        Pair(one.min(other), one.max(other))
    }
}

impl Conversation {
    fn new(one: MemberId, other: MemberId, payer: Payer) -> Conversation {
        Conversation {
            ends: [one, other],
            payer,
            entries: VecDeque::new(),
            bytes: PRIVATE_CONVERSATION_BYTES,
            last: 0,
            last_id: 0,
            is_told_away: [false; 2],
        }
    }

    fn end(&self, member: MemberId) -> Option<usize> {
        self.ends.iter().position(|end| *end == member)
    }

    fn erase(&mut self, author: &NameKey) {
        self.entries.retain(|entry| entry.message.from.name.key() != *author);
        self.bytes =
            PRIVATE_CONVERSATION_BYTES + self.entries.iter().map(|entry| cost(&entry.message)).sum::<usize>();
    }

    fn add(&mut self, by: MemberId, message: PrivateMessage, is_ignored: bool) {
        self.last_id = message.id;
        self.bytes += cost(&message);
        self.entries.push_back(Entry { by: usize::from(self.ends[0] != by), message, is_ignored });
        while self.entries.len() > PRIVATE_MESSAGES || self.bytes > PRIVATE_BYTES {
            let Some(first) = self.entries.pop_front() else { return };
            self.bytes -= cost(&first.message);
        }
    }
}

/// What a message takes in memory, in bytes.
fn cost(message: &PrivateMessage) -> usize {
    PRIVATE_OVERHEAD_BYTES + message.text.as_str().len()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::base::limits::MESSAGE_BYTES;
    use crate::base::name::Name;
    use crate::proto::{Kind, MemberInfo};

    const ANN: MemberId = MemberId(1);
    const BEN: MemberId = MemberId(2);
    const EVE: MemberId = MemberId(3);
    /// Where several members come from.
    const SHARED: Source = Source::V6(u64::MAX);

    fn who(name: &str) -> MemberInfo {
        MemberInfo { name: Name::parse(name).unwrap(), kind: Kind::Person }
    }

    fn write(all: &mut Conversations, by: MemberId, to: MemberId, text: &str) {
        write_from(all, Source::V6(by.0 as u64), by, to, text);
    }

    fn write_from(all: &mut Conversations, source: Source, by: MemberId, to: MemberId, text: &str) {
        let (from, reader) = (who(&format!("m{}", by.0)), who(&format!("m{}", to.0)));
        let id = all.next_id(by, to, SystemTime::UNIX_EPOCH);
        let message = PrivateMessage {
            from,
            to: reader,
            text: text.into(),
            is_notice: false,
            id,
            time: SystemTime::UNIX_EPOCH,
        };
        all.add(by, to, Some(source), message, text.starts_with("ignored"));
    }

    fn has(all: &Conversations, one: MemberId, other: MemberId) -> bool {
        all.by_pair.contains_key(&Pair::of(one, other))
    }

    fn read(all: &Conversations, reader: MemberId, with: MemberId) -> Vec<String> {
        let line = |seen: SeenMessage| {
            format!("{}{}", if seen.is_own { "> " } else { "" }, seen.message.text.as_str())
        };
        all.read(reader, with).into_iter().map(line).collect()
    }

    /// Everything that is counted is right.
    fn check(all: &Conversations) {
        let bytes = |c: &Conversation| {
            PRIVATE_CONVERSATION_BYTES + c.entries.iter().map(|e| cost(&e.message)).sum::<usize>()
        };
        let bytes: usize = all.by_pair.values().map(bytes).sum();
        assert_eq!(all.bytes, bytes);
        let accounts = all.accounts.values();
        assert_eq!(accounts.clone().map(|account| account.by_age.len()).sum::<usize>(), all.by_pair.len());
        assert_eq!(accounts.map(|account| account.bytes).sum::<usize>(), all.bytes);
        assert_eq!(all.partners.values().map(Vec::len).sum::<usize>(), 2 * all.by_pair.len());
        assert!(all.bytes <= PRIVATE_BYTES_TOTAL);
        for (pair, conversation) in &all.by_pair {
            assert_eq!(all.accounts[&conversation.payer].by_age[&conversation.last], *pair);
            assert!(conversation.entries.len() <= PRIVATE_MESSAGES && conversation.bytes <= PRIVATE_BYTES);
        }
    }

    #[test]
    fn only_the_two_read_what_they_wrote() {
        let mut all = Conversations::default();
        write(&mut all, ANN, BEN, "hi");
        write(&mut all, BEN, ANN, "hello");
        write(&mut all, EVE, ANN, "and I?");
        assert_eq!(read(&all, ANN, BEN), ["> hi", "hello"]);
        assert_eq!(read(&all, BEN, ANN), ["hi", "> hello"]);
        assert_eq!(read(&all, EVE, BEN), [""; 0]);
        assert_eq!(read(&all, EVE, ANN), ["> and I?"]);
        assert!(has(&all, BEN, ANN) && !has(&all, BEN, EVE));
        check(&all);
    }

    #[test]
    fn ids_ascend_and_tell_nothing_of_others() {
        let (mut all, second) = (Conversations::default(), Duration::from_secs(1));
        for _ in 0..3 {
            write(&mut all, ANN, BEN, "hi");
        }
        assert_eq!(all.next_id(BEN, ANN, SystemTime::UNIX_EPOCH), 4);
        assert_eq!(all.next_id(EVE, ANN, SystemTime::UNIX_EPOCH), 1);
        assert_eq!(all.next_id(ANN, BEN, SystemTime::UNIX_EPOCH + second), 1_000);
        assert_eq!(all.next_id(ANN, BEN, SystemTime::UNIX_EPOCH - second), 4, "the clock is wrong");
    }

    #[test]
    fn whoever_has_an_id_again_reads_nothing_of_before() {
        let mut all = Conversations::default();
        write(&mut all, ANN, BEN, "hi");
        write(&mut all, ANN, EVE, "hey");
        all.drop_member(BEN);
        assert_eq!(read(&all, BEN, ANN), [""; 0]);
        assert_eq!(read(&all, ANN, BEN), [""; 0]);
        assert_eq!(read(&all, ANN, EVE), ["> hey"]);
        check(&all);
        all.drop_member(ANN);
        assert!(all.by_pair.is_empty() && all.partners.is_empty() && all.bytes == 0);
    }

    #[test]
    fn a_member_that_comes_back_has_its_conversations() {
        let (mut all, again) = (Conversations::default(), MemberId(0));
        write(&mut all, ANN, BEN, "hi");
        write(&mut all, BEN, ANN, "hello");
        all.detach(BEN);
        assert_eq!(read(&all, ANN, BEN), [""; 0]);
        check(&all);
        all.attach(again);
        assert_eq!(read(&all, again, ANN), ["hi", "> hello"]);
        assert_eq!(read(&all, ANN, again), ["> hi", "hello"]);
        write(&mut all, again, ANN, "back");
        assert_eq!(read(&all, ANN, again), ["> hi", "hello", "back"]);
        check(&all);
    }

    #[test]
    fn who_leaves_while_another_one_comes_back_takes_its_conversation_along() {
        let mut all = Conversations::default();
        write(&mut all, ANN, BEN, "hi");
        write(&mut all, BEN, EVE, "hello");
        all.detach(BEN);
        // Ann leaves, and the one who comes back has her id; or somebody else has it.
        all.drop_member(ANN);
        all.attach(ANN);
        assert_eq!((read(&all, ANN, ANN), read(&all, ANN, EVE)), (vec![], vec!["> hello".into()]));
        check(&all);
        all.detach(ANN);
        all.drop_member(EVE);
        all.attach(BEN);
        assert_eq!(read(&all, EVE, BEN), [""; 0]);
        assert!(all.by_pair.is_empty() && all.partners.is_empty() && all.bytes == 0);
    }

    #[test]
    fn what_a_member_wrote_is_erased_for_both() {
        let mut all = Conversations::default();
        write(&mut all, ANN, BEN, "hi");
        write(&mut all, BEN, ANN, "hello");
        write(&mut all, EVE, ANN, "hey");
        all.erase(&NameKey::of("M1"));
        assert_eq!(
            (read(&all, ANN, BEN), read(&all, BEN, ANN)),
            (vec!["hello".into()], vec!["> hello".into()])
        );
        assert_eq!(read(&all, ANN, EVE), ["hey"]);
        check(&all);
    }

    #[test]
    fn what_is_ignored_only_its_author_reads() {
        let mut all = Conversations::default();
        write(&mut all, ANN, BEN, "hi");
        write(&mut all, ANN, BEN, "ignored");
        assert_eq!(read(&all, ANN, BEN), ["> hi", "> ignored"]);
        assert_eq!(read(&all, BEN, ANN), ["hi"]);
    }

    #[test]
    fn each_writer_is_told_once_that_somebody_is_away() {
        let mut all = Conversations::default();
        write(&mut all, ANN, BEN, "hi");
        write(&mut all, EVE, BEN, "hi");
        for writer in [ANN, EVE] {
            assert!(all.tell_away(writer, BEN));
            assert!(!all.tell_away(writer, BEN));
        }
        assert!(all.tell_away(BEN, ANN), "that is the other way round");
        all.goes_away(BEN);
        assert!(all.tell_away(ANN, BEN) && !all.tell_away(BEN, ANN));
    }

    #[test]
    fn the_oldest_are_dropped() {
        let mut all = Conversations::default();
        for number in 0..=PRIVATE_MESSAGES {
            write(&mut all, ANN, BEN, &number.to_string());
        }
        let kept = read(&all, ANN, BEN);
        assert_eq!((kept.len(), &*kept[0]), (PRIVATE_MESSAGES, "> 1"));
        let long = "x".repeat(MESSAGE_BYTES);
        for _ in 0..=PRIVATE_BYTES / MESSAGE_BYTES {
            write(&mut all, ANN, BEN, &long);
        }
        check(&all);
        // A member has so many conversations; others' are not touched.
        for number in 10..=10 + PRIVATE_CONVERSATIONS {
            write(&mut all, EVE, MemberId(number), "hi");
        }
        assert!(!has(&all, EVE, MemberId(10)) && has(&all, EVE, MemberId(11)) && has(&all, ANN, BEN));
        check(&all);
        // Many who write to her from one address have only one of hers dropped.
        for number in 1_000..1_000 + 2 * PRIVATE_CONVERSATIONS {
            write_from(&mut all, SHARED, MemberId(number), EVE, "hi");
        }
        assert!(!has(&all, EVE, MemberId(11)) && has(&all, EVE, MemberId(12)));
        check(&all);
    }

    #[test]
    fn all_together_are_bounded() {
        let (mut all, long) = (Conversations::default(), "x".repeat(MESSAGE_BYTES));
        let each = (PRIVATE_BYTES - PRIVATE_CONVERSATION_BYTES) / (MESSAGE_BYTES + PRIVATE_OVERHEAD_BYTES);
        let members = PRIVATE_BYTES_TOTAL / PRIVATE_BYTES + 100;
        for member in 0..members {
            for _ in 0..each {
                write(&mut all, MemberId(2 * member), MemberId(2 * member + 1), &long);
            }
        }
        check(&all);
        assert!(has(&all, MemberId(2 * members - 2), MemberId(2 * members - 1)));
    }

    #[test]
    fn whoever_writes_much_from_one_address_has_only_its_own_dropped() {
        let (mut all, long) = (Conversations::default(), "x".repeat(MESSAGE_BYTES));
        write(&mut all, ANN, BEN, "keep this");
        let each = (PRIVATE_BYTES - PRIVATE_CONVERSATION_BYTES) / (MESSAGE_BYTES + PRIVATE_OVERHEAD_BYTES);
        let members = PRIVATE_BYTES_TOTAL / PRIVATE_BYTES + 100;
        for member in 10..10 + members {
            for _ in 0..each {
                let (by, to) = (MemberId(2 * member), MemberId(2 * member + 1));
                write_from(&mut all, SHARED, by, to, &long);
            }
        }
        check(&all);
        assert_eq!(read(&all, BEN, ANN), ["keep this"]);
        assert!(!has(&all, MemberId(20), MemberId(21)));
    }
}
