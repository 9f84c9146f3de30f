//! What learning says of itself, what records cost, and archives that grow.

use minlen::*;
use minlen_testing::props::sources;
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
            i.is_multiple_of(2)
        )
    };
    records.map(record).collect::<String>().into_bytes()
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

/// All records of an archive alone, from the last to the first.
fn alone(archive: &[u8], reading: Reading) -> Vec<Vec<u8>> {
    let file = Box::new(Cursor::new(archive.to_vec()));
    let mut archive = RecordArchive::open(file, reading).unwrap();
    let numbers = (0..archive.len()).rev();
    let mut all: Vec<_> = numbers.map(|i| archive.get(i).unwrap().bytes).collect();
    assert!(archive.get(archive.len()).is_err());
    all.reverse();
    all
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
