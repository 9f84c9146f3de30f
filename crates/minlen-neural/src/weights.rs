//! A net's parameters as small integers, and as bytes.
//!
//! A matrix is kept as 8-bit integers with a scale for each row, a vector (gains, shifts, decays)
//! as numbers of 16 bits. Scales too: a *half* is the upper half of an f32, which is then exact.
//! In bytes: the shape, then all symbols of all tensors as one range code, with adaptive counts,
//! so that a matrix takes about the entropy of its integers. Section 8.4.3 of
//! `docs/format.md` has the layout.

use crate::kernels::wide;
use crate::shape::{Layer, SYMBOLS, Shape, Tensor};
use minlen_core::{ALPHABET, Decoder, Distribution, Encoder, Error, Guide, Limits, Symbol};

/// First byte of what [`Weights::write`] writes.
const VERSION: u8 = 1;

/// A tensor as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stored {
    /// Halves.
    Vector(Vec<u16>),
    /// Row by row; a parameter is its integer times its row's scale.
    Matrix {
        /// Halves, none negative.
        scale: Vec<u16>,
        /// −127 to 127.
        integers: Vec<i8>,
    },
}

/// A net: its shape and its parameters, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weights {
    shape: Shape,
    tensors: Vec<Stored>,
}

/// The nearest half, of two the even one. `value` is finite.
fn nearest(value: f32) -> u16 {
    let bits = value.to_bits();
    let half = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    // What would round to infinity stays finite.
    if half & 0x7fff == 0x7f80 {
        (half - 1) as u16
    } else {
        half as u16
    }
}

/// Vectors have one row.
pub(crate) fn is_vector(tensor: &Tensor) -> bool {
    tensor.rows == 1
}

impl Weights {
    /// Rounds `parameters`, which stand in the order of [`Shape::tensors`], to 8 bits. `Usage`: the
    /// shape is outside its limits, or they are not as many as it has, or one is not finite.
    pub fn quantise(shape: &Shape, parameters: &[f32]) -> Result<Weights, Error> {
        Self::quantise_to(shape, parameters, |_| 127)
    }

    /// As [`quantise`](Self::quantise), but half as long: matrices are rounded the coarser the less
    /// it costs. A net of 1.3 million parameters, little trained: 641,069 instead of 1,261,230 bytes,
    /// 2.6631 instead of 2.6487 bits a symbol; evenly coarse, ±11, it takes 672,216 bytes and 2.6713 bits.
    /// Of the net that ships: 640,673 bytes and 1.9683 bits, instead of 1,261,452 and 1.9325 (±11:
    /// 671,741 and 1.9644), which pays where less than 139 MB are coded. Four bits with a scale for
    /// each 32 parameters do not pay: ±7 takes 654,211 bytes and 1.9807 bits, and ±7 with a scale a row
    /// 563,978 and 2.0187, since what is coarse is short here by its entropy
    /// (`examples/rounding.rs`).
    pub fn quantise_short(shape: &Shape, parameters: &[f32]) -> Result<Weights, Error> {
        Self::quantise_to(shape, parameters, |tensor| {
            // Bits a symbol lost for each KB saved, from ±31 to ±7: embed 0.00038, head 0.00062,
            // mix.in 0.00003, mix.out 0.00013, mlp.up 0.00011, mlp.down 0.00007.
            match tensor.name.rsplit_once('.') {
                Some((_, "in")) => 7,
                Some((_, "out")) => 13,
                Some((_, "up")) => 11,
                Some((_, "down")) => 9,
                _ => 31,
            }
        })
    }

    /// As [`quantise`](Self::quantise); a matrix's integers go to ±`most` of it, 1 to 127: fewer
    /// are shorter, and coarser.
    pub fn quantise_to(
        shape: &Shape,
        parameters: &[f32],
        most: impl Fn(&Tensor) -> i8,
    ) -> Result<Weights, Error> {
        let shape = shape.clone().checked()?;
        let (needed, given) = (shape.parameters(), parameters.len());
        if needed != given {
            let why = format!("a net of {needed} parameters cannot be made of {given}");
            return Err(Error::Usage(why));
        }
        if !parameters.iter().all(|p| p.is_finite()) {
            let why = "a net's parameters must be finite: its training diverged";
            return Err(Error::Usage(why.into()));
        }
        let mut rest = parameters;
        let mut tensors = Vec::new();
        for tensor in shape.tensors() {
            let (values, after) = rest.split_at(tensor.len());
            rest = after;
            tensors.push(if is_vector(&tensor) {
                Stored::Vector(values.iter().map(|&v| nearest(v)).collect())
            } else {
                let most = f32::from(most(&tensor).clamp(1, 127));
                let (mut scale, mut integers) = (Vec::new(), Vec::new());
                for row in values.chunks(tensor.columns) {
                    scale.push(round_row(row, most, &mut integers));
                }
                Stored::Matrix { scale, integers }
            });
        }
        Ok(Weights { shape, tensors })
    }

    /// The net's sizes.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What the net computes with: the parameters after rounding, in the order of
    /// [`Shape::tensors`].
    pub fn parameters(&self) -> Vec<f32> {
        let mut all = Vec::with_capacity(self.shape.parameters());
        for (tensor, stored) in self.shape.tensors().iter().zip(&self.tensors) {
            match stored {
                Stored::Vector(values) => all.extend(values.iter().map(|&v| wide(v))),
                Stored::Matrix { scale, integers } => {
                    for (row, &scale) in integers.chunks(tensor.columns).zip(scale) {
                        all.extend(row.iter().map(|&i| f32::from(i) * wide(scale)));
                    }
                }
            }
        }
        all
    }

    /// The tensors, in the order of [`Shape::tensors`].
    pub(crate) fn stored(&self) -> &[Stored] {
        &self.tensors
    }

    /// Tensors in the order of [`Shape::tensors`], of its sizes.
    pub(crate) fn from_stored(shape: Shape, tensors: Vec<Stored>) -> Weights {
        Weights { shape, tensors }
    }

    /// As bytes.
    pub fn write(&self) -> Vec<u8> {
        let mut out = vec![VERSION];
        let shape = &self.shape;
        for size in [shape.width, shape.hidden, shape.window] {
            // All are multiples of 16.
            out.extend(((size / 16) as u16).to_le_bytes());
        }
        out.push(shape.layers.len() as u8);
        out.extend(shape.layers.iter().map(|layer| match layer {
            Layer::Recurrent => 0u8,
            Layer::Window => 1,
        }));
        let mut symbols = Vec::new();
        for stored in &self.tensors {
            match stored {
                Stored::Vector(values) => {
                    symbols.extend(values.iter().flat_map(|v| v.to_be_bytes()))
                }
                Stored::Matrix { scale, integers } => {
                    symbols.extend(scale.iter().flat_map(|v| v.to_be_bytes()));
                    symbols.extend(integers.iter().map(|&i| i as u8));
                }
            }
        }
        let mut encoder = Encoder::new(&symbols);
        walk(shape, &mut encoder);
        out.extend(encoder.finish());
        out
    }

    /// From bytes that [`write`](Self::write) wrote. `Unsupported`: a later version did. `Damaged`:
    /// none did; but most damage gives other parameters, which only a checksum finds. `Limit`: the
    /// net would take more than `limits.model_bytes`.
    pub fn read(bytes: &[u8], limits: &Limits) -> Result<Weights, Error> {
        let (shape, coded) = read_shape(bytes)?;
        let memory = Self::memory(&shape);
        Limits::check("the net's memory in bytes", memory, limits.model_bytes)?;
        let count = shape.tensors().iter().map(symbols_of).sum();
        let mut decoder = Decoder::new(coded, count);
        walk(&shape, &mut decoder);
        let symbols = decoder.finish()?;
        let mut rest = &symbols[..];
        let halves = |rest: &mut &[Symbol], count: usize| {
            let (these, after) = rest.split_at(2 * count);
            *rest = after;
            halves(these).ok_or_else(|| damaged("a parameter is not finite"))
        };
        let mut tensors = Vec::new();
        for tensor in shape.tensors() {
            if is_vector(&tensor) {
                tensors.push(Stored::Vector(halves(&mut rest, tensor.len())?));
                continue;
            }
            let scale = halves(&mut rest, tensor.rows)?;
            let (these, after) = rest.split_at(tensor.len());
            rest = after;
            let integers: Vec<i8> = these.iter().map(|&b| b as i8).collect();
            if scale.iter().any(|&s| s >> 15 != 0) || integers.contains(&i8::MIN) {
                return Err(damaged("a matrix holds what is never written"));
            }
            tensors.push(Stored::Matrix { scale, integers });
        }
        Ok(Weights { shape, tensors })
    }

    /// Memory that reading such a net and [`Net`](crate::Net) together take at most, in bytes.
    pub fn memory(shape: &Shape) -> u64 {
        // Symbols, stored integers and packed ones; the embedding is unpacked.
        4 * shape.parameters() as u64 + 4 * ((SYMBOLS + 1) * shape.width) as u64
    }
}

fn damaged(what: &str) -> Error {
    Error::Damaged(format!("a net's parameters: {what}"))
}

const ROUND: f32 = 12_582_912.0;

/// Appends the row's integers, and returns its scale: the least half that keeps them within
/// ±`most`.
pub(crate) fn round_row(row: &[f32], most: f32, integers: &mut Vec<i8>) -> u16 {
    let largest = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let scale = ((largest / most).to_bits() + 0xffff) >> 16;
    round_with(row, wide(scale as u16), most, integers);
    scale as u16
}

/// Appends the row's integers: how many times `unit` its values are, within ±`most`.
pub(crate) fn round_with(row: &[f32], unit: f32, most: f32, integers: &mut Vec<i8>) {
    integers.extend(row.iter().map(|&v| {
        let ratio = if unit > 0.0 { v / unit } else { 0.0 };
        // Adding 1.5 · 2²³ rounds to an integer, without the platform's help.
        (ratio + ROUND - ROUND).clamp(-most, most) as i8
    }));
}

/// Halves of their bytes, the upper ones first. `None`: one is not finite.
pub(crate) fn halves(bytes: &[u8]) -> Option<Vec<u16>> {
    let half = |two: &[u8]| u16::from_be_bytes([two[0], two[1]]);
    let halves: Vec<u16> = bytes.chunks_exact(2).map(half).collect();
    halves
        .iter()
        .all(|&h| wide(h).is_finite())
        .then_some(halves)
}

/// The shape at the front of `bytes`, and what follows it.
fn read_shape(bytes: &[u8]) -> Result<(Shape, &[u8]), Error> {
    let short = || damaged("they end too early");
    let (&version, rest) = bytes.split_first().ok_or_else(short)?;
    if version != VERSION {
        let what = format!("a net of version {version}");
        return Err(Error::Unsupported(what));
    }
    let (sizes, rest) = rest.split_at_checked(6).ok_or_else(short)?;
    let size = |i: usize| 16 * usize::from(u16::from_le_bytes([sizes[i], sizes[i + 1]]));
    let (&count, rest) = rest.split_first().ok_or_else(short)?;
    let (kinds, coded) = rest.split_at_checked(count.into()).ok_or_else(short)?;
    let layer = |&kind: &u8| match kind {
        0 => Ok(Layer::Recurrent),
        1 => Ok(Layer::Window),
        _ => Err(damaged("an unknown kind of layer")),
    };
    let shape = Shape {
        width: size(0),
        hidden: size(2),
        window: size(4),
        layers: kinds.iter().map(layer).collect::<Result<_, _>>()?,
    };
    match shape.checked() {
        Ok(shape) => Ok((shape, coded)),
        Err(_) => Err(damaged("their shape is outside the limits")),
    }
}

/// Symbols that a tensor is written as.
fn symbols_of(tensor: &Tensor) -> usize {
    if is_vector(tensor) {
        2 * tensor.len()
    } else {
        2 * tensor.rows + tensor.len()
    }
}

/// Leads `guide` through the symbols of all tensors.
fn walk(shape: &Shape, guide: &mut dyn Guide) {
    // Upper and lower bytes of vectors, then of scales; and a matrix's integers.
    let mut halves: [Counts; 4] = std::array::from_fn(|_| Counts::new());
    let mut integers = Counts::new();
    for tensor in shape.tensors() {
        let kind = if is_vector(&tensor) { 0 } else { 2 };
        let count = if is_vector(&tensor) {
            tensor.len()
        } else {
            tensor.rows
        };
        for i in 0..2 * count {
            halves[kind + i % 2].step(guide);
        }
        if !is_vector(&tensor) {
            for _ in 0..tensor.len() {
                if !guide.more() {
                    return;
                }
                integers.step(guide);
            }
            integers.fade();
        }
    }
}

/// How often each symbol came, and the prediction made of it now and then.
pub(crate) struct Counts {
    weights: [u32; ALPHABET],
    seen: u32,
    /// Symbols until the prediction is made anew.
    wait: u32,
    prediction: Distribution,
}

impl Counts {
    pub(crate) fn new() -> Counts {
        Counts {
            weights: [1; ALPHABET],
            seen: 0,
            wait: 0,
            prediction: Distribution::uniform(),
        }
    }

    pub(crate) fn step(&mut self, guide: &mut dyn Guide) {
        if self.wait == 0 {
            self.prediction = Distribution::from_weights(&self.weights);
            // One in sixteen symbols, later fewer: made for each one, this would be most of the
            // time that reading a net takes.
            self.wait = (self.seen / 16).min(1024);
        } else {
            self.wait -= 1;
        }
        let s = guide.symbol(&self.prediction);
        self.weights[usize::from(s)] += 32;
        self.seen += 1;
    }

    /// Keeps a thirty-second of the counts, to begin the next matrix with.
    fn fade(&mut self) {
        for w in &mut self.weights {
            *w = *w / 32 + 1;
        }
        self.seen = 0;
        self.wait = 0;
    }
}
