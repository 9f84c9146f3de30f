//! What has been seen: bytes, words, classes, brackets, lines and rows.
//!
//! "Letters" are A–Z, a–z and all bytes from 128 on (so that words of any script in UTF-8 stay
//! whole). Where symbols stand for words ([`Codes`]), each is a word.

use minlen_core::{Codes, Role, Structure, Symbol};

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

/// Whether symbols of that class make up numbers and names: digits and letters.
#[inline]
pub(crate) fn is_token(class: u8) -> bool {
    (DIGIT..=OTHER_LETTER).contains(&class)
}

/// Whether the symbol is one of those.
#[inline]
pub(crate) fn is_name(s: Symbol) -> bool {
    is_token(CLASS[usize::from(s)])
}

/// Eight coarser classes, for choosing weights.
const COARSE: [u8; 16] = [0, 1, 2, 0, 3, 4, 5, 6, 7, 7, 1, 1, 7, 7, 7, 7];

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
    pub(crate) word: u32,
    /// The same of the words before, the latest first.
    pub(crate) words: [u32; 2],
    /// Classes of the last 16 bytes, the newest lowest.
    pub(crate) classes: u64,
    /// The same with runs of one class of letters or digits collapsed.
    pub(crate) form: u64,
    /// Open brackets, the innermost first.
    pub(crate) brackets: [u8; 4],
    /// Where this line and the one before begin.
    pub(crate) lines: [usize; 2],
    /// The first byte of this line.
    pub(crate) first: u8,
    /// The last byte that was neither letter, digit nor white space.
    pub(crate) mark: u8,
    /// The byte that followed each byte the last two times that it was seen, the later lowest.
    pub(crate) follow1: Vec<u16>,
    /// The same for each pair of bytes; empty when nobody asks for it.
    pub(crate) follow2: Vec<u16>,
    /// The fixed row length, or the one guessed.
    pub(crate) rows: Rows,
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
pub(crate) struct Rows {
    pub(crate) given: usize,
    /// Whether a length is guessed.
    pub(crate) guess: bool,
    start: usize,
    pub(crate) unit: usize,
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
    pub(crate) fn new(structure: &Structure) -> History {
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
                guess: structure.row == 0,
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
    #[inline]
    pub(crate) fn push(&mut self, s: Symbol) {
        if let Some(follow) = self.follow2.get_mut((self.last & 0xffff) as usize) {
            *follow = *follow << 8 | u16::from(s);
        }
        let follow = &mut self.follow1[(self.last & 0xff) as usize];
        *follow = *follow << 8 | u16::from(s);
        self.last = self.last << 8 | u64::from(s);
        if self.lines[0] == self.seen {
            self.first = s;
        }
        self.seen += 1;
        if self.rows.guess {
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

    /// Back to where `to` is: as a copy, without new memory.
    pub(crate) fn go_back(&mut self, to: &History) {
        let mut follow1 = std::mem::take(&mut self.follow1);
        let mut follow2 = std::mem::take(&mut self.follow2);
        let mut places = std::mem::take(&mut self.rows.places);
        follow1.copy_from_slice(&to.follow1);
        follow2.copy_from_slice(&to.follow2);
        places.copy_from_slice(&to.rows.places);
        *self = History {
            follow1,
            follow2,
            rows: Rows { places, ..to.rows },
            ..*to
        };
    }

    /// The class of the last symbol, and of the one before; 0 before the beginning.
    #[inline]
    pub(crate) fn last_classes(&self) -> (u8, u8) {
        (self.classes as u8 & 15, self.classes as u8 >> 4)
    }

    /// The last three classes, collapsed.
    #[inline]
    pub(crate) fn form3(&self) -> usize {
        self.form as usize & 0xfff
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
    pub(crate) fn since_start(&self) -> u64 {
        (self.seen as u64).wrapping_sub(self.rows.start as u64)
    }

    /// The place in the row, and how far back the byte above is (0: there is none). A row is one
    /// of the given or guessed length, or a line of text.
    #[inline]
    pub(crate) fn place(&self) -> (u64, usize) {
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
}
