//! What holds for every registered model and every kind of input.

use minlen::*;
use minlen_testing::props::{archive_round_trip, coder_round_trip, measured_is_coded};
use minlen_testing::{inputs, io::OneByte};
use std::io::Cursor;

fn setting(model: &str, settings: &str) -> Setting {
    let recipe = match settings {
        "" => model.to_string(),
        settings => format!("{model}:{settings}"),
    };
    Setting {
        block_bytes: 3000,
        pack_bytes: 2000,
        ..Setting::recipe(&recipe).unwrap()
    }
}

#[test]
fn every_model_brings_everything_back_at_the_measured_cost() {
    for model in models() {
        for (_, bytes) in inputs::all(4_500) {
            for settings in model.samples {
                let setting = setting(model.name, settings);
                let archive = archive_round_trip(&bytes, &setting, &[2, 8]);
                measured_is_coded(&bytes, &setting, &archive);
            }
        }
    }
}

#[test]
fn every_model_codes_whatever_structure_it_is_told() {
    let text = inputs::text(1500);
    for model in models() {
        for settings in model.samples {
            for (unit, row, start) in [(0, 0, 0), (3, 48, 7), (1, 1, 0), (1024, 1 << 24, 1 << 30)] {
                let structure = Structure {
                    unit,
                    row,
                    start,
                    ..Structure::NONE
                };
                coder_round_trip(model, settings, &text, &structure);
            }
        }
    }
}

#[test]
fn noise_grows_by_a_thousandth_at_most_and_zeros_shrink_to_nothing() {
    let setting = Setting {
        block_bytes: 1 << 20,
        ..Setting::recipe("order:0").unwrap()
    };
    for (bytes, most) in [
        (inputs::noise(1 << 20, 9), (1 << 20) + 1000),
        (vec![0; 2_000_000], 2_000),
    ] {
        let inputs = Inputs::from_reader(b"", Box::new(Cursor::new(bytes.clone())));
        let (mut archive, mut back) = (Vec::new(), Vec::new());
        compress(inputs, &mut archive, &setting, 2, &()).unwrap();
        assert!(archive.len() <= most, "{}", archive.len());
        let source = Source::File(Box::new(Cursor::new(archive)));
        cat(source, &[], &mut back, &Limits::default(), 2, &()).unwrap();
        assert!(back == bytes);
    }
}

#[test]
fn slow_files_give_the_same_as_fast_ones() {
    let text = inputs::text(9000);
    let setting = setting("order", "1");
    let archive = archive_round_trip(&text, &setting, &[]);
    let source = Source::File(Box::new(OneByte(Cursor::new(archive))));
    let mut back = Vec::new();
    cat(source, &[], &mut back, &Limits::default(), 1, &()).unwrap();
    assert_eq!(back, text);
}

#[test]
fn a_sample_is_a_function_of_its_seed() {
    let like = inputs::text(2000);
    let setting = Setting::recipe("order:2").unwrap();
    let draw = |seed| generate(&like, 500, seed, &setting, &()).unwrap();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
    assert_eq!(draw(1).len(), 500);
}

#[test]
fn what_is_shared_is_cheaper_once_seen() {
    let text = inputs::noise(2000, 3);
    let setting = Setting::recipe("order:3").unwrap();
    let alone = measure(&text, &setting, None, &()).unwrap();
    let given = measure(&text, &setting, Some(&text), &()).unwrap();
    assert!(given.cost.units() * 2 < alone.cost.units());
}

#[test]
fn what_a_view_transforms_is_generated_as_bytes() {
    // A program full of calls of one function: as symbols the calls are all alike, as bytes their
    // distances fall by 16 from one to the next.
    let mut like = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    let call = |at: usize| {
        let distance = (1u32 << 20) - at as u32;
        [&[0xe8][..], &distance.to_le_bytes(), b"ABCDEFGHIJK"].concat()
    };
    while like.len() < 12_000 {
        like.extend(call(like.len()));
    }
    let drawn =
        minlen::generate(&like, 1600, 1, &Setting::recipe("order:4").unwrap(), &()).unwrap();
    assert_eq!(drawn.len(), 1600);
    let place = |o: usize| call(like.len() + o);
    let good = (0..1584).filter(|&o| drawn[o..o + 5] == place(o)[..5]);
    assert!(good.count() > 50);
}
