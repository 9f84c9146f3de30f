//! Makes `src/words/list-1.txt`, the words that the view `words-1` knows, from a large text:
//! `cargo run --release -p minlen-views --example word_list -- TEXT WORDS OUT`.
//!
//! TEXT is cut into segments by zero bytes. The words kept are those of 2–24 letters a–z that most
//! English segments have, in sentences. Their order is by company: words that stand between the same neighbours stand
//! together, so that the first symbol of a code says what kind of word it is.

#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::HashMap;
use std::{env, fs};

type Any = Box<dyn std::error::Error>;

/// Neighbours that count: the most frequent words, and the marks.
const NEIGHBOURS: usize = 768;
const MARKS: usize = 129;
const SIDE: usize = NEIGHBOURS + MARKS;

/// Axes that are left of the neighbours.
const AXES: usize = 64;

/// Words whose order is by alphabet.
const GROUP: usize = 12;

/// A neighbour is as often there as it is on average, before so many words are seen.
const PRIOR: f32 = 2.0;

/// Stems of words that nobody wants to find in a program, by their hash.
const UNWANTED: [u64; 9] = [
    0x8658_5b78_dafe_862a,
    0x4c6d_7290_acc0_36bf,
    0x091a_23ba_b4d8_1d8e,
    0x67ea_3cbd_93f2_f225,
    0x46f0_5e18_e29e_cd13,
    0xba42_cf8d_98e7_08ab,
    0x730a_a47a_97bd_9334,
    0x5e7d_9bf6_2c23_f27e,
    0x6acf_1218_f748_a0db,
];

fn hash(word: &[u8]) -> u64 {
    word.iter().fold(0xcbf2_9ce4_8422_2325, |h, &b| {
        (h ^ u64::from(b)).wrapping_mul(0x0100_0000_01b3)
    })
}

fn is_letter(b: u8) -> bool {
    b >= 128 || b.is_ascii_alphabetic()
}

/// Calls `see` with each maximal run of letters, in small letters, and where it begins.
fn words(text: &[u8], mut see: impl FnMut(&[u8], usize)) {
    let mut small = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let from = at;
        while at < text.len() && is_letter(text[at]) {
            at += 1;
        }
        if at == from {
            at += 1;
            continue;
        }
        small.clear();
        small.extend(text[from..at].iter().map(u8::to_ascii_lowercase));
        see(&small, from);
    }
}

#[derive(Default)]
struct Seen {
    segments: u32,
    last: u32,
}

/// The words that most segments have.
fn ranked(text: &[u8], most: usize) -> Vec<Vec<u8>> {
    let mut seen: HashMap<Vec<u8>, Seen> = HashMap::new();
    for (segment, text) in (1..).zip(text.split(|&b| b == 0)) {
        // English: translations name their translators.
        if text.iter().filter(|b| !b.is_ascii()).count() * 20 > text.len() {
            continue;
        }
        words(text, |word, from| {
            if !(2..=24).contains(&word.len()) || !word.iter().all(u8::is_ascii_lowercase) {
                return;
            }
            // In sentences, not in addresses.
            let before = from.checked_sub(1).map_or(b' ', |i| text[i]);
            let after = text.get(from + word.len()).copied().unwrap_or(b' ');
            if !b" \n(\"'-".contains(&before) || !b" \n.,;:!?)\"'-".contains(&after) {
                return;
            }
            if !seen.contains_key(word) {
                seen.insert(word.to_vec(), Seen::default());
            }
            if let Some(s) = seen.get_mut(word)
                && s.last != segment
            {
                s.last = segment;
                s.segments += 1;
            }
        });
    }
    let wanted = |word: &[u8]| !(3..=word.len()).any(|n| UNWANTED.contains(&hash(&word[..n])));
    let mut words: Vec<(Vec<u8>, u32)> = seen.into_iter().map(|(w, s)| (w, s.segments)).collect();
    words.retain(|(w, _)| wanted(w));
    words.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    words.truncate(most);
    words.into_iter().map(|(w, _)| w).collect()
}

/// Each word as a point: square roots of the shares of its neighbours.
fn points(text: &[u8], list: &[Vec<u8>]) -> Vec<Vec<f32>> {
    let number: HashMap<&[u8], usize> = list.iter().enumerate().map(|(i, w)| (&w[..], i)).collect();
    let mut counts = vec![vec![0f32; 2 * SIDE]; list.len()];
    for text in text.split(|&b| b == 0) {
        let mut before: Option<(Option<usize>, usize)> = None;
        words(text, |word, from| {
            let this = number.get(word).copied();
            let gap = before.map_or(&text[..from], |(_, end)| &text[end..from]);
            let joined = before.is_some() && gap.iter().all(|&b| b == b' ' || b == b'\n');
            let mark = |b: Option<&u8>| NEIGHBOURS + b.map_or(128, |&b| usize::from(b.min(127)));
            let of = |w: Option<usize>| w.filter(|&w| w < NEIGHBOURS);
            let shown = |gap: &[u8], back: bool| {
                let mut marks = gap.iter().filter(|&&b| b != b' ');
                mark(if back {
                    marks.next_back()
                } else {
                    marks.next()
                })
            };
            if let Some(w) = this {
                let left = match before {
                    Some((b, _)) if joined => of(b),
                    _ => Some(shown(gap, true)),
                };
                if let Some(left) = left {
                    counts[w][left] += 1.0;
                }
            }
            if let Some((Some(b), _)) = before {
                let right = if joined {
                    of(this)
                } else {
                    Some(shown(gap, false))
                };
                if let Some(right) = right {
                    counts[b][SIDE + right] += 1.0;
                }
            }
            before = Some((this, from + word.len()));
        });
    }
    for side in [0..SIDE, SIDE..2 * SIDE] {
        let mut mean = vec![0f32; SIDE];
        for row in &counts {
            let sum: f32 = row[side.clone()].iter().sum();
            mean.iter_mut()
                .zip(&row[side.clone()])
                .for_each(|(m, c)| *m += c / (sum + 1.0));
        }
        mean.iter_mut().for_each(|m| *m /= list.len() as f32);
        for row in &mut counts {
            let sum: f32 = row[side.clone()].iter().sum();
            for (c, m) in row[side.clone()].iter_mut().zip(&mean) {
                *c = ((*c + PRIOR * m) / (sum + PRIOR)).sqrt();
            }
        }
    }
    center(&mut counts);
    counts
}

fn center(points: &mut [Vec<f32>]) {
    let mut mean = vec![0f32; points[0].len()];
    for row in &*points {
        mean.iter_mut().zip(row).for_each(|(m, x)| *m += x);
    }
    let n = points.len() as f32;
    for row in points {
        row.iter_mut().zip(&mean).for_each(|(x, m)| *x -= m / n);
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// The main axes of `points`, by powers of their scatter; a fixed start.
fn axes(points: &[Vec<f32>], count: usize, rounds: usize) -> Vec<Vec<f32>> {
    let wide = points[0].len();
    let mut state = 1u64;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1 << 23) as f32 - 1.0
    };
    let mut axes: Vec<Vec<f32>> = (0..count)
        .map(|_| (0..wide).map(|_| random()).collect())
        .collect();
    for _ in 0..rounds {
        let mut next = vec![vec![0f32; wide]; count];
        for point in points {
            for (axis, next) in axes.iter().zip(&mut next) {
                let along = dot(axis, point);
                next.iter_mut()
                    .zip(point)
                    .for_each(|(n, x)| *n += along * x);
            }
        }
        for i in 0..count {
            let (done, rest) = next.split_at_mut(i);
            for other in done {
                let along = dot(other, &rest[0]);
                rest[0]
                    .iter_mut()
                    .zip(other)
                    .for_each(|(x, o)| *x -= along * *o);
            }
            let length = dot(&rest[0], &rest[0]).sqrt().max(1e-20);
            rest[0].iter_mut().for_each(|x| *x /= length);
        }
        axes = next;
    }
    axes
}

/// Halves `group` along its main axis, and each half again; the halves that are next to each other
/// are turned so that they touch.
fn arrange(points: &[Vec<f32>], group: &mut [usize], before: Option<&[f32]>) {
    if group.len() <= GROUP {
        return;
    }
    let mut here: Vec<Vec<f32>> = group.iter().map(|&i| points[i].clone()).collect();
    let mut mean = vec![0f32; AXES];
    here.iter()
        .for_each(|p| mean.iter_mut().zip(p).for_each(|(m, x)| *m += x));
    mean.iter_mut().for_each(|m| *m /= group.len() as f32);
    center(&mut here);
    let mut axis = axes(&here, 1, 12).remove(0);
    if let Some(before) = before
        && dot(&axis, before) > dot(&axis, &mean)
    {
        axis.iter_mut().for_each(|x| *x = -*x);
    }
    group.sort_by(|&a, &b| dot(&axis, &points[a]).total_cmp(&dot(&axis, &points[b])));
    let (low, high) = group.split_at_mut(group.len() / 2);
    arrange(points, low, before);
    let mut last = vec![0f32; AXES];
    for &i in &low[low.len().saturating_sub(GROUP)..] {
        last.iter_mut()
            .zip(&points[i])
            .for_each(|(l, x)| *l += x / GROUP as f32);
    }
    arrange(points, high, Some(&last));
}

fn main() -> Result<(), Any> {
    let args: Vec<String> = env::args().collect();
    let [_, text, most, out] = &args[..] else {
        return Err("usage: word_list TEXT WORDS OUT".into());
    };
    let text = fs::read(text)?;
    let list = ranked(&text, most.parse()?);
    let full = points(&text, &list);
    let axes = axes(&full, AXES, 6);
    let points: Vec<Vec<f32>> = full
        .iter()
        .map(|p| axes.iter().map(|a| dot(a, p)).collect())
        .collect();
    let mut order: Vec<usize> = (0..list.len()).collect();
    arrange(&points, &mut order, None);
    for group in order.chunks_mut(GROUP) {
        group.sort_by(|&a, &b| list[a].cmp(&list[b]));
    }
    let mut lines = Vec::new();
    for i in order {
        // Each class is of words up to √2 times as rare as those before.
        let class = ((2.0 * ((i + 1) as f64).log2()) as u8)
            .saturating_sub(5)
            .min(25);
        lines.push(b'A' + class);
        lines.extend(&list[i]);
        lines.push(b'\n');
    }
    fs::write(out, lines)?;
    Ok(())
}
