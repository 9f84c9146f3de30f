//! What the laws in `tests/laws.rs` do not cover, for both mixing models.

use crate::kernels::Cpu;
use crate::{Foreign, mix, mix_with, mix2, mix2_with};
use minlen_core::{
    Codes, Encoder, Error, Guide, Input, Limits, Meter, Model, Random, Structure, Symbol, Teacher,
    run,
};

/// Builds a model with advice.
type Advised = fn(&str, &Structure, &Limits, Box<dyn Foreign>) -> Result<Box<dyn Model>, Error>;

/// A mixing model.
struct Engine {
    name: &'static str,
    /// Builds it for an instruction set.
    on: fn(&str, &Structure, Cpu) -> Box<dyn Model>,
    with: Advised,
}

const ENGINES: [Engine; 2] = [
    Engine {
        name: "mix",
        on: |settings, structure, cpu| {
            let settings = mix::settings::Settings::parse(settings).unwrap();
            Box::new(mix::model::Mix::new(&settings, structure, cpu, None))
        },
        with: mix_with,
    },
    Engine {
        name: "mix2",
        on: |settings, structure, cpu| {
            let settings = mix2::settings::Settings::parse(settings).unwrap();
            Box::new(mix2::model::Mix::new(&settings, structure, cpu, None))
        },
        with: mix2_with,
    },
];

/// Text, as far as a model of bytes is told.
const TEXT: Structure = Structure {
    text: true,
    ..Structure::NONE
};

fn bytes(engine: &Engine, settings: &str, data: &[Symbol]) -> u64 {
    let mut model = (engine.on)(settings, &Structure::NONE, Cpu::best());
    let mut meter = Meter::new(data);
    run(&mut model, &mut meter);
    meter.total().bytes_ceil()
}

/// Sentences of a small random grammar: text enough for a mixer.
fn text(bytes: usize, seed: u64) -> Vec<Symbol> {
    let mut r = Random::new(seed);
    let mut out = Vec::new();
    while out.len() < bytes {
        let n = r.next_u64();
        let word = (n % 40) * (n >> 8) % 40;
        out.extend((0..2 + word % 7).map(|i| b'a' + ((word * 7 + i * i * 3) % 26) as u8));
        out.push(if n >> 60 == 0 { b'\n' } else { b' ' });
    }
    out.truncate(bytes);
    out
}

#[test]
fn instruction_sets_give_the_same_bytes() {
    let mut data = text(4000, 1);
    let mut r = Random::new(9);
    data.extend((0..1500).map(|_| r.next_u64() as u8));
    data.extend([0; 800]);
    data.extend_from_within(..2500);
    let grid = Structure {
        unit: 3,
        row: 48,
        start: 5,
        ..Structure::NONE
    };
    let codes = Structure {
        codes: Codes {
            first: 130,
            lead: 200,
        },
        ..TEXT
    };
    for engine in &ENGINES {
        for settings in ["fast,12", "default,13", "strong,14", "max,15"] {
            for structure in [Structure::NONE, TEXT, codes, grid] {
                let run_on = |cpu| {
                    let mut encoder = Encoder::new(&data);
                    run(&mut (engine.on)(settings, &structure, cpu), &mut encoder);
                    encoder.finish()
                };
                let want = run_on(Cpu::Scalar);
                for cpu in Cpu::available() {
                    let name = engine.name;
                    assert!(run_on(cpu) == want, "{name}:{settings} {cpu:?}");
                }
            }
        }
    }
}

#[test]
fn what_repeats_for_ever_costs_next_to_nothing() {
    let abc: Vec<u8> = b"abcdefghij"
        .iter()
        .copied()
        .cycle()
        .take(200_000)
        .collect();
    for engine in &ENGINES {
        for settings in ["fast,12", "default,12"] {
            let zeros = bytes(engine, settings, &[0; 300_000]);
            assert!(zeros < 200, "{}:{settings} {zeros}", engine.name);
        }
        let cycle = bytes(engine, "default,14", &abc);
        assert!(cycle < 400, "{} {cycle}", engine.name);
    }
}

#[test]
fn noise_grows_little() {
    let mut r = Random::new(4);
    let noise: Vec<u8> = (0..100_000).map(|_| r.next_u64() as u8).collect();
    for engine in &ENGINES {
        let grown = bytes(engine, "default,18", &noise) - 100_000;
        assert!(grown < 1500, "{} {grown}", engine.name);
    }
}

#[test]
fn records_are_found_without_being_told() {
    let mut r = Random::new(6);
    let mut row = [0u8; 37];
    let mut data = Vec::new();
    for _ in 0..2000 {
        for (i, b) in row.iter_mut().enumerate() {
            if r.next_u64().is_multiple_of(8) {
                *b = (r.next_u64() % 4) as u8 + 16 * (i as u8 % 5);
            }
        }
        data.extend(row);
    }
    let [old, new] = &ENGINES;
    let blind = bytes(old, "default,18", &data) * 9 / 10;
    assert!(bytes(old, "strong,18", &data) < blind);
    assert!(bytes(new, "default,18", &data) < blind);
}

/// Knows the data, or knows nothing.
struct Oracle {
    data: Vec<Symbol>,
    at: usize,
    random: Option<Random>,
}

impl Foreign for Oracle {
    fn nodes(&mut self, high: Option<u8>) -> [u16; 16] {
        if let Some(r) = &self.random {
            // Drawn from the position, so that asking twice gives the same.
            let mut r = Random::new(
                r.clone().next_u64() ^ (2 * self.at + usize::from(high.is_some())) as u64,
            );
            return std::array::from_fn(|_| r.next_u64() as u16);
        }
        let s = self.data[self.at];
        let nibble = if high.is_none() { s >> 4 } else { s & 15 };
        let full = 16 + usize::from(nibble);
        let mut p = [32768; 16];
        for depth in 0..4 {
            p[full >> (4 - depth) & 15] = if full >> (3 - depth) & 1 == 1 {
                65000
            } else {
                536
            };
        }
        p
    }
    fn update(&mut self, _: Symbol) {
        self.at += 1;
    }
    fn fork(&self) -> Box<dyn Foreign> {
        Box::new(Oracle {
            data: self.data.clone(),
            at: self.at,
            random: self.random.clone(),
        })
    }
}

#[test]
fn a_good_adviser_rules_and_a_bad_one_is_ignored() {
    let data = text(200_000, 3);
    let with = |engine: &Engine, random: Option<Random>| {
        let oracle = Oracle {
            data: data.clone(),
            at: 0,
            random,
        };
        let mut model = (engine.with)(
            "default,18",
            &Structure::NONE,
            &Limits::default(),
            Box::new(oracle),
        )
        .unwrap();
        let mut meter = Meter::new(&data);
        run(&mut model, &mut meter);
        meter.total().bytes_ceil()
    };
    for engine in &ENGINES {
        let alone = bytes(engine, "default,18", &data);
        let good = with(engine, None);
        assert!(good < alone / 20 && good < 1000, "{alone} {good}");
        let bad = with(engine, Some(Random::new(1)));
        assert!(bad < alone + alone / 500, "{} {alone} {bad}", engine.name);
    }
}

/// The part of all bits gained that inputs with such names earned.
fn share(engine: &Engine, settings: &str, data: &[Symbol], ours: impl Fn(&Input) -> bool) -> f64 {
    let mut model = (engine.on)(settings, &Structure::NONE, Cpu::best());
    let inputs = model.inputs();
    let mut earned = vec![0; inputs.len()];
    let mut teacher = Teacher::new(data);
    while teacher.more() {
        model.step_explained(&mut teacher, &mut earned);
    }
    let all: i64 = earned.iter().sum();
    let ours = inputs.iter().zip(earned).filter(|(i, _)| ours(i));
    let part: i64 = ours.map(|(_, earned)| earned).sum();
    part as f64 / all as f64
}

#[test]
fn what_only_repeats_is_earned_by_the_match_model() {
    let mut r = Random::new(5);
    let block: Vec<u8> = (0..200_000).map(|_| r.next_u64() as u8).collect();
    // A table too small to remember any context of the block.
    for engine in &ENGINES {
        let data = block.repeat(4);
        let part = share(engine, "fast,12", &data, |i| i.kind == "long repeats");
        assert!(part > 0.9, "{} {part}", engine.name);
    }
}

#[test]
fn what_depends_on_the_last_byte_is_earned_by_low_orders() {
    // After each byte, one of 24 others.
    let mut r = Random::new(7);
    let mut last = 0u64;
    let data: Vec<u8> = (0..200_000)
        .map(|_| {
            last = (last * 37 + 11 * (r.next_u64() % 24)) & 255;
            last as u8
        })
        .collect();
    let low = |i: &Input| ["the last byte", "how often each byte occurs"].contains(&&i.name[..]);
    for engine in &ENGINES {
        for settings in ["default,18", "strong,18"] {
            let part = share(engine, settings, &data, low);
            assert!(part > 0.8, "{}:{settings} {part}", engine.name);
        }
    }
}

#[test]
fn fields_are_seen_in_text() {
    // Each row differs little from the one before, column by column; its places do not agree.
    let mut r = Random::new(8);
    let mut row = [100u64; 6];
    let mut data = Vec::new();
    for _ in 0..3000 {
        for (i, n) in row.iter_mut().enumerate() {
            if r.next_u64().is_multiple_of(9) {
                *n = r.next_u64() % [9, 99_999, 3, 999, 9_999_999, 2][i];
            }
            data.extend(n.to_string().into_bytes());
            data.push(if i == 5 { b'\n' } else { b',' });
        }
    }
    let told = |structure| {
        let mut model = (ENGINES[1].on)("default,18", &structure, Cpu::best());
        let mut meter = Meter::new(&data);
        run(&mut model, &mut meter);
        meter.total().bytes_ceil()
    };
    let (text, data) = (told(TEXT), told(Structure::NONE));
    assert!(text < data * 9 / 10, "{text} {data}");
}
