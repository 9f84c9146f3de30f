//! What earned the bits: the inputs of this mixer, and how hard they pulled.

use super::contexts::Context;
use super::mixer::Weights;
use crate::explain::{REST, book};
use crate::kernels::{Pair, Prior};
use minlen_core::{Input, Nodes};

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

/// What the inputs are, in their order; the last is what follows the mixer.
pub(crate) fn inputs(contexts: &[Context]) -> Vec<Input> {
    let others = [
        (REPEATS, "what came after the same 6 bytes or more"),
        ("advice", "advice from outside"),
        REST,
    ];
    let others = others.map(|(kind, name)| (kind, name.to_string()));
    let all = contexts.iter().map(|c| c.words()).chain(others);
    all.map(|(kind, name)| Input { kind, name }).collect()
}

const BYTES: &str = "the last bytes";
const RUNS: &str = "longer runs of bytes";
const REPEATS: &str = "long repeats";
const WORDS: &str = "words";
const SHAPE: &str = "the shape of the text";
const GAPS: &str = "bytes with gaps";
const GRID: &str = "rows and columns";

impl Context {
    /// Its kind, and what it looks at, in plain words.
    fn words(self) -> (&'static str, String) {
        let (kind, name) = match self {
            Context::Nothing => (BYTES, "how often each byte occurs"),
            Context::Byte => (BYTES, "the last byte"),
            Context::Last(n @ ..4) => return (BYTES, format!("the last {n} bytes")),
            Context::Last(n) => return (RUNS, format!("the last {n} bytes")),
            Context::Word => (WORDS, "the word so far"),
            Context::Word2 => (WORDS, "the word so far and the word before"),
            Context::Word3 => (WORDS, "the word so far and the two words before"),
            Context::WordSkip => (WORDS, "the word so far and the last word but one"),
            Context::WordLine => (WORDS, "the word so far and how its line begins"),
            Context::WordBrackets => (WORDS, "the word so far and the open brackets"),
            Context::WordForm => (WORDS, "the word so far and the shape before it"),
            Context::Mark => (WORDS, "the word so far and the last mark"),
            Context::Before => (WORDS, "the word before and the last byte"),
            Context::Form(_) => (SHAPE, "the last words, numbers and marks by their classes"),
            Context::Shape(_) => (SHAPE, "the classes of the last bytes"),
            Context::Bracket => (SHAPE, "the open bracket and the last 2 bytes"),
            Context::Sparse(_) => (GAPS, "some of the last bytes, others left out"),
            Context::Follow1 | Context::Follow2 => (GAPS, "what came after such bytes before"),
            Context::Expected => (REPEATS, "what a repeat expects, and the last byte"),
            Context::Column => (GRID, "the column, the byte above and the last byte"),
            Context::Above => (GRID, "the byte above and the last 2 bytes"),
            Context::Grid(_) => (GRID, "neighbours in the grid"),
        };
        (kind, name.into())
    }
}
