//! What went wrong: the seed, and the last that happened before.

use std::collections::VecDeque;

/// How many of the last steps are shown.
const SHOWN: usize = 40;

/// The last steps.
#[derive(Debug, Default)]
pub struct Trace {
    /// Somebody wants to see them.
    is_wanted: bool,
    steps: VecDeque<String>,
}

impl Trace {
    pub fn wanted() -> Trace {
        Trace { is_wanted: true, ..Trace::default() }
    }

    pub fn note(&mut self, step: impl FnOnce() -> String) {
        if self.is_wanted {
            if self.steps.len() == SHOWN {
                self.steps.pop_front();
            }
            self.steps.push_back(step());
        }
    }

    pub fn show(&self) -> String {
        self.steps.iter().map(|step| format!("  {step}\n")).collect()
    }
}
