//! Every version against the reference, on random and on extreme inputs.

use super::*;
use minlen_core::Random;

/// Small, large and extreme numbers, `limit` at most.
fn number(r: &mut Random, limit: i16) -> i16 {
    let n = r.next_u64();
    match n & 7 {
        0 => limit,
        1 => -limit,
        2 => 0,
        3 => (n >> 8) as i16 % 8,
        _ => ((n >> 8) as i16 % limit.max(1)).clamp(-limit, limit),
    }
}

fn pairs(r: &mut Random, n: usize, limit: i16) -> Vec<Pair> {
    (0..n)
        .map(|_| Pair(std::array::from_fn(|_| number(r, limit))))
        .collect()
}

#[test]
fn all_versions_agree() {
    let mut r = Random::new(5);
    for round in 0..400 {
        let n = 2 + 2 * (r.next_u64() % 20) as usize;
        // One, or an even number.
        let sets = (2 * (r.next_u64() % 7) as usize).max(1);
        let cells: Vec<Cell> = (0..n)
            .map(|_| Cell(std::array::from_fn(|_| r.next_u64() as u8)))
            .collect();
        let worth: Vec<Worth> = (0..2 * n)
            .map(|_| Worth(std::array::from_fn(|_| number(&mut r, 2047))))
            .collect();
        let limit = if round % 3 == 0 { 32767 } else { 20000 };
        let weights = pairs(&mut r, 64 + n, limit);
        let last = pairs(&mut r, sets / 2, limit);
        let rows: Vec<usize> = (0..sets).map(|k| 5 * k).collect();
        let prior = Prior {
            input: number(&mut r, 30000),
            set: number(&mut r, 30000),
        };
        let rates = Rates {
            sets: number(&mut r, 32767),
            last: number(&mut r, 32767),
            shift: (r.next_u64() & 1) as u32,
        };
        let order: Vec<u32> = (0..n).map(|_| (r.next_u64() % n as u64) as u32).collect();
        let mut byte = || r.next_u64() as u8;
        let next = Next(std::array::from_fn(|_| std::array::from_fn(|_| byte())));
        let step = |r: &mut Random| std::array::from_fn(|_| number(r, 900));
        let steps = Steps([step(&mut r), step(&mut r)]);
        let turn = if round % 2 == 0 {
            (0, 1)
        } else {
            (round % 4, 4)
        };
        let fine: Vec<Worth> = (0..2 * n)
            .map(|_| Worth(std::array::from_fn(|_| number(&mut r, 32767))))
            .collect();
        let nibble = (r.next_u64() & 15) as u8;
        let half = (r.next_u64() & 1) as usize;
        let curves: Vec<i16> = (0..3 * 16 * POINTS + 1)
            .map(|_| number(&mut r, 32767))
            .collect();
        let run = |cpu: Cpu| {
            let mut inputs = vec![Pair::ZERO; n / 2];
            cpu.fetch(&cells, &worth, half, &mut inputs);
            let mut mixed = Mixed::ZERO;
            cpu.mix(&inputs, &weights, &rows, &last, prior, &mut mixed);
            let (mut weights, mut last) = (weights.clone(), last.clone());
            cpu.train(
                &inputs,
                &mut weights,
                &rows,
                &mut last,
                &mixed,
                nibble,
                rates,
            );
            let mut near = [0; 16];
            let refined = cpu.refine(&curves, round % 3, &mixed.stretch, &mut near);
            let mut near16 = [0; 16];
            let refined16 = cpu.refine16(&curves, round % 3, &mixed.stretch, &mut near16);
            let mut looked = vec![Pair::ZERO; n / 2];
            let hits = cpu.look(&cells, &order, &fine, half, &mut looked);
            let (mut cells, mut fine) = (cells.clone(), fine.clone());
            cpu.adapt(
                &mut cells, &order, &mut fine, half, nibble, &next, &steps, turn,
            );
            let new = (looked, hits, near16, refined16, cells, fine);
            (inputs, mixed, weights, last, near, refined, new)
        };
        let want = run(Cpu::Scalar);
        for cpu in Cpu::available() {
            assert!(run(cpu) == want, "{cpu:?}, round {round}");
        }
    }
}
