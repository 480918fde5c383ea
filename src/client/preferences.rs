//! What the user of the terminal client likes.

use crate::client::alert::Notifications;
use crate::client::palette::Palette;

/// The user's preferences.
#[derive(Clone, Debug, Default)]
pub struct Preferences {
    /// The colours; `None`: by the environment.
    pub palette: Option<Palette>,
    /// How to alert the user.
    pub notifications: Notifications,
    /// Names of members whose messages are not shown.
    pub ignores: Vec<String>,
    /// How many messages of people to hear of a room's past. `None`: as many as the server thinks fit.
    pub history: Option<usize>,
}
