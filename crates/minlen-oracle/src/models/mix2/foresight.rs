//! 8.3.13: what the line lets foresee.

use super::fold;
use super::history::History;
use crate::models::mix::history::class_of_byte;
use crate::models::mix::logistic::Logistic;
use crate::models::mix::nibble::Half;
use crate::models::mix::trust::{self, Trust};

/// What is expected, and the row of trust that belongs to it.
type Expected = Option<(u8, usize)>;

#[derive(Clone)]
pub struct Foresight {
    recall: Recall,
    clock: Clock,
    expected: [Expected; 2],
    /// For each row and half, of each of the two.
    trust: [Vec<[Trust; 2]>; 2],
}

impl Foresight {
    pub fn new() -> Self {
        let trust = || vec![[trust::first(2); 2]; 64];
        Self {
            recall: Recall {
                places: vec![Begun::default(); 1 << 10],
                names: vec![Begun::default(); 1 << 10],
                links: vec![Link::default(); 1 << 12],
                ..Recall::default()
            },
            clock: Clock::default(),
            expected: [None; 2],
            trust: [trust(), trust()],
        }
    }

    /// The inputs to the mixer at each node, of both.
    pub fn inputs(&self, half: Half, logistic: &Logistic) -> [[i64; 16]; 2] {
        std::array::from_fn(|i| {
            let Some((expected, row)) = self.expected[i] else {
                return [0; 16];
            };
            match trust::nibble(Some(expected), half) {
                Some(nibble) => trust::inputs(&self.trust[i][row][half.half()], nibble, logistic),
                None => [0; 16],
            }
        })
    }

    /// The nibble was v.
    pub fn learn(&mut self, half: Half, v: u8) {
        for (expected, rows) in self.expected.iter().zip(&mut self.trust) {
            if let Some((expected, row)) = *expected
                && let Some(nibble) = trust::nibble(Some(expected), half)
            {
                trust::learn(&mut rows[row][half.half()], nibble, v);
            }
        }
    }

    /// s was noted in the history.
    pub fn note(&mut self, history: &History, s: u8) {
        let is_expected = |i: usize| self.expected[i].is_some_and(|(e, _)| e == s);
        self.recall.note(history.base.t(), s, is_expected(0));
        self.clock.note(s);
        self.expected = [self.recall.expected(history), self.clock.expected()];
    }

    /// The feature recall.
    pub fn feature(&self) -> u64 {
        match self.expected[0] {
            Some((e, row)) => 512 * row as u64 + 256 + u64::from(e),
            None => 0,
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Begun {
    hash: u32,
    behind: u32,
    begin: u64,
}

#[derive(Clone, Copy, Default)]
struct Link {
    to: u32,
    check: u16,
    weight: u64,
}

#[derive(Clone, Default)]
struct Recall {
    places: Vec<Begun>,
    names: Vec<Begun>,
    links: Vec<Link>,
    line: u64,
    /// λ
    before: u64,
    name: Option<Begun>,
    at: u64,
    g: u64,
    w: u64,
    told: bool,
}

fn place(hash: u32) -> usize {
    (hash >> 22) as usize
}

fn link(hash: u32) -> usize {
    (hash >> 20) as usize
}

impl Recall {
    fn expected(&self, history: &History) -> Expected {
        if self.at == 0 {
            return None;
        }
        let e = history.base.back(history.base.t() - self.at + 1);
        Some((e as u8, (self.g + 8 * self.w) as usize))
    }

    fn note(&mut self, t: u64, s: u8, is_expected: bool) {
        // 1
        if self.at > 0 && is_expected {
            self.at += 1;
            self.g = (self.g + 1).min(7);
        } else {
            (self.at, self.g) = (0, 0);
        }
        let behind = fold(self.before % (1 << 48));
        let is_name = (4..=7).contains(&class_of_byte(s));
        if is_name {
            // 2
            let name = self.name.get_or_insert(Begun {
                hash: 0,
                behind,
                begin: t,
            });
            let hash = name.hash.wrapping_add(u32::from(s) + 1);
            name.hash = hash.wrapping_mul(0x2f0b_4c47);
        } else if let Some(name) = self.name.take()
            && t - name.begin >= 2
        {
            self.learn(name); // 3
        }
        // 4
        let alike = if s.is_ascii_digit() { 48 } else { s };
        self.before = (self.before << 8) | u64::from(alike);
        // 5
        if s == 10 {
            (self.line, self.before, self.at, self.g) = (t, 0, 0, 0);
        }
        // 6
        if !is_name && self.g == 0 {
            (self.at, self.told) = (0, false);
            let hash = fold(self.before % (1 << 48));
            let Link { to, check, weight } = self.links[link(hash)];
            if check == hash as u16 && weight > 0 {
                let place = self.places[place(to)];
                if place.hash == to && place.begin > self.line {
                    (self.at, self.w, self.told) = (place.begin, weight, true);
                }
            }
        }
    }

    fn learn(&mut self, ended: Begun) {
        let hash = fold(u64::from(ended.hash));
        let name = &mut self.names[place(hash)];
        let known = name.hash == hash && name.begin > self.line;
        let before = name.behind;
        if !known {
            *name = Begun { hash, ..ended };
        }
        let behind = ended.behind;
        let link = &mut self.links[link(behind)];
        let own = link.check == behind as u16;
        if known && own && link.to == before {
            link.weight = (link.weight + 1).min(7);
        } else if known && own && link.weight > 1 {
            link.weight /= 2;
        } else if known {
            *link = Link {
                to: before,
                check: behind as u16,
                weight: 1,
            };
        } else if own && self.told {
            link.weight /= 2;
        }
        self.places[place(behind)] = Begun {
            hash: behind,
            ..ended
        };
    }
}

#[derive(Clone, Copy, Default)]
struct Word {
    length: u32,
    number: u64,
    has_letter: bool,
    strayed: bool,
    last: [u8; 3],
}

#[derive(Clone, Default)]
struct Clock {
    ahead: i64,
    /// τ and its parts.
    time: Option<(i64, [u64; 6])>,
    stage: usize,
    read: [u64; 6],
    word: Option<Word>,
}

/// What each part is at least and at most, and its digits.
const PARTS: [(u64, u64, u32); 6] = [
    (1990, 2099, 4),
    (1, 12, 2),
    (1, 31, 2),
    (0, 23, 2),
    (0, 59, 2),
    (0, 60, 2),
];

impl Clock {
    fn expected(&self) -> Expected {
        let (_, parts) = self.time?;
        let word = self.word.unwrap_or_default();
        let digits = PARTS[self.stage].2;
        if word.strayed || word.length >= digits {
            return None;
        }
        let written = format!("{:0width$}", parts[self.stage], width = digits as usize);
        let digit = written.as_bytes()[word.length as usize];
        Some((digit, 4 * self.stage + word.length as usize))
    }

    fn note(&mut self, s: u8) {
        if s.is_ascii_alphanumeric() {
            let strays = self.expected().is_some_and(|(e, _)| e != s);
            let word = self.word.get_or_insert_default();
            word.strayed |= strays;
            word.has_letter |= !s.is_ascii_digit();
            let number = word.number.wrapping_mul(10);
            word.number = number.wrapping_add(u64::from(s % 16));
            word.length = (word.length + 1).min(255);
            word.last = [word.last[1], word.last[2], s.to_ascii_lowercase()];
        } else if let Some(word) = self.word.take() {
            self.end(word);
        }
        if s == 10 {
            (self.time, self.stage, self.read) = (None, 0, [0; 6]);
        }
    }

    fn end(&mut self, word: Word) {
        let months = [
            "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
        ];
        if word.has_letter {
            let month = months.iter().position(|m| m.as_bytes() == word.last);
            match month {
                Some(month) if word.length == 3 => {
                    (self.read[1], self.stage) = (month as u64 + 1, 2);
                }
                _ => self.stage = 0,
            }
        } else if word.length == 10 && (900_000_000..2_200_000_000).contains(&word.number) {
            let time = word.number as i64;
            self.time = Some((time, parts(time + self.ahead)));
            self.stage = 0;
        } else if let Some((time, _)) = self.time {
            let (least, most, digits) = PARTS[self.stage];
            if word.length <= digits && (least..=most).contains(&word.number) {
                self.read[self.stage] = word.number;
                self.stage += 1;
            } else {
                self.stage = 0;
            }
            if self.stage == 6 {
                self.stage = 0;
                if self.read[0] > 0 {
                    let y = 900 * (seconds(self.read) - time + 450).div_euclid(900);
                    if y.abs() <= 50_400 {
                        self.ahead = y;
                        self.time = Some((time, parts(time + y)));
                    }
                }
            }
        }
    }
}

fn days_of_month(year: u64, month: u64) -> u64 {
    let leaps = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    match month {
        2 if leaps => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970 to the first of a month.
fn days_to(year: u64, month: u64) -> u64 {
    let years = (1970..year).map(|y| (1..=12).map(|m| days_of_month(y, m)).sum::<u64>());
    let months = (1..month).map(|m| days_of_month(year, m));
    years.chain(months).sum()
}

/// Parts of a time, which is after 1970.
fn parts(time: i64) -> [u64; 6] {
    let (mut days, rest) = (time as u64 / 86_400, time as u64 % 86_400);
    let (mut year, mut month) = (1970, 1);
    while days >= days_of_month(year, month) {
        days -= days_of_month(year, month);
        month += 1;
        if month == 13 {
            (year, month) = (year + 1, 1);
        }
    }
    let [h, m, s] = [rest / 3600, rest / 60 % 60, rest % 60];
    [year, month, days + 1, h, m, s]
}

fn seconds([year, month, day, h, m, s]: [u64; 6]) -> i64 {
    ((days_to(year, month) + day - 1) * 86_400 + h * 3600 + m * 60 + s) as i64
}
