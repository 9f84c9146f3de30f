//! 8.3.4: what is remembered besides the history of 8.2.5.

use crate::models::mix::history;
use crate::views::Structure;

#[derive(Clone)]
pub struct History {
    /// 8.2.5
    pub base: history::History,
    /// Of the present run of one class.
    pub length: u64,
    pub token: u32,
    pub token_1: u32,
    pub field: usize,
    /// How many the line before had.
    fields: usize,
    begin: [u64; 64],
    begin_1: [u64; 64],
    /// Of the present character, and of those before, the latest first.
    pub begun: u32,
    more: u8,
    pub chars: [u32; 3],
    /// The feature recall (8.3.13).
    pub recall: u64,
}

impl History {
    pub fn new(structure: Structure, past: u64) -> Self {
        Self {
            base: history::History::new(structure, past),
            length: 0,
            token: 0,
            token_1: 0,
            field: 0,
            fields: 0,
            begin: [0; 64],
            begin_1: [0; 64],
            begun: 0,
            more: 0,
            chars: [0; 3],
            recall: 0,
        }
    }

    /// The byte s was coded.
    pub fn note(&mut self, s: u8) {
        let before = self.base.classes % 16;
        self.base.note(s);
        let c = self.base.classes % 16;
        let t = self.base.t();
        self.length = if c == before {
            (self.length + 1).min(15)
        } else {
            0
        };
        if (4..=7).contains(&c) || b".-+_".contains(&s) {
            let sum = self.token.wrapping_add(u32::from(s)).wrapping_add(1);
            self.token = sum.wrapping_mul(0x2f0b_4c47).max(1);
        } else if self.token > 0 {
            self.token_1 = self.token;
            self.token = 0;
        }
        let continues = self.more > 0 && (0x80..0xc0).contains(&s);
        self.begun = u32::from(s) + if continues { self.begun << 8 } else { 0 };
        self.more = match s {
            _ if continues => self.more - 1,
            0xc0..0xe0 => 1,
            0xe0..0xf0 => 2,
            0xf0..0xf8 => 3,
            _ => 0,
        };
        if self.more == 0 {
            self.chars = [self.begun, self.chars[0], self.chars[1]];
            self.begun = 0;
        }
        if b",;|\t".contains(&s) {
            self.field = (self.field + 1).min(63);
            self.begin[self.field] = t;
        }
        if s == b'\n' {
            self.begin_1 = self.begin;
            self.fields = self.field + 1;
            self.field = 0;
            self.begin[0] = t;
        }
    }

    pub fn field_above(&self) -> u64 {
        if self.field >= self.fields {
            return 0;
        }
        let (t, line) = (self.base.t(), self.base.line);
        let a = self.begin_1[self.field] + t - self.begin[self.field];
        let z = if self.field + 1 < self.fields {
            self.begin_1[self.field + 1]
        } else {
            line
        };
        if a < z && z <= line {
            256 + self.base.back(t - a) + 512 * self.base.back(t - a - 1)
        } else {
            0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_field_above() {
        let mut history = History::new(Structure::NONE, 1 << 24);
        let mut above = vec![];
        for s in b"ab,cd\nxyz,w" {
            history.note(*s);
            above.push(history.field_above());
        }
        let of = |here: u8, next: u8| 256 + u64::from(here) + 512 * u64::from(next);
        assert_eq!(above[..5], [0; 5]);
        assert_eq!(
            above[5..],
            [
                of(b'a', b'b'),
                of(b'b', b','),
                of(b',', b'c'),
                0,
                of(b'c', b'd'),
                of(b'd', b'\n')
            ]
        );
    }
}
