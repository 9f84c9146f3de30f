//! Trains a net on a file and prints how it goes.
//!
//! ```sh
//! cargo run --release -p minlen-neural --example train -- train.txt valid.txt \
//!     layers=RRWR width=128 hidden=384 window=128 seconds=60 threads=2 out=net
//! ```
//!
//! Documents end with a 0 byte; with `prefixed=1` their lengths (four bytes, lowest first) stand before
//! them. `out` names two files: `.checkpoint` (each minute; an existing one is gone on from) and `.net` (the
//! parameters, as `minlen learn --from` takes them). Instead of
//! `seconds`, `until` (seconds since 1970) or `symbols`. `from` names parameters to begin with, whose shape it then is.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use minlen_neural::train::{
    Best, Budget, Documents, Event, Options, Plan, Position, Precision, Stream, Trainer, run,
};
use minlen_neural::{Layer, Shape, raw};
use std::collections::HashMap;
use std::fs;
use std::ops::ControlFlow;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (files, settings): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| !a.contains('='));
    let [train, valid] = files[..] else {
        return Err("which file to learn from, which one to hold out?".into());
    };
    let settings: HashMap<&str, &str> = settings.iter().filter_map(|a| a.split_once('=')).collect();
    let number = |name: &str, otherwise: f64| -> Result<f64, String> {
        let value = settings
            .get(name)
            .map_or(Ok(otherwise), |value| value.parse());
        value.map_err(|_| format!("{name} is no number"))
    };
    let size = |name: &str, otherwise: usize| number(name, otherwise as f64).map(|x| x as usize);

    let layers = settings
        .get("layers")
        .unwrap_or(&"RWR")
        .chars()
        .map(|c| match c {
            'W' => Layer::Window,
            _ => Layer::Recurrent,
        });
    let shape = Shape {
        width: size("width", 128)?,
        hidden: size("hidden", 384)?,
        window: size("window", 128)?,
        layers: layers.collect(),
    };
    let seconds = match settings.get("until") {
        None => number("seconds", 60.0)?,
        Some(until) => {
            until.parse::<f64>()? - SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs_f64()
        }
    };
    let symbols = number("symbols", 0.0)?;
    let budget = match symbols > 0.0 {
        true => Budget::Symbols(symbols as u64),
        false => Budget::Seconds(seconds),
    };
    let seed = size("seed", 1)? as u64;
    let mut options = Options::new(10_000);
    options.lanes = size("lanes", options.lanes)?;
    options.length = size("length", options.length)?;
    options.shards = size("shards", options.shards)?;
    options.warm_up = size("warmup", 100)? as u64;
    let rates = &mut options.rates;
    for (name, rate) in [
        ("matrix", &mut rates.matrix),
        ("embed", &mut rates.embed),
        ("head", &mut rates.head),
        ("vector", &mut rates.vector),
        ("forget", &mut rates.forget),
        ("clip", &mut rates.clip),
    ] {
        *rate = number(name, (*rate).into())? as f32;
    }
    match settings.get("precision") {
        Some(&"f32") => options.precision = Precision::F32,
        Some(&"bf16") => options.precision = Precision::Bf16,
        _ => {}
    }

    let prefixed = size("prefixed", 0)? > 0;
    let documents = |file: &str| -> Result<Documents, Box<dyn std::error::Error>> {
        let bytes = fs::read(file)?;
        match prefixed {
            true => Ok(Documents::of(&records(&bytes)?)),
            false => Ok(Documents::separated(bytes, 0)),
        }
    };
    let held_out = documents(valid)?;
    let documents = documents(train)?.without(&held_out);
    // A part of what is held out for looks on the way, all of it at the end.
    let part = size("part", 4096)?;
    let sample: Vec<&[u8]> = held_out
        .iter()
        .step_by(4)
        .map(|d| &d[..d.len().min(part)])
        .collect();
    let out = settings.get("out").copied();
    let name = |end: &str| out.map(|out| format!("{out}.{end}"));
    let known = name("checkpoint").and_then(|file| fs::read(file).ok());
    let (trainer, position) = match known {
        Some(bytes) => Trainer::resume(&bytes)?,
        None => {
            let position = Position::new(seed, options.lanes);
            let trainer = match settings.get("from") {
                None => Trainer::new(shape, options, seed)?,
                Some(file) => {
                    let (shape, parameters) = raw::read(&fs::read(file)?)?;
                    Trainer::with(shape, options, parameters)?
                }
            };
            (trainer, position)
        }
    };
    let mut trainer = trainer.threads(size("threads", 1)?);
    let shape = trainer.shape().clone();
    println!(
        "{} parameters, {} documents, {} symbols; {} symbols held out; {:?}",
        shape.parameters(),
        documents.len(),
        documents.symbols(),
        held_out.symbols(),
        trainer.options(),
    );
    let mut stream = Stream::new(&documents, trainer.options().length, position)?;
    let plan = Plan {
        budget,
        held_out: sample,
        look_every: size("look", 500)? as u64,
        patience: size("patience", 0)?,
    };
    let begin = Instant::now();
    let mut saved = Instant::now();
    let every = Duration::from_secs_f64(number("save", 60.0)?);
    let report = run(
        &mut trainer,
        &mut stream,
        &mut Best::default(),
        &plan,
        &mut |event| {
            match event {
                Event::Step {
                    trainer, position, ..
                } => {
                    if let Some(file) = name("checkpoint").filter(|_| saved.elapsed() >= every) {
                        let bytes = trainer.checkpoint(position);
                        let new = format!("{file}.new");
                        if fs::write(&new, bytes)
                            .and_then(|()| fs::rename(&new, &file))
                            .is_err()
                        {
                            eprintln!("cannot write {file}");
                        }
                        saved = Instant::now();
                    }
                }
                Event::Look(point) => println!(
                    "{:6.0} s {:11} symbols {:7.0} symbols/s: train {:.4}, held out {:.4} bits",
                    begin.elapsed().as_secs_f64(),
                    point.symbols,
                    point.speed,
                    point.train_bits,
                    point.held_out_bits
                ),
            }
            ControlFlow::Continue(())
        },
    )?;
    if let (Some(file), Some(checkpoint)) = (name("net"), name("checkpoint")) {
        fs::write(file, raw::write(&shape, &report.parameters)?)?;
        fs::write(checkpoint, trainer.checkpoint(stream.position()))?;
    }
    if size("whole", 0)? > 0 {
        let all: Vec<&[u8]> = held_out.iter().collect();
        println!("all that was held out: {:.4} bits", trainer.evaluate(&all));
        let rounded = rounded(&shape, trainer.parameters());
        let mut rounded = Trainer::with(shape, trainer.options().clone(), rounded)?;
        println!("with matrices of int8: {:.4} bits", rounded.evaluate(&all));
    }
    Ok(())
}

/// What stands behind lengths.
fn records(mut bytes: &[u8]) -> Result<Vec<&[u8]>, &'static str> {
    let mut all = Vec::new();
    while !bytes.is_empty() {
        let length = bytes.split_first_chunk();
        let record =
            length.and_then(|(n, rest)| rest.split_at_checked(u32::from_le_bytes(*n) as usize));
        let (record, rest) = record.ok_or("a record is cut off")?;
        all.push(record);
        bytes = rest;
    }
    Ok(all)
}

/// The parameters with matrices as the coding path stores them: 8 bits, and a scale for each row.
fn rounded(shape: &Shape, parameters: &[f32]) -> Vec<f32> {
    let mut values = parameters.to_vec();
    let mut rest = &mut values[..];
    for tensor in shape.tensors() {
        let (own, others) = rest.split_at_mut(tensor.len());
        rest = others;
        if tensor.rows == 1 {
            continue;
        }
        for row in own.chunks_exact_mut(tensor.columns) {
            let scale = row.iter().fold(1e-30, |most: f32, x| most.max(x.abs())) / 127.0;
            for x in row {
                *x = (*x / scale).round() * scale;
            }
        }
    }
    values
}
