//! A QR code on a terminal: two of its modules in each character.

use qrcode::render::unicode::Dense1x2;
use qrcode::{EcLevel, QrCode};

/// Black on white. Themes do not change these two, so it is the same on dark and light terminals.
const COLOURS: &str = "\x1b[38;5;16;48;5;231m";
const USUAL: &str = "\x1b[0m";

/// A code, with its quiet zone of four modules.
pub(super) struct Qr {
    /// Each with its colours.
    pub(super) rows: Vec<String>,
    /// In columns.
    pub(super) width: usize,
}

/// Draws `text`, as small as it can be. `None` if it is too long for any code.
pub(super) fn draw(text: &str) -> Option<Qr> {
    let code = QrCode::with_error_correction_level(text, EcLevel::L).ok()?;
    let image = code.render::<Dense1x2>().build();
    let width = image.lines().next().map_or(0, |row| row.chars().count());
    Some(Qr { rows: image.lines().map(|row| format!("{COLOURS}{row}{USUAL}")).collect(), width })
}
