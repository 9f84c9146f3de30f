//! What the model looks at: contexts, as hashes of the past.
//!
//! Every context but the two direct ones is a number for its kind and a 64-bit key, hashed by
//! [`hash`].

use crate::mixing::history::History;

/// A context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// Nothing (direct).
    Nothing,
    /// The last byte (direct).
    Byte,
    /// The last n bytes, 2 to 8.
    Last(u8),
    /// The word so far.
    Word,
    /// The word so far and the word before.
    Word2,
    /// The word so far and the two words before.
    Word3,
    /// The word so far and the word before the last.
    WordSkip,
    /// The word so far and the first byte of the line.
    WordLine,
    /// The word so far and the three innermost open brackets.
    WordBrackets,
    /// The word so far and the last four classes, collapsed.
    WordForm,
    /// The last n classes, collapsed.
    Form(u8),
    /// The last n classes, not collapsed, and the last byte.
    Shape(u8),
    /// The innermost open bracket and the last two bytes.
    Bracket,
    /// The word before and the last byte.
    Before,
    /// The word so far and the last byte that was neither letter, digit nor white space.
    Mark,
    /// The last 8 bytes under a mask.
    Sparse(u64),
    /// The byte that followed the last byte the last two times, and it.
    Follow1,
    /// The byte that followed the last two bytes the last two times, and these.
    Follow2,
    /// The byte that the match model expects, its class, and the last byte.
    Expected,
    /// The place in the row (at most 255), the byte above and the last byte.
    Column,
    /// The byte above and the last two bytes.
    Above,
    /// For data of known layout: neighbours in the grid, by number.
    Grid(u8),
}

impl Context {
    /// Whether it needs the state of the match model after the last byte.
    #[inline]
    pub(crate) fn is_late(self) -> bool {
        matches!(
            self,
            Context::Expected | Context::Column | Context::Above | Context::Grid(_)
        )
    }

    /// Whether low nibbles get lines of their own, because many different ones follow.
    #[inline]
    pub(crate) fn is_wide(self) -> bool {
        matches!(self, Context::Last(2) | Context::Word | Context::Bracket)
    }
}

/// The hash of context kind `kind` with that key: the high 32 bits of
/// (k xor ⌊k / 2²⁹⌋) · 0x9e3779b97f4a7c15, where k = key + (kind + 1) · 0xd6e8feb86659fd93, all
/// modulo 2⁶⁴.
#[inline]
pub(crate) const fn hash(kind: u64, key: u64) -> u32 {
    let k = key.wrapping_add((kind + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
    let k = (k ^ (k >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (k >> 32) as u32
}

impl History {
    /// The hash of a context. `expected`: see [`Context::Expected`]. `back(n)`: the byte n places
    /// before the next, 0 for n = 0 and before the beginning.
    #[inline]
    pub(crate) fn hash(&self, context: Context, expected: u32, back: impl Fn(usize) -> u8) -> u32 {
        let low = |n: u8| u64::MAX >> (64 - 8 * u32::from(n));
        let form = |n: u8| self.form & (u64::MAX >> (64 - 4 * u32::from(n)));
        let word = u64::from(self.word) << 32;
        let (kind, key) = match context {
            Context::Nothing | Context::Byte => return 0,
            Context::Last(n) => (u64::from(n), self.last & low(n)),
            Context::Word => (16, word),
            Context::Word2 => (17, word | u64::from(self.words[0])),
            Context::Word3 => (
                18,
                (word | u64::from(self.words[0])).wrapping_mul(0x9e37_79b9_7f4a_7c15)
                    ^ u64::from(self.words[1]),
            ),
            Context::WordSkip => (19, word | u64::from(self.words[1])),
            Context::WordLine => (20, word | u64::from(self.first)),
            Context::WordBrackets => {
                let [a, b, c, _] = self.brackets;
                (21, word | u64::from(u32::from_be_bytes([0, c, b, a])))
            }
            Context::WordForm => (22, word | form(4)),
            Context::Form(n) => (32 + u64::from(n), form(n)),
            Context::Shape(n) => (
                48 + u64::from(n),
                (self.classes & (u64::MAX >> (64 - 4 * u32::from(n)))) << 8 | self.last & 0xff,
            ),
            Context::Bracket => (23, u64::from(self.brackets[0]) << 16 | self.last & low(2)),
            Context::Before => (24, u64::from(self.words[0]) << 8 | self.last & 0xff),
            Context::Mark => (25, word | u64::from(self.mark)),
            Context::Sparse(mask) => (64 + mask, self.last & mask),
            Context::Follow1 => {
                let b = self.last & low(1);
                (26, u64::from(self.follow1[b as usize]) << 8 | b)
            }
            Context::Follow2 => {
                let b = self.last & low(2);
                (27, u64::from(self.follow2[b as usize]) << 16 | b)
            }
            Context::Expected => (28, u64::from(expected) << 8 | self.last & 0xff),
            Context::Column => {
                let (column, above) = self.place();
                let column = column.min(255);
                (
                    29,
                    column << 16 | u64::from(back(above)) << 8 | self.last & 0xff,
                )
            }
            Context::Above => {
                let above = u64::from(back(self.place().1));
                (30, above << 16 | self.last & low(2))
            }
            Context::Grid(n) => {
                let (row, unit) = (self.rows.given, self.rows.unit);
                let at = |n: usize| u64::from(back(n));
                let (left, above, corner) = (at(unit), at(row), at(row + unit));
                let phase = self.since_start() % unit as u64;
                let plane = (left + above).wrapping_sub(corner);
                let key = match n {
                    0 => left << 8 | above,
                    1 => plane & 0x1ff,
                    2 => left << 8 | at(1),
                    3 => above << 8 | at(row.saturating_sub(unit)),
                    4 => (left + above) >> 1 << 9 | (at(1) + 256 - at(1 + unit)),
                    _ => left << 8 | at(2 * unit),
                };
                (80 + u64::from(n), key << 8 | phase & 0xff)
            }
        };
        hash(kind, key)
    }
}
