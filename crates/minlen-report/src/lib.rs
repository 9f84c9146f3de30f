//! Studies, contests and how learning went, each as a web page in one file; studies as JSON, too.
//!
//! The page holds its style and its pictures (SVG); it loads nothing, runs no script, and follows
//! the reader's light or dark mode. Everything that comes from data or from file names is escaped.
#![forbid(unsafe_code)]

mod bars;
mod curve;
mod earned;
mod facts;
mod file;
mod heat;
mod json;
mod lesson;
mod overview;
mod page;
mod places;
mod plane;
mod style;
mod table;
mod task;
mod words;

pub use json::{Document, from_json, json};
pub use lesson::{LEARN_GENERATOR, Learning, learn_html, verdict as learn_verdict};
pub use page::html;
pub use task::task_html;

/// Marks a page, or a JSON document, as a report that may be overwritten by the next.
pub const GENERATOR: &str = "minlen study";

/// The same for the report of a contest.
pub const TASK_GENERATOR: &str = "minlen task";

/// Where a report comes from, beside what the study itself knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The command that made it.
    pub command: String,
    /// When, in words; empty: not said.
    pub when: String,
}
