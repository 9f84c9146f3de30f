//! What coarser parameters save, and what they cost.
//!
//! `cargo run --release -p minlen-neural --example rounding NET DATA`
//!
//! NET is a file of `minlen_neural::raw`; of DATA 64 stretches of 3,000 bytes are measured.
#![allow(clippy::print_stdout)]

use minlen_core::{Guide, Limits, Meter, run_batch};
use minlen_neural::{Net, Streams, Weights, raw};
use std::sync::Arc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = |i| std::env::args_os().nth(i).map(std::fs::read);
    let (Some(net), Some(data)) = (file(1), file(2)) else {
        return Err("say which net, and which data".into());
    };
    let (shape, parameters) = raw::read(&net?)?;
    let data = data?;
    let mut roundings = vec![(
        "short".to_string(),
        Weights::quantise_short(&shape, &parameters)?,
    )];
    for most in [127, 63, 31, 15, 11, 7, 5] {
        let weights = Weights::quantise_to(&shape, &parameters, |_| most)?;
        roundings.push((format!("±{most}"), weights));
    }
    for (name, weights) in roundings {
        let bytes = weights.write();
        let weights = Weights::read(&bytes, &Limits::default())?;
        let stretches = data.chunks_exact(data.len() / 64).take(64);
        let mut meters: Vec<_> = stretches
            .map(|s| Meter::new(&s[..s.len().min(3000)]))
            .collect();
        let mut guides: Vec<&mut dyn Guide> = meters.iter_mut().map(|g| g as _).collect();
        run_batch(
            &mut Streams::new(Arc::new(Net::new(&weights)), 64),
            &mut guides,
        );
        let bits: u64 = meters.iter().map(|m| m.total().bits_ceil()).sum();
        println!(
            "{name:6} {:9} bytes, {:.2} bits a parameter: {:.4} bits a symbol",
            bytes.len(),
            bytes.len() as f64 * 8.0 / shape.parameters() as f64,
            bits as f64 / (64 * (data.len() / 64).min(3000)) as f64
        );
    }
    Ok(())
}
