//! A client that resumes its session is another member under the same name. What belongs to the person follows.

use std::rc::Rc;
use std::time::SystemTime;

use crate::base::source::Source;
use crate::chat::Chat;
use crate::chat::ignores::Ignored;
use crate::chat::own_messages::OwnMessages;
use crate::chat::private::Correspondence;
use crate::proto::MemberId;

/// What a member takes along, beside its private conversations.
#[derive(Debug)]
pub struct Belongings {
    private: Correspondence,
    own: OwnMessages,
    ignored: Vec<Ignored>,
    away: Option<Rc<str>>,
    real_name: Option<Rc<str>>,
    /// Its token has proved that it is the same person, wherever it comes from now.
    origin: Option<Source>,
}

impl Belongings {
    /// With whom the member exchanged private messages.
    pub(super) fn into_private(self) -> Correspondence {
        self.private
    }
}

impl Chat {
    /// Unregisters a member that resumes its session. Give what is returned to the new member.
    pub fn leave_to_resume(&mut self, id: MemberId, time: SystemTime) -> Belongings {
        let belongings = self.take_belongings(id);
        self.leave(id, time);
        belongings
    }

    /// Takes what a member takes along.
    pub(super) fn take_belongings(&mut self, id: MemberId) -> Belongings {
        self.conversations.detach(id);
        Belongings {
            ignored: self.ignores.drop_member(id),
            private: std::mem::take(&mut self.members[id.0].private),
            own: std::mem::take(&mut self.members[id.0].own),
            away: self.members[id.0].take_away(),
            real_name: self.members[id.0].take_real_name(),
            origin: self.members[id.0].origin,
        }
    }

    /// Gives a member what it took along from its earlier session.
    pub fn give(&mut self, id: MemberId, belongings: Belongings) {
        let Belongings { private, own, ignored, away, real_name, origin } = belongings;
        self.conversations.attach(id);
        for name in ignored {
            self.ignores.add_ignored(id, name);
        }
        let member = &mut self.members[id.0];
        (member.private, member.own, member.origin) = (private, own, origin);
        if away.is_some() || real_name.is_some() {
            let uncommon = member.uncommon();
            (uncommon.away, uncommon.real_name) = (away, real_name);
        }
    }
}
