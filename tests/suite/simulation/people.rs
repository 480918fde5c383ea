//! Which connection has which name, as an operator sees it at the end of a turn, and whose join was received.

use salon::wire::json::SenderKind;

use crate::simulation::network::Closed;
use crate::simulation::part::Part;
use crate::simulation::shadow::{Shadow, key};
use crate::simulation::stay::Stay;

/// A join.
#[derive(Debug)]
pub struct Arrival {
    pub who: String,
    /// Its name at the end of the turn.
    pub now: String,
    pub is: SenderKind,
    pub stream: usize,
    pub id: u64,
    /// The id of the leave, if that was received too.
    pub end: Option<u64>,
    /// The turn of the join.
    pub turn: u64,
}

impl Shadow {
    /// Takes the operator's view at the end of a turn: names with addresses, and the members of rooms.
    pub fn see(
        &mut self,
        connected: &[(String, String)],
        present: &[(String, String)],
    ) -> Result<(), String> {
        for (at, (name, address)) in connected.iter().enumerate() {
            let own = key(name);
            if let Some((other, _)) = connected[..at].iter().find(|(other, _)| key(other) == own) {
                return Err(format!("{name} and {other} are there at once"));
            }
            let machine = address.rsplit_once(':').map_or("", |(machine, _)| machine);
            for banned in [own, machine.to_owned()] {
                if self.bans.contains_key(&banned) {
                    return Err(format!("{name} is there from {address}, and {banned} is banned"));
                }
            }
            if let Some(part) = self.parts.iter_mut().rfind(|part| part.address == *address) {
                part.see(name, self.turn)?;
            }
        }
        let named = self.parts.iter_mut().filter(|part| part.is_named && part.closed != Closed::Full);
        for part in named.filter(|part| part.left_at.is_none()) {
            let is_there = connected.iter().any(|(_, address)| *address == part.address);
            part.left_at = (!is_there).then_some(self.turn);
        }
        let blind = self.parts.iter_mut().filter(|part| part.is_blind() && part.closed != Closed::Full);
        for part in blind {
            let is_there = connected.iter().any(|(_, address)| *address == part.address);
            let place = present.iter().find(|(name, _)| is_there && *name == part.seen_as);
            let place = place.map(|(_, room)| room.clone());
            if part.place != place {
                if let Some(stream) = place.as_ref().and_then(|room| self.current.get(room)) {
                    part.stays.push(Stay::new(*stream, self.turn));
                }
                part.place = place;
            }
        }
        Ok(())
    }

    /// Whether the operator's view is needed: a client may have got a name, or changed rooms unnoticed, or somebody came
    /// under a name that another had before.
    pub fn has_to_see(&self) -> bool {
        let is_needed =
            |part: &Part| part.is_blind() || !part.is_named || part.is_fickle && !self.arrivals.is_empty();
        self.parts.iter().any(|part| part.closed == Closed::Open && is_needed(part))
    }

    /// Finds out which connections the joins belong to.
    pub fn settle_arrivals(&mut self) {
        for arrival in std::mem::take(&mut self.arrivals) {
            self.own(&arrival);
        }
    }

    fn own(&mut self, arrival: &Arrival) {
        let Arrival { who, now, is, stream, id, end, turn } = arrival;
        let is_meant = |part: &Part| {
            let was_there = part.left_at.or(part.closed_at).is_none_or(|at| at >= *turn);
            let is_of_its_kind = *is == SenderKind::Person || part.may_be_a_bot();
            let has_name = part.is_named && part.claims(who) && part.seen_as == *now;
            has_name && part.named_at <= *turn && was_there && is_of_its_kind
        };
        let Some(at) = self.parts.iter().rposition(is_meant) else {
            return self.own_by_nobody(who, *is, *turn);
        };
        // It may have taken the name of the other only later.
        if self.parts[at].is_fickle && self.parts[..at].iter().any(is_meant) {
            return self.own_by_nobody(who, *is, *turn);
        }
        // The view misses clients that joined and left within the turn.
        let had_it = |part: &Part| part.claims(who) && part.closed_at.is_none_or(|at| at >= *turn);
        let is_second =
            self.parts[at].named_at == *turn && end.is_some() && self.parts[..at].iter().any(had_it);
        let is_first = self.parts[at].left_at == Some(*turn);
        if is_first || is_second {
            self.parts[at].is_unclear = true;
            return self.own_by_nobody(who, *is, *turn);
        }
        let part = &mut self.parts[at];
        let is_blind = part.is_blind();
        let is_it =
            |stay: &Stay| stay.stream == *stream && stay.join.is_none() && (!is_blind || stay.since == *turn);
        let stay = match part.stays.iter().position(is_it) {
            Some(stay) => stay,
            None if is_blind => {
                // It was in two rooms within a turn, or another client was there as briefly.
                part.is_unclear = true;
                return self.own_by_nobody(who, *is, *turn);
            }
            None => {
                part.stays.push(Stay::new(*stream, *turn));
                part.stays.len() - 1
            }
        };
        part.stays[stay].bind(*id, who, now);
        part.stays[stay].end = *end;
    }

    /// A join of no known connection: a hosted bot, or a client that came and went within a turn.
    fn own_by_nobody(&mut self, who: &str, is: SenderKind, turn: u64) {
        for part in self.parts.iter_mut().filter(|part| part.claims(who)) {
            let is_there = part.closed_at.is_none_or(|at| at >= turn);
            part.is_unclear |= is_there && (is == SenderKind::Person || part.may_be_a_bot());
        }
    }
}
