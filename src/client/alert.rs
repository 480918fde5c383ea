//! What the terminal does when somebody calls the user: it rings its bell, and shows a notification of the desktop.

use serde::Deserialize;

use crate::base::limits::ALERT_CHARACTERS;
use crate::base::text::sanitize;

/// How to alert the user.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Notifications {
    /// By the bell, and on the desktop.
    #[default]
    Both,
    /// By the bell.
    Bell,
    /// On the desktop.
    Desktop,
    /// Not at all.
    Off,
}

/// The bytes for the terminal that alert to `message`. `knows_777`: the terminal knows OSC 777, else OSC 9 is sent. A terminal
/// that knows neither ignores both.
pub(super) fn alert(message: &str, how: Notifications, knows_777: bool) -> String {
    let bell = if matches!(how, Notifications::Both | Notifications::Bell) { "\x07" } else { "" };
    if !matches!(how, Notifications::Both | Notifications::Desktop) {
        return bell.to_owned();
    }
    let command = if knows_777 { "777;notify;Salon;" } else { "9;" };
    format!("{bell}\x1b]{command}{}\x1b\\", field(message))
}

/// A message as a field of a control string: one short line without semicolons, which begin another field. After OSC 9, some
/// terminals read fields as a command.
fn field(message: &str) -> String {
    let one_line = message.replace('\n', " ").replace(';', ",");
    sanitize(one_line.as_bytes()).chars().take(ALERT_CHARACTERS).collect()
}

/// Whether this terminal knows OSC 777.
pub(super) fn knows_777() -> bool {
    std::env::var_os("VTE_VERSION").is_some()
        || std::env::var("TERM").is_ok_and(|term| term.starts_with("rxvt"))
}

/// The bytes that set the window's title.
pub(super) fn title(text: &str) -> String {
    format!("\x1b]2;{}\x1b\\", sanitize(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_terminal_in_its_own_way() {
        let said = "Bob: Ann; look\nhere\u{7}";
        assert_eq!(alert(said, Notifications::Bell, false), "\x07");
        assert_eq!(alert(said, Notifications::Off, true), "");
        assert_eq!(alert(said, Notifications::Desktop, false), "\x1b]9;Bob: Ann, look here\u{fffd}\x1b\\");
        assert_eq!(
            alert(said, Notifications::Both, true),
            "\x07\x1b]777;notify;Salon;Bob: Ann, look here\u{fffd}\x1b\\"
        );
        let long = alert(&"x".repeat(9_999), Notifications::Desktop, false);
        assert_eq!(long.matches('x').count(), ALERT_CHARACTERS);
    }
}
