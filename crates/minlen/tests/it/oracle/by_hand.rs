//! Archives made by hand, with checks that match: they reach what lies behind the checks.

use super::*;

fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = vec![];
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

fn bytes(bytes: &[u8]) -> Vec<u8> {
    [&varint(bytes.len() as u64), bytes].concat()
}

fn check(bytes: &[u8]) -> [u8; 8] {
    blake3::hash(bytes).as_bytes()[..8].try_into().unwrap()
}

/// A *coded* with its payload, to be made by hand.
#[derive(Clone)]
struct Part {
    recipe: Vec<u8>,
    symbols: u64,
    lanes: Vec<Vec<u8>>,
    check: [u8; 8],
}

fn stored(symbols: &[u8]) -> Part {
    Part {
        recipe: b"stored".to_vec(),
        symbols: symbols.len() as u64,
        lanes: vec![symbols.to_vec()],
        check: check(symbols),
    }
}

impl Part {
    fn fields(&self) -> Vec<u8> {
        let mut fields = bytes(&self.recipe);
        fields.extend(varint(self.symbols));
        fields.extend(varint(self.lanes.len() as u64));
        for lane in &self.lanes {
            fields.extend(varint(lane.len() as u64));
        }
        fields.extend(self.check);
        fields
    }
}

/// A block, to be made by hand.
#[derive(Clone)]
struct Block {
    view: Vec<u8>,
    parameters: Vec<u8>,
    bytes: u64,
    table: Part,
    content: Part,
}

impl Block {
    fn new(table: &[u8], content: &[u8]) -> Block {
        Block {
            view: b"bytes".to_vec(),
            parameters: vec![],
            bytes: content.len() as u64,
            table: stored(table),
            content: stored(content),
        }
    }

    fn fields(&self) -> Vec<u8> {
        let mut fields = bytes(&self.view);
        fields.extend(bytes(&self.parameters));
        fields.extend(varint(self.bytes));
        fields.extend(self.table.fields());
        fields.extend(self.content.fields());
        fields
    }

    fn payload(&self) -> Vec<u8> {
        [self.table.lanes.concat(), self.content.lanes.concat()].concat()
    }

    fn seal(&self) -> Sealed {
        seal(&self.fields(), &self.payload())
    }
}

/// The bytes of a block, and its header check.
type Sealed = (Vec<u8>, [u8; 8]);

fn seal(fields: &[u8], payload: &[u8]) -> Sealed {
    let mut block = vec![0xb1, 0x62, 0x6c, 0x0c];
    block.extend(bytes(fields));
    let check = check(&block);
    block.extend(check);
    block.extend(payload);
    (block, check)
}

fn index(fields: &[u8]) -> Vec<u8> {
    let mut index = vec![0xb1, 0x69, 0x64, 0x0c];
    index.extend(fields);
    index.extend(check(&index));
    index.extend((index.len() as u32 + 8).to_le_bytes());
    index.extend([0xb1, 0x65, 0x6e, 0x0d]);
    index
}

fn index_fields(blocks: &[Sealed], members: u64, bytes: u64) -> Vec<u8> {
    let mut fields = varint(blocks.len() as u64);
    for (block, _) in blocks {
        fields.extend(varint(block.len() as u64));
    }
    fields.extend(varint(members));
    fields.extend(varint(bytes));
    let checks: Vec<u8> = blocks.iter().flat_map(|(_, check)| *check).collect();
    fields.extend(blake3::hash(&checks).as_bytes());
    fields
}

fn archive(blocks: &[Sealed], members: u64, bytes: u64) -> Vec<u8> {
    let mut archive = vec![0x8d, 0x6d, 0x6e, 0x6c, 0x0d, 0x0a, 0x1a, 1];
    for (block, _) in blocks {
        archive.extend(block);
    }
    archive.extend(index(&index_fields(blocks, members, bytes)));
    archive
}

/// A segment of a file that begins (with this name) and ends here.
fn file(name: &[u8], length: u64) -> Vec<u8> {
    let mut segment = vec![0b111, 0];
    segment.extend(bytes(name));
    segment.extend([0, 0]);
    segment.extend(varint(length));
    segment
}

fn table(first: u64, segments: &[Vec<u8>]) -> Vec<u8> {
    let mut table = varint(segments.len() as u64);
    table.extend(varint(first));
    table.extend(segments.concat());
    table
}

/// An archive of one block.
fn single(table: &[u8], content: &[u8], members: u64) -> Vec<u8> {
    let block = Block::new(table, content).seal();
    archive(&[block], members, content.len() as u64)
}

/// Every byte of `bytes` replaced by every other value.
fn every_byte(bytes: &[u8], mut f: impl FnMut(&[u8], &str)) {
    for place in 0..bytes.len() {
        for value in 0..=255 {
            let mut changed = bytes.to_vec();
            changed[place] = value;
            f(&changed, &format!("byte {place} is {value:#04x}"));
        }
    }
    for place in 0..bytes.len() {
        let mut changed = bytes.to_vec();
        changed.remove(place);
        f(&changed, &format!("byte {place} is missing"));
    }
    for place in 0..=bytes.len() {
        for value in [0, 1, 0x80, 0xff] {
            let mut changed = bytes.to_vec();
            changed.insert(place, value);
            f(
                &changed,
                &format!("{value:#04x} stands before byte {place}"),
            );
        }
    }
}

#[test]
fn any_byte_of_a_table() {
    let good = table(
        0,
        &[
            vec![0b1011, 0, 1, b'd', 0xed, 0x03, 0x84, 0x20, 9, 0], // a folder
            vec![0b111, 1, 2, b'/', b'f', 3, 0, 3],                 // a file in it
            vec![0b10111, 2, 1, b'l', 0, 0, 1, b'f', 0],            // a link beside it
            vec![0b11, 0, 1, b'g', 0xa4, 0x03, 5, 0xff, 1, 2],      // a file
        ],
    );
    assert!(agree(&single(&good, b"abcde", 4), "good"));
    every_byte(&good, |table, what| {
        agree(&single(table, b"abcde", 4), what);
    });
}

#[test]
fn any_byte_of_a_header() {
    let good = Block::new(&table(0, &[file(b"f", 3)]), b"abc");
    assert!(agree(&archive(&[good.seal()], 1, 3), "good"));
    every_byte(&good.fields(), |fields, what| {
        agree(&archive(&[seal(fields, &good.payload())], 1, 3), what);
    });
}

#[test]
fn any_byte_of_an_index() {
    let blocks = [
        Block::new(&table(0, &[file(b"f", 3)]), b"abc").seal(),
        Block::new(&table(1, &[file(b"g", 2)]), b"de").seal(),
    ];
    let good = archive(&blocks, 2, 5);
    assert!(agree(&good, "good"));
    let fields = index_fields(&blocks, 2, 5);
    let before = &good[..good.len() - index(&fields).len()];
    every_byte(&fields, |changed, what| {
        let good = agree(&[before, &index(changed)].concat(), what);
        assert_eq!(good, changed == fields, "{what}");
    });
}

#[test]
fn tables_made_by_hand() {
    let long = |n| vec![b'x'; n];
    let link = |target: &[u8]| {
        let mut segment = vec![0b10111, 0, 1, b'l', 0, 0];
        segment.extend(bytes(target));
        segment.push(0);
        segment
    };
    let with_mode = |mode| [&[0b11, 0, 1, b'f'], &varint(mode)[..], &[0, 0, 0]].concat();
    let with_nanoseconds = |n| [&[0b111, 0, 1, b'f', 0], &varint(n)[..], &[0]].concat();
    let with_seconds = |n| [&[0b111, 0, 1, b'f'], &varint(n)[..], &[0, 0]].concat();
    let cases: Vec<(&str, bool, Vec<u8>)> = vec![
        ("no segment", false, single(&table(0, &[]), b"", 0)),
        (
            "no segment, a number",
            false,
            single(&table(7, &[]), b"", 0),
        ),
        (
            "a name without bytes",
            true,
            single(&table(0, &[file(b"", 0)]), b"", 1),
        ),
        (
            "not the first",
            false,
            single(&table(1, &[file(b"f", 0)]), b"", 1),
        ),
        (
            "too few members",
            false,
            single(&table(0, &[file(b"f", 0)]), b"", 2),
        ),
        (
            "twice a name",
            true,
            single(&table(0, &[file(b"f", 0), file(b"f", 0)]), b"", 2),
        ),
        (
            "an absolute name",
            true,
            single(&table(0, &[file(b"/f", 0)]), b"", 1),
        ),
        (
            "a name that climbs",
            true,
            single(&table(0, &[file(b"../f", 0)]), b"", 1),
        ),
        (
            "a name with a zero",
            true,
            single(&table(0, &[file(b"f\0", 0)]), b"", 1),
        ),
        (
            "a long name",
            true,
            single(&table(0, &[file(&long(65_536), 0)]), b"", 1),
        ),
        (
            "too long a name",
            false,
            single(&table(0, &[file(&long(65_537), 0)]), b"", 1),
        ),
        (
            "too long with what it shares",
            false,
            single(
                &table(
                    0,
                    &[
                        file(&long(65_536), 0),
                        vec![0b111, 0x80, 0x80, 4, 1, b'x', 0, 0, 0],
                    ],
                ),
                b"",
                2,
            ),
        ),
        (
            "an empty target",
            true,
            single(&table(0, &[link(b"")]), b"", 1),
        ),
        (
            "a long target",
            true,
            single(&table(0, &[link(&long(65_536))]), b"", 1),
        ),
        (
            "too long a target",
            false,
            single(&table(0, &[link(&long(65_537))]), b"", 1),
        ),
        (
            "mode 0o7777",
            true,
            single(&table(0, &[with_mode(0o7777)]), b"", 1),
        ),
        (
            "mode 0o10000",
            false,
            single(&table(0, &[with_mode(0o10000)]), b"", 1),
        ),
        (
            "the mode again",
            true,
            single(&table(0, &[with_mode(0o644)]), b"", 1),
        ),
        (
            "nanoseconds",
            true,
            single(&table(0, &[with_nanoseconds(999_999_999)]), b"", 1),
        ),
        (
            "a second",
            false,
            single(&table(0, &[with_nanoseconds(1_000_000_000)]), b"", 1),
        ),
        (
            "seconds around the end",
            true,
            single(
                &table(
                    0,
                    &[
                        with_seconds(u64::MAX),
                        with_seconds(u64::MAX),
                        with_seconds(1),
                    ],
                ),
                b"",
                3,
            ),
        ),
        (
            "lengths around the end",
            false,
            single(&table(0, &[file(b"f", u64::MAX), file(b"g", 4)]), b"abc", 2),
        ),
    ];
    for (what, expected, archive) in cases {
        assert_eq!(agree(&archive, what), expected, "{what}");
    }
}

#[test]
fn members_over_blocks_made_by_hand() {
    let begin = |length| vec![0b101, 0, 1, b'f', 0, 0, length];
    let go_on = |offset, length| [&[0], &varint(offset)[..], &[length]].concat();
    let end = |offset, length| [&[2], &varint(offset)[..], &[length]].concat();
    let block = |first, segments: &[Vec<u8>], content: &[u8]| {
        Block::new(&table(first, segments), content).seal()
    };
    let cases: Vec<(&str, bool, Vec<u8>)> = vec![
        ("nothing", true, archive(&[], 0, 0)),
        ("a member too many", false, archive(&[], 1, 0)),
        ("a byte too many", false, archive(&[], 0, 1)),
        (
            "three blocks",
            true,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[go_on(2, 1)], b"c"),
                    block(0, &[end(3, 2), file(b"g", 1)], b"dee"),
                ],
                2,
                6,
            ),
        ),
        (
            "a mode alike after a member that went on",
            true,
            archive(
                &[
                    block(0, &[vec![0b001, 0, 1, b'f', 0xed, 0x03, 9, 9, 2]], b"ab"),
                    block(0, &[end(2, 1), vec![0b111, 0, 1, b'g', 3, 4, 0]], b"c"),
                ],
                2,
                3,
            ),
        ),
        (
            "a name shared with a member that went on",
            false,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[end(2, 1), vec![0b111, 1, 1, b'g', 0, 0, 0]], b"c"),
                ],
                2,
                3,
            ),
        ),
        (
            "an end of no bytes",
            true,
            archive(
                &[block(0, &[begin(2)], b"ab"), block(0, &[end(2, 0)], b"")],
                1,
                2,
            ),
        ),
        (
            "a middle of no bytes",
            true,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[go_on(2, 0)], b""),
                    block(0, &[end(2, 1)], b"c"),
                ],
                1,
                3,
            ),
        ),
        (
            "a beginning of no bytes",
            false,
            archive(
                &[block(0, &[begin(0)], b""), block(0, &[end(0, 1)], b"c")],
                1,
                1,
            ),
        ),
        (
            "no end",
            false,
            archive(&[block(0, &[begin(2)], b"ab")], 1, 2),
        ),
        (
            "no end in the middle",
            false,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(1, &[file(b"g", 1)], b"c"),
                ],
                2,
                3,
            ),
        ),
        (
            "no beginning",
            false,
            archive(&[block(0, &[end(2, 1)], b"c")], 1, 1),
        ),
        (
            "a hole",
            false,
            archive(
                &[block(0, &[begin(2)], b"ab"), block(0, &[end(3, 1)], b"d")],
                1,
                3,
            ),
        ),
        (
            "twice the same bytes",
            false,
            archive(
                &[block(0, &[begin(2)], b"ab"), block(0, &[end(1, 1)], b"b")],
                1,
                3,
            ),
        ),
        (
            "out of order",
            false,
            archive(
                &[block(0, &[end(2, 1)], b"c"), block(0, &[begin(2)], b"ab")],
                1,
                3,
            ),
        ),
        (
            "members out of order",
            false,
            archive(
                &[
                    block(1, &[file(b"g", 1)], b"b"),
                    block(0, &[file(b"f", 1)], b"a"),
                ],
                2,
                2,
            ),
        ),
        (
            "a member twice",
            false,
            archive(
                &[
                    block(0, &[file(b"f", 1)], b"a"),
                    block(0, &[file(b"f", 1)], b"a"),
                ],
                1,
                2,
            ),
        ),
        (
            "a member is missing",
            false,
            archive(
                &[
                    block(0, &[file(b"f", 1)], b"a"),
                    block(2, &[file(b"h", 1)], b"c"),
                ],
                3,
                2,
            ),
        ),
        (
            "a block without segments",
            false,
            archive(
                &[block(0, &[file(b"f", 1)], b"a"), block(1, &[], b"")],
                1,
                1,
            ),
        ),
        (
            "a block without segments inside a member",
            false,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[], b""),
                    block(0, &[end(2, 1)], b"c"),
                ],
                1,
                3,
            ),
        ),
    ];
    for (what, expected, archive) in cases {
        assert_eq!(agree(&archive, what), expected, "{what}");
    }
}

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
    for (expected, recipe) in [
        (true, "order:2"),
        (false, "order:02"),
        (false, "order:+2"),
        (false, "order:2,"),
        (false, "order:2:"),
        (false, "order:-0"),
        (true, "mix:fast"),
        (true, "mix:default,12"),
        (true, "mix:strong,23"),
        (true, "mix:fast,24"),
        (false, "mix"),
        (false, "mix:"),
        (false, "mix:slow"),
        (false, "mix:Fast"),
        (false, "mix:fast,"),
        (false, "mix:fast,8"),
        (false, "mix:fast,11"),
        (false, "mix:fast,25"),
        (false, "mix:fast,012"),
        (false, "mix:fast,+9"),
        (false, "mix:fast,12,"),
        (false, "mix:fast:12"),
        (false, "mix:,12"),
        (false, "mix:max,1x"),
    ] {
        case(recipe, expected, &|b| {
            b.content = stored(b"");
            b.content.recipe = recipe.into();
            b.bytes = 0;
            b.table = stored(&table(0, &[file(b"f", 0)]));
        });
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

/// Lanes that no encoder writes, and where they have to end.
#[test]
fn lanes_made_by_hand() {
    let mixed = [random(30), vec![0xff; 12], vec![0; 12], random(60)].concat();
    for lane in [random(99), vec![0xff; 99], vec![0; 99], mixed] {
        for (name, settings) in [
            ("order", "0"),
            ("order", "2"),
            ("order", "6"),
            ("mix", "fast"),
            ("mix2", "fast"),
        ] {
            let counts: &[u64] = match name {
                "order" => &[0, 1, 2, 7, 30],
                _ => &[0, 1, 7],
            };
            for &symbols in counts {
                let decode =
                    |lane: &[u8]| oracle::decode_lane(name, settings, [0; 3], false, lane, symbols);
                for n in 0..80 {
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
    let symbols = 500;
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

/// What the executable view makes of jumps, in corners that no encoder reaches.
#[test]
fn jumps_made_by_hand() {
    let mut state = random(400);
    for byte in &mut state {
        *byte = match *byte % 5 {
            0 => 0xe8,
            1 => 0xe9,
            2 => 0xff,
            3 => 0,
            _ => *byte,
        };
    }
    let mut arm = random(402);
    arm.chunks_exact_mut(4)
        .for_each(|w| w[3] = 0x94 | (w[3] & 3));
    for (parameter, symbols) in [(1, &state), (2, &arm)] {
        for n in (0..12).chain(390..=symbols.len()) {
            let symbols = &symbols[..n];
            let length = n as u64;
            let mut block = Block::new(&table(0, &[file(b"f", length)]), symbols);
            block.view = b"executable".to_vec();
            block.parameters = vec![parameter];
            let original = undo(parameter, symbols);
            block.content.check = check(&original);
            let archive = archive(&[block.seal()], 1, length);
            assert!(agree(&archive, &format!("{parameter}, {n} bytes")));
        }
    }
}

/// Section 7.1, written once more, as near to its words as can be.
fn undo(parameter: u8, symbols: &[u8]) -> Vec<u8> {
    let mut b = symbols.to_vec();
    let n = b.len();
    let mut i = 0;
    while parameter == 1 && i + 5 <= n {
        if (b[i] == 0xe8 || b[i] == 0xe9) && (b[i + 4] == 0 || b[i + 4] == 0xff) {
            let high = i64::from(b[i + 4]) * 0x100_0000;
            let low = i64::from(b[i + 1]) * 0x1_0000 + i64::from(b[i + 2]) * 0x100;
            let v = (high + low + i64::from(b[i + 3]) - i as i64).rem_euclid(1 << 32);
            b[i + 1] = (v % 0x100) as u8;
            b[i + 2] = (v / 0x100 % 0x100) as u8;
            b[i + 3] = (v / 0x1_0000 % 0x100) as u8;
            b[i + 4] = if v / 0x100_0000 % 2 == 1 { 0xff } else { 0 };
        }
        i += 1;
    }
    let mut i = 0;
    while parameter == 2 && 4 * i + 4 <= n {
        let w = (0..4).fold(0, |w, k| w + (i64::from(b[4 * i + k]) << (8 * k)));
        if w / (1 << 26) == 37 {
            let w = 37 * (1 << 26) + (w % (1 << 26) - i as i64).rem_euclid(1 << 26);
            (0..4).for_each(|k| b[4 * i + k] = (w >> (8 * k)) as u8);
        }
        i += 1;
    }
    b
}
