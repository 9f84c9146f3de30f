//! Guides answer a model's questions; the guide is the task.

use crate::{Distribution, Nodes, Prob, Symbol};

/// Answers "which symbol is it?", in whole or bit by bit.
///
/// For each symbol a model first sees that [`more`](Guide::more) is true and then asks *one* of:
/// one [`symbol`](Guide::symbol); two [`nibble`](Guide::nibble)s, high one first; eight
/// [`bit`](Guide::bit)s, most significant first. Mixed forms (four bits, then a nibble) are
/// allowed: what counts is that the answers of one symbol spell its eight bits in order.
pub trait Guide {
    /// Whether there is another symbol. Questions asked after it said no have any answer.
    fn more(&self) -> bool;

    /// Is the next bit a 1, which the model holds to have probability `p`?
    fn bit(&mut self, p: Prob) -> bool;

    /// What are the next four bits, given the probabilities of all 15 questions that may arise?
    ///
    /// Provided: four calls of [`bit`](Guide::bit). Override only for speed.
    #[inline]
    fn nibble(&mut self, nodes: &Nodes) -> u8 {
        let mut node = 1;
        for _ in 0..4 {
            node = 2 * node + usize::from(self.bit(nodes.at(node)));
        }
        node as u8 & 15
    }

    /// Which symbol comes next?
    fn symbol(&mut self, d: &Distribution) -> Symbol;
}

/// Walks over known data, bit by bit: what the guides that know the answer share.
#[derive(Clone, Debug)]
pub(crate) struct Known<'a> {
    data: &'a [Symbol],
    /// Bits answered so far, of all symbols.
    bits: usize,
}

impl<'a> Known<'a> {
    pub(crate) fn new(data: &'a [Symbol]) -> Known<'a> {
        Known { data, bits: 0 }
    }

    #[inline]
    pub(crate) fn more(&self) -> bool {
        self.bits >> 3 < self.data.len()
    }

    /// Symbols answered in full.
    #[inline]
    pub(crate) fn position(&self) -> usize {
        self.bits >> 3
    }

    /// Zeros follow the end.
    #[inline]
    fn byte(&self, at: usize) -> u8 {
        self.data.get(at).copied().unwrap_or(0)
    }

    #[inline]
    fn current(&self) -> u8 {
        self.byte(self.position())
    }

    #[inline]
    pub(crate) fn bit(&mut self) -> bool {
        let bit = self.current() >> (7 - (self.bits & 7)) & 1;
        self.bits += 1;
        bit != 0
    }

    /// The next four bits.
    #[inline]
    pub(crate) fn nibble(&mut self) -> u8 {
        let at = self.position();
        let two = u16::from_be_bytes([self.byte(at), self.byte(at + 1)]);
        let nibble = two >> (12 - (self.bits & 7)) & 15;
        self.bits += 4;
        nibble as u8
    }

    #[inline]
    pub(crate) fn symbol(&mut self) -> Symbol {
        let s = self.current();
        self.bits = (self.bits | 7) + 1;
        s
    }
}

/// Leads a model through known data and keeps nothing: for priming, and for learning on the way.
#[derive(Clone, Debug)]
pub struct Teacher<'a>(Known<'a>);

impl<'a> Teacher<'a> {
    /// Will teach `data`, once.
    pub fn new(data: &'a [Symbol]) -> Teacher<'a> {
        Teacher(Known::new(data))
    }
}

impl Guide for Teacher<'_> {
    #[inline]
    fn more(&self) -> bool {
        self.0.more()
    }
    #[inline]
    fn bit(&mut self, _: Prob) -> bool {
        self.0.bit()
    }
    #[inline]
    fn nibble(&mut self, _: &Nodes) -> u8 {
        self.0.nibble()
    }
    #[inline]
    fn symbol(&mut self, _: &Distribution) -> Symbol {
        self.0.symbol()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nibble_is_four_bits_wherever_it_begins() {
        for skipped in 0..40 {
            let mut known = Known::new(&[0x5a, 0xc3, 0x17]);
            for _ in 0..skipped {
                known.bit();
            }
            let mut by_bits = known.clone();
            let bits = (0..4).fold(0, |n, _| 2 * n + u8::from(by_bits.bit()));
            assert_eq!(known.nibble(), bits, "{skipped}");
            assert_eq!(known.bits, by_bits.bits);
        }
    }
}
