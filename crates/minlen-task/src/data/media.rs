//! Images and sound as samples.

use super::open;
use crate::{Modality, Value};
use std::io::{Cursor, Read};
use std::path::Path;

/// Samples, and what they are samples of.
pub(crate) enum Media {
    /// An image, row by row.
    Image {
        width: u32,
        height: u32,
        channels: u32,
        samples: Vec<u8>,
    },
    /// Sound, one channel of 16 bits, little-endian.
    Sound { rate: u32, samples: Vec<u8> },
    /// Text of a whole file.
    Text(String),
    /// Bytes of a record: as many as the field's kind needs.
    Raw(Vec<u8>),
}

impl Media {
    /// What it is, for `task.toml`.
    pub(crate) fn kind(&self) -> Modality {
        match *self {
            Media::Image {
                width,
                height,
                channels,
                ..
            } => Modality::Image {
                width,
                height,
                channels,
            },
            Media::Sound { rate, .. } => Modality::Sound { rate },
            Media::Text(_) | Media::Raw(_) => Modality::Text,
        }
    }

    /// As the field's kind has it. Sizes and rates must agree: nothing is resampled in silence.
    /// Grey becomes colour and colour grey as asked.
    pub(crate) fn value(self, kind: Modality) -> Result<Value, String> {
        let is = self.kind();
        match (self, kind) {
            (
                Media::Image {
                    width: w,
                    height: h,
                    channels: c,
                    samples,
                },
                Modality::Image {
                    width,
                    height,
                    channels,
                },
            ) => {
                if (w, h) != (width, height) {
                    return Err(format!(
                        "{w}x{h} pixels instead of {width}x{height}: give all images one size"
                    ));
                }
                Ok(Value::Blob(match (c, channels) {
                    (1, 3) => samples.iter().flat_map(|s| [*s; 3]).collect(),
                    (3, 1) => samples.chunks_exact(3).map(grey).collect(),
                    _ => samples,
                }))
            }
            (Media::Sound { rate: r, samples }, Modality::Sound { rate }) => {
                if r != rate {
                    return Err(format!(
                        "{r} samples a second instead of {rate}: give all sounds one rate"
                    ));
                }
                Ok(Value::Blob(samples))
            }
            (
                Media::Raw(bytes),
                Modality::Image {
                    width,
                    height,
                    channels,
                },
            ) => {
                let needed = (width * height * channels) as usize;
                match bytes.len() == needed {
                    true => Ok(Value::Blob(bytes)),
                    false => Err(format!("{} bytes instead of {needed}", bytes.len())),
                }
            }
            (Media::Raw(bytes), Modality::Sound { .. }) => Ok(Value::Blob(bytes)),
            (Media::Text(text), Modality::Text | Modality::Abc) => Ok(Value::Text(text)),
            _ => Err(format!("it holds {is}, not {kind}")),
        }
    }
}

/// The grey of a colour (ITU-R BT.601's weights, in 256ths).
fn grey(pixel: &[u8]) -> u8 {
    let [r, g, b] = [pixel[0], pixel[1], pixel[2]].map(u32::from);
    ((77 * r + 150 * g + 29 * b + 128) >> 8) as u8
}

/// What a file's name says it holds: `image`, `sound` or `text`; `None`: nothing known.
pub(crate) fn of_name(path: &Path) -> Option<&'static str> {
    let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    match name.rsplit_once('.')?.1 {
        "png" | "bmp" | "pnm" | "ppm" | "pgm" | "pbm" | "jpg" | "jpeg" => Some("image"),
        "wav" => Some("sound"),
        "txt" | "md" | "abc" => Some("text"),
        _ => None,
    }
}

/// Most bytes of a file that becomes one example.
const MOST: u64 = 1 << 28;

/// Reads a file: an image, a sound, or text. The error is for people.
pub(crate) fn file(path: &Path) -> Result<Media, String> {
    let fail = |what: String| format!("{}: {what}", path.display());
    let mut bytes = Vec::new();
    let kind = of_name(path);
    if kind == Some("text") || kind.is_none() {
        let file = open(path).map_err(|e| e.to_string())?;
        let read = file.take(MOST).read_to_end(&mut bytes);
        read.map_err(|e| fail(e.to_string()))?;
        return Ok(Media::Text(super::text_of(&bytes)));
    }
    let file = std::fs::File::open(path).map_err(|e| fail(e.to_string()))?;
    let read = file.take(MOST).read_to_end(&mut bytes);
    read.map_err(|e| fail(e.to_string()))?;
    match kind {
        Some("sound") => sound(&bytes).map_err(fail),
        _ => image(&bytes).map_err(fail),
    }
}

/// An image of a file's bytes.
fn image(bytes: &[u8]) -> Result<Media, String> {
    let mut reader = image::ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|e| e.to_string())?;
    let mut limits = image::Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(4096), Some(4096));
    reader.limits(limits);
    let image = reader.decode().map_err(|e| format!("no image: {e}"))?;
    let (width, height) = (image.width(), image.height());
    let (channels, samples) = match image.color().has_color() {
        true => (3, image.into_rgb8().into_raw()),
        false => (1, image.into_luma8().into_raw()),
    };
    Ok(Media::Image {
        width,
        height,
        channels,
        samples,
    })
}

/// Sound of a WAV file's bytes: several channels become their mean, any depth 16 bits.
fn sound(bytes: &[u8]) -> Result<Media, String> {
    let mut reader =
        hound::WavReader::new(Cursor::new(bytes)).map_err(|e| format!("no WAV: {e}"))?;
    let spec = reader.spec();
    let wrong = |e: hound::Error| format!("a broken WAV: {e}");
    let all: Vec<f64> = match spec.sample_format {
        hound::SampleFormat::Float => {
            let samples = reader.samples::<f32>();
            let samples = samples.map(|s| s.map(|s| f64::from(s) * 32767.0));
            samples.collect::<Result<_, _>>().map_err(wrong)?
        }
        hound::SampleFormat::Int => {
            let scale = 2f64.powi(16 - i32::from(spec.bits_per_sample));
            let samples = reader.samples::<i32>();
            let samples = samples.map(|s| s.map(|s| f64::from(s) * scale));
            samples.collect::<Result<_, _>>().map_err(wrong)?
        }
    };
    let channels = usize::from(spec.channels.max(1));
    let mean = all
        .chunks_exact(channels)
        .map(|c| c.iter().sum::<f64>() / channels as f64);
    let samples = mean.flat_map(|s| (s.round().clamp(-32768.0, 32767.0) as i16).to_le_bytes());
    Ok(Media::Sound {
        rate: spec.sample_rate,
        samples: samples.collect(),
    })
}
