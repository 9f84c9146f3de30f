//! Which words of an input go with which of its output, learnt from pairs alone.
//!
//! First Model 1 (Brown et al., *The mathematics of statistical machine translation*, 1993), which
//! knows no order; then a hidden Markov model, whose states are places in the input and whose jumps
//! are short (Vogel, Ney and Tillmann 1996; with a way to come from nowhere, Och and Ney 2003). Both
//! by expectation and maximisation, the maximum smoothed by a sparse Dirichlet prior, so that rare
//! words do not collect what they have no part in (Mermer and Saraçlar, ACL 2011). It is done both
//! ways, and what the two say is joined (grow-diag-final-and: Koehn, Och and Marcu 2003).

use super::trie::Pairs;
use crate::{Effort, Error};

/// Rounds of Model 1, then of the Markov model.
const FIRST: u32 = 5;
/// All rounds.
pub(super) const ROUNDS: u32 = 10;
/// Tokens of a side at most.
pub(super) const LONGEST: usize = 100;
/// The parameter of the prior.
const PRIOR: f64 = 0.01;
/// How often a word comes from nowhere.
const NOWHERE: f64 = 0.1;
/// Longer jumps are as rare as this one.
const JUMP: i32 = 8;

/// An input and its output, as numbers from 1.
pub(super) type Pair = (Vec<u32>, Vec<u32>);
/// Places of a pair that belong together, in order.
pub(super) type Links = Vec<(u8, u8)>;

/// Aligns pairs, each side of 1 to [`LONGEST`] tokens; also says how many rounds were made: `rounds`,
/// or what there was time for, one at least.
pub(super) fn align(
    pairs: &[Pair],
    rounds: u32,
    effort: &Effort,
) -> Result<(Vec<Links>, u32), Error> {
    let corpus = Corpus::new(pairs);
    let mut there = Direction::new(&corpus, true);
    let mut back = Direction::new(&corpus, false);
    let mut made = 0;
    while made < rounds.max(1) && (made == 0 || !effort.over()) {
        effort.go_on()?;
        let hidden = made >= FIRST;
        both(
            effort.threads,
            || there.round(&corpus, hidden),
            || back.round(&corpus, hidden),
        );
        made += 1;
    }
    let (there, back) = both(
        effort.threads,
        || there.best(&corpus),
        || back.best(&corpus),
    );
    let joined = there.iter().zip(&back).zip(pairs);
    let joined = joined.map(|((t, b), (x, y))| symmetrise(t, b, x.len(), y.len()));
    Ok((joined.collect(), made))
}

/// Does both, at the same time if there are threads.
fn both<A: Send, B: Send>(
    threads: usize,
    a: impl FnOnce() -> A + Send,
    b: impl FnOnce() -> B + Send,
) -> (A, B) {
    if threads < 2 {
        return (a(), b());
    }
    std::thread::scope(|scope| {
        let other = scope.spawn(b);
        let a = a();
        let b = other.join();
        // A panic in there is one here.
        (
            a,
            b.unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
        )
    })
}

/// Pairs of words that come together, each with a place; 0 on one side: nowhere.
struct Corpus {
    /// For each pair: tokens of both sides, and where its places begin.
    pairs: Vec<(usize, usize, usize)>,
    /// The place of each word of the input, 0 first, with each of the output.
    cells: Vec<u32>,
    /// The words of a place.
    words: Vec<(u32, u32)>,
    /// Words of a side, with 0.
    sizes: (usize, usize),
}

impl Corpus {
    fn new(pairs: &[Pair]) -> Corpus {
        let mut known = Pairs::new();
        let mut corpus = Corpus {
            pairs: Vec::with_capacity(pairs.len()),
            cells: Vec::new(),
            words: Vec::new(),
            sizes: (1, 1),
        };
        for (x, y) in pairs {
            corpus.pairs.push((x.len(), y.len(), corpus.cells.len()));
            for s in std::iter::once(&0).chain(x) {
                for t in std::iter::once(&0).chain(y) {
                    let new = corpus.words.len() as u32;
                    let cell = known.get_or(*s, *t, new);
                    if cell == new {
                        corpus.words.push((*s, *t));
                    }
                    corpus.cells.push(cell);
                }
                corpus.sizes.0 = corpus.sizes.0.max(*s as usize + 1);
            }
            let most = y.iter().copied().max().unwrap_or(0);
            corpus.sizes.1 = corpus.sizes.1.max(most as usize + 1);
        }
        corpus
    }
}

/// One way: the words of one side as coming from those of the other.
struct Direction {
    /// Whether outputs come from inputs.
    there: bool,
    /// How probable each place's word is, given the other.
    likely: Vec<f32>,
    /// How often each jump is made.
    jumps: Vec<f64>,
}

impl Direction {
    fn new(corpus: &Corpus, there: bool) -> Direction {
        Direction {
            there,
            likely: vec![1.0; corpus.words.len()],
            // Forward by one is the likeliest.
            jumps: (-JUMP..=JUMP)
                .map(|d| 1.0 / f64::from((d - 1).abs() + 1))
                .collect(),
        }
    }

    /// Probabilities of one pair: `[j][i]`, that word j comes from word i (0: from nowhere).
    fn emissions(&self, corpus: &Corpus, pair: usize, into: &mut Vec<f64>) -> (usize, usize) {
        let (x, y, from) = corpus.pairs[pair];
        let (n, m) = if self.there { (x, y) } else { (y, x) };
        into.clear();
        for j in 1..=m {
            for i in 0..=n {
                let cell = corpus.cells[from + self.cell(i, j, y)];
                into.push(f64::from(self.likely[cell as usize]));
            }
        }
        (n, m)
    }

    /// Where the place of words i and j stands, for outputs of so many words.
    fn cell(&self, i: usize, j: usize, y: usize) -> usize {
        match self.there {
            true => i * (y + 1) + j,
            false => j * (y + 1) + i,
        }
    }

    /// One round of expectation and maximisation.
    fn round(&mut self, corpus: &Corpus, hidden: bool) {
        let mut counts = vec![0f64; corpus.words.len()];
        let mut jumps = vec![1e-3; self.jumps.len()];
        let (mut emissions, mut posteriors) = (Vec::new(), Vec::new());
        let mut chain = Chain::default();
        for pair in 0..corpus.pairs.len() {
            let (n, m) = self.emissions(corpus, pair, &mut emissions);
            match hidden {
                true => {
                    chain.jumps(&self.jumps, n);
                    chain.posteriors(&emissions, n, m, &mut posteriors, &mut jumps);
                }
                false => {
                    posteriors.clear();
                    for row in emissions.chunks_exact(n + 1) {
                        let sum: f64 = row.iter().sum();
                        posteriors.extend(row.iter().map(|p| p / sum.max(1e-300)));
                    }
                }
            }
            let (_, y, from) = corpus.pairs[pair];
            for j in 1..=m {
                for i in 0..=n {
                    let cell = corpus.cells[from + self.cell(i, j, y)];
                    counts[cell as usize] += posteriors[(j - 1) * (n + 1) + i];
                }
            }
        }
        if hidden {
            self.jumps = jumps;
        }
        let given = |words: &(u32, u32)| if self.there { words.0 } else { words.1 } as usize;
        let comes = |words: &(u32, u32)| if self.there { words.1 } else { words.0 } as usize;
        let size = if self.there {
            corpus.sizes.0
        } else {
            corpus.sizes.1
        };
        let (mut sums, mut kinds) = (vec![0f64; size], vec![0f64; size]);
        for (words, count) in corpus.words.iter().zip(&counts) {
            if comes(words) > 0 {
                sums[given(words)] += count;
                kinds[given(words)] += 1.0;
            }
        }
        for (sum, kinds) in sums.iter_mut().zip(kinds) {
            *sum = digamma(*sum + PRIOR * kinds);
        }
        for (i, words) in corpus.words.iter().enumerate() {
            let p = (digamma(counts[i] + PRIOR) - sums[given(words)]).exp();
            self.likely[i] = p.max(1e-12) as f32;
        }
    }

    /// For each pair, where each word most likely comes from, all together; 0: from nowhere.
    fn best(&self, corpus: &Corpus) -> Vec<Vec<u8>> {
        let mut emissions = Vec::new();
        let mut chain = Chain::default();
        let pairs = 0..corpus.pairs.len();
        let best = pairs.map(|pair| {
            let (n, m) = self.emissions(corpus, pair, &mut emissions);
            chain.jumps(&self.jumps, n);
            chain.best(&emissions, n, m)
        });
        best.collect()
    }
}

/// The hidden Markov model on one pair. A state is the place that the last word which came from
/// anywhere came from, 0 before the first.
#[derive(Default)]
struct Chain {
    /// `[from][to]`: probabilities of jumps; column 0 is not used.
    moves: Vec<f64>,
    ahead: Vec<f64>,
    real: Vec<f64>,
    back: Vec<f64>,
}

/// The kind of a jump.
fn jump(from: usize, to: usize) -> usize {
    ((to as i32 - from as i32).clamp(-JUMP, JUMP) + JUMP) as usize
}

impl Chain {
    fn jumps(&mut self, jumps: &[f64], n: usize) {
        self.moves.clear();
        for from in 0..=n {
            let sum: f64 = (1..=n).map(|to| jumps[jump(from, to)]).sum();
            self.moves.push(0.0);
            let each = (1..=n).map(|to| (1.0 - NOWHERE) * jumps[jump(from, to)] / sum);
            self.moves.extend(each);
        }
    }

    /// Forward and backward (Rabiner 1989).
    fn posteriors(
        &mut self,
        emissions: &[f64],
        n: usize,
        m: usize,
        into: &mut Vec<f64>,
        counts: &mut [f64],
    ) {
        let w = n + 1;
        let Chain {
            moves,
            ahead,
            real,
            back,
        } = self;
        // Row j: after j words.
        ahead.clear();
        ahead.resize((m + 1) * w, 0.0);
        real.clear();
        real.resize((m + 1) * w, 0.0);
        back.clear();
        back.resize((m + 1) * w, 1.0);
        ahead[0] = 1.0;
        for j in 1..=m {
            let (before, now) = ahead.split_at_mut(j * w);
            let before = &before[(j - 1) * w..];
            let real = &mut real[j * w..][..w];
            let e = &emissions[(j - 1) * w..][..w];
            for (from, p) in before.iter().enumerate() {
                let moves = &moves[from * w..][..w];
                for (real, a) in real.iter_mut().zip(moves) {
                    *real += p * a;
                }
            }
            let mut sum = 0.0;
            for i in 0..w {
                real[i] *= e[i];
                now[i] = real[i] + before[i] * NOWHERE * e[0];
                sum += now[i];
            }
            let scale = 1.0 / f64::max(sum, 1e-300);
            now[..w].iter_mut().for_each(|p| *p *= scale);
            real.iter_mut().for_each(|p| *p *= scale);
        }
        into.clear();
        into.resize(m * w, 0.0);
        for j in (1..=m).rev() {
            let (earlier, later) = back.split_at_mut(j * w);
            let (earlier, later) = (&mut earlier[(j - 1) * w..], &later[..w]);
            let before = &ahead[(j - 1) * w..][..w];
            let e = &emissions[(j - 1) * w..][..w];
            let row = &mut into[(j - 1) * w..][..w];
            let mut sum = 0.0;
            for i in 1..w {
                row[i] = real[j * w + i] * later[i];
                sum += row[i];
            }
            // Of where one may be, what is not from a word just now is from nowhere.
            let nowhere: f64 = (0..w)
                .map(|i| (ahead[j * w + i] - real[j * w + i]) * later[i])
                .sum();
            row[0] = nowhere;
            let all = f64::max(sum + nowhere, 1e-300);
            row.iter_mut().for_each(|p| *p /= all);
            let mut most = 0.0;
            for from in 0..w {
                let mut p = NOWHERE * e[0] * later[from];
                for to in 1..w {
                    p += moves[from * w + to] * e[to] * later[to];
                }
                earlier[from] = p;
                most = f64::max(most, p);
            }
            let mut flow = 0.0;
            for from in 0..w {
                flow += before[from] * earlier[from];
            }
            let share = 1.0 / f64::max(flow, 1e-300);
            for from in 0..w {
                for to in 1..w {
                    let p = before[from] * moves[from * w + to] * e[to] * later[to];
                    counts[jump(from, to)] += p * share;
                }
            }
            let scale = 1.0 / f64::max(most, 1e-300);
            earlier.iter_mut().for_each(|p| *p *= scale);
        }
    }

    /// The likeliest states (Viterbi 1967).
    fn best(&mut self, emissions: &[f64], n: usize, m: usize) -> Vec<u8> {
        let w = n + 1;
        let mut now = vec![f64::NEG_INFINITY; w];
        now[0] = 0.0;
        // For each word and state: where it was before, and whether the word came from nowhere.
        let mut ways = vec![(0u8, false); m * w];
        let moves: Vec<f64> = self.moves.iter().map(|p| p.ln()).collect();
        for j in 0..m {
            let e = &emissions[j * w..][..w];
            let none = (NOWHERE * e[0]).ln();
            let mut next = vec![f64::NEG_INFINITY; w];
            for to in 0..w {
                let way = &mut ways[j * w + to];
                (next[to], *way) = (now[to] + none, (to as u8, true));
                let e = e[to].ln();
                for from in 0..w {
                    let p = now[from] + moves[from * w + to] + e;
                    if to > 0 && p > next[to] {
                        (next[to], *way) = (p, (from as u8, false));
                    }
                }
            }
            now = next;
        }
        let mut at = (0..w).fold(0, |best, i| if now[i] > now[best] { i } else { best });
        let mut from = vec![0; m];
        for j in (0..m).rev() {
            let (before, nowhere) = ways[j * w + at];
            from[j] = if nowhere { 0 } else { at as u8 };
            at = before.into();
        }
        from
    }
}

/// Joins both ways: what both say, then links beside those that one of them says, then those that
/// one says of words without any. `there[j]` and `back[i]` count from 1.
fn symmetrise(there: &[u8], back: &[u8], n: usize, m: usize) -> Links {
    let one = |i: usize, j: usize| usize::from(there[j]) == i + 1;
    let two = |i: usize, j: usize| usize::from(back[i]) == j + 1;
    let mut linked = vec![false; n * m];
    let (mut rows, mut columns) = (vec![false; n], vec![false; m]);
    for i in 0..n {
        for j in 0..m {
            if one(i, j) && two(i, j) {
                (linked[i * m + j], rows[i], columns[j]) = (true, true, true);
            }
        }
    }
    let mut more = true;
    while std::mem::take(&mut more) {
        for i in 0..n {
            for j in 0..m {
                if !linked[i * m + j] {
                    continue;
                }
                for (di, dj) in [
                    (-1, 0),
                    (0, -1),
                    (1, 0),
                    (0, 1),
                    (-1, -1),
                    (-1, 1),
                    (1, -1),
                    (1, 1),
                ] {
                    let (Some(a), Some(b)) = (i.checked_add_signed(di), j.checked_add_signed(dj))
                    else {
                        continue;
                    };
                    if a < n && b < m && !(rows[a] && columns[b]) && (one(a, b) || two(a, b)) {
                        (linked[a * m + b], rows[a], columns[b]) = (true, true, true);
                        more = true;
                    }
                }
            }
        }
    }
    for says in [&one as &dyn Fn(usize, usize) -> bool, &two] {
        for i in 0..n {
            for j in 0..m {
                if !rows[i] && !columns[j] && says(i, j) {
                    (linked[i * m + j], rows[i], columns[j]) = (true, true, true);
                }
            }
        }
    }
    let all = (0..n * m).filter(|at| linked[*at]);
    all.map(|at| ((at / m) as u8, (at % m) as u8)).collect()
}

/// The derivative of ln Γ, for x > 0 (Abramowitz and Stegun 1964, 6.3.5 and 6.3.18).
fn digamma(mut x: f64) -> f64 {
    let mut sum = 0.0;
    while x < 6.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let y = 1.0 / (x * x);
    sum + x.ln() - 0.5 / x - y * (1.0 / 12.0 - y * (1.0 / 120.0 - y / 252.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn aligned(pairs: &[Pair], threads: usize) -> Vec<Links> {
        let effort = Effort {
            until: Instant::now(),
            like: Some(""),
            threads,
            watch: &(),
        };
        align(pairs, ROUNDS, &effort).unwrap().0
    }

    #[test]
    fn words_find_each_other_in_a_toy_language() {
        // Word w is 100 - w; the order is turned round; 7 comes on one side only.
        let mut random = minlen_core::Random::new(1);
        let mut pairs: Vec<Pair> = Vec::new();
        for _ in 0..300 {
            let x: Vec<u32> = (0..3 + random.below(4))
                .map(|_| 10 + random.below(20) as u32)
                .collect();
            let mut y: Vec<u32> = x.iter().rev().map(|w| 100 - w).collect();
            y.insert(y.len() / 2, 7);
            pairs.push((x, y));
        }
        let links = aligned(&pairs, 1);
        let (mut right, mut all) = (0, 0);
        for ((x, y), links) in pairs.iter().zip(&links) {
            right += links
                .iter()
                .filter(|(i, j)| x[usize::from(*i)] + y[usize::from(*j)] == 100)
                .count();
            all += x.len();
        }
        assert!(right as f64 > 0.97 * all as f64, "{right} of {all}");
        let made: usize = links.iter().map(Vec::len).sum();
        assert!((made as f64) < 1.3 * all as f64, "{made} for {all}");
        assert_eq!(links, aligned(&pairs, 2));
    }

    #[test]
    fn both_ways_are_joined() {
        // They agree on (0, 0); (1, 1) is beside it and said once; (3, 3) is far away.
        let there = [1, 2, 0, 4];
        let back = [1, 0, 0, 0];
        assert_eq!(symmetrise(&there, &back, 4, 4), [(0, 0), (1, 1), (3, 3)]);
        assert_eq!(symmetrise(&[0, 0], &[0], 1, 2), []);
    }

    #[test]
    fn digamma_is_the_derivative() {
        // −γ at 1, and ψ(x + 1) = ψ(x) + 1 / x.
        assert!((digamma(1.0) + 0.577_215_664_901).abs() < 1e-7);
        for x in [0.01, 0.3, 2.0, 50.0] {
            assert!((digamma(x + 1.0) - digamma(x) - 1.0 / x).abs() < 1e-7);
        }
    }
}
