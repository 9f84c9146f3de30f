//! The section of a file.

use crate::{bars, curve, earned, facts, heat, places, table};
use maud::{Markup, html};
use minlen::{FileStudy, Study};

/// All about a file, below its name and verdict.
pub(crate) fn body(study: &Study, file: &FileStudy) -> Markup {
    let who = &study.contestants;
    html! {
        (facts::headline(study, file))
        (facts::seen(file))
        @if file.bytes > 0 {
            h3 { "Who describes it shortest" }
            (bars::bars(who, &file.scores))
        }
        @if let Some(detail) = &file.detail && file.bytes > 0 {
            @let model = &who[detail.model as usize].name;
            @let learning = curve::curve(study, file);
            @if !learning.0.is_empty() {
                h3 { "What is learnt on the way" }
                (learning)
            }
            (earned::earned(detail, file.bytes, model))
            @let map = heat::heat(&detail.heat, file.bytes, model);
            h3 { "Where the bits go" }
            (map)
            (heat::excerpts(detail))
            @if map.0.is_empty() { (heat::scale()) }
            (places::places(detail))
        }
        @if file.bytes > 0 {
            h3 { "All figures" }
            (table::table(who, &file.scores, file.best, file.bytes))
        }
    }
}
