//! What the models write is for ever what they wrote, on each machine. (Archives are frozen
//! elsewhere; this needs no archive, and runs where those cannot be built: `cargo xtask ci-full`.)

use minlen_classical::MODELS;
use minlen_core::{Encoder, Limits, Random, Structure, run};

/// Rows of numbers, then words.
fn data() -> Vec<u8> {
    let mut r = Random::new(17);
    let words = ["one ", "of ", "these ", "words, ", "<b>", "</b>", "1234\n"];
    let rows = (0..1500u32).map(|i| (i / 6 * (1 + i % 6)) as u8);
    let mut data: Vec<u8> = rows.collect();
    while data.len() < 4500 {
        let n = (r.next_u64() >> 32) as usize;
        data.extend_from_slice(words[n % words.len()].as_bytes());
    }
    data
}

/// FNV-1a (Fowler, Noll, Vo).
fn fnv(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

#[test]
fn what_models_write_is_frozen() {
    let data = data();
    let structure = Structure {
        unit: 1,
        row: 6,
        text: true,
        ..Structure::NONE
    };
    let mut seen = Vec::new();
    for entry in MODELS {
        for settings in entry.samples {
            let limits = Limits::default();
            let mut model = entry.model(settings, &structure, &limits).unwrap();
            let mut encoder = Encoder::new(&data);
            run(&mut *model, &mut encoder);
            let code = encoder.finish();
            seen.push(format!(
                "{}:{settings} {} {:016x}",
                entry.name,
                code.len(),
                fnv(&code)
            ));
        }
    }
    let seen: Vec<&str> = seen.iter().map(String::as_str).collect();
    assert_eq!(seen, FROZEN);
}

/// Of each model's samples: bytes, and their hash.
const FROZEN: [&str; 18] = [
    "order:0 3556 0c4ecc47a017c147",
    "order:1 2182 f69388b5ea235298",
    "order:2 1966 e59b6609f0ba4c76",
    "order:4 1972 012bf97443653be4",
    "mix:fast,12 1737 f1c41b7a3caca314",
    "mix:default,14 1226 04a2b1e8f27c9cc3",
    "mix:strong,16 1256 cd16da9730638292",
    "mix:max,17 1298 9d3e156b690451ae",
    "mix2:fast,12 1737 dd50af7ab4e30de3",
    "mix2:default,14 1278 05808215d3d8ec35",
    "mix2:strong,16 1301 6504bdd8fb67be9f",
    "mix2:max,17 1125 1cc37691f5ed35a5",
    "mix2:swift,12 1832 8892f3baf849c47f",
    "mix2:swift-2,12 1798 2474d22b1bdea6ac",
    "mix2:default-2,14 1237 5c68a9931dcad07a",
    "mix2:strong-2,16 1299 a7d55209d9fdf959",
    "mix2:strong-3,16 1299 a7d55209d9fdf959",
    "mix2:lines,14 1301 48fdf523762cc575",
];
