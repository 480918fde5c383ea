//! What went wrong: the seed, and the last that happened before.

use std::collections::VecDeque;

/// How many of the last steps are shown unless told otherwise.
const SHOWN: usize = 40;

/// The last steps.
#[derive(Debug, Default)]
pub struct Trace {
    /// How many of them are wanted.
    wanted: usize,
    steps: VecDeque<String>,
}

impl Trace {
    pub fn wanted() -> Trace {
        let wanted = std::env::var("SALON_SIM_SHOWN").map_or(SHOWN, |text| text.parse().unwrap());
        Trace { wanted, ..Trace::default() }
    }

    pub fn note(&mut self, step: impl FnOnce() -> String) {
        if self.wanted > 0 {
            if self.steps.len() == self.wanted {
                self.steps.pop_front();
            }
            self.steps.push_back(step());
        }
    }

    pub fn show(&self) -> String {
        self.steps.iter().flat_map(|step| ["  ", step, "\n"]).collect()
    }
}
