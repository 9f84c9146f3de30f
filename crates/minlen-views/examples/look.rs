//! Says what minlen sees in files: `cargo run --example look -- FILE…`.
#![allow(clippy::print_stdout)] // an example is a program

use std::time::Instant;

fn main() -> std::io::Result<()> {
    for path in std::env::args().skip(1) {
        let data = std::fs::read(&path)?;
        let start = Instant::now();
        let (view, seen) = minlen_views::probe(&data);
        let ms = start.elapsed().as_millis();
        println!("{path}: {} — {} ({ms} ms)", view.name(), seen.says);
    }
    Ok(())
}
