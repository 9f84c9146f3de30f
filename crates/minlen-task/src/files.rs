//! Values as files that other programs read.

use crate::{Modality, Value};
use image::ExtendedColorType::{L8, Rgb8};
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use std::io::Cursor;

/// Samples a second of tunes that become sound.
const RATE: u32 = 22_050;
/// Seconds of a tune that become sound: one that never ends would fill the disk.
const HEARD: f64 = 600.0;

impl Value {
    /// What files of it hold, each behind the ending of its name: an image as PNG, a sound as WAV, a
    /// tune as ABC and, if it is one, as MIDI and WAV. Nothing for numbers and text, and for samples
    /// that are not as many as `kind` says.
    pub fn files(&self, kind: Modality) -> Vec<(&'static str, Vec<u8>)> {
        match (self, kind) {
            (
                Value::Blob(samples),
                Modality::Image {
                    width,
                    height,
                    channels,
                },
            ) => {
                let colour = if channels == 1 { L8 } else { Rgb8 };
                let file = png(samples, (width, height), colour);
                file.map(|file| ("png", file)).into_iter().collect()
            }
            (Value::Blob(samples), Modality::Sound { rate }) => {
                let file = wav(samples, rate);
                file.map(|file| ("wav", file)).into_iter().collect()
            }
            (Value::Text(text), Modality::Abc) => {
                let mut files = vec![("abc", text.clone().into_bytes())];
                if let Ok(tune) = minlen_music::parse(text) {
                    files.push(("mid", tune.midi()));
                    files.push(("wav", tune.first(HEARD).wav(RATE)));
                }
                files
            }
            _ => Vec::new(),
        }
    }
}

fn png(samples: &[u8], (width, height): (u32, u32), colour: ExtendedColorType) -> Option<Vec<u8>> {
    let pixels = u64::from(width) * u64::from(height);
    if samples.len() as u64 * 8 != pixels * u64::from(colour.bits_per_pixel()) {
        return None;
    }
    let mut file = Vec::new();
    let encoder = PngEncoder::new(&mut file);
    encoder.write_image(samples, width, height, colour).ok()?;
    Some(file)
}

fn wav(samples: &[u8], rate: u32) -> Option<Vec<u8>> {
    let mut file = Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(&mut file, spec).ok()?;
    for sample in samples.chunks_exact(2) {
        let sample = i16::from_le_bytes([sample[0], sample[1]]);
        writer.write_sample(sample).ok()?;
    }
    writer.finalize().ok()?;
    Some(file.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::media_file;

    #[test]
    fn files_hold_what_was_written() {
        let folder = tempfile::tempdir().unwrap();
        let read = |(ending, bytes): &(&str, Vec<u8>), kind| {
            let path = folder.path().join(format!("x.{ending}"));
            std::fs::write(&path, bytes).unwrap();
            media_file(&path).unwrap().value(kind).unwrap()
        };
        let sizes = ["image 3x2x1", "image 2x2x3", "sound 8000 Hz"];
        for (kind, count) in sizes.into_iter().zip([6, 12, 40]) {
            let kind: Modality = kind.parse().unwrap();
            let value = Value::Blob((0..count).map(|i| i * 5).collect());
            let files = value.files(kind);
            assert_eq!(read(&files[0], kind), value);
        }
        let small = Value::Blob(vec![0; 5]);
        assert!(small.files("image 3x2x1".parse().unwrap()).is_empty());
        let endings = |text: &str| -> Vec<&str> {
            let files = Value::Text(text.into()).files(Modality::Abc);
            files.into_iter().map(|f| f.0).collect()
        };
        assert_eq!(
            endings("M:3/4\nL:1/4\nK:G\nG B d|\n"),
            ["abc", "mid", "wav"]
        );
        assert_eq!(endings("no tune"), ["abc"]);
    }
}
