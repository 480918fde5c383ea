//! The interface between a room and the host that drives it.
//!
//! A host is told what happens in its room and is polled for actions. It is deterministic: it sees no connection, no bytes
//! and no clock. The time is an argument of each call, and random choices follow from a seed.

use std::fmt::Debug;
use std::time::Instant;

use crate::hosts::Setup;
use crate::proto::MemberInfo;
use crate::weather::{Question, Report};

/// Drives one room. After each call of another method, [`Host::poll`] is called until it returns `None`.
pub trait Host: Debug {
    /// A member joined the room: a person, an external bot, or a bot that this host spawned.
    fn on_join(&mut self, who: &MemberInfo, now: Instant);

    /// A member left the room or was removed from it.
    fn on_leave(&mut self, who: &MemberInfo, now: Instant);

    /// A member of the room, `from` until now, has another name from now on. Its seat, its score and whatever else is known by
    /// its name follow.
    fn on_renamed(&mut self, from: &str, to: &MemberInfo, now: Instant);

    /// A message was published in the room. Its author may be this host or one of its bots.
    fn on_message(&mut self, message: &RoomMessage<'_>, now: Instant);

    /// The [deadline](Host::deadline) is reached.
    fn on_timer(&mut self, now: Instant);

    /// When [`Host::on_timer`] is to be called next. `None`: never.
    fn deadline(&self) -> Option<Instant>;

    /// Whether a reply to this member is still planned. A member that leaves is kept until it has its reply.
    fn owes_reply(&self, _who: &str) -> bool {
        false
    }

    /// The next action, in order.
    fn poll(&mut self) -> Option<HostAction>;

    /// Offers `text` before it is published. If the host returns `true`, it has consumed the text: nobody else sees it, and
    /// [`Host::on_message`] is not called.
    fn intercept(&mut self, _by: &MemberInfo, _text: &str, _now: Instant) -> bool {
        false
    }

    /// A member typed a slash command. Returns whether the command belongs to this kind of room.
    fn on_slash_command(&mut self, _by: &MemberInfo, _name: &str, _rest: &str, _now: Instant) -> bool {
        false
    }

    /// Whether the bots of this host answer private messages.
    fn answers_privately(&self) -> bool {
        false
    }

    /// A member wrote privately to a bot of this host. Called only if [`Host::answers_privately`].
    fn on_private_message(&mut self, _bot: &str, _from: &MemberInfo, _text: &str, _now: Instant) {}

    /// A member has left the chat, and its name may be another's next. Called only if [`Host::answers_privately`].
    fn on_left_chat(&mut self, _name: &str) {}

    /// A bot could not join because its name is taken. The host may try another name.
    fn on_bot_refused(&mut self, _name: &str, _now: Instant) {}

    /// Runs an operator's command. Both the answer and the error are sentences for the operator.
    fn on_operator_command(&mut self, command: HostCommand<'_>, now: Instant) -> Result<String, String>;

    /// The bots that this host may spawn, and whether each takes part.
    fn bots(&self) -> Vec<(String, bool)> {
        Vec::new()
    }

    /// The operator's settings for hosts have changed.
    fn on_setup(&mut self, _setup: &Setup) {}

    /// The answer to a [`HostAction::AskWeather`]. `None`: no forecast is available.
    fn on_forecast(&mut self, _ticket: u64, _report: Option<&Report>, _now: Instant) {}
}

/// A published message, or an action (`/me`).
#[derive(Clone, Copy)]
pub struct RoomMessage<'a> {
    /// The author. `None`: the host.
    pub by: Option<&'a MemberInfo>,
    /// Returns the text or its first bytes, and charges the budget for reading it. `None`: the budget is spent, and the
    /// message stays unanswered. Call it only if the text matters.
    pub read: &'a dyn Fn() -> Option<&'a str>,
    /// It was typed with `/me`.
    pub is_act: bool,
    /// Returns the names of members that the text mentions. Looked up when called.
    pub mentions: &'a dyn Fn() -> Vec<&'a str>,
}

/// What a host asks the hub to do. Names are names of members, in any case.
#[derive(Clone, Debug, PartialEq)]
pub enum HostAction {
    /// Publish a message by the host.
    Say(String),
    /// Send a notice to one member.
    Tell {
        /// The member.
        to: String,
        /// Sentences, one on a line.
        text: String,
    },
    /// Tell one member what to say here.
    Hint {
        /// The member.
        to: String,
        /// Sentences.
        text: &'static str,
    },
    /// Let a bot of this name join. [`Host::on_join`] or [`Host::on_bot_refused`] follows.
    SpawnBot(String),
    /// Publish a message by a bot that this host spawned.
    SayAs {
        /// The bot's name.
        bot: String,
        /// The text.
        text: String,
    },
    /// Send a private message by a bot that this host spawned.
    TellAs {
        /// The bot's name.
        bot: String,
        /// The member that reads it.
        to: String,
        /// The text.
        text: String,
    },
    /// Remove a member from the room.
    RemoveMember {
        /// Its name.
        who: String,
        /// The reason, as a sentence for the member.
        text: String,
    },
    /// From now on `listeners` receive only the messages of `speaker`, and their own where the room echoes them. Joins and
    /// leaves reach everybody. Replaces the previous filter.
    SetSpeakerFilter {
        /// The member whose messages pass. `None`: no messages pass.
        speaker: Option<String>,
        /// The members to whom the filter applies.
        listeners: Vec<String>,
    },
    /// Request a forecast. [`Host::on_forecast`] receives the answer.
    AskWeather(Question),
}

/// An operator's command to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostCommand<'a> {
    /// Go on after [`HostCommand::Stop`].
    Start,
    /// Begin nothing new.
    Stop,
    /// Do the next step now: say a line, begin a round, tell an event.
    Now,
    /// Let one of its bots take part. The bot is given by its name or a word for it.
    StartBot(&'a str),
    /// Remove one of its bots, and do not spawn it again.
    StopBot(&'a str),
}

impl Debug for RoomMessage<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RoomMessage")
            .field("by", &self.by)
            .field("is_act", &self.is_act)
            .finish_non_exhaustive()
    }
}
