//! What the model looks at: the contexts, as hashes.

/// A context: a function of the past, hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Context {
    /// Nothing.
    O0,
    /// The last byte (direct).
    O1,
    /// The last n bytes.
    Last(u8),
    /// The word so far, and the byte before... 
    Word,
    WordPrev,
    WordByte,
    WordSkip,
    Format,
    FormatWord,
    Brackets,
    Sparse(u64),
    Expected,
    Column,
    Indirect1,
    Indirect2,
    Above,
    FormatN(u8),
    FormatByte(u8),
    Word3,
    WordLineStart,
    WordSuffix,
    Lengths,
    Initials,
    Folded(u8),
    BracketByte,
    ExpectedWord,
    Expected2,
    SkipWord2,
    PrevOnly,
    LastPunct,
    Zip(u8),
    O2H(u8),
}

impl Context {
    /// Whether it needs the state of the match model after the last byte.
    #[inline]
    pub(crate) fn expects(self) -> bool {
        matches!(self, Context::Expected | Context::ExpectedWord | Context::Expected2 | Context::Column | Context::Above)
    }

    #[inline]
    pub(crate) fn wide(self) -> bool {
        let m = super::model::X[8].max(0);
        match self { Context::Last(2) => m & 1 != 0, Context::Last(3) => m & 2 != 0, Context::Last(4) => m & 4 != 0,Context::Word => m & 8 != 0, Context::Format => m & 16 != 0, Context::BracketByte => m & 32 != 0, Context::Indirect2 => m & 64 != 0, Context::Expected => m & 128 != 0, _ => false }
    }
}

/// What contexts are made of; updated once a byte.
#[derive(Clone)]
pub(crate) struct History {
    /// The last 8 bytes, the newest lowest.
    pub(crate) last: u64,
    /// Hash of the letters of the present word, folded to lower case; 0 between words.
    word: u32,
    /// The words before.
    words: [u32; 3],
    /// Classes of the last 16 bytes, the newest lowest.
    pub(crate) classes: u64,
    /// The same, with runs of letters and of digits collapsed.
    pub(crate) format: u64,
    pub(crate) bracket: [u8; 4],
    pub(crate) line_start: usize,
    above_start: usize,
    pub(crate) seen: usize,
    folded: u64,
    pub(crate) lens: u32,
    initials: u64,
    first: u8,
    punct: u8,
    suffix: u64,
    /// what followed each byte / pair
    follow1: Vec<u16>,
    follow2: Vec<u16>,
}

/// Class of a byte, 0–15.
const CLASS: [u8; 256] = {
    let mut class = [0; 256];
    let mut b = 0;
    while b < 256 {
        class[b] = match b as u8 {
            0 => 0,
            b'\n' | b'\r' => 1,
            b' ' | b'\t' => 2,
            1..=31 | 127 => 3,
            b'0'..=b'9' => 4,
            b'a'..=b'z' => 5,
            b'A'..=b'Z' => 6,
            0x80.. => 7,
            b'.' | b'!' | b'?' | b':' | b';' => 8,
            b',' => 9,
            b'<' | b'(' | b'[' | b'{' => 10,
            b'>' | b')' | b']' | b'}' => 11,
            b'"' | b'\'' => 12,
            b'=' | b'-' | b'+' | b'*' | b'/' | b'_' => 13,
            b'&' | b'|' | b'#' | b'%' => 14,
            _ => 15,
        };
        b += 1;
    }
    class
};

/// Eight classes, for choosing weights.
pub(crate) const COARSE: [u8; 16] = [0, 1, 2, 0, 3, 4, 5, 6, 7, 7, 1, 1, 7, 7, 7, 7];

pub(crate) const fn hash(id: u64, key: u64) -> u32 {
    let h = key.wrapping_add((id + 1).wrapping_mul(0xd6e8_feb8_6659_fd93));
    let h = (h ^ (h >> 29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (h >> 32) as u32
}

impl History {
    pub(crate) fn new() -> History {
        History {
            last: 0,
            word: 0,
            words: [0; 3],
            classes: 0,
            format: 0,
            bracket: [0; 4],
            line_start: 0,
            above_start: 0,
            seen: 0, folded: 0, lens: 0, initials: 0, first: 0, punct: 0, suffix: 0,
            follow1: vec![0; 256],
            follow2: vec![0; 65536],
        }
    }

    pub(crate) fn push(&mut self, s: u8) {
        self.follow2[(self.last & 0xffff) as usize] = self.follow2[(self.last & 0xffff) as usize] << 8 | u16::from(s);
        self.follow1[(self.last & 0xff) as usize] = self.follow1[(self.last & 0xff) as usize] << 8 | u16::from(s);
        self.last = self.last << 8 | u64::from(s);
        self.seen += 1;
        let class = CLASS[usize::from(s)];
        if !(matches!(class, 2) && (self.folded & 255) == 32) {
            self.folded = self.folded << 8 | u64::from(if class == 6 { s | 32 } else if class == 2 {32} else { s });
        }
        if self.line_start + 1 == self.seen { self.first = s; }
        if !matches!(class, 2 | 4 | 5 | 6 | 7) { self.punct = s; }
        if matches!(class, 5..=7) {
            if self.word == 0 { self.initials = self.initials << 8 | u64::from(s | 32); self.lens = self.lens << 4; }
            self.lens = (self.lens & !15) | ((self.lens & 15) + 1).min(15);
            self.suffix = self.suffix << 8 | u64::from(s|32);
            let folded = if class == 6 { s | 32 } else { s };
            self.word = (self.word.wrapping_add(u32::from(folded) + 1)).wrapping_mul(0x2f0b_4c47);
            if self.word == 0 {
                self.word = 1;
            }
        } else if self.word != 0 {
            self.words = [self.word, self.words[0], self.words[1]];
            self.word = 0;
        }
        let before = self.classes as u8 & 15;
        self.classes = self.classes << 4 | u64::from(class);
        if !(class == before && matches!(class, 4..=7)) {
            self.format = self.format << 4 | u64::from(class);
        }
        match s {
            b'(' | b'[' | b'{' | b'<' => {
                self.bracket = [s, self.bracket[0], self.bracket[1], self.bracket[2]];
            }
            b')' | b']' | b'}' | b'>' => {
                self.bracket = [self.bracket[1], self.bracket[2], self.bracket[3], 0];
            }
            _ => {}
        }
        if s == b'\n' {
            self.above_start = self.line_start;
            self.line_start = self.seen;
        }
    }

    /// The hash of a context.
    #[inline]
    pub(crate) fn hash(&self, context: Context, expected: u32, back: impl Fn(usize) -> u8) -> u32 {
        let byte = |n: u32| (self.last >> (8 * n)) & 255;
        let word = u64::from(self.word);
        match context {
            Context::O0 | Context::O1 => 0,
            Context::Last(n) => {
                let mask = if n >= 8 { u64::MAX } else { (1 << (8 * n)) - 1 };
                hash(u64::from(n), self.last & mask)
            }
            Context::Word => hash(16, word << 32 ),
            Context::WordPrev => hash(17, word << 32 | u64::from(self.words[0])),
            Context::WordByte => hash(18, word << 32 | if self.word == 0 {self.last & 0xffff} else {u64::from(self.words[0] & 0)}  ),
            Context::WordSkip => hash(19, word << 32 | u64::from(self.words[1])),
            Context::Format => hash(20, self.format & 0xffff_ffff_ffff),
            Context::FormatWord => hash(21, word << 24 ^ (self.format & 0xffff)),
            Context::Brackets => hash(22, word << 32 ^ u64::from(u32::from_le_bytes(self.bracket)) & 0xffffff),
            Context::Sparse(mask) => hash(23 + mask, self.last & mask),
            Context::Expected => hash(24, u64::from(expected) << 8 | byte(0)),
            Context::Column => {
                let column = self.seen - self.line_start;
                let above = self.above_start + column;
                let above = if above < self.line_start { back(self.seen - above) } else { 0 };
                hash(25, (column.min(255) as u64) << 16 | u64::from(above) << 8 | byte(0))
            }
            Context::Above => {
                let column = self.seen - self.line_start;
                let above = self.above_start + column;
                let above = if above < self.line_start { back(self.seen - above) } else { 0 };
                hash(28, u64::from(above) << 16 | self.last & 0xffff)
            }
            Context::FormatN(n) => hash(64 + u64::from(n), self.format & ((1u64 << (4 * n)) - 1)),
            Context::FormatByte(n) => hash(96 + u64::from(n), (self.format & ((1u64 << (4 * n)) - 1)) << 8 | byte(0)),
            Context::Word3 => hash(29, (word << 32 | u64::from(self.words[0])).wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ u64::from(self.words[1])),
            Context::WordLineStart => hash(30, word << 32 | u64::from(self.first)),
            Context::WordSuffix => hash(31, word << 32 | if self.word != 0 { u64::from(self.words[0]) >> 40 } else { 0 } | (self.suffix & 0xffffff)),
            Context::Lengths => hash(32, u64::from(self.lens & 0xfff) << 8 | byte(0)),
            Context::Initials => hash(33, word << 32 | (self.initials & 0xffffff)),
            Context::Folded(n) => hash(34 + u64::from(n), self.folded & (u64::MAX >> (64 - 8 * n))),
            Context::BracketByte => hash(50, u64::from(self.bracket[0]) << 16 | self.last & 0xffff),
            Context::ExpectedWord => hash(51, word << 32 | u64::from(expected & 511)),
            Context::Expected2 => hash(52, u64::from(expected & 511) << 16 | self.last & 0xffff),
            Context::SkipWord2 => hash(53, word << 32 | u64::from(self.words[2])),
            Context::PrevOnly => hash(54, u64::from(self.words[0]) << 8 | byte(0)),
            Context::LastPunct => hash(55, word << 32 | u64::from(self.punct)),
            Context::Zip(n) => hash(200 + u64::from(n), (self.classes & ((1u64 << (4 * n)) - 1)) << 8 | byte(0)),
            Context::O2H(_) => hash(56, self.last & 0xffff),
            Context::Indirect1 => hash(26, u64::from(self.follow1[byte(0) as usize]) << 8 | byte(0)),
            Context::Indirect2 => hash(27, u64::from(self.follow2[(self.last & 0xffff) as usize]) << 16 | self.last & 0xffff),
        }
    }
}

pub(crate) fn named(name: &str) -> Context {
    use Context::*;
    let n = |d: usize| name[d..].parse::<u8>().unwrap();
    match name {
        "O0" => O0, "O1" => O1, "w" => Word, "wp" => WordPrev, "wb" => WordByte, "ws" => WordSkip,
        "f" => Format, "fw" => FormatWord, "b" => Brackets, "e" => Expected, "c" => Column, "a" => Above,
        "i1" => Indirect1, "i2" => Indirect2, "w3" => Word3, "wl" => WordLineStart, "wx" => WordSuffix,
        "len" => Lengths, "ini" => Initials, "bb" => BracketByte, "ew" => ExpectedWord, "e2" => Expected2,
        "ws2" => SkipWord2, "po" => PrevOnly, "lp" => LastPunct,
        "s2" => Sparse(0xff00), "s3" => Sparse(0xff0000), "s23" => Sparse(0xffff00), "s13" => Sparse(0xff00ff),
        "s234" => Sparse(0xffffff00), "s134" => Sparse(0xffff00ff), "s124" => Sparse(0xff00ffff),"sh" => Sparse(0xf0f0f0ff),
        _ if name.starts_with("F") => Folded(n(1)),
        _ if name.starts_with("z") => Zip(n(1)),
        _ if name.starts_with("fn") => FormatN(n(2)),
        _ if name.starts_with("fb") => FormatByte(n(2)),
        _ if name.starts_with("o") => Last(n(1)),
        _ => panic!("{name}"),
    }
}
