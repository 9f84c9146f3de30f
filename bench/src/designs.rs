//! Two designs of the core trait on three kinds of model, measured before one was chosen.
//!
//! A, *the model asks*: `step(guide)`; the guide answers bits, nibbles or symbols.
//! B, *the driver pulls*: `question()` tells what the model would like to know, `answer()` moves
//! it; a model that asks several questions a symbol remembers where it is.
//!
//! The outcome is in ARCHITECTURE.md. Design A is tried through `dyn Guide` and monomorphised.

use minlen_core::{ALPHABET, Distribution, Encoder, Guide, Nodes, Prob, Random};
use std::hint::black_box;
use std::time::Instant;

/// Three models, each cheap, so that what the design costs can be seen.
#[derive(Clone)]
enum Kind {
    /// Whole symbols: order-0 counts.
    Counts(Box<[u32; ALPHABET]>),
    /// Nibbles: order-1 adaptive tree nodes.
    Nibbles(Vec<[u16; 16]>, usize),
    /// Bits: order-1 adaptive tree nodes.
    Bits(Vec<u16>, usize),
}

fn models() -> [(&'static str, Kind); 3] {
    [
        ("counts", Kind::Counts(Box::new([1; ALPHABET]))),
        ("nibbles", Kind::Nibbles(vec![[1 << 15; 16]; 256 * 17], 0)),
        ("bits", Kind::Bits(vec![1 << 15; 256 * 256], 0)),
    ]
}

fn learn(p: &mut u16, bit: bool) {
    if bit {
        *p += (65535 - *p) >> 5;
    } else {
        *p -= *p >> 5;
    }
}

fn learn_nibble(nodes: &mut [u16; 16], nibble: u8) {
    let mut node = 1;
    for i in (0..4).rev() {
        let bit = nibble >> i & 1 == 1;
        learn(&mut nodes[node], bit);
        node = 2 * node + usize::from(bit);
    }
}

impl Kind {
    /// Design A.
    fn step<G: Guide + ?Sized>(&mut self, guide: &mut G) {
        match self {
            Kind::Counts(n) => {
                let s = guide.symbol(&Distribution::from_weights(n));
                n[usize::from(s)] += 1;
            }
            Kind::Nibbles(trees, last) => {
                let high = guide.nibble(&Nodes::new(trees[*last * 17]));
                learn_nibble(&mut trees[*last * 17], high);
                let tree = *last * 17 + 1 + usize::from(high);
                let low = guide.nibble(&Nodes::new(trees[tree]));
                learn_nibble(&mut trees[tree], low);
                *last = usize::from(high << 4 | low);
            }
            Kind::Bits(p, last) => {
                let mut node = 1;
                for _ in 0..8 {
                    let p = &mut p[*last * 256 + node];
                    let bit = guide.bit(Prob::new(*p));
                    learn(p, bit);
                    node = 2 * node + usize::from(bit);
                }
                *last = node & 255;
            }
        }
    }
}

/// Design B: what a model would like to know.
enum Question {
    Bit(Prob),
    Nibble(Nodes),
    Symbol(Box<Distribution>),
}

/// Design B: the model, and where it is inside a symbol.
struct Pulled {
    kind: Kind,
    partial: usize,
}

impl Pulled {
    fn question(&self) -> Question {
        match &self.kind {
            Kind::Counts(n) => Question::Symbol(Box::new(Distribution::from_weights(n))),
            Kind::Nibbles(trees, last) if self.partial == 1 => {
                Question::Nibble(Nodes::new(trees[last * 17]))
            }
            Kind::Nibbles(trees, last) => {
                Question::Nibble(Nodes::new(trees[last * 17 + 1 + (self.partial & 15)]))
            }
            Kind::Bits(p, last) => Question::Bit(Prob::new(p[last * 256 + self.partial])),
        }
    }

    fn answer(&mut self, answer: u8) {
        match &mut self.kind {
            Kind::Counts(n) => n[usize::from(answer)] += 1,
            Kind::Nibbles(trees, last) => {
                if self.partial == 1 {
                    learn_nibble(&mut trees[*last * 17], answer);
                    self.partial = 16 | usize::from(answer);
                } else {
                    let tree = *last * 17 + 1 + (self.partial & 15);
                    learn_nibble(&mut trees[tree], answer);
                    *last = (self.partial & 15) << 4 | usize::from(answer);
                    self.partial = 1;
                }
            }
            Kind::Bits(p, last) => {
                learn(&mut p[*last * 256 + self.partial], answer != 0);
                self.partial = self.partial * 2 + usize::from(answer);
                if self.partial >= 256 {
                    *last = self.partial & 255;
                    self.partial = 1;
                }
            }
        }
    }
}

/// Prints nanoseconds a byte, the median of five alternating runs.
pub fn run(mut line: impl FnMut(String)) {
    let mut random = Random::new(1);
    let data: Vec<u8> = (0..1 << 20)
        .map(|_| (random.next_u64() & random.next_u64()) as u8)
        .collect();
    line("model    A dyn    A mono   B pull   (ns a byte)".into());
    for (name, fresh) in models() {
        let mut times = [const { Vec::new() }; 3];
        let mut sizes = Vec::new();
        for _ in 0..5 {
            for (design, times) in times.iter_mut().enumerate() {
                let mut encoder = Encoder::new(&data);
                let mut kind = fresh.clone();
                let begin = Instant::now();
                match design {
                    0 => {
                        let guide: &mut dyn Guide = black_box(&mut encoder);
                        while guide.more() {
                            kind.step(guide);
                        }
                    }
                    1 => {
                        while encoder.more() {
                            kind.step(&mut encoder);
                        }
                    }
                    _ => {
                        let mut model = Pulled { kind, partial: 1 };
                        while encoder.more() {
                            let answer = match model.question() {
                                Question::Bit(p) => u8::from(encoder.bit(p)),
                                Question::Nibble(nodes) => encoder.nibble(&nodes),
                                Question::Symbol(d) => encoder.symbol(&d),
                            };
                            model.answer(answer);
                        }
                    }
                }
                times.push(begin.elapsed().as_nanos() as f64 / data.len() as f64);
                sizes.push(encoder.finish().len());
            }
        }
        assert!(sizes.iter().all(|&s| s == sizes[0]), "designs must agree");
        let median = |times: &mut Vec<f64>| {
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let [a, b, c] = times.each_mut().map(median);
        line(format!("{name:8} {a:6.1}   {b:6.1}   {c:6.1}"));
    }
}
