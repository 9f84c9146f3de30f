//! `base NET`: the model file that ships with the program, made of a net's parameters.

use minlen::{Learnt, Recipe};
use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("which file of parameters?")?;
    let engine: Recipe = "mix2:strong".parse()?;
    let card = [
        ("name", "base 1"),
        (
            "data",
            "English books and documents, Chinese prose and technical text, programs in six languages: 200 MB in documents of up to 64 KiB, mixed licences; 41,213,952 bytes of them were read, in an order drawn by chance",
        ),
        (
            "training",
            "train.rs layers=RRRRR width=160 hidden=384 window=128 warmup=150 lanes=16 length=256 matrix=0.012, seed 1, 72 minutes of two shared cores, bf16",
        ),
        (
            "held-out documents",
            "3,182,665 bytes, 1.962 bits a byte alone, each document of up to 64 KiB on its own; model not counted",
        ),
        ("licence", "MIT OR Apache-2.0"),
    ];
    let card = card.map(|(key, value)| (key.to_string(), value.to_string()));
    let model = Learnt::of_net(&std::fs::read(path)?, Some(&engine), card.into())?;
    std::fs::write("crates/minlen/src/learnt/base.mlm", model.file())?;
    Ok(())
}
