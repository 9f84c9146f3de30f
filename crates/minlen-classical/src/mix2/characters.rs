//! Characters of UTF-8: contexts that begin where a character does.
//!
//! The last four bytes of Chinese are a character and a third of the one before, which two characters
//! share with hundreds of others. Here whole characters count, with what has come of the present one.

use super::past::fold;
use minlen_core::Symbol;

/// The characters so far.
#[derive(Clone, Copy, Default)]
pub(crate) struct Characters {
    /// The bytes of the present one that have come, the newest lowest; 0: none.
    begun: u32,
    /// How many more belong to it.
    more: u8,
    /// Those before, as their bytes, the latest first.
    last: [u32; 3],
}

impl Characters {
    /// The byte was `s`. What is not UTF-8 counts as a character a byte.
    #[inline]
    pub(crate) fn push(&mut self, s: Symbol) {
        let more = match s {
            0x80..=0xbf if self.more > 0 => self.more - 1,
            0xc0..=0xdf => 1,
            0xe0..=0xef => 2,
            0xf0..=0xf7 => 3,
            _ => 0,
        };
        self.begun = match s {
            0x80..=0xbf if self.more > 0 => self.begun << 8 | u32::from(s),
            _ => u32::from(s),
        };
        self.more = more;
        if more == 0 {
            self.last = [self.begun, self.last[0], self.last[1]];
            self.begun = 0;
        }
    }

    /// What has come of the present character, with the last 1, 2, 3 before it, and with the one
    /// before the last.
    #[inline]
    pub(crate) fn features(&self) -> [u32; 4] {
        let [a, b, c] = self.last.map(u64::from);
        let begun = u64::from(self.begun);
        let one = begun << 32 | a;
        let two = u64::from(fold(one)) << 32 | b;
        let three = u64::from(fold(two)) << 32 | c;
        [one, two, three, begun << 32 | (b ^ 1 << 31)].map(fold)
    }
}
