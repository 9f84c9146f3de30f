//! What coarser parameters save, and what they cost.
//!
//! `cargo run --release -p minlen-neural --example rounding NET DATA`
//!
//! NET is a file of `minlen_neural::raw`; of DATA 64 stretches of 3,000 bytes are measured.
#![allow(clippy::print_stdout)]

use minlen_core::{Guide, Limits, Meter, run_batch};
use minlen_neural::{Net, Shape, Streams, Weights, raw};
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
    let mut measured = Vec::new();
    for (name, weights) in roundings {
        let bytes = weights.write();
        let weights = Weights::read(&bytes, &Limits::default())?;
        measured.push((name, bytes.len(), weights));
    }
    for most in [7, 5, 3] {
        let (bytes, parameters) = grouped(&shape, &parameters, most);
        let weights = Weights::quantise(&shape, &parameters)?;
        measured.push((format!("groups of 32, ±{most}"), bytes, weights));
    }
    for (name, bytes, weights) in measured {
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
            "{name:19} {bytes:9} bytes, {:.2} bits a parameter: {:.4} bits a symbol",
            bytes as f64 * 8.0 / shape.parameters() as f64,
            bits as f64 / (64 * (data.len() / 64).min(3000)) as f64
        );
    }
    Ok(())
}

/// Matrices rounded to ±`most` with a scale for each 32 parameters of a row: the bytes that they would
/// take (the entropy of each matrix's integers, and of the two bytes of scales), and what they are
/// then. (To be measured they are rounded to ±127 once more, which costs next to nothing.)
fn grouped(shape: &Shape, parameters: &[f32], most: i8) -> (usize, Vec<f32>) {
    let (mut bits, mut rest, mut out) = (0.0, parameters, Vec::new());
    let mut scales = [vec![], vec![]];
    for tensor in shape.tensors() {
        let (values, after) = rest.split_at(tensor.len());
        rest = after;
        if tensor.rows == 1 {
            bits += 16.0 * values.len() as f64;
            out.extend(values);
            continue;
        }
        let mut integers = Vec::new();
        for group in values.chunks(32) {
            let largest = group.iter().fold(0.0f32, |m, v| m.max(v.abs()));
            let half = ((largest / f32::from(most)).to_bits() + 0xffff) >> 16;
            let scale = f32::from_bits(half << 16).max(f32::MIN_POSITIVE);
            scales[0].push((half >> 8) as u8);
            scales[1].push(half as u8);
            let round = |v: &f32| (v / scale).round() as i8;
            integers.extend(group.iter().map(|v| round(v) as u8));
            out.extend(group.iter().map(|v| f32::from(round(v)) * scale));
        }
        bits += entropy(&integers);
    }
    bits += entropy(&scales[0]) + entropy(&scales[1]);
    ((bits / 8.0) as usize, out)
}

/// Bits of all symbols, each on its own.
fn entropy(symbols: &[u8]) -> f64 {
    let mut counts = [0.0f64; 256];
    symbols.iter().for_each(|&s| counts[usize::from(s)] += 1.0);
    let all = symbols.len() as f64;
    let cost = |n: &f64| n * (all / n).log2();
    counts.iter().filter(|n| **n > 0.0).map(cost).sum()
}
