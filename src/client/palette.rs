//! Colours: how the roles of a line look, with as many colours as the terminal has.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::client::lines::Look;

/// Colours for names, readable on dark and light backgrounds.
const HUES: [Color; 6] =
    [Color::Cyan, Color::Green, Color::Magenta, Color::Blue, Color::Yellow, Color::LightRed];

/// The same for terminals with 256 colours: as different as possible, and none like the host's red.
const HUES_OF_256: [u8; 48] = [
    26, 34, 202, 73, 199, 129, 94, 175, 39, 197, 107, 177, 142, 209, 29, 99, 104, 172, 164, 137, 67, 35, 133,
    205, 64, 38, 198, 98, 28, 171, 206, 168, 130, 136, 208, 27, 100, 173, 106, 72, 161, 166, 105, 162, 33,
    30, 201, 143,
];

/// Whether there are colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum Palette {
    /// 256 colours.
    #[serde(rename = "256")]
    Many,
    /// The 16 colours that every terminal has.
    #[serde(rename = "16")]
    Colours,
    /// None: `NO_COLOR` is set.
    #[serde(rename = "none")]
    None,
}

impl Palette {
    /// The palette by `NO_COLOR` (<https://no-color.org>), `COLORTERM` and `TERM`.
    pub fn of_environment() -> Palette {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        if !variable("NO_COLOR").is_empty() {
            return Palette::None;
        }
        let has_many = !variable("COLORTERM").is_empty() || variable("TERM").contains("256color");
        if has_many { Palette::Many } else { Palette::Colours }
    }

    /// How many colours there are for names.
    pub fn hues(self) -> usize {
        match self {
            Palette::Many => HUES_OF_256.len(),
            Palette::Colours | Palette::None => HUES.len(),
        }
    }

    /// How a role looks.
    pub(super) fn style(self, look: Look) -> Style {
        let style = match look {
            Look::Plain => Style::new(),
            Look::Faint | Look::Mark => Style::new().add_modifier(Modifier::DIM),
            Look::Notice => Style::new().add_modifier(Modifier::ITALIC),
            Look::Name(n) if self == Palette::Many => {
                Style::new().fg(Color::Indexed(HUES_OF_256[n % HUES_OF_256.len()]))
            }
            Look::Name(n) => Style::new().fg(HUES[n % HUES.len()]),
            Look::Own | Look::Heading => Style::new().add_modifier(Modifier::BOLD),
            Look::Host => Style::new().fg(Color::Red).add_modifier(Modifier::BOLD),
            Look::Mention => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD | Modifier::REVERSED),
        };
        match self {
            Palette::Many | Palette::Colours => style,
            Palette::None => Style { fg: None, bg: None, ..style },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_in_colour_and_have_none_with_no_color() {
        for palette in [Palette::Many, Palette::Colours] {
            let hosts = palette.style(Look::Host).fg;
            let mut styles: Vec<_> = (0..palette.hues()).map(|n| palette.style(Look::Name(n)).fg).collect();
            assert!(!styles.contains(&hosts) && !styles.contains(&None), "{styles:?}");
            let count = styles.len();
            styles.sort_by_key(|style| format!("{style:?}"));
            styles.dedup();
            assert_eq!(styles.len(), count, "no two are alike");
        }
        let looks = [Look::Name(1), Look::Own, Look::Host, Look::Mention, Look::Faint, Look::Notice];
        assert!(looks.iter().all(|look| Palette::None.style(*look).fg.is_none()));
        assert_ne!(
            Palette::None.style(Look::Mention),
            Palette::None.style(Look::Plain),
            "told apart all the same"
        );
    }
}
