//! Bit histories: one byte that remembers what followed a context at one node.
//!
//! A state stands for (n0, n1, last): counts of zeros and ones seen, bounded and aged, and the
//! last bit. A surprise ages the other count, so that old statistics give way to new ones
//! (nonstationary counters, Mahoney, PAQ6 onwards). The table is not typed in but generated: all
//! states that can be reached from (0, 0) by a [`Rule`], numbered by n0 + n1, then n0, then last.
//! So state 0 is "never seen", and a larger number means at least as many bits seen: the order of
//! worth when one of two lines must go.

use crate::kernels::Next;

/// What a state number stands for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct History {
    /// n0 + n1.
    pub(crate) total: u8,
    /// Zeros.
    pub(crate) zeros: u8,
    /// The last bit if both have been seen, else 0.
    pub(crate) last: u8,
}

/// How histories go on.
pub(crate) struct Rule {
    /// The larger count may be at most this, by the smaller count; 0 for smaller counts above 5.
    pub(crate) bound: [u8; 6],
    /// A count n becomes aged\[min(n, 8)\] when the other bit is seen.
    pub(crate) aged: [u8; 9],
    /// The last bit is remembered of histories of fewer bits than this.
    pub(crate) remembered: u8,
}

impl Rule {
    /// One bit more: its count goes up by one and the other is aged; then, while the larger of the
    /// two (the one of this bit, if equal) is above the bound of the smaller, it goes down by one;
    /// of two equal counts the other bit's does.
    fn step(&self, h: History, bit: bool) -> History {
        let ones = h.total - h.zeros;
        let (mut same, mut other) = if bit {
            (ones, h.zeros)
        } else {
            (h.zeros, ones)
        };
        same += 1;
        other = self.aged[usize::from(other.min(8))];
        // Too large a pair: the smaller count decides what the larger may be.
        let bound = |n: u8| self.bound.get(usize::from(n)).copied().unwrap_or(0);
        if same >= other {
            while same > bound(other) {
                if same > other { same -= 1 } else { other -= 1 }
            }
        } else {
            while other > bound(same) {
                other -= 1;
            }
        }
        let zeros = if bit { other } else { same };
        let total = same + other;
        History {
            total,
            zeros,
            last: u8::from(bit && other > 0 && total < self.remembered),
        }
    }
}

/// The generated machine.
pub(crate) struct States {
    /// What follows each state.
    pub(crate) next: Next,
    /// What each state stands for; unused numbers are all zero.
    pub(crate) history: [History; 256],
}

impl States {
    pub(crate) fn new(rule: &Rule) -> States {
        let mut all = vec![History::default()];
        let mut at = 0;
        while at < all.len() {
            for bit in [false, true] {
                let n = rule.step(all[at], bit);
                if !all.contains(&n) {
                    all.push(n);
                }
            }
            at += 1;
        }
        all.sort();
        let mut states = States {
            next: Next([[0; 256]; 2]),
            history: [History::default(); 256],
        };
        assert!(all.len() <= 256);
        for (s, &h) in all.iter().enumerate() {
            states.history[s] = h;
            for bit in [false, true] {
                let n = rule.step(h, bit);
                states.next.0[usize::from(bit)][s] =
                    all.iter().position(|&a| a == n).unwrap_or(0) as u8;
            }
        }
        states
    }

    /// (2 n1 + 1) / (2 n0 + 2 n1 + 2) of a state, in units of 1 / `one`, rounded down.
    pub(crate) fn estimate(&self, state: usize, one: u32) -> u32 {
        let h = self.history[state];
        let (total, ones) = (u32::from(h.total), u32::from(h.total - h.zeros));
        (2 * ones + 1) * one / (2 * total + 2)
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The machine has `count` states, numbered by age, and never comes back to the first.
    pub(crate) fn check(states: &States, count: usize) {
        let (all, next) = (&states.history, &states.next.0);
        assert_eq!(all[0].total, 0);
        let last = all.iter().rposition(|h| h.total > 0);
        assert_eq!(last, Some(count - 1));
        for s in 0..count {
            assert!(s == 0 || all[s].total >= all[s - 1].total.max(1));
            assert!(next.iter().all(|n| n[s] != 0 && usize::from(n[s]) < count));
        }
    }
}
