//! Benchmarks of minlen beside its peers, and of its own choices.

mod designs;

fn main() {
    designs::run(|line| println!("{line}"));
}
