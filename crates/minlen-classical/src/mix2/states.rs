//! Bit histories: one byte that remembers what followed a context at one node.
//!
//! A state stands for (n0, n1, last): counts of zeros and ones seen, bounded and aged, and the
//! last bit. A surprise ages the other count, so that old statistics give way to new ones
//! (nonstationary counters, Mahoney, PAQ6 onwards). The table is not typed in but generated: all
//! states that can be reached from (0, 0) by [`step`], numbered by n0 + n1, then n0, then last.
//! So state 0 is "never seen", and a larger number means at least as many bits seen: the order of
//! worth when one of two lines must go.

use crate::kernels::Next;
use std::sync::LazyLock;

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

/// The larger count may be at most this, by the smaller count.
const BOUND: [u8; 6] = [40, 40, 24, 18, 14, 12];
/// A count n becomes AGED\[min(n, 8)\] when the other bit is seen.
const AGED: [u8; 9] = [0, 1, 1, 2, 3, 3, 4, 4, 5];

/// One bit more: its count goes up by one and the other is aged; then, while the larger of the
/// two (the one of this bit, if equal) is above the bound of the smaller (0 for a smaller count
/// above 5), it goes down by one; of two equal counts the other bit's does.
fn step(h: History, bit: bool) -> History {
    let ones = h.total - h.zeros;
    let (mut same, mut other) = if bit {
        (ones, h.zeros)
    } else {
        (h.zeros, ones)
    };
    same += 1;
    other = AGED[usize::from(other.min(8))];
    // Too large a pair: the smaller count decides what the larger may be.
    let bound = |n: u8| BOUND.get(usize::from(n)).copied().unwrap_or(0);
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
    History {
        total: same + other,
        zeros,
        last: if other == 0 || same + other >= 10 {
            0
        } else {
            u8::from(bit)
        },
    }
}

/// The generated machine.
pub(crate) struct States {
    /// What follows each state.
    pub(crate) next: Next,
    /// What each state stands for; unused numbers are all zero.
    pub(crate) history: [History; 256],
}

/// The machine, made at first use.
pub(crate) static STATES: LazyLock<States> = LazyLock::new(States::new);

impl States {
    fn new() -> States {
        let mut all = vec![History::default()];
        let mut at = 0;
        while at < all.len() {
            for bit in [false, true] {
                let n = step(all[at], bit);
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
                let n = step(h, bit);
                states.next.0[usize::from(bit)][s] =
                    all.iter().position(|&a| a == n).unwrap_or(0) as u8;
            }
        }
        states
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fits_a_byte_and_orders_by_age() {
        assert_eq!(STATES.history[0].total, 0);
        let count = 1 + STATES.history.iter().rposition(|h| h.total > 0).unwrap();
        assert_eq!(count, 183);
        for s in 1..count {
            assert!(STATES.history[s].total >= STATES.history[s - 1].total.max(1));
        }
        for s in 0..count {
            assert!(
                (STATES.next.0.iter()).all(|next| next[s] != 0 && usize::from(next[s]) < count)
            );
        }
    }
}
