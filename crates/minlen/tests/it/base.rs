//! The base model, which is two: what codes what, and that all of it comes back.

use minlen::*;
use std::io::Cursor;

const TEXT: usize = 12_000;

fn plays() -> Vec<u8> {
    let place = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/shakespeare.txt"
    );
    std::fs::read(place).unwrap()[..TEXT].to_vec()
}

fn written(data: &[u8], setting: &Setting, threads: usize) -> (Vec<u8>, CompressReport) {
    let mut out = Vec::new();
    let inputs = Inputs::from_reader(b"x", Box::new(Cursor::new(data.to_vec())));
    let report = compress(inputs, &mut out, setting, threads, &()).unwrap();
    (out, report)
}

/// The recipes of an archive's blocks, once it was seen that `data` comes back of it, with nothing else at hand.
fn recipes(archive: &[u8], data: &[u8]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let options = ExtractOptions {
        target: folder.path().join("to"),
        names: vec![],
        unnamed: b"data".to_vec(),
        replace: false,
        reading: Reading::default(),
        threads: 2,
    };
    let source = Source::File(Box::new(Cursor::new(archive.to_vec())));
    let report = extract(source, &options, &()).unwrap();
    assert_eq!(report.problems, Vec::<String>::new());
    assert!(std::fs::read(folder.path().join("to/x")).unwrap() == data);
    let listing = list(Cursor::new(archive), Reading::default()).unwrap();
    listing
        .blocks
        .into_iter()
        .map(|block| block.recipe)
        .collect()
}

#[test]
fn text_is_read_by_words_and_other_data_by_bytes() {
    let base = Setting::learnt(Learnt::base());
    let text = plays();
    let (archive, report) = written(&text, &base, 1);
    assert_eq!(recipes(&archive, &text), ["base:2"]);
    assert_eq!(report.learnt, [Learnt::base_of_words().recipe()]);
    assert_eq!(
        report.needed_bytes,
        Learnt::base_of_words().file().len() as u64
    );
    // Shorter than by the engine alone, which knows words, too.
    let (alone, _) = written(&text, &Setting::default(), 1);
    let (bytes, without) = (archive.len(), alone.len());
    assert!(100 * bytes < 92 * without, "{bytes} {without}");

    // The parameters count: they are more than codes of words save of a line.
    let line = &text[..200];
    let (archive, _) = written(line, &base, 1);
    assert_eq!(recipes(&archive, line), ["base:1"]);

    let table = b"3,14,15\n92,65,35\n89,79,32\n".repeat(60);
    let (archive, _) = written(&table, &base, 1);
    assert_eq!(recipes(&archive, &table), ["base:1"]);
    let noise = minlen_testing::inputs::noise(2_000, 7);
    let (archive, report) = written(&noise, &base, 1);
    assert_eq!(recipes(&archive, &noise), ["stored"]);
    assert_eq!((report.needed_bytes, report.learnt.len()), (0, 0));

    // Each block has its own; threads have no say.
    let both = [&text[..6_000], &noise[..], &vec![7; 4_000]].concat();
    let mut cut = base.clone();
    cut.block_bytes = 6_000;
    let (archive, _) = written(&both, &cut, 1);
    assert!(archive == written(&both, &cut, 3).0);
    assert_eq!(recipes(&archive, &both).len(), 2);
}

#[test]
fn where_words_cannot_be_read_bytes_are() {
    let base = Setting::learnt(Learnt::base());
    let text = &plays()[..6_000];
    // The archive holds the net of bytes.
    let mut inside = base.clone();
    inside.embed = true;
    let (archive, report) = written(text, &inside, 1);
    assert_eq!(recipes(&archive, text)[1..], ["base:1"]);
    assert!(report.model_bytes > 1_000_000);
    // Records are each on their own.
    let lines = base.clone().with_records(Form::Line);
    let (archive, report) = written(&text[..600], &lines, 1);
    assert_eq!(recipes(&archive, &text[..600]), ["records:base:1"]);
    assert_eq!(report.learnt, [Learnt::base().recipe()]);
    // The smallest memory that is said to suffice does.
    let least = Learnt::base().memory();
    assert!(base.clone().within(least - 1).is_err());
    assert!(Learnt::base_of_words().memory() > least);
    let (archive, _) = written(text, &base.within(least).unwrap(), 1);
    assert_eq!(recipes(&archive, text), ["base:1"]);
}
