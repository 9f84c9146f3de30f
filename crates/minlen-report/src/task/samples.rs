//! Blind examples and the winner's answers, as text, pictures and sound.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, html};
use minlen_task::{Field, Modality, Outcome, Standing, Value};
use std::io::Cursor;

/// Seconds of a tune that can be heard: more of them would make the page large.
const HEARD: f64 = 10.0;
/// Characters of a text that are shown.
const LONGEST: usize = 300;

pub(super) fn samples(outcome: &Outcome, winner: &Standing) -> Markup {
    let shown = &winner.blind.shown;
    if shown.is_empty() {
        return html! {};
    }
    let output = &outcome.schema.output;
    html! {
        h3 { "Blind examples, as " (winner.contestant) " answers them" }
        div.scroll {
            table.samples {
                thead {
                    tr {
                        th { "given" }
                        th.left { "right is" }
                        th.left { "it answers" }
                        th { "bits" }
                    }
                }
                tbody {
                    @for example in shown {
                        tr class=(if example.answer == example.truth { "" } else { "miss" }) {
                            td.name title=(example.id) {
                                @for (i, (field, value)) in outcome.schema.inputs.iter().zip(&example.inputs).enumerate() {
                                    @if outcome.schema.inputs.len() > 1 {
                                        @if i > 0 { ", " }
                                        span.at { (field.field) " " }
                                    }
                                    (show(field, value))
                                }
                            }
                            td.left.name { (show(output, &example.truth)) }
                            td.left.name { (show(output, &example.answer)) }
                            td { @if let Some(bits) = example.bits { (format!("{bits:.2}")) } }
                        }
                    }
                }
            }
        }
        p.note { "The first ones of the blind set, not picked, and after them the first mistakes. Bits: what it takes to tell the right answer to one who has the input and the \
                  trained contestant." }
    }
}

/// A value as people see or hear it.
fn show(field: &Field, value: &Value) -> Markup {
    match (value, field.kind) {
        (Value::Missing, _) => html! { span.at { "–" } },
        (Value::Number(n), _) => html! { (number(*n)) },
        (Value::Text(text), Modality::Abc) => html! {
            pre.data { (cut(text)) }
            @if let Ok(tune) = minlen_music::parse(text) {
                audio controls="" src=(uri("audio/wav", &tune.first(HEARD).wav(8000))) {}
            }
        },
        (Value::Text(text), _) => html! { (cut(text)) },
        (
            Value::Blob(bytes),
            Modality::Image {
                width,
                height,
                channels,
            },
        ) => match png(bytes, width, height, channels) {
            Some(uri) => html! {
                img.sample src=(uri) width=(width.max(56)) height=(height.max(56)) alt="image";
            },
            None => html! { span.at { (bytes.len()) " bytes" } },
        },
        (Value::Blob(bytes), Modality::Sound { rate }) => match wav(bytes, rate) {
            Some(uri) => html! { audio controls="" src=(uri) {} },
            None => html! { span.at { (bytes.len()) " bytes" } },
        },
        (Value::Blob(bytes), _) => html! { span.at { (bytes.len()) " bytes" } },
    }
}

/// As many digits as a reader wants.
fn number(n: f64) -> String {
    let short = format!("{n:.4}");
    match n.to_string() {
        exact if exact.len() <= short.len() => exact,
        _ => short,
    }
}

fn cut(text: &str) -> String {
    let clean = text.chars().map(|c| match c {
        '\n' | '\t' => c,
        c if c.is_control() => '\u{fffd}',
        c => c,
    });
    let mut kept: String = clean.take(LONGEST).collect();
    if text.chars().count() > LONGEST {
        kept.push('…');
    }
    kept
}

/// A picture for the page; `None` if the samples are not as many as the sizes say.
fn png(bytes: &[u8], width: u32, height: u32, channels: u32) -> Option<String> {
    if bytes.len() as u64 != u64::from(width) * u64::from(height) * u64::from(channels) {
        return None;
    }
    let mut file = Vec::new();
    let mut encoder = png::Encoder::new(&mut file, width, height);
    encoder.set_color(match channels {
        1 => png::ColorType::Grayscale,
        _ => png::ColorType::Rgb,
    });
    let mut writer = encoder.write_header().ok()?;
    writer.write_image_data(bytes).ok()?;
    writer.finish().ok()?;
    Some(uri("image/png", &file))
}

/// Sound for the page.
fn wav(bytes: &[u8], rate: u32) -> Option<String> {
    let mut file = Cursor::new(Vec::new());
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: rate,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::new(&mut file, spec).ok()?;
    for sample in bytes.chunks_exact(2) {
        let sample = i16::from_le_bytes([sample[0], sample[1]]);
        writer.write_sample(sample).ok()?;
    }
    writer.finalize().ok()?;
    Some(uri("audio/wav", file.get_ref()))
}

fn uri(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", BASE64_STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_sounds_are_whole_files() {
        let picture = png(&[0, 128, 255, 7], 2, 2, 1).unwrap();
        assert!(picture.starts_with("data:image/png;base64,iVBOR"));
        assert_eq!(png(&[0; 5], 2, 2, 1), None);
        assert!(
            wav(&[0, 1, 2, 3], 8000)
                .unwrap()
                .starts_with("data:audio/wav;base64,UklGR")
        );
    }

    #[test]
    fn texts_are_cut_and_tamed() {
        assert_eq!(cut("a\u{7}b"), "a\u{fffd}b");
        assert_eq!(cut(&"é".repeat(LONGEST + 1)).chars().count(), LONGEST + 1);
        assert_eq!(
            (number(0.5), number(1.0 / 3.0)),
            ("0.5".into(), "0.3333".into())
        );
    }
}
