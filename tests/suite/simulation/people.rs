//! Who is who: which connection has which name, as an operator sees it at the end of a turn, and whose coming was heard.

use salon::wire::json::SenderKind;

use crate::simulation::network::Closed;
use crate::simulation::part::Part;
use crate::simulation::shadow::{Shadow, key};
use crate::simulation::stay::Stay;

/// Somebody came to a room.
#[derive(Debug)]
pub struct Arrival {
    pub who: String,
    pub is: SenderKind,
    pub stream: usize,
    pub id: u64,
    /// The id of its going, if that was heard, too.
    pub end: Option<u64>,
    /// The turn in which it came.
    pub turn: u64,
}

impl Shadow {
    /// Who is connected under which name and from where, and who is in which room, at the end of a turn.
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
            let place = present.iter().find(|(name, _)| is_there && *name == part.name);
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

    /// Whether it has to be seen who is there: somebody may have got a name, or gone elsewhere unheard.
    pub fn has_to_see(&self) -> bool {
        let mut connected = self.parts.iter().filter(|part| part.closed == Closed::Open);
        connected.any(|part| part.is_blind() || !part.is_named)
    }

    /// Finds out whose comings were heard.
    pub fn settle_arrivals(&mut self) {
        for arrival in std::mem::take(&mut self.arrivals) {
            self.own(&arrival);
        }
    }

    fn own(&mut self, arrival: &Arrival) {
        let Arrival { who, is, stream, id, end, turn } = arrival;
        let is_meant = |part: &Part| {
            let was_there = part.left_at.or(part.closed_at).is_none_or(|at| at >= *turn);
            let is_of_its_kind = *is == SenderKind::Person || part.may_be_a_bot();
            part.is_named && part.name == *who && part.named_at <= *turn && was_there && is_of_its_kind
        };
        let Some(at) = self.parts.iter().rposition(is_meant) else {
            return self.own_by_nobody(who, *is, *turn);
        };
        // Who left as another came, and who came and left at once, cannot be seen.
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
                // It was in two rooms within a turn, or another was there as shortly.
                part.is_unclear = true;
                return self.own_by_nobody(who, *is, *turn);
            }
            None => {
                part.stays.push(Stay::new(*stream, *turn));
                part.stays.len() - 1
            }
        };
        part.stays[stay].bind(*id);
        part.stays[stay].end = *end;
    }

    /// Who came was never seen: it lives in the server, or came and went within a turn.
    fn own_by_nobody(&mut self, who: &str, is: SenderKind, turn: u64) {
        for part in self.parts.iter_mut().filter(|part| part.claims(who)) {
            let is_there = part.closed_at.is_none_or(|at| at >= turn);
            part.is_unclear |= is_there && (is == SenderKind::Person || part.may_be_a_bot());
        }
    }
}
