//! The page.

use crate::overview::{anchor, by_length, overview};
use crate::words::{grouped, seconds, size};
use crate::{About, GENERATOR, bars, file, style};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use minlen::{FileStudy, Study};

/// The study as a web page in one file.
pub fn html(study: &Study, about: &About) -> String {
    let title = match study.files.as_slice() {
        [file] => file.name.clone(),
        files => format!(
            "{} files, {}",
            grouped(files.len() as u64),
            size(study.total.bytes as f64)
        ),
    };
    let body = html! {
        main {
            @if let [one] = study.files.as_slice() {
                (file::body(study, one))
            } @else if !study.files.is_empty() {
                (overview(study))
                @for (i, one) in by_length(study) {
                    @if one.detail.is_some() { (section(study, i, one)) }
                }
            }
            (left_out(study))
        }
        (guide(study))
        (provenance(study, about))
    };
    whole_page(GENERATOR, &title, &lead(study), body)
}

/// A page in one file: `generator` says which verb made it.
pub(crate) fn whole_page(generator: &str, title: &str, lead: &str, body: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="generator" content=(generator);
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (generator) ": " (title) }
                style { (PreEscaped(style::CSS)) }
            }
            body {
                (bars::hatch())
                header {
                    p.eyebrow { (generator) }
                    h1 { (title) }
                    p.lead { (lead) }
                }
                (body)
            }
        }
    }
    .into_string()
}

/// The verdict as a sentence that begins with a capital and ends with a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut chars = words.chars();
    let first = chars.next().map(|c| c.to_uppercase().to_string());
    format!("{}{}.", first.unwrap_or_default(), chars.as_str())
}

fn lead(study: &Study) -> String {
    match study.files.as_slice() {
        [file] => sentence(&file.verdict.words),
        // The title says how many and how large.
        _ => {
            let words = &study.verdict.words;
            sentence(words.split_once(": ").map_or(words, |(_, rest)| rest))
        }
    }
}

fn section(study: &Study, index: usize, one: &FileStudy) -> Markup {
    html! {
        section.file id=(anchor(index)) {
            h2 { (one.name) }
            p.lead { (sentence(&one.verdict.words)) }
            (file::body(study, one))
        }
    }
}

fn left_out(study: &Study) -> Markup {
    html! {
        @if !study.skipped.is_empty() {
            section.file {
                h2 { "Left out" }
                div.scroll {
                    table {
                        tbody {
                            @for skipped in study.skipped.iter().take(100) {
                                tr { td.name { (skipped.name) } td.left { (skipped.why) } }
                            }
                        }
                    }
                }
                @if study.skipped.len() > 100 {
                    p.note { "and " (study.skipped.len() - 100) " more; the JSON report lists them all." }
                }
            }
        }
    }
}

fn guide(study: &Study) -> Markup {
    html! {
        section.guide {
            h2 { "How to read this" }
            dl {
                dt { "Bits a byte" }
                dd { "How many bits it takes, on average, to say what a byte is to somebody who has the model and all bytes before. 8 means \
                      nothing was predicted; the less, the more structure was found. Every model gives an upper bound: a shorter \
                      description may exist that none of them found." }
                dt { "What is counted" }
                dd { "For models, the code length of the data; an archive holds the same within 8 bytes a block, and besides names, lengths and \
                      checks (some tens of bytes). Own size is what a reader must hold beside the code before it can begin: 0 for models that \
                      start empty and learn while they code. For reference lines (hatched), the size of the whole file that they write." }
                dt { "Best, and ties" }
                dd { "Two models are compared place by place on the same data. A model is called a tie with the best when the interval of the \
                      mean difference, for other data of the same kind, includes 0." }
                dt { "What earned the bits" }
                dd { "A context mixing model asks all its inputs for each bit, and sums what they say, each by its weight. The gain over 8 bits a byte \
                      is shared among them by how hard each pulled the prediction (integrated gradients: Sundararajan, Taly, Yan 2017), and \
                      the shares add up to the gain. They say whose word was heeded, not what leaving one out would lose: inputs that \
                      say the same share, and without one the others would earn more. Corrections are what is gained, or lost, after the sum. \
                      In data that is no text, a word is a run of bytes that could be letters. \
                      Of files above 64 KiB, as many bytes, drawn by chance, stand for all." }
                dt { "Intervals" }
                dd { "95 % by circular block bootstrap over neighbouring cells of the trace (Politis and Romano 1992), seed " (study.seed) ". They are about \
                      other data of the same kind; the code length of this data is exact." }
                dt { "Time" }
                dd { "Of one thread, while " (study.threads) @if study.threads == 1 { " contestant ran at a time." } @else { " contestants ran at the same time." } }
            }
        }
    }
}

fn provenance(study: &Study, about: &About) -> Markup {
    html! {
        footer.note style="margin-top:3rem" {
            "Made by minlen " (study.version)
            @if !about.when.is_empty() { ", " (about.when) }
            " in " (seconds(study.seconds)) "."
            @if !about.command.is_empty() { " Command: " code { (about.command) } }
            @if let Some(kept) = &study.kept {
                br;
                "Archive: " (kept.path) ", " (grouped(kept.bytes)) " bytes under " (kept.recipe) "; all "
                (grouped(kept.compared_bytes)) " bytes were decoded and found equal to the sources."
            }
        }
    }
}
