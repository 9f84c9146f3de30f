//! Context mixing, a nibble at a time: the older engine, which `mix2` has taken the place of. It
//! stays as it is, for archives made with it.
//!
//! Many contexts (the last bytes, the word, the form of the text, …) each remember what followed
//! them, as bit histories; an adaptive map says what each history is worth; a two-layer mixer of
//! online logistic regressions weighs them; adaptive curves correct the result. The ancestry is
//! Mahoney's PAQ (*Adaptive weighing of context models for lossless data compression*, 2005), and
//! Mattern's analysis of mixing (DCC 2012, 2013). Everything is integer arithmetic: the same input
//! gives the same bytes on every machine and instruction set.
//!
//! **Nibbles.** PAQ predicts bit by bit, eight dependent steps a byte. Here all 15 nodes of a
//! nibble's binary tree are predicted at once, one a lane, and the guide is asked for the nibble:
//! two steps a byte, each a few SIMD instructions a context. The price is that all 15 nodes are
//! computed and only 4 used.
//!
//! | file | idea |
//! |---|---|
//! | `states` | bit histories: 219 states |
//! | `contexts` | what is looked at, and the hash |
//! | `maps` | what a history is worth: an adaptive probability a state, by context and half |
//! | `matching` | the match model |
//! | `apm`, `refiner` | curves that correct the mixed prediction |
//! | `settings` | the presets |
//! | `model` | how they work together |
//! | `explain` | what the inputs are, in plain words |
//! | `crate::mixing` | what `mix2` is made of, too |
//! | `crate::kernels` | the inner loops: scalar reference, AVX2, AVX-512 |
//!
//! Order of inputs: contexts in the preset's order, two a [`Pair`](crate::kernels::Pair); then one
//! pair with the match model at even places and the foreign prediction (0 without one) at odd.
//!
//! # The ladder
//!
//! First 1,000,000 or 4,000,000 bytes of enwik8; times on a busy machine, so only as ratios to
//! `zpaq -m5 -t1` (877,068 bytes) in the same minutes. lpaq1: 226,908 / 878,450.
//!
//! | rung | 1 MB | 4 MB |
//! |---|---|---|
//! | 8 contexts, two inputs each (stretch, p − ½), 4 sets | 225,817 | 869,937 |
//! | faster weights (sets 4,096 → 10,000 / 2¹⁵; last layer 512 → 2,048) | 224,576 | |
//! | two refining curves | 223,332 | 859,701 |
//! | 16 contexts | 218,774 | 842,474 |
//! | two inputs → one (p − ½ was worth nothing at the right rate; a third faster) | | |
//! | 18 contexts, wide lines for contexts with many followers, trust by last byte | 215,442 | |
//! | last layer without a choice of rows (by the last byte before: worse), rate 6,000 | 214,253 | 827,052 |
//! | `mix:fast`: 4 contexts, 2 sets, no curves | | 907,880 |
//! | `mix:default`: 10 contexts, 4 sets, 1 curve | 218,648 | 843,368 |
//! | `mix:strong`: 20 contexts, 6 sets, 2 curves | 214,066 | 826,853 |
//! | `mix:max`: 32 contexts, 10 sets, 2 curves | | 815,829 |
//!
//! Encoding speed as a multiple of zpaq's, whole processes, median of three (`cargo xtask bench`):
//! fast 4.6, default 2.1, strong 1.2, max 0.6; decoding takes as long as encoding.
//!
//! What did not pay (1 MB, `strong`):
//! - one weight a set instead of one a node and set: 0.3 % worse;
//! - p − ½ as a second input of each context: nothing once rates are tuned; a second map chosen
//!   by the last byte instead: 0.4 % for twice the work, by its class 0.2 %;
//! - learning rates that fall with time: nothing; weights of 15 instead of 16 bits: nothing;
//! - other bounds and ageing of the state machine: ± 0.1 %; teaching state 0: 0.1 % worse;
//! - match lengths from 5 or 7 on: ± 0.1 %;
//! - more contexts: none of 24 others tried beside these 18 is worth more than 0.2 %;
//! - a hashed curve table of 2¹⁴ instead of 2¹² rows: 0.02 %.
//!
//! What did: low nibbles of the last two bytes in lines of their own (alone, that context drops
//! from 381,529 to 364,982 bytes); asking for the next byte's lines before learning this one.

pub(crate) mod apm;
pub(crate) mod contexts;
pub(crate) mod explain;
pub(crate) mod maps;
pub(crate) mod matching;
pub(crate) mod model;
pub(crate) mod refiner;
pub(crate) mod settings;
pub(crate) mod states;

use crate::kernels::Cpu;
use crate::mixing::foreign::Foreign;
use minlen_core::{Entry, Error, Family, Limits, Model, Structure};
use model::Mix;
use settings::Settings;

pub(crate) const ENTRY: Entry = Entry {
    name: "mix",
    summary: "the older engine of mix2, kept for archives made with it",
    settings: "fast, default, strong or max; then, if you like, a comma and log2 of the number of \
               64-byte lines, 12 to 24 (22; max: 23)",
    family: Family::Mixing,
    samples: &["fast,12", "default,14", "strong,16", "max,17"],
    memory: |settings| Ok(Settings::parse(settings)?.memory()),
    fit: Some(Settings::fit),
    build: |settings, structure| {
        Ok(Box::new(Mix::new(
            &Settings::parse(settings)?,
            structure,
            Cpu::best(),
            None,
        )))
    },
    batch: None,
};

/// The model `mix:settings` with a foreign prediction as one more input, within `limits`.
///
/// Such a model is another model than without: what it coded is decoded only with the same
/// advice.
pub fn mix_with(
    settings: &str,
    structure: &Structure,
    limits: &Limits,
    foreign: Box<dyn Foreign>,
) -> Result<Box<dyn Model>, Error> {
    let settings = Settings::parse(settings)?;
    let memory = settings.memory();
    Limits::check("the model's memory in bytes", memory, limits.model_bytes)?;
    Ok(Box::new(Mix::new(
        &settings,
        structure,
        Cpu::best(),
        Some(foreign),
    )))
}
