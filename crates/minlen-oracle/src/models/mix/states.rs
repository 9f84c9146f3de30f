//! 8.2.3: states, bounded counts of the bits seen.

use std::collections::BTreeSet;

/// Counts of zeros and ones, and the last bit.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct State {
    pub zeros: u64,
    pub ones: u64,
    last: u64,
}

/// Where the states of 8.2.3 and 8.3.2 differ.
pub struct Rules {
    /// What becomes of the other count, from 0.
    pub others: [u64; 9],
    /// bound(n) for n = 0 … 5.
    pub bounds: [u64; 6],
    /// The sum of counts from which on the last bit is forgotten.
    pub forgotten: u64,
}

/// Those of 8.2.3.
pub const RULES: Rules = Rules {
    others: [0, 1, 2, 2, 3, 4, 4, 5, 6],
    bounds: [44, 36, 14, 8, 6, 5],
    forgotten: u64::MAX,
};

/// All states, each with those that follow it.
#[derive(Clone)]
pub struct States {
    pub all: Vec<State>,
    pub next: Vec<[u8; 2]>,
}

impl States {
    pub fn new(rules: &Rules) -> Self {
        let mut found = BTreeSet::new();
        let start = State {
            zeros: 0,
            ones: 0,
            last: 0,
        };
        let mut to_do = vec![start];
        while let Some(state) = to_do.pop() {
            if found.insert(rank(state)) {
                to_do.extend([after(state, 0, rules), after(state, 1, rules)]);
            }
        }
        let ranks: Vec<_> = found.into_iter().collect();
        let number = |state| ranks.binary_search(&rank(state)).unwrap_or(0) as u8;
        let all: Vec<State> = ranks
            .iter()
            .map(|&(n, zeros, last)| State {
                zeros,
                ones: n - zeros,
                last,
            })
            .collect();
        let next = all
            .iter()
            .map(|state| {
                [
                    number(after(*state, 0, rules)),
                    number(after(*state, 1, rules)),
                ]
            })
            .collect();
        Self { all, next }
    }

    /// The number of the state after the state s and the bit y.
    pub fn next(&self, s: u8, y: bool) -> u8 {
        self.next[usize::from(s)][usize::from(y)]
    }
}

/// By what states are numbered.
fn rank(state: State) -> (u64, u64, u64) {
    (state.zeros + state.ones, state.zeros, state.last)
}

/// The state after the bit y.
fn after(state: State, y: u64, rules: &Rules) -> State {
    let bound = |n: u64| rules.bounds.get(n as usize).copied().unwrap_or(0);
    let (mut same, mut other) = match y {
        0 => (state.zeros, state.ones),
        _ => (state.ones, state.zeros),
    };
    same += 1;
    other = rules.others[other.min(8) as usize];
    if same >= other {
        while same > bound(other) {
            if same > other {
                same -= 1;
            } else {
                other -= 1;
            }
        }
    } else {
        while other > bound(same) {
            other -= 1;
        }
    }
    let last = if other == 0 || same + other >= rules.forgotten {
        0
    } else {
        y
    };
    let (zeros, ones) = match y {
        0 => (same, other),
        _ => (other, same),
    };
    State { zeros, ones, last }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_document_gives() {
        let states = States::new(&RULES);
        assert_eq!(states.all.len(), 219);
        assert_eq!(states.next[0], [2, 1]);
        assert_eq!(states.next[1], [4, 3]);
        assert_eq!(states.next[2], [6, 5]);
        assert_eq!(states.next[100], [106, 75]);
        assert_eq!(states.next[218], [218, 55]);
        let sum: u64 = (0..)
            .zip(&states.next)
            .map(|(s, next)| s * (u64::from(next[0]) + 256 * u64::from(next[1])))
            .sum();
        assert_eq!(sum, 637_546_564);
        assert!(states.next.iter().flatten().all(|s| *s != 0));
    }
}
