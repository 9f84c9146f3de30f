//! A trainer as bytes: all that the next step depends on, and a hash that finds damage.

use super::data::Position;
use super::factors::Factors;
use super::optimiser::Rates;
use super::pass::Carry;
use super::random::hash;
use super::{Options, Precision, Trainer};
use crate::lowrank::LowRank;
use crate::shape::{Layer, Shape};
use minlen_core::Error;

const MAGIC: &[u8; 8] = b"mlntrn02";

impl Trainer {
    /// All of the trainer, and where its stream of batches is.
    pub fn checkpoint(&self, position: &Position) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        let mut put = |n: u64| out.extend_from_slice(&n.to_le_bytes());
        let (shape, options, rates) = (&self.shape, &self.options, &self.options.rates);
        for n in [shape.width, shape.hidden, shape.window, shape.layers.len()] {
            put(n as u64);
        }
        for layer in &shape.layers {
            put((*layer == Layer::Window).into());
        }
        for n in [options.lanes, options.length, options.shards] {
            put(n as u64);
        }
        put(options.warm_up);
        put(options.steps);
        put((options.precision == Precision::Bf16).into());
        for x in [
            rates.matrix,
            rates.embed,
            rates.head,
            rates.vector,
            rates.factor,
            rates.forget,
            rates.clip,
        ] {
            put(x.to_bits().into());
        }
        put(self.rank().unwrap_or(0) as u64);
        put(self.step);
        put(position.seed);
        put(position.epoch);
        put(position.dealt);
        put(position.lanes.len() as u64);
        for &(document, at) in &position.lanes {
            put(document);
            put(at);
        }
        for carry in &self.carries {
            put(carry.last.into());
            put(carry.seen as u64);
        }
        let carried = self.carries.iter().flat_map(|carry| &carry.layers);
        // Of a net with factors, the base and the factors; it follows from these.
        let base = self.factors.as_ref().map_or(&[][..], Factors::base);
        let learned = [base, self.learned(), &self.first, &self.second];
        for values in learned.into_iter().chain(carried.map(|values| &values[..])) {
            for x in values {
                out.extend_from_slice(&x.to_le_bytes());
            }
        }
        let check = hash(&out, 0);
        out.extend_from_slice(&check.to_le_bytes());
        out
    }

    /// The trainer that wrote a checkpoint, with one thread, and where its stream was. `Damaged` if
    /// the bytes are no such checkpoint, or not what was written.
    pub fn resume(bytes: &[u8]) -> Result<(Trainer, Position), Error> {
        let (body, check) = bytes
            .split_last_chunk::<8>()
            .ok_or_else(|| damaged("too short"))?;
        if !body.starts_with(MAGIC) {
            return Err(damaged("no checkpoint of this version"));
        }
        if hash(body, 0).to_le_bytes() != *check {
            return Err(damaged("its check does not match"));
        }
        let mut reader = Reader(&body[MAGIC.len()..]);
        let (width, hidden, window) = (reader.size()?, reader.size()?, reader.size()?);
        let layers = reader.size()?;
        if layers > 64 {
            return Err(damaged("too many layers"));
        }
        let layers = (0..layers)
            .map(|_| {
                Ok(if reader.number()? == 1 {
                    Layer::Window
                } else {
                    Layer::Recurrent
                })
            })
            .collect::<Result<_, Error>>()?;
        let shape = Shape {
            width,
            hidden,
            window,
            layers,
        };
        let (lanes, length, shards) = (reader.size()?, reader.size()?, reader.size()?);
        let (warm_up, steps) = (reader.number()?, reader.number()?);
        let precision = if reader.number()? == 1 {
            Precision::Bf16
        } else {
            Precision::F32
        };
        let mut rate = || Ok::<f32, Error>(f32::from_bits(reader.number()? as u32));
        let options = Options {
            lanes,
            length,
            shards,
            warm_up,
            steps,
            rates: Rates {
                matrix: rate()?,
                embed: rate()?,
                head: rate()?,
                vector: rate()?,
                factor: rate()?,
                forget: rate()?,
                clip: rate()?,
            },
            precision,
        };
        let (shape, options) = (shape.checked(), options.checked());
        let (Ok(shape), Ok(options)) = (shape, options) else {
            return Err(damaged("sizes outside the limits"));
        };
        let rank = reader.size()?;
        let learned = match rank {
            0 => shape.parameters(),
            rank => {
                LowRank::parameters(&shape, rank).map_err(|_| damaged("there is no such rank"))?
            }
        };
        let step = reader.number()?;
        let mut position = Position {
            seed: reader.number()?,
            epoch: reader.number()?,
            dealt: reader.number()?,
            lanes: Vec::new(),
        };
        for _ in 0..reader.number()? {
            position.lanes.push((reader.number()?, reader.number()?));
        }
        let mut past = Vec::new();
        for _ in 0..options.lanes {
            past.push((reader.number()?, reader.size()?.min(shape.window)));
        }
        // What is left must be exactly what the sizes ask for, before memory is taken for it.
        let carried: usize = (shape.layers.iter())
            .map(|&layer| Carry::size(&shape, layer))
            .sum();
        let base = if rank > 0 { shape.parameters() } else { 0 };
        let floats = base + 3 * learned + options.lanes * carried;
        if reader.0.len() != 4 * floats {
            return Err(damaged("its length does not match its sizes"));
        }
        let parameters = reader.floats(shape.parameters())?;
        let mut trainer = match rank {
            0 => Trainer::with(shape, options, parameters)?,
            rank => Trainer::low_rank(shape, options, parameters, rank, 0)?,
        };
        if let Some(factors) = &mut trainer.factors {
            factors.values = reader.floats(learned)?;
            factors.apply(&mut trainer.parameters);
            trainer.pack();
        }
        trainer.step = step;
        trainer.first = reader.floats(learned)?;
        trainer.second = reader.floats(learned)?;
        for (carry, (last, seen)) in trainer.carries.iter_mut().zip(past) {
            carry.last = last.min(256) as u16;
            carry.seen = seen;
            for values in &mut carry.layers {
                *values = reader.floats(values.len())?;
            }
        }
        Ok((trainer, position))
    }
}

fn damaged(what: &str) -> Error {
    Error::Damaged(format!("a training checkpoint: {what}"))
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn number(&mut self) -> Result<u64, Error> {
        let (number, rest) = self
            .0
            .split_first_chunk()
            .ok_or_else(|| damaged("too short"))?;
        self.0 = rest;
        Ok(u64::from_le_bytes(*number))
    }

    fn size(&mut self) -> Result<usize, Error> {
        usize::try_from(self.number()?).map_err(|_| damaged("a size without measure"))
    }

    fn floats(&mut self, n: usize) -> Result<Vec<f32>, Error> {
        let (own, rest) = self
            .0
            .split_at_checked(4 * n)
            .ok_or_else(|| damaged("too short"))?;
        self.0 = rest;
        Ok(own
            .as_chunks::<4>()
            .0
            .iter()
            .map(|x| f32::from_le_bytes(*x))
            .collect())
    }
}
