//! Binary records and arrays of numbers, found by measuring.
//!
//! In an array of numbers or a table of records, bytes at a distance of one number or one record
//! are closer to each other than bytes at other distances. For each distance d up to
//! [`MAX_DISTANCE`], over windows of the data, the closeness C(d) sums how near the byte at i and
//! the one at i + d are (4 when equal, down to 0; distances around the circle of 256 values, so
//! that signed numbers do not tear at zero). Then
//!
//! - the **floor** is the median of C: what bytes of this data have in common at any distance;
//! - the **unit** is the shortest distance up to 16 that stands nearly as high above the floor as
//!   the best of them;
//! - the **row** is the shortest longer distance that stands out sharply from its neighbours;
//! - both must stand out by far more than C varies by itself.
//!
//! Runs of the commonest byte (zeros, mostly) say nothing about distances, so pairs that begin
//! with it do not count. All integers: the same on every machine.

use crate::read::{commas, count};
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Records;

/// Less than this is too little to measure.
const MIN_BYTES: usize = 512;
/// The longest record or row looked for, in bytes.
const MAX_DISTANCE: usize = 8192;
/// The longest unit looked for, in bytes.
const MAX_UNIT: usize = 16;
/// Windows spread over the data, and the first bytes of pairs in each.
const WINDOWS: usize = 8;
const WINDOW_BYTES: usize = 8 << 10;
/// Pairs of one distance that are summed in bytes: 63 · 4 < 256.
const RUN: usize = 63;

/// C(d) for d in `0..=longest`, and the most it could be.
struct Closeness {
    at: Vec<u32>,
    most: u32,
}

/// 4 for equal bytes, 3, 2, 1 for a distance of at most 1, 4, 12, or 0.
#[inline]
fn close(a: u8, b: u8) -> u8 {
    let distance = (a.wrapping_sub(b) as i8).unsigned_abs();
    u8::from(distance == 0)
        + u8::from(distance <= 1)
        + u8::from(distance <= 4)
        + u8::from(distance <= 12)
}

fn commonest(data: &[u8]) -> u8 {
    let mut counts = [0usize; 256];
    for &byte in data {
        counts[usize::from(byte)] += 1;
    }
    (0..=255u8)
        .max_by_key(|&b| counts[usize::from(b)])
        .unwrap_or(0)
}

fn measure(data: &[u8]) -> Closeness {
    let longest = (data.len() / 4).min(MAX_DISTANCE);
    let firsts = data.len() - longest;
    // Short data: one window. Long data: several, evenly spread.
    let windows = if firsts <= WINDOWS * WINDOW_BYTES {
        1
    } else {
        WINDOWS
    };
    let length = if windows == 1 { firsts } else { WINDOW_BYTES };
    let common = commonest(data);
    let mut closeness = Closeness {
        at: vec![0; longest + 1],
        most: 0,
    };
    for window in 0..windows {
        let start = (firsts - length) / (windows - 1).max(1) * window;
        let here = &data[start..start + length];
        let counted: Vec<u8> = here.iter().map(|&b| u8::from(b != common) * 255).collect();
        closeness.most += 4 * counted.iter().filter(|&&c| c != 0).count() as u32;
        for d in 1..=longest {
            let there = &data[start + d..start + d + length];
            let mut sum = 0;
            // Sums in bytes: written so that it compiles to vector instructions.
            let mut lanes = [0u8; 32];
            let mut used = 0;
            let chunks = here
                .as_chunks::<32>()
                .0
                .iter()
                .zip(there.as_chunks::<32>().0)
                .zip(counted.as_chunks::<32>().0);
            for ((a, b), c) in chunks {
                for i in 0..32 {
                    lanes[i] += close(a[i], b[i]) & c[i];
                }
                used += 1;
                if used == RUN {
                    sum += lanes.iter().map(|&n| u32::from(n)).sum::<u32>();
                    lanes = [0; 32];
                    used = 0;
                }
            }
            closeness.at[d] += sum + lanes.iter().map(|&n| u32::from(n)).sum::<u32>();
        }
    }
    closeness
}

fn median(mut values: Vec<u32>) -> u32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable(middle).1
}

/// What stands out: unit and row, 0 for none.
fn layout(closeness: &Closeness) -> Option<(usize, usize)> {
    let c = &closeness.at;
    let longest = c.len() - 1;
    let most = closeness.most;
    // With fewer pairs than this, chance makes any distance stand out.
    if most < 4 * 256 || longest < 2 * MAX_UNIT {
        return None;
    }
    let far = &c[MAX_UNIT + 1..];
    let floor = median(far.to_vec());
    let spread = median(far.iter().map(|&x| x.abs_diff(floor)).collect()).max(1);
    let above = |d: usize| c[d].saturating_sub(floor);
    // Six spreads of a bell are four of its standard deviations; the hundredth part keeps text
    // out, whose lengths of line and word make low, wide hills.
    let noise = (6 * spread).max(most / 100);

    let unit = {
        let best = (1..=MAX_UNIT).map(above).max()?;
        let unit = (1..=MAX_UNIT).find(|&d| above(d) * 10 >= best * 9)?;
        // A unit of one byte is every stream of bytes that is smooth; it must stand out clearly.
        if best > 2 * noise { unit } else { 0 }
    };
    let step = unit.max(1);
    let sharp = |d: usize| {
        let sides = [d - step, d + step].map(|at| c.get(at).copied().unwrap_or(0));
        c[d].saturating_sub(sides[0].max(sides[1]))
    };
    let rows = || MAX_UNIT + 1..=longest - step;
    let best = rows().map(sharp).max().unwrap_or(0);
    let row = rows()
        .find(|&d| sharp(d) * 4 >= best * 3)
        .filter(|&d| best > noise && above(d) > 2 * noise)
        .unwrap_or(0);
    (unit > 0 || row > 0).then_some((unit, row))
}

impl View for Records {
    fn name(&self) -> &'static str {
        "records"
    }

    fn summary(&self) -> &'static str {
        "binary records and arrays of numbers, found by measuring"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        if data.len() < MIN_BYTES {
            return None;
        }
        let (unit, row) = layout(&measure(data))?;
        let structure = Structure {
            unit: unit as u32,
            row: row as u32,
            start: 0,
        };
        let row = commas(row as u64);
        let says = match (unit, structure.row) {
            (0, _) => format!("binary records of {row} bytes"),
            (_, 0) => format!("array of numbers, one every {}", count(unit as u64, "byte")),
            _ => format!(
                "array of numbers, one every {}, in rows of {row} bytes",
                count(unit as u64, "byte")
            ),
        };
        Some(Seen::layout(structure, says))
    }
}
