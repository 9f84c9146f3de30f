//! 8.3.11: features, and contexts, which are pairs of them.

use super::fold;
use super::history::History;
use super::matching::Match;
use crate::models::mix::contexts::{grid, hash};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Feature {
    Nothing,
    /// last n
    Last(u64),
    Back2,
    Back3,
    Back23,
    Back34,
    Word,
    Before,
    Before2,
    Pair,
    /// form n
    Form(u64),
    Shape6,
    Bracket,
    Brackets,
    First,
    Mark,
    Follow1,
    Follow2,
    Token,
    TokenBefore,
    Field,
    Run,
    /// char n
    Char(usize),
    CharGap,
    Expected,
    Column,
    Above,
    FieldAbove,
    Recall,
    /// grid i
    Grid(u64),
}

impl Feature {
    /// By its name in the document; grid is not in any list.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "nothing" => Self::Nothing,
            "last 1" => Self::Last(1),
            "last 2" => Self::Last(2),
            "last 3" => Self::Last(3),
            "last 4" => Self::Last(4),
            "last 5" => Self::Last(5),
            "last 6" => Self::Last(6),
            "last 8" => Self::Last(8),
            "back 2" => Self::Back2,
            "back 3" => Self::Back3,
            "back 23" => Self::Back23,
            "back 34" => Self::Back34,
            "word" => Self::Word,
            "before" => Self::Before,
            "before 2" => Self::Before2,
            "pair" => Self::Pair,
            "form 4" => Self::Form(4),
            "form 8" => Self::Form(8),
            "form 12" => Self::Form(12),
            "shape 6" => Self::Shape6,
            "bracket" => Self::Bracket,
            "brackets" => Self::Brackets,
            "first" => Self::First,
            "mark" => Self::Mark,
            "follow 1" => Self::Follow1,
            "follow 2" => Self::Follow2,
            "char 1" => Self::Char(1),
            "char 2" => Self::Char(2),
            "char 3" => Self::Char(3),
            "char gap" => Self::CharGap,
            "token" => Self::Token,
            "token before" => Self::TokenBefore,
            "field" => Self::Field,
            "run" => Self::Run,
            "expected" => Self::Expected,
            "column" => Self::Column,
            "above" => Self::Above,
            "field above" => Self::FieldAbove,
            "recall" => Self::Recall,
            _ => return None,
        })
    }

    /// Below 2³².
    fn value(self, history: &History, first: &Match) -> u64 {
        let base = &history.base;
        let [word, word_1, word_2] = base.words.map(u64::from);
        let [bracket_1, bracket_2, bracket_3, _] = base.brackets.map(u64::from);
        let b = |n| u64::from(base.b(n));
        match self {
            Self::Nothing => 0,
            Self::Last(n @ ..=4) => base.last(n),
            Self::Last(n) => u64::from(fold(base.last(n))),
            Self::Back2 => b(2) << 8,
            Self::Back3 => b(3) << 16,
            Self::Back23 => ((b(3) << 8) + b(2)) << 8,
            Self::Back34 => ((b(4) << 8) + b(3)) << 16,
            Self::Word => word,
            Self::Before => word_1,
            Self::Before2 => word_2,
            Self::Pair => u64::from(fold((word_1 << 32) + word_2)),
            Self::Form(n @ ..=8) => base.form % (1 << (4 * n)),
            Self::Form(n) => u64::from(fold(base.form % (1 << (4 * n)))),
            Self::Shape6 => base.classes % (1 << 24),
            Self::Bracket => bracket_1,
            Self::Brackets => (bracket_3 << 16) + (bracket_2 << 8) + bracket_1,
            Self::First => u64::from(base.initial),
            Self::Mark => u64::from(base.mark),
            Self::Char(n) => {
                let mut value = u64::from(history.begun);
                for before in &history.chars[..n] {
                    value = fold(value << 32 | u64::from(*before)).into();
                }
                value
            }
            Self::CharGap => {
                let gap = history.chars[1] ^ 0x8000_0000;
                fold(u64::from(history.begun) << 32 | u64::from(gap)).into()
            }
            Self::Follow1 => base.follow_1(),
            Self::Follow2 => base.follow_2(),
            Self::Token => u64::from(history.token),
            Self::TokenBefore => u64::from(history.token_1),
            Self::Field => history.field as u64,
            Self::Run => 16 * (base.form % (1 << 16)) + history.length,
            Self::Expected => match first.expected() {
                Some(expected) => 512 * first.class() + 256 + u64::from(expected),
                None => 0,
            },
            Self::Column => {
                let (column, above) = base.column_and_above();
                (column.min(255) << 8) + base.back(above)
            }
            Self::Above => base.back(base.column_and_above().1),
            Self::FieldAbove => history.field_above(),
            Self::Recall => history.recall,
            Self::Grid(i) => grid(i, base),
        }
    }

    fn is_late(self) -> bool {
        matches!(
            self,
            Self::Expected
                | Self::Column
                | Self::Above
                | Self::FieldAbove
                | Self::Recall
                | Self::Grid(_)
        )
    }
}

/// A pair of features, and what lists say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context {
    pub a: Feature,
    pub b: Feature,
    /// Whether its low cells are looked for in lines of their own.
    pub wide: bool,
    /// Whether it has runs.
    pub runs: bool,
}

/// The contexts that have cells of their own.
pub enum Direct {
    Nothing,
    Last,
}

impl Context {
    pub fn direct(&self) -> Option<Direct> {
        match (self.a, self.b) {
            (Feature::Nothing, Feature::Nothing) => Some(Direct::Nothing),
            (Feature::Last(1), Feature::Nothing) => Some(Direct::Last),
            _ => None,
        }
    }

    /// 0 for direct contexts, 1 for early, 2 for late ones.
    pub fn rank(&self) -> u32 {
        if self.direct().is_some() {
            0
        } else if self.a.is_late() || self.b.is_late() {
            2
        } else {
            1
        }
    }

    /// The hash of this context, which is number i.
    pub fn hash(&self, i: u64, history: &History, first: &Match) -> u32 {
        let value = |feature: Feature| feature.value(history, first);
        hash(i, (value(self.a) << 32).wrapping_add(value(self.b)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_the_document() {
        assert_eq!(hash(3, (1 << 32) + 2), 0xb1ad_3cdf);
        assert_eq!(hash(2, 0x2074_6865 << 32), 0xc125_52a5);
    }
}
