//! Colours: how the roles of a line look, with as many colours as the terminal has.

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;

use crate::client::lines::Look;

/// Colours for names, readable on dark and light backgrounds.
const HUES: [Color; 6] =
    [Color::Cyan, Color::Green, Color::Magenta, Color::Blue, Color::Yellow, Color::LightRed];

/// The same for terminals with 256 colours: those with a contrast of 4:1 or more on black and on white, and no two that look
/// alike. The first differ most.
const HUES_OF_256: [u8; 13] = [27, 28, 161, 31, 130, 164, 133, 65, 131, 129, 98, 96, 30];

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
            Look::Plain | Look::Entry => Style::new(),
            Look::Faint | Look::Mark => Style::new().add_modifier(Modifier::DIM),
            Look::Notice => Style::new().add_modifier(Modifier::ITALIC),
            Look::Name(n) if self == Palette::Many => {
                Style::new().fg(Color::Indexed(HUES_OF_256[n % HUES_OF_256.len()]))
            }
            Look::Name(n) => Style::new().fg(HUES[n % HUES.len()]),
            Look::Own | Look::Heading => Style::new().add_modifier(Modifier::BOLD),
            // Not red, which reads like an error, and no colour of a member's.
            Look::Host => Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED),
            Look::Mention if self == Palette::None => {
                Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED)
            }
            // Reversed, it would be white on yellow on a light terminal.
            Look::Mention => Style::new().fg(Color::Black).bg(Color::Yellow).add_modifier(Modifier::BOLD),
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

    /// The linear red, green and blue of one of the 216 colours of the cube.
    fn linear(colour: u8) -> [f64; 3] {
        let cube = usize::from(colour - 16);
        [cube / 36, cube / 6 % 6, cube % 6].map(|level| {
            let value = [0.0_f64, 95.0, 135.0, 175.0, 215.0, 255.0][level] / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    /// How bright it is, as a part of white.
    fn luminance(colour: u8) -> f64 {
        let [red, green, blue] = linear(colour);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// The colour in CIELAB, in which distances are as large as they look.
    fn lab(colour: u8) -> [f64; 3] {
        let [red, green, blue] = linear(colour);
        let tone = |part: f64| if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 };
        let first = tone((0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.9505);
        let second = tone(luminance(colour));
        let third = tone((0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.089);
        [116.0 * second - 16.0, 500.0 * (first - second), 200.0 * (second - third)]
    }

    #[test]
    fn names_can_be_read_on_black_and_on_white_and_told_apart() {
        for (at, colour) in HUES_OF_256.into_iter().enumerate() {
            let light = luminance(colour);
            let contrasts = [(light + 0.05) / 0.05, 1.05 / (light + 0.05)];
            assert!(contrasts.iter().all(|contrast| *contrast >= 4.0), "{colour}: {contrasts:?}");
            for other in &HUES_OF_256[..at] {
                let far: f64 = lab(colour).iter().zip(lab(*other)).map(|(a, b)| (a - b).powi(2)).sum();
                assert!(far.sqrt() >= 25.0, "{colour} and {other}: {}", far.sqrt());
            }
        }
    }

    #[test]
    fn names_differ_in_colour_and_have_none_with_no_color() {
        for palette in [Palette::Many, Palette::Colours] {
            let mut styles: Vec<_> = (0..palette.hues()).map(|n| palette.style(Look::Name(n)).fg).collect();
            assert!(!styles.contains(&None), "{styles:?}");
            assert!(!styles.contains(&palette.style(Look::Host).fg), "the host is no member");
            let mention = palette.style(Look::Mention);
            assert_eq!((mention.fg, mention.bg), (Some(Color::Black), Some(Color::Yellow)));
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
