//! How fast nets code, beside what the multiply-add units could do.
//!
//! `cargo run --release -p minlen-neural --example speed [STREAMS [SECONDS [SHAPE]]]`
//!
//! Parameters are random: speed does not depend on them. One thread, and where the system tells,
//! its own time only (busy machines share it out).
#![allow(clippy::print_stdout)]

use minlen_core::{Batch, Encoder, Guide, Random};
use minlen_neural::{Net, Shape, Streams, Weights};
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |i: usize| arguments.get(i).and_then(|a| a.parse().ok());
    let (streams, seconds) = (number(0).unwrap_or(64), number(1).unwrap_or(2) as f64);
    // The bars that nets of 0.5, 2 and 6 million parameters were to pass, in KB/s on a free core.
    let mut shapes = vec![
        ("128,512,128,RW", "80"),
        ("128,512,128,RR", "80"),
        ("192,768,128,RRWR", "20"),
        ("192,768,128,WWWW", "20"),
        ("320,1280,128,RRWRR", "6"),
    ];
    if let Some(shape) = arguments.get(2) {
        shapes = vec![(shape, "")];
    }
    println!("The peak: multiply-adds that stay in registers, measured in turns with the net.");
    println!(
        "shape                parameters  streams    KB/s  bar  peak GFLOP/s  products, % of it"
    );
    for (shape, bar) in shapes {
        let shape: Shape = shape.parse().expect("a shape, as 192,768,128,RRWR");
        let mut random = Random::new(1);
        let mut value = || ((random.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0) * 0.1;
        let parameters: Vec<f32> = (0..shape.parameters()).map(|_| value()).collect();
        let weights = Weights::quantise(&shape, &parameters).expect("a good shape");
        let net = Arc::new(Net::new(&weights));
        // The embedding is no product.
        let flops = 2 * (shape.parameters() - 257 * shape.width);
        let (rate, peak) = rates(&net, streams, seconds);
        println!(
            "{:20} {:10} {streams:8} {:7.1} {bar:>4} {:13.1}  {:.0}",
            shape.to_string(),
            shape.parameters(),
            rate / 1e3,
            peak / 1e9,
            rate * flops as f64 / peak * 100.0
        );
    }
}

/// Bytes a second, coding random bytes; and multiply-adds a second, which wait for nothing.
fn rates(net: &Arc<Net>, streams: usize, seconds: f64) -> (f64, f64) {
    let mut random = Random::new(2);
    let data: Vec<u8> = (0..1 << 20).map(|_| random.next_u64() as u8).collect();
    let mut encoders: Vec<_> = (0..streams).map(|_| Encoder::new(&data)).collect();
    let mut guides: Vec<&mut dyn Guide> = encoders.iter_mut().map(|g| g as _).collect();
    let mut batch = Streams::new(net.clone(), streams);
    // Windows fill first.
    for _ in 0..130 {
        batch.step(&mut guides);
    }
    let (mut steps, mut flops) = (0, 0);
    let (mut coding, mut peaking) = (0.0, 0.0);
    while coding < seconds {
        let clock = Clock::start();
        while clock.seconds() < 0.05 {
            batch.step(&mut guides);
            steps += 1;
        }
        coding += clock.seconds();
        let clock = Clock::start();
        while clock.seconds() < 0.05 {
            flops += black_box(minlen_neural::multiply_adds(black_box(100_000)));
        }
        peaking += clock.seconds();
    }
    ((steps * streams) as f64 / coding, flops as f64 / peaking)
}

/// Time that this thread ran, or, where no system tells, time that passed.
struct Clock(Instant, Option<f64>);

impl Clock {
    fn start() -> Clock {
        Clock(Instant::now(), Clock::ran())
    }

    fn seconds(&self) -> f64 {
        match (self.1, Clock::ran()) {
            (Some(before), Some(now)) => now - before,
            _ => self.0.elapsed().as_secs_f64(),
        }
    }

    /// In seconds.
    fn ran() -> Option<f64> {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        let nanoseconds: f64 = stat.split(' ').next()?.parse().ok()?;
        Some(nanoseconds / 1e9)
    }
}
