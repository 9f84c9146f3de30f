//! What the inputs are, in plain words.

use super::contexts::Context;
use crate::mixing::explain::kind::*;
use crate::mixing::explain::{self, REST};
use minlen_core::Input;

/// What the inputs are, in their order; the last is what follows the mixer.
pub(crate) fn inputs(contexts: &[Context]) -> Vec<Input> {
    let others = [
        (REPEATS, "what came after the same 6 bytes or more"),
        explain::ADVICE,
        REST,
    ];
    let others = others.map(|(kind, name)| (kind, name.to_string()));
    let all = contexts.iter().map(|c| c.words()).chain(others);
    all.map(|(kind, name)| Input { kind, name }).collect()
}

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
