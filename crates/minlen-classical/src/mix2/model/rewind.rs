//! The way back: a model that is led through many short streams, each from the same state.
//!
//! Large tables keep a journal of what is overwritten; small ones are copied from the origin. What
//! is rare (a table that grew) costs a copy of that table. Per record of 150 symbols, `mix2:default` after
//! 140 KB: 6.6 ms by a fork, 0.03 ms by the journal.

use super::Mix;
use minlen_core::{Model, Rewind};

/// A model and the state that it goes back to.
pub(super) struct Rewinding {
    now: Mix,
    origin: Mix,
}

impl Rewinding {
    /// Begins, and goes back to, where `origin` is.
    pub(super) fn new(origin: Mix) -> Rewinding {
        let mut now = origin.copy();
        now.mark();
        Rewinding { now, origin }
    }
}

impl Rewind for Rewinding {
    fn model(&mut self) -> &mut dyn Model {
        &mut self.now
    }

    fn rewind(&mut self) {
        self.now.go_back(&self.origin);
    }
}

impl Mix {
    /// From here on there is a way back.
    fn mark(&mut self) {
        self.lines.mark(&self.asked[0].at);
        self.runs.mark();
        self.weights.mark();
        self.matches.iter_mut().for_each(|m| m.mark());
        self.refiners.iter_mut().for_each(|(_, apm)| apm.mark());
    }

    /// Back to the state at the mark, a copy of which is `to`.
    fn go_back(&mut self, to: &Mix) {
        self.lines.go_back(&to.lines);
        self.past.go_back(&to.past);
        self.features = to.features;
        self.ring.go_back(&to.ring);
        for (matching, to) in self.matches.iter_mut().zip(&to.matches) {
            matching.go_back(to);
        }
        self.worth.clone_from_slice(&to.worth);
        self.runs.go_back(&to.runs);
        self.weights.go_back(&to.weights);
        if let (Some(foresight), Some(to)) = (&mut self.foresight, &to.foresight) {
            foresight.go_back(to);
        }
        for (_, apm) in &mut self.refiners {
            apm.go_back();
        }
        self.sure = to.sure;
        self.hashes.copy_from_slice(&to.hashes);
        self.asked[0].at.copy_from_slice(&to.asked[0].at);
        self.lines.mark(&self.asked[0].at);
    }
}

#[cfg(test)]
mod tests {
    use crate::MODELS;
    use minlen_core::{Limits, Meter, Random, Structure, Teacher, run};

    /// Words drawn by chance, in lines; with repetitions long enough to be sure of.
    fn text(seed: u64, bytes: usize) -> Vec<u8> {
        let mut random = Random::new(seed);
        let mut text = Vec::new();
        while text.len() < bytes {
            let n = random.next_u64();
            match n % 50 {
                0 if text.len() > 500 => {
                    let from = (n >> 8) as usize % (text.len() - 500);
                    text.extend_from_within(from..from + 500);
                }
                1..5 => text.push(b'\n'),
                _ => text.extend(format!("{:x} ", n >> 8 & 0x3ff).bytes()),
            }
        }
        text
    }

    /// Whatever was coded, a model that went back is as a fork is.
    #[test]
    fn going_back_is_as_a_fork() {
        for entry in MODELS {
            for settings in entry.samples {
                for (read, structure) in [
                    (0, Structure::NONE),
                    (3_000, Structure::NONE),
                    (
                        20_000,
                        Structure {
                            text: true,
                            ..Structure::NONE
                        },
                    ),
                ] {
                    let limits = Limits::default();
                    let mut origin = entry.model(settings, &structure, &limits).unwrap();
                    run(&mut *origin, &mut Teacher::new(&text(1, read)));
                    let mut reel = origin.rewinding();
                    for (seed, bytes) in [(2, 0), (3, 200), (4, 1), (5, 6_000), (6, 300)] {
                        let record = text(seed, bytes);
                        let mut by_fork = Meter::with_trace(&record);
                        run(&mut *origin.fork(), &mut by_fork);
                        let mut by_reel = Meter::with_trace(&record);
                        run(reel.model(), &mut by_reel);
                        let (a, b) = (by_fork.into_trace(), by_reel.into_trace());
                        assert!(a == b, "{}:{settings} {read} {seed}", entry.name);
                        reel.rewind();
                    }
                }
            }
        }
    }
}
