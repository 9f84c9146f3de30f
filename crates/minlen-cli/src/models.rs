//! `minlen models`

use crate::ui::{Exit, Fail, Global, data, json};
use minlen::{Setting, models, views};
use serde_json::json;

/// List the models, their settings, the levels and the views
#[derive(clap::Args)]
pub struct Args {}

/// Runs the verb.
pub fn run(_: Args, global: &Global) -> Result<Exit, Fail> {
    if global.json {
        let models: Vec<_> = models()
            .map(|m| {
                json!({
                    "name": m.name,
                    "family": m.family.name(),
                    "settings": m.settings,
                    "summary": m.summary,
                })
            })
            .collect();
        let levels: Vec<_> = minlen::LEVELS
            .iter()
            .zip(1..)
            .map(|((model, mib), level)| {
                json!({"level": level, "model": model, "block_bytes": mib << 20})
            })
            .collect();
        let views: Vec<_> = views()
            .iter()
            .map(|v| json!({"name": v.name(), "summary": v.summary()}))
            .collect();
        json(&json!({"models": models, "levels": levels, "views": views}))?;
        return Ok(Exit::Done);
    }
    let mut out = String::from("Models (--model NAME:SETTINGS):\n");
    for m in models() {
        let (name, family, summary) = (m.name, m.family.name(), m.summary);
        out += &format!("  {name:<12} {family}: {summary}\n");
        if !m.settings.is_empty() {
            out += &format!("  {:<12} settings: {}\n", "", m.settings);
        }
    }
    out += "\nLevels:\n";
    for ((model, mib), level) in minlen::LEVELS.iter().zip(1..) {
        let note = match level {
            Setting::DEFAULT_LEVEL => ", the default",
            _ => "",
        };
        out += &format!("  -{level:<11} {model}, blocks of {mib} MiB{note}\n");
    }
    out += "\nViews, the first that accepts a file is taken:\n";
    for v in views() {
        out += &format!("  {:<12} {}\n", v.name(), v.summary());
    }
    data(&out)?;
    Ok(Exit::Done)
}
