//! The arithmetic of nets: the only place of this crate where `unsafe` is allowed.
//!
//! Floats are no danger to determinism as long as every operation and its order are written down.
//! Everything is built from +, −, ×, ÷, √ and the fused multiply-add of IEEE 754, rounded to
//! nearest, whose results no machine may choose; there is no other function from outside. A sum
//! has a written order ([`plain`] says which). Section 8.4 of `docs/format.md` tells it in full.
//!
//! - [`plain`] is the readable reference: loops over lanes of 16 values, which compilers turn into
//!   vector instructions without changing a bit. It is compiled for each instruction set.
//! - [`avx2`] and [`avx512`] hold these copies, and the one kernel that pays for instructions
//!   chosen by hand: the matrix product.
//!
//! - [`neon`] holds the product for ARM, where all else runs as in `plain`: every such processor has
//!   those instructions, so compilers use them anyway. That the bits are the same,
//!   `cargo xtask ci-full` shows under qemu; its speed was never measured on such a machine.
//!
//! Which ones run is decided once ([`Cpu::best`]) and never changes a result: `tests` compares all
//! of them, bit by bit.
//!
//! NaN and infinity can come from hostile parameters only. They pass through without harm: lower
//! bounds are `if x > bound { x } else { bound }`, which is the bound for NaN on every machine.
#![allow(unsafe_code)]

/// All kernels but the product, handed to the macro `$make`: each is `plain`'s function of that
/// name.
macro_rules! kernels {
    ($make:ident $($with:tt)*) => {
        $make! {
            $($with)*
            normed(x: &[Lanes], gain: &[Lanes], out: &mut [Lanes]);
            shifted(x: &[Lanes], gain: &[Lanes], shift: &[Lanes], before: &mut [Lanes], out: &mut [Lanes]);
            recurrent(z: &[Lanes], decay: &[Lanes], state: &mut [Lanes], out: &mut [Lanes]);
            window(z: &[Lanes], position: u64, state: &mut [Pairs], out: &mut [Lanes]);
            chances(logits: &[Lanes], out: &mut [u32; ALPHABET]);
            peak(rounds: u64, sums: &mut [Lanes; 6]);
        }
    };
}

/// Copies of the plain kernels for one instruction set.
#[cfg(target_arch = "x86_64")]
macro_rules! copies {
    ($features:literal $($name:ident($($arg:ident: $type:ty),*);)*) => {
        $(#[target_feature(enable = $features)]
        pub(super) fn $name($($arg: $type),*) {
            plain::$name::<plain::Hardware>($($arg),*)
        })*
    };
}

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod memory;
#[cfg(target_arch = "aarch64")]
mod neon;
mod plain;
#[cfg(test)]
mod tests;

pub(crate) use memory::zeros;
use minlen_core::ALPHABET;
use std::sync::OnceLock;

/// Values that are worked on together.
pub(crate) const LANES: usize = 16;

/// Sixteen values side by side.
#[derive(Clone, Copy, Debug, PartialEq)]
#[repr(C, align(64))]
pub(crate) struct Lanes(pub(crate) [f32; LANES]);

impl Lanes {
    pub(crate) const ZERO: Lanes = Lanes([0.0; LANES]);

    /// `values`, with zeros behind them up to whole lanes.
    pub(crate) fn from_values(values: &[f32]) -> Vec<Lanes> {
        let lanes = |part: &[f32]| {
            let mut lanes = Lanes::ZERO;
            lanes.0[..part.len()].copy_from_slice(part);
            lanes
        };
        values.chunks(LANES).map(lanes).collect()
    }
}

/// Sixteen pairs of values, of which the upper halves are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C, align(64))]
pub(crate) struct Pairs(pub(crate) [u32; LANES]);

/// The same memory as pairs; zeros are zeros.
pub(crate) fn as_pairs(lanes: &mut [Lanes]) -> &mut [Pairs] {
    // SAFETY: the same size and alignment, and plain numbers of any bits.
    unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast(), lanes.len()) }
}

/// The number whose upper half `half` is.
pub(crate) fn wide(half: u16) -> f32 {
    f32::from_bits(u32::from(half) << 16)
}

/// The values of all lanes.
#[inline(always)]
pub(crate) fn flat(lanes: &[Lanes]) -> &[f32] {
    // SAFETY: lanes are arrays of values with nothing between them.
    unsafe { std::slice::from_raw_parts(lanes.as_ptr().cast(), lanes.len() * LANES) }
}

/// The values of all lanes.
#[inline(always)]
fn flat_mut(lanes: &mut [Lanes]) -> &mut [f32] {
    // SAFETY: as for `flat`, and `lanes` is borrowed mutably.
    unsafe { std::slice::from_raw_parts_mut(lanes.as_mut_ptr().cast(), lanes.len() * LANES) }
}

/// A matrix of 8-bit integers with a scale for each row, packed for products: panels of 16 rows,
/// in each the columns one after the other. Rows are filled up with zeros to whole panels.
#[derive(Clone, Debug)]
pub(crate) struct Matrix {
    columns: usize,
    /// `[panel][column][row]`.
    weights: Vec<[i8; LANES]>,
    /// `[panel][row]`.
    scale: Vec<Lanes>,
}

impl Matrix {
    /// Packs the matrix whose rows stand one after the other in `weights`, one for each scale.
    /// `columns` is a multiple of 32.
    pub(crate) fn pack(columns: usize, weights: &[i8], scale: &[f32]) -> Matrix {
        assert!(columns.is_multiple_of(32) && weights.len() == scale.len() * columns);
        let scale_lanes = Lanes::from_values(scale);
        let mut packed = vec![[0; LANES]; scale_lanes.len() * columns];
        for (row, values) in weights.chunks(columns).enumerate() {
            let panel = &mut packed[row / LANES * columns..];
            for (place, &value) in panel.iter_mut().zip(values) {
                place[row % LANES] = value;
            }
        }
        Matrix {
            columns,
            weights: packed,
            scale: scale_lanes,
        }
    }

    /// Panels of 16 rows: the lanes of a product.
    pub(crate) fn panels(&self) -> usize {
        self.scale.len()
    }
}

/// What becomes of the values v of a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// y = v.
    Store,
    /// y ← y + v.
    Add,
    /// y = max(v, 0)².
    Square,
}

/// An instruction set that the kernels are written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cpu {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

impl Cpu {
    /// Those that this machine has, the plainest first.
    pub(crate) fn available() -> Vec<Cpu> {
        #[allow(unused_mut)]
        let mut all = vec![Cpu::Scalar];
        #[cfg(target_arch = "x86_64")]
        {
            let fused = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
            if fused {
                all.push(Cpu::Avx2);
            }
            if fused
                && is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl")
            {
                all.push(Cpu::Avx512);
            }
        }
        #[cfg(target_arch = "aarch64")]
        if std::arch::is_aarch64_feature_detected!("neon") {
            all.push(Cpu::Neon);
        }
        all
    }

    /// The best that this machine has, or the one that the environment variable `MINLEN_CPU`
    /// (scalar, avx2, avx512 or neon) names, if this machine has it. Looked up once.
    pub(crate) fn best() -> Cpu {
        static BEST: OnceLock<Cpu> = OnceLock::new();
        *BEST.get_or_init(|| {
            let all = Cpu::available();
            let wanted = std::env::var("MINLEN_CPU").unwrap_or_default();
            let named = all.iter().find(|c| c.name() == wanted);
            *named.or(all.last()).unwrap_or(&Cpu::Scalar)
        })
    }

    fn name(self) -> &'static str {
        match self {
            Cpu::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Cpu::Neon => "neon",
        }
    }
}

/// How a plain fused multiply-add is made where no instruction set was asked for.
#[cfg(any(target_arch = "aarch64", target_feature = "fma"))]
type Plain = plain::Hardware;
#[cfg(not(any(target_arch = "aarch64", target_feature = "fma")))]
type Plain = plain::Software;

/// Methods that call the kernel for this `Cpu`.
macro_rules! methods {
    ($($name:ident($($arg:ident: $type:ty),*);)*) => {
        impl Cpu {
            $(#[inline]
            pub(crate) fn $name(self, $($arg: $type),*) {
                match self {
                    Cpu::Scalar => plain::$name::<Plain>($($arg),*),
                    // SAFETY: a `Cpu` is only made of what `available` found.
                    #[cfg(target_arch = "x86_64")]
                    Cpu::Avx2 => unsafe { avx2::$name($($arg),*) },
                    #[cfg(target_arch = "x86_64")]
                    Cpu::Avx512 => unsafe { avx512::$name($($arg),*) },
                    #[cfg(target_arch = "aarch64")]
                    Cpu::Neon => plain::$name::<Plain>($($arg),*),
                }
            })*
        }
    };
}
kernels!(methods);

impl Cpu {
    /// See `plain::product`.
    #[inline]
    pub(crate) fn product(self, x: &[Lanes], matrix: &Matrix, then: Then, y: &mut [Lanes]) {
        match self {
            Cpu::Scalar => plain::product::<Plain>(x, matrix, then, y),
            // SAFETY: a `Cpu` is only made of what `available` found.
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx2 => unsafe { avx2::product(x, matrix, then, y) },
            #[cfg(target_arch = "x86_64")]
            Cpu::Avx512 => unsafe { avx512::product(x, matrix, then, y) },
            #[cfg(target_arch = "aarch64")]
            Cpu::Neon => unsafe { neon::product(x, matrix, then, y) },
        }
    }
}

/// Makes multiply-adds that wait for nothing, with the best kernels, and returns how many
/// operations these were: a measure for the others.
pub fn multiply_adds(rounds: u64) -> u64 {
    let mut sums = [Lanes([1.0; LANES]); 6];
    Cpu::best().peak(rounds, &mut sums);
    // Something must look at the sums, or they are not made: they stay near 1.
    let sane = sums.iter().flat_map(|s| s.0).filter(|s| *s > 0.5).count() as u64;
    2 * rounds * sane
}
