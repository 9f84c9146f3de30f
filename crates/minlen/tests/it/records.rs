//! Learnt models, and archives of records.

use minlen::*;
use minlen_testing::props::sources;
use std::io::Cursor;
use std::sync::Arc;

/// Enough for a small engine; a reader allows no more.
const LIMITS: Limits = Limits {
    model_bytes: 256 << 20,
    block_bytes: 1 << 20,
    members: 1000,
    output_bytes: 1 << 20,
    growth: 16,
};

/// Lines that are alike.
fn lines(from: usize, to: usize) -> Vec<u8> {
    let line = |i| format!("{i} worker {} finished job {}\n", i % 7, i * i % 1000);
    (from..to).map(line).collect::<String>().into_bytes()
}

/// The same behind their lengths.
fn prefixed(records: &[&[u8]]) -> Vec<u8> {
    let with_length = |r: &&[u8]| [&(r.len() as u32).to_le_bytes(), *r].concat();
    records.iter().flat_map(with_length).collect()
}

/// A model of so simple an engine that thousands of readers are made in no time.
fn model(engine: &str) -> Arc<Learnt> {
    let options = LearnOptions {
        kind: LearnKind::Primed,
        engine: Some(engine.parse().unwrap()),
        form: Some(Form::Line),
        ..LearnOptions::default()
    };
    let (model, _) = learn(&[lines(0, 60)], None, &options, &mut |_| {}, &()).unwrap();
    Arc::new(model)
}

/// Blocks of records with that model, small ones.
fn setting(model: &Arc<Learnt>, form: Option<Form>, embed: bool) -> Setting {
    let setting = Setting::learnt(model);
    Setting {
        embed,
        block_bytes: 300,
        pack_bytes: 300,
        ..match form {
            Some(form) => setting.with_records(form),
            None => setting,
        }
    }
}

fn packed(content: &[u8], setting: &Setting) -> Vec<u8> {
    let mut out = Vec::new();
    let inputs = Inputs::from_reader(b"data", Box::new(Cursor::new(content.to_vec())));
    let report = compress(inputs, &mut out, setting, 2, &()).unwrap();
    assert_eq!(report.archive_bytes, out.len() as u64);
    assert_eq!((report.members, report.bytes), (1, content.len() as u64));
    out
}

/// The only member, by every source.
fn all_ways(archive: &[u8], reading: &Reading) -> [Result<Vec<u8>, Error>; 3] {
    sources(archive).map(|source| {
        let mut out = Vec::new();
        cat(source, &[], &mut out, reading, 2, &()).map(|_| out)
    })
}

fn records(archive: &[u8], reading: &Reading) -> Result<RecordArchive, Error> {
    RecordArchive::open(Box::new(Cursor::new(archive.to_vec())), reading)
}

/// Nothing but limits.
fn bare() -> Reading {
    (&LIMITS).into()
}

#[test]
fn records_return_one_by_one_and_all_at_once() {
    let model = model("order:2");
    let long = lines(100, 150);
    for embed in [false, true] {
        for (form, content) in [
            (Form::Line, long.clone()),
            (Form::Line, long[..long.len() - 1].to_vec()),
            (Form::Line, b"\n\n\na\n\n".to_vec()),
            (Form::Line, b"no end".to_vec()),
            (Form::Line, b"\0\xff\r\n\xff".to_vec()),
            (
                Form::Prefixed,
                prefixed(&[b"", b"one", b"", &long[..200], b"\n"]),
            ),
            (Form::Prefixed, prefixed(&[b"", b""])),
            (Form::File, lines(100, 105)),
        ] {
            let setting = setting(&model, Some(form), embed);
            let archive = packed(&content, &setting);
            let reading = match embed {
                true => bare(),
                false => setting.reading(),
            };
            for back in all_ways(&archive, &reading) {
                assert!(back.unwrap() == content, "{form:?}");
            }
            let wanted = records_of(&content, form).unwrap();
            let mut archive = records(&archive, &reading).unwrap();
            assert_eq!(archive.len(), wanted.len() as u64, "{form:?}");
            // Backwards: no record leans on those before it.
            let backwards: Vec<u64> = (0..wanted.len() as u64).rev().collect();
            for threads in [1, 3] {
                let all = archive.get_all(&backwards, threads).unwrap();
                assert_eq!(all.len(), wanted.len());
                for (record, got) in wanted.iter().rev().zip(all) {
                    let got = got.unwrap();
                    let bare = match form {
                        Form::Line => record.strip_suffix(b"\n").unwrap_or(record),
                        _ => record,
                    };
                    assert!(got.bytes == bare && got.form == form, "{form:?}");
                }
            }
            let beyond = archive.get(wanted.len() as u64);
            assert!(matches!(beyond, Err(Error::Usage(_))));
        }
    }
}

#[test]
fn one_byte_has_room_for_what_stands_around_it() {
    for engine in ["order:0", "mix2:strong,14"] {
        let model = model(engine);
        for byte in [0, b'\n', b'A', 0xff] {
            for form in [Form::Line, Form::File] {
                let setting = setting(&model, Some(form), false);
                let archive = packed(&[byte], &setting);
                for back in all_ways(&archive, &setting.reading()) {
                    assert_eq!(back.unwrap(), [byte], "{engine}");
                }
            }
        }
    }
}

#[test]
fn files_are_records_and_empty_ones_hold_none() {
    let folder = tempfile::tempdir().unwrap();
    let contents: [&[u8]; 4] = [b"first\n", b"", b"second", &lines(0, 20)];
    for (i, content) in contents.iter().enumerate() {
        std::fs::write(folder.path().join(i.to_string()), content).unwrap();
    }
    let setting = setting(&model("order:1"), Some(Form::File), true);
    let mut archive = Vec::new();
    let paths = [0, 1, 2, 3].map(|i| folder.path().join(i.to_string()));
    let inputs = Inputs::from_paths(&paths, None).unwrap();
    compress(inputs, &mut archive, &setting, 1, &()).unwrap();
    let listing = list(Cursor::new(&archive), &LIMITS).unwrap();
    assert!(listing.is_good() && listing.members.len() == 4);
    let whole = contents.concat();
    for back in all_ways(&archive, &bare()) {
        assert!(back.unwrap() == whole);
    }
    // The last file is longer than a block: each part of it is a record.
    let mut archive = records(&archive, &bare()).unwrap();
    let got: Vec<Vec<u8>> = (0..archive.len())
        .map(|i| archive.get(i).unwrap().bytes)
        .collect();
    assert_eq!(got[..2], [contents[0].to_vec(), contents[2].to_vec()]);
    assert_eq!(got.concat(), whole);
}

#[test]
fn what_was_learnt_pays_and_is_the_same_each_time() {
    let learnt = model("mix2:fast,14");
    assert_eq!(learnt.file(), model("mix2:fast,14").file());
    let content = lines(200, 300);
    for form in [None, Some(Form::Line)] {
        let with = packed(&content, &setting(&learnt, form, false));
        assert_eq!(with, packed(&content, &setting(&learnt, form, false)));
        let mut without = Setting::recipe("mix2:fast,14").unwrap();
        if let Some(form) = form {
            without = without.with_records(form);
        }
        (without.block_bytes, without.pack_bytes) = (300, 300);
        let without = packed(&content, &without);
        let (with, without) = (with.len(), without.len());
        assert!(100 * with < 85 * without, "{form:?}: {with}, {without}");
    }
}

#[test]
fn a_missing_model_is_named() {
    let (needed, other) = (model("order:1"), model("order:2"));
    for form in [None, Some(Form::Line)] {
        let archive = packed(&lines(0, 50), &setting(&needed, form, false));
        let mut reading = bare();
        reading.shelf.add(other.clone());
        for outcome in all_ways(&archive, &reading) {
            let error = outcome.unwrap_err();
            assert!(
                matches!(&error, Error::Data { source: DataError::Missing(name), .. }
                    if *name == needed.name()),
                "{error}"
            );
            assert!(error.to_string().contains(&needed.name()));
        }
        // The list needs no model.
        let listing = list(Cursor::new(&archive), &LIMITS).unwrap();
        assert_eq!(listing.bytes(), lines(0, 50).len() as u64);
    }
}

#[test]
fn no_bit_of_a_model_file_may_change() {
    let file = model("order:1").file().to_vec();
    assert!(Learnt::read(file.clone(), &LIMITS).is_ok());
    for at in 0..file.len() {
        let mut bad = file.clone();
        bad[at] ^= 1 << (at % 8);
        assert!(Learnt::read(bad, &LIMITS).is_err(), "{at}");
        assert!(Learnt::read(file[..at].to_vec(), &LIMITS).is_err(), "{at}");
    }
    for other in [b"".to_vec(), lines(0, 9), packed(b"x", &Setting::default())] {
        assert!(Learnt::read(other, &LIMITS).is_err());
    }
}

/// Whatever is read of a damaged archive: no panic, and what comes without an error is what was.
fn never_wrong(damaged: &[u8], content: &[u8], reading: &Reading) -> bool {
    let mut seen = true;
    for outcome in all_ways(damaged, reading) {
        match outcome {
            Ok(back) => assert!(back == content, "other data, and no word of it"),
            Err(_) => continue,
        }
        // The last bits of a code may be free: then damage does no harm.
        seen = false;
    }
    for source in sources(damaged) {
        let found = verify(source, reading, 1, &());
        let found = found.is_err() || !found.unwrap().problems.is_empty();
        assert!(found || !seen, "damage passes as good");
    }
    let wanted = records_of(content, Form::Line).unwrap();
    if let Ok(mut archive) = records(damaged, reading) {
        for i in 0..archive.len().min(wanted.len() as u64) {
            let line = wanted[i as usize].strip_suffix(b"\n");
            if let Ok(got) = archive.get(i) {
                assert_eq!(
                    Some(&got.bytes[..]),
                    line,
                    "another record, and no word of it"
                );
            }
        }
    }
    seen
}

#[test]
fn damage_is_found() {
    let content = lines(100, 112);
    let model = model("order:1");
    let reading = setting(&model, None, false).reading();
    let alone = Reading {
        limits: LIMITS,
        ..reading
    };
    for (embed, reading) in [(false, alone), (true, bare())] {
        let archive = packed(&content, &setting(&model, Some(Form::Line), embed));
        assert!(!never_wrong(&archive, &content, &reading));
        let mut harmless = 0;
        // An embedded model is read again each time.
        let step = if embed { 5 } else { 1 };
        for at in (0..archive.len()).step_by(step) {
            let mut bad = archive.clone();
            bad[at] ^= 1 << (at * 5 % 8);
            harmless += usize::from(!never_wrong(&bad, &content, &reading));
        }
        for at in (0..archive.len()).step_by(5 * step) {
            assert!(never_wrong(&archive[..at], &content, &reading), "{at}");
        }
        assert!(harmless < 10, "{harmless}");
    }
}

#[test]
fn hostile_records_never_panic() {
    // What a lane of records says, its check made to fit.
    let model = model("order:1");
    let content = lines(0, 6);
    let archive = packed(&content, &setting(&model, Some(Form::Line), false));
    let reading = setting(&model, None, false).reading();
    let listing = list(Cursor::new(&archive), &LIMITS).unwrap();
    let block = &listing.blocks[0];
    let end = (block.offset + block.archive_bytes) as usize;
    let lane = {
        let mut opened =
            minlen_format::Archive::open(Cursor::new(archive.clone()), &LIMITS).unwrap();
        let place = opened.places()[0].clone();
        opened.read_content(&place, u64::MAX).unwrap()
    };
    assert_eq!(archive[end - lane.len()..end], lane);
    for at in 8..lane.len() {
        for to in [0, 1, 0x7f, 0x80, 0xff] {
            let mut bad = lane.clone();
            bad[at] = to;
            // Form and number take two bytes here.
            let counted = *blake3::hash(&bad[8..10]).as_bytes();
            bad[10..18].copy_from_slice(&counted[..8]);
            let check = *blake3::hash(&bad[8..]).as_bytes();
            bad[..8].copy_from_slice(&check[..8]);
            let damaged = [&archive[..end - lane.len()], &bad, &archive[end..]].concat();
            for outcome in all_ways(&damaged, &reading) {
                assert!(outcome.is_err() || outcome.unwrap() == content);
            }
            if let Ok(mut archive) = records(&damaged, &reading) {
                for i in 0..archive.len() {
                    let _ = archive.get(i);
                }
            }
        }
    }
}
