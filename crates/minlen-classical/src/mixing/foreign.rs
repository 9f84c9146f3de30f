//! A place for a prediction from elsewhere.

use minlen_core::Symbol;

/// A foreign prediction of the next byte, nibble by nibble: a neural net's, for example. It
/// becomes one more input of the mixer, beside the contexts: good advice soon rules, bad advice
/// is soon ignored. See [`mix_with`](crate::mix_with).
///
/// Both sides, coder and decoder, must be given the same advice, bit for bit.
pub trait Foreign: Send {
    /// For the nodes 1–15 of the next nibble's tree (as in [`Nodes`](minlen_core::Nodes)), the
    /// probability of a 1 in units of 2⁻¹⁶; index 0 is ignored. The high nibble is asked for with
    /// `None`, the low one with the high nibble. Must not move what predicts.
    fn nodes(&mut self, high: Option<u8>) -> [u16; 16];

    /// The byte was `s`.
    fn update(&mut self, s: Symbol);

    /// A copy that goes its own way.
    fn fork(&self) -> Box<dyn Foreign>;
}
