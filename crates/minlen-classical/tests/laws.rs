//! The laws of models, for every registered model and sample setting.

use minlen_classical::MODELS;
use minlen_core::{
    Codes, Cost, Decoder, Encoder, Entry, Limits, Meter, Model, Random, Sampler, Structure, Symbol,
    Teacher, run,
};

fn text(bytes: usize) -> Vec<Symbol> {
    let mut r = Random::new(11);
    let words = [
        "the",
        "of",
        "a",
        "model",
        "predicts",
        "Symbol",
        "naïve",
        "compression",
        "(see",
        "note)",
        "1234",
        "is",
        "and",
        "<b>",
        "</b>",
        "\n",
        "über",
        "next",
    ];
    let mut out = Vec::new();
    while out.len() < bytes {
        let n = r.next_u64();
        let word = words[(((n & 0xff) * (n >> 8 & 0xff) * words.len() as u64) >> 16) as usize];
        out.extend_from_slice(word.as_bytes());
        out.push(if n >> 20 & 7 == 0 { b',' } else { b' ' });
    }
    out.truncate(bytes);
    out
}

/// Inputs of many kinds, none long.
fn inputs() -> Vec<(&'static str, Vec<Symbol>)> {
    let mut r = Random::new(1);
    let random: Vec<u8> = (0..3000).map(|_| r.next_u64() as u8).collect();
    let skewed: Vec<u8> = (0..3000)
        .map(|_| (r.next_u64() & r.next_u64() & 7) as u8)
        .collect();
    let records: Vec<u8> = (0..4000u32)
        .map(|i| match i % 20 {
            0 => (i / 20) as u8,
            1 => (i / 5120) as u8,
            2..8 => (r.next_u64() % 3) as u8,
            n => n as u8,
        })
        .collect();
    let repeats = text(900).repeat(4);
    vec![
        ("empty", vec![]),
        ("one byte", vec![200]),
        ("two bytes", vec![0, 255]),
        ("zeros", vec![0; 5000]),
        ("255s", vec![255; 700]),
        ("all symbols", (0..=255).cycle().take(2000).collect()),
        ("random", random),
        ("skewed", skewed),
        ("text", text(6000)),
        ("records", records),
        ("repeats", repeats),
    ]
}

fn models() -> impl Iterator<Item = (&'static Entry, &'static str)> {
    MODELS
        .iter()
        .flat_map(|m| m.samples.iter().map(move |&s| (m, s)))
}

const IMAGE: Structure = Structure {
    unit: 3,
    row: 60,
    start: 11,
    ..Structure::NONE
};

const TEXT: Structure = Structure {
    text: true,
    ..Structure::NONE
};

const WORDS: Structure = Structure {
    text: true,
    codes: Codes {
        first: 131,
        lead: 200,
    },
    ..Structure::NONE
};

fn build(entry: &Entry, settings: &str, structure: &Structure) -> Box<dyn Model> {
    (entry.model(settings, structure, &Limits::default())).expect("a sample setting")
}

fn encode(model: &mut dyn Model, data: &[Symbol]) -> Vec<u8> {
    let mut encoder = Encoder::new(data);
    run(model, &mut encoder);
    encoder.finish()
}

#[test]
fn what_is_encoded_is_decoded() {
    for (entry, settings) in models() {
        for structure in [Structure::NONE, TEXT, IMAGE, WORDS] {
            for (name, data) in inputs() {
                let what = format!("{}:{settings} {name}", entry.name);
                let coded = encode(&mut build(entry, settings, &structure), &data);
                let again = encode(&mut build(entry, settings, &structure), &data);
                assert!(coded == again, "{what}: two runs differ");
                let mut decoder = Decoder::new(&coded, data.len());
                run(&mut build(entry, settings, &structure), &mut decoder);
                assert!(
                    decoder.finish().is_ok_and(|d| d == data),
                    "{what}: round trip"
                );
                let mut meter = Meter::new(&data);
                run(&mut build(entry, settings, &structure), &mut meter);
                let bytes = meter.total().bytes_ceil();
                assert!(
                    bytes.abs_diff(coded.len() as u64) <= 8,
                    "{what}: {bytes} metered"
                );
                assert!(
                    !entry.name.starts_with("mix")
                        || coded.len() <= data.len() + data.len() / 16 + 8,
                    "{what}: grew"
                );
            }
        }
    }
}

#[test]
fn update_and_step_leave_equal_models() {
    for (entry, settings) in models() {
        let data = text(2500);
        for structure in [Structure::NONE, TEXT, IMAGE] {
            let mut stepped = build(entry, settings, &structure);
            let mut updated = build(entry, settings, &structure);
            run(&mut stepped, &mut Teacher::new(&data));
            data.iter().for_each(|&s| updated.update(s));
            assert_eq!(
                stepped.predict(),
                updated.predict(),
                "{}:{settings}",
                entry.name
            );
            let rest = text(400);
            assert_eq!(encode(&mut stepped, &rest), encode(&mut updated, &rest));
        }
    }
}

/// Costs by `predict` and by `step` agree: what a model says is what it is billed for.
#[test]
fn predict_says_what_step_asks_and_does_not_move_the_model() {
    for (entry, settings) in models() {
        for (name, data) in inputs() {
            let data = &data[..data.len().min(700)];
            let mut plain = build(entry, settings, &Structure::NONE);
            let mut asked = build(entry, settings, &Structure::NONE);
            let mut by_predict = 0.0;
            for &s in data {
                let d = asked.predict();
                assert_eq!(d, asked.predict());
                by_predict -= (f64::from(d.interval(s).1) / f64::from(1 << 24)).log2();
                asked.update(s);
            }
            let mut meter = Meter::new(data);
            run(&mut plain, &mut meter);
            let by_step = meter.total().units() as f64 / f64::from(1 << 24);
            assert!(
                (by_predict - by_step).abs() <= 0.01 * by_step + 1.0,
                "{}:{settings} {name}: {by_predict} {by_step}",
                entry.name
            );
            assert_eq!(
                plain.predict(),
                asked.predict(),
                "{}:{settings} {name}",
                entry.name
            );
        }
    }
}

#[test]
fn forks_go_their_own_way() {
    for (entry, settings) in models() {
        let mut origin = build(entry, settings, &Structure::NONE);
        run(&mut origin, &mut Teacher::new(&text(1500)));
        let mut fork = origin.fork();
        let mut twin = origin.fork();
        let before = origin.predict();
        run(&mut fork, &mut Teacher::new(&[7; 300]));
        assert_eq!(origin.predict(), before, "{}:{settings}", entry.name);
        assert_ne!(fork.predict(), before);
        let rest = text(500);
        assert_eq!(encode(&mut origin, &rest), encode(&mut twin, &rest));
    }
}

#[test]
fn sampling_is_determined_by_its_seed() {
    for (entry, settings) in models() {
        let draw = |seed| {
            let mut model = build(entry, settings, &Structure::NONE);
            run(&mut model, &mut Teacher::new(&text(1500)));
            let mut sampler = Sampler::new(seed, 100);
            run(&mut model, &mut sampler);
            sampler.into_symbols()
        };
        assert_eq!(draw(1), draw(1));
        assert_ne!(draw(1), draw(2));
    }
}

#[test]
fn senseless_settings_are_refused() {
    for entry in MODELS {
        for settings in [
            "nonsense",
            "-1",
            "default,",
            "default,99",
            "fast,9",
            "strong,+9",
            "mix",
            "mix2",
        ] {
            assert!(
                (entry.memory)(settings).is_err(),
                "{}:{settings}",
                entry.name
            );
        }
    }
}

#[test]
fn accounts_balance_and_change_nothing() {
    for (entry, settings) in models() {
        for (name, data) in inputs() {
            let what = format!("{}:{settings} {name}", entry.name);
            let mut plain = build(entry, settings, &IMAGE);
            let mut model = build(entry, settings, &IMAGE);
            let mut earned = vec![0; model.inputs().len()];
            let (mut meter, mut want) = (Meter::new(&data), Meter::new(&data));
            for _ in &data {
                let before = meter.total().units() as i64;
                earned.fill(0);
                model.step_explained(&mut meter, &mut earned);
                plain.step(&mut want);
                assert_eq!(meter.total(), want.total(), "{what}");
                let cost = meter.total().units() as i64 - before;
                let gain = 8 * Cost::UNITS_A_BIT as i64 - cost;
                if !earned.is_empty() {
                    assert_eq!(earned.iter().sum::<i64>(), gain, "{what}");
                }
            }
        }
    }
}
