//! Blind examples and the winner's answers, as text, pictures and sound.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use maud::{Markup, html};
use minlen_task::{Field, Modality, Outcome, Standing, Value};

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
        (Value::Blob(bytes), kind) => match (kind, value.files(kind).first()) {
            (Modality::Image { width, height, .. }, Some((_, file))) => html! {
                img.sample src=(uri("image/png", file)) width=(width.max(56)) height=(height.max(56)) alt="image";
            },
            (Modality::Sound { .. }, Some((_, file))) => html! {
                audio controls="" src=(uri("audio/wav", file)) {}
            },
            _ => html! { span.at { (bytes.len()) " bytes" } },
        },
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

fn uri(kind: &str, bytes: &[u8]) -> String {
    format!("data:{kind};base64,{}", BASE64_STANDARD.encode(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_and_sounds_are_in_the_page() {
        let shown = |kind: &str, samples: &[u8]| {
            let field = Field {
                field: "it".into(),
                kind: kind.parse().unwrap(),
            };
            show(&field, &Value::Blob(samples.to_vec())).into_string()
        };
        let picture = shown("image 2x2x1", &[0, 128, 255, 7]);
        assert!(picture.contains("src=\"data:image/png;base64,iVBOR"));
        let sound = shown("sound 8000 Hz", &[0, 1, 2, 3]);
        assert!(sound.contains("src=\"data:audio/wav;base64,UklGR"));
        assert!(shown("image 2x2x1", &[0; 5]).contains("5 bytes"));
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
