//! The one idea of minlen, in code.
//!
//! A [`Model`] predicts the next symbol given the past. A [`Guide`] answers the model's question
//! "which symbol is it?". **The guide is the task**, so compressing, measuring, decoding and
//! generating run the same loop, [`run`], and cannot drift apart:
//!
//! | task | guide | where the answer comes from | what is left |
//! |---|---|---|---|
//! | compress | [`Encoder`] | the data | coded bytes |
//! | decompress | [`Decoder`] | coded bytes | the data |
//! | measure | [`Meter`] | the data | the code length, symbol by symbol |
//! | generate | [`Sampler`] | a seeded random source | new symbols |
//! | prime | [`Teacher`] | the data | a model that has seen it |
//!
//! Probabilities cross from model to guide as integers ([`Prob`], [`Nodes`], [`Distribution`]);
//! nothing else is ever rounded, so what a meter says is what an encoder writes, to within
//! eight bytes.
//!
//! ```
//! use minlen_core::{Decoder, Distribution, Encoder, Meter, Model, Symbol, run};
//!
//! /// The smallest model: every symbol is as likely as every other.
//! #[derive(Clone)]
//! struct Uniform;
//! impl Model for Uniform {
//!     fn predict(&mut self) -> Distribution { Distribution::uniform() }
//!     fn update(&mut self, _: Symbol) {}
//!     fn fork(&self) -> Box<dyn Model> { Box::new(self.clone()) }
//! }
//!
//! let data = b"any bytes";
//! let mut encoder = Encoder::new(data);
//! run(&mut Uniform, &mut encoder);
//! let coded = encoder.finish();
//!
//! let mut decoder = Decoder::new(&coded, data.len());
//! run(&mut Uniform, &mut decoder);
//! assert_eq!(decoder.finish().unwrap(), data);
//!
//! let mut meter = Meter::new(data);
//! run(&mut Uniform, &mut meter);
//! assert_eq!(meter.total().bits_ceil(), 72); // 9 symbols of 8 bits
//! ```
//!
//! This crate does no IO, has no dependencies, holds no `unsafe`, and has no float in any public
//! type.
#![forbid(unsafe_code)]

mod coder;
mod cost;
mod distribution;
mod error;
mod guide;
mod limits;
mod meter;
mod model;
mod probability;
mod random;
mod registry;
mod sampler;
mod structure;

pub use coder::{Decoder, Encoder};
pub use cost::Cost;
pub use distribution::Distribution;
pub use error::Error;
pub use guide::{Guide, Teacher};
pub use limits::Limits;
pub use meter::Meter;
pub use model::{Batch, Input, Model, Rewind, run, run_batch};
pub use probability::{Nodes, Prob};
pub use random::Random;
pub use registry::{Build, BuildBatch, Entry, Family, Fit, Recipe};
pub use sampler::Sampler;
pub use structure::{Codes, Role, Structure};

/// What models predict: one byte of the symbol stream that a view made of the data.
pub type Symbol = u8;

/// Number of different symbols.
pub const ALPHABET: usize = 256;
