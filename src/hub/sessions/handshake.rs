//! Replies to a session without a name, by what it sent and which kind of client it is; and the timeout of the handshake.

use std::time::{Duration, Instant};

use log::info;

use crate::base::limits::{BROWSER_GREETING_DELAY, PASSWORD_PAUSE, UNREAD_NAME_INTERVAL};
use crate::base::name::NameError;
use crate::base::secret::Secret;
use crate::base::source::Source;
use crate::chat::Chat;
use crate::fanout::SessionId;
use crate::hub::sessions::{Sessions, Stage};
use crate::proto::{
    Event, InvalidName, Kind, Malformed, MemberId, NextStep, Notice, PasswordRefusal, Refusal, Removal,
    Reply, Request, Token,
};
use crate::wire::{Inbound, OnBadName, PasswordWay, Profile, UnsupportedProtocol, is_command, sentences};

/// The result of a message of a session without a name.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::hub) enum HandshakeStep {
    /// Nothing.
    Wait,
    /// It speaks another protocol.
    UnsupportedProtocol(UnsupportedProtocol),
    /// It claims a name.
    Claim { name: String, kind: Kind, token: Option<Token>, password: Option<Secret> },
    /// It gives the password of the server.
    Password(Secret),
    /// It gets this reply.
    Answer(Answer),
}

/// A reply to a session without a name.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::hub) struct Answer {
    /// The event to send.
    pub(in crate::hub) event: Event,
    then: Then,
}

/// What follows a reply.
#[derive(Debug, PartialEq, Eq)]
enum Then {
    /// The session may try again, unless it has tried too often.
    TryAgain,
    /// The session is told that it is removed, and closed.
    Remove,
    /// The session is closed.
    Close,
}

impl HandshakeStep {
    /// The step for a message of a client with this profile. `asks_password`: it is not let in without the password.
    fn of(profile: &Profile, asks_password: bool, inbound: Inbound) -> HandshakeStep {
        let refused =
            |why, next, then| HandshakeStep::Answer(Answer { event: Event::Refused { why, next }, then });
        let answer = |event, then| HandshakeStep::Answer(Answer { event, then });
        let request = match inbound {
            Inbound::Request(request) => request,
            Inbound::Blank => return HandshakeStep::Wait,
            Inbound::Unsupported(foreign) => return HandshakeStep::UnsupportedProtocol(foreign),
            Inbound::TooLong => {
                let why = Refusal::InvalidName(InvalidName::Error(NameError::TooLong));
                // A person does not send that as a name, so its next lines are not answers to a question for another name.
                if profile.is_for_people {
                    return refused(why, NextStep::ConnectAgain, Then::Close);
                }
                return HandshakeStep::Answer(Answer::refusal(profile, why));
            }
        };
        let why = match request {
            Request::Hello { name, .. } if profile.is_for_people && asks_password && !is_exit(&name) => {
                if name.is_empty() {
                    let why = Refusal::Password(PasswordRefusal::Missing);
                    return refused(why, NextStep::GivePassword, Then::TryAgain);
                }
                return HandshakeStep::Password(name.into());
            }
            Request::Hello { name, .. } if profile.is_for_people && name.is_empty() => {
                return answer(Event::Notice(Notice::NameMissing), Then::TryAgain);
            }
            Request::Hello { name, .. } if profile.is_for_people && is_exit(&name) => {
                return answer(Event::Reply(Reply::Goodbye), Then::Close);
            }
            Request::Hello { name, .. } if profile.is_for_people && name.starts_with('/') => {
                return answer(Event::Notice(Notice::NameFirst), Then::TryAgain);
            }
            // The word is a complete command of another protocol: its sender would go on in that protocol.
            Request::Hello { name, .. } if profile.has_bare_names && is_command(&name) => {
                let why = Refusal::InvalidName(InvalidName::Command(name));
                if profile.is_for_people {
                    return refused(why, NextStep::GiveName, Then::TryAgain);
                }
                why
            }
            Request::Hello { name, kind, token, password, .. } => {
                return HandshakeStep::Claim { name, kind, token, password };
            }
            Request::Malformed(why) => Refusal::Malformed(Malformed::Message(why)),
            _ => Refusal::Malformed(Malformed::HelloMissing),
        };
        HandshakeStep::Answer(Answer::refusal(profile, why))
    }
}

/// Whether a person wants to leave before it has a name.
fn is_exit(name: &str) -> bool {
    ["/exit", "/quit"].iter().any(|exit| name.eq_ignore_ascii_case(exit))
}

impl Answer {
    /// The reply to a password that does not let a client in.
    fn of_password(profile: &Profile, why: PasswordRefusal) -> Answer {
        let (why, close) = (Refusal::Password(why), Event::refused);
        let (event, then) = match profile.password {
            PasswordWay::Line => (Event::Refused { why, next: NextStep::GivePassword }, Then::TryAgain),
            PasswordWay::WithName => (close(why), Then::TryAgain),
            PasswordWay::Once | PasswordWay::Never => (close(why), Then::Close),
        };
        Answer { event, then }
    }

    /// The reply to a refused name: a person is asked again, a program may try again, and an old program is removed.
    pub(in crate::hub) fn refusal(profile: &Profile, why: Refusal) -> Answer {
        let (event, then) = match profile.on_bad_name {
            OnBadName::AskAgain => (Event::Refused { why, next: NextStep::ChooseAnother }, Then::TryAgain),
            OnBadName::Refuse => (Event::refused(why), Then::TryAgain),
            OnBadName::Remove => (Event::refused(why), Then::Remove),
            OnBadName::Close => (Event::refused(why), Then::Close),
        };
        Answer { event, then }
    }
}

impl Sessions {
    /// Handles a message of a session without a name.
    pub(in crate::hub) fn handshake_step(&mut self, id: SessionId, inbound: Inbound) -> HandshakeStep {
        self[id].begin_handshake();
        if self[id].count_message() {
            let event = Event::Notice(Notice::TooMuchBeforeName);
            return HandshakeStep::Answer(Answer { event, then: Then::Close });
        }
        let asks_password = self.asks_password && !self[id].is_let_in;
        HandshakeStep::of(self[id].profile(), asks_password, inbound)
    }

    /// Sends a reply to a session without a name.
    pub(in crate::hub) fn answer(&mut self, id: SessionId, Answer { event, then }: Answer, now: Instant) {
        self.tell(id, &event);
        match then {
            Then::TryAgain if !self[id].count_try() => {}
            Then::TryAgain => self.turn_away(id, &Event::Notice(Notice::LastTry), now),
            Then::Remove => self.turn_away(id, &Event::Removed(Removal::InvalidName), now),
            Then::Close => self.begin_closing(id, now),
        }
    }

    /// The password that a session gave, or did not give, does not let it in. After a wrong one, it is not read for a while.
    pub(in crate::hub) fn refuse_password(&mut self, id: SessionId, why: PasswordRefusal, now: Instant) {
        let profile = self[id].profile();
        if profile.password == PasswordWay::Never {
            return self.keep_out(
                id,
                sentences::refusal(&Refusal::Password(PasswordRefusal::Impossible)),
                now,
            );
        }
        self.answer(id, Answer::of_password(profile, why), now);
        if why != PasswordRefusal::Missing {
            self[id].paused_until = Some(now + PASSWORD_PAUSE);
        }
    }

    /// Tells a session that its protocol is not supported: in that protocol, if nothing was sent to it before.
    pub(in crate::hub) fn answer_foreign(
        &mut self,
        id: SessionId,
        foreign: UnsupportedProtocol,
        now: Instant,
    ) {
        info!("{} speaks {foreign:?} and is told what this port speaks", self[id].peer);
        if self[id].profile().answers_unsupported {
            self.fanout.enqueue(id, |out| out.extend_from_slice(&foreign.answer()));
            self.begin_closing(id, now);
        } else {
            // It was already addressed in the dialect of its port.
            self.turn_away(id, &Event::refused(Refusal::InvalidName(InvalidName::Unsupported)), now);
        }
    }

    /// Sends a session without a name a last event, and closes it.
    pub(in crate::hub) fn turn_away(&mut self, id: SessionId, event: &Event, now: Instant) {
        self.tell(id, event);
        self.begin_closing(id, now);
    }

    /// Tells a peer, in a way that its program knows, why it may not come in, and closes its session.
    pub(in crate::hub) fn keep_out(&mut self, id: SessionId, why: String, now: Instant) {
        let told = if self[id].profile().refusal_is_removal {
            Event::Removed(Removal::Operator(why.into()))
        } else if self[id].codec.is_websocket() {
            Event::refused(Refusal::Banned(why))
        } else {
            Event::notice(why)
        };
        self.turn_away(id, &told, now);
    }

    /// The member of a ghost is about to resume on another connection.
    pub(in crate::hub) fn tell_ghost(&mut self, ghost: MemberId, chat: &Chat) {
        if let Some(id) = self.of_member(ghost) {
            info!("{} resumes on another connection", self[id].describe(chat));
            self.tell_resumed(id);
        }
    }

    /// Tells a ghost that its member resumes on another connection.
    pub(in crate::hub) fn tell_resumed(&mut self, id: SessionId) {
        // A removal, as a program that only lost its connection would take the name back at once, without end.
        let is_removal = self[id].profile().has_tokens;
        let told = if is_removal { Event::Removed(Removal::Resumed) } else { Event::Notice(Notice::Resumed) };
        self.tell(id, &told);
    }

    /// How long a session is silent before it is greeted, so that there is time for a name.
    pub(super) fn greeting_delay(&self, usual: Duration) -> Duration {
        usual.min(self.limits.name_timeout / 2)
    }

    /// Handles the deadline of a session without a name: greets it if it is silent; closes it if no name came in time.
    pub(in crate::hub) fn handshake_due(&mut self, id: SessionId, now: Instant) {
        self.check_pause(id, now);
        let within = self.limits.name_timeout;
        let is_near_browser = self.browsers.has(Source::of(self[id].peer.ip()), now);
        let later = self.greeting_delay(BROWSER_GREETING_DELAY);
        let session = &mut self[id];
        let (Stage::Greeting { since } | Stage::Handshake { since, .. }) = session.stage else { return };
        let last = since + within;
        // Unread or unprocessed input may be the name: it is our delay, so the session gets more time.
        let waits_for_us =
            session.queues || session.claim.is_some() || (session.unread && session.last_received < last);
        if now >= last && waits_for_us {
            return self.set_timer(id, now + UNREAD_NAME_INTERVAL);
        }
        let is_silent = session.codec.is_silent();
        let may_be_browser = is_near_browser && is_silent && !session.codec.is_telnet();
        if may_be_browser && now < since + later {
            return self.set_timer(id, since + later);
        }
        if now < last {
            if session.may_be_http && is_silent {
                // The rest of its request may still come.
                return self.set_timer(id, last);
            }
            if session.begin_handshake() && is_silent && !session.unread {
                session.codec.on_name_prompt();
                let greeting = if self.asks_password { Notice::PasswordGreeting } else { Notice::Greeting };
                self.tell(id, &Event::Notice(greeting));
            }
            return self.set_timer(id, last);
        }
        info!("{} sent no name in time", session.peer);
        let is_removal = session.profile().refusal_is_removal;
        let told = Event::Notice(Notice::HandshakeTimeout(within));
        self.turn_away(id, if is_removal { &Event::Removed(Removal::InvalidName) } else { &told }, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Dialect;

    fn answer(dialect: Dialect, inbound: Inbound) -> (Event, Then) {
        match HandshakeStep::of(dialect.profile(), false, inbound) {
            HandshakeStep::Answer(Answer { event, then }) => (event, then),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn people_are_asked_again_and_programs_are_told_why() {
        assert_eq!(
            answer(Dialect::Line, Inbound::hello("")),
            (Event::Notice(Notice::NameMissing), Then::TryAgain)
        );
        assert_eq!(
            answer(Dialect::Line, Inbound::hello("/EXIT")),
            (Event::Reply(Reply::Goodbye), Then::Close)
        );
        assert_eq!(
            answer(Dialect::Line, Inbound::hello("/x")),
            (Event::Notice(Notice::NameFirst), Then::TryAgain)
        );
        let thens = Dialect::ALL.map(|dialect| answer(dialect, Inbound::TooLong).1);
        assert_eq!(thens, [Then::Remove, Then::Close, Then::TryAgain, Then::Close, Then::TryAgain]);
        let too_long = Refusal::InvalidName(InvalidName::Error(NameError::TooLong));
        let next = NextStep::ConnectAgain;
        assert_eq!(answer(Dialect::Line, Inbound::TooLong).0, Event::Refused { why: too_long.clone(), next });
        assert_eq!(answer(Dialect::Json, Inbound::TooLong).0, Event::refused(too_long));
        let (told, then) = answer(Dialect::Line, Inbound::Request(Request::SayTooLong));
        let why = Refusal::Malformed(Malformed::HelloMissing);
        assert_eq!((told, then), (Event::Refused { why, next: NextStep::ChooseAnother }, Then::TryAgain));
    }

    #[test]
    fn a_name_is_claimed_but_for_a_command_of_another_protocol_where_names_are_bare() {
        for dialect in Dialect::ALL {
            let claimed = HandshakeStep::of(dialect.profile(), false, Inbound::hello("Ann"));
            let (name, kind) = ("Ann".to_owned(), Kind::Person);
            assert_eq!(
                claimed,
                HandshakeStep::Claim { name, kind, token: None, password: None },
                "{dialect:?}"
            );
            assert_eq!(HandshakeStep::of(dialect.profile(), false, Inbound::Blank), HandshakeStep::Wait);
            let is_claim = matches!(
                HandshakeStep::of(dialect.profile(), false, Inbound::hello("QUIT")),
                HandshakeStep::Claim { .. }
            );
            assert_eq!(is_claim, !dialect.profile().has_bare_names, "{dialect:?}");
        }
    }
}
