//! Tunes in a style that is asked for: do they parse, and does a judge know them for it?
//!
//! `cargo xtask tunes [--minutes N] [--each N] [--with CONTESTANT] [--temperature HUNDREDTHS]
//! [--together] [--config SETTINGS]`. A contestant learns from the training tunes to write a tune for a
//! style, a kind and an origin. Then it gets prompts of blind tunes, as many for each style, and its
//! tunes are drawn by chance: freely, and such that a tune goes on with every symbol. Unless they learn
//! `--together`, each style has a contestant of its own, which has read the tunes of all others first.
//! The judge, a linear classifier of n-grams, has learnt from real tunes and is itself scored on blind
//! ones. One tune a style is kept as ABC, MIDI and WAV.

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
    let apart = !arguments.iter().any(|a| a == "--together");
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
    // For each style a contestant that has read the others' tunes before those of the style: what was
    // read last weighs most. Its settings are chosen once, on held-out tunes.
    let contestant = CONTESTANTS.iter().find(|c| c.name() == with);
    let contestant = contestant.ok_or("there is no such contestant")?;
    let teach = |examples: &[Example], held: &[Example], like: Option<&str>| {
        let training = Training {
            schema: &schema,
            examples,
            held,
            unlabelled: &[],
            seed: 0,
        };
        let effort = Effort {
            until: begin + Duration::from_secs_f64(60.0 * minutes.unwrap_or(task.budget.minutes)),
            like,
            threads: 1,
            watch: &(),
        };
        contestant
            .train(&training, &effort)
            .map_err(|e| e.to_string())
    };
    let (held, fit) = train.split_at(train.len() / 10);
    let mut all = match apart {
        true => None,
        false => Some(teach(fit, held, None)?),
    };
    let config = match (&all, value(arguments, "--config")) {
        (_, Some(config)) => config.to_string(),
        (Some(all), None) => all.config(),
        (None, None) => teach(fit, held, None)?.config(),
    };
    println!(
        "{with} ({config}), {:.0} seconds",
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
    // Freely, and as tunes: those that parse, that are named as asked, that are copies.
    let mut counts = [[0u64; 3]; 2];
    let mut count = 0u64;
    for (style, examples) in &prompts {
        let mut ordered = train.clone();
        ordered.sort_by_key(|e| e.inputs[0].text() == Some(style));
        let mut own = match apart {
            true => Some(teach(&ordered, &[], Some(&config))?),
            false => None,
        };
        let writer = own.as_mut().or(all.as_mut()).ok_or("nobody writes")?;
        for i in 0..each {
            let prompt = examples[i % examples.len()];
            let draw = Draw {
                bytes: MOST,
                seed: count,
                temperature,
                top_p: 1000,
            };
            count += 1;
            for (free, counts) in [true, false].into_iter().zip(&mut counts) {
                let answer = writer.answer(&prompt.inputs);
                let tune = answer.and_then(|a| a.draw(&schema, &draw, free));
                let tune = tune.map_err(|e| e.to_string())?;
                let text = tune.text().unwrap_or_default();
                let reply = judge.reply(std::slice::from_ref(&tune));
                let reply = reply.map_err(|e| e.to_string())?;
                let right = reply.answer.text() == Some(style);
                counts[0] += u64::from(minlen_music::parse(text).is_ok());
                counts[1] += u64::from(right);
                counts[2] += u64::from(known.contains(text.as_bytes()));
                if let (false, Err(problem)) = (free, minlen_music::parse(text)) {
                    eprintln!("{style}, {} bytes: {problem}", text.len());
                }
                if !free {
                    *by_style.entry(*style).or_insert(0) += u64::from(right);
                    if i == 0 {
                        keep(folder, style, &tune)?;
                    }
                }
            }
        }
    }
    let share = |n: u64| {
        let Interval { low, mean, high } = clopper_pearson(n, count, 0.05);
        let [mean, low, high] = [mean, low, high].map(|x| 100.0 * x);
        format!("{mean:.1} % ({low:.1} – {high:.1})")
    };
    for (how, [parse, named, copies]) in ["freely", "as tunes"].iter().zip(counts) {
        println!(
            "| {how} | {} | {} | {:.1} | {copies} |",
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
