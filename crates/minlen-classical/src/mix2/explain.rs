//! What the inputs are, in plain words.

use super::contexts::Context;
use super::matching::Matching;
use super::past::Feature;
use crate::mixing::explain::kind::*;
use crate::mixing::explain::{self, REST};
use minlen_core::Input;

/// What the inputs are, in their order; the last is what follows the mixer.
pub(crate) fn inputs(
    contexts: &[Context],
    matches: &[Matching],
    running: &[usize],
    foresight: bool,
) -> Vec<Input> {
    let mut all: Vec<(&'static str, String)> = contexts.iter().map(|c| c.words()).collect();
    for (i, matching) in matches.iter().enumerate() {
        let least = matching.least();
        all.push((
            REPEATS,
            format!("what came after the same {least} symbols or more"),
        ));
        // Beside the first one is the place of the foreign prediction; beside others, nothing.
        all.push(if i == 0 {
            (explain::ADVICE.0, explain::ADVICE.1.into())
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
    if foresight {
        let (kind, name) = Feature::Recall.words();
        all.push((kind, name.into()));
        all.push((FIELDS, "the date of the line's time".into()));
    }
    all.push((REST.0, REST.1.into()));
    let inputs = all.into_iter();
    inputs.map(|(kind, name)| Input { kind, name }).collect()
}

impl Feature {
    /// Its kind, and what it is, in plain words.
    fn words(self) -> (&'static str, &'static str) {
        use Feature::*;
        match self {
            Nothing => (BYTES, "nothing"),
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
            Char1 => (CHARACTERS, "the last character"),
            Char2 => (CHARACTERS, "the last 2 characters"),
            Char3 => (CHARACTERS, "the last 3 characters"),
            CharGap => (CHARACTERS, "the last character but one"),
            Run => (FIELDS, "how long the number or word is already"),
            Expected => (REPEATS, "what a repeat expects"),
            Column => (GRID, "the column and the byte above"),
            Above => (GRID, "the byte above"),
            FieldAbove => (FIELDS, "the same field of the line before"),
            Recall => (FIELDS, "what stood behind something else in the line"),
            Grid0 | Grid1 | Grid2 | Grid3 | Grid4 | Grid5 => (GRID, "neighbours in the grid"),
        }
    }
}

impl Context {
    /// Its kind, that of its more telling half, and what it looks at, in plain words.
    fn words(self) -> (&'static str, String) {
        let ((kind, a), (other, b)) = (self.a.words(), self.b.words());
        match (self.a, self.b) {
            (Feature::Nothing, _) => (kind, "how often each byte occurs".into()),
            (_, Feature::Nothing) => (kind, a.into()),
            _ => {
                let kinds = [REPEATS, FIELDS, GRID, CHARACTERS, WORDS, GAPS, SHAPE];
                let told = kinds.into_iter().find(|&k| k == kind || k == other);
                (told.unwrap_or(kind), format!("{a}, and {b}"))
            }
        }
    }
}
