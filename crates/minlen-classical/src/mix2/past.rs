//! What has been seen, boiled down to features: the numbers that contexts are made of.

use super::characters::Characters;
use super::contexts::Context;
use crate::mixing::history::{History, is_token};
use minlen_core::{Structure, Symbol};

/// Something that contexts can be made of: one 32-bit number after each symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Feature {
    /// Always 0.
    Nothing,
    /// The last 1, 2, 3, 4 symbols; the last 5, 6, 8, hashed.
    Last1,
    Last2,
    Last3,
    Last4,
    Last5,
    Last6,
    Last8,
    /// The symbol before the last; the one before that; both.
    Back2,
    Back3,
    Back23,
    Back34,
    /// Hash of the letters of the present word, folded to lower case; 0 between words.
    Word,
    /// The same of the word before.
    Before,
    /// And of the one before that.
    Before2,
    /// The two words before.
    Pair,
    /// The last 4, 8, 12 classes, runs of one class collapsed.
    Form4,
    Form8,
    Form12,
    /// The last 6 classes.
    Shape6,
    /// The innermost open bracket; the three innermost.
    Bracket,
    Brackets,
    /// The first symbol of the line, the last mark.
    First,
    Mark,
    /// What followed the last symbol, the last two, the last two times.
    Follow1,
    Follow2,
    /// The number, word or name so far; 0 between them.
    Token,
    /// The token before.
    TokenBefore,
    /// Which field of the line this is.
    Field,
    /// What has come of the present character, with the last 1, 2, 3 characters before it; and with
    /// the one before the last.
    Char1,
    Char2,
    Char3,
    CharGap,
    /// How long the last class has run; and the last 4 classes, collapsed.
    Run,
    /// The symbol that the match model expects, and how sure it is: late.
    Expected,
    /// The place in the row, the symbol above: late.
    Column,
    Above,
    /// In the same field of the line before, the symbol at the same place, and the next: late.
    FieldAbove,
    /// The symbol that recall expects, and how it was found: late.
    Recall,
    /// Neighbours in a layout: late.
    Grid0,
    Grid1,
    Grid2,
    Grid3,
    Grid4,
    Grid5,
}

pub(crate) const FEATURES: usize = Feature::Grid5 as usize + 1;

impl Feature {
    /// Whether it needs the state of the match model after the last symbol.
    pub(crate) fn is_late(self) -> bool {
        self as u8 >= Feature::Expected as u8
    }
}

/// The features that some contexts are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Needs(u64);

impl Needs {
    pub(crate) fn of(contexts: &[Context]) -> Needs {
        let bit = |feature: Feature| 1 << feature as u32;
        let bits = contexts.iter().map(|c| bit(c.a) | bit(c.b));
        Needs(bits.fold(0, |all, bits| all | bits))
    }

    #[inline]
    pub(crate) fn has(self, feature: Feature) -> bool {
        self.0 >> feature as u32 & 1 == 1
    }

    /// Whether any feature of `group` is among them.
    #[inline]
    fn meets(self, group: Needs) -> bool {
        self.0 & group.0 != 0
    }

    const fn group(features: &[Feature]) -> Needs {
        let (mut bits, mut i) = (0, 0);
        while i < features.len() {
            bits |= 1 << features[i] as u32;
            i += 1;
        }
        Needs(bits)
    }
}

/// Features of tokens and fields, and of rows: what they are made of is kept only if one is asked for.
const FIELDWISE: Needs = Needs::group(&[
    Feature::Token,
    Feature::TokenBefore,
    Feature::Field,
    Feature::Run,
    Feature::FieldAbove,
]);
const CHARWISE: Needs = Needs::group(&[
    Feature::Char1,
    Feature::Char2,
    Feature::Char3,
    Feature::CharGap,
]);
const ROWWISE: Needs = Needs::group(&[Feature::Column, Feature::Above]);
/// Features that come without long look-ups, but are many.
const GAPS: Needs = Needs::group(&[
    Feature::Back2,
    Feature::Back3,
    Feature::Back23,
    Feature::Back34,
]);
const WORDWISE: Needs = Needs::group(&[
    Feature::Word,
    Feature::Before,
    Feature::Before2,
    Feature::Bracket,
    Feature::Brackets,
    Feature::First,
    Feature::Mark,
]);

/// 32 bits of a 64-bit number.
#[inline]
pub(crate) const fn fold(key: u64) -> u32 {
    let k = (key ^ (key >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (k >> 32) as u32
}

/// What features are made of.
#[derive(Clone)]
pub(crate) struct Past {
    pub(crate) history: History,
    /// The characters so far, if they are asked for.
    characters: Option<Characters>,
    /// Whether what follows here is asked for.
    fieldwise: bool,
    /// Hash of the number, word or name so far; 0 between them.
    token: u32,
    /// The token before.
    token_before: u32,
    /// How long the last class has run, at most 15.
    run: u32,
    /// The number of this field in its line.
    field: usize,
    /// Where each field of this line, and of the one before, begins.
    starts: [[usize; FIELDS]; 2],
    /// Fields in the line before.
    above_fields: usize,
}

/// Fields of a line that are told apart.
const FIELDS: usize = 64;

impl Past {
    /// Back to where `to` is: as a copy, without new memory.
    pub(crate) fn go_back(&mut self, to: &Past) {
        let Past {
            history,
            characters,
            fieldwise: _,
            token,
            token_before,
            run,
            field,
            starts,
            above_fields,
        } = self;
        history.go_back(&to.history);
        *characters = to.characters;
        (*token, *token_before, *run) = (to.token, to.token_before, to.run);
        (*field, *starts, *above_fields) = (to.field, to.starts, to.above_fields);
    }

    pub(crate) fn new(structure: &Structure, needs: Needs) -> Past {
        let mut history = History::new(structure);
        if !needs.has(Feature::Follow2) {
            history.follow2 = Vec::new();
        }
        history.rows.guess &= needs.meets(ROWWISE);
        Past {
            history,
            characters: needs.meets(CHARWISE).then(Characters::default),
            fieldwise: needs.meets(FIELDWISE),
            token: 0,
            token_before: 0,
            run: 0,
            field: 0,
            starts: [[0; FIELDS]; 2],
            above_fields: 0,
        }
    }

    /// Bytes that the tables here take.
    pub(crate) const BYTES: u64 = History::BYTES;

    /// The symbol was `s`.
    #[inline]
    pub(crate) fn push(&mut self, s: Symbol) {
        self.history.push(s);
        if let Some(characters) = &mut self.characters {
            characters.push(s);
        }
        if self.fieldwise {
            self.push_fieldwise(s);
        }
    }

    #[inline]
    fn push_fieldwise(&mut self, s: Symbol) {
        let (class, before) = self.history.last_classes();
        self.run = if class == before {
            (self.run + 1).min(15)
        } else {
            0
        };
        if is_token(class) || matches!(s, b'.' | b'-' | b'+' | b'_') {
            let token = self.token.wrapping_add(u32::from(s) + 1);
            self.token = token.wrapping_mul(0x2f0b_4c47).max(1);
        } else if self.token != 0 {
            self.token_before = self.token;
            self.token = 0;
        }
        let seen = self.history.seen;
        if matches!(s, b',' | b'\t' | b';' | b'|') {
            self.field = (self.field + 1).min(FIELDS - 1);
            self.starts[0][self.field] = seen;
        }
        if s == b'\n' {
            self.starts[1] = self.starts[0];
            self.above_fields = self.field + 1;
            self.field = 0;
            self.starts[0][0] = seen;
        }
    }

    /// All features of `needs` that are not late, and others that cost nothing. (To make them all, and
    /// to keep what they are made of, takes a hundredth of the time of `mix2:swift`.)
    #[inline]
    pub(crate) fn features(&self, f: &mut [u32; FEATURES], needs: Needs) {
        use Feature::*;
        let h = &self.history;
        let last = h.last;
        if needs.has(Last5) {
            f[Last5 as usize] = fold(last & 0xff_ffff_ffff);
        }
        if needs.has(Last6) {
            f[Last6 as usize] = fold(last & 0xffff_ffff_ffff);
        }
        if needs.has(Last8) {
            f[Last8 as usize] = fold(last);
        }
        if needs.has(Pair) {
            f[Pair as usize] = fold(u64::from(h.words[0]) << 32 | u64::from(h.words[1]));
        }
        if needs.has(Form12) {
            f[Form12 as usize] = fold(h.form & 0xffff_ffff_ffff);
        }
        if needs.has(Follow1) {
            f[Follow1 as usize] = h.follow1[last as usize & 0xff].into();
        }
        // Seldom in the nearest cache: 4 % of the time of `mix2:swift`.
        if needs.has(Follow2) {
            f[Follow2 as usize] = h.follow2[last as usize & 0xffff].into();
        }
        let mut set = |feature: Feature, value: u32| f[feature as usize] = value;
        set(Last1, last as u32 & 0xff);
        set(Last2, last as u32 & 0xffff);
        set(Last3, last as u32 & 0xff_ffff);
        set(Last4, last as u32);
        set(Form4, h.form as u32 & 0xffff);
        set(Form8, h.form as u32);
        set(Shape6, h.classes as u32 & 0xff_ffff);
        if needs.meets(GAPS) {
            set(Back2, last as u32 & 0xff00);
            set(Back3, last as u32 & 0xff_0000);
            set(Back23, last as u32 & 0xff_ff00);
            set(Back34, last as u32 & 0xffff_0000);
        }
        if needs.meets(WORDWISE) {
            set(Word, h.word);
            set(Before, h.words[0]);
            set(Before2, h.words[1]);
            let [a, b, c, _] = h.brackets;
            set(Bracket, u32::from(a));
            set(Brackets, u32::from_be_bytes([0, c, b, a]));
            set(First, u32::from(h.first));
            set(Mark, u32::from(h.mark));
        }
        if let Some(characters) = &self.characters {
            let [one, two, three, gap] = characters.features();
            set(Char1, one);
            set(Char2, two);
            set(Char3, three);
            set(CharGap, gap);
        }
        if self.fieldwise {
            set(Token, self.token);
            set(TokenBefore, self.token_before);
            set(Field, self.field as u32);
            set(Run, self.run | (h.form as u32 & 0xffff) << 4);
        }
    }

    /// Features of the row, those of `needs`: late. `back(n)`: the byte n places before the next, 0 for n = 0 and
    /// before the beginning.
    #[inline]
    pub(crate) fn row_features(
        &self,
        f: &mut [u32; FEATURES],
        needs: Needs,
        back: impl Fn(usize) -> u8,
    ) {
        if needs.has(Feature::Column) || needs.has(Feature::Above) {
            let (column, above) = self.history.place();
            f[Feature::Column as usize] = (column.min(255) as u32) << 8 | u32::from(back(above));
            f[Feature::Above as usize] = u32::from(back(above));
        }
        if !needs.has(Feature::FieldAbove) {
            return;
        }
        let offset = self.history.seen - self.starts[0][self.field];
        let at = self.starts[1][self.field] + offset;
        let end = if self.field + 1 < self.above_fields {
            self.starts[1][self.field + 1]
        } else {
            self.history.lines[0]
        };
        f[Feature::FieldAbove as usize] =
            if self.field < self.above_fields && at < end && end <= self.history.lines[0] {
                let d = self.history.seen - at;
                256 | u32::from(back(d)) | u32::from(back(d - 1)) << 9
            } else {
                0
            };
    }

    /// Features of a grid: late.
    #[inline]
    pub(crate) fn grid_features(&self, f: &mut [u32; FEATURES], back: impl Fn(usize) -> u8) {
        let (row, unit) = (self.history.rows.given, self.history.rows.unit);
        let at = |n: usize| u32::from(back(n));
        let (left, above, corner) = (at(unit), at(row), at(row + unit));
        let phase = (self.history.since_start() % unit as u64) as u32 & 0xff;
        let plane = (left + above).wrapping_sub(corner);
        let keys = [
            left << 8 | above,
            plane & 0x1ff,
            left << 8 | at(1),
            above << 8 | at(row.saturating_sub(unit)),
            (left + above) >> 1 << 9 | (at(1) + 256 - at(1 + unit)),
            left << 8 | at(2 * unit),
        ];
        for (i, key) in keys.into_iter().enumerate() {
            f[Feature::Grid0 as usize + i] = key << 8 | phase;
        }
    }
}
