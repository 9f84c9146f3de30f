//! Looking for the best translations: a beam of beginnings, by how many words they have translated.
//!
//! Phrases of the input are taken in any order within a limit; each is followed by one of what it may
//! become. Beginnings that no later step can tell apart are one (with all ways to it kept); of those
//! that translate as many words the best stay, by their score and what the rest will cost at best
//! (Koehn, *Pharaoh*, AMTA 2004). The n best ways through what was kept are found from the end, where
//! the score of the best way from the beginning is the exact guide (A*: Hart, Nilsson and Raphael 1968).

use super::language::{Language, State};
use super::table::{LONG, Order, Table};
use super::trie::Trie;
use std::collections::{BTreeSet, BinaryHeap};

/// What is weighed.
pub(super) const FEATURES: usize = 16;
/// Their places.
pub(super) mod feature {
    pub(in super::super) const LANGUAGE: usize = 0;
    /// Four: see [`Entry`](super::super::table::Entry).
    pub(in super::super) const PHRASES: usize = 1;
    pub(in super::super) const ONCE: usize = 5;
    pub(in super::super) const PHRASE: usize = 6;
    pub(in super::super) const WORD: usize = 7;
    pub(in super::super) const LETTER: usize = 8;
    pub(in super::super) const JUMP: usize = 9;
    /// Three: one for each [`Order`](super::Order).
    pub(in super::super) const ORDERS: usize = 10;
    pub(in super::super) const COPIED: usize = 13;
    pub(in super::super) const DROPPED: usize = 14;
    pub(in super::super) const ALIKE: usize = 15;
}

/// Features of something, or their weights.
pub(super) type Features = [f32; FEATURES];

/// Tokens of an input at most.
pub(super) const WORDS: usize = 40;
/// Beginnings that stay for each number of words.
pub(super) const BEAM: usize = 120;
/// What a phrase may become, the best of it.
const CHOICES: usize = 20;
/// How far the next phrase may be. English to Chinese, a fifth of the training examples held out (seed 5):
/// chrF 24.7 with 6 and a beam of 60, 24.9 with 8, 25.0 with 10 and a beam of 120, no more beyond.
const LIMIT: usize = 10;
/// Beginnings that are looked at before those that are the same are joined: times those that stay.
const LOOKED: usize = 8;
/// How far below the best a beginning may be.
const MARGIN: f32 = 12.0;
/// Ways to a beginning that are kept.
const WAYS: usize = 10;

/// One way to translate a phrase of an input.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// Where the phrase begins and ends.
    pub(super) from: usize,
    pub(super) to: usize,
    /// What it becomes.
    pub(super) tokens: Vec<u32>,
    /// All but what hangs on its neighbours.
    pub(super) features: Features,
    /// For each [`Order`], ln of its probability.
    pub(super) orders: [f32; 3],
    /// Bits that the phrase spares what it becomes.
    pub(super) bits: f64,
}

/// A translation.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// Its tokens.
    pub(super) tokens: Vec<u32>,
    pub(super) features: Features,
    pub(super) score: f32,
    /// The choices that it is made of, in order.
    pub(super) choices: Vec<u32>,
}

/// What searches.
pub(super) struct Search<'a> {
    pub(super) language: &'a Language,
    pub(super) weights: &'a Features,
    pub(super) beam: usize,
}

/// Beginnings that cannot be told apart.
struct Node {
    covered: u64,
    from: u8,
    to: u8,
    state: State,
    /// The best way's score.
    score: f32,
    /// Ways to here: from which node, by which choice, what it adds to the score.
    ways: Vec<(u32, u32, f32)>,
}

/// A beginning, before it is joined with others.
#[derive(Clone, Copy)]
struct Begun {
    covered: u64,
    from: u8,
    to: u8,
    state: State,
    score: f32,
    /// With the best that the rest can come to.
    total: f32,
    before: u32,
    choice: u32,
}

impl Begun {
    fn key(&self) -> (u64, u8, u8, State) {
        (self.covered, self.from, self.to, self.state)
    }
}

impl Search<'_> {
    /// The `n` best translations of an input of so many words, the best first.
    pub(super) fn best(&self, words: usize, choices: &[Choice], n: usize) -> Vec<Way> {
        let words = words.min(WORDS);
        let (all, estimates) = self.by_span(words, choices);
        let rest = rest(words, &all, &estimates);
        let full = if words == 0 {
            0
        } else {
            u64::MAX >> (64 - words)
        };
        let mut nodes = vec![self.beginning()];
        let mut stacks: Vec<Vec<Begun>> = vec![Vec::new(); words + 1];
        let mut tops = vec![f32::NEG_INFINITY; words + 1];
        let mut now = 0..1;
        for done in 0..words {
            for node in now.clone() {
                self.extend(
                    node,
                    &nodes,
                    choices,
                    &all,
                    &estimates,
                    &rest,
                    words,
                    &mut stacks,
                    &mut tops,
                );
            }
            // What is done is in order; what comes next is joined and cut.
            let begun = std::mem::take(&mut stacks[done + 1]);
            let from = nodes.len();
            join(begun, self.beam, &mut nodes);
            now = from..nodes.len();
        }
        let goal = nodes.len() as u32;
        let mut ends: Vec<(u32, f32)> = Vec::new();
        for node in now {
            if nodes[node].covered == full {
                let end = self.language.end(nodes[node].state);
                ends.push((node as u32, self.weights[feature::LANGUAGE] * end));
            }
        }
        let _ = goal;
        self.ways(&nodes, &ends, choices, n)
    }

    /// For each span, its choices with the best first, as many as are looked at; and for each choice
    /// what it is worth, its neighbours left out.
    fn by_span(&self, words: usize, choices: &[Choice]) -> (Vec<Vec<u32>>, Vec<(f32, f32)>) {
        let mut all = vec![Vec::new(); words * (words + 1)];
        let mut estimates = Vec::with_capacity(choices.len());
        for (i, choice) in choices.iter().enumerate() {
            let own = dot(self.weights, &choice.features);
            let (mut language, mut state) = (0.0, Trie::ROOT);
            for token in &choice.tokens {
                let (p, next) = self.language.next(state, *token);
                (language, state) = (language + p, next);
            }
            let whole = own + self.weights[feature::LANGUAGE] * language;
            estimates.push((own, whole));
            if choice.to <= words {
                all[choice.from * (words + 1) + choice.to].push(i as u32);
            }
        }
        for span in &mut all {
            let worth = |i: &u32| estimates[*i as usize].1;
            span.sort_by(|a, b| worth(b).total_cmp(&worth(a)).then(a.cmp(b)));
            span.truncate(CHOICES);
        }
        (all, estimates)
    }

    /// Adds all that one more phrase makes of a beginning.
    #[allow(clippy::too_many_arguments)]
    fn extend(
        &self,
        at: usize,
        nodes: &[Node],
        choices: &[Choice],
        all: &[Vec<u32>],
        estimates: &[(f32, f32)],
        rest: &[f32],
        words: usize,
        stacks: &mut [Vec<Begun>],
        tops: &mut [f32],
    ) {
        let node = &nodes[at];
        let first = (!node.covered).trailing_zeros() as usize;
        for from in first..words.min(usize::from(node.to) + LIMIT + 1) {
            if node.covered >> from & 1 == 1 || from + LIMIT < usize::from(node.to) {
                continue;
            }
            for to in from + 1..=words {
                if node.covered >> (to - 1) & 1 == 1 {
                    break;
                }
                // It must be possible to go back to the first gap.
                if from > first && to > first + LIMIT {
                    break;
                }
                let span = &all[from * (words + 1) + to];
                if span.is_empty() {
                    continue;
                }
                let covered = node.covered | (u64::MAX >> (64 - (to - from))) << from;
                let stack = covered.count_ones() as usize;
                let future = future(covered, words, rest);
                let order = order(node, from, to);
                let jump = from.abs_diff(node.to.into()) as f32;
                let before = node.score - self.weights[feature::JUMP] * jump;
                for i in span {
                    let choice = &choices[*i as usize];
                    let (own, whole) = estimates[*i as usize];
                    let turn = self.weights[feature::ORDERS + order as usize]
                        * choice.orders[order as usize];
                    if before + whole + turn + future < tops[stack] - MARGIN {
                        continue;
                    }
                    let (mut language, mut state) = (0.0, node.state);
                    for token in &choice.tokens {
                        let (p, next) = self.language.next(state, *token);
                        (language, state) = (language + p, next);
                    }
                    let score = before + own + turn + self.weights[feature::LANGUAGE] * language;
                    let total = score + future;
                    if total < tops[stack] - MARGIN {
                        continue;
                    }
                    tops[stack] = tops[stack].max(total);
                    stacks[stack].push(Begun {
                        covered,
                        from: from as u8,
                        to: to as u8,
                        state,
                        score,
                        total,
                        before: at as u32,
                        choice: *i,
                    });
                }
            }
        }
    }

    /// The n best ways, told apart by their tokens.
    fn ways(&self, nodes: &[Node], ends: &[(u32, f32)], choices: &[Choice], n: usize) -> Vec<Way> {
        let mut open = BinaryHeap::new();
        // What follows: a choice and where what follows that is.
        let mut tails: Vec<(u32, u32)> = Vec::new();
        for (node, gain) in ends {
            let total = nodes[*node as usize].score + gain;
            open.push(Open {
                total,
                gain: *gain,
                node: *node,
                tail: u32::MAX,
            });
        }
        let (mut found, mut known) = (Vec::new(), BTreeSet::new());
        let mut tries = 30 * n;
        while let Some(Open {
            total,
            gain,
            node,
            mut tail,
        }) = open.pop()
        {
            if node == 0 {
                let mut made = Vec::new();
                while tail != u32::MAX {
                    let (choice, next) = tails[tail as usize];
                    made.push(choice);
                    tail = next;
                }
                let parts = made.iter().flat_map(|i| &choices[*i as usize].tokens);
                let tokens: Vec<u32> = parts.copied().collect();
                if known.insert(tokens.clone()) {
                    found.push(Way {
                        features: self.features(&made, choices),
                        tokens,
                        score: total,
                        choices: made,
                    });
                }
                tries -= 1;
                if found.len() >= n || tries == 0 {
                    break;
                }
                continue;
            }
            for (before, choice, more) in &nodes[node as usize].ways {
                tails.push((*choice, tail));
                open.push(Open {
                    total: nodes[*before as usize].score + more + gain,
                    gain: more + gain,
                    node: *before,
                    tail: tails.len() as u32 - 1,
                });
            }
        }
        found
    }

    /// Where nothing is translated yet.
    fn beginning(&self) -> Node {
        Node {
            covered: 0,
            from: 0,
            to: 0,
            state: self.language.begin(),
            score: 0.0,
            ways: Vec::new(),
        }
    }

    /// The features of a whole translation.
    fn features(&self, made: &[u32], choices: &[Choice]) -> Features {
        let mut sum = [0.0; FEATURES];
        let mut node = self.beginning();
        for i in made {
            let choice = &choices[*i as usize];
            for (sum, f) in sum.iter_mut().zip(&choice.features) {
                *sum += f;
            }
            let order = order(&node, choice.from, choice.to) as usize;
            sum[feature::ORDERS + order] += choice.orders[order];
            sum[feature::JUMP] -= choice.from.abs_diff(node.to.into()) as f32;
            for token in &choice.tokens {
                let (p, next) = self.language.next(node.state, *token);
                sum[feature::LANGUAGE] += p;
                node.state = next;
            }
            (node.from, node.to) = (choice.from as u8, choice.to as u8);
        }
        sum[feature::LANGUAGE] += self.language.end(node.state);
        sum
    }
}

/// How a phrase stands to the one before.
fn order(before: &Node, from: usize, to: usize) -> Order {
    match () {
        () if from == usize::from(before.to) => Order::Same,
        () if to == usize::from(before.from) => Order::Swapped,
        () => Order::Other,
    }
}

/// Joins beginnings that are the same, and keeps the best ones.
fn join(mut begun: Vec<Begun>, beam: usize, nodes: &mut Vec<Node>) {
    let better = |a: &Begun, b: &Begun| {
        let ties = (a.before, a.choice).cmp(&(b.before, b.choice));
        b.total.total_cmp(&a.total).then(ties)
    };
    let most = beam * LOOKED;
    if begun.len() > most {
        begun.select_nth_unstable_by(most, better);
        begun.truncate(most);
    }
    begun.sort_unstable_by(|a, b| a.key().cmp(&b.key()).then(better(a, b)));
    let mut groups: Vec<&[Begun]> = begun.chunk_by(|a, b| a.key() == b.key()).collect();
    groups.sort_by(|a, b| better(&a[0], &b[0]));
    for group in groups.into_iter().take(beam) {
        let best = group[0];
        let ways = group.iter().take(WAYS);
        let ways = ways.map(|b| (b.before, b.choice, b.score - nodes[b.before as usize].score));
        nodes.push(Node {
            covered: best.covered,
            from: best.from,
            to: best.to,
            state: best.state,
            score: best.score,
            ways: ways.collect(),
        });
    }
}

/// The best that each span can come to, its neighbours left out.
fn rest(words: usize, all: &[Vec<u32>], estimates: &[(f32, f32)]) -> Vec<f32> {
    let mut best = vec![f32::NEG_INFINITY; words * (words + 1)];
    for length in 1..=words {
        for from in 0..=words - length {
            let to = from + length;
            let span = &all[from * (words + 1) + to];
            let mut most = span
                .first()
                .map_or(f32::NEG_INFINITY, |i| estimates[*i as usize].1);
            for middle in from + 1..to {
                let parts = best[from * (words + 1) + middle] + best[middle * (words + 1) + to];
                most = most.max(parts);
            }
            best[from * (words + 1) + to] = most;
        }
    }
    best
}

/// The best that all that is not covered can come to.
fn future(covered: u64, words: usize, rest: &[f32]) -> f32 {
    let (mut sum, mut from) = (0.0, 0);
    while from < words {
        if covered >> from & 1 == 1 {
            from += 1;
            continue;
        }
        let free = (covered >> from).trailing_zeros() as usize;
        let to = words.min(from + free);
        sum += rest[from * (words + 1) + to];
        from = to;
    }
    sum
}

pub(super) fn dot(weights: &Features, features: &Features) -> f32 {
    weights.iter().zip(features).map(|(w, f)| w * f).sum()
}

/// An end of a translation, ordered by the best whole that it is part of.
struct Open {
    total: f32,
    /// Of the end alone.
    gain: f32,
    node: u32,
    tail: u32,
}

impl Ord for Open {
    fn cmp(&self, other: &Open) -> std::cmp::Ordering {
        let ties = (other.node, other.tail).cmp(&(self.node, self.tail));
        self.total.total_cmp(&other.total).then(ties)
    }
}
impl PartialOrd for Open {
    fn partial_cmp(&self, other: &Open) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl PartialEq for Open {
    fn eq(&self, other: &Open) -> bool {
        self.cmp(other).is_eq()
    }
}
impl Eq for Open {}

/// What the phrases of an input may become; `source` are its tokens (0: unknown).
pub(super) fn choices(
    table: &Table,
    weights: &Features,
    source: &[u32],
    letters: &dyn Fn(u32) -> f32,
) -> Vec<Choice> {
    let mut all = Vec::new();
    for from in 0..source.len() {
        let mut node = Trie::ROOT;
        for to in from + 1..=source.len().min(from + LONG) {
            match table.sources.child(node, source[to - 1]) {
                Some(child) => node = child,
                None => break,
            }
            of_node(table, weights, node, (from, to), letters, &mut all);
        }
    }
    all
}

/// The best of what a phrase may become.
pub(super) fn of_node(
    table: &Table,
    weights: &Features,
    node: u32,
    (from, to): (usize, usize),
    letters: &dyn Fn(u32) -> f32,
    all: &mut Vec<Choice>,
) {
    let worth = |scores: &[f32; 4]| -> f32 {
        let each = scores.iter().zip(&weights[feature::PHRASES..]);
        each.map(|(s, w)| s * w).sum()
    };
    let mut entries: Vec<_> = table.entries(node).iter().collect();
    // Words and letters are not in this worth: some more are kept for them.
    entries.sort_by(|a, b| worth(&b.scores).total_cmp(&worth(&a.scores)));
    for entry in entries.into_iter().take(CHOICES + CHOICES / 2) {
        let tokens = table.targets.tokens(entry.target);
        let mut features = [0.0; FEATURES];
        features[feature::PHRASES..][..4].copy_from_slice(&entry.scores);
        features[feature::ONCE] = f32::from(u8::from(entry.once));
        features[feature::PHRASE] = 1.0;
        features[feature::WORD] = tokens.len() as f32;
        features[feature::LETTER] = tokens.iter().map(|t| letters(*t)).sum();
        all.push(Choice {
            from,
            to,
            tokens,
            features,
            orders: entry.orders,
            bits: table.bits(entry),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn language() -> Language {
        let texts: Vec<Vec<u32>> = vec![vec![1, 2, 3], vec![3, 1, 2], vec![2, 4], vec![1, 4, 3, 2]];
        Language::new(texts.iter().map(Vec::as_slice), 3)
    }

    fn drawn(random: &mut minlen_core::Random, words: usize) -> Vec<Choice> {
        let mut number = || random.below(1000) as f32 / 500.0 - 1.0;
        let mut all = Vec::new();
        for from in 0..words {
            for to in from + 1..=words.min(from + 2) {
                for token in 0..2 {
                    let mut features = [0.0; FEATURES];
                    features[feature::PHRASES] = number();
                    features[feature::PHRASE] = 1.0;
                    let tokens = vec![1 + (from + token) as u32 % 4; to - from];
                    let orders = [number(), number(), number()];
                    all.push(Choice {
                        from,
                        to,
                        tokens,
                        features,
                        orders,
                        bits: 0.0,
                    });
                }
            }
        }
        all
    }

    /// Every way to translate `words` words.
    fn every(words: usize, choices: &[Choice], made: &mut Vec<u32>, all: &mut Vec<Vec<u32>>) {
        let covered = made.iter().flat_map(|i| {
            let c: &Choice = &choices[*i as usize];
            c.from..c.to
        });
        let covered: BTreeSet<usize> = covered.collect();
        if covered.len() == words {
            all.push(made.clone());
            return;
        }
        for (i, choice) in choices.iter().enumerate() {
            if !(choice.from..choice.to).any(|w| covered.contains(&w)) {
                made.push(i as u32);
                every(words, choices, made, all);
                made.pop();
            }
        }
    }

    #[test]
    fn the_best_way_is_found_and_the_next_ones_in_order() {
        let language = language();
        let mut random = minlen_core::Random::new(2);
        let mut weights = [0.0; FEATURES];
        weights[feature::LANGUAGE] = 0.4;
        weights[feature::PHRASES] = 1.0;
        weights[feature::PHRASE] = -0.2;
        weights[feature::JUMP] = 0.1;
        weights[feature::ORDERS..][..3].copy_from_slice(&[0.3, 0.2, 0.1]);
        let search = Search {
            language: &language,
            weights: &weights,
            beam: 10_000,
        };
        for words in [0, 1, 2, 4] {
            for _ in 0..10 {
                let choices = drawn(&mut random, words);
                let mut all = Vec::new();
                every(words, &choices, &mut Vec::new(), &mut all);
                let score = |made: &Vec<u32>| dot(&weights, &search.features(made, &choices));
                let mut right: Vec<f32> = all.iter().map(score).collect();
                right.sort_by(|a, b| b.total_cmp(a));
                let ways = search.best(words, &choices, 50);
                assert!((ways[0].score - right[0]).abs() < 1e-4);
                let scores = ways.windows(2).map(|w| w[0].score - w[1].score);
                assert!(scores.into_iter().all(|down| down > -1e-4));
                for way in &ways {
                    assert!((dot(&weights, &way.features) - way.score).abs() < 1e-4);
                    assert!((score(&way.choices) - way.score).abs() < 1e-4);
                }
            }
        }
    }
}
