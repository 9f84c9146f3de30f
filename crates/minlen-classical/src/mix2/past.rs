//! What has been seen, boiled down to features: the numbers that contexts are made of.

use minlen_core::{Codes, Role, Structure, Symbol};

/// Something that contexts can be made of: one 32-bit number after each symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Feature {
    /// Always 0.
    None,
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
    /// How long the last class has run; and the last 4 classes, collapsed.
    Run,
    /// The symbol that the match model expects, and how sure it is: late.
    Expected,
    /// The place in the row, the symbol above: late.
    Column,
    Above,
    /// In the same field of the line before, the symbol at the same place, and the next: late.
    FieldAbove,
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

/// The class of each byte, 0–15.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut b = 0;
    while b < 256 {
        class[b] = match b as u8 {
            0 => 0,
            b'\n' | b'\r' => 1,
            b' ' | b'\t' => 2,
            1..=31 | 127 => 3,
            b'0'..=b'9' => DIGIT,
            b'a'..=b'z' => 5,
            b'A'..=b'Z' => UPPER,
            0x80.. => 7,
            b'.' | b'!' | b'?' | b':' | b';' => 8,
            b',' => 9,
            b'<' | b'(' | b'[' | b'{' => OPEN,
            b'>' | b')' | b']' | b'}' => CLOSE,
            b'"' | b'\'' => 12,
            b'=' | b'-' | b'+' | b'*' | b'/' | b'_' => 13,
            b'&' | b'|' | b'#' | b'%' => 14,
            _ => 15,
        };
        b += 1;
    }
    class
};
const CONTROL: u8 = 3;
const DIGIT: u8 = 4;
const UPPER: u8 = 6;
const OTHER_LETTER: u8 = 7;
const OPEN: u8 = 10;
const CLOSE: u8 = 11;

/// Eight coarser classes, for choosing weights.
const COARSE: [u8; 16] = [0, 1, 2, 0, 3, 4, 5, 6, 7, 7, 1, 1, 7, 7, 7, 7];

/// 32 bits of a 64-bit number.
#[inline]
pub(crate) const fn fold(key: u64) -> u32 {
    let k = (key ^ (key >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (k >> 32) as u32
}

/// What a symbol is to the word so far.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    /// None of it: it is over.
    None,
    Letter,
    /// A letter, and then it is over: the end of a code.
    LastLetter,
}

/// What features are made of.
#[derive(Clone)]
pub(crate) struct Past {
    /// The last 8 symbols, the newest lowest; zeros before the beginning.
    pub(crate) last: u64,
    /// Symbols seen.
    pub(crate) seen: usize,
    word: u32,
    words: [u32; 2],
    classes: u64,
    form: u64,
    brackets: [u8; 4],
    lines: [usize; 2],
    first: u8,
    mark: u8,
    follow1: Vec<u16>,
    follow2: Vec<u16>,
    rows: Rows,
    codes: Codes,
    role: Role,
    token: u32,
    token_before: u32,
    run: u32,
    /// Field number in this line.
    field: usize,
    /// Where each field of this line, and of the one before, begins.
    starts: [[usize; FIELDS]; 2],
    /// Fields in the line before
    above_fields: usize,
}

/// Fields of a line that are told apart.
const FIELDS: usize = 64;

/// The length of rows or records: given, or guessed.
///
/// A guess: when a byte occurs at the same distance g ≥ 2 from its last place as that was from
/// the one before, that is a vote for g. Votes are counted by Boyer and Moore's majority rule
/// (a vote for another length takes one away, and at 0 replaces the candidate), up to 255; the
/// candidate holds while it has at least [`ENOUGH`] votes.
#[derive(Clone)]
struct Rows {
    given: usize,
    start: usize,
    unit: usize,
    /// For each byte value: its last place plus one, and the distance before.
    places: Vec<[u32; 2]>,
    candidate: usize,
    votes: u32,
}

/// Votes that make a guess hold.
const ENOUGH: u32 = 24;
/// Longest row that is guessed.
const LONGEST: u32 = 4096;

impl Rows {
    #[inline]
    fn push(&mut self, s: u8, seen: usize) {
        let now = seen as u32;
        let [last, distance] = self.places[usize::from(s)];
        let gap = now.wrapping_sub(last);
        self.places[usize::from(s)] = [now, gap];
        if gap == distance && (2..=LONGEST).contains(&gap) {
            if gap as usize == self.candidate {
                self.votes = (self.votes + 1).min(255);
            } else if self.votes == 0 {
                self.candidate = gap as usize;
                self.votes = 1;
            } else {
                self.votes -= 1;
            }
        }
    }

    /// The length, 0 when there is none.
    #[inline]
    fn length(&self) -> usize {
        match self.given {
            0 if self.votes >= ENOUGH => self.candidate,
            given => given,
        }
    }
}

impl Past {
    pub(crate) fn new(structure: &Structure) -> Past {
        Past {
            last: 0,
            seen: 0,
            word: 0,
            words: [0; 2],
            classes: 0,
            form: 0,
            brackets: [0; 4],
            lines: [0; 2],
            first: 0,
            mark: 0,
            follow1: vec![0; 1 << 8],
            follow2: vec![0; 1 << 16],
            rows: Rows {
                given: structure.row as usize,
                start: structure.start as usize,
                unit: structure.unit.max(1) as usize,
                places: vec![[0; 2]; 256],
                candidate: 0,
                votes: 0,
            },
            codes: structure.codes,
            role: Role::Byte,
            token: 0,
            token_before: 0,
            run: 0,
            field: 0,
            starts: [[0; FIELDS]; 2],
            above_fields: 0,
        }
    }

    /// Bytes that the tables here take.
    pub(crate) const BYTES: u64 = 2 * ((1 << 8) + (1 << 16)) + 8 * 256;

    /// The symbol was `s`.
    #[inline]
    pub(crate) fn push(&mut self, s: Symbol) {
        let follow = &mut self.follow2[(self.last & 0xffff) as usize];
        *follow = *follow << 8 | u16::from(s);
        let follow = &mut self.follow1[(self.last & 0xff) as usize];
        *follow = *follow << 8 | u16::from(s);
        self.last = self.last << 8 | u64::from(s);
        if self.lines[0] == self.seen {
            self.first = s;
        }
        self.seen += 1;
        if self.rows.given == 0 {
            self.rows.push(s, self.seen);
        }
        self.role = self.codes.role(self.role, s);
        let (class, part) = match self.role {
            Role::Byte => match CLASS[usize::from(s)] {
                class @ 5..=7 => (class, Part::Letter),
                class => (class, Part::None),
            },
            Role::Escape => (OTHER_LETTER, Part::Letter),
            Role::Capital | Role::Capitals => (UPPER, Part::None),
            Role::Lead => (CONTROL, Part::Letter),
            Role::Single | Role::Second => (OTHER_LETTER, Part::LastLetter),
        };
        let folded = match (self.role, class) {
            (Role::Byte, UPPER) => s | 32,
            _ => s,
        };
        if part != Part::None {
            let word = self.word.wrapping_add(u32::from(folded) + 1);
            self.word = word.wrapping_mul(0x2f0b_4c47).max(1);
        }
        if part != Part::Letter && self.word != 0 {
            self.words = [self.word, self.words[0]];
            self.word = 0;
        }
        if part == Part::None && !matches!(class, 1 | 2 | DIGIT | UPPER) {
            self.mark = s;
        }
        let before = self.classes as u8 & 15;
        self.classes = self.classes << 4 | u64::from(class);
        if !(class == before && matches!(class, DIGIT..=7)) || part == Part::LastLetter {
            self.form = self.form << 4 | u64::from(class);
        }
        if class == OPEN {
            let b = self.brackets;
            self.brackets = [s, b[0], b[1], b[2]];
        } else if class == CLOSE {
            let b = self.brackets;
            self.brackets = [b[1], b[2], b[3], 0];
        }
        self.run = if class == before {
            (self.run + 1).min(15)
        } else {
            0
        };
        if matches!(class, DIGIT..=7) || matches!(s, b'.' | b'-' | b'+' | b'_') {
            self.token = self
                .token
                .wrapping_add(u32::from(s) + 1)
                .wrapping_mul(0x2f0b_4c47)
                .max(1);
        } else if self.token != 0 {
            self.token_before = self.token;
            self.token = 0;
        }
        if matches!(s, b',' | b'\t' | b';' | b'|') {
            self.field = (self.field + 1).min(FIELDS - 1);
            self.starts[0][self.field] = self.seen;
        }
        if s == b'\n' {
            self.lines = [self.seen, self.lines[0]];
            self.starts[1] = self.starts[0];
            self.above_fields = self.field + 1;
            self.field = 0;
            self.starts[0][0] = self.seen;
        }
    }

    /// Coarse classes of the last three bytes, the newest highest: 0–511.
    #[inline]
    pub(crate) fn coarse(&self) -> usize {
        let coarse = |n: u32| usize::from(COARSE[(self.classes >> (4 * n)) as usize & 15]);
        coarse(0) << 6 | coarse(1) << 3 | coarse(2)
    }

    /// The last three classes, collapsed.
    #[inline]
    pub(crate) fn form3(&self) -> usize {
        self.form as usize & 0xfff
    }

    /// All features that are not late.
    #[inline]
    pub(crate) fn features(&self, f: &mut [u32; FEATURES]) {
        use Feature::*;
        let last = self.last;
        let mut set = |feature: Feature, value: u32| f[feature as usize] = value;
        set(Last1, last as u32 & 0xff);
        set(Last2, last as u32 & 0xffff);
        set(Last3, last as u32 & 0xff_ffff);
        set(Last4, last as u32);
        set(Last5, fold(last & 0xff_ffff_ffff));
        set(Last6, fold(last & 0xffff_ffff_ffff));
        set(Last8, fold(last));
        set(Back2, last as u32 & 0xff00);
        set(Back3, last as u32 & 0xff_0000);
        set(Back23, last as u32 & 0xff_ff00);
        set(Back34, last as u32 & 0xffff_0000);
        set(Word, self.word);
        set(Before, self.words[0]);
        set(Before2, self.words[1]);
        set(
            Pair,
            fold(u64::from(self.words[0]) << 32 | u64::from(self.words[1])),
        );
        set(Form4, self.form as u32 & 0xffff);
        set(Form8, self.form as u32);
        set(Form12, fold(self.form & 0xffff_ffff_ffff));
        set(Shape6, self.classes as u32 & 0xff_ffff);
        set(Token, self.token);
        set(TokenBefore, self.token_before);
        set(Field, self.field as u32);
        set(Run, self.run | (self.form as u32 & 0xffff) << 4);
        let [a, b, c, _] = self.brackets;
        set(Bracket, u32::from(a));
        set(Brackets, u32::from_be_bytes([0, c, b, a]));
        set(First, u32::from(self.first));
        set(Mark, u32::from(self.mark));
        set(Follow1, u32::from(self.follow1[last as usize & 0xff]));
        set(Follow2, u32::from(self.follow2[last as usize & 0xffff]));
    }

    /// Bytes seen since the first row began, modulo 2⁶⁴ (also before it did).
    #[inline]
    fn since_start(&self) -> u64 {
        (self.seen as u64).wrapping_sub(self.rows.start as u64)
    }

    /// The place in the row, and how far back the byte above is (0: there is none). A row is one
    /// of the given or guessed length, or a line of text.
    #[inline]
    fn place(&self) -> (u64, usize) {
        let length = self.rows.length();
        if length > 0 {
            return (self.since_start() % length as u64, length);
        }
        let column = self.seen - self.lines[0];
        let above = self.lines[1] + column;
        (
            column as u64,
            if above < self.lines[0] {
                self.seen - above
            } else {
                0
            },
        )
    }

    /// Features of the row: late. `back(n)`: the byte n places before the next, 0 for n = 0 and
    /// before the beginning.
    #[inline]
    pub(crate) fn row_features(&self, f: &mut [u32; FEATURES], back: impl Fn(usize) -> u8) {
        let (column, above) = self.place();
        f[Feature::Column as usize] = (column.min(255) as u32) << 8 | u32::from(back(above));
        f[Feature::Above as usize] = u32::from(back(above));
        let offset = self.seen - self.starts[0][self.field];
        let at = self.starts[1][self.field] + offset;
        let end = if self.field + 1 < self.above_fields {
            self.starts[1][self.field + 1]
        } else {
            self.lines[0]
        };
        f[Feature::FieldAbove as usize] =
            if self.field < self.above_fields && at < end && end <= self.lines[0] {
                let d = self.seen - at;
                256 | u32::from(back(d)) | u32::from(back(d - 1)) << 9
            } else {
                0
            };
    }

    /// Features of a grid: late.
    #[inline]
    pub(crate) fn grid_features(&self, f: &mut [u32; FEATURES], back: impl Fn(usize) -> u8) {
        let (row, unit) = (self.rows.given, self.rows.unit);
        let at = |n: usize| u32::from(back(n));
        let (left, above, corner) = (at(unit), at(row), at(row + unit));
        let phase = (self.since_start() % unit as u64) as u32 & 0xff;
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
