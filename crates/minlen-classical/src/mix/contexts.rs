//! What the model looks at: contexts, as hashes of the past.
//!
//! Every context but the two direct ones is a number for its kind and a 64-bit key, hashed by
//! [`hash`]. "Letters" are A–Z, a–z and all bytes from 128 on (so that words of any script in
//! UTF-8 stay whole).

use minlen_core::{Codes, Role};

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

/// The hash of context kind `kind` with that key: the high 32 bits of
/// (k xor ⌊k / 2²⁹⌋) · 0x9e3779b97f4a7c15, where k = key + (kind + 1) · 0xd6e8feb86659fd93, all
/// modulo 2⁶⁴.
#[inline]
pub(crate) const fn hash(kind: u64, key: u64) -> u32 {
    let k = key.wrapping_add((kind + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
    let k = (k ^ (k >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
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

/// What contexts are made of.
#[derive(Clone)]
pub(crate) struct History {
    /// The last 8 bytes, the newest lowest; zeros before the beginning.
    pub(crate) last: u64,
    /// Bytes seen.
    pub(crate) seen: usize,
    /// Hash of the letters of the present word, folded to lower case; 0 between words.
    word: u32,
    /// The same of the words before, the latest first.
    words: [u32; 2],
    /// Classes of the last 16 bytes, the newest lowest.
    classes: u64,
    /// The same with runs of one class of letters or digits collapsed.
    pub(crate) form: u64,
    /// Open brackets, the innermost first.
    brackets: [u8; 4],
    /// Where this line and the one before begin.
    lines: [usize; 2],
    /// The first byte of this line.
    first: u8,
    /// The last byte that was neither letter, digit nor white space.
    mark: u8,
    /// The byte that followed each byte the last two times that it was seen, the later lowest.
    follow1: Vec<u16>,
    /// The same for each pair of bytes.
    follow2: Vec<u16>,
    /// The fixed row length, or the one guessed.
    rows: Rows,
    /// Which symbols stand for words, and what the last symbol was.
    codes: Codes,
    role: Role,
}

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

impl History {
    pub(crate) fn new(structure: &minlen_core::Structure) -> History {
        History {
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
        }
    }

    /// Bytes that the tables here take.
    pub(crate) const BYTES: u64 = 2 * ((1 << 8) + (1 << 16)) + 8 * 256;

    /// The byte was `s`.
    pub(crate) fn push(&mut self, s: u8) {
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
        if s == b'\n' {
            self.lines = [self.seen, self.lines[0]];
        }
    }

    /// Coarse classes of the last three bytes, the newest highest: 0–511.
    #[inline]
    pub(crate) fn coarse(&self) -> usize {
        let coarse = |n: u32| usize::from(COARSE[(self.classes >> (4 * n)) as usize & 15]);
        coarse(0) << 6 | coarse(1) << 3 | coarse(2)
    }

    /// The innermost open bracket, 0 for none.
    #[inline]
    pub(crate) fn bracket(&self) -> u8 {
        self.brackets[0]
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
