//! Gradients against differences of a plain model in f64, and that training repeats itself.

use super::*;
use std::ops::ControlFlow;

/// The net of `shape.rs`, written in f64 as its formulas stand there: the mean code length of one
/// document in bits a symbol.
fn plain(shape: &Shape, theta: &[f64], document: &[u8]) -> f64 {
    let d = shape.width;
    let tensors = shape.tensors();
    let mut at = 0;
    let places: std::collections::HashMap<&str, &[f64]> = tensors
        .iter()
        .map(|tensor| {
            at += tensor.len();
            (&tensor.name[..], &theta[at - tensor.len()..at])
        })
        .collect();
    let get = |name: String| places[&name[..]];
    let norm = |x: &[f64]| -> Vec<f64> {
        let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        x.iter()
            .map(|x| x / (mean + 0.5f64.powi(20)).sqrt())
            .collect()
    };
    let apply = |w: &[f64], x: &[f64]| -> Vec<f64> {
        let rows = w.chunks_exact(x.len());
        rows.map(|row| row.iter().zip(x).map(|(w, x)| w * x).sum())
            .collect()
    };
    let shifted = |xs: &[Vec<f64>], gain: &[f64], shift: &[f64]| -> Vec<Vec<f64>> {
        let mut before = vec![0.0; d];
        let one = |x: &Vec<f64>| {
            let n: Vec<f64> = norm(x).iter().zip(gain).map(|(n, g)| n * g).collect();
            let m = (0..d)
                .map(|i| n[i] + shift[i] * (before[i] - n[i]))
                .collect();
            before = n;
            m
        };
        xs.iter().map(one).collect()
    };
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let turn = |x: &[f64], t: usize| -> Vec<f64> {
        let mut out = x.to_vec();
        for i in 0..16 {
            let (sin, cos) = (t as f64 * 1e4f64.powf(-(i as f64) / 16.0)).sin_cos();
            out[i] = x[i] * cos - x[i + 16] * sin;
            out[i + 16] = x[i] * sin + x[i + 16] * cos;
        }
        out
    };

    let embed = get("embed".into());
    let mut before = 256;
    let mut xs: Vec<Vec<f64>> = Vec::new();
    for &s in document {
        xs.push(embed[before * d..][..d].to_vec());
        before = usize::from(s);
    }
    for (l, layer) in shape.layers.iter().enumerate() {
        let tensor = |name: &str| get(format!("{l}.{name}"));
        let ms = shifted(&xs, tensor("mix.gain"), tensor("mix.shift"));
        let ps: Vec<_> = ms.iter().map(|m| apply(tensor("mix.in"), m)).collect();
        let mut zs = vec![vec![0.0; d]; xs.len()];
        for head in 0..shape.heads() {
            let part = |t: usize, which: usize| &ps[t][which * d + head * 32..][..32];
            let mut state = vec![vec![0.0; 32]; 32];
            for t in 0..xs.len() {
                let z: Vec<f64> = match layer {
                    Layer::Recurrent => {
                        let a = sigmoid(ps[t][4 * d + head] + tensor("mix.decay")[head]);
                        let (q, k, v, g) = (part(t, 0), part(t, 1), part(t, 2), part(t, 3));
                        for i in 0..32 {
                            for j in 0..32 {
                                state[i][j] = a * state[i][j] + (1.0 - a) * k[i] * v[j];
                            }
                        }
                        let o: Vec<f64> = (0..32)
                            .map(|j| (0..32).map(|i| state[i][j] * q[i]).sum())
                            .collect();
                        norm(&o)
                            .iter()
                            .zip(g)
                            .map(|(o, g)| o * g * sigmoid(*g))
                            .collect()
                    }
                    Layer::Window => {
                        let from = (t + 1).saturating_sub(shape.window);
                        let q = turn(&norm(part(t, 0)), t);
                        let weights: Vec<f64> = (from..=t)
                            .map(|s| {
                                let k = turn(&norm(part(s, 1)), s);
                                let score: f64 = q.iter().zip(&k).map(|(q, k)| q * k).sum();
                                (score / 32f64.sqrt()).exp()
                            })
                            .collect();
                        let total: f64 = weights.iter().sum();
                        let value = |i: usize| {
                            let all = (from..=t).zip(&weights);
                            all.map(|(s, w)| w / total * part(s, 2)[i]).sum()
                        };
                        (0..32).map(value).collect()
                    }
                };
                zs[t][head * 32..][..32].copy_from_slice(&z);
            }
        }
        for (x, z) in xs.iter_mut().zip(&zs) {
            x.iter_mut()
                .zip(apply(tensor("mix.out"), z))
                .for_each(|(x, y)| *x += y);
        }
        let ms = shifted(&xs, tensor("mlp.gain"), tensor("mlp.shift"));
        for (x, m) in xs.iter_mut().zip(&ms) {
            let h = apply(tensor("mlp.up"), m);
            let h: Vec<f64> = h.iter().map(|u| u.max(0.0).powi(2)).collect();
            x.iter_mut()
                .zip(apply(tensor("mlp.down"), &h))
                .for_each(|(x, y)| *x += y);
        }
    }
    let mut bits = 0.0;
    for (x, &s) in xs.iter().zip(document) {
        let n: Vec<f64> = norm(x)
            .iter()
            .zip(get("gain".into()))
            .map(|(n, g)| n * g)
            .collect();
        let logits = apply(get("head".into()), &n);
        let total: f64 = logits.iter().map(|x| x.exp()).sum();
        bits += (total.ln() - logits[usize::from(s)]) / std::f64::consts::LN_2;
    }
    bits / document.len() as f64
}

fn shape(layers: &[Layer]) -> Shape {
    Shape {
        width: 64,
        hidden: 96,
        window: 16,
        layers: layers.to_vec(),
    }
}

fn options(lanes: usize) -> Options {
    Options {
        lanes,
        length: 48,
        shards: 2.min(lanes),
        precision: Precision::F32,
        ..Options::new(100)
    }
}

/// Parameters none of which is zero or one, so that every gradient matters.
fn random_parameters(shape: &Shape, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    let places = Places::new(shape);
    let mut values = initial(shape, &places, seed);
    for x in &mut values {
        *x += 0.08 * random.normal();
    }
    values
}

fn text(length: usize, seed: u64) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..length)
        .map(|i| b"abcdefgh\xff\0"[(i + random.below(4)) % 10])
        .collect()
}

fn whole(document: &[u8]) -> Batch<'_> {
    Batch {
        lanes: vec![vec![Sequence {
            fresh: true,
            symbols: document,
            aside: 0,
            weight: 1.0,
        }]],
    }
}

#[test]
fn what_is_not_asked_for_counts_as_little_as_it_shall() {
    let document = text(300, 3);
    let shape = shape(&[Layer::Window, Layer::Recurrent]);
    let trainer = || {
        let parameters = random_parameters(&shape, 5);
        Trainer::with(shape.clone(), options(1), parameters).unwrap()
    };
    let weighing = |aside, weight| {
        let mut batch = whole(&document);
        batch.lanes[0][0].aside = aside;
        batch.lanes[0][0].weight = weight;
        trainer().gradient(&batch)
    };
    // A part's gradient is the difference of the whole and the rest, each times its symbols.
    let (all, all_bits) = weighing(0, 1.0);
    let (rest, rest_bits) = weighing(200, 0.0);
    let (mixed, mixed_bits) = weighing(200, 0.25);
    let mix = |all: f64, rest: f64| (0.25 * (300.0 * all - 100.0 * rest) + 100.0 * rest) / 150.0;
    assert!((mix(all_bits, rest_bits) - mixed_bits).abs() < 1e-6);
    for ((all, rest), mixed) in all.iter().zip(&rest).zip(&mixed) {
        let wanted = mix((*all).into(), (*rest).into());
        assert!(
            (wanted - f64::from(*mixed)).abs() < 1e-4,
            "{mixed} is not {wanted}"
        );
    }
    // What is looked at of held-out documents is the same part, and what batches are made of too.
    let asking = Documents::asking(&[(&document, 200), (b"", 0)], 0.0);
    assert!((trainer().evaluate_asked(&asking) - rest_bits).abs() < 1e-6);
    let mut stream = super::data::Stream::new(&asking, 120, Position::new(1, 1)).unwrap();
    let aside: Vec<usize> = (0..3).map(|_| stream.batch().lanes[0][0].aside).collect();
    assert_eq!(aside, [120, 80, 0]);
}

#[test]
fn gradients_are_those_of_the_formulas() {
    let document = text(43, 1);
    for layers in [
        &[Layer::Recurrent][..],
        &[Layer::Window],
        &[Layer::Window, Layer::Recurrent],
    ] {
        let shape = shape(layers);
        let parameters = random_parameters(&shape, 5);
        let wide: Vec<f64> = parameters.iter().map(|&x| x.into()).collect();
        let mut trainer = Trainer::with(shape.clone(), options(1), parameters).unwrap();
        let (grad, bits) = trainer.gradient(&whole(&document));
        let truth = plain(&shape, &wide, &document);
        assert!((bits - truth).abs() < 1e-5, "{bits} is not {truth}");

        let mut random = Random::new(9);
        let mut at = 0;
        for tensor in shape.tensors() {
            for _ in 0..2 {
                // The slope along a random direction within the tensor.
                let mut moved = [wide.clone(), wide.clone()];
                let mut slope = 0.0;
                for i in at..at + tensor.len() {
                    let step = f64::from(random.normal());
                    moved[0][i] += 1e-5 * step;
                    moved[1][i] -= 1e-5 * step;
                    slope += f64::from(grad[i]) * step;
                }
                let [up, down] = moved.map(|theta| plain(&shape, &theta, &document));
                let truth = (up - down) / 2e-5;
                let size = grad[at..at + tensor.len()]
                    .iter()
                    .map(|g| g * g)
                    .sum::<f32>()
                    .sqrt();
                let error = (slope - truth).abs() / f64::from(size).max(1e-6);
                assert!(error < 2e-3, "{}: {slope} is not {truth}", tensor.name);
                assert!(size > 1e-5, "{} has no gradient", tensor.name);
            }
            at += tensor.len();
        }
    }
}

#[test]
fn gradients_of_factors_are_those_of_the_formulas() {
    let document = text(43, 1);
    let shape = shape(&[Layer::Window, Layer::Recurrent]);
    let base = random_parameters(&shape, 5);
    let wide: Vec<f64> = base.iter().map(|&x| x.into()).collect();
    let rank = 3;
    let mut trainer = Trainer::low_rank(shape.clone(), options(1), base, rank, 1).unwrap();
    // Nothing has changed yet.
    let (_, bits) = trainer.gradient(&whole(&document));
    assert!((bits - plain(&shape, &wide, &document)).abs() < 1e-5);
    let mut random = Random::new(2);
    let factors = trainer.factors.as_mut().unwrap();
    for x in &mut factors.values {
        *x += 0.05 * random.normal();
    }
    factors.apply(&mut trainer.parameters);
    trainer.pack();
    let values = trainer.learned().to_vec();
    trainer.gradient(&whole(&document));
    let grad = trainer.factors.as_ref().unwrap().grad.clone();
    // W + B · A, in f64.
    let sum = |values: &[f64]| {
        let mut all = wide.clone();
        let (mut at, mut from) = (0, 0);
        for tensor in shape.tensors() {
            let (rows, columns) = (tensor.rows, tensor.columns);
            if rows > 1 {
                let (b, rest) = values[from..].split_at(rank * rows);
                for (n, w) in all[at..at + tensor.len()].iter_mut().enumerate() {
                    let (i, j) = (n / columns, n % columns);
                    let terms = (0..rank).map(|k| b[k * rows + i] * rest[k * columns + j]);
                    *w += terms.sum::<f64>();
                }
                from += rank * (rows + columns);
            }
            at += tensor.len();
        }
        plain(&shape, &all, &document)
    };
    let values: Vec<f64> = values.iter().map(|&x| x.into()).collect();
    for place in trainer.factors.as_ref().unwrap().parts() {
        let (mut moved, mut slope) = ([values.clone(), values.clone()], 0.0);
        for i in place.clone() {
            let step = f64::from(random.normal());
            moved[0][i] += 1e-5 * step;
            moved[1][i] -= 1e-5 * step;
            slope += f64::from(grad[i]) * step;
        }
        let [up, down] = moved.map(|values| sum(&values));
        let truth = (up - down) / 2e-5;
        let size = grad[place.clone()].iter().map(|g| g * g).sum::<f32>();
        let error = (slope - truth).abs() / f64::from(size.sqrt()).max(1e-6);
        assert!(error < 2e-3, "{place:?}: {slope} is not {truth}");
        assert!(size.sqrt() > 1e-5, "{place:?} has no gradient");
    }
}

#[test]
fn bf16_gradients_are_near() {
    let document = text(48, 2);
    let shape = shape(&[Layer::Recurrent, Layer::Window]);
    let parameters = random_parameters(&shape, 6);
    let [a, b] = [Precision::F32, Precision::Bf16].map(|precision| {
        let options = Options {
            precision,
            ..options(1)
        };
        let mut trainer = Trainer::with(shape.clone(), options, parameters.clone()).unwrap();
        trainer.gradient(&whole(&document)).0
    });
    let product = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(a, b)| f64::from(*a) * f64::from(*b))
            .sum()
    };
    let cosine = product(&a, &b) / (product(&a, &a) * product(&b, &b)).sqrt();
    assert!(cosine > 0.999, "{cosine}");
}

#[test]
fn a_document_costs_the_same_in_stretches() {
    let shape = shape(&[Layer::Recurrent, Layer::Window]);
    let document = text(700, 3); // three stretches, the window is carried over
    let parameters = random_parameters(&shape, 7);
    let wide: Vec<f64> = parameters.iter().map(|&x| x.into()).collect();
    let mut trainer = Trainer::with(shape.clone(), options(1), parameters).unwrap();
    let bits = trainer.evaluate(&[&document]);
    let truth = plain(&shape, &wide, &document);
    assert!((bits - truth).abs() < 1e-5, "{bits} is not {truth}");
}

/// Sentences of a source with about 1.5 bits a symbol.
fn source(documents: usize) -> Documents {
    let mut random = Random::new(4);
    let words = [
        "the ", "cat ", "sat ", "on ", "a ", "mat, ", "and ", "then ",
    ];
    let all: Vec<Vec<u8>> = (0..documents)
        .map(|_| {
            let n = 10 + random.below(60);
            (0..n)
                .flat_map(|_| words[random.below(8)].bytes())
                .collect()
        })
        .collect();
    Documents::of(&all.iter().map(|document| &document[..]).collect::<Vec<_>>())
}

#[test]
fn learning_pays() {
    let (learned, held) = source(200).split(0.1, 1);
    let shape = shape(&[Layer::Recurrent, Layer::Window]);
    let mut trainer = Trainer::new(shape, options(4), 1).unwrap();
    let mut stream = Stream::new(&learned, 48, Position::new(1, 4)).unwrap();
    let plan = Plan {
        budget: Budget::Symbols(100 * 4 * 48),
        held_out: held.iter().collect(),
        look_every: 25,
        patience: 0,
    };
    let mut go_on = |_: Event| ControlFlow::Continue(());
    let report = run::run(
        &mut trainer,
        &mut stream,
        &mut Best::default(),
        &plan,
        &mut go_on,
    )
    .unwrap();
    assert_eq!(report.curve.len(), 4);
    let last = report.curve.last().unwrap();
    assert!(last.held_out_bits < 2.0, "{}", last.held_out_bits);
    assert_eq!(trainer.pace(), 0.0);
}

/// Parameters and checkpoint after some steps.
fn trained(
    precision: Precision,
    rank: usize,
    threads: usize,
    steps: u64,
    resume_at: u64,
) -> (Vec<f32>, Vec<u8>) {
    let documents = source(50);
    let options = Options {
        precision,
        ..options(3)
    };
    let shape = shape(&[Layer::Window, Layer::Recurrent]);
    let base = random_parameters(&shape, 3);
    let trainer = match rank {
        0 => Trainer::new(shape, options, 1),
        rank => Trainer::low_rank(shape, options, base, rank, 1),
    };
    let mut trainer = trainer.unwrap().threads(threads);
    let mut position = Position::new(2, 3);
    let mut stream = Stream::new(&documents, 48, position.clone()).unwrap();
    for step in 0..steps {
        if step == resume_at {
            let bytes = trainer.checkpoint(stream.position());
            (trainer, position) = Trainer::resume(&bytes).unwrap();
            stream = Stream::new(&documents, 48, position).unwrap();
        }
        trainer.step(&stream.batch()).unwrap();
    }
    let checkpoint = trainer.checkpoint(stream.position());
    (trainer.parameters, checkpoint)
}

#[test]
fn threads_and_breaks_change_no_bit() {
    let kinds = [
        (Precision::F32, 0, 12),
        (Precision::Bf16, 0, 4),
        (Precision::F32, 4, 6),
        (Precision::Bf16, 4, 4),
    ];
    for (precision, rank, steps) in kinds {
        let (one, whole) = trained(precision, rank, 1, steps, u64::MAX);
        for threads in [2, 3] {
            assert!(one == trained(precision, rank, threads, steps, u64::MAX).0);
        }
        let (resumed, checkpoint) = trained(precision, rank, 2, steps, 3);
        assert!(one == resumed);
        assert!(whole == checkpoint);
    }
}

#[test]
fn damaged_checkpoints_are_errors() {
    let (_, low) = trained(Precision::F32, 2, 1, 1, u64::MAX);
    let (_, bytes) = trained(Precision::F32, 0, 1, 1, u64::MAX);
    assert!(Trainer::resume(&bytes).is_ok() && Trainer::resume(&low).is_ok());
    let mut random = Random::new(8);
    for i in 0..300 {
        let bytes = if i < 200 { &bytes } else { &low };
        let mut damaged = bytes.clone();
        let at = if i < 100 {
            i
        } else {
            random.below(bytes.len())
        };
        damaged[at] ^= 1 << random.below(8);
        assert!(matches!(Trainer::resume(&damaged), Err(Error::Damaged(_))));
        assert!(Trainer::resume(&bytes[..random.below(bytes.len())]).is_err());
        // Damage whose check is right is refused, or is a trainer like any other.
        let (body, check) = damaged.split_last_chunk_mut::<8>().unwrap();
        *check = random::hash(body, 0).to_le_bytes();
        let _ = Trainer::resume(&damaged);
    }
}

#[test]
fn what_makes_no_sense_is_refused() {
    let shape = shape(&[Layer::Window]);
    let refused = |options: Options| Trainer::new(shape.clone(), options, 0).is_err();
    assert!(refused(Options {
        lanes: 0,
        ..options(1)
    }));
    assert!(refused(Options {
        shards: 2,
        ..options(1)
    }));
    assert!(refused(Options {
        length: 1,
        ..options(1)
    }));
    assert!(Trainer::with(shape.clone(), options(1), vec![0.0; 5]).is_err());
    let mut trainer = Trainer::new(shape, options(2), 0).unwrap();
    assert!(trainer.step(&whole(b"one lane of two")).is_err());
}

#[test]
fn it_stops_when_nothing_is_gained() {
    let learned = Documents::of(&[&text(400, 1)]);
    let held: Vec<u8> = text(400, 2).iter().map(|b| b.wrapping_mul(37)).collect();
    let mut trainer = Trainer::new(shape(&[Layer::Recurrent]), options(1), 1).unwrap();
    let mut stream = Stream::new(&learned, 48, Position::new(1, 1)).unwrap();
    let plan = Plan {
        budget: Budget::Symbols(48 * 10_000),
        held_out: vec![&held],
        look_every: 4,
        patience: 3,
    };
    let mut go_on = |_: Event| ControlFlow::Continue(());
    let report = run::run(
        &mut trainer,
        &mut stream,
        &mut Best::default(),
        &plan,
        &mut go_on,
    )
    .unwrap();
    assert!(report.curve.len() < 100, "{}", report.curve.len());
    let bits = report.curve.iter().map(|point| point.held_out_bits);
    let best = bits.fold(f64::INFINITY, f64::min);
    let shape = trainer.shape().clone();
    let mut kept = Trainer::with(shape, options(1), report.parameters).unwrap();
    assert_eq!(kept.evaluate(&[&held]), best);
    assert!(trainer.evaluate(&[&held]) > best);
}

#[test]
fn patience_survives_a_break() {
    let learned = Documents::of(&[&text(400, 1)]);
    let held: Vec<u8> = text(400, 2).iter().map(|b| b.wrapping_mul(37)).collect();
    let plan = Plan {
        budget: Budget::Symbols(48 * 10_000),
        held_out: vec![&held],
        look_every: 4,
        patience: 3,
    };
    // Breaks after each so many steps, among them those of a look.
    let trained = |breaks: u64| {
        let shape = shape(&[Layer::Recurrent]);
        let mut trainer = Trainer::new(shape, options(1), 1).unwrap();
        let (mut position, mut best) = (Position::new(1, 1), Best::default());
        loop {
            let mut stream = Stream::new(&learned, 48, position).unwrap();
            let until = trainer.steps() + breaks;
            let mut broken = None;
            let mut tell = |event: Event| match event {
                Event::Step {
                    trainer,
                    position,
                    best,
                } if trainer.steps() == until => {
                    broken = Some((trainer.checkpoint(position), best.clone()));
                    ControlFlow::Break(())
                }
                _ => ControlFlow::Continue(()),
            };
            let report = run::run(&mut trainer, &mut stream, &mut best, &plan, &mut tell).unwrap();
            let Some((checkpoint, kept)) = broken else {
                return (trainer.steps(), report.parameters, best);
            };
            (trainer, position) = Trainer::resume(&checkpoint).unwrap();
            best = kept;
        }
    };
    let whole = trained(u64::MAX / 2);
    assert!(whole.0 < 400 && whole.2.worse == 3, "{}", whole.0);
    for breaks in [3, 4] {
        assert!(trained(breaks) == whole);
    }
}
