//! A tune as sound: plucked strings (Karplus and Strong, *Digital synthesis of plucked-string and
//! drum timbres*, Computer Music Journal 7, 1983).

use crate::{Tune, WHOLE};
use std::io::Cursor;

/// Longest sound, in seconds: what is after it is left out.
const LONGEST: f64 = 240.0;
/// Seconds that a string goes on sounding after its note.
const FADE: f64 = 0.12;

impl Tune {
    /// A WAV file with one channel of 16-bit samples, so many a second (8,000 to 96,000).
    pub fn wav(&self, rate: u32) -> Vec<u8> {
        let rate = rate.clamp(8_000, 96_000);
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let mut file = Cursor::new(Vec::new());
        let samples = self.samples(rate);
        let loudest = samples.iter().fold(1e-6f32, |m, s| m.max(s.abs()));
        // Writing to memory fails only for files of gigabytes, which `LONGEST` rules out.
        if let Ok(mut writer) = hound::WavWriter::new(&mut file, spec) {
            for sample in samples {
                let _ = writer.write_sample((sample / loudest * 29_000.0) as i16);
            }
            let _ = writer.finalize();
        }
        file.into_inner()
    }

    fn samples(&self, rate: u32) -> Vec<f32> {
        let tick = 240.0 / f64::from(self.tempo.max(1)) / f64::from(WHOLE) * f64::from(rate);
        let most = (LONGEST * f64::from(rate)) as usize;
        let mut all = Vec::new();
        for note in &self.notes {
            let start = (f64::from(note.start) * tick) as usize;
            let length = (f64::from(note.length) * tick) as usize;
            if start >= most {
                break;
            }
            let end = (start + length + (FADE * f64::from(rate)) as usize).min(most);
            if all.len() < end {
                all.resize(end, 0.0f32);
            }
            pluck(&mut all[start..end], length, note.pitch, rate);
        }
        all
    }
}

/// Adds a plucked string: a ring of noise whose neighbours are averaged, round by round.
fn pluck(out: &mut [f32], length: usize, pitch: u8, rate: u32) {
    let frequency = 440.0 * 2f64.powf((f64::from(pitch) - 69.0) / 12.0);
    // The average delays by half a sample.
    let period = (f64::from(rate) / frequency - 0.5).max(2.0);
    let mut ring: Vec<f32> = Vec::with_capacity(period as usize);
    let mut state = 0x2545_f491_4f6c_dd1du64 ^ u64::from(pitch);
    for _ in 0..period as usize {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        ring.push((state >> 40) as f32 / (1 << 23) as f32 - 1.0);
    }
    // The fraction of a sample that the ring is too short, by an all-pass filter, keeps it in tune.
    let part = (period.fract()) as f32;
    let gain = (1.0 - part) / (1.0 + part);
    let (mut before, mut before_in, mut before_out) = (0.0f32, 0.0f32, 0.0f32);
    for (i, place) in out.iter_mut().enumerate() {
        let a = i % ring.len();
        let mean = 0.498 * (ring[a] + before);
        before = ring[a];
        let passed = gain * mean + before_in - gain * before_out;
        (before_in, before_out) = (mean, passed);
        let fade = match i.checked_sub(length) {
            None => 1.0,
            Some(over) => 1.0 - over as f32 / (FADE as f32 * rate as f32),
        };
        *place += before * fade.max(0.0);
        ring[a] = passed;
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_string_sounds_at_its_pitch() {
        let tune = crate::parse("L:1/1\nQ:1/4=60\nK:C\nA").unwrap();
        let samples = tune.samples(22_050);
        // The period with the best likeness to itself is that of 440 Hz.
        let window = &samples[6000..12_000];
        let like =
            |lag: usize| -> f32 { window.iter().zip(&window[lag..]).map(|(a, b)| a * b).sum() };
        let best = (30..80)
            .max_by(|a, b| like(*a).total_cmp(&like(*b)))
            .unwrap();
        assert_eq!(best, 50, "22050 / 440 = 50.1");
    }
}
