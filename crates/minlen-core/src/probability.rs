//! Probabilities of binary questions, as integers.

use crate::Cost;

/// The probability that a bit is 1, in units of 2⁻¹⁶. Always in `1..=65535`: neither answer is
/// ever impossible, so any data can be coded under any model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Prob(u16);

impl Prob {
    /// Both answers equally likely.
    pub const HALF: Prob = Prob(1 << 15);

    /// `p1 / 65536`; 0 is raised to 1.
    #[inline]
    pub const fn new(p1: u16) -> Prob {
        Prob(if p1 == 0 { 1 } else { p1 })
    }

    /// The probability of a 1 in units of 2⁻¹⁶, in `1..=65535`.
    #[inline]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The probability of the answer `bit` in units of 2⁻¹⁶, in `1..=65535`.
    #[inline]
    pub const fn of(self, bit: bool) -> u32 {
        if bit {
            self.0 as u32
        } else {
            65536 - self.0 as u32
        }
    }

    /// What the answer `bit` costs.
    #[inline]
    pub fn cost(self, bit: bool) -> Cost {
        Cost::of_prob16(self.of(bit))
    }
}

/// The probabilities of all 15 binary questions whose answers spell a nibble (4 bits, most
/// significant first).
///
/// Node 1 asks for the first bit; the question after answer `b` at node `n` is node `2n + b`.
/// Index 0 is unused. A model that knows all 15 at once lets the guide walk the tree without
/// coming back for each bit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(align(32))]
pub struct Nodes([u16; 16]);

impl Nodes {
    /// From 15 probabilities of a 1 in units of 2⁻¹⁶ at indices 1–15; zeros are raised to 1.
    #[inline]
    pub fn new(mut p1: [u16; 16]) -> Nodes {
        for p in &mut p1 {
            *p = (*p).max(1);
        }
        Nodes(p1)
    }

    /// The probabilities of a 1 on the way to one nibble, in units of 2⁻¹⁶ (zeros are raised to 1); 1/2
    /// off it.
    #[inline]
    pub fn along(nibble: u8, p1: [u16; 4]) -> Nodes {
        let full = 16 + usize::from(nibble & 15);
        // In its place from the first, and one by one: a register that holds all 16 would have to wait
        // for what was written last.
        let mut nodes = Nodes([1 << 15; 16]);
        for (depth, p) in p1.into_iter().enumerate() {
            nodes.0[full >> (4 - depth) & 15] = p.max(1);
        }
        nodes
    }

    /// The probability asked at `node`, which must be in `1..=15` (taken modulo 16).
    #[inline]
    pub fn at(&self, node: usize) -> Prob {
        Prob(self.0[node & 15])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_answer_is_impossible() {
        for p in [0, 1, 2, 40000, u16::MAX] {
            let prob = Prob::new(p);
            assert!(prob.of(false) >= 1 && prob.of(true) >= 1);
            assert_eq!(prob.of(false) + prob.of(true), 65536);
        }
        assert_eq!(Nodes::new([0; 16]).at(7), Prob::new(1));
        // 1, 10, 101, 1011 are the nodes on the way to 0110.
        let along = Nodes::along(0b0110, [0, 2, 3, 4]);
        let on = [(1, 1), (2, 2), (5, 3), (11, 4)];
        for node in 1..16 {
            let p = on.iter().find(|(n, _)| *n == node);
            assert_eq!(
                along.at(node),
                Prob::new(p.map_or(1 << 15, |p| p.1)),
                "{node}"
            );
        }
    }
}
