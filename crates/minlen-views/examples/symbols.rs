//! `symbols VIEW FILE[:BYTES] OUT`: writes the symbols that a view makes of a file, and prints the structure and
//! the times of forward and inverse.
#![allow(clippy::print_stdout)]

use minlen_core::Limits;
use std::time::Instant;

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [view, file, out] = &args[..] else {
        panic!("VIEW FILE OUT");
    };
    let (name, bytes) = match file.split_once(':') {
        Some((name, n)) => (name, n.parse().expect("a number of bytes")),
        None => (&file[..], usize::MAX),
    };
    let view = minlen_views::find(view).expect("a view");
    let mut data = std::fs::read(name).expect("a file");
    data.truncate(bytes);
    let t = Instant::now();
    let Some(seen) = view.probe(&data) else {
        println!("{file}: declined");
        return;
    };
    let probe = t.elapsed();
    let t = Instant::now();
    let symbols = view.forward(&data, &seen.params).expect("forward");
    let forward = t.elapsed();
    std::fs::write(out, &symbols).expect("written");
    let n = symbols.len();
    let t = Instant::now();
    let back = view.inverse(symbols.into_owned(), &seen.params, &Limits::default());
    let inverse = t.elapsed();
    let right = back.is_ok_and(|back| back == data);
    let structure = view.structure(&seen.params).expect("structure");
    let speed = |t: std::time::Duration| data.len() as f64 / 1e6 / t.as_secs_f64();
    println!(
        "{file}: {} bytes, params {}, {n} symbols ({:.3}), round trip {right}, probe {:.0} forward {:.0} inverse {:.0} MB/s, codes {},{}",
        data.len(),
        seen.params.len(),
        n as f64 / data.len() as f64,
        speed(probe),
        speed(forward),
        speed(inverse),
        structure.codes.first,
        structure.codes.lead
    );
}
