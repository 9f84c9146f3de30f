//! A tune as a MIDI file.

use crate::{Tune, WHOLE};
use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};

impl Tune {
    /// A Standard MIDI File with one track.
    pub fn midi(&self) -> Vec<u8> {
        // Ends come before beginnings at the same time, so that a repeated note sounds anew.
        let mut events: Vec<(u32, bool, u8)> = Vec::new();
        for note in &self.notes {
            events.push((note.start, true, note.pitch));
            events.push((note.start + note.length, false, note.pitch));
        }
        events.sort();
        let tempo = 60_000_000 / self.tempo.max(4);
        let mut track = vec![TrackEvent {
            delta: u28::new(0),
            kind: TrackEventKind::Meta(MetaMessage::Tempo(u24::new(tempo.min((1 << 24) - 1)))),
        }];
        let mut now = 0;
        for (time, on, pitch) in events {
            let (key, vel) = (u7::new(pitch.min(127)), u7::new(90));
            let message = match on {
                true => MidiMessage::NoteOn { key, vel },
                false => MidiMessage::NoteOff { key, vel },
            };
            track.push(TrackEvent {
                delta: u28::new(time - now),
                kind: TrackEventKind::Midi {
                    channel: u4::new(0),
                    message,
                },
            });
            now = time;
        }
        track.push(TrackEvent {
            delta: u28::new(0),
            kind: TrackEventKind::Meta(MetaMessage::EndOfTrack),
        });
        let header = Header::new(
            Format::SingleTrack,
            Timing::Metrical(u15::new((WHOLE / 4) as u16)),
        );
        let mut file = Vec::new();
        let smf = Smf {
            header,
            tracks: vec![track],
        };
        // Writing to memory fails only for tracks of gigabytes.
        match smf.write_std(&mut file) {
            Ok(()) => file,
            Err(_) => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use midly::Smf;

    #[test]
    fn a_midi_file_says_what_the_tune_does() {
        let tune = crate::parse("L:1/4\nQ:1/4=90\nK:C\nCDE2|").unwrap();
        let file = tune.midi();
        let smf = Smf::parse(&file).unwrap();
        assert_eq!((smf.tracks.len(), smf.tracks[0].len()), (1, 8));
    }
}
