//! Factors of low rank: against their formula, as bytes, damaged.

use super::{parameters, shape, shapes};
use crate::{Layer, LowRank, Net, Stream, Weights};
use minlen_core::{Error, Limits, Model, Random, Teacher, run};
use std::sync::Arc;

/// Factors that say something, of about `size`.
fn factors(shape: &crate::Shape, rank: usize, size: f32) -> Vec<f32> {
    let mut r = Random::new(rank as u64);
    let count = LowRank::parameters(shape, rank).unwrap();
    let mut value = || (r.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0;
    (0..count).map(|_| size * value()).collect()
}

fn base_of(shape: &crate::Shape) -> Weights {
    Weights::quantise(shape, &parameters(shape, 5)).unwrap()
}

#[test]
fn the_sum_is_what_its_formula_says() {
    for (shape, rank) in shapes().iter().zip([1, 3, 8, 64]) {
        let base = base_of(shape);
        let size = 0.3 / (rank as f32).sqrt();
        let factors = factors(shape, rank, size);
        let changes = LowRank::quantise_to(shape, rank, &factors, 127).unwrap();
        let (before, after) = (base.parameters(), changes.of(&base).unwrap().parameters());
        let (mut at, mut from) = (0, 0);
        for tensor in shape.tensors() {
            let before = &before[at..at + tensor.len()];
            let after = &after[at..at + tensor.len()];
            at += tensor.len();
            if tensor.rows == 1 {
                assert_eq!(before, after, "{}", tensor.name);
                continue;
            }
            let (rows, columns) = (tensor.rows, tensor.columns);
            let b = &factors[from..][..rank * rows];
            let a = &factors[from + b.len()..][..rank * columns];
            from += rank * (rows + columns);
            for i in 0..rows {
                let sum = |j: usize| -> f64 {
                    let terms = (0..rank)
                        .map(|k| f64::from(b[k * rows + i]) * f64::from(a[k * columns + j]));
                    f64::from(before[i * columns + j]) + terms.sum::<f64>()
                };
                let exact: Vec<f64> = (0..columns).map(sum).collect();
                let largest = exact.iter().fold(0.0f64, |m, x| m.max(x.abs()));
                // Half a step of the sum, and those of the factors.
                let step = largest / 64.0 / 2.0 + f64::from(size * size) * rank as f64 / 120.0;
                for (j, exact) in exact.iter().enumerate() {
                    let off = (f64::from(after[i * columns + j]) - exact).abs();
                    assert!(off < step, "{} {i} {j}: {off} of {largest}", tensor.name);
                }
            }
        }
    }
}

#[test]
fn factors_of_zeros_change_no_bit() {
    for shape in shapes() {
        let zeros = vec![0.0; LowRank::parameters(&shape, 2).unwrap()];
        let changes = LowRank::quantise(&shape, 2, &zeros).unwrap();
        let base = base_of(&shape);
        assert!(changes.of(&base).unwrap() == base);
        // A coarse base gets finer rows, and stays near.
        let coarse = Weights::quantise_short(&shape, &parameters(&shape, 5)).unwrap();
        let fine = changes.of(&coarse).unwrap().parameters();
        let coarse = coarse.parameters();
        let far = coarse.iter().zip(&fine);
        let far = far.fold(0.0f32, |m, (a, b)| m.max((a - b).abs()));
        assert!(far > 0.0 && far < 0.02, "{far}");
    }
}

#[test]
fn what_is_written_is_read_and_rubbish_is_not() {
    let shape = shape(64, &[Layer::Recurrent, Layer::Window]);
    let base = base_of(&shape);
    let limits = Limits::default();
    let changes = LowRank::quantise_to(&shape, 4, &factors(&shape, 4, 0.2), 127).unwrap();
    let good = changes.write();
    let read = LowRank::read(&good, &shape, &limits).unwrap();
    assert!(read == changes && read.rank() == 4);
    // A fraction of the net, and the shorter the coarser.
    assert!(4 * good.len() < base.write().len(), "{}", good.len());
    let coarse = LowRank::quantise_to(&shape, 4, &factors(&shape, 4, 0.2), 7).unwrap();
    assert!(3 * coarse.write().len() < 2 * good.len());

    let damaged = |bytes: &[u8]| match LowRank::read(bytes, &shape, &limits) {
        Err(Error::Damaged(_)) => true,
        Err(e) => panic!("{e}"),
        Ok(changes) => {
            // What can be read makes a net that can be run, or is refused.
            if let Ok(weights) = changes.of(&base) {
                let mut stream = Stream::new(Arc::new(Net::new(&weights)));
                run(&mut stream, &mut Teacher::new(b"ab"));
                stream.predict();
            }
            false
        }
    };
    for cut in [0, 1, 2, 3, 100, good.len() - 20] {
        assert!(damaged(&good[..cut]), "{cut}");
    }
    assert!(damaged(&[&good[..], &[0; 20]].concat()));
    for rank in [0, 65, 255] {
        assert!(damaged(&[&good[..1], &[rank], &good[2..]].concat()));
    }
    let version = [&[2], &good[1..]].concat();
    let version = LowRank::read(&version, &shape, &limits);
    assert!(matches!(version, Err(Error::Unsupported(_))));
    let mut r = Random::new(6);
    for _ in 0..100 {
        let mut bad = good.clone();
        let at = 2 + r.next_u64() as usize % (bad.len() - 2);
        bad[at] ^= 1 << (r.next_u64() & 7);
        damaged(&bad);
    }
    // Those of another shape.
    let other = super::shape(96, &[Layer::Recurrent, Layer::Window]);
    let other = changes.of(&base_of(&other));
    assert!(matches!(other, Err(Error::Damaged(_))));
    // What becomes infinite.
    let huge = LowRank::quantise(&shape, 4, &factors(&shape, 4, 1e20)).unwrap();
    assert!(matches!(huge.of(&base), Err(Error::Damaged(_))));
    // No room.
    let tight = Limits {
        model_bytes: 1000,
        ..limits
    };
    let tight = LowRank::read(&good, &shape, &tight);
    assert!(matches!(tight, Err(Error::Limit { .. })));
}

#[test]
fn what_makes_no_sense_is_refused() {
    let shape = shape(32, &[Layer::Window]);
    let count = LowRank::parameters(&shape, 2).unwrap();
    for rank in [0, 65] {
        assert!(LowRank::parameters(&shape, rank).is_err());
    }
    assert!(LowRank::quantise(&shape, 2, &vec![0.0; count + 1]).is_err());
    assert!(LowRank::quantise(&shape, 2, &vec![f32::NAN; count]).is_err());
}

/// The nets that factors make are for ever those they made: on each machine, the same bits.
#[test]
fn sums_are_frozen() {
    let seen: Vec<(u64, u64)> = (shapes().iter().zip([1, 3, 8, 64]))
        .map(|(shape, rank)| {
            let factors = factors(shape, rank, 0.1);
            let changes = LowRank::quantise(shape, rank, &factors).unwrap();
            let sum = changes.of(&base_of(shape)).unwrap().write();
            (super::fnv(&changes.write()), super::fnv(&sum))
        })
        .collect();
    assert_eq!(seen, FROZEN);
}

/// Of `shapes`: the factors' bytes, those of the nets that they make.
const FROZEN: [(u64, u64); 4] = [
    (0x36d4_dfaf_f5a9_f5e2, 0x48f7_c100_1a9b_9321),
    (0xb397_9068_bcd3_413b, 0x6d74_9d4c_8243_1e3b),
    (0x9d9b_97a7_93ed_d8d6, 0x14fa_34e8_e345_f7ec),
    (0x15a1_f18d_70ac_7700, 0x790e_98a4_26cd_d129),
];
