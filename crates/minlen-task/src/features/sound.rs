//! Sound: how loud each pitch is, over time.
//!
//! Log-mel spectrogram: Hann windows of 32 ms every 8 ms, the energy in bands that are evenly
//! spaced on the mel scale (Davis and Mermelstein 1980), its logarithm. Silence at both ends is
//! cut off, and what is left is pooled into a fixed number of stretches, so that slow and fast
//! speech, long and short sounds are rows of one length. Mean and deviation are taken out:
//! microphones and distance do not matter.

use super::{Sink, scale_to};
use realfft::{RealFftPlanner, RealToComplex};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Samples a second.
#[derive(Serialize, Deserialize)]
pub(super) struct Sound {
    rate: u32,
}

/// Bands of pitch.
const BANDS: usize = 40;
/// Stretches of time.
const STRETCHES: usize = 24;
/// Ends this much below the loudest moment are silence (decibels).
const SILENCE: f32 = 35.0;
/// Seconds that are looked at, at most.
const SECONDS: usize = 60;

impl Sound {
    pub(super) fn new(rate: u32) -> Sound {
        Sound { rate: rate.max(1) }
    }

    /// Loudness, its change from stretch to stretch, and the length of it all.
    pub(super) fn columns(&self) -> usize {
        BANDS * STRETCHES + BANDS * (STRETCHES - 1) + 1
    }

    pub(super) fn each(&self, samples: &[u8], sink: &mut Sink) {
        let (frames, step) = self.spectrogram(samples);
        let frames = trimmed(&frames);
        if frames.is_empty() {
            return;
        }
        let mut row = pooled(frames);
        let count = row.len() as f32;
        let mean = row.iter().sum::<f32>() / count;
        row.iter_mut().for_each(|x| *x -= mean);
        scale_to(&mut row, 0.8);
        let mut change: Vec<f32> = row[BANDS..].iter().zip(&row).map(|(a, b)| a - b).collect();
        scale_to(&mut change, 0.6);
        let place = |at: usize, what: &str| {
            let (stretch, band) = (at / BANDS, at % BANDS);
            let hertz = hertz(mel(self.rate as f32 / 2.0) * (band + 1) as f32 / (BANDS + 1) as f32);
            format!(
                "{what} at {hertz:.0} Hz, {}/{STRETCHES} of the way",
                stretch + 1
            )
        };
        for (at, x) in row.iter().enumerate() {
            sink(at as u32, *x, &|| place(at, "loudness"));
        }
        for (at, x) in change.iter().enumerate() {
            sink((row.len() + at) as u32, *x, &|| place(at, "rise"));
        }
        let seconds = frames.len() as f32 * step as f32 / self.rate as f32;
        let last = (row.len() + change.len()) as u32;
        sink(last, 0.2 * seconds.ln().clamp(-5.0, 5.0), &|| {
            format!("lasts {seconds:.2} s")
        });
    }

    /// Log energies, frame by frame, and samples from one frame to the next.
    fn spectrogram(&self, samples: &[u8]) -> (Vec<[f32; BANDS]>, usize) {
        let rate = self.rate as usize;
        let (window, step) = ((rate * 32 / 1000).max(16), (rate * 8 / 1000).max(4));
        let most = samples.len().min(2 * rate * SECONDS);
        let mut wave: Vec<f32> = samples[..most]
            .chunks_exact(2)
            .map(|s| f32::from(i16::from_le_bytes([s[0], s[1]])) / 32768.0)
            .collect();
        if wave.is_empty() {
            return (Vec::new(), step);
        }
        wave.resize(wave.len().max(window), 0.0);
        // High pitches are faint in speech and say much: they are raised first.
        for at in (1..wave.len()).rev() {
            wave[at] -= 0.97 * wave[at - 1];
        }
        let hann: Vec<f32> = (0..window)
            .map(|i| 0.5 - 0.5 * (std::f32::consts::TAU * i as f32 / window as f32).cos())
            .collect();
        let size = window.next_power_of_two();
        let fft: Arc<dyn RealToComplex<f32>> = RealFftPlanner::new().plan_fft_forward(size);
        let (mut input, mut output) = (fft.make_input_vec(), fft.make_output_vec());
        let bands = self.bands(size);
        let mut frames = Vec::new();
        for start in (0..=wave.len() - window).step_by(step) {
            input.fill(0.0);
            for (to, (x, h)) in input.iter_mut().zip(wave[start..].iter().zip(&hann)) {
                *to = x * h;
            }
            // It fails only on buffers of another size.
            if fft.process(&mut input, &mut output).is_err() {
                break;
            }
            let mut frame = [0.0; BANDS];
            for (energy, weights) in frame.iter_mut().zip(&bands) {
                let sum: f32 = weights
                    .iter()
                    .map(|(at, w)| w * output[*at].norm_sqr())
                    .sum();
                *energy = (sum + 1e-6).log10() * 10.0;
            }
            frames.push(frame);
        }
        (frames, step)
    }

    /// For each band the places of the spectrum that it takes in, and their weights: triangles
    /// from the middle of one neighbour to that of the other.
    fn bands(&self, size: usize) -> Vec<Vec<(usize, f32)>> {
        let top = mel(self.rate as f32 / 2.0);
        let place = |i: usize| {
            let hertz = hertz(top * i as f32 / (BANDS + 1) as f32);
            hertz * size as f32 / self.rate as f32
        };
        let triangle = |band: usize| {
            let (low, middle, high) = (place(band), place(band + 1), place(band + 2));
            let weight = |at: usize| {
                let at = at as f32;
                // At least one place wide: low bands are narrower than the spectrum's steps.
                let up = 1.0 - (middle - at) / (middle - low).max(1.0);
                let down = 1.0 - (at - middle) / (high - middle).max(1.0);
                up.min(down).max(0.0)
            };
            let all = (0..=size / 2).map(|at| (at, weight(at)));
            all.filter(|(_, w)| *w > 0.0).collect()
        };
        (0..BANDS).map(triangle).collect()
    }
}

/// Without the silence at both ends.
fn trimmed(frames: &[[f32; BANDS]]) -> &[[f32; BANDS]] {
    let loudness = |f: &[f32; BANDS]| f.iter().copied().fold(f32::MIN, f32::max);
    let most = frames.iter().map(loudness).fold(f32::MIN, f32::max);
    let heard = |f: &[f32; BANDS]| loudness(f) > most - SILENCE;
    match (
        frames.iter().position(heard),
        frames.iter().rposition(heard),
    ) {
        (Some(first), Some(last)) => &frames[first..=last],
        _ => frames,
    }
}

/// The means of equal stretches; where there are fewer frames than stretches, some share one.
fn pooled(frames: &[[f32; BANDS]]) -> Vec<f32> {
    let mut row = Vec::with_capacity(BANDS * STRETCHES);
    for stretch in 0..STRETCHES {
        let from = stretch * frames.len() / STRETCHES;
        let to = ((stretch + 1) * frames.len() / STRETCHES).max(from + 1);
        for band in 0..BANDS {
            let sum: f32 = frames[from..to].iter().map(|f| f[band]).sum();
            row.push(sum / (to - from) as f32);
        }
    }
    row
}

fn mel(hertz: f32) -> f32 {
    2595.0 * (1.0 + hertz / 700.0).log10()
}

fn hertz(mel: f32) -> f32 {
    700.0 * (10f32.powf(mel / 2595.0) - 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(samples: &[i16]) -> Vec<f32> {
        let sound = Sound::new(8000);
        let bytes: Vec<u8> = samples.iter().flat_map(|s| s.to_le_bytes()).collect();
        let mut row = vec![0.0; sound.columns()];
        sound.each(&bytes, &mut |c, x, _| row[c as usize] = x);
        row
    }

    fn tone(hertz: f32, loud: f32, seconds: f32) -> Vec<i16> {
        (0..(8000.0 * seconds) as usize)
            .map(|i| ((i as f32 / 8000.0 * hertz * std::f32::consts::TAU).sin() * loud) as i16)
            .collect()
    }

    #[test]
    fn pitch_matters_and_loudness_and_length_do_not() {
        let dot = |a: &[f32], b: &[f32]| -> f32 {
            let all = BANDS * STRETCHES;
            a[..all]
                .iter()
                .zip(&b[..all])
                .map(|(a, b)| a * b)
                .sum::<f32>()
                / 0.64
        };
        let a = row(&tone(440.0, 9000.0, 0.5));
        assert!(dot(&a, &row(&tone(440.0, 3000.0, 0.8))) > 0.9);
        assert!(dot(&a, &row(&tone(2500.0, 9000.0, 0.5))) < 0.7);
    }

    #[test]
    fn any_bytes_give_a_row() {
        for samples in [vec![], vec![1], vec![0; 5000], vec![i16::MAX; 300]] {
            assert!(row(&samples).iter().all(|x| x.is_finite()));
        }
    }
}
