//! Learn, compress, carry archive and model elsewhere, decompress: for data of all kinds.

use crate::{Place, text};

/// Tunes in ABC: a walk over a scale, in bars of eight.
fn tunes(from: usize, to: usize) -> Vec<u8> {
    let notes = b"CDEFGABcdefgab";
    let mut all = String::new();
    for tune in from..to {
        all += &format!("X:{tune}\nM:4/4\nL:1/8\nK:{}\n", ["C", "G", "D"][tune % 3]);
        let mut at = tune % 7;
        for bar in 0..8 {
            for step in 0..8 {
                all.push(char::from(notes[at]));
                at = (at + [1, 2, 13, 12, 1][(tune * 31 + bar * 7 + step * step) % 5]) % 14;
            }
            all += if bar % 4 == 3 { "|\n" } else { "|" };
        }
        all.push('\n');
    }
    all.into_bytes()
}

/// The same walk as a MIDI file: one track, each note on and off.
fn midi(seed: u8) -> Vec<u8> {
    let mut track = Vec::new();
    let mut key = 60;
    for i in 0..120u32 {
        track.extend([0, 0x90, key, 80, 60, 0x80, key, 0]);
        key = 48 + (key - 48 + [2, 5, 22, 1][(u32::from(seed) + i * i) as usize % 4]) % 24;
    }
    track.extend([0, 0xff, 0x2f, 0]);
    let mut file = b"MThd\0\0\0\x06\0\0\0\x01\0\x60MTrk".to_vec();
    file.extend((track.len() as u32).to_be_bytes());
    file.extend(track);
    file
}

/// Pictures of 28 × 28: a ring somewhere, soft at its edge.
fn pictures(from: i32, to: i32) -> Vec<Vec<u8>> {
    let picture = |i: i32| {
        let (x0, y0, r) = (11 + i * 5 % 7, 11 + i * 3 % 7, 30 + i * 11 % 40);
        let grey = |at: i32| {
            let (x, y) = (at % 28 - x0, at / 28 - y0);
            (255 - (x * x + y * y - r).abs() * 12).max(0) as u8
        };
        (0..28 * 28).map(grey).collect()
    };
    (from..to).map(picture).collect()
}

/// The same as an idx file.
fn idx(from: i32, to: i32) -> Vec<u8> {
    let sizes = [to - from, 28, 28].map(|n| n.to_be_bytes()).concat();
    [&[0, 0, 8, 3][..], &sizes, &pictures(from, to).concat()].concat()
}

/// A heart that beats, not quite evenly: 16-bit samples, lowest byte first.
fn ecg(from: i32, to: i32) -> Vec<u8> {
    let sample = |t: i32| {
        let beat = (t + t / 290 * 37 % 11) % 290;
        let peak = 900 - 60 * (beat - 100).abs();
        let wave = 120 - (beat - 190).abs() * 3;
        let level = peak.max(0) + wave.max(0) + (t * 7919 % 13) + t / 50 % 40;
        (level as i16).to_le_bytes()
    };
    (from..to).flat_map(sample).collect()
}

/// Behind their lengths.
fn prefixed(records: &[Vec<u8>]) -> Vec<u8> {
    let one = |r: &Vec<u8>| [&(r.len() as u32).to_le_bytes()[..], r].concat();
    records.iter().flat_map(one).collect()
}

/// A name, two parts of data of a kind, and how it is cut into records, if it is.
type Data = (&'static str, [Vec<u8>; 2], Option<&'static str>);

/// Data of each kind.
fn kinds() -> Vec<Data> {
    let all = text(26_000);
    let (old, new) = all.split_at(20_000);
    let files = |range: std::ops::Range<u8>| range.map(midi).collect::<Vec<_>>();
    vec![
        ("text", [old.to_vec(), new.to_vec()], None),
        ("tunes.abc", [tunes(0, 120), tunes(120, 160)], None),
        ("lines.abc", [tunes(0, 120), tunes(120, 140)], Some("line")),
        ("tune.mid", [files(0..9).concat(), midi(9)], None),
        (
            "tunes.bin",
            [files(0..9), files(9..14)].map(|f| prefixed(&f)),
            Some("length-prefixed"),
        ),
        ("images.idx", [idx(0, 30), idx(30, 40)], None),
        (
            "images.bin",
            [pictures(0, 30), pictures(30, 40)].map(|p| prefixed(&p)),
            Some("length-prefixed"),
        ),
        ("heart.i16le", [ecg(0, 12_000), ecg(12_000, 15_000)], None),
    ]
}

/// A model of each kind for data of each kind: what goes through an archive and a model, alone in a
/// folder, comes back.
#[test]
fn data_of_all_kinds_returns_elsewhere() {
    let primed: &[&str] = &["--kind", "primed", "--engine", "mix2:fast,12"];
    let advised: &[&str] = &["--kind", "net", "--engine", "mix2:fast,12"];
    let net: &[&str] = &["--kind", "net", "--alone"];
    for (name, [old, new], form) in kinds() {
        let here = Place::new();
        here.write("old", &old);
        here.write(name, &new);
        let records: &[&str] = match &form {
            Some(form) => &["--record", form],
            None => &[],
        };
        // What the engine makes of it that has learnt nothing.
        let plain = [
            "compress",
            name,
            "-o",
            "plain.mln",
            "--model",
            "mix2:fast,12",
        ];
        here.run(&[&plain, records].concat()).code(0);
        for (kind, by) in [("primed", primed), ("advised", advised), ("net", net)] {
            let mut learn = vec!["learn", "old", "-q", "-f", "-o", "m.mlm"];
            learn.extend(by.iter().chain(records));
            if kind != "primed" {
                learn.extend(["--shape", "32,32,16,RW", "--symbols", "100K"]);
            }
            here.run(&learn).code(0);
            let compress = ["compress", name, "-f", "-o", "a.mln", "--model", "m.mlm"];
            here.run(&[&compress, records].concat()).code(0);

            let there = Place::new();
            for file in ["a.mln", "m.mlm"] {
                there.write(file, here.read(file));
            }
            // Without the model it says what is missing.
            let ran = there.run(&["decompress", "a.mln"]);
            ran.code(1);
            assert!(ran.err.contains("--model"), "{}", ran.err);
            there
                .run(&["decompress", "a.mln", "--model", "m.mlm"])
                .code(0);
            assert!(there.read(name) == new, "{name} under a model {kind}");
            assert_eq!(there.names().len(), 3);
            if kind == "primed" {
                let (with, without) = (here.read("a.mln").len(), here.read("plain.mln").len());
                assert!(with < without, "{name}: {with} {without}");
            }
        }
    }
}

/// A report is a page that needs nothing else, and tells what the command printed.
#[test]
fn learning_is_reported() {
    let place = Place::new();
    place.write("old<b>.log", tunes(0, 100));
    let learn = [
        "learn",
        "old<b>.log",
        "-o",
        "m.mlm",
        "--report",
        "page.html",
        "--engine",
        "order:2",
        "--json",
    ];
    let told = place.run(&learn).json();
    let page = String::from_utf8(place.read("page.html")).unwrap();
    for part in [
        "minlen learn",
        told["name"].as_str().unwrap(),
        "<svg class=\"curve\"",
        "order:2",
    ] {
        assert!(page.contains(part), "{part}");
    }
    // What comes from names is escaped, and nothing is fetched or run.
    assert!(page.contains("old&lt;b&gt;.log") && !page.contains("<b>.log"));
    for part in ["<script", "http:", "https:", "<link", "url(h"] {
        assert!(!page.contains(part), "{part}");
    }
    let held = told["lessons"][0]["held_out_bits_per_byte"]
        .as_f64()
        .unwrap();
    assert!(page.contains(&format!("{held:.3}")), "{held}");
    // Nothing is replaced unasked, neither the page nor the model.
    let ran = place.run(&[
        "learn",
        "old<b>.log",
        "-o",
        "n.mlm",
        "--report",
        "page.html",
    ]);
    ran.code(2);
    assert!(ran.err.contains("page.html") && !place.has("n.mlm"));

    // A net's page has what was read beside what was held out.
    let net = [
        "--kind",
        "net",
        "--alone",
        "--shape",
        "32,32,16,RW",
        "--symbols",
        "400K",
    ];
    let learn = [
        "learn",
        "old<b>.log",
        "-o",
        "n.mlm",
        "--report",
        "net.html",
        "-q",
    ];
    place.run(&[&learn[..], &net].concat()).code(0);
    let page = String::from_utf8(place.read("net.html")).unwrap();
    assert!(page.contains("f-neural") && page.contains("as read"));
}
