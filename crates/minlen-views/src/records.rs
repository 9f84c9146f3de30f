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
//!   the best of them, and much higher than those between;
//! - the **row** is a longer distance that stands out sharply from its neighbours, or, in a
//!   smooth picture, nearly as high as the unit behind a deep valley;
//! - all by far more than chance.
//!
//! Runs of the commonest byte (zeros, mostly) say nothing about distances, so pairs that begin
//! with it do not count. All integers: the same on every machine.

use crate::read::{commas, count};
use crate::text::Text;
use crate::{Seen, View};
use minlen_core::Structure;

pub(crate) struct Records;

/// Less than this is too little to measure.
const MIN_BYTES: usize = 512;
/// The longest record or row looked for, in bytes.
const MAX_DISTANCE: usize = 8192;
/// The longest unit looked for, in bytes.
const MAX_UNIT: usize = 16;
/// Text is told by so many bytes of each window.
const TEXT_BYTES: usize = 2 << 10;
/// Numbers are so many bytes wide (with channels); other units are records.
const NUMBERS: [usize; 8] = [1, 2, 3, 4, 6, 8, 12, 16];
/// Windows spread over the data.
const WINDOWS: usize = 32;
/// Bytes compared side by side.
const LANES: usize = 32;
/// First bytes of pairs in a window: as many as lanes of one byte can sum, 63 · 4 < 256.
const WINDOW_BYTES: usize = 63 * LANES;

/// C(d) for d in `0..=longest`, and the most it could be.
struct Closeness {
    at: Vec<u32>,
    most: u32,
}

/// 4 for equal bytes, 3, 2, 1 for a distance of at most 1, 4, 12, or 0.
#[inline]
fn close(a: u8, b: u8) -> u8 {
    let distance = (a.wrapping_sub(b) as i8).unsigned_abs();
    let within = |limit| u8::from(distance <= limit);
    within(0) + within(1) + within(4) + within(12)
}

fn commonest<'a>(windows: impl Iterator<Item = &'a [u8]>) -> u8 {
    let mut counts = [0usize; 256];
    for &byte in windows.flatten() {
        counts[usize::from(byte)] += 1;
    }
    (0..=255u8)
        .max_by_key(|&b| counts[usize::from(b)])
        .unwrap_or(0)
}

/// Whether it is text, or holds so much of it that lines of letters would be taken for rows of
/// numbers. Pictures in mid-tones are printable too, but have no spaces.
fn texty(data: &[u8]) -> bool {
    let (mut all, mut text, mut spaces) = (0, 0, 0);
    let step = (data.len() / WINDOWS).max(TEXT_BYTES);
    for window in data.chunks(step) {
        let window = &window[..window.len().min(TEXT_BYTES)];
        all += window.len();
        for byte in window {
            text += usize::from(byte.is_ascii_graphic() || byte.is_ascii_whitespace());
            spaces += usize::from(byte.is_ascii_whitespace());
        }
    }
    let first = &data[..data.len().min(WINDOWS * TEXT_BYTES)];
    text * 8 >= all * 7 && spaces * 64 >= all || Text.probe(first).is_some()
}

fn measure(data: &[u8]) -> Closeness {
    let longest = (data.len() / 4).min(MAX_DISTANCE);
    let firsts = data.len() - longest;
    let windows = (firsts / WINDOW_BYTES).clamp(1, WINDOWS);
    let length = firsts.min(WINDOW_BYTES) / LANES * LANES;
    let starts = |window| (firsts - length) / (windows - 1).max(1) * window;
    let common = commonest((0..windows).map(|w| &data[starts(w)..][..length]));
    let mut closeness = Closeness {
        at: vec![0; longest + 1],
        most: 0,
    };
    for start in (0..windows).map(starts) {
        let here = &data[start..start + length];
        let counted: Vec<u8> = here.iter().map(|&b| u8::from(b != common) * 255).collect();
        closeness.most += 4 * counted.iter().filter(|&&c| c != 0).count() as u32;
        for d in 1..=longest {
            let there = &data[start + d..start + d + length];
            let rows = here
                .as_chunks::<LANES>()
                .0
                .iter()
                .zip(there.as_chunks::<LANES>().0)
                .zip(counted.as_chunks::<LANES>().0);
            // Written so that it compiles to vector instructions, also with overflow checks on.
            let mut lanes = [0u8; LANES];
            for ((a, b), c) in rows {
                for i in 0..LANES {
                    lanes[i] = lanes[i].wrapping_add(close(a[i], b[i]) & c[i]);
                }
            }
            closeness.at[d] += lanes.iter().map(|&n| u32::from(n)).sum::<u32>();
        }
    }
    closeness
}

fn median(mut values: Vec<u32>) -> u32 {
    let middle = values.len() / 2;
    *values.select_nth_unstable(middle).1
}

impl Closeness {
    /// What stands out: unit and row, 0 for none.
    fn layout(&self) -> Option<(usize, usize)> {
        // With fewer pairs than this, chance makes any distance stand out.
        if self.most < 4 * 256 || self.at.len() < 8 * MAX_UNIT {
            return None;
        }
        let floor = median(self.at[MAX_UNIT + 1..].to_vec());
        // A pair's closeness varies by less than √2, a sum of n = most / 4 by less than √(2n);
        // six times that never happens by chance. The fiftieth part keeps out what is real but
        // no layout, such as the words of a language.
        let noise = (6 * (self.most / 2).isqrt()).max(self.most / 50);
        match self.unit(floor, noise) {
            unit if unit > 0 && !NUMBERS.contains(&unit) => Some((0, unit)),
            unit => {
                let row = self.row(floor, noise, unit);
                (unit > 0 || row > 0).then_some((unit, row))
            }
        }
    }

    fn above(&self, floor: u32, d: usize) -> u32 {
        self.at[d].saturating_sub(floor)
    }

    fn unit(&self, floor: u32, noise: u32) -> usize {
        let above = |d| self.above(floor, d);
        let best = (1..=MAX_UNIT).map(above).max().unwrap_or(0);
        let unit = (1..=MAX_UNIT).find(|&d| above(d) * 10 >= best * 9);
        // One byte: any smooth stream. More: what lies between must be much farther.
        let stands_out = |&unit: &usize| {
            best > 2 * noise && (1..unit).all(|d| u64::from(above(d)) * 3 <= u64::from(best) * 2)
        };
        unit.filter(stands_out).unwrap_or(0)
    }

    fn row(&self, floor: u32, noise: u32, unit: usize) -> usize {
        let step = unit.max(1);
        let above = |d| self.above(floor, d);
        // How much lower both sides are, `k` units away.
        let sharp = |d: usize, k: usize| {
            self.at[d].saturating_sub(self.at[d - k * step].max(self.at[d + k * step]))
        };
        let longer = || 4 * step.max(MAX_UNIT / 4) + 1..self.at.len() - 4 * step;
        let best = longer().map(|d| sharp(d, 1)).max().unwrap_or(0);
        if best > noise {
            // Half as sharp: a row of pixels is the shorter beside a whole picture of them.
            return longer()
                .find(|&d| sharp(d, 1) * 2 >= best && above(d) > 2 * noise)
                .unwrap_or(0);
        }
        if unit == 0 {
            return 0;
        }
        // Smooth pictures: a row further is nearly as close as a unit further. Voices and hearts
        // repeat too, but not as faithfully (measured: up to 0.79 of the unit; pictures 0.9).
        let valley = longer().find(|&d| d % unit == 0 && above(d) * 2 < above(unit));
        let row = longer()
            .filter(|&d| valley.is_some_and(|v| d > v))
            .max_by_key(|&d| (above(d), std::cmp::Reverse(d)));
        row.filter(|&d| u64::from(above(d)) * 8 >= u64::from(above(unit)) * 7)
            .filter(|&d| sharp(d, 4) > noise)
            .unwrap_or(0)
    }
}

impl View for Records {
    fn name(&self) -> &'static str {
        "records"
    }

    fn summary(&self) -> &'static str {
        "binary records and arrays of numbers, found by measuring"
    }

    fn probe(&self, data: &[u8]) -> Option<Seen> {
        if data.len() < MIN_BYTES || texty(data) {
            return None;
        }
        let (unit, row) = measure(data).layout()?;
        let structure = Structure {
            unit: unit as u32,
            row: row as u32,
            start: 0,
        };
        let array = match unit {
            1 => "array of 1-byte numbers".to_string(),
            _ => format!("array of numbers, one every {}", count(unit as u64, "byte")),
        };
        let row = commas(row as u64);
        let says = match (unit, structure.row) {
            (0, _) => format!("binary records of {row} bytes"),
            (_, 0) => array,
            _ => format!("{array}, in rows of {row} bytes"),
        };
        Some(Seen::layout(structure, says))
    }
}
