//! Private messages between members of two servers of a cluster. The author's server asks the reader's, and each keeps what the
//! two wrote, for its own member.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::time::whole_milliseconds;
use crate::chat::handover::Belongings;
use crate::chat::private::PrivateBody;
use crate::chat::{Chat, Effect, Step};
use crate::proto::{
    Event, MemberId, MemberInfo, PrivateMessage, Receipt, Refusal, Reply, SeenMessage, UnknownMember,
};

impl Chat {
    /// A member writes to one of another server.
    pub(super) fn write_across(&mut self, by: MemberId, to: MemberId, body: PrivateBody) {
        self.effects.push_back(Effect::Share(Step::Write(by, to, body)));
    }

    /// A member of another server has written to one of this server.
    pub fn receive_private(
        &mut self,
        by: MemberId,
        to: MemberId,
        body: PrivateBody,
        time: SystemTime,
    ) -> Receipt {
        if self.members[to.0].is_leaving() {
            return Receipt::Gone;
        }
        if !self.members[to.0].takes_private {
            return Receipt::NotPrivate;
        }
        let (is_ignored, is_notice) = (self.ignores(to, by), body.is_notice);
        let message = self.keep_private(by, to, body, is_ignored, time);
        if !is_ignored {
            self.tell_reader(by, to, message);
        }
        Receipt::Delivered { is_ignored, away: self.away_told(by, to, is_notice, time) }
    }

    /// What became of a private message of a member of this server. `to`: its reader, unless that has left since, who was `reader`.
    pub fn private_answered(
        &mut self,
        by: MemberId,
        (to, reader): (Option<MemberId>, MemberInfo),
        body: PrivateBody,
        receipt: Receipt,
        time: SystemTime,
    ) {
        match (receipt, to) {
            (Receipt::NotPrivate, _) => self.refuse(by, Refusal::NotPrivate(reader.name)),
            (Receipt::Gone, _) => {
                let (name, nearest) = (Some(reader.name.to_string()), Vec::new());
                self.refuse(by, Refusal::UnknownMember(UnknownMember::Named { name, nearest }));
            }
            (Receipt::Delivered { is_ignored, away }, Some(to)) => {
                let message = self.keep_private(by, to, body, is_ignored, time);
                self.tell_author(by, to, message);
                self.tell_author_away(by, reader, away);
            }
            (Receipt::Delivered { away, .. }, None) => {
                let time = whole_milliseconds(time);
                let id = self.conversations.next_id(by, by, time);
                let (from, PrivateBody { text, is_notice }) = (self.who(by).clone(), body);
                let message = PrivateMessage { from, to: reader.clone(), text, is_notice, id, time };
                self.tell(by, Event::Private(SeenMessage { message, is_own: true }));
                self.tell_author_away(by, reader, away);
            }
        }
    }

    pub(super) fn tell_author_away(&mut self, by: MemberId, reader: MemberInfo, away: Option<Rc<str>>) {
        if let Some(text) = away {
            self.tell(by, Event::Reply(Reply::IsAway { who: reader.name, text }));
        }
    }

    /// A member that was known here has resumed its session on another server: its partners here go on with it.
    pub fn give_correspondence(&mut self, id: MemberId, belongings: Belongings) {
        self.conversations.attach(id);
        self.members[id.0].private = belongings.into_private();
    }
}
