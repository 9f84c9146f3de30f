//! What fine-tuning changes of a net, and little else: a product of two thin matrices for each
//! matrix (LoRA: Hu et al. 2021, arXiv 2106.09685).
//!
//! A matrix W of a base becomes W + B · A, A having `rank` rows and B `rank` columns: of a net of 1.3
//! million parameters, 60 thousand at rank 8. Vectors stay as they are. Both factors are kept as
//! `rank` rows (B turned) of small integers, with a scale a row. The sum is rounded to integers anew, in
//! operations that are written down ([`LowRank::of`]), so that whoever has the base and the factors
//! has the same net, bit for bit, and codes with it as with any other.

use crate::kernels::wide;
use crate::shape::{Shape, Tensor};
use crate::weights::{Counts, Stored, Weights, halves, is_vector, round_row, round_with};
use minlen_core::{Decoder, Encoder, Error, Guide, Limits};

/// First byte of what [`LowRank::write`] writes.
const VERSION: u8 = 1;

/// The highest rank.
pub const MOST_RANK: usize = 64;

/// The factors of all matrices of a net, as they are stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LowRank {
    rank: usize,
    /// For each matrix, in the order of [`Shape::tensors`], B turned and A.
    factors: Vec<Factor>,
}

/// `rank` rows of integers, and their scales.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Factor {
    scale: Vec<u16>,
    integers: Vec<i8>,
}

/// Whether a tensor has factors: the matrices do.
pub(crate) fn is_factored(tensor: &Tensor) -> bool {
    !is_vector(tensor)
}

fn matrices(shape: &Shape) -> impl Iterator<Item = Tensor> {
    shape.tensors().into_iter().filter(is_factored)
}

/// Columns of all factors of a net, in the order in which they stand: of each matrix those of B
/// turned, then those of A.
fn columns(shape: &Shape) -> impl Iterator<Item = usize> {
    matrices(shape).flat_map(|t| [t.rows, t.columns])
}

/// w ← w + B · A, row by row of w: for each k in order, a product and a sum, both rounded. `b` and
/// `a` are the rows of the factors.
pub(crate) fn add_product(w: &mut [f32], rows: usize, columns: usize, b: &[f32], a: &[f32]) {
    for (i, row) in w.chunks_exact_mut(columns).enumerate() {
        for (b, a) in b.chunks_exact(rows).zip(a.chunks_exact(columns)) {
            for (w, a) in row.iter_mut().zip(a) {
                *w += b[i] * a;
            }
        }
    }
}

impl LowRank {
    /// Number of factors' parameters of that rank. `Usage`: there is no such rank.
    pub fn parameters(shape: &Shape, rank: usize) -> Result<usize, Error> {
        if !(1..=MOST_RANK).contains(&rank) {
            let why = format!("a rank is 1 to {MOST_RANK}, not {rank}");
            return Err(Error::Usage(why));
        }
        Ok(columns(shape).map(|columns| rank * columns).sum())
    }

    /// Rounds factors, which stand as `train` has them, to integers within ±15: at rank 8, 55,235
    /// bytes and 3.1264 bits a symbol where ±127 are 91,938 and 3.1261, ±7 42,299 and 3.1273
    /// (`examples/lowrank.rs`, Chinese songs). `Usage`: they are not as many as the shape and the rank
    /// say, or one is not finite.
    pub fn quantise(shape: &Shape, rank: usize, factors: &[f32]) -> Result<LowRank, Error> {
        Self::quantise_to(shape, rank, factors, 15)
    }

    /// As [`quantise`](Self::quantise), with integers to ±`most`, 1 to 127.
    pub fn quantise_to(
        shape: &Shape,
        rank: usize,
        factors: &[f32],
        most: i8,
    ) -> Result<LowRank, Error> {
        let (needed, given) = (Self::parameters(shape, rank)?, factors.len());
        if needed != given {
            let why = format!("factors of {needed} parameters cannot be made of {given}");
            return Err(Error::Usage(why));
        }
        if !factors.iter().all(|x| x.is_finite()) {
            let why = "a net's parameters must be finite: its training diverged";
            return Err(Error::Usage(why.into()));
        }
        let most = f32::from(most.clamp(1, 127));
        let mut rest = factors;
        let rounded = columns(shape).map(|columns| {
            let (rows, after) = rest.split_at(rank * columns);
            rest = after;
            let mut integers = Vec::new();
            let scale = rows.chunks_exact(columns);
            let scale = scale.map(|row| round_row(row, most, &mut integers));
            Factor {
                scale: scale.collect(),
                integers,
            }
        });
        Ok(LowRank {
            rank,
            factors: rounded.collect(),
        })
    }

    /// The rank.
    pub fn rank(&self) -> usize {
        self.rank
    }

    /// The net that these factors make of `base`. `Damaged`: they are those of another shape, or a
    /// parameter becomes infinite.
    ///
    /// Of each matrix, each parameter is its integer times its scale, to which `add_product` adds;
    /// then each row is rounded again (`round_again`).
    pub fn of(&self, base: &Weights) -> Result<Weights, Error> {
        let shape = base.shape();
        let sizes = columns(shape).map(|columns| self.rank * columns);
        if !sizes.eq(self.factors.iter().map(|f| f.integers.len())) {
            return Err(damaged("they are those of a net of another shape"));
        }
        let mut pairs = self.factors.chunks_exact(2);
        let mut tensors = Vec::new();
        for (tensor, stored) in shape.tensors().iter().zip(base.stored()) {
            let Stored::Matrix { scale, integers } = stored else {
                tensors.push(stored.clone());
                continue;
            };
            let columns = tensor.columns;
            let mut values = unrounded(scale, integers);
            if let Some([b, a]) = pairs.next() {
                let (b, a) = (b.values(), a.values());
                add_product(&mut values, tensor.rows, columns, &b, &a);
            }
            if !values.iter().all(|x| x.is_finite()) {
                return Err(damaged("a parameter is not finite"));
            }
            let mut integers = Vec::with_capacity(values.len());
            let rows = values.chunks_exact(columns).zip(scale);
            let scale = rows.map(|(row, &scale)| round_again(row, scale, &mut integers));
            tensors.push(Stored::Matrix {
                scale: scale.collect(),
                integers,
            });
        }
        Ok(Weights::from_stored(shape.clone(), tensors))
    }

    /// As bytes. They do not say of which net they are.
    pub fn write(&self) -> Vec<u8> {
        let mut symbols = Vec::new();
        for factor in &self.factors {
            symbols.extend(factor.scale.iter().flat_map(|s| s.to_be_bytes()));
            symbols.extend(factor.integers.iter().map(|&i| i as u8));
        }
        let mut encoder = Encoder::new(&symbols);
        let columns = self.factors.iter().map(|f| f.integers.len() / self.rank);
        walk(self.rank, columns, &mut encoder);
        let mut out = vec![VERSION, self.rank as u8];
        out.extend(encoder.finish());
        out
    }

    /// From bytes that [`write`](Self::write) wrote, for a net of that shape. `Unsupported`: a later
    /// version did. `Damaged`: none did; but most damage gives other factors, which only a checksum
    /// finds. `Limit`: the net would take more than `limits.model_bytes`.
    pub fn read(bytes: &[u8], shape: &Shape, limits: &Limits) -> Result<LowRank, Error> {
        let Some((&[version, rank], coded)) = bytes.split_first_chunk() else {
            return Err(damaged("they end too early"));
        };
        if version != VERSION {
            let what = format!("factors of version {version}");
            return Err(Error::Unsupported(what));
        }
        let rank = usize::from(rank);
        if !(1..=MOST_RANK).contains(&rank) {
            return Err(damaged("there is no such rank"));
        }
        Limits::check(
            "the net's memory in bytes",
            Self::memory(shape, rank),
            limits.model_bytes,
        )?;
        let count = columns(shape).map(|columns| rank * (2 + columns)).sum();
        let mut decoder = Decoder::new(coded, count);
        walk(rank, columns(shape), &mut decoder);
        let symbols = decoder.finish()?;
        let mut rest = &symbols[..];
        let mut factors = Vec::new();
        for columns in columns(shape) {
            let (scale, after) = rest.split_at(2 * rank);
            let (integers, after) = after.split_at(rank * columns);
            rest = after;
            let scale = halves(scale).ok_or_else(|| damaged("a parameter is not finite"))?;
            let integers: Vec<i8> = integers.iter().map(|&b| b as i8).collect();
            if scale.iter().any(|&s| s >> 15 != 0) || integers.contains(&i8::MIN) {
                return Err(damaged("they hold what is never written"));
            }
            factors.push(Factor { scale, integers });
        }
        Ok(LowRank { rank, factors })
    }

    /// Memory that reading factors and making a net of them take at most, beside what the base's
    /// parameters take, in bytes.
    pub fn memory(shape: &Shape, rank: usize) -> u64 {
        // Symbols and integers; then one matrix at a time as f32, and the new parameters.
        let factors: usize = columns(shape).map(|columns| rank * (2 + columns)).sum();
        let largest = matrices(shape).map(|t| t.len()).max().unwrap_or(0);
        2 * factors as u64 + 4 * (largest + factors) as u64 + Weights::memory(shape)
    }
}

impl Factor {
    fn values(&self) -> Vec<f32> {
        unrounded(&self.scale, &self.integers)
    }
}

/// Rows of integers, times their scales.
fn unrounded(scale: &[u16], integers: &[i8]) -> Vec<f32> {
    let columns = integers.len() / scale.len().max(1);
    let rows = integers.chunks_exact(columns.max(1)).zip(scale);
    rows.flat_map(|(row, &scale)| row.iter().map(move |&i| f32::from(i) * wide(scale)))
        .collect()
}

/// Appends the row's integers, and returns its scale: `scale`, if the largest magnitude is from 64
/// to 127 times that, so that factors of zeros change nothing; else the least half that will do.
fn round_again(row: &[f32], scale: u16, integers: &mut Vec<i8>) -> u16 {
    let largest = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
    let unit = wide(scale);
    if 64.0 * unit <= largest && largest <= 127.0 * unit {
        round_with(row, unit, 127.0, integers);
        return scale;
    }
    round_row(row, 127.0, integers)
}

/// Leads `guide` through the symbols of all factors.
fn walk(rank: usize, columns: impl Iterator<Item = usize>, guide: &mut dyn Guide) {
    // Upper and lower bytes of scales; integers of B, and of A.
    let mut scales: [Counts; 2] = std::array::from_fn(|_| Counts::new());
    let mut integers: [Counts; 2] = std::array::from_fn(|_| Counts::new());
    for (i, columns) in columns.enumerate() {
        for byte in 0..2 * rank {
            scales[byte % 2].step(guide);
        }
        for _ in 0..rank * columns {
            if !guide.more() {
                return;
            }
            integers[i % 2].step(guide);
        }
    }
}

fn damaged(what: &str) -> Error {
    Error::Damaged(format!("factors of low rank: {what}"))
}
