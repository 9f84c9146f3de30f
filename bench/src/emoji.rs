//! Emoji: from the picture to the name, and from the name to the picture.
//!
//! `cargo xtask emoji [names|pictures] [--minutes N] [--only CONTESTANTS] [--most N: blind
//! pictures that are told apart]`. Names: a contest by top-5
//! accuracy; the five nearest pictures' names are what it has to beat. Pictures: what the pixels of
//! blind pictures cost a model that is told their names, and one that is told another's; and a sheet,
//! `docs/emoji.png`, of blind pictures beside the likeliest and a drawn one for their names.

use crate::contest::{contest, sides};
use crate::{tasks, value};
use minlen_core::{Cost, Meter, Random, Sampler, run as drive};
use minlen_stats::paired_bootstrap;
use minlen_task::{Answer, CONTESTANTS, Effort, Example, Modality, Schema, Training, Value};
use std::collections::HashSet;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Where the sheet is.
const SHEET: &str = "docs/emoji.png";
/// Pictures of a row of the sheet, and rows.
const ACROSS: usize = 8;
const DOWN: usize = 6;
/// Pixels of a picture's side, between pictures, and of each of its pixels.
const SIDE: usize = 32;
const GAP: usize = 4;
const ZOOM: usize = 2;
/// The temperature that samples are drawn at, in hundredths.
const COLD: u32 = 50;

pub fn run(arguments: &[String]) {
    let Some(data) = tasks::data() else { return };
    let part = |name| tasks::named(arguments, name);
    let names = if part("names") {
        names(&data, arguments)
    } else {
        Ok(())
    };
    let pictures = if part("pictures") {
        pictures(&data, arguments)
    } else {
        Ok(())
    };
    for why in [names, pictures].into_iter().filter_map(Result::err) {
        eprintln!("emoji: {why}");
    }
}

fn names(data: &Path, arguments: &[String]) -> Result<(), String> {
    let mut task = tasks::load("emoji", data)?;
    let only = value(arguments, "--only").unwrap_or("majority,neighbours,words");
    let only: Vec<&str> = only.split(',').collect();
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    contest("emoji", &mut task, &only, arguments, folder.path())?;

    let (train, blind) = sides(&task)?;
    let text = |e: &Example| e.output.text().unwrap_or_default().to_string();
    let known: HashSet<String> = train.iter().map(text).collect();
    let parts: HashSet<String> = train.iter().flat_map(|e| words(&text(e))).collect();
    let count = |f: &dyn Fn(&str) -> bool| blind.iter().filter(|e| f(&text(e))).count();
    println!(
        "of {} blind names {} are also a training example's; of {} all words are known\n",
        blind.len(),
        count(&|name| known.contains(name)),
        count(&|name| words(name).iter().all(|w| parts.contains(w)))
    );
    Ok(())
}

fn words(name: &str) -> Vec<String> {
    let parts = name.split([' ', ':', ',']).filter(|w| !w.is_empty());
    parts.map(str::to_string).collect()
}

fn pictures(data: &Path, arguments: &[String]) -> Result<(), String> {
    let task = tasks::load("emoji-image", data)?;
    let minutes = value(arguments, "--minutes").and_then(|m| m.parse().ok());
    let minutes: f64 = minutes.unwrap_or(task.budget.minutes);
    let (train, mut blind) = sides(&task)?;
    let schema = Schema {
        inputs: task.input.clone(),
        output: task.output.clone(),
        labels: Vec::new(),
    };
    // In an order of chance, each gets the name of the next as another's.
    Random::new(1).shuffle(&mut blind);
    let most = value(arguments, "--most").and_then(|n| n.parse().ok());
    blind.truncate(most.unwrap_or(blind.len()));
    println!("{} blind pictures\n", blind.len());
    println!(
        "| model | bits a pixel, told its name | told another's | difference (95 %) | seconds |\n|---|--:|--:|---|--:|"
    );
    for name in ["primed", "retouch"] {
        let begin = Instant::now();
        let contestant = CONTESTANTS.iter().find(|c| c.name() == name);
        let contestant = contestant.ok_or("no such contestant")?;
        let (held, fit) = train.split_at(train.len() / 10);
        let effort = |like| Effort {
            until: begin + Duration::from_secs_f64(minutes * 30.0),
            like,
            threads: 1,
            watch: &(),
        };
        let training = |examples, held| Training {
            schema: &schema,
            examples,
            held,
            unlabelled: &[],
            seed: 0,
        };
        let first = contestant.train(&training(fit, held), &effort(None));
        let chosen = first.map_err(|e| e.to_string())?.config();
        let trained = contestant.train(&training(&train, &[]), &effort(Some(&chosen)));
        let mut trained = trained.map_err(|e| e.to_string())?;
        let seconds = begin.elapsed().as_secs_f64();
        let mut cost = |inputs: &[Value], truth: &Value| -> Result<f64, String> {
            let answer = trained.answer(inputs).map_err(|e| e.to_string())?;
            let Answer::Written(written) = answer else {
                return Err("it writes nothing".into());
            };
            let mut model = written.model.ok_or("it has no model")?;
            let bytes = truth.bytes();
            let mut meter = Meter::new(&bytes);
            drive(&mut *model, &mut meter);
            let bits = meter.total().units() as f64 / Cost::UNITS_A_BIT as f64;
            Ok(bits / (SIDE * SIDE) as f64)
        };
        let mut parts = Vec::new();
        for (i, example) in blind.iter().enumerate() {
            let other = &blind[(i + 1) % blind.len()];
            let own = cost(&example.inputs, &example.output)?;
            parts.push(vec![own, cost(&other.inputs, &example.output)?]);
        }
        let mean = |at: usize| parts.iter().map(|p| p[at]).sum::<f64>() / parts.len() as f64;
        let less = paired_bootstrap(&parts, &|sums, n| (sums[1] - sums[0]) / n as f64, 0);
        println!(
            "| {name} ({chosen}) | {:.3} | {:.3} | {:.3} ({:.3} – {:.3}) | {seconds:.0} |",
            mean(0),
            mean(1),
            less.mean,
            less.low,
            less.high
        );
        if name == "retouch" {
            let mut made = Vec::new();
            for (i, example) in blind.iter().enumerate().take(ACROSS * DOWN) {
                let answer = trained.answer(&example.inputs).map_err(|e| e.to_string())?;
                let Answer::Written(written) = answer else {
                    continue;
                };
                let sampler = Sampler::new(i as u64, written.made.len());
                let mut sampler = sampler.at_temperature(COLD);
                if let Some(mut model) = written.model {
                    drive(&mut *model, &mut sampler);
                }
                made.push([example.output.bytes(), written.made, sampler.into_symbols()]);
            }
            sheet(&made)?;
            println!(
                "\n{SHEET}, in threes: the blind picture, the likeliest for its name, one drawn at a temperature of 0.5\n"
            );
            for row in blind[..made.len()].chunks(ACROSS) {
                let names = row.iter().map(|e| e.inputs[0].text().unwrap_or_default());
                println!("- {}", names.collect::<Vec<_>>().join(" · "));
            }
        }
    }
    Ok(())
}

/// Writes pictures in threes.
fn sheet(made: &[[Vec<u8>; 3]]) -> Result<(), String> {
    let (wide, high) = (3 * SIDE + 3 * GAP, SIDE + GAP);
    let (width, height) = (
        ZOOM * ACROSS * wide,
        ZOOM * made.len().div_ceil(ACROSS) * high,
    );
    let mut canvas = vec![255u8; 3 * width * height];
    for (i, three) in made.iter().enumerate() {
        for (j, picture) in three.iter().enumerate() {
            let left = ZOOM * (i % ACROSS * wide + j * (SIDE + GAP / 2));
            let top = ZOOM * (i / ACROSS * high);
            for y in 0..ZOOM * SIDE {
                for x in 0..ZOOM * SIDE {
                    let from = 3 * (y / ZOOM * SIDE + x / ZOOM);
                    let to = 3 * ((top + y) * width + left + x);
                    if let Some(pixel) = picture.get(from..from + 3) {
                        canvas[to..to + 3].copy_from_slice(pixel);
                    }
                }
            }
        }
    }
    let kind = Modality::Image {
        width: width as u32,
        height: height as u32,
        channels: 3,
    };
    let files = Value::Blob(canvas).files(kind);
    let (_, png) = files.first().ok_or("the sheet is no picture")?;
    fs::write(SHEET, png).map_err(|e| format!("{SHEET}: {e}"))
}
