//! What earned the bits: the inputs of this mixer, and how hard they pulled.

use super::contexts::Context;
use super::matching::Matching;
use super::mixer::Weights;
use super::past::Feature;
use crate::explain::{REST, book};
use crate::kernels::{Pair, Prior};
use minlen_core::{Cost, Input, Nodes};

/// What was predicted of a nibble, and from what.
pub(crate) struct Predicted<'a> {
    pub(crate) inputs: &'a [Pair],
    pub(crate) weights: &'a Weights,
    /// Where each set's row begins.
    pub(crate) rows: &'a [usize],
    pub(crate) prior: Prior,
    pub(crate) half: usize,
    pub(crate) nodes: &'a Nodes,
}

impl Predicted<'_> {
    /// The nibble was `nibble`: books its bits. To be told before the mixer learns it.
    #[cold]
    pub(crate) fn explain(&self, nibble: u8, earned: &mut [i64]) {
        let mut pulls = vec![0.0; 2 * self.inputs.len()];
        let full = 16 + usize::from(nibble);
        for depth in 0..4 {
            let node = full >> (4 - depth);
            self.pull(node & 15, &mut pulls);
            let bit = full >> (3 - depth) & 1 == 1;
            book(&pulls, self.nodes.at(node), bit, earned);
        }
    }

    /// How far each input pulled lane `lane`, in nats: its value times the sum, over all sets, of
    /// its weight in the set times the set's weight in the last layer.
    fn pull(&self, lane: usize, pulls: &mut [f32]) {
        /// Two weights in units of 2⁻¹⁶, a stretch in 1/256 nat.
        const UNIT: f32 = 1.0 / (65536.0 * 65536.0 * 256.0);
        let last = &self.weights.last[self.weights.last_row(self.half)];
        let first = f32::from(self.prior.input);
        pulls.fill(0.0);
        for (k, &row) in self.rows.iter().enumerate() {
            let learnt = last[k / 2].0[2 * lane + k % 2];
            let set = f32::from(self.prior.set) + f32::from(learnt);
            for (pull, w) in pulls.chunks_exact_mut(2).zip(&self.weights.sets[row..]) {
                pull[0] += set * (first + f32::from(w.0[2 * lane]));
                pull[1] += set * (first + f32::from(w.0[2 * lane + 1]));
            }
        }
        for (pull, x) in pulls.chunks_exact_mut(2).zip(self.inputs) {
            pull[0] *= f32::from(x.0[2 * lane]) * UNIT;
            pull[1] *= f32::from(x.0[2 * lane + 1]) * UNIT;
        }
    }
}

/// A nibble predicted by the match model alone was `nibble`: it earned all of the gain.
#[cold]
pub(crate) fn alone(nodes: &Nodes, nibble: u8, earned: &mut i64) {
    let full = 16 + usize::from(nibble);
    for depth in 0..4 {
        let bit = full >> (3 - depth) & 1 == 1;
        let cost = nodes.at(full >> (4 - depth)).cost(bit).units() as i64;
        *earned += Cost::UNITS_A_BIT as i64 - cost;
    }
}

/// What the inputs are, in their order; the last is what follows the mixer.
pub(crate) fn inputs(contexts: &[Context], matches: &[Matching], running: &[usize]) -> Vec<Input> {
    let mut all: Vec<(&'static str, String)> = contexts.iter().map(|c| c.words()).collect();
    for (i, matching) in matches.iter().enumerate() {
        let least = matching.least();
        all.push((
            REPEATS,
            format!("what came after the same {least} symbols or more"),
        ));
        // Beside the first one is the place of the foreign prediction; beside others, nothing.
        all.push(if i == 0 {
            ("advice", "advice from outside".into())
        } else {
            (REPEATS, "nothing".into())
        });
    }
    for &i in running {
        let (_, name) = contexts[i].words();
        all.push((LAST_TIME, format!("what came the last times after {name}")));
    }
    if running.len() % 2 == 1 {
        all.push((LAST_TIME, "nothing".into()));
    }
    all.push((REST.0, REST.1.into()));
    let inputs = all.into_iter();
    inputs.map(|(kind, name)| Input { kind, name }).collect()
}

const BYTES: &str = "the last bytes";
const RUNS: &str = "longer runs of bytes";
const REPEATS: &str = "long repeats";
const LAST_TIME: &str = "what came last time";
const WORDS: &str = "words";
const SHAPE: &str = "the shape of the text";
const FIELDS: &str = "fields and numbers";
const GAPS: &str = "bytes with gaps";
const GRID: &str = "rows and columns";

impl Feature {
    /// Its kind, and what it is, in plain words.
    fn words(self) -> (&'static str, &'static str) {
        use Feature::*;
        match self {
            None => (BYTES, "nothing"),
            Last1 => (BYTES, "the last byte"),
            Last2 => (BYTES, "the last 2 bytes"),
            Last3 => (BYTES, "the last 3 bytes"),
            Last4 => (RUNS, "the last 4 bytes"),
            Last5 => (RUNS, "the last 5 bytes"),
            Last6 => (RUNS, "the last 6 bytes"),
            Last8 => (RUNS, "the last 8 bytes"),
            Back2 | Back3 | Back23 | Back34 => (GAPS, "some of the last bytes, others left out"),
            Word => (WORDS, "the word so far"),
            Before => (WORDS, "the word before"),
            Before2 => (WORDS, "the last word but one"),
            Pair => (WORDS, "the two words before"),
            Form4 | Form8 | Form12 => (SHAPE, "the last words, numbers and marks by their classes"),
            Shape6 => (SHAPE, "the classes of the last bytes"),
            Bracket => (SHAPE, "the open bracket"),
            Brackets => (SHAPE, "the open brackets"),
            First => (SHAPE, "how the line begins"),
            Mark => (SHAPE, "the last mark"),
            Follow1 | Follow2 => (GAPS, "what came after such bytes before"),
            Token => (FIELDS, "the number or name so far"),
            TokenBefore => (FIELDS, "the number or name before"),
            Field => (FIELDS, "which field of the line it is"),
            Run => (FIELDS, "how long the number or word is already"),
            Expected => (REPEATS, "what a repeat expects"),
            Column => (GRID, "the column and the byte above"),
            Above => (GRID, "the byte above"),
            FieldAbove => (FIELDS, "the same field of the line before"),
            Grid0 | Grid1 | Grid2 | Grid3 | Grid4 | Grid5 => (GRID, "neighbours in the grid"),
        }
    }
}

impl Context {
    /// Its kind, that of its more telling half, and what it looks at, in plain words.
    fn words(self) -> (&'static str, String) {
        let ((kind, a), (other, b)) = (self.a.words(), self.b.words());
        match (self.a, self.b) {
            (Feature::None, _) => (kind, "how often each byte occurs".into()),
            (_, Feature::None) => (kind, a.into()),
            _ => {
                let kinds = [REPEATS, FIELDS, GRID, WORDS, GAPS, SHAPE];
                let told = kinds.into_iter().find(|&k| k == kind || k == other);
                (told.unwrap_or(kind), format!("{a}, and {b}"))
            }
        }
    }
}
