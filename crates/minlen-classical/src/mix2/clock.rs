//! The clock: a line that tells the time as a number of seconds tells it as a date, too.
//!
//! Logs often begin with Unix time and repeat it in words: `1117838570 2005.06.03 … 15.42.50`. No context
//! knows that the one follows from the other. Where a number of ten digits can be a time of these
//! decades, the numbers that come after it are expected to be its year, month, day, hour, minute and
//! second, in this order; a month may be told by name. How far the clocks of the line are from
//! Greenwich is learnt.

use minlen_core::Symbol;

/// Unix times that are taken for such: 1998 to 2039.
const TIMES: std::ops::Range<u64> = 900_000_000..2_200_000_000;
const DAY: i64 = 86_400;
/// Clocks are a multiple of so many seconds from Greenwich, and at most so many.
const STEP: i64 = 900;
const MOST_OFFSET: i64 = 14 * 3600;
/// Numbers of a date and time.
const PARTS: usize = 6;
/// What each is at least and at most.
const LEGAL: [(u64, u64); PARTS] = [(1990, 2099), (1, 12), (1, 31), (0, 23), (0, 59), (0, 60)];
const MONTHS: &[u8; 36] = b"janfebmaraprmayjunjulaugsepoctnovdec";

/// The time that the line has told.
#[derive(Clone, Copy, Default)]
pub(crate) struct Clock {
    /// The present number or word: its value, its digits and letters, whether it has a letter, the
    /// last three symbols in lower case, and whether it came as expected.
    number: u64,
    length: u32,
    has_letter: bool,
    word: u32,
    strayed: bool,
    /// Seconds that this place's clocks are ahead.
    offset: i64,
    /// The time, once it was told in this line, and its parts.
    time: Option<i64>,
    parts: [u64; PARTS],
    /// The part that is expected next, and what was read of the others.
    stage: usize,
    read: [u64; PARTS],
}

/// The date and time of so many seconds after 1970 began, in the Gregorian calendar.
fn civil(time: i64) -> [u64; PARTS] {
    // Years begin in March, so that the leap day is the last (Hinnant, "chrono-compatible low-level
    // date algorithms").
    let (days, seconds) = (time.div_euclid(DAY) + 719_468, time.rem_euclid(DAY) as u64);
    let (era, day) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + i64::from(month < 3);
    let of_day = [seconds / 3600, seconds / 60 % 60, seconds % 60];
    let [h, m, s] = of_day;
    [year as u64, month as u64, day as u64, h, m, s]
}

/// The other way.
fn seconds([year, month, day, h, m, s]: [u64; PARTS]) -> i64 {
    let [year, month, day] = [year as i64, month as i64, day as i64];
    let year = year - i64::from(month < 3);
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let month = if month < 3 { month + 9 } else { month - 3 };
    let day = (153 * month + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + day - 719_468;
    days * DAY + (h * 3600 + m * 60 + s) as i64
}

impl Clock {
    /// The digit that is expected, and for which part and place of it: 5 bits.
    #[inline]
    pub(crate) fn expected(&self) -> Option<(Symbol, usize)> {
        let digits = if self.stage == 0 { 4 } else { 2 };
        if self.time.is_none() || self.strayed || self.length >= digits {
            return None;
        }
        let below = 10u64.pow(digits - 1 - self.length);
        let digit = (self.parts[self.stage] / below % 10) as u8;
        Some((b'0' + digit, self.stage << 2 | self.length as usize))
    }

    /// The symbol was `s`.
    #[inline]
    pub(crate) fn push(&mut self, s: Symbol) {
        if s.is_ascii_alphanumeric() {
            self.strayed |= self.expected().is_some_and(|(e, _)| e != s);
            self.has_letter |= !s.is_ascii_digit();
            self.number = self.number.wrapping_mul(10).wrapping_add(u64::from(s & 15));
            self.word = self.word << 8 | u32::from(s.to_ascii_lowercase());
            self.length = (self.length + 1).min(255);
            return;
        }
        if self.length > 0 {
            self.end();
            (self.number, self.length, self.word) = (0, 0, 0);
            (self.has_letter, self.strayed) = (false, false);
        }
        if s == b'\n' {
            (self.time, self.stage, self.read) = (None, 0, [0; PARTS]);
        }
    }

    /// A number or word has ended.
    fn end(&mut self) {
        if self.has_letter {
            let name = |month: &[u8]| month == &self.word.to_be_bytes()[1..];
            let month = MONTHS.chunks(3).position(name);
            match month.filter(|_| self.length == 3) {
                Some(month) => (self.read[1], self.stage) = (month as u64 + 1, 2),
                None => self.stage = 0,
            }
            return;
        }
        if self.length == 10 && TIMES.contains(&self.number) {
            self.tell(self.number as i64, self.offset);
            self.stage = 0;
            return;
        }
        let Some(time) = self.time else {
            return;
        };
        let (least, most) = LEGAL[self.stage];
        let digits = if self.stage == 0 { 4 } else { 2 };
        if self.length > digits || !(least..=most).contains(&self.number) {
            self.stage = 0;
            return;
        }
        self.read[self.stage] = self.number;
        self.stage += 1;
        if self.stage == PARTS {
            self.stage = 0;
            // All but the first may have been told without the others.
            if self.read[0] > 0 {
                let ahead = seconds(self.read) - time;
                let ahead = (ahead + STEP / 2).div_euclid(STEP) * STEP;
                if ahead.abs() <= MOST_OFFSET {
                    self.tell(time, ahead);
                }
            }
        }
    }

    /// That is the time, on clocks that are so far ahead.
    fn tell(&mut self, time: i64, offset: i64) {
        (self.time, self.offset) = (Some(time), offset);
        self.parts = civil(time + offset);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_counted() {
        for (time, parts) in [
            (0, [1970, 1, 1, 0, 0, 0]),
            (951_782_400, [2000, 2, 29, 0, 0, 0]),
            (1_117_838_570, [2005, 6, 3, 22, 42, 50]),
            (4_107_542_399, [2100, 2, 28, 23, 59, 59]),
        ] {
            assert_eq!(civil(time), parts);
            assert_eq!(seconds(parts), time);
        }
        for day in (0..60_000).map(|n| n * DAY + 12_345) {
            assert_eq!(seconds(civil(day)), day);
        }
    }

    #[test]
    fn a_line_tells_the_time_twice() {
        let mut clock = Clock::default();
        let mut say = |text: &str| {
            let mut right = String::new();
            for s in text.bytes() {
                match clock.expected() {
                    Some((e, _)) if e == s => right.push(s as char),
                    Some(_) if s.is_ascii_digit() => right.push('?'),
                    _ => {}
                }
                clock.push(s);
            }
            right
        };
        // The clocks are seven hours behind: learnt from the first line.
        assert_eq!(
            say("1117838570 2005.06.03 R02 2005-06-03-15.42.50.3637\n"),
            "2005060320050603?4250?"
        );
        assert_eq!(
            say("1117842000 2005.06.03 R02 2005-06-03-16.40.00.1\n"),
            "2005060320050603164000?"
        );
        assert_eq!(say("1117842000 Jun 03 16:40:01\n"), "0316400?");
        assert_eq!(say("2005 06 03\n"), "");
    }
}
