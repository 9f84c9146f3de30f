//! Phrases and what they become, counted in aligned pairs.
//!
//! A phrase of the input and one of the output belong together if no word of either is linked to a
//! word outside the other (Koehn, Och and Marcu, *Statistical phrase-based translation*, 2003). How
//! probable each is given the other is told from counts, discounted as in Kneser-Ney smoothing (Foster,
//! Kuhn and Johnson, *Phrasetable smoothing*, EMNLP 2006), and from the words in them; whether a phrase
//! follows its left neighbour, or changes places with it, is counted too (Koehn et al., IWSLT 2005).

use super::align::Links;
use super::language::discounts;
use super::trie::{Pairs, Trie};

/// Tokens of a phrase of the input.
pub(super) const LONG: usize = 7;
/// Tokens of a phrase of the output.
const LONG_OUT: usize = 10;
/// What a phrase may become, at most.
const MOST: usize = 100;
/// Phrases found, at most: 12 bytes each.
const FOUND: usize = 40_000_000;

/// What stands before a phrase of the output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    /// What is before it in the input.
    Same = 0,
    /// What is behind it in the input.
    Swapped = 1,
    /// Something else.
    Other = 2,
}

/// Something that a phrase may become.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Its node among the phrases of outputs.
    pub(super) target: u32,
    /// Logarithms: of it given the phrase, the phrase given it, and both by words.
    pub(super) scores: [f32; 4],
    /// Logarithms of the probability of each [`Order`].
    pub(super) orders: [f32; 3],
    /// Whether it was seen once only.
    pub(super) once: bool,
}

/// The phrase table.
pub(super) struct Table {
    pub(super) sources: Trie,
    pub(super) targets: Trie,
    /// Where the entries of each source begin.
    first: Vec<u32>,
    entries: Vec<Entry>,
    /// How often each phrase of outputs was found, and all.
    counts: Vec<u32>,
    all: u64,
}

/// A pair of texts as tokens from 1, and its links.
pub(super) struct Aligned<'a> {
    pub(super) source: &'a [u32],
    pub(super) target: &'a [u32],
    pub(super) links: &'a Links,
}

/// A phrase pair where it was found: both nodes and the order.
type Found = (u32, u32, u8);

impl Table {
    pub(super) fn new(pairs: &[Aligned]) -> Table {
        let (mut sources, mut targets) = (Trie::new(), Trie::new());
        let mut found: Vec<Found> = Vec::new();
        for pair in pairs {
            if found.len() < FOUND {
                spans(pair, |from, to, begin, end, order| {
                    let node = |trie: &mut Trie, tokens: &[u32]| {
                        tokens
                            .iter()
                            .fold(Trie::ROOT, |node, t| trie.grow(node, *t))
                    };
                    let source = node(&mut sources, &pair.source[from..to]);
                    let target = node(&mut targets, &pair.target[begin..end]);
                    found.push((source, target, order as u8));
                });
            }
        }
        found.sort_unstable();
        let words = Words::new(pairs);
        let mut table = Table {
            first: Vec::with_capacity(sources.len() + 1),
            entries: Vec::new(),
            counts: vec![0; targets.len()],
            all: found.len() as u64,
            sources,
            targets,
        };
        let mut orders = [1.0f64; 3];
        for (_, target, order) in &found {
            table.counts[*target as usize] += 1;
            orders[usize::from(*order)] += 1.0;
        }
        let sum: f64 = orders.iter().sum();
        orders.iter_mut().for_each(|o| *o /= sum);
        let same = |a: &Found, b: &Found| (a.0, a.1) == (b.0, b.1);
        let off = discounts(found.chunk_by(same).map(|c| c.len() as u32));
        let off = |count: usize| off[count.min(3) - 1];
        let mut rows = found.chunk_by(|a, b| a.0 == b.0).peekable();
        for source in 0..table.sources.len() as u32 {
            table.first.push(table.entries.len() as u32);
            let Some(row) = rows.next_if(|row| row[0].0 == source) else {
                continue;
            };
            let all = row.len() as f64;
            let own = smoothed(row, &orders, 5.0);
            let given = table.sources.tokens(source);
            let mut entries: Vec<(usize, Entry)> = Vec::new();
            for same in row.chunk_by(same) {
                let target = same[0].1;
                let (count, tokens) = (same.len(), table.targets.tokens(target));
                let left = count as f64 - off(count);
                let of_target = f64::from(table.counts[target as usize]);
                let logs = [left / all, left / of_target].map(|p| p.ln() as f32);
                let [there, back] = words.both(&given, &tokens);
                let entry = Entry {
                    target,
                    scores: [logs[0], logs[1], there, back],
                    orders: smoothed(same, &own, 3.0).map(|p| p.ln() as f32),
                    once: count == 1,
                };
                entries.push((count, entry));
            }
            let by_words = |e: &Entry| e.scores[2] + e.scores[3];
            entries.sort_by(|(m, a), (n, b)| {
                n.cmp(m)
                    .then(by_words(b).total_cmp(&by_words(a)))
                    .then(a.target.cmp(&b.target))
            });
            entries.truncate(MOST);
            table.entries.extend(entries.into_iter().map(|(_, e)| e));
        }
        table.first.push(table.entries.len() as u32);
        table
    }

    /// What a phrase of the input may become.
    pub(super) fn entries(&self, source: u32) -> &[Entry] {
        let at = source as usize;
        &self.entries[self.first[at] as usize..self.first[at + 1] as usize]
    }

    /// Bits that a phrase of the input spares one of the output: how much more often it becomes it
    /// than phrases do.
    pub(super) fn bits(&self, entry: &Entry) -> f64 {
        let alone = f64::from(self.counts[entry.target as usize]) / self.all.max(1) as f64;
        (f64::from(entry.scores[0]) - alone.ln()) / std::f64::consts::LN_2
    }
}

/// The share of each order, drawn towards `prior`.
fn smoothed(found: &[Found], prior: &[f64; 3], weight: f64) -> [f64; 3] {
    let mut shares = prior.map(|p| weight * p);
    for (_, _, order) in found {
        shares[usize::from(*order)] += 1.0;
    }
    shares.map(|s| s / (found.len() as f64 + weight))
}

/// All phrase pairs of one pair of texts: where they begin and end on both sides.
fn spans(pair: &Aligned, mut each: impl FnMut(usize, usize, usize, usize, Order)) {
    let (n, m) = (pair.source.len(), pair.target.len());
    // For each token: the first and the last that it is linked to.
    let mut of_source = vec![(usize::MAX, 0); n];
    let mut of_target = vec![(usize::MAX, 0); m];
    let mut linked = vec![false; n * m];
    for (i, j) in pair.links {
        let (i, j) = (usize::from(*i), usize::from(*j));
        if i >= n || j >= m {
            continue;
        }
        linked[i * m + j] = true;
        of_source[i] = (of_source[i].0.min(j), of_source[i].1.max(j));
        of_target[j] = (of_target[j].0.min(i), of_target[j].1.max(i));
    }
    let free = |j: usize| of_target[j].0 == usize::MAX;
    for from in 0..n {
        let (mut first, mut last) = (usize::MAX, 0);
        for to in from + 1..=n.min(from + LONG) {
            let (a, b) = of_source[to - 1];
            (first, last) = (first.min(a), last.max(b));
            if first == usize::MAX || last - first >= LONG_OUT {
                continue;
            }
            let inside = |j: usize| free(j) || (of_target[j].0 >= from && of_target[j].1 < to);
            if !(first..=last).all(inside) {
                continue;
            }
            let mut begin = first;
            loop {
                let mut end = last + 1;
                while end - begin <= LONG_OUT {
                    let order = match begin {
                        0 if from == 0 => Order::Same,
                        0 => Order::Other,
                        _ if from > 0 && linked[(from - 1) * m + begin - 1] => Order::Same,
                        _ if to < n && linked[to * m + begin - 1] => Order::Swapped,
                        _ => Order::Other,
                    };
                    each(from, to, begin, end, order);
                    if end == m || !free(end) {
                        break;
                    }
                    end += 1;
                }
                if begin == 0 || !free(begin - 1) {
                    break;
                }
                begin -= 1;
            }
        }
    }
}

/// How often words are linked.
struct Words {
    places: Pairs,
    counts: Vec<f64>,
    sources: Vec<f64>,
    targets: Vec<f64>,
}

impl Words {
    fn new(pairs: &[Aligned]) -> Words {
        let most = |side: fn(&Aligned) -> u32| pairs.iter().map(side).max().unwrap_or(0) as usize;
        let mut words = Words {
            places: Pairs::new(),
            counts: Vec::new(),
            sources: vec![0.0; most(|p| p.source.iter().copied().max().unwrap_or(0)) + 1],
            targets: vec![0.0; most(|p| p.target.iter().copied().max().unwrap_or(0)) + 1],
        };
        for pair in pairs {
            let mut lone = (vec![true; pair.source.len()], vec![true; pair.target.len()]);
            for (i, j) in pair.links {
                let (i, j) = (usize::from(*i), usize::from(*j));
                if let (Some(s), Some(t)) = (pair.source.get(i), pair.target.get(j)) {
                    words.add(*s, *t);
                    (lone.0[i], lone.1[j]) = (false, false);
                }
            }
            // What is linked to nothing is linked to 0.
            for (s, _) in pair.source.iter().zip(lone.0).filter(|(_, lone)| *lone) {
                words.add(*s, 0);
            }
            for (t, _) in pair.target.iter().zip(lone.1).filter(|(_, lone)| *lone) {
                words.add(0, *t);
            }
        }
        words
    }

    fn add(&mut self, s: u32, t: u32) {
        let new = self.counts.len() as u32;
        let place = self.places.get_or(s, t, new);
        if place == new {
            self.counts.push(0.0);
        }
        self.counts[place as usize] += 1.0;
        self.sources[s as usize] += 1.0;
        self.targets[t as usize] += 1.0;
    }

    /// ln of the probability of a phrase given the other by words, both ways: of each word given that
    /// word of the other which says it best.
    fn both(&self, source: &[u32], target: &[u32]) -> [f32; 2] {
        let count = |s: u32, t: u32| {
            let place = self.places.get(s, t);
            place.map_or(0.0, |place| self.counts[place as usize])
        };
        let there = target.iter().map(|t| {
            let given = std::iter::once(&0).chain(source);
            let best = given.map(|s| count(*s, *t) / self.sources[*s as usize].max(1.0));
            best.fold(1e-7, f64::max).ln()
        });
        let back = source.iter().map(|s| {
            let given = std::iter::once(&0).chain(target);
            let best = given.map(|t| count(*s, *t) / self.targets[*t as usize].max(1.0));
            best.fold(1e-7, f64::max).ln()
        });
        [there.sum::<f64>() as f32, back.sum::<f64>() as f32]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn phrases_are_all_that_are_consistent_and_no_other() {
        let mut random = minlen_core::Random::new(9);
        for _ in 0..300 {
            let (n, m) = (1 + random.below(6), 1 + random.below(6));
            let source: Vec<u32> = (1..=n as u32).collect();
            let target: Vec<u32> = (1..=m as u32).collect();
            let mut links: Links = (0..random.below(7))
                .map(|_| (random.below(n) as u8, random.below(m) as u8))
                .collect();
            links.sort_unstable();
            links.dedup();
            let pair = Aligned {
                source: &source,
                target: &target,
                links: &links,
            };
            let mut made = BTreeSet::new();
            spans(&pair, |from, to, begin, end, _| {
                assert!(made.insert((from, to, begin, end)), "twice");
            });
            // By the definition.
            let mut right = BTreeSet::new();
            for from in 0..n {
                for to in from + 1..=n {
                    for begin in 0..m {
                        for end in begin + 1..=m {
                            let inside = |(i, j): &(u8, u8)| {
                                let s = (from..to).contains(&usize::from(*i));
                                let t = (begin..end).contains(&usize::from(*j));
                                (s, t)
                            };
                            let mut all = links.iter().map(inside);
                            let whole = all.clone().all(|(s, t)| s == t);
                            if whole && all.any(|(s, t)| s && t) {
                                right.insert((from, to, begin, end));
                            }
                        }
                    }
                }
            }
            assert_eq!(made, right, "{links:?}");
        }
    }

    #[test]
    fn what_comes_more_often_is_more_probable() {
        let links: Links = vec![(0, 0)];
        let pair = |s: &'static [u32], t: &'static [u32]| Aligned {
            source: s,
            target: t,
            links: &links,
        };
        let mut pairs: Vec<Aligned> = (0..80).map(|_| pair(&[1], &[1])).collect();
        pairs.push(pair(&[1], &[2]));
        pairs.extend((0..30).map(|_| pair(&[2], &[2])));
        let table = Table::new(&pairs);
        let node = table.sources.child(Trie::ROOT, 1).unwrap();
        let entries = table.entries(node);
        assert_eq!(entries.len(), 2);
        assert_eq!(table.targets.tokens(entries[0].target), [1]);
        for i in 0..4 {
            assert!(entries[0].scores[i] > entries[1].scores[i], "{i}");
        }
        assert!(table.bits(&entries[0]) > 0.0 && table.bits(&entries[1]) < 0.0);
        assert!(entries[1].once && !entries[0].once);
        assert!(entries[0].orders[0] > entries[0].orders[1]);
    }
}
