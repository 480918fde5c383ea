//! MODE: what a room's commands do, in the letters of IRC.
//!
//! | mode | means |
//! |---|---|
//! | `+o NICK` | an operator of the room: `/op` |
//! | `+q MASK` | muted: `/mute`, whatever stands behind the nick in the mask |
//! | `+i`, `+s` | private: only those who are invited see and enter it. Both are one: `/private` |
//! | `+n`, `+t` | only members speak, only operators set the topic: always so |

use crate::proto::{Kind, Lookup, ProgramRequest, Request};
use crate::wire::irc::Irc;
use crate::wire::irc::asked::{Asked, Form};
use crate::wire::irc::message::Message;

/// The most modes of one command.
const MODES: usize = 4;

/// The most letters of one command that are read, signs included: each may have an answer.
const LETTERS: usize = 16;

impl Irc {
    /// MODE.
    pub(super) fn mode(&mut self, message: &Message<'_>) {
        let target = message.param(0);
        if target.is_empty() {
            return self.needs_more("MODE");
        }
        match target.strip_prefix('#') {
            Some(room) if message.params.len() == 1 => self.tell_modes(target, room),
            Some(room) => self.change_modes(target, room, message),
            None => self.user_mode(target, message.param(1)),
        }
    }

    fn tell_modes(&mut self, channel: &str, room: &str) {
        let asked = Asked::about("MODE", channel).told(Form::Modes);
        self.look_for(asked, Lookup::Room { room: room.to_owned() });
    }

    /// Everybody is `+i`: whoever shares no room with a member does not find it by a mask. Bots are `+B` (`ircv3.net/specs/extensions/bot-mode`).
    fn user_mode(&mut self, nick: &str, modes: &str) {
        let own = self.nick().to_owned();
        if !nick.eq_ignore_ascii_case(&own) {
            return self.numeric("502", &[], "You cannot see or change the modes of others");
        }
        let (mut is_set, mut kind) = (true, None);
        for letter in modes.chars().take(LETTERS) {
            match letter {
                '+' => is_set = true,
                '-' => is_set = false,
                'i' if is_set => {}
                'B' => kind = Some(if is_set { Kind::Bot } else { Kind::Person }),
                'o' => {
                    self.numeric("501", &[], "OPER makes an operator of the server, and to leave ends that");
                }
                'i' => self.numeric("501", &[], "Everybody is +i here, and cannot be otherwise"),
                _ => self.numeric("501", &[], "Unknown mode: there are only +i, and +B for bots"),
            }
        }
        if let Some(kind) = kind {
            return self.ask(Asked::about("MODE", nick), Request::Program(ProgramRequest::Become(kind)));
        }
        let modes =
            ["+", if self.is_bot { "B" } else { "" }, "i", if self.is_operator { "o" } else { "" }].concat();
        self.answer(|numerics| numerics.put("221", &[&modes], None));
    }

    fn change_modes(&mut self, channel: &str, room: &str, message: &Message<'_>) {
        let mut params = message.params[2..].iter();
        let (mut is_set, mut changes, mut is_private) = (true, 0, None);
        for letter in message.param(1).chars().take(LETTERS) {
            match letter {
                '+' => is_set = true,
                '-' => is_set = false,
                'o' | 'q' | 'b' | 'e' | 'I' => {
                    changes += 1;
                    let param = params.next().copied();
                    if changes <= MODES {
                        self.change_with(channel, room, (letter, is_set), param);
                    }
                }
                'i' | 's' | 'p' => is_private = Some(is_set),
                'n' | 't' if is_set => {}
                'n' | 't' => self.numeric("472", &[&letter.to_string()], "is always set here"),
                _ => self.numeric(
                    "472",
                    &[&letter.to_string()],
                    "is no mode here: there are i, n, o, q, s and t",
                ),
            }
        }
        if let Some(is_private) = is_private {
            let rest = if is_private { "on" } else { "off" };
            self.room_command(channel, room, "private", rest);
        }
    }

    fn change_with(
        &mut self,
        channel: &str,
        room: &str,
        (letter, is_set): (char, bool),
        param: Option<&str>,
    ) {
        match (letter, param) {
            ('o', Some(nick)) => self.room_command(channel, room, if is_set { "op" } else { "deop" }, nick),
            ('o', None) => self.needs_more("MODE"),
            ('q', Some(mask)) => {
                let nick = mask.split(['!', '@']).next().unwrap_or_default();
                if nick.contains(['*', '?']) {
                    return self.server_notice(&format!(
                        "Everybody has the same host here: name a nick, as in MODE {channel} +q Bob"
                    ));
                }
                self.room_command(channel, room, if is_set { "mute" } else { "unmute" }, nick);
            }
            ('q', None) => {
                self.look_for(Asked::about("MODE", channel), Lookup::Muted { room: room.to_owned() });
            }
            // Clients ask for these lists by themselves when they join.
            ('b', None) => self.numeric("368", &[channel], "End of channel ban list"),
            ('e', None) => self.numeric("349", &[channel], "End of channel exception list"),
            ('I', None) => self.numeric("347", &[channel], "End of channel invite list"),
            ('I', Some(_)) => self.server_notice("INVITE lets somebody enter a private channel."),
            _ => self.server_notice(
                "Channels have no bans here: KICK removes somebody, +q mutes, and +i keeps out whoever is not invited.",
            ),
        }
    }

    fn room_command(&mut self, channel: &str, room: &str, name: &str, rest: &str) {
        let request =
            Request::Command { room: Some(room.to_owned()), name: name.into(), rest: rest.to_owned() };
        self.ask(Asked::about("MODE", channel), request);
    }
}
