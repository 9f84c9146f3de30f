//! The inner loops of the context mixer: the only place in minlen where `unsafe` is allowed.
//!
//! Everything here works on small dense arrays of fixed layout, so that each kernel can be
//! written three times: [`scalar`] is the readable reference and runs anywhere; [`avx2`] and
//! [`avx512`] give the same results bit for bit, which `tests` checks on random and extreme
//! inputs. Which one runs is decided once ([`Cpu::best`]) and never changes a result.
//!
//! Lanes are the nodes of a nibble's binary tree: lane 1 asks for the first bit, lane 2n + b comes
//! after answer b at lane n; lane 0 is idle. A [`Pair`] interleaves the lanes of two inputs, so
//! that one multiply-add instruction handles both.
#![allow(unsafe_code)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod memory;
mod scalar;
#[cfg(test)]
mod tests;

pub(crate) use memory::{Zeroed, prefetch};
use std::sync::OnceLock;

/// One value a node.
pub(crate) type Lanes<T> = [T; 16];

/// Two inputs of the mixer, lanes interleaved: input 0 of lane l at 2l, input 1 at 2l + 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Pair(pub(crate) [i16; 32]);

impl Pair {
    pub(crate) const ZERO: Pair = Pair([0; 32]);
}

/// Sixteen bit histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(16))]
pub(crate) struct Cell(pub(crate) [u8; 16]);

impl Cell {
    /// One that has only this mark.
    #[inline]
    pub(crate) fn fresh(mark: u8) -> Cell {
        FRESH[usize::from(mark)]
    }
}

/// (Written whole: who reads a register of which the first byte was written last has to wait.)
static FRESH: [Cell; 256] = {
    let mut cells = [Cell([0; 16]); 256];
    let mut mark = 0;
    while mark < 256 {
        cells[mark].0[0] = mark as u8;
        mark += 1;
    }
    cells
};

/// What each bit history is worth, as an input of the mixer.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Worth(pub(crate) [i16; 256]);

pub(crate) const STEPS: usize = 1024;

/// How far a worth moves, by the bit that came and the worth's high bits.
#[derive(Clone)]
pub(crate) struct Steps(pub(crate) [[i16; STEPS]; 2]);

/// What follows each bit history: `0[bit][state]`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Next(pub(crate) [[u8; 256]; 2]);

/// Points of a refinement curve, at the stretches −2048, −1792, … 2048.
pub(crate) const POINTS: usize = 17;

/// Weights are in units of 2⁻¹⁶.
pub(crate) const WEIGHT_BITS: u32 = 16;

/// Most weight sets that a mixer may have.
pub(crate) const MAX_SETS: usize = 12;

/// What the mixer made of one nibble: kept until the nibble is known.
#[derive(Clone, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Mixed {
    /// The sets' stretches, two sets a pair.
    pub(crate) hidden: [Pair; MAX_SETS / 2],
    /// The sets' probabilities (u16 bit patterns), two sets a pair.
    pub(crate) opinion: [Pair; MAX_SETS / 2],
    /// The final stretches.
    pub(crate) stretch: Lanes<i16>,
    /// The final probabilities.
    pub(crate) p: Lanes<u16>,
}

impl Mixed {
    pub(crate) const ZERO: Mixed = Mixed {
        hidden: [Pair::ZERO; MAX_SETS / 2],
        opinion: [Pair::ZERO; MAX_SETS / 2],
        stretch: [0; 16],
        p: [0; 16],
    };
}

/// Weights that a mixer starts from; what it learns is kept as a difference from these, so that
/// fresh memory is all zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Prior {
    /// Of an input.
    pub(crate) input: i16,
    /// Of a set in the final layer.
    pub(crate) set: i16,
}

/// How fast a mixer learns, in units of 2^(`shift` − 15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rates {
    /// The sets.
    pub(crate) sets: i16,
    /// The final layer.
    pub(crate) last: i16,
    /// 0 or 1.
    pub(crate) shift: u32,
}

/// For each nibble, the lanes asked on the way to it: 0 when not asked, else 1 + the answer.
pub(crate) const PATHS: [Lanes<u8>; 16] = {
    let mut paths = [[0; 16]; 16];
    let mut nibble = 0;
    while nibble < 16 {
        let mut depth = 0;
        while depth < 4 {
            let node = (16 + nibble) >> (4 - depth);
            paths[nibble][node] = 1 + (nibble >> (3 - depth) & 1) as u8;
            depth += 1;
        }
        nibble += 1;
    }
    paths
};

/// An instruction set that the kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cpu {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// `vbmi`: with its extension for bytes, which [`Cpu::adapt`] asks for.
    #[cfg(target_arch = "x86_64")]
    Avx512 {
        vbmi: bool,
    },
}

impl Cpu {
    /// Those that this machine has, the plainest first.
    pub(crate) fn available() -> Vec<Cpu> {
        #[allow(unused_mut)]
        let mut all = vec![Cpu::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                all.push(Cpu::Avx2);
            }
            if is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl")
            {
                all.push(Cpu::Avx512 { vbmi: false });
                if is_x86_feature_detected!("avx512vbmi") {
                    all.push(Cpu::Avx512 { vbmi: true });
                }
            }
        }
        all
    }

    /// The best that this machine has, or the one that the environment variable `MINLEN_CPU`
    /// (scalar, avx2 or avx512) names, if this machine has it. Looked up once.
    pub(crate) fn best() -> Cpu {
        static BEST: OnceLock<Cpu> = OnceLock::new();
        *BEST.get_or_init(|| {
            let all = Cpu::available();
            let wanted = std::env::var("MINLEN_CPU").unwrap_or_default();
            let named = all.iter().rfind(|c| c.name() == wanted);
            *named.or(all.last()).unwrap_or(&Cpu::Scalar)
        })
    }

    fn name(self) -> &'static str {
        match self {
            Cpu::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { .. } => "avx512",
        }
    }

    /// Looks up the inputs of the mixer: context i's states are `cells[i]`, their worth
    /// `worth[2i + half]`; contexts 2j and 2j + 1 make pair j. See [`scalar::fetch`].
    #[inline]
    pub(crate) fn fetch(self, cells: &[Cell], worth: &[Worth], half: usize, inputs: &mut [Pair]) {
        assert!(half < 2 && worth.len() == 2 * cells.len());
        assert!(cells.len().is_multiple_of(2) && inputs.len() >= cells.len() / 2);
        match self {
            Cpu::Scalar => scalar::fetch(cells, worth, half, inputs),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => scalar::fetch(cells, worth, half, inputs),
            // SAFETY: a `Cpu` is only made of what `available` found.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { .. } => unsafe { avx512::fetch(cells, worth, half, inputs) },
        }
    }

    /// Looks up the inputs of the mixer.
    #[inline]
    pub(crate) fn look(
        self,
        cells: &[Cell],
        at: &[u32],
        worth: &[Worth],
        half: usize,
        inputs: &mut [Pair],
    ) -> usize {
        assert!(half < 2 && worth.len() == 2 * at.len());
        assert!(at.len().is_multiple_of(2) && inputs.len() >= at.len() / 2);
        match self {
            Cpu::Scalar => scalar::look(cells, at, worth, half, inputs),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => scalar::look(cells, at, worth, half, inputs),
            // SAFETY: a `Cpu` is only made of what `available` found.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { .. } => unsafe { avx512::look(cells, at, worth, half, inputs) },
        }
    }

    /// Contexts learn that the nibble was `nibble`: see [`scalar::adapt`].
    #[inline]
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn adapt(
        self,
        cells: &mut [Cell],
        at: &[u32],
        worth: &mut [Worth],
        half: usize,
        nibble: u8,
        next: &Next,
        steps: &Steps,
        turn: (usize, usize),
    ) {
        assert!(half < 2 && worth.len() == 2 * at.len());
        assert!(turn.0 < turn.1 && matches!(turn.1, 1 | 2 | 4));
        match self {
            // SAFETY: a `Cpu` is only made of what `available` found.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { vbmi: true } => unsafe {
                avx512::adapt(cells, at, worth, half, nibble, next, steps, turn);
            },
            _ => scalar::adapt(cells, at, worth, half, nibble, next, steps, turn),
        }
    }

    /// Refines stretches by the curves of one row of 256.
    #[inline]
    pub(crate) fn refine16(
        self,
        curves: &[i16],
        row: usize,
        stretch: &Lanes<i16>,
        near: &mut Lanes<u32>,
    ) -> Lanes<u16> {
        assert!((row + 1) * 256 < curves.len());
        match self {
            Cpu::Scalar => scalar::refine16(curves, row, stretch, near),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => scalar::refine16(curves, row, stretch, near),
            // SAFETY: a `Cpu` is only made of what `available` found; the row exists.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { .. } => unsafe { avx512::refine16(curves, row, stretch, near) },
        }
    }

    /// Refines stretches by the curves of one row: see [`scalar::refine`].
    #[inline]
    pub(crate) fn refine(
        self,
        curves: &[i16],
        row: usize,
        stretch: &Lanes<i16>,
        near: &mut Lanes<u32>,
    ) -> Lanes<u16> {
        assert!((row + 1) * 16 * POINTS < curves.len());
        match self {
            Cpu::Scalar => scalar::refine(curves, row, stretch, near),
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => scalar::refine(curves, row, stretch, near),
            // SAFETY: a `Cpu` is only made of what `available` found; the row exists.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { .. } => unsafe { avx512::refine(curves, row, stretch, near) },
        }
    }

    /// Mixes: see [`scalar::mix`]. `rows[k]` is where set k's chosen weights begin.
    #[inline]
    pub(crate) fn mix(
        self,
        inputs: &[Pair],
        weights: &[Pair],
        rows: &[usize],
        last: &[Pair],
        prior: Prior,
        mixed: &mut Mixed,
    ) {
        check(inputs, weights, rows, last);
        match self {
            Cpu::Scalar => scalar::mix(inputs, weights, rows, last, prior, mixed),
            // SAFETY: a `Cpu` is only made of what `available` found; `check` looked at lengths.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => unsafe { avx2::mix(inputs, weights, rows, last, prior, mixed) },
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { .. } => unsafe { avx512::mix(inputs, weights, rows, last, prior, mixed) },
        }
    }

    /// Learns that the nibble was `nibble`: see [`scalar::train`].
    #[inline]
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn train(
        self,
        inputs: &[Pair],
        weights: &mut [Pair],
        rows: &[usize],
        last: &mut [Pair],
        mixed: &Mixed,
        nibble: u8,
        rates: Rates,
    ) {
        check(inputs, weights, rows, last);
        match self {
            Cpu::Scalar => scalar::train(inputs, weights, rows, last, mixed, nibble, rates),
            // SAFETY: a `Cpu` is only made of what `available` found; `check` looked at lengths.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => unsafe {
                avx2::train(inputs, weights, rows, last, mixed, nibble, rates);
            },
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 { .. } => unsafe {
                avx512::train(inputs, weights, rows, last, mixed, nibble, rates);
            },
        }
    }
}

/// The sets come in pairs, or there is one, and all weights that the rows name exist.
#[inline]
fn check(inputs: &[Pair], weights: &[Pair], rows: &[usize], last: &[Pair]) {
    let pairs = rows.len().is_multiple_of(2) && rows.len() <= MAX_SETS;
    assert!((pairs || rows.len() == 1) && last.len() == rows.len() / 2);
    let room = weights.len().checked_sub(inputs.len());
    assert!(rows.iter().all(|&r| room.is_some_and(|room| r <= room)));
}
