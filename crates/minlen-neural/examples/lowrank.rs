//! What fine-tuning gains by rank, by rate, by rounding.
//!
//! `cargo run --release -p minlen-neural --example lowrank NET DATA SYMBOLS [rank=8] [rate=0.003] [matrix=0.01]`
//!
//! NET is a file of `minlen_neural::raw`. The last tenth of DATA is held out. Rank 0 trains all
//! parameters, at `rate` times the usual rates.
#![allow(clippy::print_stdout)]

use minlen_core::{Guide, Meter, run_batch};
use minlen_neural::train::{
    Best, Budget, Documents, Options, Plan, Position, Stream, Trainer, run,
};
use minlen_neural::{LowRank, Net, Streams, Weights, raw};
use std::ops::ControlFlow;
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (files, settings): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| !a.contains('='));
    let [net, data, symbols] = files[..] else {
        return Err("say which net, which data, and how many symbols".into());
    };
    let setting = |name: &str, otherwise: f32| -> Result<f32, std::num::ParseFloatError> {
        let found = settings
            .iter()
            .find_map(|s| s.strip_prefix(name)?.strip_prefix('='));
        found.map_or(Ok(otherwise), str::parse)
    };
    let (shape, parameters) = raw::read(&std::fs::read(net)?)?;
    let base = Weights::quantise(&shape, &parameters)?;
    let data = std::fs::read(data)?;
    let (learned, held) = data.split_at(data.len() - data.len() / 10);
    let symbols: u64 = symbols.parse()?;
    let rank = setting("rank", 8.0)? as usize;
    let mut options = Options::new(symbols.div_ceil(4096));
    let rates = &mut options.rates;
    if rank > 0 {
        rates.factor = setting("rate", 0.003)?;
    } else {
        let part = setting("rate", 1.0)?;
        for rate in [
            &mut rates.matrix,
            &mut rates.embed,
            &mut rates.head,
            &mut rates.vector,
        ] {
            *rate *= part;
        }
    }
    let lanes = options.lanes;
    let mut trainer = match rank {
        0 => Trainer::with(shape.clone(), options, base.parameters())?,
        rank => Trainer::low_rank(shape.clone(), options, base.parameters(), rank, 0)?,
    };
    let parts: Vec<&[u8]> = learned.chunks(4096).collect();
    let documents = Documents::of(&parts);
    let mut stream = Stream::new(
        &documents,
        trainer.options().length,
        Position::new(0, lanes),
    )?;
    let plan = Plan {
        budget: Budget::Symbols(symbols),
        held_out: Vec::new(),
        look_every: u64::MAX,
        patience: 0,
    };
    let mut tell = |_: minlen_neural::train::Event| ControlFlow::Continue(());
    run(
        &mut trainer,
        &mut stream,
        &mut Best::default(),
        &plan,
        &mut tell,
    )?;
    println!("before: {:.4} bits a symbol", cost(&base, held));
    if rank == 0 {
        let weights = Weights::quantise(&shape, trainer.parameters())?;
        println!(
            "all: {:9} bytes, {:.4} bits",
            weights.write().len(),
            cost(&weights, held)
        );
        return Ok(());
    }
    for most in [127, 31, 15, 7] {
        let changes = LowRank::quantise_to(&shape, rank, trainer.learned(), most)?;
        let bits = cost(&changes.of(&base)?, held);
        println!(
            "rank {rank}, ±{most}: {:9} bytes, {bits:.4} bits",
            changes.write().len()
        );
    }
    let weights = Weights::quantise(&shape, trainer.parameters())?;
    println!("rank {rank}, not rounded: {:.4} bits", cost(&weights, held));
    Ok(())
}

/// Bits a symbol of stretches of 1,000 symbols.
fn cost(weights: &Weights, data: &[u8]) -> f64 {
    let stretches: Vec<&[u8]> = data.chunks_exact(1000).take(64).collect();
    let mut meters: Vec<_> = stretches.iter().map(|s| Meter::new(s)).collect();
    let mut guides: Vec<&mut dyn Guide> = meters.iter_mut().map(|g| g as _).collect();
    let mut streams = Streams::new(Arc::new(Net::new(weights)), stretches.len());
    run_batch(&mut streams, &mut guides);
    let bits: u64 = meters.iter().map(|m| m.total().bits_ceil()).sum();
    bits as f64 / (1000 * stretches.len()) as f64
}
