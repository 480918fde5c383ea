//! Private messages between members of this server and of others.

use std::rc::Rc;

use crate::chat::PrivateBody;
use crate::cluster::{Envelope, Unanswered};
use crate::hub::sharing::{Effect, Here, Local, Sharing, not_live};
use crate::proto::{MemberId, MemberInfo, Receipt, Refusal};

impl Sharing {
    /// A member of this server writes to one of another. An error says why that is not possible.
    pub(super) fn write(
        &mut self,
        by: MemberId,
        to: MemberId,
        body: PrivateBody,
        label: Option<Rc<str>>,
        here: &Here<'_>,
    ) -> Result<(), String> {
        let from = self.keys.get(&by).copied().filter(|key| self.is_own(*key));
        let Some((from, to_key)) = from.zip(self.keys.get(&to).copied()) else {
            return Err(self.node.refusal().unwrap_or_else(not_live));
        };
        let reader = here.rooms.chat().who(to).clone();
        let PrivateBody { text, is_notice } = body;
        let too_much =
            format!("Too much waits to be sent to the server of {}. Try again later.", reader.name);
        let refusal = self.node.refusal();
        let sent = self
            .node
            .send_private(Envelope { from, to: to_key, text, is_notice }, Local::Private { reader, label });
        sent.map_err(|_| refusal.unwrap_or(too_much))
    }

    /// A member of another server has written to one of this server.
    pub(super) fn private_came(
        &mut self,
        Envelope { from, to, text, is_notice }: Envelope,
        here: &mut Here<'_>,
    ) {
        let receipt = match self.member_of(from).zip(self.member_of(to)) {
            Some((by, to)) => here.rooms.receive_private(by, to, PrivateBody { text, is_notice }, here.now),
            None => Receipt::Gone,
        };
        self.node.answer_private(from.epoch, receipt);
    }

    /// What became of a private message of a member of this server.
    pub(super) fn private_answered(
        &mut self,
        Envelope { from, to, text, is_notice }: Envelope,
        (reader, label): (MemberInfo, Option<Rc<str>>),
        receipt: Result<Receipt, Unanswered>,
        here: &mut Here<'_>,
    ) -> Vec<Effect> {
        let Some(by) = self.member_of(from) else { return Vec::new() };
        match receipt {
            Ok(receipt) => {
                let reader = (self.member_of(to), reader);
                here.rooms.private_answered(by, reader, PrivateBody { text, is_notice }, receipt, here.now);
            }
            Err(why) => here.rooms.refuse(by, Refusal::NotShared(unanswered(&reader, why))),
        }
        here.answered(by, label, true)
    }
}

/// What an author is told whose message nobody answered.
fn unanswered(reader: &MemberInfo, why: Unanswered) -> String {
    let name = &reader.name;
    match why {
        Unanswered::Unsent => {
            format!(
                "The server of {name} does not answer, so your private message was not sent. Try again later."
            )
        }
        Unanswered::Unknown => format!(
            "The server of {name} does not answer, so nobody knows whether your private message came. Ask {name} before you send it again."
        ),
    }
}
