//! Section 8.4: neural nets.

use super::Model;
use crate::entropy::{Decoder, units};

/// a · b + c, rounded once.
fn fma(a: f32, b: f32, c: f32) -> f32 {
    a.mul_add(b, c)
}

/// The f32 of these bits.
fn bits(bits: u32) -> f32 {
    f32::from_bits(bits)
}

/// What a half stands for.
fn wide(half: u16) -> f32 {
    bits(u32::from(half) << 16)
}

fn nearest(x: f32) -> u16 {
    if x.is_nan() {
        return 0x7fc0;
    }
    let b = u64::from(x.to_bits());
    (((b + 0x7fff + ((b >> 16) & 1)) & 0xffff_ffff) >> 16) as u16
}

fn exp(x: f32) -> f32 {
    let x = if x > -80.0 { x } else { -80.0 };
    let x = if x < 80.0 { x } else { 80.0 };
    let t = fma(x, bits(0x3fb8_aa3b), 12_582_912.0);
    let n = t - 12_582_912.0;
    let r = fma(n, -bits(0xb95e_8083), fma(n, -bits(0x3f31_8000), x));
    let mut p = bits(0x3950_6967);
    for c in [
        0x3ab7_43ce,
        0x3c08_8908,
        0x3d2a_a9c1,
        0x3e2a_aaaa,
        0x3f00_0000,
    ] {
        p = fma(p, r, bits(c));
    }
    let y = fma(p, r * r, r) + 1.0;
    y * bits(((n as i32 + 127) as u32) << 23)
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

fn fold(t: [f32; 16]) -> f32 {
    let u: Vec<f32> = (0..8).map(|l| t[l] + t[l + 8]).collect();
    let v: Vec<f32> = (0..4).map(|l| u[l] + u[l + 4]).collect();
    (v[0] + v[2]) + (v[1] + v[3])
}

fn norm(x: &[f32]) -> f32 {
    let mut lanes = [0.0; 16];
    for (i, x) in x.iter().enumerate() {
        lanes[i % 16] = fma(*x, *x, lanes[i % 16]);
    }
    1.0 / (fold(lanes) / x.len() as f32 + 1.0 / 1_048_576.0).sqrt()
}

/// Of each of 32 values, a sum in four chains.
struct Chains([[f32; 32]; 4]);

impl Chains {
    fn new() -> Self {
        Self([[0.0; 32]; 4])
    }

    /// Term i of value j.
    fn term(&mut self, i: usize, j: usize, a: f32, b: f32) {
        let sum = &mut self.0[i % 4][j];
        *sum = fma(a, b, *sum);
    }

    fn sums(&self) -> [f32; 32] {
        let c = &self.0;
        std::array::from_fn(|j| (c[0][j] + c[1][j]) + (c[2][j] + c[3][j]))
    }
}

fn cos_sin(a: u32) -> (f32, f32) {
    let q = a.wrapping_add(1 << 29) >> 30;
    let x = a.wrapping_sub(q << 30) as i32 as f32 * bits(0x30c9_0fdb);
    let z = x * x;
    let s = fma(
        fma(bits(0xb94c_a1f9), z, bits(0x3c08_839e)),
        z,
        bits(0xbe2a_aaa3),
    );
    let s = fma(s * z, x, x);
    let c = fma(
        fma(bits(0x37cc_f5ce), z, bits(0xbab6_061a)),
        z,
        bits(0x3d2a_aaa5),
    );
    let c = fma(c, z * z, fma(z, -0.5, 1.0));
    [(c, s), (-s, c), (-c, -s), (s, -c)][q as usize]
}

const TURNS: [u64; 16] = [
    0x28be60db9391054a,
    0x16e96ecaebf83f44,
    0x0ce2601005b0277c,
    0x073ed00d7f5d2561,
    0x041309af8ec1b3bb,
    0x024a8b144acc0654,
    0x0149d66800919d8c,
    0x00b97b348cbc83bd,
    0x00684dc4c179c52c,
    0x003aa782077acd6f,
    0x0020fbd73341c2f4,
    0x00128c520e12d9f9,
    0x000a6e2d468c2d51,
    0x0005dd8d00bf7af1,
    0x00034c6251ecf9e5,
    0x0001dad5016848ff,
];

/// Each row: its scale, and its integers.
type Matrix = Vec<(f32, Vec<i8>)>;

fn product(matrix: &Matrix, x: &[f32]) -> Vec<f32> {
    let row = |(scale, integers): &(f32, Vec<i8>)| {
        let terms = x.iter().zip(integers);
        terms.fold(0.0, |s, (x, w)| fma(*x, f32::from(*w), s)) * scale
    };
    matrix.iter().map(row).collect()
}

/// A set of weights, of those that the parameters are coded with.
struct Set {
    weights: [u64; 256],
    seen: u32,
    wait: u32,
    units: [u32; 256],
}

impl Set {
    fn new() -> Self {
        Self {
            weights: [1; 256],
            seen: 0,
            wait: 0,
            units: [0; 256],
        }
    }

    fn next(&mut self, decoder: &mut Decoder) -> Result<u8, String> {
        if self.wait == 0 {
            self.units = units(&self.weights);
            self.wait = (self.seen / 16).min(1024);
        } else {
            self.wait -= 1;
        }
        let s = decoder.symbol(&self.units)?;
        self.weights[usize::from(s)] += 32;
        self.seen += 1;
        Ok(s)
    }
}

struct Reader<'a> {
    decoder: Decoder<'a>,
    vector: [Set; 2],
    scale: [Set; 2],
    integers: Set,
}

impl Reader<'_> {
    fn half(decoder: &mut Decoder, sets: &mut [Set; 2]) -> Result<f32, String> {
        let upper = sets[0].next(decoder)?;
        let lower = sets[1].next(decoder)?;
        let value = wide(u16::from_be_bytes([upper, lower]));
        if value.is_finite() {
            Ok(value)
        } else {
            Err("a parameter is not finite".into())
        }
    }

    fn vector(&mut self, len: usize) -> Result<Vec<f32>, String> {
        (0..len)
            .map(|_| Self::half(&mut self.decoder, &mut self.vector))
            .collect()
    }

    fn matrix(&mut self, rows: usize, columns: usize) -> Result<Matrix, String> {
        let mut matrix = vec![];
        for _ in 0..rows {
            let scale = Self::half(&mut self.decoder, &mut self.scale)?;
            if scale.is_sign_negative() {
                return Err("a negative scale".into());
            }
            matrix.push((scale, vec![]));
        }
        for (_, integers) in &mut matrix {
            for _ in 0..columns {
                let integer = self.integers.next(&mut self.decoder)? as i8;
                if integer == -128 {
                    return Err("the integer -128".into());
                }
                integers.push(integer);
            }
        }
        for w in &mut self.integers.weights {
            *w = *w / 32 + 1;
        }
        (self.integers.seen, self.integers.wait) = (0, 0);
        Ok(matrix)
    }

    fn entrance(&mut self, d: usize) -> Result<Entrance, String> {
        Ok(Entrance {
            gain: self.vector(d)?,
            shift: self.vector(d)?,
            before: vec![0.0; d],
        })
    }
}

/// Section 8.4.10: what changes a net by factors of low rank.
struct Factors<'a> {
    decoder: Decoder<'a>,
    rank: usize,
    scale: [Set; 2],
    /// Of B, and of A.
    integers: [Set; 2],
}

impl<'a> Factors<'a> {
    fn new(bytes: &'a [u8]) -> Result<Self, String> {
        let (&[version, rank], code) = bytes
            .split_first_chunk()
            .ok_or("factors that end too early")?;
        if version != 1 {
            return Err("factors of another version".into());
        }
        if rank == 0 || rank > 64 {
            return Err("a rank that is not legal".into());
        }
        Ok(Self {
            decoder: Decoder::new(code),
            rank: rank.into(),
            scale: [Set::new(), Set::new()],
            integers: [Set::new(), Set::new()],
        })
    }

    /// Integers times their scales, row by row.
    fn factor(&mut self, which: usize, columns: usize) -> Result<Vec<Vec<f32>>, String> {
        let mut scales = vec![];
        for _ in 0..self.rank {
            let scale = Reader::half(&mut self.decoder, &mut self.scale)?;
            if scale.is_sign_negative() {
                return Err("a negative scale".into());
            }
            scales.push(scale);
        }
        let mut rows = vec![];
        for scale in scales {
            let mut row = vec![];
            for _ in 0..columns {
                let integer = self.integers[which].next(&mut self.decoder)? as i8;
                if integer == -128 {
                    return Err("the integer -128".into());
                }
                row.push(f32::from(integer) * scale);
            }
            rows.push(row);
        }
        Ok(rows)
    }

    fn change(&mut self, matrix: &mut Matrix) -> Result<(), String> {
        let b = self.factor(0, matrix.len())?;
        let a = self.factor(1, matrix[0].1.len())?;
        for (i, (scale, integers)) in matrix.iter_mut().enumerate() {
            let mut row = vec![];
            for (j, integer) in integers.iter().enumerate() {
                let mut w = f32::from(*integer) * *scale;
                for k in 0..self.rank {
                    let product = b[k][i] * a[k][j];
                    w += product;
                }
                if !w.is_finite() {
                    return Err("a parameter is not finite".into());
                }
                row.push(w);
            }
            let largest = row.iter().fold(0.0f32, |l, w| l.max(w.abs()));
            if !(64.0 * *scale <= largest && largest <= 127.0 * *scale) {
                *scale = least_half(largest / 127.0);
            }
            for (integer, w) in integers.iter_mut().zip(row) {
                *integer = match *scale == 0.0 {
                    true => 0,
                    false => {
                        let n = (w / *scale + 12_582_912.0) - 12_582_912.0;
                        n.clamp(-127.0, 127.0) as i8
                    }
                };
            }
        }
        Ok(())
    }
}

/// The least half that is no less than x, which is not negative.
fn least_half(x: f32) -> f32 {
    let half = (x.to_bits() >> 16) as u16;
    if wide(half) < x {
        wide(half + 1)
    } else {
        wide(half)
    }
}

#[derive(Clone)]
struct Entrance {
    gain: Vec<f32>,
    shift: Vec<f32>,
    before: Vec<f32>,
}

impl Entrance {
    fn enter(&mut self, x: &[f32]) -> Vec<f32> {
        let r = norm(x);
        let mut m = vec![];
        for (i, x) in x.iter().enumerate() {
            let n = (x * r) * self.gain[i];
            m.push(fma(self.shift[i], self.before[i] - n, n));
            self.before[i] = n;
        }
        m
    }
}

#[derive(Clone)]
enum Mix {
    Recurrent {
        decay: Vec<f32>,
        /// [head][i][j]
        state: Vec<[[f32; 32]; 32]>,
    },
    Window {
        /// Keys and values, [head][slot][i].
        kept: Vec<Vec<[[u16; 32]; 2]>>,
    },
}

#[derive(Clone)]
struct Layer {
    entrance: Entrance,
    mix_in: Matrix,
    mix: Mix,
    mix_out: Matrix,
    mlp: Entrance,
    up: Matrix,
    down: Matrix,
}

/// A net and its stream.
#[derive(Clone)]
pub struct Net {
    embed: Matrix,
    layers: Vec<Layer>,
    gain: Vec<f32>,
    head: Matrix,
    position: u64,
    /// What it reads next.
    row: usize,
}

impl Net {
    /// The net that these factors make of this one.
    pub fn changed(mut self, bytes: &[u8]) -> Result<Self, String> {
        let mut factors = Factors::new(bytes)?;
        factors.change(&mut self.embed)?;
        for layer in &mut self.layers {
            for matrix in [
                &mut layer.mix_in,
                &mut layer.mix_out,
                &mut layer.up,
                &mut layer.down,
            ] {
                factors.change(matrix)?;
            }
        }
        factors.change(&mut self.head)?;
        factors.decoder.end()?;
        Ok(self)
    }

    pub fn new(bytes: &[u8]) -> Result<Self, String> {
        let byte = |i: usize| bytes.get(i).copied().ok_or("a net ends too early");
        let size = |i: usize, step: u16, most: u16| {
            let n = u16::from_le_bytes([byte(i)?, byte(i + 1)?]);
            if n == 0 || n % step != 0 || n > most {
                return Err("a net of a size that is not legal".to_string());
            }
            Ok(usize::from(n) * 16)
        };
        if byte(0)? != 1 {
            return Err("a net of another version".into());
        }
        let (d, hidden, window) = (size(1, 2, 128)?, size(3, 2, 512)?, size(5, 1, 64)?);
        let count = usize::from(byte(7)?);
        if count == 0 || count > 64 {
            return Err("a net of a number of layers that is not legal".into());
        }
        let kinds: Vec<u8> = (0..count).map(|l| byte(8 + l)).collect::<Result<_, _>>()?;
        let set = || [Set::new(), Set::new()];
        let mut reader = Reader {
            decoder: Decoder::new(&bytes[8 + count..]),
            vector: set(),
            scale: set(),
            integers: Set::new(),
        };
        let heads = d / 32;
        let embed = reader.matrix(257, d)?;
        let mut layers = vec![];
        for kind in kinds {
            let entrance = reader.entrance(d)?;
            let (mix_in, mix) = match kind {
                0 => {
                    let mix_in = reader.matrix(4 * d + heads, d)?;
                    let decay = reader.vector(heads)?;
                    let state = vec![[[0.0; 32]; 32]; heads];
                    (mix_in, Mix::Recurrent { decay, state })
                }
                1 => {
                    let kept = vec![vec![[[0; 32]; 2]; window]; heads];
                    (reader.matrix(3 * d, d)?, Mix::Window { kept })
                }
                _ => return Err("a layer of a kind that is not known".into()),
            };
            layers.push(Layer {
                entrance,
                mix_in,
                mix,
                mix_out: reader.matrix(d, d)?,
                mlp: reader.entrance(d)?,
                up: reader.matrix(hidden, d)?,
                down: reader.matrix(d, hidden)?,
            });
        }
        let (gain, head) = (reader.vector(d)?, reader.matrix(256, d)?);
        reader.decoder.end()?;
        Ok(Self {
            embed,
            layers,
            gain,
            head,
            position: 0,
            row: 256,
        })
    }

    /// The symbol was s: it is read next.
    pub fn note(&mut self, s: u8) {
        self.row = usize::from(s);
    }

    /// A step: the weights of the symbols that may come next.
    pub fn weights(&mut self) -> [u64; 256] {
        let (scale, integers) = &self.embed[self.row];
        let mut x: Vec<f32> = integers.iter().map(|w| f32::from(*w) * scale).collect();
        for layer in &mut self.layers {
            let z = product(&layer.mix_in, &layer.entrance.enter(&x));
            let o = match &mut layer.mix {
                Mix::Recurrent { decay, state } => recurrent(&z, decay, state),
                Mix::Window { kept } => window(&z, self.position, kept),
            };
            for (x, y) in x.iter_mut().zip(product(&layer.mix_out, &o)) {
                *x += y;
            }
            let mut u = product(&layer.up, &layer.mlp.enter(&x));
            for u in &mut u {
                let positive = if *u > 0.0 { *u } else { 0.0 };
                *u = positive * positive;
            }
            for (x, y) in x.iter_mut().zip(product(&layer.down, &u)) {
                *x += y;
            }
        }
        self.position += 1;
        let r = norm(&x);
        let y: Vec<f32> = x.iter().zip(&self.gain).map(|(x, g)| (x * r) * g).collect();
        let logits = product(&self.head, &y);
        let mut most = f32::NEG_INFINITY;
        for l in &logits {
            most = if *l > most { *l } else { most };
        }
        std::array::from_fn(|s| (exp(logits[s] - most) * 1_073_741_824.0) as u64)
    }
}

fn recurrent(z: &[f32], decay: &[f32], state: &mut [[[f32; 32]; 32]]) -> Vec<f32> {
    let d = 32 * decay.len();
    let mut out = vec![];
    for (h, state) in state.iter_mut().enumerate() {
        let part = |p: usize| &z[p * d + 32 * h..][..32];
        let (q, k, v, g) = (part(0), part(1), part(2), part(3));
        let e = exp(-(z[4 * d + h] + decay[h]));
        let a = 1.0 / (1.0 + e);
        let b = e * a;
        let mut chains = Chains::new();
        for i in 0..32 {
            for j in 0..32 {
                state[i][j] = fma(b * k[i], v[j], a * state[i][j]);
                chains.term(i, j, q[i], state[i][j]);
            }
        }
        let o = chains.sums();
        let r = norm(&o);
        out.extend((0..32).map(|j| ((o[j] * r) * g[j]) * sigmoid(g[j])));
    }
    out
}

fn window(z: &[f32], position: u64, kept: &mut [Vec<[[u16; 32]; 2]>]) -> Vec<f32> {
    let d = 32 * kept.len();
    let mut out = vec![];
    for (h, slots) in kept.iter_mut().enumerate() {
        let part = |p: usize| &z[p * d + 32 * h..][..32];
        let turned = |x: &[f32], scale: Option<f32>| {
            let r = norm(x);
            let x = x.iter().map(|x| x * r);
            let mut x: Vec<f32> = match scale {
                Some(scale) => x.map(|x| x * scale).collect(),
                None => x.collect(),
            };
            for (i, turn) in TURNS.iter().enumerate() {
                let (c, s) = cos_sin((position.wrapping_mul(*turn) >> 32) as u32);
                let (a, b) = (x[i], x[i + 16]);
                x[i] = fma(a, c, -(b * s));
                x[i + 16] = fma(b, c, a * s);
            }
            x
        };
        let q = turned(part(0), Some(bits(0x3e35_04f3)));
        let k = turned(part(1), None);
        let w = slots.len() as u64;
        let slot = (position % w) as usize;
        for i in 0..32 {
            slots[slot][0][i] = nearest(k[i]);
            slots[slot][1][i] = nearest(part(2)[i]);
        }
        let used = (position + 1).min(w) as usize;
        let mut lanes = [0.0; 16];
        let mut chains = Chains::new();
        for (j, [key, value]) in slots.iter().enumerate().take(used.div_ceil(16) * 16) {
            let dot = (0..32).fold(0.0, |s, i| fma(q[i], wide(key[i]), s));
            let e = if j < used { exp(dot) } else { 0.0 };
            lanes[j % 16] += e;
            for (i, v) in value.iter().enumerate() {
                chains.term(j, i, e, wide(*v));
            }
        }
        let inverse = 1.0 / fold(lanes);
        out.extend(chains.sums().map(|s| s * inverse));
    }
    out
}

impl Model for Net {
    fn next(&mut self, decoder: &mut Decoder) -> Result<u8, String> {
        let s = decoder.symbol(&units(&self.weights()))?;
        self.note(s);
        Ok(s)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
