//! Every registered view against every kind of input: valid files made here, files cut and
//! damaged, and noise.

#[path = "../examples/make_examples.rs"]
mod make_examples;

use minlen_core::{Limits, Random, Structure};
use minlen_views::{VIEWS, View, find, probe, props};

fn noise(seed: u64, n: usize) -> Vec<u8> {
    let mut random = Random::new(seed);
    (0..n).map(|_| random.next_u64() as u8).collect()
}

fn wav(channels: u16, bits: u16, samples: &[u8]) -> Vec<u8> {
    let block = channels * bits / 8;
    let mut out = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0\x01\0".to_vec();
    out.extend(channels.to_le_bytes());
    out.extend(8000u32.to_le_bytes());
    out.extend((8000 * u32::from(block)).to_le_bytes());
    out.extend(block.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out.extend(b"data");
    out.extend((samples.len() as u32).to_le_bytes());
    out.extend(samples);
    out
}

fn bmp(width: u32, height: i32, bits: u16) -> Vec<u8> {
    let mut out = b"BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0".to_vec();
    out.extend(width.to_le_bytes());
    out.extend(height.to_le_bytes());
    out.extend(1u16.to_le_bytes());
    out.extend(bits.to_le_bytes());
    out.extend([0; 24]);
    let row = (width * u32::from(bits) / 8).next_multiple_of(4);
    out.extend(noise(1, (row * height.unsigned_abs()) as usize));
    out
}

/// A sine-like wave by integers: a parabola a half-period, as 16-bit numbers.
fn wave(n: i32, period: i32) -> Vec<u8> {
    let half = period / 2;
    let value = |i: i32| {
        let (x, sign) = (i % half, if i / half % 2 == 0 { 1 } else { -1 });
        sign * 20_000 * 4 * x * (half - x) / (half * half)
    };
    // A slow drift, so that the wave is no exact repetition.
    (0..n)
        .flat_map(|i| ((value(i + i * i / 9000) + i / 4) as i16).to_le_bytes())
        .collect()
}

/// Records of 37 bytes: a constant, a counter, noise, a small number.
fn table() -> Vec<u8> {
    let mut random = Random::new(3);
    let mut out = Vec::new();
    for i in 0..2000u32 {
        out.extend(*b"\xfeREC");
        out.extend(i.to_be_bytes());
        out.extend((0..20).map(|_| random.next_u64() as u8));
        out.extend([
            7,
            (random.next_u64() % 3) as u8,
            0xc0,
            0,
            0x81,
            0x90,
            0xa5,
            0,
            1,
        ]);
    }
    out
}

/// A picture: 16-bit greyscale, 300 pixels wide.
fn gradient() -> Vec<u8> {
    let mut random = Random::new(5);
    let mut hill = vec![0i64; 300];
    let mut out = Vec::new();
    for _ in 0..300 {
        let mut left = 0i64;
        for cell in &mut hill {
            let step = (random.next_u64() % 4001) as i64 - 2000;
            *cell = (*cell * 7 + left) / 8 + step;
            left = *cell;
            out.extend(((*cell + 30_000).clamp(0, 65_535) as u16).to_le_bytes());
        }
    }
    out
}

const ELF: &[u8] = b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\x3e\0\x01\0\0\0 and so on";
const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x03\0\0\0\x02\0\x08\x02\0\0\0";
const MID: &[u8] = b"MThd\0\0\0\x06\0\x01\0\x02\x01\xe0MTrk\0\0\0\x04\0\xff\x2f\0";

/// Valid samples: which view should take them, what it should say, and the structure.
fn samples() -> Vec<(&'static str, &'static str, [u32; 3], Vec<u8>)> {
    let csv: String = (0..50)
        .map(|i| format!("{i},\"a, b\",{}\n", i * i))
        .collect();
    let mut idx = b"\0\0\x08\x03\0\0\0\x05\0\0\0\x07\0\0\0\x09".to_vec();
    idx.extend(noise(2, 5 * 7 * 9));
    let mut pgm16 = b"P5\n# made up\n20 3\n65535\n".to_vec();
    pgm16.extend(noise(4, 120));
    vec![
        (
            "wav",
            "16-bit stereo sound, 8,000 Hz, 0.5 s",
            [4, 0, 56],
            wav(2, 16, &noise(6, 16_000)),
        ),
        (
            "wav",
            "24-bit mono sound, 8,000 Hz, 0.0 s",
            [3, 0, 56],
            wav(1, 24, b"\x01\x02\x03"),
        ),
        (
            "pnm",
            "colour picture, 2 × 2 pixels, 8 bits a sample",
            [3, 6, 11],
            b"P6 2 2 255\nABCDEFGHIJKL".to_vec(),
        ),
        (
            "pnm",
            "greyscale picture, 20 × 3 pixels, 16 bits a sample",
            [2, 40, 24],
            pgm16,
        ),
        (
            "bmp",
            "bitmap picture, 5 × 4 pixels, 24 bits a pixel",
            [3, 16, 54],
            bmp(5, -4, 24),
        ),
        ("idx", "array of 8-bit numbers, 5 × 7 × 9", [1, 9, 16], idx),
        (
            "midi",
            "MIDI score, 2 tracks, 480 ticks a beat",
            [0; 3],
            MID.to_vec(),
        ),
        (
            "container",
            "PNG picture, 768 × 512 pixels, already compressed",
            [0; 3],
            PNG.to_vec(),
        ),
        (
            "container",
            "gzip data, already compressed",
            [0; 3],
            b"\x1f\x8b\x08\0\0\0\0\0\0".to_vec(),
        ),
        (
            "executable",
            "64-bit ELF program or library for x86-64",
            [0; 3],
            ELF.to_vec(),
        ),
        (
            "text",
            "CSV, 3 columns, 50 rows, ASCII",
            [0; 3],
            csv.into_bytes(),
        ),
        (
            "script",
            "text, 200 characters on 1 line, UTF-8, mostly Chinese",
            [0; 3],
            "我们在水边走，看见火光。天黑了。他们不说话"
                .chars()
                .cycle()
                .take(200)
                .collect::<String>()
                .into(),
        ),
        (
            "script",
            "TSV, 2 columns, a header and 2 rows, UTF-8, mostly Chinese",
            [0; 3],
            "汉字\t数\n水\t1\n火\t2\n".into(),
        ),
        (
            "text",
            "JSON, ASCII",
            [0; 3],
            b"{\"a\": [1, 2, {\"b\": null}]}".to_vec(),
        ),
        (
            "text",
            "JSON lines, 2 values, ASCII",
            [0; 3],
            b"{\"a\": 1}\n{\"a\": 2}\n".to_vec(),
        ),
        (
            "text",
            "log, 2 lines, ASCII",
            [0; 3],
            b"Jun 1 10:11:12 host up\nJun 1 10:11:13 host down, again\n".to_vec(),
        ),
        (
            "text",
            "text, 33 characters on 2 lines, UTF-8, mostly Cyrillic script",
            [0; 3],
            "Все счастливые семьи\nпохожи, друг".into(),
        ),
        (
            "text",
            "text, 1 character on 1 line, ASCII",
            [0; 3],
            b"a".to_vec(),
        ),
        (
            "text",
            "text, 17 bytes on 1 line, in some 8-bit encoding",
            [0; 3],
            b"a caf\xe9 in Latin-1".to_vec(),
        ),
        (
            "records",
            "array of numbers, one every 2 bytes",
            [2, 0, 0],
            wave(20_000, 300),
        ),
        ("records", "binary records of 37 bytes", [0, 37, 0], table()),
        (
            "records",
            "array of numbers, one every 2 bytes, in rows of 600 bytes",
            [2, 600, 0],
            gradient(),
        ),
        (
            "bytes",
            "20,000 bytes of binary data",
            [0; 3],
            noise(9, 20_000),
        ),
        (
            "bytes",
            "20,000 bytes of binary data",
            [0; 3],
            vec![0; 20_000],
        ),
        ("bytes", "no data", [0; 3], Vec::new()),
    ]
}

#[test]
fn names_are_as_archives_want_them_and_differ() {
    for (i, view) in VIEWS.iter().enumerate() {
        let name = view.name();
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        assert!(
            !name.is_empty() && name.len() <= 32 && name.bytes().all(allowed),
            "{name}"
        );
        assert!(!view.summary().is_empty());
        assert!(
            VIEWS[..i].iter().all(|other| other.name() != name),
            "{name} twice"
        );
        assert_eq!(find(name).map(|v| v.name()), Some(name));
    }
    assert_eq!(VIEWS.last().map(|v| v.name()), Some("bytes"));
    assert!(find("nonsense").is_none());
}

#[test]
fn valid_files_are_seen_as_what_they_are() {
    for (name, says, [unit, row, start], data) in samples() {
        let (view, seen) = probe(&data);
        assert_eq!((view.name(), seen.says.as_str()), (name, says));
        let structure = Structure {
            unit,
            row,
            start,
            text: ["script", "text", "container"].contains(&name),
            script: name == "script",
            ..Structure::NONE
        };
        assert_eq!(view.structure(&seen.params), Ok(structure), "{says}");
    }
}

#[test]
fn every_view_leads_there_and_back() {
    for (.., data) in samples() {
        for view in VIEWS {
            props::round_trip(*view, &data);
        }
    }
    for n in [0, 1, 2, 3, 63, 64, 65, 511, 512, 513, 700, 1024, 4099] {
        for view in VIEWS {
            props::round_trip(*view, &noise(n as u64, n));
            props::round_trip(*view, &vec![7; n]);
        }
    }
    assert!(VIEWS.last().is_some_and(|v| props::round_trip(*v, b"")));
}

#[test]
fn cut_and_damaged_files_never_panic() {
    for (seed, (.., data)) in samples().into_iter().enumerate() {
        let data = &data[..data.len().min(3000)];
        for cut in 0..data.len().min(200) {
            for view in VIEWS {
                props::round_trip(*view, &data[..cut]);
            }
        }
        let mut random = Random::new(seed as u64);
        for _ in 0..if data.is_empty() { 0 } else { 8 } {
            let mut damaged = data.to_vec();
            damaged[random.next_u64() as usize % data.len()] = random.next_u64() as u8;
            let cut = random.next_u64() as usize % (data.len() + 1);
            for view in VIEWS {
                props::round_trip(*view, &damaged);
                props::round_trip(*view, &damaged[cut..]);
            }
        }
        let head = &data[..data.len().min(300)];
        for at in 0..head.len() {
            for byte in [0, 1, 127, 128, 255, random.next_u64() as u8] {
                let mut damaged = head.to_vec();
                damaged[at] = byte;
                for view in VIEWS {
                    props::round_trip(*view, &damaged);
                }
            }
        }
    }
}

#[test]
fn hostile_params_never_panic() {
    let mut random = Random::new(11);
    for round in 0..3000 {
        let mut params = noise(round, (random.next_u64() % 20) as usize);
        if round % 2 == 0 {
            params.iter_mut().for_each(|b| *b &= 0x83); // short numbers that nearly make sense
        }
        for view in VIEWS {
            props::hostile(*view, b"some symbols", &params);
        }
    }
    let limits = Limits {
        block_bytes: 3,
        ..Limits::default()
    };
    for view in VIEWS {
        assert!(view.inverse(vec![0; 4], &[], &limits).is_err());
        assert!(view.structure(&[0x80; 64]).is_err());
    }
}

/// Sizes that lie: more than there is, nothing, or so much that sums would overflow.
#[test]
fn wav_sizes_are_not_believed() {
    let good = wav(2, 16, &noise(6, 400));
    for size in [0u32, 1, 0x7fff_ffff, u32::MAX] {
        let mut data = good.clone();
        data[52..56].copy_from_slice(&size.to_le_bytes());
        let (view, seen) = probe(&data);
        assert_eq!(view.name(), "wav", "{size}");
        assert_eq!(view.structure(&seen.params).map(|s| s.start), Ok(56));
        data[16..20].copy_from_slice(&size.to_le_bytes()); // the chunk before
        props::round_trip(view, &data);
    }
}

#[test]
fn records_declines_what_has_no_layout() {
    let records = find("records").unwrap();
    let words = [
        "the",
        "shortest",
        "description",
        "of",
        "your",
        "data",
        "that",
        "it",
        "can",
        "find",
    ];
    let mut random = Random::new(13);
    let mut text = String::new();
    while text.len() < 60_000 {
        text += words[random.next_u64() as usize % words.len()];
        text.push(if random.next_u64().is_multiple_of(9) {
            '\n'
        } else {
            ' '
        });
    }
    let mut sparse = vec![0; 60_000];
    for _ in 0..600 {
        let at = random.next_u64() as usize % sparse.len();
        sparse[at] = random.next_u64() as u8;
    }
    let skewed: Vec<u8> = noise(17, 60_000).iter().map(|b| b & b >> 3 & 31).collect();
    for seed in 0..20 {
        for n in [512, 1000, 5000, 60_000] {
            assert_eq!(records.probe(&noise(seed, n)), None, "noise {seed} {n}");
        }
    }
    assert_eq!(records.probe(text.as_bytes()), None);
    assert_eq!(records.probe(&sparse), None);
    assert_eq!(records.probe(&skewed), None);
}

#[test]
fn our_example_files_are_reproduced_exactly() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/");
    for (name, content) in make_examples::files().unwrap() {
        let committed = std::fs::read(format!("{folder}{name}")).expect(name);
        assert!(content == committed, "{name} differs");
    }
}

/// The committed example files, which users meet first.
#[test]
fn example_files_are_described() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/");
    for (file, name, says) in [
        ("shakespeare.txt", "text", "text, "),
        ("abalone.csv", "text", "CSV, 9 columns, 2,000 rows, ASCII"),
        ("sentences.tsv", "text", "TSV, 2 columns, "),
        (
            "emoji.ppm",
            "pnm",
            "colour picture, 256 × 192 pixels, 8 bits a sample",
        ),
        ("ecg.i16", "records", "array of numbers, one every 4 bytes"),
        ("tune.mid", "midi", "MIDI score, 1 track, 480 ticks a beat"),
        ("tune.wav", "wav", "16-bit mono sound, 11,025 Hz, 8.0 s"),
        ("noise.bin", "bytes", "8,192 bytes of binary data"),
    ] {
        let data = std::fs::read(format!("{folder}{file}")).expect(file);
        let (view, seen) = probe(&data);
        assert_eq!(view.name(), name, "{file}");
        assert!(seen.says.starts_with(says), "{file}: {}", seen.says);
        for view in VIEWS {
            props::round_trip(*view as &dyn View, &data);
        }
    }
}
