//! Learnt models: learnt, kept in a file, and used by somebody who has only that file.

use minlen::*;
use minlen_testing::props::{never_wrong, reader_never_panics, sources};
use std::io::Cursor;
use std::sync::Arc;

/// Lines of a log, each another.
fn log(lines: std::ops::Range<usize>) -> Vec<u8> {
    let line = |i: usize| {
        let (host, n) = (i * 7 % 13, i * 7919 % 1000);
        let what = [
            "connection closed",
            "accepted password for root",
            "session opened",
        ][i % 3];
        format!(
            "Jan 12 10:{:02}:{:02} node{host} sshd[{n}]: {what}\n",
            i / 60 % 60,
            i % 60
        )
    };
    lines.map(line).collect::<String>().into_bytes()
}

/// Records of JSON.
fn json(records: std::ops::Range<usize>) -> Vec<u8> {
    let record = |i: usize| {
        let (name, tags) = (i * 31 % 97, ["a", "b", "none"][i % 3]);
        format!(
            "{{\"id\":{i},\"name\":\"user{name}\",\"tags\":[\"{tags}\"],\"on\":{}}}\n",
            i % 2 == 0
        )
    };
    records.map(record).collect::<String>().into_bytes()
}

fn text(part: std::ops::Range<usize>) -> Vec<u8> {
    minlen_testing::inputs::text(part.end)[part].to_vec()
}

fn options(form: Option<Form>) -> LearnOptions {
    LearnOptions {
        kind: LearnKind::Primed,
        engine: Some("mix2:fast,14".parse().unwrap()),
        form,
        ..LearnOptions::default()
    }
}

/// The bytes of a model file.
fn learnt(data: Vec<u8>, form: Option<Form>) -> Vec<u8> {
    let (model, report) = learn(&[data], None, &options(form), &mut |_| {}, &()).unwrap();
    assert!(!report.lessons.is_empty());
    model.file().to_vec()
}

/// What somebody brings along who has this file.
fn with(file: &[u8]) -> Reading {
    let mut reading = Reading::default();
    reading.shelf.add(opened(file));
    reading
}

fn opened(file: &[u8]) -> Arc<Learnt> {
    Arc::new(Learnt::read(file.to_vec(), &Limits::default()).unwrap())
}

fn packed(name: &[u8], data: &[u8], setting: &Setting) -> Vec<u8> {
    let mut archive = Vec::new();
    let inputs = Inputs::from_reader(name, Box::new(Cursor::new(data.to_vec())));
    compress(inputs, &mut archive, setting, 2, &()).unwrap();
    archive
}

fn unpacked(archive: &[u8], reading: impl Into<Reading>) -> Result<Vec<u8>, Error> {
    let source = Source::File(Box::new(Cursor::new(archive.to_vec())));
    let mut out = Vec::new();
    cat(source, &[], &mut out, reading, 2, &())?;
    Ok(out)
}

#[track_caller]
fn missing<T: std::fmt::Debug>(outcome: Result<T, Error>, name: &str) {
    match outcome.unwrap_err() {
        Error::Data {
            source: DataError::Missing(which),
            ..
        } => assert_eq!(which, name),
        other => panic!("{other}"),
    }
}

#[test]
fn what_was_learnt_serves_others() {
    for (train, data) in [
        (log(0..400), log(400..700)),
        (json(0..400), json(400..700)),
        (text(0..20_000), text(20_000..35_000)),
    ] {
        let file = learnt(train.clone(), None);
        assert_eq!(learnt(train, None), file, "learning is no matter of chance");
        let model = opened(&file);
        let setting = Setting::learnt(&model);
        let plain = Setting::recipe("mix2:fast,14").unwrap();
        let archive = packed(b"data", &data, &setting);
        let without = packed(b"data", &data, &plain);
        assert!(archive.len() < without.len());
        // A measure says what an archive takes: here there is one block, and little beside it.
        let bits = measure(&data, &setting, None, &())
            .unwrap()
            .cost
            .bits_ceil();
        let beside = archive.len() as u64 - bits / 8;
        assert!(beside < 250, "{beside}");

        // Somebody else, with nothing but the two files.
        drop((model, setting));
        assert_eq!(unpacked(&archive, with(&file)).unwrap(), data);
        for pipe in sources(&archive) {
            let found = verify(pipe, with(&file), 1, &()).unwrap();
            assert_eq!((found.problems, found.bytes), (vec![], data.len() as u64));
        }
    }
}

#[test]
fn the_model_that_is_missing_is_named() {
    let (one, other) = (learnt(log(0..300), None), learnt(json(0..300), None));
    let model = opened(&one);
    let data = log(300..400);
    for records in [None, Some(Form::Line)] {
        let setting = Setting {
            records,
            ..Setting::learnt(&model)
        };
        let archive = packed(b"a", &data, &setting);
        missing(unpacked(&archive, Reading::default()), &model.name());
        missing(unpacked(&archive, with(&other)), &model.name());
        for source in sources(&archive) {
            missing(verify(source, with(&other), 1, &()), &model.name());
        }
        // The list needs no model.
        let listing = list(Cursor::new(&archive), &Limits::default()).unwrap();
        assert!(listing.is_good());
        assert_eq!(listing.blocks[0].model_bytes, None);
        let listing = list(Cursor::new(&archive), with(&one)).unwrap();
        assert!(listing.blocks[0].model_bytes.unwrap() >= model.memory());
    }
    assert!(Setting::recipe(model.recipe().as_str()).is_err());
}

#[test]
fn damaged_models_are_refused() {
    let file = learnt(log(0..200), None);
    let limits = Limits::default();
    for at in (0..file.len()).step_by(7).chain([file.len() - 1]) {
        let mut bad = file.clone();
        bad[at] ^= 4;
        assert!(Learnt::read(bad, &limits).is_err(), "{at}");
        assert!(Learnt::read(file[..at].to_vec(), &limits).is_err(), "{at}");
    }
}

/// An archive with its model inside needs nothing else, and the model is no member.
#[test]
fn models_inside_archives() {
    // A small engine: readers with tight limits must be able to use it.
    let small = LearnOptions {
        engine: Some("order:2".parse().unwrap()),
        ..options(Some(Form::Line))
    };
    let (model, _) = learn(&[log(0..300)], None, &small, &mut |_| {}, &()).unwrap();
    let model = Arc::new(model);
    let data = log(300..360);
    for records in [None, Some(Form::Line)] {
        let setting = Setting {
            records,
            embed: true,
            ..Setting::learnt(&model)
        };
        let archive = packed(b"a", &data, &setting);
        let listing = list(Cursor::new(&archive), &Limits::default()).unwrap();
        assert!(listing.is_good(), "{listing:?}");
        assert_eq!((listing.members.len(), listing.blocks.len()), (1, 2));
        assert_eq!(listing.bytes(), data.len() as u64);
        for source in sources(&archive) {
            let mut out = Vec::new();
            cat(source, &[], &mut out, &Limits::default(), 2, &()).unwrap();
            assert_eq!(out, data);
        }
        for source in sources(&archive) {
            let found = verify(source, &Limits::default(), 2, &()).unwrap();
            assert_eq!((found.members, found.problems), (1, vec![]));
            assert_eq!(found.bytes, data.len() as u64);
        }
        let mut left = 0;
        for at in (0..archive.len()).step_by(11) {
            let mut bad = archive.clone();
            bad[at] ^= 16;
            let whole = never_wrong(&bad, &[("a", &data)]);
            left += usize::from(whole[0]);
            if at % 5 == 0 {
                reader_never_panics(&bad);
                reader_never_panics(&archive[..at]);
            }
        }
        // Where the index alone is damaged, say, nothing is lost.
        assert!(never_wrong(&archive, &[("a", &data)])[0] && left > 0);
    }
}

fn prefixed(records: &[&[u8]]) -> Vec<u8> {
    let one = |r: &&[u8]| [&(r.len() as u32).to_le_bytes(), *r].concat();
    records.iter().flat_map(one).collect()
}

/// All records of an archive alone, from the last to the first.
fn alone(archive: &[u8], reading: Reading) -> Vec<Vec<u8>> {
    let file = Box::new(Cursor::new(archive.to_vec()));
    let mut archive = RecordArchive::open(file, reading).unwrap();
    let numbers = (0..archive.len()).rev();
    let mut all: Vec<_> = numbers.map(|i| archive.get(i).unwrap().0).collect();
    assert!(archive.get(archive.len()).is_err());
    all.reverse();
    all
}

#[test]
fn any_record_can_be_had_alone() {
    let json = json(300..340);
    let lines: Vec<&[u8]> = json.split_inclusive(|&b| b == b'\n').collect();
    let noise = minlen_testing::inputs::noise(3000, 1);
    let model = opened(&learnt(self::json(0..300), Some(Form::Line)));
    let odd = b"\n\na\r\n\n\0\n\xff\xffb".to_vec();
    for recipe in [model.recipe(), "order:1".parse().unwrap()] {
        for block_bytes in [1 << 20, 300] {
            let setting = |form| Setting {
                recipe: recipe.clone(),
                block_bytes,
                pack_bytes: block_bytes,
                ..Setting::learnt(&model).with_records(form)
            };
            let reading = setting(Form::Line).reading();
            for data in [
                &json,
                &odd,
                &json[..json.len() - 1].to_vec(),
                &b"\n".to_vec(),
            ] {
                let archive = packed(b"x", data, &setting(Form::Line));
                assert_eq!(unpacked(&archive, &reading).unwrap(), *data);
                let records: Vec<&[u8]> = data
                    .split_inclusive(|&b| b == b'\n')
                    .map(|r| r.strip_suffix(b"\n").unwrap_or(r))
                    .collect();
                assert_eq!(alone(&archive, reading.clone()), records);
            }
            let records = [&lines[..], &[b"", b"\n", &noise[..200]]].concat();
            let data = prefixed(&records);
            let archive = packed(b"x", &data, &setting(Form::Prefixed));
            assert_eq!(unpacked(&archive, &reading).unwrap(), data);
            assert_eq!(alone(&archive, reading.clone()), records);

            let folder = tempfile::tempdir().unwrap();
            for (i, record) in lines.iter().enumerate() {
                std::fs::write(folder.path().join(format!("{i:03}")), record).unwrap();
            }
            std::fs::write(folder.path().join("empty"), []).unwrap();
            let inputs = Inputs::from_paths(&[folder.path().into()], None).unwrap();
            let mut archive = Vec::new();
            compress(inputs, &mut archive, &setting(Form::File), 2, &()).unwrap();
            assert_eq!(alone(&archive, reading.clone()), lines);
            assert_eq!(unpacked(&archive, &reading).unwrap(), json);
        }
        // A line that is longer than a block is several records, and loses nothing.
        let setting = Setting {
            block_bytes: 1000,
            recipe: recipe.clone(),
            ..Setting::learnt(&model).with_records(Form::Line)
        };
        let archive = packed(b"x", &noise, &setting);
        assert_eq!(unpacked(&archive, setting.reading()).unwrap(), noise);
    }
    // Nothing at all.
    let setting = Setting::learnt(&model).with_records(Form::Line);
    let archive = packed(b"x", b"", &setting);
    assert_eq!(unpacked(&archive, setting.reading()).unwrap(), b"");
    // No sequence of records.
    let setting = Setting::learnt(&model).with_records(Form::Prefixed);
    let inputs = Inputs::from_reader(b"x", Box::new(Cursor::new(b"abcdefgh".to_vec())));
    let outcome = compress(inputs, Vec::new(), &setting, 1, &());
    assert!(matches!(outcome, Err(Error::Usage(_))), "{outcome:?}");
}

/// What records cost beside what they are: their list, and less than a byte for each end.
#[test]
fn records_end_for_little() {
    let file = learnt(log(0..500), Some(Form::Line));
    let model = opened(&file);
    let data = log(500..900);
    let setting = Setting::learnt(&model).with_records(Form::Line);
    let archive = packed(b"x", &data, &setting);
    let mut bits = 0;
    for line in data.split_inclusive(|&b| b == b'\n') {
        let setting = Setting::learnt(&model);
        let cost = measure(line, &setting, None, &()).unwrap().cost;
        bits += cost.units() >> 16;
    }
    let ideal = (bits >> 11) as usize;
    assert!(archive.len() > ideal);
    let each = (archive.len() - ideal - 200) as f64 / 400.0;
    assert!(each < 1.3, "{each} bytes a record");
}

/// A damaged block of records gives an error, or the record as it was.
#[test]
fn damaged_records_are_never_wrong() {
    let model = opened(&learnt(log(0..200), Some(Form::Line)));
    let data = log(200..240);
    let setting = Setting::learnt(&model).with_records(Form::Line);
    let archive = packed(b"x", &data, &setting);
    let records = alone(&archive, setting.reading());
    for at in 0..archive.len() {
        let mut bad = archive.clone();
        bad[at] ^= 1 << (at % 8);
        let file = Box::new(Cursor::new(bad));
        let Ok(mut archive) = RecordArchive::open(file, setting.reading()) else {
            continue;
        };
        for i in [0, 20, 39] {
            if let Ok((record, _)) = archive.get(i) {
                assert_eq!(record, records[i as usize], "{at}");
            }
        }
    }
}

#[test]
fn archives_grow() {
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("a.mln");
    let model = opened(&learnt(log(0..200), Some(Form::Line)));
    let setting = Setting {
        embed: true,
        ..Setting::learnt(&model).with_records(Form::Line)
    };
    let named =
        |name: &[u8], data: &[u8]| Inputs::from_reader(name, Box::new(Cursor::new(data.to_vec())));
    let first = packed(b"one", &log(200..230), &setting);
    std::fs::write(&place, &first).unwrap();
    let open = || {
        std::fs::File::options()
            .read(true)
            .write(true)
            .open(&place)
            .unwrap()
    };
    let report = append(named(b"two", &log(230..250)), &mut open(), &setting, 1, &()).unwrap();
    assert_eq!((report.members, report.blocks), (1, 1));
    let second = std::fs::read(&place).unwrap();
    assert_eq!(report.archive_bytes, second.len() as u64);
    // Not a byte of what was there has changed, but for the index.
    let tail = u32::from_le_bytes(first[first.len() - 8..][..4].try_into().unwrap()) as usize;
    assert_eq!(second[..first.len() - tail], first[..first.len() - tail]);
    assert_eq!(
        unpacked(&second, Reading::default()).unwrap(),
        log(200..250)
    );
    assert_eq!(alone(&second, Reading::default()).len(), 50);
    for source in sources(&second) {
        let found = verify(source, Reading::default(), 1, &()).unwrap();
        assert_eq!((found.members, found.problems), (2, vec![]));
    }

    // What fails leaves the archive as it was: a name that is there, an input that breaks off,
    // damage.
    let again = append(named(b"one", b"x\n"), &mut open(), &setting, 1, &());
    assert!(matches!(again, Err(Error::Usage(_))), "{again:?}");
    let prefixed = Setting::learnt(&model).with_records(Form::Prefixed);
    let broken = append(named(b"new", b"no lengths"), &mut open(), &prefixed, 1, &());
    assert!(matches!(broken, Err(Error::Usage(_))), "{broken:?}");
    assert_eq!(std::fs::read(&place).unwrap(), second);
    let mut bad = second.clone();
    bad[20] ^= 1;
    std::fs::write(&place, &bad).unwrap();
    assert!(append(named(b"new", b"x\n"), &mut open(), &setting, 1, &()).is_err());
    assert_eq!(std::fs::read(&place).unwrap(), bad);
}

#[test]
fn learning_is_judged_by_what_is_new() {
    let hear = &mut |_: LearnEvent| {};
    let twice = [log(0..300), log(0..300)];
    let (model, report) = learn(&twice, None, &options(Some(Form::Line)), hear, &()).unwrap();
    // The last tenth is what the first half has, so all of it stays.
    assert_eq!(report.train_records, 540);
    assert_eq!((report.held_records, report.repeated), (60, 0));
    assert!(report.again <= report.untaught);
    assert_eq!(
        model
            .card()
            .iter()
            .filter(|(key, _)| key == "records")
            .count(),
        1
    );

    let valid = [json(0..50)];
    let (_, report) = learn(&[json(20..400)], Some(&valid), &options(None), hear, &()).unwrap();
    assert_eq!(report.held_records, 1);
    assert!(report.lessons[report.taken].held < report.untaught);

    // A model may not be larger than it is told.
    let small = LearnOptions {
        model_bytes: 500,
        ..options(Some(Form::Line))
    };
    let noise: Vec<u8> = minlen_testing::inputs::noise(20_000, 3);
    let hex: String = noise.chunks(20).map(|c| format!("{c:02x?}\n")).collect();
    let (model, report) = learn(&[hex.into_bytes()], None, &small, hear, &()).unwrap();
    assert!(report.text_bytes < 5000);
    assert!(model.file().len() < 500 + 500);

    assert!(learn(&[vec![]], None, &options(None), hear, &()).is_err());
    assert!(learn(&[], None, &options(None), hear, &()).is_err());

    // Going on from a model: its text comes first.
    let base = opened(&learnt(log(0..200), None));
    let further = LearnOptions {
        base: Some(base),
        engine: None,
        ..options(None)
    };
    let (_, report) = learn(&[log(200..300)], None, &further, hear, &()).unwrap();
    assert_eq!(report.text_bytes, log(0..300).len() as u64);
}
