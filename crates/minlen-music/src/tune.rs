//! A tune as notes in time.

use std::fmt;

/// Ticks of a whole note: all lengths down to a 64th, and their triplets, are whole numbers.
pub const WHOLE: u32 = 3840;

/// A note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Note {
    /// When it begins, in ticks from the beginning of the tune.
    pub start: u32,
    /// How long it lasts, in ticks.
    pub length: u32,
    /// Its pitch in half tones; 60 is the middle C, as in MIDI.
    pub pitch: u8,
}

/// A tune.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tune {
    /// Its notes, by when they begin. Repeats are played once.
    pub notes: Vec<Note>,
    /// Quarter notes a minute.
    pub tempo: u32,
    /// Whole bars, and those whose length is not that of the metre. The first and last of a tune
    /// may be shorter and do not count, nor do parts of bars around repeat signs.
    pub bars: u32,
    /// See `bars`.
    pub uneven: u32,
}

impl Tune {
    /// The notes that begin in the first so many seconds.
    pub fn first(&self, seconds: f64) -> Tune {
        let ticks = seconds * f64::from(self.tempo) / 240.0 * f64::from(WHOLE);
        Tune {
            notes: self
                .notes
                .iter()
                .copied()
                .take_while(|n| f64::from(n.start) < ticks)
                .collect(),
            ..self.clone()
        }
    }
}

/// Why a text is no tune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Line of the text, from 1.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for Problem {}
