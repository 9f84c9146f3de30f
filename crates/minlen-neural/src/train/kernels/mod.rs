//! The inner loops of training: the only place under `train` where `unsafe` is allowed.
//!
//! Each loop is written once in plain Rust. [`widened`] compiles it three times, for any processor,
//! for AVX2 and for AVX-512, and calls the best that the machine has. Sums of one loop are taken in
//! a fixed order of sixteen lanes, but only the wider ones fuse multiplication and addition: a
//! training run repeats bit for bit on machines of one kind, not across kinds. That is enough,
//! since a trained net is stored, and the coding path has exact arithmetic of its own.
#![allow(unsafe_code)]
// Lanes are counted, and kernels are told all that they touch.
#![allow(clippy::needless_range_loop, clippy::too_many_arguments)]

pub(crate) mod ops;
pub(crate) mod product;
pub(crate) mod recurrent;
#[cfg(test)]
mod tests;
pub(crate) mod transpose;
pub(crate) mod window;

use std::sync::OnceLock;

/// Which instructions the machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Plain,
    Avx2,
    #[cfg_attr(not(target_arch = "x86_64"), allow(dead_code))]
    Avx512,
    /// AVX-512 with dot products of bf16 pairs.
    Avx512Bf16,
}

/// The best level of this machine, or the lower one that the environment variable `MINLEN_CPU`
/// (scalar, avx2 or avx512) names. Looked up once.
pub(crate) fn level() -> Level {
    static LEVEL: OnceLock<Level> = OnceLock::new();
    *LEVEL.get_or_init(|| {
        let most = match std::env::var("MINLEN_CPU").as_deref() {
            Ok("scalar") => Level::Plain,
            Ok("avx2") => Level::Avx2,
            _ => Level::Avx512Bf16,
        };
        found().min(most)
    })
}

fn found() -> Level {
    #[cfg(target_arch = "x86_64")]
    {
        let fma = is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma");
        let wide = is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl");
        if fma && wide && is_x86_feature_detected!("avx512bf16") {
            return Level::Avx512Bf16;
        }
        if fma && wide {
            return Level::Avx512;
        }
        if fma {
            return Level::Avx2;
        }
    }
    Level::Plain
}

/// Compiles each function for several instruction sets and calls the best. In the bodies, `FMA`
/// says whether [`fma`] is one instruction.
macro_rules! widened {
    ($($(#[$note:meta])* fn $name:ident($($arg:ident: $type:ty),* $(,)?) $(-> $out:ty)? $body:block)*) => {$(
        $(#[$note])*
        pub(crate) fn $name($($arg: $type),*) $(-> $out)? {
            #[inline(always)]
            #[allow(clippy::extra_unused_type_parameters)]
            fn plain<const FMA: bool>($($arg: $type),*) $(-> $out)? $body

            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                fn avx512($($arg: $type),*) $(-> $out)? {
                    plain::<true>($($arg),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn avx2($($arg: $type),*) $(-> $out)? {
                    plain::<true>($($arg),*)
                }
                match $crate::train::kernels::level() {
                    // SAFETY: `level` has found these instructions on this machine.
                    $crate::train::kernels::Level::Avx512
                    | $crate::train::kernels::Level::Avx512Bf16 => return unsafe { avx512($($arg),*) },
                    // SAFETY: as above.
                    $crate::train::kernels::Level::Avx2 => return unsafe { avx2($($arg),*) },
                    $crate::train::kernels::Level::Plain => {}
                }
            }
            plain::<false>($($arg),*)
        }
    )*};
}
pub(crate) use widened;

/// a · b + c, rounded once if `FMA`, else twice.
#[inline(always)]
pub(crate) fn fma<const FMA: bool>(a: f32, b: f32, c: f32) -> f32 {
    if FMA { a.mul_add(b, c) } else { a * b + c }
}

/// The sum of sixteen lanes, as a tree.
#[inline(always)]
pub(crate) fn sum(mut lanes: [f32; 16]) -> f32 {
    for half in [8, 4, 2, 1] {
        for i in 0..half {
            lanes[i] += lanes[i + half];
        }
    }
    lanes[0]
}

/// The inner product of two slices of equal length, a multiple of 16.
#[inline(always)]
pub(crate) fn dot<const FMA: bool>(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; 16];
    for (a, b) in a.as_chunks::<16>().0.iter().zip(b.as_chunks::<16>().0) {
        for i in 0..16 {
            lanes[i] = fma::<FMA>(a[i], b[i], lanes[i]);
        }
    }
    sum(lanes)
}

/// e to the power of x, to about 1 unit in the last place; x is cut to −87 … 88.
#[inline(always)]
pub(crate) fn exp<const FMA: bool>(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 · 2²³: adding it rounds to an integer
    let x = if x > -87.0 { x } else { -87.0 };
    let x = if x < 88.0 { x } else { 88.0 };
    let t = x * std::f32::consts::LOG2_E + MAGIC;
    let n = t - MAGIC;
    let r = fma::<FMA>(n, -0.693_359_4, x);
    let r = fma::<FMA>(n, 2.121_944_4e-4, r);
    let mut y = 1.0 / 5040.0;
    for c in [
        1.0 / 720.0,
        1.0 / 120.0,
        1.0 / 24.0,
        1.0 / 6.0,
        0.5,
        1.0,
        1.0,
    ] {
        y = fma::<FMA>(y, r, c);
    }
    y * f32::from_bits((t.to_bits() << 23).wrapping_add(0x3f80_0000))
}

/// 1 / (1 + e^−x).
#[inline(always)]
pub(crate) fn sigmoid<const FMA: bool>(x: f32) -> f32 {
    1.0 / (1.0 + exp::<FMA>(-x))
}
