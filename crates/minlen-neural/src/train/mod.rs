//! Training on processors: from documents to the parameters of a net.
//!
//! | file | idea |
//! |---|---|
//! | `data` | documents, the split by document, batches in an order set by a seed |
//! | `pass` | one sequence through the net and back |
//! | `kernels` | the inner loops: products in f32 or bf16, states, windows, norms |
//! | `optimiser` | Muon and AdamW |
//! | `factors` | fine-tuning: little is learned, the rest stays |
//! | `checkpoint` | all of a trainer as bytes, and back |
//! | `run` | the loop: budgets, held-out cost, early stop |
//!
//! A batch has a fixed number of lanes. Each lane reads documents from end to end, so that states
//! and windows carry over from batch to batch; gradients do not. Lanes are split into a fixed number
//! of shards, whose gradients are added in order: the number of threads has no say in the result.
//! On one kind of machine the same seed, options and documents give the same parameters bit for
//! bit, and a trainer that resumes from a checkpoint goes on as if nothing had happened.
//!
//! # Speed
//! Symbols a second of one Zen 4 core (processor time, on a busy machine), batches of 16 × 256
//! symbols, beside PyTorch 2.15 in eager mode with the same net (`bench/torch_twin.py`):
//!
//! | net | f32 | PyTorch | bf16 | PyTorch |
//! |---|--:|--:|--:|--:|
//! | 5 recurrent layers, width 160, hidden 384 | 7,863 | 5,659 | 13,802 | 9,028 |
//! | 4 recurrent, 128, 512 | 11,264 | 7,817 | 18,398 | 12,644 |
//! | 4 window (128), 128, 512 | 9,332 | 7,357 | 14,537 | 9,470 |
//!
//! Three fifths of the time are matrix products, at 83 % of what the processor can do in bf16.
//!
//! # Ladder
//! Bits a symbol of held-out documents (English, Chinese, code; the first 2,048 bytes of each) after
//! 1.2 million symbols in 586 steps. So short a run favours what learns fast; R is a recurrent
//! layer, W a window of 128.
//!
//! | layers | width, hidden | Muon's rate | what else | bits |
//! |---|---|--:|---|--:|
//! | RWR | 128, 384 | – | AdamW for all (0.003) | 3.283 |
//! | RWR | 128, 384 | 0.04 | | 3.177 |
//! | RWR | 128, 384 | 0.02 | | 3.107 |
//! | RWR | 128, 384 | 0.02 | AdamW's rates doubled; halved | 3.118; 3.160 |
//! | RWR | 128, 384 | 0.01 | | 3.102 |
//! | RRR | 128, 384 | 0.02 | | 3.104 |
//! | WWW | 128, 384 | 0.02 | | 3.113 |
//! | RRRRRR | 96, 288 | 0.01 | | 3.097 |
//! | RRR | 160, 320 | 0.01 | 18 % more parameters | 3.082 |
//! | RRRR | 128, 256 | 0.01 | | 3.079 |
//! | RRWR; RWRW | 128, 256 | 0.01 | | 3.090; 3.088 |
//! | RRRR | 128, 256 | 0.01 | no token shift | 3.307 |
//! | RRRR | 128, 256 | 0.01 | `mix.in` twice as large at first | 3.121 |
//! | RRRR | 128, 256 | 0.01 | Muon's momentum 0.9, not 0.95 | 3.062 |
//! | RRRR | 128, 256 | 0.01 | 4 lanes of 512, not 8 of 256 | 3.154 |
//! | RRRR | 128, 256 | 0.01 | 16 lanes of 128 (4 % slower) | 3.027 |
//!
//! Fine-tuning a net of 1.34 million parameters (the one that ships) on 400 KB of Chinese songs, 200
//! thousand symbols, the last tenth held out (`examples/lowrank.rs`); before it is 3.670 bits.
//!
//! | what learns | rate | bits | bytes |
//! |---|--:|--:|--:|
//! | all parameters | as above | 2.959 | 1,261,298 |
//! | all parameters | three tenths of it | 3.068 | |
//! | factors of rank 8 | 0.003; 0.01; 0.02; 0.04 | 3.126; 3.017; 2.993; 3.029 | 53,392 |
//! | rank 2; 4; 16 | 0.01 | 3.100; 3.054; 2.990 | 13,781; 27,393; 107,190 |
//!
//! Matrices rounded to int8 with a scale a row: 2.1456 for 2.1451 bits (five recurrent layers, width
//! 160, hidden 384, after 24 million symbols), so training need not know.

mod checkpoint;
mod data;
mod factors;
mod kernels;
mod optimiser;
mod pass;
mod random;
mod run;
#[cfg(test)]
mod tests;

pub use data::{Batch, Documents, Gap, Marks, Position, Sequence, Stream};
pub use optimiser::Rates;
pub use run::{Best, Budget, Event, Plan, Point, Report, run};

use crate::shape::{Layer, SYMBOLS, Shape};
use factors::Factors;
use kernels::product::{Bf16, Element};
use kernels::{Level, level};
use minlen_core::Error;
use optimiser::Parts;
use pass::{Carry, Matrices, Net, Places, Room};
use random::Random;
use std::sync::Mutex;

/// What matrix products read. Sums and parameters are f32 in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Precision {
    /// 24 bits: any machine.
    F32,
    /// 8 bits: twice as fast where the processor multiplies bf16 (AVX512-BF16), slow elsewhere.
    Bf16,
}

impl Precision {
    /// The faster one on this machine.
    pub fn best() -> Precision {
        match level() {
            Level::Avx512Bf16 => Precision::Bf16,
            _ => Precision::F32,
        }
    }
}

/// How to train. What is here decides the result; see [`Trainer::threads`] for what does not.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Streams that are read side by side: 1 to 4,096.
    pub lanes: usize,
    /// Symbols of a lane in a step: 16 to 65,536.
    pub length: usize,
    /// Into how many parts the lanes are split for threads: at most `lanes`.
    pub shards: usize,
    /// Steps in which the rates rise from 0.
    pub warm_up: u64,
    /// Steps until the rates, falling in a straight line, are 0: at least 1.
    pub steps: u64,
    /// Learning rates.
    pub rates: Rates,
    /// What matrix products read.
    pub precision: Precision,
}

impl Options {
    /// Options found good for nets of 0.3 to 2 million parameters, for a number of steps.
    pub fn new(steps: u64) -> Options {
        Options {
            lanes: 32,
            length: 128,
            shards: 8,
            warm_up: (steps / 50).clamp(1, 200),
            steps: steps.max(1),
            rates: Rates {
                matrix: 0.01,
                embed: 0.02,
                head: 0.004,
                vector: 0.005,
                factor: 0.015,
                forget: 0.0,
                clip: 1.0,
            },
            precision: Precision::best(),
        }
    }

    fn checked(self) -> Result<Options, Error> {
        let r = &self.rates;
        let rates = [
            r.matrix, r.embed, r.head, r.vector, r.factor, r.forget, r.clip,
        ];
        if (1..=4096).contains(&self.lanes)
            && (16..=65_536).contains(&self.length)
            && (1..=self.lanes).contains(&self.shards)
            && self.steps >= 1
            && rates.iter().all(|rate| (0.0..=1e6).contains(rate))
            && r.clip > 0.0
        {
            return Ok(self);
        }
        Err(Error::Usage(format!("{self:?} are outside the limits")))
    }
}

/// What passes need in one precision.
struct Engine<E> {
    matrices: Matrices<E>,
    rooms: Vec<Room<E>>,
}

enum Engines {
    F32(Engine<f32>),
    Bf16(Engine<Bf16>),
}

/// A net that learns.
pub struct Trainer {
    shape: Shape,
    options: Options,
    places: Places,
    /// What moves together, of the gradient of all parameters, and of what is learned.
    sums: Parts,
    parts: Parts,
    step: u64,
    parameters: Vec<f32>,
    /// What is learned in place of the parameters, if only so much is.
    factors: Option<Factors>,
    first: Vec<f32>,
    second: Vec<f32>,
    carries: Vec<Carry>,
    threads: usize,
    grads: Vec<Vec<f32>>,
    engines: Engines,
}

impl Trainer {
    /// A net with random parameters. `Usage` if the shape or the options are outside their limits.
    pub fn new(shape: Shape, options: Options, seed: u64) -> Result<Trainer, Error> {
        let shape = shape.checked()?;
        let places = Places::new(&shape);
        let parameters = initial(&shape, &places, seed);
        Trainer::with(shape, options, parameters)
    }

    /// A net that has learned already. `Usage` if the parameters are not those of the shape.
    pub fn with(shape: Shape, options: Options, parameters: Vec<f32>) -> Result<Trainer, Error> {
        let shape = shape.checked()?;
        let options = options.checked()?;
        if parameters.len() != shape.parameters() {
            return Err(Error::Usage(format!(
                "{} parameters for a net of {}",
                parameters.len(),
                shape.parameters()
            )));
        }
        let places = Places::new(&shape);
        let n = parameters.len();
        let mut trainer = Trainer {
            sums: Parts::new(&shape, &places, &options.rates),
            parts: Parts::new(&shape, &places, &options.rates),
            factors: None,
            carries: (0..options.lanes).map(|_| Carry::new(&shape)).collect(),
            first: vec![0.0; n],
            second: vec![0.0; n],
            threads: 1,
            step: 0,
            grads: vec![vec![0.0; n]; options.shards],
            engines: match options.precision {
                Precision::F32 => Engines::F32(Engine::new(&shape)),
                Precision::Bf16 => Engines::Bf16(Engine::new(&shape)),
            },
            places,
            parameters,
            shape,
            options,
        };
        trainer.pack();
        Ok(trainer)
    }

    /// A net that has learned already, of whose matrices only factors of that rank learn
    /// ([`LowRank`](crate::LowRank)). `Usage`, too, if there is no such rank.
    pub fn low_rank(
        shape: Shape,
        options: Options,
        parameters: Vec<f32>,
        rank: usize,
        seed: u64,
    ) -> Result<Trainer, Error> {
        let factors = Factors::new(&shape, rank, parameters.clone(), seed)?;
        let mut trainer = Trainer::with(shape, options, parameters)?;
        let n = factors.values.len();
        (trainer.first, trainer.second) = (vec![0.0; n], vec![0.0; n]);
        trainer.parts = Parts::factors(factors.parts());
        trainer.factors = Some(factors);
        Ok(trainer)
    }

    /// The same trainer, with this many threads (at least 1). They change speed, never results.
    pub fn threads(mut self, threads: usize) -> Trainer {
        self.threads = threads.max(1);
        self
    }

    /// The net's sizes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// How it trains.
    pub fn options(&self) -> &Options {
        &self.options
    }

    /// All parameters, in the order of [`Shape::tensors`].
    pub fn parameters(&self) -> &[f32] {
        &self.parameters
    }

    /// What it learns: the parameters, or with a rank, the factors.
    pub fn learned(&self) -> &[f32] {
        match &self.factors {
            Some(factors) => &factors.values,
            None => &self.parameters,
        }
    }

    /// The rank of the factors, if those are what learns.
    pub fn rank(&self) -> Option<usize> {
        self.factors.as_ref().map(Factors::rank)
    }

    /// Steps so far.
    pub fn steps(&self) -> u64 {
        self.step
    }

    /// Changes the number of steps at which the rates reach 0, as one must whose budget is a time.
    pub fn plan(&mut self, steps: u64) {
        self.options.steps = steps.max(1);
    }

    /// The schedule's part of the rates, 0 to 1, for the next step.
    pub fn pace(&self) -> f32 {
        let Options { warm_up, steps, .. } = self.options;
        let rise = (self.step + 1) as f64 / warm_up.max(1) as f64;
        let fall = (steps as f64 - self.step as f64) / steps.saturating_sub(warm_up).max(1) as f64;
        rise.min(fall).clamp(0.0, 1.0) as f32
    }

    /// Learns from a batch. Returns the mean code length of its symbols before, as they count, in
    /// bits a symbol. `Usage` if it has not as many lanes as the options say, or no symbols.
    pub fn step(&mut self, batch: &Batch) -> Result<f64, Error> {
        let sequences = || batch.lanes.iter().flatten();
        let symbols: usize = sequences().map(|s| s.symbols.len()).sum();
        let longest = sequences().map(|s| s.symbols.len()).max().unwrap_or(0);
        if batch.lanes.len() != self.options.lanes || symbols == 0 {
            return Err(Error::Usage(format!(
                "a batch of {} lanes and {symbols} symbols for a trainer of {} lanes",
                batch.lanes.len(),
                self.options.lanes
            )));
        }
        let counted: f64 = (sequences())
            .map(|s| (s.symbols.len() - s.aside) as f64 + f64::from(s.weight) * s.aside as f64)
            .sum();
        // Where nothing counts, nothing is learned.
        let scale = 1.0 / counted.max(1e-3) as f32;
        let threads = self.threads.min(self.options.shards);
        let mut engines = std::mem::replace(&mut self.engines, Engines::F32(Engine::empty()));
        let bits = match &mut engines {
            Engines::F32(engine) => self.learn(engine, batch, longest, scale, threads),
            Engines::Bf16(engine) => self.learn(engine, batch, longest, scale, threads),
        };
        self.engines = engines;
        self.pack();
        Ok(bits * f64::from(scale))
    }

    /// One step in one precision; returns the sum of all code lengths.
    fn learn<E: Element>(
        &mut self,
        engine: &mut Engine<E>,
        batch: &Batch,
        longest: usize,
        scale: f32,
        threads: usize,
    ) -> f64 {
        engine.grow(&self.shape, longest, threads);
        let net = Net {
            shape: &self.shape,
            places: &self.places,
            parameters: &self.parameters,
            matrices: &engine.matrices,
        };
        let lanes = self.options.lanes.div_ceil(self.options.shards);
        let shards = (self.carries.chunks_mut(lanes))
            .zip(batch.lanes.chunks(lanes))
            .zip(&mut self.grads)
            .map(|((carries, lanes), grad)| (carries, lanes, grad));
        let mut bits = vec![0.0; self.options.shards];
        let work = Mutex::new(shards.zip(&mut bits));
        in_threads(&mut engine.rooms, |room| {
            let next = || work.lock().ok()?.next();
            while let Some(((carries, lanes, grad), bits)) = next() {
                grad.fill(0.0);
                for (carry, sequences) in carries.iter_mut().zip(lanes) {
                    for sequence in sequences.iter().filter(|s| !s.symbols.is_empty()) {
                        if sequence.fresh {
                            carry.clear();
                        }
                        let before = (carry.last, carry.seen);
                        net.forward(sequence.symbols, carry, room);
                        let aside = (sequence.aside, sequence.weight);
                        *bits += net.loss(sequence.symbols, aside, scale, room);
                        net.backward(sequence.symbols, before, room, grad);
                    }
                }
            }
        });

        let pace = self.pace();
        // The sum of all shards goes to the first, part by part.
        let used = self.options.lanes.div_ceil(lanes);
        let (total, others) = self.grads[..used].split_at_mut(1);
        let total = &mut total[0];
        let work = Mutex::new(self.sums.cut(total).into_iter().enumerate());
        in_threads(&mut vec![(); threads], |()| {
            let next = || work.lock().ok()?.next();
            while let Some((i, total)) = next() {
                for other in others.iter() {
                    kernels::ops::add(total, &other[self.sums.place(i)]);
                }
            }
        });
        let (learned, grad): (&mut [f32], &[f32]) = match &mut self.factors {
            None => (&mut self.parameters, total),
            Some(factors) => {
                factors.project(total);
                (&mut factors.values, &factors.grad)
            }
        };
        let squares =
            (0..self.parts.len()).map(|i| kernels::ops::squares(&grad[self.parts.place(i)]));
        let norm = squares.sum::<f64>().sqrt() as f32;
        let rates = self.options.rates;
        let scale = if norm > rates.clip {
            rates.clip / norm
        } else {
            1.0
        };
        // A gradient that is no number teaches nothing.
        if norm.is_finite() {
            let when = (self.step + 1, pace, scale);
            let parts = self.parts.cut(learned).into_iter();
            let moments = self
                .parts
                .cut(&mut self.first)
                .into_iter()
                .zip(self.parts.cut(&mut self.second));
            let work = Mutex::new(parts.zip(moments).enumerate());
            let parts = &self.parts;
            in_threads(&mut vec![(); threads], |()| {
                let next = || work.lock().ok()?.next();
                while let Some((i, (values, moments))) = next() {
                    parts.advance::<E>(i, &rates, when, moments, &grad[parts.place(i)], values);
                }
            });
        }
        if let Some(factors) = &self.factors {
            factors.apply(&mut self.parameters);
        }
        self.step += 1;
        bits.iter().sum()
    }

    /// The mean code length of documents, each from an empty past, in bits a symbol; 0 if they have
    /// no symbols. The matrix products are those of training, so this is not what an archive will
    /// need to the last bit.
    pub fn evaluate(&mut self, documents: &[&[u8]]) -> f64 {
        let documents: Vec<_> = documents.iter().map(|document| (*document, 0)).collect();
        self.mean_bits(&documents)
    }

    /// As [`evaluate`](Self::evaluate), but only of what is asked for in the documents, in bits a
    /// symbol of that.
    pub fn evaluate_asked(&mut self, documents: &Documents) -> f64 {
        self.mean_bits(&documents.asked().collect::<Vec<_>>())
    }

    fn mean_bits(&mut self, documents: &[(&[u8], usize)]) -> f64 {
        let (shape, places, parameters) = (&self.shape, &self.places, &self.parameters);
        let threads = self.threads;
        match &mut self.engines {
            Engines::F32(e) => e.evaluate(shape, places, parameters, documents, threads),
            Engines::Bf16(e) => e.evaluate(shape, places, parameters, documents, threads),
        }
    }

    /// Makes the engines' matrices from the parameters.
    fn pack(&mut self) {
        match &mut self.engines {
            Engines::F32(engine) => engine.matrices.set(&self.parameters, &self.places),
            Engines::Bf16(engine) => engine.matrices.set(&self.parameters, &self.places),
        }
    }

    /// The gradient of the mean code length of some sequences in bits a symbol, with respect to all
    /// parameters, and that code length.
    #[cfg(test)]
    fn gradient(&mut self, batch: &Batch) -> (Vec<f32>, f64) {
        let before = (
            self.parameters.clone(),
            self.first.clone(),
            self.second.clone(),
        );
        let rates = self.options.rates;
        self.options.rates.clip = 1e6;
        let bits = self.step(batch).unwrap();
        self.options.rates = rates;
        (self.parameters, self.first, self.second) = before;
        self.step -= 1;
        self.pack();
        (self.grads[0].clone(), bits)
    }
}

impl<E: Element> Engine<E> {
    fn new(shape: &Shape) -> Engine<E> {
        Engine {
            matrices: Matrices::new(shape),
            rooms: Vec::new(),
        }
    }

    /// Room for `threads` threads and sequences up to `longest`.
    fn grow(&mut self, shape: &Shape, longest: usize, threads: usize) {
        if self
            .rooms
            .first()
            .is_some_and(|room| room.longest() < longest)
        {
            self.rooms.clear();
        }
        self.rooms
            .resize_with(threads, || Room::new(shape, longest));
    }

    fn evaluate(
        &mut self,
        shape: &Shape,
        places: &Places,
        parameters: &[f32],
        documents: &[(&[u8], usize)],
        threads: usize,
    ) -> f64 {
        const STRETCH: usize = 256;
        self.grow(shape, STRETCH, threads);
        let net = Net {
            shape,
            places,
            parameters,
            matrices: &self.matrices,
        };
        let mut bits = vec![0.0; documents.len()];
        let work = Mutex::new(documents.iter().zip(&mut bits));
        in_threads(&mut self.rooms, |room| {
            let mut carry = Carry::new(shape);
            let next = || work.lock().ok()?.next();
            while let Some(((document, before), bits)) = next() {
                carry.clear();
                for (i, symbols) in document.chunks(STRETCH).enumerate() {
                    net.forward(symbols, &mut carry, room);
                    let aside = before.saturating_sub(i * STRETCH).min(symbols.len());
                    *bits += net.loss(symbols, (aside, 0.0), 0.0, room);
                }
            }
        });
        let symbols: usize = documents.iter().map(|(d, before)| d.len() - before).sum();
        bits.iter().sum::<f64>() / symbols.max(1) as f64
    }
}

impl Engine<f32> {
    /// What stands in while a step has the real one.
    fn empty() -> Engine<f32> {
        let shape = Shape {
            width: 32,
            hidden: 32,
            window: 16,
            layers: Vec::new(),
        };
        Engine::new(&shape)
    }
}

/// Runs `work` once for each of `rooms`, in as many threads.
fn in_threads<R: Send>(rooms: &mut [R], work: impl Fn(&mut R) + Sync) {
    let Some((own, others)) = rooms.split_first_mut() else {
        return;
    };
    std::thread::scope(|scope| {
        for room in others {
            scope.spawn(|| work(room));
        }
        work(own);
    });
}

/// Parameters to begin with. What adds to the residual stream begins as zeros, so that a new net
/// predicts all symbols alike and each layer finds its use; shifts and decays are spread out, so
/// that channels and heads differ from the start.
fn initial(shape: &Shape, places: &Places, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    let d = shape.width;
    let mut values = vec![0.0; shape.parameters()];
    let mut fill = |values: &mut [f32], deviation: f32| {
        for x in values {
            *x = random.normal() * deviation;
        }
    };
    fill(&mut values[places.embed.clone()], 0.5);
    let spread = 1.0 / (d as f32).sqrt();
    for (layer, kind) in places.layers.iter().zip(&shape.layers) {
        for gain in [&layer.mix_gain, &layer.mlp_gain] {
            values[gain.clone()].fill(1.0);
        }
        for shift in [&layer.mix_shift, &layer.mlp_shift] {
            for (i, x) in values[shift.clone()].iter_mut().enumerate() {
                *x = 0.5 * i as f32 / d as f32;
            }
        }
        fill(&mut values[layer.input.clone()], 0.5 * spread);
        fill(&mut values[layer.up.clone()], 0.5 * spread);
        if *kind == Layer::Recurrent {
            let heads = shape.heads();
            values[layer.input.end - heads * d..layer.input.end].fill(0.0);
            // Heads remember 4 to 512 symbols at first: logits ln(n − 1).
            for (i, x) in values[layer.decay.clone()].iter_mut().enumerate() {
                let part = (i as f32 + 0.5) / heads as f32;
                *x = (4.0 * 128f32.powf(part) - 1.0).ln();
            }
        }
    }
    values[places.gain.clone()].fill(1.0);
    debug_assert_eq!(places.head.len(), SYMBOLS * d);
    values
}
