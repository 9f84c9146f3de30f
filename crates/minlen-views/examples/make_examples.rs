//! Makes the files in `examples/` that are ours, byte for byte as committed:
//! `cargo run -p minlen-views --example make_examples -- FOLDER` writes `tune.mid`, `tune.wav`
//! and `noise.bin`. All arithmetic is in integers, so every machine makes the same bytes.
//!
//! The tune is 茉莉花 (Mò lì huā, *Jasmine flower*), a folk song known since the 18th century;
//! the rendering is a plucked string after K. Karplus and A. Strong, *Digital synthesis of
//! plucked-string and drum timbres* (Computer Music Journal 7(2), 1983). Files and score: CC0.

use midly::num::{u4, u7, u15, u24, u28};
use midly::{Format, Header, MetaMessage, MidiMessage, Smf, Timing, TrackEvent, TrackEventKind};
use minlen_core::Random;
use std::error::Error;
use std::io::Cursor;
use std::path::Path;

/// Pitch (MIDI number) and length (eighths) of each note; the song is in F.
const TUNE: &[(u8, u32)] = &[
    // 好一朵美丽的茉莉花，twice
    (69, 2),
    (69, 1),
    (72, 1),
    (74, 1),
    (77, 1),
    (77, 1),
    (74, 1),
    (72, 2),
    (72, 1),
    (74, 1),
    (72, 4),
    (69, 2),
    (69, 1),
    (72, 1),
    (74, 1),
    (77, 1),
    (77, 1),
    (74, 1),
    (72, 2),
    (72, 1),
    (74, 1),
    (72, 4),
    // 芬芳美丽满枝桠
    (72, 2),
    (72, 2),
    (72, 2),
    (69, 1),
    (72, 1),
    (74, 2),
    (74, 2),
    (72, 4),
    // 又香又白人人夸
    (69, 2),
    (67, 1),
    (69, 1),
    (72, 2),
    (69, 1),
    (67, 1),
    (65, 2),
    (65, 1),
    (67, 1),
    (65, 4),
    // 让我来将你摘下
    (69, 1),
    (67, 1),
    (65, 1),
    (69, 1),
    (67, 3),
    (69, 1),
    (72, 2),
    (74, 1),
    (77, 1),
    (72, 4),
    // 送给别人家
    (67, 2),
    (69, 1),
    (72, 1),
    (67, 1),
    (69, 1),
    (65, 1),
    (62, 1),
    (60, 4),
    (62, 2),
    (65, 2),
    // 茉莉花呀茉莉花
    (67, 3),
    (69, 1),
    (65, 1),
    (67, 1),
    (65, 1),
    (62, 1),
    (60, 8),
];
/// Notes of the first four bars, which are what the sound file holds.
const SOUNDED: usize = 22;
const TICKS_A_BEAT: u16 = 480;
/// 120 beats a minute.
const MICROSECONDS_A_BEAT: u32 = 500_000;
const RATE_HZ: u32 = 11_025;
/// Samples that an eighth lasts: a quarter second, rounded down.
const EIGHTH: usize = RATE_HZ as usize / 4;

fn score() -> Smf<'static> {
    let event = |delta: u32, kind| TrackEvent {
        delta: u28::new(delta),
        kind,
    };
    let note = |on: bool, key: u8| {
        let (key, vel) = (u7::new(key), u7::new(if on { 80 } else { 0 }));
        let message = MidiMessage::NoteOn { key, vel };
        let channel = u4::new(0);
        TrackEventKind::Midi { channel, message }
    };
    let tempo = MetaMessage::Tempo(u24::new(MICROSECONDS_A_BEAT));
    let mut track = vec![
        event(
            0,
            TrackEventKind::Meta(MetaMessage::TrackName("Mo li hua".as_bytes())),
        ),
        event(0, TrackEventKind::Meta(tempo)),
    ];
    for &(key, eighths) in TUNE {
        track.push(event(0, note(true, key)));
        track.push(event(
            eighths * u32::from(TICKS_A_BEAT) / 2,
            note(false, key),
        ));
    }
    track.push(event(0, TrackEventKind::Meta(MetaMessage::EndOfTrack)));
    let timing = Timing::Metrical(u15::new(TICKS_A_BEAT));
    let mut score = Smf::new(Header::new(Format::SingleTrack, timing));
    score.tracks.push(track);
    score
}

/// Samples in a period of that pitch, in 1/256 sample. From the octave 60–71, in thousandths of
/// hertz, halved or doubled.
fn period(key: u8) -> u64 {
    const MILLIHERTZ: [u64; 12] = [
        261_626, 277_183, 293_665, 311_127, 329_628, 349_228, 369_994, 391_995, 415_305, 440_000,
        466_164, 493_883,
    ];
    let base = u64::from(RATE_HZ) * 256_000 / MILLIHERTZ[usize::from(key % 12)];
    match key / 12 {
        octave @ 0..=5 => base << (5 - octave),
        octave => base >> (octave - 5),
    }
}

/// A string plucked for `length` samples and then let go, added to `out`.
fn pluck(out: &mut [i32], key: u8, length: usize, random: &mut Random) {
    // The mean of two neighbours delays by half a sample; the rest of the fraction is met by
    // weighting the two.
    let wanted = period(key) - 128;
    let whole = (wanted / 256) as usize;
    let fraction = (wanted % 256) as i32;
    let mut string: Vec<i32> = (0..=whole)
        .map(|_| (random.next_u64() % 16_001) as i32 - 8_000)
        .collect();
    // A soft plectrum: smooth the pluck.
    for _ in 0..2 {
        for i in 1..string.len() {
            string[i] = (string[i] + string[i - 1]) / 2;
        }
    }
    let (mut at, mut before) = (0, 0);
    for (i, place) in out.iter_mut().enumerate() {
        // Let go: the string dies away in a tenth of a second.
        let release = match i.checked_sub(length) {
            None => 256,
            Some(late) => 256 - (late * 256 / (RATE_HZ as usize / 10)).min(256) as i32,
        };
        *place += string[at] * release / 256;
        let next = (at + 1) % string.len();
        let tuned = (string[at] * fraction + string[next] * (256 - fraction)) / 256;
        let damped = (tuned + before) / 2 * 1021 / 1024;
        before = tuned;
        string[at] = damped;
        at = next;
    }
}

fn sound() -> Vec<i16> {
    let notes = &TUNE[..SOUNDED];
    let eighths: u32 = notes.iter().map(|(_, n)| n).sum();
    let mut out = vec![0i32; eighths as usize * EIGHTH];
    let mut random = Random::new(1983);
    let mut start = 0;
    for &(key, eighths) in notes {
        let length = eighths as usize * EIGHTH;
        let end = (start + length + RATE_HZ as usize / 10).min(out.len());
        pluck(&mut out[start..end], key, length, &mut random);
        start += length;
    }
    out.iter()
        .map(|&s| (s * 2).clamp(-32_768, 32_767) as i16)
        .collect()
}

/// A name and its content.
pub type File = (&'static str, Vec<u8>);

/// All that is made here.
pub fn files() -> Result<Vec<File>, Box<dyn Error>> {
    let mut midi = Vec::new();
    score().write_std(&mut midi)?;
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE_HZ,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut wav = Cursor::new(Vec::new());
    let mut writer = hound::WavWriter::new(&mut wav, spec)?;
    for sample in sound() {
        writer.write_sample(sample)?;
    }
    writer.finalize()?;
    let mut random = Random::new(8192);
    let noise = (0..8192).map(|_| (random.next_u64() >> 56) as u8).collect();
    Ok(vec![
        ("tune.mid", midi),
        ("tune.wav", wav.into_inner()),
        ("noise.bin", noise),
    ])
}

#[allow(dead_code)] // unused in the test that includes this file
fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args().nth(1).ok_or("which folder to write to?")?;
    for (name, content) in files()? {
        std::fs::write(Path::new(&folder).join(name), content)?;
    }
    Ok(())
}
