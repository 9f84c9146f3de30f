//! `measure RECIPE[+RECIPE…] FILE[:BYTES]…`: bytes, CPU seconds to encode and decode, and whether the
//! round trip is exact. In the environment, CODES=FIRST,LEAD says which symbols are words, DATA=1 that it
//! is no text; ENC=1 encodes only; SPLIT=N codes each N bytes on their own.
#![allow(clippy::print_stdout)]

use minlen_core::{Codes, Decoder, Encoder, Limits, Recipe, Structure, run};

/// User CPU seconds of this process.
fn cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks = |n: usize| -> f64 {
        (after.split_whitespace().nth(n))
            .and_then(|t| t.parse().ok())
            .unwrap_or(0.0)
    };
    ticks(11) / 100.0
}

fn main() {
    let mut args = std::env::args().skip(1);
    let recipes = args.next().expect("a recipe");
    let split = std::env::var("SPLIT").map_or(usize::MAX, |n| n.parse().expect("a number"));
    let encode_only = std::env::var_os("ENC").is_some();
    let codes = std::env::var("CODES").map_or(Codes::NONE, |text| {
        let (first, lead) = text.split_once(',').expect("two numbers");
        let [first, lead] = [first, lead].map(|n| n.parse().expect("a number"));
        Codes { first, lead }
    });
    let structure = Structure {
        codes,
        text: std::env::var_os("DATA").is_none(),
        ..Structure::NONE
    };
    for file in args {
        let (name, limit) = match file.split_once(':') {
            Some((n, l)) => (n.to_string(), l.parse().expect("a number of bytes")),
            None => (file, usize::MAX),
        };
        let mut data = std::fs::read(&name).expect("a file");
        data.truncate(limit);
        for text in recipes.split('+') {
            let recipe: Recipe = text.parse().expect("a recipe");
            let entry = minlen_classical::MODELS
                .iter()
                .find(|m| m.name == recipe.name())
                .expect("a model");
            let model = || {
                entry
                    .model(recipe.settings(), &structure, &Limits::default())
                    .expect("a model")
            };
            let t0 = cpu();
            let pieces: Vec<Vec<u8>> = (data.chunks(split))
                .map(|piece| {
                    let mut encoder = Encoder::new(piece);
                    run(&mut model(), &mut encoder);
                    encoder.finish()
                })
                .collect();
            let coded: usize = pieces.iter().map(Vec::len).sum();
            let t1 = cpu();
            let mut ok = "encode only";
            if !encode_only {
                let right = data.chunks(split).zip(&pieces).all(|(piece, coded)| {
                    let mut decoder = Decoder::new(coded, piece.len());
                    run(&mut model(), &mut decoder);
                    decoder.finish().is_ok_and(|d| d == piece)
                });
                ok = if right { "ok" } else { "WRONG" };
            }
            let t2 = cpu();
            let speed = |t: f64| data.len() as f64 / 1e6 / t.max(0.005);
            println!(
                "{text:14} {:10} -> {:9} {:.4} bpc  enc {:5.2} s {:5.2} MB/s  dec {:5.2} s {:5.2} MB/s  {ok} {}",
                data.len(),
                coded,
                coded as f64 * 8.0 / data.len().max(1) as f64,
                t1 - t0,
                speed(t1 - t0),
                t2 - t1,
                speed(t2 - t1),
                name.rsplit('/').next().unwrap_or(""),
            );
        }
    }
}
