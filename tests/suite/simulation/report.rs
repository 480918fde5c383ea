//! The report of a failure: the seed, and the last steps before it.

use std::collections::VecDeque;

/// The default number of steps to show.
const SHOWN: usize = 40;

/// The last steps.
#[derive(Debug, Default)]
pub struct Trace {
    /// How many of them to keep.
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
