//! `minlen task contestants`

use crate::ui::{Exit, Fail, Global, data, json};
use minlen_task::CONTESTANTS;
use serde_json::json;

/// List who can take part in a contest
#[derive(clap::Args)]
pub struct Args {}

/// Runs the verb.
pub fn run(_: Args, global: &Global) -> Result<Exit, Fail> {
    if global.json {
        let all = CONTESTANTS
            .iter()
            .map(|c| json!({"name": c.name(), "family": c.family(), "summary": c.summary()}));
        json(&json!({"contestants": all.collect::<Vec<_>>()}))?;
        return Ok(Exit::Done);
    }
    let mut out = String::new();
    for c in CONTESTANTS {
        let family = format!("{:?}", c.family()).to_lowercase();
        out += &format!("{:<14} {family:<10} {}\n", c.name(), c.summary());
    }
    data(&out)?;
    Ok(Exit::Done)
}
