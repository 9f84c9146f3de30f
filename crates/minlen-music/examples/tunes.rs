//! How many tunes of a file parse: `cargo run -p minlen-music --example tunes -- FILE`, whose tunes
//! are parted by empty lines. Prints the commonest reasons.

#![allow(clippy::print_stdout)] // an example talks

use std::collections::BTreeMap;

fn main() {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let (mut all, mut good, mut bars, mut uneven) = (0, 0, 0, 0);
    let mut reasons: BTreeMap<String, usize> = BTreeMap::new();
    for tune in text.split("\n\n").filter(|t| !t.trim().is_empty()) {
        all += 1;
        match minlen_music::parse(tune) {
            Ok(tune) => {
                good += 1;
                bars += tune.bars;
                uneven += tune.uneven;
            }
            Err(problem) => *reasons.entry(problem.what).or_default() += 1,
        }
    }
    println!("{good} of {all} parse; of {bars} bars, {uneven} are not as long as their metre");
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|r| std::cmp::Reverse(r.1));
    for (reason, times) in reasons.iter().take(10) {
        println!("{times:>6}  {reason}");
    }
}
