//! Lanes that no encoder writes, and where they have to end.

use super::*;

/// Lanes that no encoder writes, and where they have to end.
#[test]
fn lanes_made_by_hand() {
    let mixed = [random(30), vec![0xff; 12], vec![0; 12], random(60)].concat();
    for lane in [random(99), vec![0xff; 99], vec![0; 99], mixed] {
        for (name, settings) in [
            ("order", "0"),
            ("order", "2"),
            ("order", "6"),
            ("mix", "fast,12"),
            ("mix2", "fast,12"),
        ] {
            let counts: &[u64] = match name {
                "order" => &[0, 1, 2, 7, 30],
                _ => &[0, 1, 7],
            };
            for &symbols in counts {
                let decode =
                    |lane: &[u8]| oracle::decode_lane(name, settings, [0; 3], false, lane, symbols);
                let step = if name == "order" { 1 } else { 3 };
                for n in (0..80).step_by(step) {
                    // Zeros continue a lane; the longest with so many symbols is as long as what
                    // they take. With it, the symbols are known even where the lane is no good.
                    let mut longest = lane[..n].to_vec();
                    longest.resize(150, 0);
                    while decode(&longest).is_err() {
                        longest.pop();
                    }
                    let content = decode(&longest).unwrap();
                    let good = decode(&lane[..n]);
                    let taken = longest.len();
                    assert_eq!(good.is_ok(), n <= taken && taken <= n + 8);
                    assert!(good.is_err() || good == Ok(content.clone()));
                    let mut block = Block::new(&table(0, &[file(b"f", symbols)]), &content);
                    block.content.recipe = format!("{name}:{settings}").into();
                    block.content.lanes = vec![lane[..n].to_vec()];
                    let archive = archive(&[block.seal()], 1, symbols);
                    let what = format!(
                        "{name}:{settings}, {symbols} symbols of {:02x?}",
                        &lane[..n]
                    );
                    assert_eq!(agree(&archive, &what), good.is_ok(), "{what}");
                    if n > taken + 3 {
                        break;
                    }
                }
            }
        }
    }
}

/// Bytes that mix and mix2 themselves make up from random lanes, with structures that no encoder finds.
#[test]
fn lanes_of_mix_made_by_hand() {
    let lane = random(3_000);
    let symbols = 300;
    for (name, settings, view) in [
        ("mix", "fast,12", "bytes"),
        ("mix", "default,12", "bytes"),
        ("mix", "strong,13", "bytes"),
        ("mix", "max,12", "bytes"),
        ("mix2", "fast,12", "bytes"),
        ("mix2", "default,12", "text"),
        ("mix2", "default,12", "bytes"),
        ("mix2", "strong,13", "text"),
        ("mix2", "strong,13", "bytes"),
        ("mix2", "max,12", "text"),
        ("mix2", "max,12", "bytes"),
    ] {
        for structure in [
            [0, 0, 0],
            [1, 0, 0],
            [0, 0, 9],
            [3, 0, 2],
            [1024, 0, 0xffff_ffff],
            [3, 2, 1],
            [4, 60, 44],
            [0, 7, 0xffff_ffff],
            [1, 1, 1],
            [300, 1 << 24, 250],
        ] {
            let decode = |n: usize| {
                let text = view == "text";
                oracle::decode_lane(name, settings, structure, text, &lane[..n], symbols)
            };
            // How long a lane is too short? Bytes decoded from its beginning do not depend on it.
            let (mut short, mut long) = (0, lane.len());
            let mut good = None;
            while good.is_none() && short + 1 < long {
                let middle = usize::midpoint(short, long);
                match decode(middle) {
                    Ok(content) => good = Some((middle, content)),
                    Err(error) if error.contains("goes on after its symbols") => long = middle,
                    Err(_) => short = middle,
                }
            }
            let what = format!("{name}:{settings}, {view}, {structure:?}");
            let (n, content) = good.expect(&what);
            let mut block = Block::new(&table(0, &[file(b"f", symbols)]), &content);
            if structure != [0; 3] {
                block.parameters = structure.map(varint).concat();
            }
            block.view = view.into();
            block.content.recipe = format!("{name}:{settings}").into();
            block.content.lanes = vec![lane[..n].to_vec()];
            assert!(
                agree(&archive(&[block.seal()], 1, symbols), &what),
                "{what}"
            );
        }
    }
}

/// Rows are halved when they are full, and a map takes no more rows than 2²⁰.
#[test]
fn full_rows_and_full_maps() {
    let few: Vec<u8> = random(80_000)
        .iter()
        .map(|b| b.trailing_zeros() as u8)
        .collect();
    let many: Vec<u8> = random(1_090_000).iter().map(|b| b & 63).collect();
    for (data, recipe) in [(few, "order:1"), (many, "order:4")] {
        let archive = write_bytes(&data, &setting(recipe, 1 << 24));
        assert!(archive.len() < data.len(), "{recipe}");
        assert!(
            oracle::decode(&archive).unwrap()[0].content == data,
            "{recipe}"
        );
    }
}
