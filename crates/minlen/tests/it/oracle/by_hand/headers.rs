//! Headers of blocks.

use super::*;

#[test]
fn headers_made_by_hand() {
    let good = Block::new(&table(0, &[file(b"f", 4)]), b"abcd");
    let case = |what: &str, expected: bool, change: &dyn Fn(&mut Block)| {
        let mut block = good.clone();
        change(&mut block);
        let archive = archive(&[block.seal()], 1, block.bytes);
        assert_eq!(
            agree(&archive, what),
            expected,
            "{what}: {:?}",
            oracle::decode(&archive)
        );
    };
    case("good", true, &|_| {});

    // Recipes.
    for recipe in [
        "stored:", "stored:1", "", ":", "Stored", "order", "order:", "order:7", "mix", "mix:",
        "mix:slow", "mix:Fast",
    ] {
        case(recipe, false, &|b| b.content.recipe = recipe.into());
        case(recipe, false, &|b| b.table.recipe = recipe.into());
    }
    let recipe = |expected: bool, recipe: &str| {
        case(recipe, expected, &|b| {
            b.content = stored(b"");
            b.content.recipe = recipe.into();
            b.bytes = 0;
            b.table = stored(&table(0, &[file(b"f", 0)]));
        });
    };
    for (expected, settings) in [
        (true, "2"),
        (false, "02"),
        (false, "+2"),
        (false, "2,"),
        (false, "2:"),
        (false, "-0"),
    ] {
        recipe(expected, &format!("order:{settings}"));
    }
    for engine in ["mix", "mix2"] {
        recipe(false, engine);
        for (expected, settings) in [
            (true, "fast"),
            (true, "default,12"),
            (true, "strong,23"),
            (true, "fast,24"),
            (false, ""),
            (false, "slow"),
            (false, "Fast"),
            (false, "fast,"),
            (false, "fast,8"),
            (false, "fast,11"),
            (false, "fast,25"),
            (false, "fast,012"),
            (false, "fast,+9"),
            (false, "fast,12,"),
            (false, "fast:12"),
            (false, ",12"),
            (false, "max,1x"),
        ] {
            recipe(expected, &format!("{engine}:{settings}"));
        }
    }

    // Lanes.
    let lanes = |lanes: &[&[u8]]| lanes.iter().map(|l| l.to_vec()).collect::<Vec<_>>();
    for (what, expected, split) in [
        ("two lanes", true, lanes(&[b"ab", b"cd"])),
        ("three lanes", true, lanes(&[b"a", b"b", b"cd"])),
        ("five lanes", true, lanes(&[b"", b"a", b"b", b"c", b"d"])),
        ("lanes that are not even", false, lanes(&[b"a", b"bcd"])),
        ("no lanes", false, lanes(&[])),
        (
            "256 lanes",
            true,
            (1..=256)
                .map(|i| {
                    if i % 64 == 0 {
                        vec![b"abcd"[i / 64 - 1]]
                    } else {
                        vec![]
                    }
                })
                .collect(),
        ),
        (
            "257 lanes",
            false,
            (1..=257)
                .map(|i| {
                    if i % 64 == 0 {
                        vec![b"abcd"[i / 64 - 1]]
                    } else {
                        vec![]
                    }
                })
                .collect(),
        ),
    ] {
        case(what, expected, &|b| b.content.lanes = split.clone());
    }

    // Lengths.
    case("more bytes than symbols", false, &|b| b.bytes = 5);
    case("fewer bytes than symbols", false, &|b| b.bytes = 3);
    case("too many symbols", false, &|b| b.content.symbols = 5);
    case("far too many symbols", false, &|b| {
        b.content.symbols = u64::MAX
    });
    case("far too many bytes", false, &|b| b.bytes = u64::MAX);

    // Views.
    let names = [
        "wav",
        "pnm",
        "bmp",
        "idx",
        "midi",
        "container",
        "text",
        "records",
        "bytes",
    ];
    for view in names {
        case(view, true, &|b| b.view = view.into());
        for (expected, parameters) in [
            (
                true,
                [varint(1024), varint(1 << 24), varint(0xffff_ffff)].concat(),
            ),
            (true, vec![0, 0, 1]),
            (true, vec![0, 1, 0]),
            (true, vec![1, 0, 0]),
            (false, vec![0, 0, 0]),
            (false, vec![1, 0]),
            (false, vec![1]),
            (false, vec![1, 0, 0, 0]),
            (false, [varint(1025), varint(0), varint(0)].concat()),
            (
                false,
                [varint(1), varint((1 << 24) + 1), varint(0)].concat(),
            ),
            (false, [varint(1), varint(0), varint(1 << 32)].concat()),
            (false, vec![1, 0x80, 0, 0]),
        ] {
            case(&format!("{view} {parameters:?}"), expected, &|b| {
                b.view = view.into();
                b.parameters = parameters.clone();
            });
        }
    }
    for (expected, parameters) in [
        (true, &[][..]),
        (true, &[1]),
        (true, &[2]),
        (false, &[0]),
        (false, &[3]),
        (false, &[1, 0]),
        (false, &[1, 0, 0]),
    ] {
        case(&format!("executable {parameters:?}"), expected, &|b| {
            b.view = b"executable".to_vec();
            b.parameters = parameters.to_vec();
        });
    }
    for view in ["", "Wav", "png", "é"] {
        case(view, false, &|b| b.view = view.into());
    }
    case("no UTF-8", false, &|b| b.view = vec![0xff]);

    // The frame of the header.
    let fields = good.fields();
    let longer = [&fields[..], &[0]].concat();
    let payload = good.payload();
    assert!(!agree(
        &archive(&[seal(&longer, &payload)], 1, 4),
        "a field too many"
    ));
    let mut padded = vec![0; 131_073];
    padded[..fields.len()].copy_from_slice(&fields);
    assert!(!agree(
        &archive(&[seal(&padded, &payload)], 1, 4),
        "a long header"
    ));
    let longer = [&payload[..], &[0]].concat();
    assert!(!agree(
        &archive(&[seal(&fields, &longer)], 1, 4),
        "a byte after a block"
    ));
}
