use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use proptest::prelude::*;

use super::*;
use crate::proto::RoomEvent;

/// A sequencer that returns what the test put there.
#[derive(Clone, Debug, Default)]
struct Scripted(Rc<RefCell<VecDeque<Ordered>>>);

impl Scripted {
    fn tells(&self, told: impl IntoIterator<Item = Ordered>) {
        self.0.borrow_mut().extend(told);
    }
}

impl Sequencer for Scripted {
    fn propose(&mut self, _origin: ProposalId, _proposal: Proposal) {}

    fn poll(&mut self) -> Option<Ordered> {
        self.0.borrow_mut().pop_front()
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap()
}

fn proposal(number: u64) -> Proposal {
    let (room, speaker) = (index(number) % 3, index(number) % 2);
    Proposal {
        room: RoomId::first(room),
        speaker: Some(MemberId(speaker)),
        label: None,
        event: RoomEvent::HostSaid { text: number.to_string().into() },
    }
}

fn ordered(seq: u64, origin: u64) -> Ordered {
    Ordered { seq, origin: ProposalId(origin), proposal: proposal(origin) }
}

fn text(proposal: &Proposal) -> u64 {
    proposal.event.text().unwrap().parse().unwrap()
}

/// `count` proposals and their sequencer.
fn proposals(count: u64) -> (Proposals, Scripted) {
    let sequencer = Scripted::default();
    let mut proposals = Proposals::new(Box::new(sequencer.clone()));
    (1..=count).for_each(|number| proposals.propose(proposal(number)));
    (proposals, sequencer)
}

fn taken(proposals: &mut Proposals) -> Vec<u64> {
    std::iter::from_fn(|| proposals.poll()).map(|proposal| text(&proposal)).collect()
}

#[test]
fn the_local_sequencer_orders_at_once() {
    let mut proposals = Proposals::new(Box::<LocalSequencer>::default());
    for number in 1..4 {
        proposals.propose(proposal(number));
        assert_eq!(proposals.poll(), Some(proposal(number)));
        assert!(proposals.poll().is_none() && proposals.is_empty());
    }
}

#[test]
fn a_gap_delays_what_follows() {
    let (mut proposals, sequencer) = proposals(3);
    sequencer.tells([ordered(2, 1), ordered(3, 3)]);
    assert_eq!(taken(&mut proposals), [0_u64; 0]);
    assert!(!proposals.is_empty());
    sequencer.tells([ordered(1, 2)]);
    assert_eq!(taken(&mut proposals), [2, 1, 3]);
}

#[test]
fn a_repeated_proposal_counts_once() {
    let (mut proposals, sequencer) = proposals(2);
    sequencer.tells([ordered(1, 1), ordered(1, 1), ordered(2, 1), ordered(3, 2)]);
    assert_eq!(taken(&mut proposals), [1, 2]);
    assert!(proposals.is_empty());
}

#[test]
fn a_member_that_leaves_keeps_its_proposals_and_a_closed_room_drops_them() {
    let (mut proposals, sequencer) = proposals(4);
    sequencer.tells((1..=4).map(|number| ordered(number, number)));
    proposals.member_left(MemberId(0), &Name::parse("Anna").unwrap());
    let bytes = "3".len();
    assert_eq!(proposals.room_closed(RoomId::first(0)), [(MemberId(1), bytes)]);
    let left: Vec<_> = std::iter::from_fn(|| proposals.poll()).map(|it| (text(&it), it.speaker)).collect();
    assert_eq!(left, [(1, Some(MemberId(1))), (2, None), (4, None)]);
    assert!(proposals.is_empty());
}

/// What a sequencer may return: the order, each position at least once and in any sequence, and after which ones to poll.
fn telling() -> impl Strategy<Value = (Vec<u64>, Vec<u64>, Vec<bool>)> {
    (1_u64..40).prop_flat_map(|count| {
        let order = Just((1..=count).collect::<Vec<u64>>()).prop_shuffle();
        let repeated = prop::collection::vec(1..=count, 0..40);
        let told =
            repeated.prop_map(move |again| (1..=count).chain(again).collect::<Vec<u64>>()).prop_shuffle();
        (order, told, prop::collection::vec(any::<bool>(), 80))
    })
}

proptest! {
    #[test]
    fn each_proposal_is_returned_once_and_in_order(
        (order, told, polls) in telling(),
    ) {
        let (mut proposals, sequencer) = proposals(order.len() as u64);
        let mut heard = Vec::new();
        for (seq, is_polled) in told.into_iter().zip(polls) {
            sequencer.tells([ordered(seq, order[index(seq) - 1])]);
            if is_polled {
                heard.extend(taken(&mut proposals));
            }
            prop_assert_eq!(&heard[..], &order[..heard.len()]);
        }
        heard.extend(taken(&mut proposals));
        prop_assert_eq!(heard, order);
        prop_assert!(proposals.is_empty() && proposals.early.is_empty());
    }
}
