//! How probable a sequence of tokens is in the language of the outputs.
//!
//! Interpolated n-grams with Kneser and Ney's counts of the lower orders and three discounts (Chen and
//! Goodman, *An empirical study of smoothing techniques for language modeling*, 1998).

use super::trie::Trie;

/// What stands before the first token, and behind the last one.
const BEGIN: u32 = u32::MAX - 1;
const END: u32 = u32::MAX - 2;

/// An n-gram model.
pub(super) struct Language {
    order: usize,
    grams: Trie,
    /// For each n-gram: ln of its last token's probability given the others, ln of what it leaves
    /// to shorter ones, and the n-gram without its first token.
    nodes: Vec<Gram>,
    /// ln of the probability of a token that was never seen.
    strange: f32,
}

#[derive(Clone, Copy, Default)]
struct Gram {
    likely: f32,
    leaves: f32,
    shorter: u32,
    /// Tokens; with the bit 0x80: something follows it.
    length: u8,
}

const FOLLOWED: u8 = 0x80;

/// Where a sequence of tokens has led to: the longest end of it that predicts.
pub(super) type State = u32;

impl Language {
    /// Of texts as tokens from 1.
    pub(super) fn new<'a>(texts: impl Iterator<Item = &'a [u32]>, order: usize) -> Language {
        let mut grams = Trie::new();
        let mut counts: Vec<u32> = vec![0];
        let mut padded = Vec::new();
        for text in texts {
            padded.clear();
            padded.push(BEGIN);
            padded.extend(text);
            padded.push(END);
            for from in 0..padded.len() {
                let mut node = Trie::ROOT;
                for token in padded[from..].iter().take(order) {
                    node = grams.grow(node, *token);
                    if node as usize == counts.len() {
                        counts.push(0);
                    }
                    counts[node as usize] += 1;
                }
            }
        }
        let size = grams.len();
        let mut nodes = vec![Gram::default(); size];
        // Whether an n-gram begins where texts do: it has no other before it.
        let mut begins = vec![false; size];
        for node in 1..size {
            let (parent, token) = grams.parent(node as u32);
            let parent = parent as usize;
            nodes[node].length = nodes[parent].length + 1;
            nodes[parent].length |= FOLLOWED;
            nodes[node].length &= !FOLLOWED;
            begins[node] = begins[parent] || (parent == 0 && token == BEGIN);
            nodes[node].shorter = match parent {
                0 => Trie::ROOT,
                _ => grams
                    .child(nodes[parent].shorter, token)
                    .unwrap_or(Trie::ROOT),
            };
        }
        let long = |node: usize, nodes: &[Gram]| usize::from(nodes[node].length & !FOLLOWED);
        let mut different = vec![0u32; size];
        for node in 1..size {
            if long(node, &nodes) > 1 {
                different[nodes[node].shorter as usize] += 1;
            }
        }
        for node in 1..size {
            if long(node, &nodes) < order && !begins[node] {
                counts[node] = different[node];
            }
        }
        // What begins a text is never predicted.
        if let Some(begin) = grams.child(Trie::ROOT, BEGIN) {
            counts[begin as usize] = 0;
        }
        let (mut sums, mut taken) = (vec![0f64; size], vec![0f64; size]);
        let mut likely = vec![0f64; size];
        for length in 1..=order {
            let own: Vec<usize> = (1..size).filter(|n| long(*n, &nodes) == length).collect();
            let off = discounts(own.iter().map(|n| counts[*n]));
            let off = |count: u32| match count {
                0 => 0.0,
                count => off[count.min(3) as usize - 1],
            };
            for node in &own {
                let parent = grams.parent(*node as u32).0 as usize;
                sums[parent] += f64::from(counts[*node]);
                taken[parent] += off(counts[*node]);
            }
            // The root leaves to all tokens alike, one that was never seen among them.
            let even = 1.0 / (own.len() + 1) as f64;
            for node in own {
                let parent = grams.parent(node as u32).0 as usize;
                let sum = sums[parent].max(1.0);
                let rest = match length {
                    1 => even,
                    _ => likely[nodes[node].shorter as usize],
                };
                let own = f64::from(counts[node]) - off(counts[node]);
                likely[node] = own / sum + taken[parent] / sum * rest;
                nodes[node].likely = likely[node].max(1e-12).ln() as f32;
            }
        }
        for node in 0..size {
            let leaves = taken[node] / sums[node];
            // Where nothing followed, all is left.
            nodes[node].leaves = match leaves > 0.0 {
                true => leaves.ln() as f32,
                false => 0.0,
            };
        }
        let ones = (1..size).filter(|n| long(*n, &nodes) == 1).count() as f64;
        let left = f64::from(nodes[0].leaves).exp();
        Language {
            order,
            strange: (left / (ones + 1.0)).max(1e-12).ln() as f32,
            grams,
            nodes,
        }
    }

    /// Before the first token.
    pub(super) fn begin(&self) -> State {
        self.grams.child(Trie::ROOT, BEGIN).unwrap_or(Trie::ROOT)
    }

    /// ln of the probability that `token` comes next, and where it leads to.
    #[inline]
    pub(super) fn next(&self, mut state: State, token: u32) -> (f32, State) {
        let mut sum = 0.0;
        loop {
            if let Some(child) = self.grams.child(state, token) {
                let gram = &self.nodes[child as usize];
                let mut next = child;
                let mut length = gram.length;
                // What nothing followed, or is as long as can be, predicts as its end does.
                while next != Trie::ROOT
                    && (length & FOLLOWED == 0 || usize::from(length & !FOLLOWED) >= self.order)
                {
                    next = self.nodes[next as usize].shorter;
                    length = self.nodes[next as usize].length;
                }
                return (sum + gram.likely, next);
            }
            if state == Trie::ROOT {
                return (sum + self.strange, Trie::ROOT);
            }
            let gram = &self.nodes[state as usize];
            sum += gram.leaves;
            state = gram.shorter;
        }
    }

    /// ln of the probability that nothing more comes.
    pub(super) fn end(&self, state: State) -> f32 {
        self.next(state, END).0
    }
}

/// What is taken off counts of one, of two, and of more, so that what has a place is left for what
/// was never seen: Chen and Goodman's formula.
pub(super) fn discounts(counts: impl Iterator<Item = u32>) -> [f64; 3] {
    let mut of = [0f64; 5];
    for count in counts.filter(|c| (1..=4).contains(c)) {
        of[count as usize] += 1.0;
    }
    let y = of[1] / (of[1] + 2.0 * of[2]).max(1.0);
    let off = |c: usize| c as f64 - (c + 1) as f64 * y * of[c + 1] / of[c].max(1.0);
    // Of few or odd counts, some of it.
    [
        off(1).clamp(0.2, 0.95),
        off(2).clamp(0.4, 1.6),
        off(3).clamp(0.5, 2.5),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_sum_to_one_after_anything() {
        let mut random = minlen_core::Random::new(4);
        let texts: Vec<Vec<u32>> = (0..60)
            .map(|_| {
                (0..random.below(8))
                    .map(|_| 1 + (random.below(4) * random.below(4)) as u32)
                    .collect()
            })
            .collect();
        let language = Language::new(texts.iter().map(Vec::as_slice), 4);
        for _ in 0..200 {
            let mut state = language.begin();
            for _ in 0..random.below(7) {
                state = language.next(state, 1 + random.below(11) as u32).1;
            }
            // Tokens 1 to 10, the end, and one that is strange.
            let known = (1..=10).filter(|t| language.grams.child(Trie::ROOT, *t).is_some());
            let all = known.chain([END, 77]);
            let sum: f32 = all.map(|t| language.next(state, t).0.exp()).sum();
            // The begin of texts has its share of what is left for strange ones.
            assert!((0.9..1.0001).contains(&sum), "{sum}");
        }
    }

    #[test]
    fn what_was_read_is_likelier() {
        let texts = [vec![1, 2, 3], vec![1, 2, 3], vec![3, 1], vec![2, 2]];
        let language = Language::new(texts.iter().map(Vec::as_slice), 3);
        let cost = |tokens: &[u32]| {
            let (mut sum, mut state) = (0.0, language.begin());
            for token in tokens {
                let (p, next) = language.next(state, *token);
                (sum, state) = (sum + p, next);
            }
            sum + language.end(state)
        };
        assert!(cost(&[1, 2, 3]) > cost(&[2, 1, 3]));
        assert!(cost(&[1, 2, 3]) > cost(&[3, 2, 1]));
        assert!(cost(&[1, 2]) > cost(&[1, 9]));
    }
}
