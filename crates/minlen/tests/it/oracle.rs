//! The two decoders agree: what minlen writes, the oracle reads; what one of them calls damaged,
//! the other does, too.

mod by_hand;

use minlen::*;
use minlen_oracle as oracle;
use std::fs;
use std::io::Cursor;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

const ORDERS: [&str; 7] = [
    "order:0", "order:1", "order:2", "order:3", "order:4", "order:5", "order:6",
];

/// Small and large tables, whose lines are replaced early and not at all.
const PRESETS: [&str; 16] = [
    "mix:fast,12",
    "mix:fast",
    "mix:default,13",
    "mix:strong,12",
    "mix:max,15",
    "mix2:fast,12",
    "mix2:fast",
    "mix2:default,13",
    "mix2:strong,12",
    "mix2:max,15",
    "mix2:swift,12",
    "mix2:swift-2,12",
    "mix2:default-2,13",
    "mix2:strong-2,12",
    "mix2:strong-3,12",
    "mix2:lines,12",
];

fn setting(recipe: &str, block_bytes: u64) -> Setting {
    Setting {
        block_bytes,
        pack_bytes: block_bytes / 2,
        ..Setting::recipe(recipe).unwrap()
    }
}

fn write(inputs: Inputs, setting: &Setting) -> Vec<u8> {
    let mut archive = Vec::new();
    compress(inputs, &mut archive, setting, 1, &()).unwrap();
    archive
}

fn write_bytes(data: &[u8], setting: &Setting) -> Vec<u8> {
    let inputs = Inputs::from_reader(b"", Box::new(Cursor::new(data.to_vec())));
    write(inputs, setting)
}

fn facade_is_good(source: Source) -> Result<(), String> {
    match verify(source, &Limits::default(), 1, &()) {
        Ok(report) if report.problems.is_empty() => Ok(()),
        Ok(report) => Err(report.problems.join("; ")),
        Err(error) => Err(error.to_string()),
    }
}

/// Whether the archive is good, for both decoders alike.
#[track_caller]
fn agree(archive: &[u8], what: &str) -> bool {
    both(archive, what).is_some()
}

/// What both decoders read alike, or nothing where both find damage.
#[track_caller]
fn both(archive: &[u8], what: &str) -> Option<Vec<oracle::Member>> {
    let read = oracle::decode(archive);
    let file = facade_is_good(Source::File(Box::new(Cursor::new(archive.to_vec()))));
    let pipe = facade_is_good(Source::Pipe(Box::new(Cursor::new(archive.to_vec()))));
    let Ok(members) = &read else {
        assert!(
            file.is_err() && pipe.is_err(),
            "{what}: oracle {read:?}, file {file:?}, pipe {pipe:?}"
        );
        return None;
    };
    assert!(
        file.is_ok() && pipe.is_ok(),
        "{what}: oracle Ok, file {file:?}, pipe {pipe:?}"
    );
    let listing = list(Cursor::new(archive.to_vec()), &Limits::default()).unwrap();
    assert!(listing.is_good(), "{what}: {listing:?}");
    assert_eq!(listing.members.len(), members.len(), "{what}");
    for (number, (info, member)) in (0..).zip(listing.members.iter().zip(members)) {
        let first = info.member.as_ref().unwrap();
        let kind = match &first.kind {
            Kind::File => oracle::Kind::File,
            Kind::Folder => oracle::Kind::Folder,
            Kind::Link(target) => oracle::Kind::Link(target.clone()),
        };
        assert_eq!(info.number, number, "{what}");
        assert_eq!(first.name, member.name, "{what}");
        assert_eq!(kind, member.kind, "{what}");
        assert_eq!(first.mode, member.mode, "{what}");
        assert_eq!(first.seconds, member.seconds, "{what}");
        assert_eq!(first.nanoseconds, member.nanoseconds, "{what}");
        assert_eq!(info.bytes, member.content.len() as u64, "{what}");
        assert!(info.complete, "{what}");
    }
    let mut content = Vec::new();
    let source = Source::File(Box::new(Cursor::new(archive.to_vec())));
    cat(source, &[], &mut content, &Limits::default(), 1, &()).unwrap();
    let joined: Vec<u8> = members.iter().flat_map(|m| m.content.clone()).collect();
    assert_eq!(content, joined, "{what}");
    read.ok()
}

/// Bytes without any rule to be found.
fn random(n: usize) -> Vec<u8> {
    let mut state = 0x1234_5678_9abc_def1_u64;
    (0..n)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state >> 32) as u8
        })
        .collect()
}

/// Code for x86, as far as a view can tell: calls of few functions from many places.
fn x86(n: usize) -> Vec<u8> {
    let mut code = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0".to_vec();
    code.resize(64, 0);
    while code.len() < n {
        code.extend(b"\x48\x89\xe5\x48\x83\xec\x10");
        let target = [0x40_u32, 0x1234, 0x800][code.len() % 3];
        code.push(0xe8);
        code.extend(target.wrapping_sub(code.len() as u32 + 4).to_le_bytes());
    }
    code
}

/// The same for ARM64.
fn arm64(n: usize) -> Vec<u8> {
    let mut code = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\xb7\0\x01\0\0\0".to_vec();
    code.resize(64, 0);
    while code.len() < n {
        let target = [0x10_u32, 0x123, 0x200][code.len() % 3];
        let here = code.len() as u32 / 4;
        code.extend((37 << 26 | (target.wrapping_sub(here) & 0x3ff_ffff)).to_le_bytes());
        code.extend(0x9100_03fd_u32.to_le_bytes());
    }
    code
}

fn samples() -> Vec<(String, Vec<u8>)> {
    let mut samples = vec![
        ("empty".to_string(), vec![]),
        ("one byte".to_string(), vec![0xa7]),
        ("text".to_string(), b"to be or not to be, ".repeat(50)),
        ("zeros".to_string(), vec![0; 6_000]),
        ("ones".to_string(), vec![0xff; 3_000]),
        ("random".to_string(), random(2_000)),
        ("x86".to_string(), x86(6_000)),
        ("arm64".to_string(), arm64(6_000)),
    ];
    for entry in fs::read_dir(root().join("examples")).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let mut data = fs::read(&path).unwrap();
            data.truncate(6_000);
            samples.push((path.display().to_string(), data));
        }
    }
    samples
}

#[test]
fn the_oracle_reads_what_minlen_writes() {
    for (name, data) in samples() {
        for recipe in ORDERS.into_iter().chain(PRESETS) {
            let data = match recipe {
                "mix:strong,12" | "mix:max,15" | "mix2:strong,12" | "mix2:max,15"
                | "mix2:strong-2,12" => &data[..data.len().min(3_000)],
                _ => &data[..],
            };
            let archive = write_bytes(data, &setting(recipe, 1 << 24));
            let members = both(&archive, &format!("{name}, {recipe}")).expect(&name);
            assert_eq!(members.len(), 1, "{name}, {recipe}");
            assert_eq!(members[0].content, data, "{name}, {recipe}");
        }
    }
}

#[test]
fn members_go_on_from_block_to_block() {
    for (name, data) in samples() {
        for (recipe, block_bytes) in [
            ("order:1", 999),
            ("order:3", 4096),
            ("mix:fast,12", 2999),
            ("mix2:fast,12", 3001),
        ] {
            let archive = write_bytes(&data, &setting(recipe, block_bytes));
            let members = both(&archive, &format!("{name}, {recipe}")).expect(&name);
            assert_eq!(members[0].content, data, "{name}, {recipe}");
        }
    }
}

/// Tables of lines that grow several times, that are full, and that are both; rows and units.
#[test]
fn mix_with_more_bytes() {
    let example = |name: &str, n| {
        let mut data = fs::read(root().join("examples").join(name)).unwrap();
        data.truncate(n);
        data
    };
    let text = example("shakespeare.txt", 70_000);
    // Random bytes alone would be stored.
    let noise = [random(10_000), vec![0; 20_000], text[..9_000].to_vec()].concat();
    let repeats = repeating();
    let times = telling_the_time();
    for (recipe, data) in [
        ("mix:fast,12", &text),
        ("mix:fast,12", &noise),
        ("mix:default", &text[..30_000].to_vec()),
        ("mix:default,15", &example("abalone.csv", 20_000)),
        ("mix:default,13", &noise),
        ("mix:strong,14", &example("emoji.ppm", 12_000)),
        ("mix:strong", &example("tune.wav", 12_000)),
        ("mix:max", &text[30_000..40_000].to_vec()),
        ("mix:max,12", &example("ecg.i16", 9_000)),
        ("mix2:fast,12", &text),
        ("mix2:fast,12", &noise),
        ("mix2:fast", &repeats),
        ("mix2:default", &text[..30_000].to_vec()),
        ("mix2:default,15", &example("abalone.csv", 20_000)),
        ("mix2:default,13", &noise),
        ("mix2:default,14", &repeats),
        ("mix2:strong,14", &example("emoji.ppm", 12_000)),
        ("mix2:strong", &example("tune.wav", 12_000)),
        ("mix2:strong,12", &repeats),
        ("mix2:max", &text[30_000..40_000].to_vec()),
        ("mix2:max,12", &example("ecg.i16", 9_000)),
        ("mix2:max,15", &repeats),
        ("mix2:swift,12", &noise),
        ("mix2:swift", &repeats),
        ("mix2:swift-2", &text[..30_000].to_vec()),
        ("mix2:swift-2,12", &example("tune.wav", 12_000)),
        ("mix2:default-2", &example("abalone.csv", 20_000)),
        ("mix2:strong-2", &example("tune.wav", 12_000)),
        ("mix2:strong-2,14", &repeats),
        ("mix2:strong-3", &example("tune.wav", 12_000)),
        ("mix2:strong-3,12", &noise),
        ("mix2:lines,14", &repeats),
        ("mix2:lines", &example("sentences.tsv", 30_000)),
        ("mix2:lines,16", &times),
    ] {
        let archive = write_bytes(data, &setting(recipe, 1 << 24));
        assert!(
            archive
                .windows(recipe.len())
                .any(|w| w == recipe.as_bytes())
        );
        let members = oracle::decode(&archive);
        assert!(members.unwrap()[0].content == *data, "{recipe}");
    }
}

/// A line again and again, for so long that every preset of mix2 is sure of it; then with changes
/// in either half of a byte.
fn repeating() -> Vec<u8> {
    let line = b"2024-05-17 11:40:02 INFO network.Server$Handler: block 1073 of the file is back\n";
    let mut lines = line.repeat(600);
    for i in (430 * line.len()..lines.len()).step_by(509) {
        lines[i] ^= if i % 2 == 0 { 0x01 } else { 0x20 };
    }
    lines
}

/// Lines that tell the time as seconds and as a date, on clocks that change, and names twice.
fn telling_the_time() -> Vec<u8> {
    let mut lines = String::new();
    for (i, byte) in random(400).iter().enumerate() {
        let time = 1_131_566_461 + 3_600 * i;
        let (day, hour) = (1 + i / 24, (i + 20 + i / 150) % 24);
        lines += &match i % 3 {
            0 => {
                format!("- {time} 2005.11.{day:02} n{byte} Nov {day:02} {hour:02}:01:01 n{byte}\n")
            }
            1 => format!("{time} 2005-11-{day:02}-{hour:02}.01.01 {byte:04}, {byte:04}\n"),
            _ => format!("id={byte}x{i} at {time}0 is id={byte}x{i} 2005-13-40 61\n"),
        };
    }
    lines.into_bytes()
}

/// Text whose words are codes, bytes of all kinds in between.
#[test]
fn words() {
    let folder = root().join("testdata/golden-words/content");
    let data = fs::read(folder.join("letters.txt")).unwrap();
    let name = |bytes: &[u8]| bytes.windows(8).any(|w| w == b"\x07words-1");
    for recipe in [
        "order:2",
        "mix:fast,12",
        "mix:default",
        "mix:max,14",
        "mix2:fast,12",
        "mix2:default",
        "mix2:strong,13",
        "mix2:max,14",
        "mix2:swift",
        "mix2:swift-2",
        "mix2:default-2",
        "mix2:strong-2",
        "mix2:strong-3",
        "mix2:lines",
    ] {
        let archive = write_bytes(&data, &setting(recipe, 1 << 24));
        assert!(name(&archive), "{recipe}");
        let members = both(&archive, recipe).unwrap();
        assert!(members[0].content == data, "{recipe}");
    }
}

/// All levels use models that the oracle knows.
#[test]
fn levels() {
    let text = b"the quick brown fox jumps over the lazy dog; ".repeat(30);
    for level in 1..=LEVELS.len() {
        let archive = write_bytes(&text, &Setting::level(level).unwrap());
        let members = oracle::decode(&archive).unwrap();
        assert_eq!(members[0].content, text, "{level}");
    }
}

#[cfg(unix)]
#[test]
fn a_folder() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::{PermissionsExt, symlink};

    let temporary = tempfile::tempdir().unwrap();
    let from = temporary.path().join("from");
    fs::create_dir_all(from.join("sub/empty")).unwrap();
    fs::write(from.join("sub/a.txt"), b"abc".repeat(700)).unwrap();
    fs::write(from.join("sub/b.txt"), b"abd".repeat(300)).unwrap();
    fs::write(from.join("nothing"), b"").unwrap();
    fs::write(from.join(OsStr::from_bytes(b"n\xff\xfe.bin")), random(900)).unwrap();
    fs::write(from.join("run.sh"), b"#!/bin/sh\n").unwrap();
    fs::set_permissions(from.join("run.sh"), fs::Permissions::from_mode(0o750)).unwrap();
    symlink("sub/a.txt", from.join("link")).unwrap();
    symlink("nowhere", from.join("sub/dangling")).unwrap();
    for (recipe, block_bytes) in [
        ("order:2", 1 << 20),
        ("order:0", 100),
        ("order:6", 1000),
        ("mix:default,12", 1500),
        ("mix2:default,12", 1500),
    ] {
        let inputs = Inputs::from_paths(std::slice::from_ref(&from), None).unwrap();
        let archive = write(inputs, &setting(recipe, block_bytes));
        assert!(agree(&archive, recipe), "{:?}", oracle::decode(&archive));
        let members = oracle::decode(&archive).unwrap();
        let find = |end: &[u8]| members.iter().find(|m| m.name.ends_with(end)).unwrap();
        assert_eq!(members.len(), 10);
        assert_eq!(find(b"/sub/empty").kind, oracle::Kind::Folder);
        assert_eq!(find(b"/sub/a.txt").content, b"abc".repeat(700));
        assert_eq!(find(b"/n\xff\xfe.bin").content, random(900));
        assert_eq!(find(b"/run.sh").mode, 0o750);
        assert_eq!(
            find(b"/link").kind,
            oracle::Kind::Link(b"sub/a.txt".to_vec())
        );
    }
}

#[test]
fn golden_archives() {
    for folder in [
        "testdata/golden",
        "testdata/golden-words",
        "testdata/golden-words-1",
    ] {
        golden_archives_of(&root().join(folder));
    }
}

fn golden_archives_of(folder: &Path) {
    let mut archives = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|e| e != "mln") {
            continue;
        }
        let what = path.display().to_string();
        for member in both(&fs::read(&path).unwrap(), &what).expect(&what) {
            if member.kind == oracle::Kind::File {
                let name = String::from_utf8(member.name).unwrap();
                let content = fs::read(folder.join("content").join(&name)).unwrap();
                assert_eq!(member.content, content, "{what}, {name}");
            }
        }
        archives += 1;
    }
    assert!(archives >= 3, "{archives}");
}

#[test]
fn flipped_bits_and_missing_bytes() {
    for (recipe, data, block_bytes) in [
        ("order:2", &b"abracadabra, abracadabra"[..], 1 << 20),
        ("order:2", &random(40), 1 << 20),
        ("order:2", &b"abcabcabcabcabcabc".repeat(9), 60),
        (
            "mix:fast,12",
            &b"abracadabra, abracadabra".repeat(3),
            1 << 20,
        ),
        (
            "mix2:fast,12",
            &b"abracadabra, abracadabra".repeat(3),
            1 << 20,
        ),
    ] {
        let good = write_bytes(data, &setting(recipe, block_bytes));
        assert!(agree(&good, "good"));
        // Where the last interval of a lane is wide, its last bits may be anything: see section 6.
        let members = oracle::decode(&good);
        let mut harmless = 0;
        for bit in 0..good.len() * 8 {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            if agree(&bad, &format!("bit {bit}")) {
                assert_eq!(oracle::decode(&bad), members, "bit {bit}");
                harmless += 1;
            }
        }
        assert!(harmless <= 40, "{harmless}");
        for n in 0..good.len() {
            assert!(!agree(&good[..n], &format!("{n} bytes")), "{n} bytes");
        }
        for n in 0..=good.len() {
            let mut longer = good.clone();
            longer.insert(n, 0);
            assert!(!agree(&longer, &format!("a zero at {n}")), "a zero at {n}");
        }
        assert!(!agree(&[&good[..], &good[..]].concat(), "twice"));
    }
}
