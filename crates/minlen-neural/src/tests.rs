//! The net against its formulas, against itself in other company, and its bytes.
#![allow(clippy::needless_range_loop)] // formulas have indices

use crate::kernels::Cpu;
use crate::reader::Reader;
use crate::shape::HEAD;
use crate::{Layer, Net, Shape, Stream, Streams, Weights};
use minlen_core::{
    Batch, Decoder, Distribution, Encoder, Error, Limits, Meter, Model, Random, Sampler, Teacher,
    run, run_batch,
};
use std::sync::Arc;

mod lowrank;

fn shape(width: usize, layers: &[Layer]) -> Shape {
    let shape = Shape {
        width,
        hidden: 96,
        window: 32,
        layers: layers.to_vec(),
    };
    shape.checked().unwrap()
}

fn shapes() -> [Shape; 4] {
    use Layer::{Recurrent, Window};
    [
        shape(64, &[Recurrent, Window, Recurrent]),
        shape(32, &[Window]),
        shape(96, &[Recurrent]),
        shape(64, &[Window, Window]),
    ]
}

/// Parameters of the size that training gives, so that every part has a say.
fn parameters(shape: &Shape, seed: u64) -> Vec<f32> {
    let mut r = Random::new(seed);
    let mut all = Vec::new();
    for tensor in shape.tensors() {
        let (middle, spread) = match tensor.name.rsplit('.').next() {
            Some("gain") => (1.0, 0.3),
            Some("shift") => (0.5, 0.5),
            Some("decay") => (3.0, 2.0),
            Some("embed") => (0.0, 1.0),
            _ => (0.0, 3.0 / (tensor.columns as f32).sqrt()),
        };
        let mut value = || (r.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0;
        all.extend((0..tensor.len()).map(|_| middle + spread * value()));
    }
    all
}

fn net(shape: &Shape) -> Arc<Net> {
    let weights = Weights::quantise(shape, &parameters(shape, 5)).unwrap();
    Arc::new(Net::new(&weights))
}

fn text(seed: u64, n: usize) -> Vec<u8> {
    let mut r = Random::new(seed);
    let words = [
        "the ",
        "net ",
        "reads ",
        "symbols, ",
        "one by one. ",
        "\u{e9}t\u{e9} ",
    ];
    let mut out = Vec::new();
    while out.len() < n {
        out.extend_from_slice(words[(r.next_u64() >> 32) as usize % words.len()].as_bytes());
    }
    out.truncate(n);
    out
}

/// The formulas of `shape.rs`, in 64-bit floats and in the most obvious way. Keys and values of
/// windows are rounded as the coding path rounds them.
mod formulas {
    use super::*;

    fn norm(x: &[f64]) -> Vec<f64> {
        let mean = x.iter().map(|x| x * x).sum::<f64>() / x.len() as f64;
        x.iter()
            .map(|x| x / (mean + 2f64.powi(-20)).sqrt())
            .collect()
    }

    fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
        let dot = |row: &[f64]| row.iter().zip(x).map(|(a, b)| a * b).sum();
        matrix.chunks(x.len()).map(dot).collect()
    }

    fn sigmoid(x: f64) -> f64 {
        1.0 / (1.0 + (-x).exp())
    }

    /// To 8 significant bits. (Ties and rare ends of ranges may go elsewhere than in the kernels.)
    fn half(x: &f64) -> f64 {
        let unit = 2f64.powf(x.abs().log2().floor() - 7.0);
        if *x == 0.0 {
            0.0
        } else {
            (x / unit).round() * unit
        }
    }

    fn turn(x: &[f64], position: usize) -> Vec<f64> {
        let mut out = x.to_vec();
        for i in 0..16 {
            let angle = position as f64 * 10000f64.powf(-(i as f64) / 16.0);
            let (s, c) = angle.sin_cos();
            out[i] = x[i] * c - x[i + 16] * s;
            out[i + 16] = x[i] * s + x[i + 16] * c;
        }
        out
    }

    /// Logits after the beginning and after each symbol.
    pub(super) fn logits(weights: &Weights, symbols: &[u8]) -> Vec<Vec<f64>> {
        let shape = weights.shape();
        let d = shape.width;
        let all: Vec<f64> = weights.parameters().iter().map(|&p| f64::from(p)).collect();
        let tensors = shape.tensors();
        let find = |name: String| {
            let i = tensors.iter().position(|t| t.name == name).unwrap();
            let at: usize = tensors[..i].iter().map(|t| t.len()).sum();
            &all[at..at + tensors[i].len()]
        };
        let embed = find("embed".into());
        let rows = std::iter::once(256).chain(symbols.iter().map(|&s| usize::from(s)));
        let mut xs: Vec<Vec<f64>> = rows.map(|r| embed[r * d..][..d].to_vec()).collect();
        let enter = |xs: &[Vec<f64>], name: String| -> Vec<Vec<f64>> {
            let (gain, shift) = (find(format!("{name}.gain")), find(format!("{name}.shift")));
            let mut before = vec![0.0; d];
            let row = |x: &Vec<f64>| {
                let n: Vec<f64> = norm(x).iter().zip(gain).map(|(x, g)| x * g).collect();
                let m = (0..d)
                    .map(|i| n[i] + shift[i] * (before[i] - n[i]))
                    .collect();
                before = n;
                m
            };
            xs.iter().map(row).collect()
        };
        for (l, layer) in shape.layers.iter().enumerate() {
            let ms = enter(&xs, format!("{l}.mix"));
            let zs: Vec<_> = (ms.iter())
                .map(|m| times(find(format!("{l}.mix.in")), m))
                .collect();
            let mut mixed = vec![vec![0.0; d]; xs.len()];
            for h in 0..shape.heads() {
                let part = |t: usize, p: usize| &zs[t][p * d + h * HEAD..][..HEAD];
                match layer {
                    Layer::Recurrent => {
                        let decay = find(format!("{l}.mix.decay"))[h];
                        let mut state = vec![[0.0; HEAD]; HEAD];
                        for t in 0..xs.len() {
                            let a = sigmoid(zs[t][4 * d + h] + decay);
                            let mut o = vec![0.0; HEAD];
                            for i in 0..HEAD {
                                for j in 0..HEAD {
                                    state[i][j] =
                                        a * state[i][j] + (1.0 - a) * part(t, 1)[i] * part(t, 2)[j];
                                    o[j] += part(t, 0)[i] * state[i][j];
                                }
                            }
                            let g = part(t, 3);
                            for (j, o) in norm(&o).into_iter().enumerate() {
                                mixed[t][h * HEAD + j] = o * g[j] * sigmoid(g[j]);
                            }
                        }
                    }
                    Layer::Window => {
                        for t in 0..xs.len() {
                            let q = turn(&norm(part(t, 0)), t);
                            let seen = (t + 1).saturating_sub(shape.window)..t + 1;
                            let score = |u: usize| {
                                let k: Vec<f64> =
                                    turn(&norm(part(u, 1)), u).iter().map(half).collect();
                                let dot: f64 = q.iter().zip(&k).map(|(q, k)| q * k).sum();
                                (dot / 32f64.sqrt()).exp()
                            };
                            let e: Vec<f64> = seen.clone().map(score).collect();
                            let sum: f64 = e.iter().sum();
                            for (u, e) in seen.zip(e) {
                                for j in 0..HEAD {
                                    mixed[t][h * HEAD + j] += e / sum * half(&part(u, 2)[j]);
                                }
                            }
                        }
                    }
                }
            }
            for (x, m) in xs.iter_mut().zip(&mixed) {
                let out = times(find(format!("{l}.mix.out")), m);
                x.iter_mut().zip(out).for_each(|(x, o)| *x += o);
            }
            let ms = enter(&xs, format!("{l}.mlp"));
            for (x, m) in xs.iter_mut().zip(&ms) {
                let mut h = times(find(format!("{l}.mlp.up")), m);
                h.iter_mut().for_each(|h| *h = h.max(0.0).powi(2));
                let out = times(find(format!("{l}.mlp.down")), &h);
                x.iter_mut().zip(out).for_each(|(x, o)| *x += o);
            }
        }
        let last = |x: &Vec<f64>| {
            let n: Vec<f64> = norm(x)
                .iter()
                .zip(find("gain".into()))
                .map(|(x, g)| x * g)
                .collect();
            times(find("head".into()), &n)
        };
        xs.iter().map(last).collect()
    }
}

#[test]
fn the_net_is_what_its_formulas_say() {
    for shape in shapes() {
        let weights = Weights::quantise(&shape, &parameters(&shape, 1)).unwrap();
        let symbols = text(1, 100);
        let truth = formulas::logits(&weights, &symbols);
        let mut streams = Streams::new(Arc::new(Net::new(&weights)), 1);
        let spread = truth[50].iter().fold(0.0f64, |m, l| m.max(l.abs()));
        assert!(spread > 1.0, "logits that say something");
        for (t, truth) in truth.iter().enumerate() {
            for (ours, truth) in streams.logits(0).iter().zip(truth) {
                let off = (f64::from(*ours) - truth).abs();
                assert!(
                    off < 1e-4 * spread,
                    "{shape:?}, symbol {t}: {ours}, not {truth}"
                );
            }
            if let Some(&s) = symbols.get(t) {
                streams.update(0, s);
            }
        }
    }
}

#[test]
fn a_batch_is_as_many_streams() {
    for shape in shapes() {
        let net = net(&shape);
        // Of different lengths, one empty: streams drop out, and wait in between.
        let lengths = [90, 0, 1, 37, 90, 64, 89, 12, 3, 90, 50];
        let data: Vec<Vec<u8>> = (0..).zip(lengths).map(|(i, n)| text(i, n)).collect();
        let alone: Vec<Vec<u8>> = (data.iter())
            .map(|data| {
                let mut encoder = Encoder::new(data);
                run(&mut Stream::new(net.clone()), &mut encoder);
                encoder.finish()
            })
            .collect();
        for cpu in Cpu::available() {
            let mut encoders: Vec<_> = data.iter().map(|d| Encoder::new(d)).collect();
            let mut guides: Vec<_> = encoders.iter_mut().map(|g| g as _).collect();
            run_batch(&mut Streams::on(cpu, net.clone(), data.len()), &mut guides);
            let together: Vec<_> = encoders.into_iter().map(|e| e.finish()).collect();
            assert!(together == alone, "{cpu:?}: {shape:?}");
        }
        let sizes = alone.iter().zip(&data);
        let mut decoders: Vec<_> = sizes.map(|(a, d)| Decoder::new(a, d.len())).collect();
        let mut guides: Vec<_> = decoders.iter_mut().map(|g| g as _).collect();
        run_batch(&mut Streams::new(net.clone(), data.len()), &mut guides);
        for (decoder, data) in decoders.into_iter().zip(&data) {
            assert_eq!(&decoder.finish().unwrap(), data);
        }
    }
}

#[test]
fn the_laws_of_models() {
    for shape in shapes() {
        let mut model = Stream::new(net(&shape));
        let data = text(8, 60);
        run(&mut model, &mut Teacher::new(&data));
        let mut other = model.fork();
        let first = model.predict();
        assert!(first == model.predict(), "predict moves the model");
        assert!(first == other.predict(), "a fork differs");
        // Step is predict and update.
        run(&mut model, &mut Teacher::new(b"xyz"));
        for s in *b"xyz" {
            other.update(s);
        }
        assert!(model.predict() == other.predict(), "step is no update");
        // A fork goes its own way.
        other.update(b'a');
        let before = model.predict();
        other.update(b'b');
        assert!(before == model.predict());
        assert!(before != other.predict());
        // A fork of a net that has yet to read a symbol.
        model.update(b'!');
        let mut fork = model.fork();
        assert!(fork.predict() == model.predict());
        // All guides see the same numbers.
        let mut sampler = Sampler::new(3, 50);
        run(&mut *model.fork(), &mut sampler);
        let symbols = sampler.into_symbols();
        let mut meter = Meter::new(&symbols);
        run(&mut *model.fork(), &mut meter);
        let mut encoder = Encoder::new(&symbols);
        run(&mut model, &mut encoder);
        let coded = encoder.finish().len() as u64;
        assert!(coded.abs_diff(meter.total().bytes_ceil()) <= 8);
    }
}

#[test]
fn streams_that_split_go_on_alike() {
    let net = net(&shapes()[0]);
    let mut one = Stream::new(net);
    run(&mut one, &mut Teacher::new(&text(2, 40)));
    let mut three = one.split(3);
    three.advance(&[Some(b'a'), None, Some(b'b')]);
    three.advance(&[None, None, Some(b'c')]);
    let expect = |text: &[u8]| {
        let mut fork = one.fork();
        run(&mut *fork, &mut Teacher::new(text));
        fork.predict()
    };
    assert_eq!(three.width(), 3);
    assert!(three.predict(0) == expect(b"a"));
    assert!(three.predict(1) == expect(b""));
    assert!(three.predict(2) == expect(b"bc"));
}

#[test]
fn nodes_say_what_the_distribution_says() {
    let mut stream = Stream::new(net(&shapes()[0]));
    for s in text(4, 50) {
        let whole = stream.predict();
        let units = |range: std::ops::Range<usize>| -> f64 {
            range.map(|s| f64::from(whole.interval(s as u8).1)).sum()
        };
        for high in [None, Some(6), Some(15)] {
            let nodes = stream.nodes(high);
            // Symbols below a leaf of the nibble's tree.
            let (start, leaf) = high.map_or((0, 16), |h| (16 * usize::from(h), 1));
            for n in 1..16usize {
                let depth = n.ilog2();
                let size = (16 >> depth) * leaf;
                let from = start + (n - (1 << depth)) * size;
                let both = units(from..from + size);
                let ones = units(from + size / 2..from + size);
                // Rare ones differ: a distribution gives each symbol at least a unit.
                if both > 1e4 {
                    let p = f64::from(nodes[n]) / 65536.0;
                    assert!((p - ones / both).abs() < 0.003 + 300.0 / both, "node {n}");
                }
            }
        }
        stream.update(s);
    }
}

#[test]
fn rounding_is_as_fine_as_it_says() {
    let shape = shapes()[0].clone();
    let exact = parameters(&shape, 2);
    for most in [127, 15, 1] {
        let weights = Weights::quantise_to(&shape, &exact, |_| most).unwrap();
        let mut at = 0;
        for tensor in shape.tensors() {
            for row in exact[at..at + tensor.len()].chunks(tensor.columns) {
                let rounded = &weights.parameters()[at..at + row.len()];
                at += row.len();
                let largest = row.iter().fold(0.0f32, |m, v| m.max(v.abs()));
                for (a, b) in row.iter().zip(rounded) {
                    // Half a step; scales are halves, which have 8 bits.
                    let step = if tensor.rows == 1 {
                        a.abs() / 128.0
                    } else {
                        largest / f32::from(most) * 1.01
                    };
                    assert!((a - b).abs() <= step / 2.0, "{}: {a} as {b}", tensor.name);
                }
            }
        }
    }
    let short = Weights::quantise(&shape, &exact[1..]);
    assert!(matches!(short, Err(Error::Usage(_))));
    let mut spoilt = exact;
    spoilt[7] = f32::NAN;
    let spoilt = Weights::quantise(&shape, &spoilt);
    assert!(matches!(spoilt, Err(Error::Usage(_))));
}

#[test]
fn what_is_written_is_read() {
    for shape in shapes() {
        for most in [127, 7] {
            let exact = parameters(&shape, 3);
            let weights = Weights::quantise_to(&shape, &exact, |_| most).unwrap();
            let bytes = weights.write();
            assert!(Weights::read(&bytes, &Limits::default()).unwrap() == weights);
            // Uniform parameters take the logarithm of their number of values.
            let bits = f64::from(2 * i32::from(most) + 1).log2();
            let least = shape.parameters() as f64 * bits / 8.0;
            let most = least * 1.03 + 1500.0;
            assert!((least * 0.97..most).contains(&(bytes.len() as f64)));
            let short = Weights::quantise_short(&shape, &exact).unwrap();
            assert!(short.write().len() < Weights::quantise(&shape, &exact).unwrap().write().len());
        }
    }
}

#[test]
fn damaged_parameters_never_panic() {
    let shape = shape(32, &[Layer::Recurrent, Layer::Window]);
    let weights = Weights::quantise(&shape, &parameters(&shape, 4)).unwrap();
    let good = weights.write();
    let limits = Limits::default();
    let read = |bytes: &[u8]| {
        // What can be read can be run.
        if let Ok(weights) = Weights::read(bytes, &limits) {
            let mut stream = Stream::new(Arc::new(Net::new(&weights)));
            run(&mut stream, &mut Teacher::new(b"ab"));
            let d = stream.predict();
            assert!(d.interval(255).0 < Distribution::TOTAL);
            return true;
        }
        false
    };
    for cut in [0, 1, 6, 8, 9, 10, 11, 12, 500, good.len() - 1] {
        assert!(!read(&good[..cut]));
    }
    let mut r = Random::new(6);
    for i in 0..150 {
        let mut bad = good.clone();
        let at = if i < 11 {
            i
        } else {
            r.next_u64() as usize % bad.len()
        };
        bad[at] ^= 1 << (r.next_u64() & 7);
        read(&bad);
    }
    assert!(!read(&[&good[..], &[0; 20]].concat()));
    let version = [&[9], &good[1..]].concat();
    let version = Weights::read(&version, &limits);
    assert!(matches!(version, Err(Error::Unsupported(_))));
    // The largest shape, of which nothing follows: no memory is taken for it.
    let huge = [&[1, 128, 0, 0, 2, 64, 0, 64][..], &[0; 64]].concat();
    assert!(matches!(
        Weights::read(&huge, &limits),
        Err(Error::Limit { .. })
    ));
    let all = Limits {
        model_bytes: u64::MAX,
        ..limits
    };
    assert!(matches!(Weights::read(&huge, &all), Err(Error::Damaged(_))));
}

/// Parameters that no training gives, but a file may hold.
#[test]
fn hostile_parameters_give_the_same_everywhere() {
    for (seed, size) in [(1, 1e38), (2, 1e25), (3, 1e10), (4, 1e-30)] {
        let shape = shape(64, &[Layer::Recurrent, Layer::Window]);
        let mut all = parameters(&shape, seed);
        for (i, p) in all.iter_mut().enumerate() {
            if i % 7 == 0 || size < 1.0 {
                *p *= size;
            }
        }
        let all: Vec<f32> = all.iter().map(|p| p.clamp(-3e38, 3e38)).collect();
        let net = Arc::new(Net::new(&Weights::quantise(&shape, &all).unwrap()));
        let predictions = |cpu: Cpu| {
            let mut streams = Streams::on(cpu, net.clone(), 2);
            let mut seen = Vec::new();
            for s in text(seed, 40) {
                streams.advance(&[Some(s), Some(!s)]);
                seen.extend([streams.predict(0), streams.predict(1)]);
            }
            seen
        };
        let all = Cpu::available();
        for cpu in &all {
            assert!(
                predictions(*cpu) == predictions(all[0]),
                "{cpu:?}, {size:e}"
            );
        }
    }
}

/// FNV-1a (Fowler, Noll, Vo).
fn fnv(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

/// Released nets predict for ever what they predicted: on each machine, the same numbers. A change
/// of arithmetic changes these, and is an error.
#[test]
fn predictions_and_bytes_are_frozen() {
    let mut seen = Vec::new();
    for shape in shapes() {
        let weights = Weights::quantise(&shape, &parameters(&shape, 5)).unwrap();
        let bytes = weights.write();
        let mut stream = Stream::new(Arc::new(Net::new(&weights)));
        let mut predicted = Vec::new();
        for s in text(9, 150) {
            let d = stream.predict();
            predicted.extend((0..=255).flat_map(|s| d.interval(s).1.to_le_bytes()));
            let nodes = [stream.nodes(None), stream.nodes(Some(7))].concat();
            predicted.extend(nodes.iter().flat_map(|node| node.to_le_bytes()));
            stream.update(s);
        }
        seen.push((fnv(&bytes), fnv(&predicted)));
    }
    assert_eq!(seen, FROZEN);
}

/// Of `shapes`: the parameters' bytes, the predictions.
const FROZEN: [(u64, u64); 4] = [
    (0x3340_a6ce_317a_9db7, 0x1d76_ddea_f2c1_40c9),
    (0xd8f9_e85c_ec46_ab29, 0xa5a7_8b08_4f82_0c1c),
    (0x58b2_b517_7ded_f3e8, 0x24cc_9a13_3755_6f5c),
    (0x9c91_b838_0007_10ae, 0x7d52_f847_362c_9aad),
];

#[test]
fn readers_see_what_predictions_are_made_of_alone_and_in_company_on_every_processor() {
    for shape in shapes() {
        let (net, width) = (net(&shape), shape.width);
        let texts: Vec<Vec<u8>> = (0..3).map(|i| text(i, 40 + 30 * i as usize)).collect();
        let last = shape.layers.len() - 1;
        // For each text, symbol and layer the values, and the layers that were told of.
        let read = |cpu: Cpu, together: bool| {
            let mut all: Vec<Vec<Vec<f32>>> = vec![Vec::new(); texts.len()];
            let groups: Vec<Vec<usize>> = match together {
                true => vec![(0..texts.len()).collect()],
                false => (0..texts.len()).map(|i| vec![i]).collect(),
            };
            for group in groups {
                let streams = Streams::on(cpu, net.clone(), group.len());
                let mut reader = Reader::of(streams);
                for at in 0..100 {
                    let symbols: Vec<_> =
                        group.iter().map(|&t| texts[t].get(at).copied()).collect();
                    reader.read(&symbols, &mut |stream, layer, x| {
                        assert_eq!(x.len(), width);
                        let seen = &mut all[group[stream]];
                        assert_eq!(seen.len() % (last + 1), layer);
                        seen.push(x.to_vec());
                    });
                }
            }
            all
        };
        let seen = read(Cpu::best(), true);
        for cpu in Cpu::available() {
            assert!(read(cpu, false) == seen, "{shape}");
        }
        // The head on the last layer's values is what streams score symbols by.
        let (text, seen) = (&texts[1], &seen[1]);
        assert_eq!(seen.len(), text.len() * (last + 1));
        let parameters = Weights::quantise(&shape, &parameters(&shape, 5))
            .unwrap()
            .parameters();
        let (head, rest) = (256 * width, parameters.len() - 256 * width);
        let (gain, head) = (&parameters[rest - width..rest], &parameters[rest..][..head]);
        let mut streams = Streams::new(net.clone(), 1);
        for (at, &s) in text.iter().enumerate() {
            streams.update(0, s);
            let x = &seen[at * (last + 1) + last];
            let mean: f32 = x.iter().map(|x| x * x).sum::<f32>() / width as f32;
            let norm = (mean + 2f32.powi(-20)).sqrt();
            for (row, score) in head.chunks(width).zip(streams.logits(0)) {
                let sum: f32 = row
                    .iter()
                    .zip(x)
                    .zip(gain)
                    .map(|((w, x), g)| w * x / norm * g)
                    .sum();
                assert!(
                    (sum - score).abs() < 1e-3 * (1.0 + score.abs()),
                    "{sum} {score}"
                );
            }
        }
    }
}
