//! Binary records and arrays of numbers, found by measuring.
//!
//! In an array of numbers or a table of records, bytes at a distance of one number or one record
//! are closer to each other than bytes at other distances. For each distance d up to
//! [`MAX_DISTANCE`], over windows of the data, the closeness C(d) sums how near the byte at i and
//! the one at i + d are (4 when equal, down to 0; distances around the circle of 256 values, so
//! that signed numbers do not tear at zero). Then
//!
//! - the **floor** is the lower quartile of C: what bytes of this data have in common at any
//!   distance (the median would not do: of 16-bit noise, half of all distances stand out);
//! - the **unit** is the shortest distance up to 16 that stands nearly as high above the floor as
//!   the best of them, and much higher than those between;
//! - the **row** is a longer distance that stands out sharply from its neighbours, or, in a
//!   smooth picture, nearly as high as the unit behind a deep valley;
//! - all by far more than chance, and in at least three quarters of the data: one table inside a
//!   program does not make the program a table.
//!
//! Runs of one byte (zeros, mostly) say nothing about distances, so when one takes more than a
//! quarter, pairs that begin with it do not count. All integers: the same on every machine.

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
/// Parts of the data that are judged each for itself; [`WINDOWS`] is a multiple.
const PARTS: usize = 4;
/// Bytes compared side by side.
const LANES: usize = 32;
/// First bytes of pairs in a window: as many as lanes of one byte can sum, 63 · 4 < 256.
const WINDOW_BYTES: usize = 63 * LANES;

/// C(d) for d in `0..=longest`, and the most it could be.
#[derive(Clone)]
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

/// The byte that takes more than a quarter of all, if one does.
fn commonest<'a>(windows: impl Iterator<Item = &'a [u8]>) -> Option<u8> {
    let mut counts = [0usize; 256];
    for &byte in windows.flatten() {
        counts[usize::from(byte)] += 1;
    }
    let all: usize = counts.iter().sum();
    (0..=255u8).find(|&b| counts[usize::from(b)] * 4 > all)
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

/// The closeness of each part.
fn measure(data: &[u8]) -> [Closeness; PARTS] {
    let longest = (data.len() / 4).min(MAX_DISTANCE);
    let firsts = data.len() - longest;
    let windows = (firsts / WINDOW_BYTES).clamp(PARTS, WINDOWS) / PARTS * PARTS;
    let length = (firsts / windows).min(WINDOW_BYTES) / LANES * LANES;
    let starts = |window| (firsts - length) / (windows - 1) * window;
    let common = commonest((0..windows).map(|w| &data[starts(w)..][..length]));
    let mut parts = [(); PARTS].map(|()| Closeness {
        at: vec![0; longest + 1],
        most: 0,
    });
    for window in 0..windows {
        let start = starts(window);
        let part = &mut parts[window * PARTS / windows];
        let here = &data[start..start + length];
        let counted = here.iter().map(|&b| u8::from(Some(b) != common) * 255);
        let counted: Vec<u8> = counted.collect();
        part.most += 4 * counted.iter().filter(|&&c| c != 0).count() as u32;
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
            part.at[d] += lanes.iter().map(|&n| u32::from(n)).sum::<u32>();
        }
    }
    parts
}

/// What stands out in the whole and in most parts: unit and row, 0 for none.
fn layout(parts: &[Closeness; PARTS]) -> Option<(usize, usize)> {
    let mut whole = parts[0].clone();
    for part in &parts[1..] {
        whole.most += part.most;
        for (sum, x) in whole.at.iter_mut().zip(&part.at) {
            *sum += x;
        }
    }
    // With fewer pairs than this, chance makes any distance stand out.
    if whole.most < 4 * 256 || whole.at.len() < 8 * MAX_UNIT {
        return None;
    }
    let most = whole.most;
    let whole = Relief::new(&whole);
    let parts = [0, 1, 2, 3].map(|i| Relief::new(&parts[i]));
    let most_parts = |holds: &dyn Fn(&Relief) -> bool| {
        parts.iter().filter(|part| holds(part)).count() * 4 >= PARTS * 3
    };
    let unit = whole.unit();
    let unit = if most_parts(&|part| unit > 0 && part.above(unit) > part.noise) {
        unit
    } else {
        0
    };
    if unit > 0 && !NUMBERS.contains(&unit) {
        return Some((0, unit));
    }
    let (row, reach) = whole.row(unit);
    // In a part, half as sharp will do.
    if row == 0 || !most_parts(&|part| part.sharp(row, reach) * 2 > part.noise) {
        // Bytes of strings and code resemble their neighbours a little; those of a smooth 8-bit
        // signal, much.
        let smooth = unit > 1 || unit == 1 && whole.at[1] >= most / 2;
        return smooth.then_some((unit, 0));
    }
    // Bytes that are much closer to those a row further than to their neighbours are no numbers.
    let records = unit == 1 && whole.above(row) >= 2 * whole.above(1);
    Some((if records { 0 } else { unit }, row))
}

/// Closeness as hills above a floor.
struct Relief<'a> {
    at: &'a [u32],
    floor: u32,
    /// What is lower than this may be chance.
    noise: u32,
}

impl<'a> Relief<'a> {
    fn new(closeness: &'a Closeness) -> Relief<'a> {
        let mut far = closeness.at[MAX_UNIT + 1..].to_vec();
        let quarter = far.len() / 4;
        // A pair's closeness varies by less than √2, a sum of n = most / 4 by less than √(2n);
        // six times that never happens by chance. The fiftieth part keeps out what is real but
        // no layout, such as the words of a language.
        let chance = 6 * (closeness.most / 2).isqrt();
        Relief {
            at: &closeness.at,
            floor: *far.select_nth_unstable(quarter).1,
            noise: chance.max(closeness.most / 50),
        }
    }

    fn above(&self, d: usize) -> u32 {
        self.at[d].saturating_sub(self.floor)
    }

    /// How much higher `d` is than both sides, `reach` away.
    fn sharp(&self, d: usize, reach: usize) -> u32 {
        self.at[d].saturating_sub(self.at[d - reach].max(self.at[d + reach]))
    }

    /// The unit, 0 for none.
    fn unit(&self) -> usize {
        let best = (1..=MAX_UNIT).map(|d| self.above(d)).max().unwrap_or(0);
        let unit = (1..=MAX_UNIT).find(|&d| self.above(d) * 10 >= best * 9);
        // One byte: any smooth stream. More: what lies between must be much farther.
        let alone = |unit| (1..unit).all(|d| self.above(d) * 3 <= best * 2);
        unit.filter(|&unit| best > 2 * self.noise && alone(unit))
            .unwrap_or(0)
    }

    /// The row, 0 for none, and how far from it its sides are lower.
    fn row(&self, unit: usize) -> (usize, usize) {
        let step = unit.max(1);
        let longer = || 4 * step.max(MAX_UNIT / 4) + 1..self.at.len() - 4 * step;
        let best = longer().map(|d| self.sharp(d, step)).max().unwrap_or(0);
        if best > self.noise {
            // Half as sharp: a row of pixels is the shorter beside a whole picture of them.
            let stands_out =
                |&d: &usize| self.sharp(d, step) * 2 >= best && self.above(d) > 2 * self.noise;
            return (longer().find(stands_out).unwrap_or(0), step);
        }
        if unit == 0 {
            return (0, step);
        }
        // Smooth pictures: a row further is nearly as close as a unit further. Voices and hearts
        // repeat too, but not as faithfully (measured: up to 0.79 of the unit; pictures 0.9).
        let valley = longer().find(|&d| d % unit == 0 && self.above(d) * 2 < self.above(unit));
        let row = longer()
            .filter(|&d| valley.is_some_and(|v| d > v))
            .max_by_key(|&d| (self.above(d), std::cmp::Reverse(d)))
            .filter(|&d| self.above(d) * 8 >= self.above(unit) * 7)
            .filter(|&d| self.sharp(d, 4 * unit) > self.noise);
        (row.unwrap_or(0), 4 * unit)
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
        let (unit, row) = layout(&measure(data))?;
        let structure = Structure {
            unit: unit as u32,
            row: row as u32,
            start: 0,
            ..Structure::NONE
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
