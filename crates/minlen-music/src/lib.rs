//! Tunes in ABC notation: what they sound like, as notes, MIDI and sound.
//!
//! ```
//! let tune = minlen_music::parse("M:3/4\nL:1/4\nK:G\nG B d|g2 z|]\n")?;
//! assert_eq!(tune.notes.len(), 4);
//! assert_eq!(tune.notes[3].pitch, 79); // the g above the staff's middle
//! let midi = tune.midi();
//! let wav = tune.wav(22_050);
//! assert!(midi.starts_with(b"MThd") && wav.starts_with(b"RIFF"));
//! # Ok::<(), minlen_music::Problem>(())
//! ```
#![forbid(unsafe_code)]

mod begin;
mod key;
mod midi;
mod parse;
mod pluck;
mod tune;

pub use begin::begins;
pub use parse::parse;
pub use tune::{Note, Problem, Tune, WHOLE};
