//! 8.2.10: contexts, and what each of them takes from the history.

use super::history::History;
use super::matching::{K, Match};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Context {
    Nothing,
    Byte,
    /// last n
    Last(u64),
    Word,
    Word2,
    Word3,
    WordSkip,
    WordLine,
    WordBrackets,
    WordForm,
    Bracket,
    Before,
    Mark,
    Follow1,
    Follow2,
    Expected,
    Column,
    Above,
    /// form n
    Form(u64),
    Shape,
    /// sparse M
    Sparse(u64),
    /// grid i
    Grid(u64),
}

/// The hash of 32 bits.
pub fn hash(kind: u64, key: u64) -> u32 {
    let k = key.wrapping_add(kind.wrapping_add(1).wrapping_mul(0xd6e8_feb8_6659_fd93));
    ((k ^ (k >> 29)).wrapping_mul(K) >> 32) as u32
}

impl Context {
    /// Whether its low cells are looked for in lines of their own.
    pub fn is_wide(self) -> bool {
        matches!(self, Self::Last(2) | Self::Word | Self::Bracket)
    }

    /// Its hash now; `None` for direct contexts.
    pub fn hash(self, history: &History, matching: &Match) -> Option<u32> {
        let (kind, key) = self.kind_and_key(history, matching)?;
        Some(hash(kind, key))
    }

    fn kind_and_key(self, history: &History, matching: &Match) -> Option<(u64, u64)> {
        let [word, word_1, word_2] = history.words.map(u64::from);
        let omega = word << 32;
        let [bracket_1, bracket_2, bracket_3, _] = history.brackets.map(u64::from);
        let (b1, b2b1) = (history.last(1), history.last(2));
        Some(match self {
            Self::Nothing | Self::Byte => return None,
            Self::Last(n) => (n, history.last(n)),
            Self::Word => (16, omega),
            Self::Word2 => (17, omega + word_1),
            Self::Word3 => (18, (omega + word_1).wrapping_mul(K) ^ word_2),
            Self::WordSkip => (19, omega + word_2),
            Self::WordLine => (20, omega + u64::from(history.initial)),
            Self::WordBrackets => (21, omega + (bracket_3 << 16) + (bracket_2 << 8) + bracket_1),
            Self::WordForm => (22, omega + history.form % (1 << 16)),
            Self::Bracket => (23, (bracket_1 << 16) + b2b1),
            Self::Before => (24, (word_1 << 8) + b1),
            Self::Mark => (25, omega + u64::from(history.mark)),
            Self::Follow1 => (26, (history.follow_1() << 8) + b1),
            Self::Follow2 => (27, (history.follow_2() << 16) + b2b1),
            Self::Expected => {
                let eta = match matching.expected(history) {
                    Some(expected) => 512 * matching.class() + 256 + u64::from(expected),
                    None => 0,
                };
                (28, (eta << 8) + b1)
            }
            Self::Column => {
                let (column, above) = history.column_and_above();
                (
                    29,
                    (column.min(255) << 16) + (history.back(above) << 8) + b1,
                )
            }
            Self::Above => {
                let (_, above) = history.column_and_above();
                (30, (history.back(above) << 16) + b2b1)
            }
            Self::Form(n) => (32 + n, history.form % (1 << (4 * n))),
            Self::Shape => (54, ((history.classes % (1 << 24)) << 8) + b1),
            Self::Sparse(m) => (64 + m, history.last(8) & m),
            Self::Grid(i) => (80 + i, grid(i, history)),
        })
    }
}

/// The key of grid i.
pub fn grid(i: u64, history: &History) -> u64 {
    let row = history.structure.row;
    let unit = history.structure.unit.max(1);
    let phase = history.t().wrapping_sub(history.structure.start) % unit;
    let b1 = history.last(1);
    let (left, up) = (history.back(unit), history.back(row));
    let g = match i {
        0 => 256 * left + up,
        1 => (left + up).wrapping_sub(history.back(row + unit)) % (1 << 9),
        2 => 256 * left + b1,
        3 => 256 * up + history.back(row.saturating_sub(unit)),
        4 => 512 * ((left + up) >> 1) + b1 + 256 - history.back(1 + unit),
        _ => 256 * left + history.back(2 * unit),
    };
    (g << 8) + phase % 256
}
