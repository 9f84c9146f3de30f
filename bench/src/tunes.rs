//! Tunes in a style that is asked for: do they parse, and does a judge know them for it?
//!
//! `cargo xtask tunes [--minutes N] [--each N] [--with CONTESTANT] [--temperature HUNDREDTHS]`. A
//! contestant learns from the training tunes to write a tune for a style, a kind and an origin. Then it
//! gets prompts of blind tunes, as many for each style, and its tunes are drawn by chance: freely, and
//! such that a tune goes on with every symbol. The judge, a linear classifier of n-grams, has learnt
//! from real tunes and is itself scored on blind ones. One tune a style is kept as ABC, MIDI and WAV.

use crate::contest::{contest, sides};
use crate::{tasks, value};
use minlen_core::Random;
use minlen_stats::{Interval, clopper_pearson};
use minlen_task::{CONTESTANTS, Draw, Effort, Example, Modality, Schema, Training, Value, Winner};
use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

/// Where what was learnt and the tunes are.
const FOLDER: &str = "target/tunes";
/// Tunes of each style.
const EACH: usize = 20;
/// Bytes of a tune, at most.
const MOST: usize = 2048;

pub fn run(arguments: &[String]) {
    let Some(data) = tasks::data() else { return };
    if let Err(why) = tunes(&data, arguments) {
        eprintln!("tunes: {why}");
    }
}

fn tunes(data: &Path, arguments: &[String]) -> Result<(), String> {
    let number = |name, or: usize| {
        value(arguments, name)
            .and_then(|n| n.parse().ok())
            .unwrap_or(or)
    };
    let with = value(arguments, "--with").unwrap_or("primed");
    let (each, temperature) = (number("--each", EACH), number("--temperature", 100) as u32);
    let folder = Path::new(FOLDER);
    let mut style = tasks::load("style", data)?;
    contest("style", &mut style, &["linear"], arguments, folder)?;
    let judge = Winner::load(&folder.join("style"), None);
    let mut judge = judge.map_err(|e| e.to_string())?;

    let task = tasks::load("tunes", data)?;
    let (mut train, blind) = sides(&task)?;
    Random::new(2).shuffle(&mut train);
    let begin = Instant::now();
    let minutes = value(arguments, "--minutes").and_then(|m| m.parse().ok());
    let schema = Schema {
        inputs: task.input.clone(),
        output: task.output.clone(),
        labels: Vec::new(),
    };
    let (held, fit) = train.split_at(train.len() / 10);
    let training = Training {
        schema: &schema,
        examples: fit,
        held,
        unlabelled: &[],
        seed: 0,
    };
    let effort = Effort {
        until: begin + Duration::from_secs_f64(60.0 * minutes.unwrap_or(task.budget.minutes)),
        like: None,
        threads: 1,
        watch: &(),
    };
    let contestant = CONTESTANTS.iter().find(|c| c.name() == with);
    let contestant = contestant.ok_or("there is no such contestant")?;
    let mut writer = contestant
        .train(&training, &effort)
        .map_err(|e| e.to_string())?;
    println!(
        "{with} ({}) has learnt from {} tunes in {:.0} seconds",
        writer.config(),
        fit.len(),
        begin.elapsed().as_secs_f64()
    );
    let known: HashSet<Vec<u8>> = train.iter().map(|e| e.output.bytes()).collect();
    let mut prompts: BTreeMap<&str, Vec<&Example>> = BTreeMap::new();
    let mut shuffled: Vec<&Example> = blind
        .iter()
        .filter(|e| !known.contains(&e.output.bytes()))
        .collect();
    Random::new(1).shuffle(&mut shuffled);
    for example in shuffled {
        let style = example.inputs[0].text().unwrap_or_default();
        prompts.entry(style).or_default().push(example);
    }
    println!(
        "{} styles, {each} tunes of each by {with}, at a temperature of {}; a judge without eyes names 1 of {} rightly\n\n\
         | drawn | parse (95 %) | named as asked (95 %) | times chance | copies of training tunes |\n|---|---|---|--:|--:|",
        prompts.len(),
        f64::from(temperature) / 100.0,
        prompts.len()
    );
    let mut by_style = BTreeMap::new();
    for free in [true, false] {
        let (mut parse, mut named, mut copies, mut count) = (0, 0, 0, 0u64);
        for (style, examples) in &prompts {
            let mut right = 0;
            for i in 0..each {
                let prompt = examples[i % examples.len()];
                let draw = Draw {
                    bytes: MOST,
                    seed: count,
                    temperature,
                    top_p: 1000,
                };
                let answer = writer.answer(&prompt.inputs);
                let tune = answer.and_then(|a| a.draw(&schema, &draw, free));
                let tune = tune.map_err(|e| e.to_string())?;
                count += 1;
                let text = tune.text().unwrap_or_default();
                parse += u64::from(minlen_music::parse(text).is_ok());
                copies += usize::from(known.contains(text.as_bytes()));
                let reply = judge
                    .reply(std::slice::from_ref(&tune))
                    .map_err(|e| e.to_string())?;
                right += u64::from(reply.answer.text() == Some(style));
                if !free && i == 0 {
                    keep(folder, style, &tune)?;
                }
            }
            named += right;
            if !free {
                by_style.insert(*style, right);
            }
        }
        let share = |n: u64| {
            let Interval { low, mean, high } = clopper_pearson(n, count, 0.05);
            format!(
                "{:.1} % ({:.1} – {:.1})",
                100.0 * mean,
                100.0 * low,
                100.0 * high
            )
        };
        println!(
            "| {} | {} | {} | {:.1} | {copies} |",
            if free { "freely" } else { "as tunes" },
            share(parse),
            share(named),
            named as f64 / count as f64 * prompts.len() as f64
        );
    }
    println!("\n| style | of {each} tunes named as asked |\n|---|--:|");
    for (style, right) in by_style {
        println!("| {style} | {right} |");
    }
    println!("\none of each in {FOLDER}: .abc, .mid, .wav");
    Ok(())
}

/// Writes a tune's files.
fn keep(folder: &Path, style: &str, tune: &Value) -> Result<(), String> {
    let letter = |c: char| {
        if c.is_alphanumeric() {
            c.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = style.chars().map(letter).collect();
    for (ending, bytes) in tune.files(Modality::Abc) {
        let path = folder.join(format!("{name}.{ending}"));
        fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}
