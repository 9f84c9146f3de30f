//! ABC notation to notes (the standard's version 2.1, <https://abcnotation.com/wiki/abc:standard:v2.1>).
//!
//! Our own, since the one parser on the registry keeps lengths to itself (abc-parser 0.4 has no way
//! to read them, and writes 3/4 as 1). Read are notes, rests, chords, ties, tuplets, broken rhythm,
//! bars, keys, metres, unit lengths and tempi; grace notes, decorations, chord symbols, slurs, words
//! and repeats are checked for form and change no note.

use crate::key::{Key, STEPS, key, letter};
use crate::{Note, Problem, Tune, WHOLE};
use std::collections::HashMap;

/// Reads a tune: a header of fields that ends with `K:`, then music. The first error ends it.
pub fn parse(text: &str) -> Result<Tune, Problem> {
    let mut state = State::new();
    let mut headed = false;
    for (i, line) in text.lines().enumerate() {
        state.line = i + 1;
        let line = line.strip_suffix('\\').unwrap_or(line);
        let line = line.split('%').next().unwrap_or("").trim_end();
        if line.trim().is_empty() {
            continue;
        }
        let mut chars = line.chars();
        match (chars.next(), chars.next()) {
            (Some(c), Some(':')) if c.is_ascii_alphabetic() || c == '+' => {
                state.field(c, chars.as_str().trim())?;
                headed |= c == 'K';
            }
            _ if !headed => return state.wrong("music before the key, K:"),
            _ => state.music(line)?,
        }
    }
    if !headed {
        return state.wrong("no key, K:");
    }
    state.end()
}

struct State {
    line: usize,
    tune: Tune,
    key: Key,
    /// Ticks of a note without length.
    unit: u32,
    /// Whether L: set it.
    unit_told: bool,
    /// Ticks of a bar; `None`: free metre.
    bar: Option<u32>,
    now: u32,
    /// When the bar began; `None`: at a sign that may divide a bar.
    begun: Option<u32>,
    /// Signs of this bar: letter and octave to half tones.
    signs: HashMap<(usize, i32), i32>,
    /// Notes still to come in a tuplet, and its p and q.
    tuplet: Option<(u32, u32, u32)>,
    /// Where the notes of the last chord or note begin in the tune, for `>` and ties.
    last: Option<usize>,
    /// Ticks that the last one lasted.
    last_length: u32,
    /// What broken rhythm left for the next one: length times numerator over denominator.
    next: (u32, u32),
    /// Pitches tied to the next note, and where they are in the tune.
    tied: Vec<(u8, usize)>,
}

/// Longest tune, in ticks: an hour of whole notes, far from the end of the numbers.
const LONGEST: u32 = WHOLE * 20_000;

impl State {
    fn new() -> State {
        State {
            line: 0,
            tune: Tune {
                tempo: 120,
                ..Tune::default()
            },
            key: [0; 7],
            unit: WHOLE / 8,
            unit_told: false,
            bar: Some(WHOLE),
            now: 0,
            begun: None,
            signs: HashMap::new(),
            tuplet: None,
            last: None,
            last_length: 0,
            next: (1, 1),
            tied: Vec::new(),
        }
    }

    fn wrong<T>(&self, what: impl Into<String>) -> Result<T, Problem> {
        Err(Problem {
            line: self.line,
            what: what.into(),
        })
    }

    /// A field, of the header or between.
    fn field(&mut self, name: char, value: &str) -> Result<(), Problem> {
        match name {
            'K' => match key(value) {
                Some(key) => self.key = key,
                None => return self.wrong(format!("{value:?} is no key")),
            },
            'L' => match fraction(value) {
                Some((n, d)) => {
                    self.unit = (WHOLE * n / d).max(1);
                    self.unit_told = true;
                }
                None => return self.wrong(format!("{value:?} is no length")),
            },
            'M' => {
                let beats = match value {
                    "C" => Some((4, 4)),
                    "C|" => Some((2, 2)),
                    "" | "none" => None,
                    _ => match metre(value) {
                        Some(beats) => Some(beats),
                        None => return self.wrong(format!("{value:?} is no metre")),
                    },
                };
                self.bar = beats.map(|(n, d)| WHOLE * n / d);
                if !self.unit_told {
                    // The standard's rule: sixteenths for metres below three quarters.
                    let short = beats.is_some_and(|(n, d)| 4 * n < 3 * d);
                    self.unit = WHOLE / if short { 16 } else { 8 };
                }
            }
            'Q' => {
                let digits = value.rsplit('=').next().unwrap_or("").trim();
                let number: String = digits.chars().take_while(char::is_ascii_digit).collect();
                if let Ok(beats @ 10..=600) = number.parse::<u32>() {
                    let beat = value.split('=').next().and_then(fraction).unwrap_or((1, 4));
                    self.tune.tempo = (beats * beat.0 * 4 / beat.1).clamp(10, 1000);
                }
            }
            _ => (),
        }
        Ok(())
    }

    /// A line of music.
    fn music(&mut self, line: &str) -> Result<(), Problem> {
        let mut at = Cursor { rest: line };
        while let Some(c) = at.peek() {
            match c {
                'A'..='G' | 'a'..='g' | '^' | '_' | '=' => {
                    let pitch = self.pitch(&mut at)?;
                    self.sound(&[pitch], &mut at)?;
                }
                'z' | 'x' => {
                    at.next();
                    self.sound(&[], &mut at)?;
                }
                'Z' => {
                    at.next();
                    let bars = at.number().unwrap_or(1).min(1000);
                    let Some(bar) = self.bar else {
                        return self.wrong("a rest of bars without a metre");
                    };
                    self.pass(bar * bars)?;
                    self.begun = None;
                }
                '[' => self.bracket(&mut at)?,
                '|' | ':' => self.bar_line(&mut at)?,
                '(' => {
                    at.next();
                    if let Some(p) = at.number() {
                        self.begin_tuplet(p, &mut at)?;
                    }
                }
                '>' | '<' => self.broken(&mut at)?,
                '"' => at
                    .closed('"', '"')
                    .ok_or(())
                    .or_else(|()| self.wrong("an open \""))?,
                '{' => at
                    .closed('{', '}')
                    .ok_or(())
                    .or_else(|()| self.wrong("an open {"))?,
                '!' => at
                    .closed('!', '!')
                    .ok_or(())
                    .or_else(|()| self.wrong("an open !"))?,
                '+' => at
                    .closed('+', '+')
                    .ok_or(())
                    .or_else(|()| self.wrong("an open +"))?,
                // Decorations, slurs, beams, spaces and line ends.
                '.'
                | '~'
                | 'H'..='W'
                | 'h'..='w'
                | ')'
                | '-'
                | ' '
                | '\t'
                | '`'
                | 'y'
                | '*'
                | '$'
                | '&' => {
                    at.next();
                }
                other => return self.wrong(format!("{other:?} means nothing here")),
            }
        }
        Ok(())
    }

    /// A chord, an ending or a field in brackets.
    fn bracket(&mut self, at: &mut Cursor) -> Result<(), Problem> {
        let mut inner = at.rest[1..].chars();
        match (inner.next(), inner.next()) {
            (Some('|' | '1'..='9'), _) => return self.bar_line(at),
            (Some(name), Some(':')) if name.is_ascii_alphabetic() => {
                let Some(end) = at.rest.find(']') else {
                    return self.wrong("an open [");
                };
                let value = at.rest[3..end].trim().to_string();
                at.rest = &at.rest[end + 1..];
                return self.field(name, &value);
            }
            _ => (),
        }
        at.next();
        let mut pitches = Vec::new();
        let mut length = None;
        loop {
            match at.peek() {
                Some(']') => {
                    at.next();
                    break;
                }
                Some('A'..='G' | 'a'..='g' | '^' | '_' | '=') => {
                    pitches.push(self.pitch(at)?);
                    let own = at.length();
                    length.get_or_insert(own);
                    at.take('-');
                }
                Some(' ' | '.' | '~' | '-') => {
                    at.next();
                }
                Some('"') => at
                    .closed('"', '"')
                    .ok_or(())
                    .or_else(|()| self.wrong("an open \""))?,
                _ => return self.wrong("an open ["),
            }
        }
        if pitches.is_empty() {
            return self.wrong("an empty chord");
        }
        // Lengths inside and outside are multiplied; those inside are those of the first note.
        let unit = self.unit;
        let (n, d) = length.unwrap_or((1, 1));
        self.unit = (unit * n / d).max(1);
        let done = self.sound(&pitches, at);
        self.unit = unit;
        done
    }

    /// A bar line of any form, with the number of an ending.
    fn bar_line(&mut self, at: &mut Cursor) -> Result<(), Problem> {
        let start = at.rest;
        at.take('[');
        while matches!(at.peek(), Some('|' | ':' | ']')) {
            at.next();
        }
        let sign = &start[..start.len() - at.rest.len()];
        while matches!(at.peek(), Some('0'..='9' | ',')) {
            at.next();
        }
        if sign == ":" {
            return self.wrong("a colon without bar line");
        }
        if sign == "[" {
            // The number of an ending after a space: no bar line.
            return Ok(());
        }
        // A sign of a repeat may stand inside a bar.
        let divides = sign.contains(':') || sign.contains("||") || sign.contains(']');
        if let (Some(begun), Some(bar), false) = (self.begun, self.bar, divides)
            && self.now > begun
        {
            self.tune.bars += 1;
            self.tune.uneven += u32::from(self.now - begun != bar);
        }
        if self.begun.is_none_or(|b| self.now > b) || divides {
            self.begun = (!divides).then_some(self.now);
        }
        self.signs.clear();
        Ok(())
    }

    /// A tuplet: p notes in the time of q, for the next r (ABC 2.1, section 4.13).
    fn begin_tuplet(&mut self, p: u32, at: &mut Cursor) -> Result<(), Problem> {
        let (mut q, mut r) = (None, None);
        if at.take(':') {
            q = at.number();
            if at.take(':') {
                r = at.number();
            }
        }
        let compound = self.bar.is_some_and(|bar| bar % (3 * WHOLE / 8) == 0);
        let q = q.unwrap_or(match p {
            2 | 4 | 8 => 3,
            3 | 6 => 2,
            _ if compound => 3,
            _ => 2,
        });
        let r = r.unwrap_or(p);
        if !(2..=9).contains(&p) || !(1..=9).contains(&q) || !(1..=32).contains(&r) {
            return self.wrong("a tuplet of impossible numbers");
        }
        self.tuplet = Some((r, p, q));
        Ok(())
    }

    /// `>` and `<`: the note before gets longer or shorter, the next the other way.
    fn broken(&mut self, at: &mut Cursor) -> Result<(), Problem> {
        let Some(sign) = at.peek() else { return Ok(()) };
        let mut dots = 0;
        while at.take(sign) {
            dots += 1;
        }
        if dots > 3 {
            return self.wrong("a rhythm broken more than three times");
        }
        let Some(last) = self.last else {
            return self.wrong("a broken rhythm without a note before");
        };
        let whole = 1 << dots;
        let (before, after) = match sign {
            '>' => (2 * whole - 1, 1),
            _ => (1, 2 * whole - 1),
        };
        let length = (self.last_length * before / whole).max(1);
        for note in &mut self.tune.notes[last..] {
            note.length = (note.length + length)
                .saturating_sub(self.last_length)
                .max(1);
        }
        self.now = self.now + length - self.last_length;
        self.last_length = length;
        self.next = (after, whole);
        Ok(())
    }

    /// A pitch: signs, letter, octave.
    fn pitch(&mut self, at: &mut Cursor) -> Result<u8, Problem> {
        let mut sign = None;
        while let Some(c @ ('^' | '_' | '=')) = at.peek() {
            at.next();
            let step = match c {
                '^' => 1,
                '_' => -1,
                _ => 0,
            };
            sign = Some(sign.unwrap_or(0) + step);
        }
        let Some(c) = at.next() else {
            return self.wrong("a sign without a note");
        };
        let Some(place) = letter(c).filter(|_| c.is_ascii_alphabetic()) else {
            return self.wrong(format!("a sign before {c:?}, which is no note"));
        };
        let mut octave = i32::from(c.is_ascii_lowercase());
        while let Some(c @ ('\'' | ',')) = at.peek() {
            at.next();
            octave += if c == '\'' { 1 } else { -1 };
        }
        if sign.is_some_and(|s: i32| s.abs() > 2) || !(-4..=5).contains(&octave) {
            return self.wrong("a note that nothing can play");
        }
        let raised = match sign {
            Some(sign) => *self.signs.entry((place, octave)).insert_entry(sign).get(),
            None => {
                let told = self.signs.get(&(place, octave)).copied();
                told.unwrap_or(i32::from(self.key[place]))
            }
        };
        let pitch = 60 + 12 * octave + STEPS[place] + raised;
        match u8::try_from(pitch) {
            Ok(pitch @ 0..=127) => Ok(pitch),
            _ => self.wrong("a note that nothing can play"),
        }
    }

    /// Sounds pitches (none: a rest) for the length that follows.
    fn sound(&mut self, pitches: &[u8], at: &mut Cursor) -> Result<(), Problem> {
        let (n, d) = at.length();
        if n == 0 || d == 0 || n > 256 || d > 256 {
            return self.wrong("a note of impossible length");
        }
        let mut ticks = u64::from(self.unit) * u64::from(n) / u64::from(d);
        ticks = ticks * u64::from(self.next.0) / u64::from(self.next.1);
        self.next = (1, 1);
        if let Some((left, p, q)) = self.tuplet {
            ticks = ticks * u64::from(q) / u64::from(p);
            self.tuplet = (left > 1).then_some((left - 1, p, q));
        }
        let ticks = u32::try_from(ticks).unwrap_or(u32::MAX).clamp(1, LONGEST);
        let tied = std::mem::take(&mut self.tied);
        self.last = Some(self.tune.notes.len());
        let mut places = Vec::new();
        for &pitch in pitches {
            // A tied note is one note.
            match tied.iter().find(|(before, _)| *before == pitch) {
                Some((_, place)) if self.tune.notes[*place].start < self.now => {
                    let note = &mut self.tune.notes[*place];
                    note.length = self.now + ticks - note.start;
                    places.push((pitch, *place));
                }
                _ => {
                    places.push((pitch, self.tune.notes.len()));
                    self.tune.notes.push(Note {
                        start: self.now,
                        length: ticks,
                        pitch,
                    });
                }
            }
        }
        self.last_length = ticks;
        self.pass(ticks)?;
        if at.take('-') {
            self.tied = places;
        }
        Ok(())
    }

    fn pass(&mut self, ticks: u32) -> Result<(), Problem> {
        self.now += ticks.min(LONGEST);
        match self.now > LONGEST {
            true => self.wrong("a tune without end"),
            false => Ok(()),
        }
    }

    fn end(self) -> Result<Tune, Problem> {
        if self.tune.notes.is_empty() {
            return self.wrong("no note at all");
        }
        Ok(self.tune)
    }
}

struct Cursor<'a> {
    rest: &'a str,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.next();
        }
        found
    }

    /// A number, if one is here; too large ones are the largest.
    fn number(&mut self) -> Option<u32> {
        let digits = self.rest.len()
            - self
                .rest
                .trim_start_matches(|c: char| c.is_ascii_digit())
                .len();
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        (digits > 0).then(|| number.parse().unwrap_or(u32::MAX))
    }

    /// A length: `3`, `3/2`, `/`, `//`, `/4`.
    fn length(&mut self) -> (u32, u32) {
        let n = self.number().unwrap_or(1);
        let mut d = 1u32;
        let mut slashes = 0;
        while self.take('/') {
            slashes += 1;
            d = d.saturating_mul(2);
        }
        if slashes == 1
            && let Some(number) = self.number()
        {
            d = number;
        }
        (n, d)
    }

    /// Passes what begins with `open` and ends with `close`.
    fn closed(&mut self, open: char, close: char) -> Option<()> {
        let inner = self.rest.strip_prefix(open)?;
        let end = inner.find(close)?;
        self.rest = &inner[end + close.len_utf8()..];
        Some(())
    }
}

/// `3/4`, or `1`.
fn fraction(text: &str) -> Option<(u32, u32)> {
    let (n, d) = text.trim().split_once('/').unwrap_or((text.trim(), "1"));
    match (n.trim().parse().ok()?, d.trim().parse().ok()?) {
        (n @ 1..=64, d @ 1..=512) => Some((n, d)),
        _ => None,
    }
}

/// `3/4`, or `2+3/8`, or `2/4 3/4`, of which the first counts.
fn metre(text: &str) -> Option<(u32, u32)> {
    let first = text.split_whitespace().next()?;
    let (beats, unit) = first.split_once('/')?;
    let beats = beats
        .trim_matches(['(', ')'])
        .split('+')
        .map(str::parse::<u32>);
    let beats: u32 = beats.sum::<Result<u32, _>>().ok()?;
    match (beats, unit.parse().ok()?) {
        (n @ 1..=64, d @ 1..=64) => Some((n, d)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn notes(music: &str) -> Vec<(u32, u32, u8)> {
        let tune = parse(&format!("M:4/4\nL:1/4\nK:G\n{music}\n")).unwrap();
        tune.notes
            .iter()
            .map(|n| (n.start, n.length, n.pitch))
            .collect()
    }

    #[test]
    fn notes_are_as_long_and_high_as_written() {
        let q = WHOLE / 4;
        assert_eq!(
            notes("C F f' F,"),
            [(0, q, 60), (q, q, 66), (2 * q, q, 90), (3 * q, q, 54)]
        );
        assert_eq!(
            notes("C3/2D/E/4"),
            [
                (0, q * 3 / 2, 60),
                (q * 3 / 2, q / 2, 62),
                (2 * q, q / 4, 64)
            ]
        );
        assert_eq!(notes("=F F|F"), [(0, q, 65), (q, q, 65), (2 * q, q, 66)]);
        assert_eq!(notes("C>D"), [(0, q * 3 / 2, 60), (q * 3 / 2, q / 2, 62)]);
        assert_eq!(notes("C<D"), [(0, q / 2, 60), (q / 2, q * 3 / 2, 62)]);
        assert_eq!(notes("C-C z C"), [(0, 2 * q, 60), (3 * q, q, 60)]);
        assert_eq!(
            notes("(3CDE G"),
            [(0, 640, 60), (640, 640, 62), (1280, 640, 64), (1920, q, 67)]
        );
        assert_eq!(
            notes("[CE]2 G"),
            [(0, 2 * q, 60), (0, 2 * q, 64), (2 * q, q, 67)]
        );
    }

    #[test]
    fn bars_are_measured() {
        let tune = parse("M:2/4\nL:1/4\nK:C\nC|:CD|EFG|C:|[1 CD|EF:|[2 GA|c2||\n").unwrap();
        // Bars beside signs of repeats are not counted.
        assert_eq!((tune.bars, tune.uneven), (1, 1));
    }

    #[test]
    fn what_is_no_music_is_refused() {
        for text in [
            "",
            "hello",
            "K:G\n",
            "K:G\nABC|?",
            "K:G\n[CE",
            "K:G\n\"Am",
            "K:G\nC999999999",
            "M:4\nK:C\nC",
            "K:G\n^z",
            "K:G\n>C",
            "K:C\nC,,,,,,,,,",
            "K:H\nC",
        ] {
            assert!(parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn rubbish_is_an_error_and_never_a_panic() {
        let letters: Vec<char> = "CDgzZ[]|:(3>/2^_='\",-{}!KLMQ:\n é~.y9&+".chars().collect();
        let mut state = 7u64;
        for _ in 0..20_000 {
            let mut text = "M:3/4\nK:G\n".to_string();
            for _ in 0..24 {
                state = state
                    .wrapping_mul(6364136223846793005)
                    .wrapping_add(1442695040888963407);
                text.push(letters[(state >> 33) as usize % letters.len()]);
            }
            let _ = parse(&text);
        }
    }
}
