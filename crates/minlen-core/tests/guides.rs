//! Guides agree with each other, on three kinds of model: whole-symbol, bit- and nibble-wise, and
//! a frozen net over many streams.

use minlen_core::*;

/// Whole-symbol: adaptive order-0 counts.
#[derive(Clone)]
struct Counts([u32; ALPHABET]);

impl Model for Counts {
    fn predict(&mut self) -> Distribution {
        Distribution::from_weights(&self.0)
    }
    fn update(&mut self, s: Symbol) {
        self.0[usize::from(s)] += 32;
    }
    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

/// Bit-wise or nibble-wise: one adaptive probability a tree node.
#[derive(Clone)]
struct Tree {
    p: Vec<u16>,
    nibbles: bool,
}

impl Tree {
    fn learn(&mut self, node: usize, bit: bool) {
        let p = &mut self.p[node];
        if bit {
            *p += (65535 - *p) >> 5;
        } else {
            *p -= *p >> 5;
        }
    }
    fn subtree(&self, root: usize) -> Nodes {
        let mut nodes = [0; 16];
        for (n, p) in nodes.iter_mut().enumerate().skip(1) {
            let depth = n.ilog2();
            *p = self.p[(root << depth) + n - (1 << depth)];
        }
        Nodes::new(nodes)
    }
}

impl Model for Tree {
    fn predict(&mut self) -> Distribution {
        let mut weights = [0; ALPHABET];
        for (s, w) in weights.iter_mut().enumerate() {
            let mut p = 1u64 << 24;
            let mut node = 1;
            for i in (0..8).rev() {
                let bit = s >> i & 1 == 1;
                p = (p * u64::from(Prob::new(self.p[node]).of(bit))) >> 16;
                node = 2 * node + usize::from(bit);
            }
            *w = p as u32;
        }
        Distribution::from_weights(&weights)
    }
    fn update(&mut self, s: Symbol) {
        let mut node = 1;
        for i in (0..8).rev() {
            let bit = s >> i & 1 == 1;
            self.learn(node, bit);
            node = 2 * node + usize::from(bit);
        }
    }
    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        let s = if self.nibbles {
            let high = guide.nibble(&self.subtree(1));
            high << 4 | guide.nibble(&self.subtree(16 | usize::from(high)))
        } else {
            let mut node = 1;
            for _ in 0..8 {
                let bit = guide.bit(Prob::new(self.p[node]));
                node = 2 * node + usize::from(bit);
            }
            node as u8
        };
        self.update(s);
        s
    }
}

/// A frozen net, one matrix over the last two symbols, batched over its streams.
#[derive(Clone)]
struct Net {
    weights: std::sync::Arc<Vec<u32>>,
    last: Vec<[Symbol; 2]>,
}

impl Net {
    fn new(streams: usize) -> Net {
        let mut random = Random::new(5);
        let weights = (0..16 * ALPHABET).map(|_| random.next_u64() as u32 >> 12);
        Net {
            weights: std::sync::Arc::new(weights.collect()),
            last: vec![[0; 2]; streams],
        }
    }
    fn stream(&self, i: usize) -> Distribution {
        let [a, b] = self.last[i].map(|s| usize::from(s) % 4);
        let row = &self.weights[(4 * a + b) * ALPHABET..][..ALPHABET];
        Distribution::from_weights(row.try_into().unwrap())
    }
    fn see(&mut self, i: usize, s: Symbol) {
        self.last[i] = [s, self.last[i][0]];
    }
}

impl Model for Net {
    fn predict(&mut self) -> Distribution {
        self.stream(0)
    }
    fn update(&mut self, s: Symbol) {
        self.see(0, s);
    }
    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

impl Batch for Net {
    fn width(&self) -> usize {
        self.last.len()
    }
    fn step(&mut self, guides: &mut [&mut dyn Guide]) {
        // All predictions first, as one matrix product would make them.
        let predictions: Vec<_> = (0..self.width()).map(|i| self.stream(i)).collect();
        for (i, (guide, d)) in guides.iter_mut().zip(&predictions).enumerate() {
            if guide.more() {
                let s = guide.symbol(d);
                self.see(i, s);
            }
        }
    }
}

fn models() -> Vec<Box<dyn Model>> {
    let tree = |nibbles| Tree {
        p: vec![1 << 15; 256],
        nibbles,
    };
    vec![
        Box::new(Counts([1; ALPHABET])),
        Box::new(tree(false)),
        Box::new(tree(true)),
        Box::new(Net::new(1)),
    ]
}

fn inputs() -> Vec<Vec<u8>> {
    let mut random = Random::new(3);
    let mut noise = |n: usize| (0..n).map(|_| random.next_u64() as u8).collect();
    vec![
        vec![],
        vec![0],
        vec![255],
        vec![0; 100_000],
        vec![255; 3000],
        noise(1),
        noise(50_000),
        b"the cat sat on the mat; ".repeat(500),
    ]
}

#[test]
fn what_is_encoded_is_decoded_and_costs_what_was_measured() {
    for data in inputs() {
        for model in models() {
            let mut encoder = Encoder::new(&data);
            run(&mut *model.fork(), &mut encoder);
            let coded = encoder.finish();

            let mut meter = Meter::with_trace(&data);
            run(&mut *model.fork(), &mut meter);
            let total = meter.total();
            assert_eq!(meter.into_trace().into_iter().sum::<Cost>(), total);
            assert!(coded.len().abs_diff(total.bytes_ceil() as usize) <= 8);

            let mut decoder = Decoder::new(&coded, data.len());
            run(&mut *model.fork(), &mut decoder);
            assert_eq!(decoder.finish().unwrap(), data);

            let mut teacher = Teacher::new(&data);
            run(&mut *model.fork(), &mut teacher);
        }
    }
}

#[test]
fn damage_ends_in_an_error_or_other_data_and_soon() {
    let data = b"some text, some more text".repeat(20);
    for model in models() {
        let mut encoder = Encoder::new(&data);
        run(&mut *model.fork(), &mut encoder);
        let coded = encoder.finish();
        for cut in 0..coded.len() {
            let mut decoder = Decoder::new(&coded[..cut], usize::MAX);
            run(&mut *model.fork(), &mut decoder);
            assert!(decoder.finish().is_err());
        }
        let mut longer = coded.clone();
        longer.extend([1; 10]);
        let mut decoder = Decoder::new(&longer, data.len());
        run(&mut *model.fork(), &mut decoder);
        assert!(decoder.finish().is_err());
    }
}

#[test]
fn a_batch_does_what_its_streams_would_do_alone() {
    let lanes = [&b"one stream"[..], b"another, longer one", b""];
    let mut together: Vec<Encoder> = lanes.iter().map(|l| Encoder::new(l)).collect();
    let mut guides: Vec<&mut dyn Guide> = together.iter_mut().map(|e| e as _).collect();
    run_batch(&mut Net::new(3), &mut guides);
    for (lane, encoder) in lanes.iter().zip(together) {
        let mut alone = Encoder::new(lane);
        run(&mut Net::new(1), &mut alone);
        assert_eq!(encoder.finish(), alone.finish());
    }
}

#[test]
fn a_sample_costs_what_its_model_expects() {
    // Along a sample, cost less expected cost is a martingale: its sum stays within a few
    // standard deviations of zero unless sampling and measuring have drifted apart.
    const COUNT: usize = 5_000;
    for model in models() {
        let mut sampler = Sampler::new(11, COUNT);
        run(&mut *model.fork(), &mut sampler);
        let drawn = sampler.into_symbols();
        let mut again = Sampler::new(11, COUNT);
        run(&mut *model.fork(), &mut again);
        assert_eq!(again.into_symbols(), drawn);

        let mut meter = Meter::with_trace(&drawn);
        run(&mut *model.fork(), &mut meter);
        let (mut sum, mut variance) = (0.0, 0.0);
        let mut follower = model.fork();
        for (&s, cost) in drawn.iter().zip(meter.into_trace()) {
            let d = follower.predict();
            let bits = |s: u8| 24.0 - f64::from(d.interval(s).1).log2();
            let p = |s: u8| f64::from(d.interval(s).1) / f64::from(Distribution::TOTAL);
            let mean: f64 = (0..=255).map(|s| p(s) * bits(s)).sum();
            variance += (0..=255)
                .map(|s| p(s) * (bits(s) - mean).powi(2))
                .sum::<f64>();
            sum += cost.units() as f64 / Cost::UNITS_A_BIT as f64 - mean;
            follower.update(s);
        }
        assert!(sum.abs() < 4.0 * variance.sqrt() + 8.0, "{sum} {variance}");
    }
}
