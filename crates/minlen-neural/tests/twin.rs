//! The coding path and the twin in PyTorch (`python/`) agree: `twin-RR.txt` and `twin-RWR.txt` hold
//! the twin's logits of made-up nets, every sixteenth symbol's, after 0, 1, … 49 symbols.

use minlen_neural::{Net, Shape, Streams, Weights};
use std::sync::Arc;

/// 0 to 32,767, the same on both sides.
fn numbers() -> impl Iterator<Item = i32> {
    std::iter::successors(Some(1i64), |x| {
        Some((x * 1_103_515_245 + 12_345) % (1 << 31))
    })
    .skip(1)
    .map(|x| (x >> 16) as i32)
}

#[test]
fn logits_are_those_of_the_twin() {
    for (layers, figures) in [
        ("RR", include_str!("twin-RR.txt")),
        ("RWR", include_str!("twin-RWR.txt")),
    ] {
        let off = farthest(layers, figures);
        assert!(off < 1e-4, "{layers}: {off}");
    }
}

/// The largest difference of any logit.
fn farthest(layers: &str, figures: &str) -> f32 {
    let shape: Shape = format!("64,96,16,{layers}").parse().unwrap();
    let mut n = numbers();
    let mut parameters = Vec::new();
    for tensor in shape.tensors() {
        let all = parameters.len();
        if tensor.rows == 1 {
            let values = n.by_ref().map(|x| (x % 64) as f32 / 64.0);
            parameters.extend(values.take(tensor.columns));
            continue;
        }
        let values = n.by_ref().map(|x| (x % 255 - 127) as f32 / 512.0);
        parameters.extend(values.take(tensor.len()));
        for row in parameters[all..].chunks_mut(tensor.columns) {
            row[0] = 127.0 / 512.0;
        }
    }
    let weights = Weights::quantise(&shape, &parameters).unwrap();
    assert!(weights.parameters() == parameters, "they are exact");

    let mut streams = Streams::new(Arc::new(Net::new(&weights)), 1);
    let (mut worst, mut places) = (0.0f32, 0);
    for (line, s) in figures.lines().zip(numbers()) {
        let logits = streams.logits(0);
        for (want, got) in line.split(' ').zip(logits.iter().step_by(16)) {
            worst = worst.max((want.parse::<f32>().unwrap() - got).abs());
        }
        streams.update(0, (s % 256) as u8);
        places += 1;
    }
    assert_eq!(places, 50);
    worst
}
