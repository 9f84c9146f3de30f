//! Which curves refine a prediction.

use super::past::fold;

/// A choice of curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// By the last byte and the nibble before.
    Order1,
    /// By the last two bytes and the nibble before, hashed.
    Order2,
}

/// log₂ of the rows of [`Kind::Order2`].
const HASHED_BITS: u32 = 13;

impl Kind {
    /// Number of rows.
    pub(crate) const fn rows(self) -> usize {
        match self {
            Kind::Order1 => 256 * 17,
            Kind::Order2 => 1 << HASHED_BITS,
        }
    }

    /// The row for the nibble at `place` (0: the high one; 1 + h: the low one after h), after the
    /// bytes `last`.
    #[inline]
    pub(crate) fn row(self, place: usize, last: u64) -> usize {
        match self {
            Kind::Order1 => 17 * (last & 255) as usize + place,
            Kind::Order2 => {
                (fold((place as u64 + 1) << 32 | last & 0xffff) >> (32 - HASHED_BITS)) as usize
            }
        }
    }
}
