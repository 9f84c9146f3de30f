//! `base NUMBER NET`: a model file that ships with the program, made of a net's parameters.

use minlen::{Learnt, Recipe};
use std::error::Error;

/// Of each model: its file, the engine that it advises, and its card.
type Made = (
    &'static str,
    &'static str,
    [(&'static str, &'static str); 5],
);

const DATA_1: &str = "English books and documents, Chinese prose and technical text, programs in six languages: 200 MB in documents of up to 64 KiB, mixed licences; 41,213,952 bytes of them were read, in an order drawn by chance";
const DATA_2: &str = "the same documents, of which those whose number modulo 20 is below 9 were read, 90,178,613 bytes, as symbols of words-1 under the parameters base-2.words, each document on its own; 62,001,152 of their 63,896,654 symbols, in an order drawn by chance";

const MADE: [Made; 2] = [
    (
        "base.mlm",
        "mix2:strong",
        [
            ("name", "base 1"),
            ("data", DATA_1),
            (
                "training",
                "train.rs layers=RRRRR width=160 hidden=384 window=128 warmup=150 lanes=16 length=256 matrix=0.012, seed 1, 72 minutes of two shared cores, bf16",
            ),
            (
                "held-out documents",
                "3,182,665 bytes, 1.962 bits a byte alone, each document of up to 64 KiB on its own; model not counted",
            ),
            ("licence", "MIT OR Apache-2.0"),
        ],
    ),
    (
        "base-2.mlm",
        "mix2:strong-3",
        [
            ("name", "base 2"),
            ("data", DATA_2),
            (
                "training",
                "train.rs prefixed=1 layers=RRRRR width=160 hidden=384 window=128 warmup=150 lanes=16 length=256 matrix=0.012 symbols=62000000, seed 1, 48 minutes of two cores, bf16",
            ),
            (
                "held-out documents",
                "3,182,665 bytes, 2.883 bits a symbol alone, which is 1.835 bits a byte, each document of up to 64 KiB on its own; model not counted",
            ),
            ("licence", "MIT OR Apache-2.0"),
        ],
    ),
];

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [number, net] = &arguments[..] else {
        return Err("which model, 1 or 2, and which file of parameters?".into());
    };
    let number = number.parse::<usize>()?.checked_sub(1);
    let made = number
        .and_then(|n| MADE.get(n))
        .ok_or("there is no such model")?;
    let (file, engine, card) = made;
    let engine: Recipe = engine.parse()?;
    let card = card
        .iter()
        .map(|(key, value)| (key.to_string(), value.to_string()));
    let model = Learnt::of_net(&std::fs::read(net)?, Some(&engine), card.collect())?;
    std::fs::write(format!("crates/minlen/src/learnt/{file}"), model.file())?;
    Ok(())
}
