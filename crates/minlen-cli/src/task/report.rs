//! `minlen task report`

use super::Places;
use crate::ui::{Exit, Fail, Global, data, show_path};
use minlen_report::About;
use minlen_task::Outcome;
use std::path::PathBuf;

/// Write the outcome of a contest as one web page
#[derive(clap::Args)]
pub struct Args {
    /// The task, after `minlen task run`
    #[arg(value_name = "TASK.toml")]
    task: PathBuf,
    /// The page [default: report.html in the folder of the run]
    #[arg(short, long, value_name = "PAGE.html")]
    output: Option<PathBuf>,
}

/// Runs the verb.
pub fn run(args: Args, _global: &Global) -> Result<Exit, Fail> {
    let places = Places::of(&args.task);
    let outcome = Outcome::load(&places.out)?;
    let page = args
        .output
        .unwrap_or_else(|| places.out.join("report.html"));
    let about = About {
        command: format!("minlen task report {}", show_path(&args.task)),
        when: String::new(),
    };
    let html = minlen_report::task_html(&outcome, &about);
    std::fs::write(&page, html).map_err(|e| Fail::io("write", &page, &e))?;
    data(&format!("report: {}\n", show_path(&page)))?;
    Ok(Exit::Done)
}
