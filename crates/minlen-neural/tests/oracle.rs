//! The second decoder, written from the document, reads what nets coded.

use minlen_core::{Encoder, Random, Symbol, run};
use minlen_neural::{LowRank, Net, Shape, Stream, Weights};
use std::sync::Arc;

fn weights(shape: &str, seed: u64) -> Weights {
    let shape: Shape = shape.parse().unwrap();
    let mut r = Random::new(seed);
    let mut parameters = Vec::new();
    for tensor in shape.tensors() {
        let spread = match tensor.rows {
            1 => 1.5,
            _ => 4.0 / (tensor.columns as f32).sqrt(),
        };
        let mut value = || ((r.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0) * spread;
        parameters.extend((0..tensor.len()).map(|_| value()));
    }
    Weights::quantise_short(&shape, &parameters).unwrap()
}

#[test]
fn the_oracle_reads_what_nets_code() {
    for (seed, shape) in [(1, "64,96,16,RW"), (2, "32,64,48,WR"), (3, "96,32,16,R")] {
        let weights = weights(shape, seed);
        let bytes = weights.write();
        let net = Arc::new(Net::new(&weights));
        let mut r = Random::new(seed);
        let data: Vec<Symbol> = (0..120)
            .map(|_| b"abc \n\xff\0z"[r.next_u64() as usize & 7])
            .collect();
        let mut encoder = Encoder::new(&data);
        run(&mut Stream::new(net), &mut encoder);
        let lane = encoder.finish();
        let count = data.len() as u64;
        let back = minlen_oracle::decode_lane_with_net(&bytes, &lane, count);
        assert!(back.as_ref() == Ok(&data), "{shape}: {:?}", back.err());
        // Damage is an error or another net, never a panic.
        for at in (0..12).chain((12..bytes.len()).step_by(997)) {
            let mut bad = bytes.clone();
            bad[at] ^= 4;
            let _ = minlen_oracle::decode_lane_with_net(&bad, &lane, 2);
        }
        let cut = minlen_oracle::decode_lane_with_net(&bytes[..bytes.len() / 2], &lane, 2);
        assert!(cut.is_err());
    }
}

#[test]
fn the_oracle_reads_what_changed_nets_code() {
    for (seed, shape, rank) in [
        (1, "64,96,16,RW", 4),
        (2, "32,64,48,WR", 1),
        (3, "96,32,16,R", 17),
    ] {
        let base = weights(shape, seed);
        let mut r = Random::new(seed + 10);
        let count = LowRank::parameters(base.shape(), rank).unwrap();
        let mut value = || ((r.next_u64() >> 40) as f32 / (1 << 23) as f32 - 1.0) * 0.2;
        let factors: Vec<f32> = (0..count).map(|_| value()).collect();
        let changes = LowRank::quantise(base.shape(), rank, &factors).unwrap();
        let net = Arc::new(Net::new(&changes.of(&base).unwrap()));
        let data: Vec<Symbol> = (0..80).map(|i| b"ab\n\xff"[i * i % 11 % 4]).collect();
        let mut encoder = Encoder::new(&data);
        run(&mut Stream::new(net), &mut encoder);
        let lane = encoder.finish();
        let (base, changes) = (base.write(), changes.write());
        let read = |changes: &[u8]| {
            let count = data.len() as u64;
            minlen_oracle::decode_lane_with_changed_net(&base, changes, &lane, count)
        };
        assert!(
            read(&changes).as_ref() == Ok(&data),
            "{shape}: {:?}",
            read(&changes).err()
        );
        for at in 0..20 {
            let mut bad = changes.clone();
            bad[at * (changes.len() - 1) / 19] ^= 4;
            let _ = read(&bad);
        }
        assert!(read(&changes[..changes.len() / 2]).is_err());
    }
}
