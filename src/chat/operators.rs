//! Operators of the server among the members: who is one, and what only they may ask for.

use std::rc::Rc;

use crate::chat::{Chat, Effect, Member};
use crate::proto::{Event, Found, MemberId, Notice, OperatorRefusal, ProgramEvent, Refusal, Reply};

impl Member {
    /// The name under which it operates the server. `None`: it does not.
    pub(super) fn operator(&self) -> Option<&Rc<str>> {
        self.uncommon.as_ref()?.operator.as_ref()
    }
}

impl Chat {
    /// Sets the names under which members may operate the server.
    pub fn set_operator_names(&mut self, names: Vec<Rc<str>>) {
        self.operator_names = names;
    }

    /// The name under which a member operates the server. `None`: it does not.
    pub fn operator(&self, id: MemberId) -> Option<&Rc<str>> {
        self.members.get(id.0)?.operator()
    }

    /// A member operates the server under this name, until it leaves or [`Chat::end_operator`].
    pub fn make_operator(&mut self, id: MemberId, name: Rc<str>) {
        self.members[id.0].uncommon().operator = Some(name);
        self.tell(id, Event::Reply(Reply::IsOperator));
    }

    /// A member does not operate the server any more.
    pub fn end_operator(&mut self, id: MemberId) {
        self.members[id.0].uncommon().operator = None;
        self.tell(id, Event::Notice(Notice::NoOperator));
    }

    /// A member types an operators' command.
    pub(super) fn operate(&mut self, by: MemberId, line: &str) {
        match self.operator(by) {
            Some(_) => self.effects.push_back(Effect::Operate(by, line.to_owned())),
            None => self.refuse_operator(by, OperatorRefusal::NotOperator),
        }
    }

    /// A member says something to all operators.
    pub(super) fn tell_operators(&mut self, by: MemberId, text: &str) {
        if self.operator(by).is_none() {
            return self.refuse_operator(by, OperatorRefusal::NotOperator);
        }
        if text.is_empty() {
            return self.refuse_operator(by, OperatorRefusal::NeedsText);
        }
        self.effects.push_back(Effect::Wallops(by));
        let by = self.who(by).name.clone();
        let operators = self.members.iter().filter(|(_, member)| member.operator().is_some());
        let operators: Vec<MemberId> = operators.map(|(id, _)| MemberId(id)).collect();
        for operator in operators {
            self.tell(operator, Event::Notice(Notice::Wallops { by: by.clone(), text: text.into() }));
        }
    }

    /// Tells a member under which names the server may be operated.
    pub(super) fn tell_operator_names(&mut self, by: MemberId) {
        if self.operator(by).is_none() {
            return self.refuse_operator(by, OperatorRefusal::NotOperator);
        }
        let found = Found::Operators(self.operator_names.clone());
        self.tell(by, Event::Program(ProgramEvent::Found(found)));
    }

    /// Refuses what only operators may, or what makes one.
    pub fn refuse_operator(&mut self, by: MemberId, why: OperatorRefusal) {
        self.refuse(by, Refusal::Operator(why));
    }
}
