//! 8.2.5: history, what is remembered of the bytes so far.

use crate::views::{Role, Structure};

/// Class of a symbol.
pub fn class(s: u8, role: Role) -> u8 {
    match role {
        Role::Byte => class_of_byte(s),
        Role::Escape | Role::Single | Role::Second => 7,
        Role::Capital | Role::Capitals => 6,
        Role::Lead => 3,
    }
}

/// The same of a byte.
pub fn class_of_byte(s: u8) -> u8 {
    match s {
        0 => 0,
        b'\n' | b'\r' => 1,
        b'\t' | b' ' => 2,
        1..=0x1f | 0x7f => 3,
        b'0'..=b'9' => 4,
        b'a'..=b'z' => 5,
        b'A'..=b'Z' => 6,
        0x80..=0xff => 7,
        b'.' | b'!' | b'?' | b':' | b';' => 8,
        b',' => 9,
        b'<' | b'(' | b'[' | b'{' => 10,
        b'>' | b')' | b']' | b'}' => 11,
        b'"' | b'\'' => 12,
        b'=' | b'-' | b'+' | b'*' | b'/' | b'_' => 13,
        b'&' | b'|' | b'#' | b'%' => 14,
        _ => 15,
    }
}

#[derive(Clone)]
pub struct History {
    pub structure: Structure,
    /// The largest n for which back(n) is not 0.
    past: u64,
    /// All bytes so far; there are t.
    bytes: Vec<u8>,
    pub classes: u64,
    pub form: u64,
    /// word, word₁ and word₂.
    pub words: [u32; 3],
    /// β₁ to β₄.
    pub brackets: [u8; 4],
    /// line and line′.
    pub line: u64,
    line_before: u64,
    pub initial: u8,
    pub mark: u8,
    follow_1: Vec<u16>,
    follow_2: Vec<u16>,
    /// For each byte value, seen and gap.
    pairs: [(u32, u32); 256],
    candidate: u32,
    votes: u32,
    /// Of the last symbol.
    role: Role,
}

impl History {
    pub fn new(structure: Structure, past: u64) -> Self {
        Self {
            structure,
            past,
            bytes: Vec::new(),
            classes: 0,
            form: 0,
            words: [0; 3],
            brackets: [0; 4],
            line: 0,
            line_before: 0,
            initial: 0,
            mark: 0,
            follow_1: vec![0; 1 << 8],
            follow_2: vec![0; 1 << 16],
            pairs: [(0, 0); 256],
            candidate: 0,
            votes: 0,
            role: Role::Byte,
        }
    }

    pub fn t(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// The byte at a position, from 0.
    pub fn at(&self, position: u64) -> u8 {
        self.bytes.get(position as usize).copied().unwrap_or(0)
    }

    /// bₙ for n ≥ 1.
    pub fn b(&self, n: u64) -> u8 {
        if n > self.t() {
            0
        } else {
            self.at(self.t() - n)
        }
    }

    /// [bₙ…b₁] for n ≤ 8.
    pub fn last(&self, n: u64) -> u64 {
        (1..=n)
            .rev()
            .fold(0, |number, i| (number << 8) | u64::from(self.b(i)))
    }

    pub fn back(&self, n: u64) -> u64 {
        if n == 0 || n > self.past {
            0
        } else {
            u64::from(self.b(n))
        }
    }

    /// follow₁[b₁]
    pub fn follow_1(&self) -> u64 {
        u64::from(self.follow_1[self.last(1) as usize])
    }

    /// follow₂[[b₂b₁]]
    pub fn follow_2(&self) -> u64 {
        u64::from(self.follow_2[self.last(2) as usize])
    }

    /// κₙ
    pub fn coarse(&self, n: u64) -> u64 {
        let class = (self.classes >> (4 * n)) % 16;
        [0, 1, 2, 0, 3, 4, 5, 6, 7, 7, 1, 1, 7, 7, 7, 7][class as usize]
    }

    /// Column and above.
    pub fn column_and_above(&self) -> (u64, u64) {
        let row = match self.structure.row {
            0 if self.votes >= 24 => u64::from(self.candidate),
            row => row,
        };
        if row > 0 {
            let column = self.t().wrapping_sub(self.structure.start) % row;
            return (column, row);
        }
        let column = self.t() - self.line;
        let above = if self.line_before + column < self.line {
            self.t() - self.line_before - column
        } else {
            0
        };
        (column, above)
    }

    /// The byte s was coded.
    pub fn note(&mut self, s: u8) {
        let role = self.structure.role(self.role, s);
        self.role = role;
        let c = class(s, role);
        let is_part = match role {
            Role::Byte => (5..=7).contains(&c),
            Role::Capital | Role::Capitals => false,
            Role::Escape | Role::Lead | Role::Single | Role::Second => true,
        };
        let is_code_end = matches!(role, Role::Single | Role::Second);
        self.note_follow(s);
        if self.line == self.t() {
            self.initial = s;
        }
        self.bytes.push(s);
        if self.structure.row == 0 {
            self.note_gap(s);
        }
        if is_part {
            self.note_part(s, role, c);
        }
        if !is_part || is_code_end {
            self.end_word();
        }
        if !is_part && !matches!(c, 1 | 2 | 4 | 6) {
            self.mark = s;
        }
        if u64::from(c) != self.classes % 16 || !(4..=7).contains(&c) || is_code_end {
            self.form = (self.form << 4) + u64::from(c);
        }
        self.classes = (self.classes << 4) + u64::from(c);
        let [b1, b2, b3, b4] = self.brackets;
        match c {
            10 => self.brackets = [s, b1, b2, b3],
            11 => self.brackets = [b2, b3, b4, 0],
            _ => {}
        }
        if s == b'\n' {
            self.line_before = self.line;
            self.line = self.t();
        }
    }

    /// Step 1.
    fn note_follow(&mut self, s: u8) {
        let (one, two) = (self.last(1) as usize, self.last(2) as usize);
        for follow in [&mut self.follow_1[one], &mut self.follow_2[two]] {
            *follow = (*follow << 8) + u16::from(s);
        }
    }

    /// Step 3.
    fn note_gap(&mut self, s: u8) {
        let t = self.t() as u32; // modulo 2^32
        let (seen, old) = self.pairs[usize::from(s)];
        let g = t.wrapping_sub(seen);
        self.pairs[usize::from(s)] = (t, g);
        if g == old && (2..=4096).contains(&g) {
            if g == self.candidate {
                self.votes = (self.votes + 1).min(255);
            } else if self.votes == 0 {
                (self.candidate, self.votes) = (g, 1);
            } else {
                self.votes -= 1;
            }
        }
    }

    /// Step 4.
    fn note_part(&mut self, s: u8, role: Role, c: u8) {
        let is_large = role == Role::Byte && c == 6;
        let small = u32::from(s) + if is_large { 32 } else { 0 };
        let sum = self.words[0].wrapping_add(small).wrapping_add(1);
        self.words[0] = sum.wrapping_mul(0x2f0b_4c47).max(1);
    }

    /// Step 4, where a word is over.
    fn end_word(&mut self) {
        let [word, word_1, _] = self.words;
        if word > 0 {
            self.words = [0, word, word_1];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(text: &[u8]) -> History {
        let mut history = History::new(Structure::NONE, 1 << 24);
        text.iter().for_each(|s| history.note(*s));
        history
    }

    #[test]
    fn words_in_either_case() {
        assert_eq!(after(b"Word").words, after(b"wORD").words);
        assert_eq!(after(b"a, b").words[1], after(b"a").words[0]);
    }

    #[test]
    fn lines() {
        let history = after(b"abc\nde");
        assert_eq!(history.column_and_above(), (2, 4));
        assert_eq!(history.back(4), u64::from(b'c'));
        assert_eq!(history.initial, b'd');
        // Below the end of the line before there is nothing.
        assert_eq!(after(b"a\nbc").column_and_above(), (2, 0));
    }

    #[test]
    fn rows_are_found() {
        let rows: Vec<u8> = (0..1000).map(|i| (i % 7) as u8 + 100).collect();
        assert_eq!(after(&rows).column_and_above(), (1000 % 7, 7));
    }
}
