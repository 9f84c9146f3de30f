//! The most and the least predictable places.

use crate::heat::coloured;
use crate::words::{grouped, rate};
use maud::{Markup, html};
use minlen::{Detail, Place};

pub(crate) fn places(detail: &Detail) -> Markup {
    if detail.cheap.is_empty() {
        return html! {};
    }
    let length = detail.cheap[0].bytes.len();
    html! {
        div.columns {
            div {
                h3 { "Most predictable places" }
                (list(&detail.cheap))
            }
            div {
                h3 { "Least predictable places" }
                (list(&detail.dear))
            }
        }
        p.note style="margin-top:1rem" {
            "Places of " (length) " bytes; of equal ones, and of close neighbours, one is shown."
            @if detail.places_from > 0 {
                " The first " (grouped(detail.places_from)) " bytes are left out: there, the model had not learnt much yet."
            }
        }
    }
}

fn list(places: &[Place]) -> Markup {
    html! {
        @for place in places {
            @let bits: f64 = place.bits.iter().sum();
            div.place {
                span.at {
                    "byte " (grouped(place.offset)) " · " (rate(bits / place.bytes.len().max(1) as f64)) " bits a byte"
                }
                code { (coloured(place, false)) }
            }
        }
    }
}
