//! Which of the n best translations to give: the one that is expected to share most with the right one,
//! where each of them may be right (Kumar and Byrne, *Minimum Bayes-risk decoding*, HLT-NAACL 2004).
//! Their n-grams are expected, rather than each compared with each (DeNero, Chiang and Knight, ACL 2009).

use std::collections::HashMap;

/// Letters of the longest n-grams, as in chrF.
const ORDERS: usize = 6;

/// The place of the best of `texts`, which are right with these probabilities.
pub(super) fn choose(texts: &[String], shares: &[f64]) -> usize {
    let grams: Vec<Vec<(u64, f64)>> = texts.iter().map(|t| grams(t)).collect();
    let mut expected: HashMap<u64, f64> = HashMap::new();
    let mut lengths = [0.0; ORDERS];
    for ((text, grams), share) in texts.iter().zip(&grams).zip(shares) {
        for (gram, count) in grams {
            *expected.entry(*gram).or_default() += share * count;
        }
        for (order, length) in lengths.iter_mut().enumerate() {
            *length += share * long(text, order + 1);
        }
    }
    let worth = |(text, grams): (&String, &Vec<(u64, f64)>)| {
        let mut common = [0.0; ORDERS];
        for (gram, count) in grams {
            common[(gram % 8) as usize] += count.min(expected[gram]);
        }
        let (mut p, mut r, mut orders) = (0.0, 0.0, 0.0);
        for order in 0..ORDERS {
            let made = long(text, order + 1);
            if made > 0.0 && lengths[order] > 0.0 {
                p += common[order] / made;
                r += common[order] / lengths[order];
                orders += 1.0;
            }
        }
        match 4.0 * p + r {
            0.0 => 0.0,
            all => 5.0 * p * r / all / f64::max(orders, 1.0),
        }
    };
    let (mut best, mut most) = (0, f64::NEG_INFINITY);
    for (i, both) in texts.iter().zip(&grams).enumerate() {
        let worth = worth(both);
        if worth > most {
            (best, most) = (i, worth);
        }
    }
    best
}

/// n-grams of a text without its spaces, as hashes whose last three bits are the order, with counts.
fn grams(text: &str) -> Vec<(u64, f64)> {
    let letters: Vec<u64> = text
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(u64::from)
        .collect();
    let mut all: Vec<u64> = Vec::with_capacity(ORDERS * letters.len());
    for from in 0..letters.len() {
        let mut hash = 0u64;
        for (order, letter) in letters[from..].iter().take(ORDERS).enumerate() {
            hash = (hash.rotate_left(5) ^ letter).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            all.push((hash ^ (hash >> 32)) << 3 | order as u64);
        }
    }
    all.sort_unstable();
    let same = all.chunk_by(|a, b| a == b);
    same.map(|c| (c[0], c.len() as f64)).collect()
}

/// n-grams of that order in a text.
fn long(text: &str, order: usize) -> f64 {
    let letters = text.chars().filter(|c| !c.is_whitespace()).count();
    (letters + 1).saturating_sub(order) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_many_agree_on_wins() {
        let texts = [
            "Nothing of it",
            "You saw a lake",
            "You saw the lake",
            "You see the lake",
        ];
        let texts = texts.map(str::to_string);
        let shares = [0.28, 0.24, 0.24, 0.24];
        assert_eq!(choose(&texts, &shares), 2);
        assert_eq!(choose(&texts, &[0.97, 0.01, 0.01, 0.01]), 0);
        assert_eq!(choose(&texts[..1], &[1.0]), 0);
        assert_eq!(choose(&[String::new()], &[1.0]), 0);
    }
}
