//! The lines that the host and its cast said lately. None comes again while there are others.

use std::collections::VecDeque;

use rand::rngs::StdRng;

/// How many lines are drawn to find one that was not said lately.
const DRAWS: usize = 6;

/// The latest lines, without what differs when a line is used again.
#[derive(Debug)]
pub(super) struct RecentLines {
    /// Newest last.
    shapes: VecDeque<String>,
    /// How many are remembered at most.
    max: usize,
}

impl RecentLines {
    pub(super) fn new(max: usize) -> RecentLines {
        RecentLines { shapes: VecDeque::new(), max }
    }

    /// A line from `draw`: one that is not remembered, or else the one that was said longest ago. Lines that differ in these
    /// words only are the same: "Football? Not today." and "Chess? Not today."
    pub(super) fn fresh(
        &mut self,
        words: &[String],
        rng: &mut StdRng,
        draw: impl Fn(&mut StdRng) -> String,
    ) -> String {
        let words: Vec<String> = words.iter().map(|word| word.to_lowercase()).collect();
        let mut oldest: Option<(usize, String, String)> = None;
        for _ in 0..DRAWS {
            let line = draw(rng);
            let shape = shape(&line, &words);
            let Some(at) = self.shapes.iter().rposition(|said| *said == shape) else {
                self.remember(shape);
                return line;
            };
            if oldest.as_ref().is_none_or(|(age, ..)| at < *age) {
                oldest = Some((at, shape, line));
            }
        }
        let Some((at, shape, line)) = oldest else { return String::new() };
        self.shapes.remove(at);
        self.remember(shape);
        line
    }

    fn remember(&mut self, shape: String) {
        if self.shapes.len() == self.max {
            self.shapes.pop_front();
        }
        self.shapes.push_back(shape);
    }
}

/// A line in lower case, without these words, which are in lower case.
fn shape(line: &str, words: &[String]) -> String {
    let mut shape = line.to_lowercase();
    for word in words.iter().filter(|word| !word.is_empty()) {
        if shape.contains(word.as_str()) {
            shape = shape.replace(word, "");
        }
    }
    shape
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;
    use rand::seq::IndexedRandom;

    use super::*;

    #[test]
    fn no_line_comes_again_soon() {
        const LINES: [&str; 5] =
            ["{}? No.", "{}? Hm.", "Not {}, please.", "Ask me about {} later.", "I am asleep."];
        let mut rng = StdRng::seed_from_u64(1);
        for max in [8, 200] {
            let mut recent = RecentLines::new(max);
            let mut said = Vec::new();
            for n in 0..50 {
                let subject = ["Chess", "the museum", "Football"][n % 3];
                let draw = |rng: &mut StdRng| LINES.choose(rng).unwrap().replace("{}", subject);
                let line = recent.fresh(&[subject.to_owned()], &mut rng, draw);
                said.push(shape(&line, &[subject.to_lowercase()]));
                assert!(recent.shapes.len() <= max);
            }
            for window in said.windows(LINES.len() - 2) {
                let (last, before) = window.split_last().unwrap();
                assert!(!before.contains(last), "{window:?}");
            }
        }
    }
}
