//! Properties: each panics when it does not hold.

use crate::hostile;
use crate::io::OneByte;
use minlen::{Cost, Error, Inputs, Limits, Setting, Source, measure};
use minlen_core::{Entry, Model, Recipe, Structure, Teacher, run};
use minlen_format::{Archive, Check, Coded, Header, STORED, read_table, write_table};
use minlen_neural::{LowRank, Net, Stream, Weights};
use std::io::Cursor;
use std::sync::{Arc, OnceLock};

/// Limits so tight that no archive can take more than some tens of MiB.
pub const TIGHT: Limits = Limits {
    model_bytes: 64 << 20,
    block_bytes: 1 << 20,
    members: 1000,
    output_bytes: 1 << 20,
    growth: 16,
};

/// An archive of `bytes`, which come and go one at a time.
fn compress(bytes: &[u8], setting: &Setting, threads: usize) -> Vec<u8> {
    let reader = OneByte(Cursor::new(bytes.to_vec()));
    let inputs = Inputs::from_reader(b"", Box::new(reader)).of_length(bytes.len() as u64);
    let mut out = Vec::new();
    let report = minlen::compress(inputs, &mut out, setting, threads, &()).expect("compress");
    assert_eq!(report.bytes, bytes.len() as u64);
    assert_eq!(report.archive_bytes, out.len() as u64);
    out
}

/// An archive as a file or a pipe, whole or one byte a read.
pub fn sources(archive: &[u8]) -> [Source; 3] {
    let cursor = || Cursor::new(archive.to_vec());
    [
        Source::File(Box::new(cursor())),
        Source::Pipe(Box::new(cursor())),
        Source::Pipe(Box::new(OneByte(cursor()))),
    ]
}

/// Compressed and back, by file and by pipe, the same; with threads the same archive; listed and
/// verified as good. Gives the archive.
pub fn archive_round_trip(bytes: &[u8], setting: &Setting, threads: &[usize]) -> Vec<u8> {
    let archive = compress(bytes, setting, 1);
    for &threads in threads {
        assert!(compress(bytes, setting, threads) == archive, "{threads}");
    }
    let limits = Limits {
        output_bytes: 1 << 40,
        ..Limits::default()
    };
    let listing = minlen::list(Cursor::new(&archive), &limits).expect("list");
    assert!(listing.is_good() && listing.bytes() == bytes.len() as u64);
    for source in sources(&archive) {
        let mut back = Vec::new();
        minlen::cat(source, &[], &mut back, &limits, 2, &()).expect("cat");
        assert!(back == bytes, "the archive gives something else back");
    }
    let [file, ..] = sources(&archive);
    let report = minlen::verify(file, &limits, 1, &()).expect("verify");
    assert_eq!(report.problems, Vec::<String>::new());
    archive
}

/// What was measured is what was coded, within 8 bytes a block; not so in blocks whose view is for
/// archives alone.
pub fn measured_is_coded(bytes: &[u8], setting: &Setting, archive: &[u8]) {
    let measured = measure(bytes, setting, None, &()).expect("measure");
    assert_eq!(measured.trace.iter().copied().sum::<Cost>(), measured.cost);
    let opened = Archive::open(Cursor::new(archive), &Limits::default()).expect("open");
    let mut at = 0;
    for place in opened.places() {
        let header = place.header.as_ref().expect("a good header");
        let trace = &measured.trace[at..at + header.bytes as usize];
        at += header.bytes as usize;
        let ideal = trace.iter().copied().sum::<Cost>().bytes_ceil();
        let coded = header.content.coded_bytes();
        let view = minlen::views().iter().find(|v| v.name() == header.view);
        if !view.expect("a registered view").keeps_places() {
            continue;
        }
        let fits = match header.content.recipe.as_str() {
            // Stored because coding would have been longer.
            STORED => coded <= ideal + 8,
            _ => coded.abs_diff(ideal) <= 8,
        };
        assert!(fits, "{}: coded {coded}, measured {ideal}", setting.recipe);
    }
    assert_eq!(at, bytes.len());
}

/// Any bytes as an archive: an error, a problem, or data; never a panic. Data that passes as good
/// is the same by file and by pipe.
pub fn reader_never_panics(bytes: &[u8]) {
    let _ = minlen::list(Cursor::new(bytes), &TIGHT);
    let mut outcomes = sources(bytes).map(|source| {
        let mut out = Vec::new();
        let outcome = minlen::cat(source, &[], &mut out, &TIGHT, 1, &());
        assert!(out.len() as u64 <= TIGHT.output_bytes.max(16 * bytes.len() as u64));
        (outcome.is_ok(), out)
    });
    outcomes.rotate_left(1);
    let [pipe, slow_pipe, file] = outcomes;
    assert!(pipe == slow_pipe, "chunked reading changes the outcome");
    if pipe.0 {
        assert!(pipe == file, "a file reads other than a pipe");
    }
    for source in sources(bytes) {
        let _ = minlen::verify(source, &TIGHT, 1, &());
    }
}

/// A damaged form of an archive: each member comes back as it was, or cut off with an error, or
/// not at all; never changed. Returns for each of `members` whether it came back whole.
pub fn never_wrong(damaged: &[u8], members: &[(&str, &[u8])]) -> Vec<bool> {
    members
        .iter()
        .map(|(name, content)| {
            let mut out = Vec::new();
            let source = Source::File(Box::new(Cursor::new(damaged.to_vec())));
            let names = [name.as_bytes().to_vec()];
            let outcome = minlen::cat(source, &names, &mut out, &TIGHT, 1, &());
            assert!(content.starts_with(&out), "{name}: wrong data");
            assert!(outcome.is_err() || out == *content, "{name}: silent loss");
            out == *content && !matches!(outcome, Err(Error::Usage(_)))
        })
        .collect()
}

/// `symbols` through the coder under a model: back the same, in one lane and in several; damaged
/// code gives an error or other symbols, never a panic.
pub fn coder_round_trip(entry: &Entry, settings: &str, symbols: &[u8], structure: &Structure) {
    let recipe: Recipe = match settings {
        "" => entry.name.parse(),
        settings => format!("{}:{settings}", entry.name).parse(),
    }
    .expect("a registered model has a good name");
    let limits = Limits::default();
    for lanes in [1, 3] {
        use minlen::internal::{decode, encode};
        let coded = encode(&recipe, structure, symbols, lanes, &limits, &()).expect("encode");
        let header = Coded {
            recipe: recipe.clone(),
            symbols: symbols.len() as u64,
            lanes: coded.lengths,
            check: Check::of(symbols),
        };
        let back = decode(&header, structure, &coded.payload, &limits, &());
        assert!(back.expect("decode") == symbols, "{recipe}: other symbols");
        let mut spoilt = coded.payload;
        if let Some(byte) = spoilt.first_mut() {
            *byte ^= 0x55;
            let _ = decode(&header, structure, &spoilt, &limits, &());
        }
    }
}

/// Any bytes as code: an error or other symbols, as many as asked for; never a panic, and soon.
pub fn hostile_code(entry: &Entry, settings: &str, code: &[u8], structure: &Structure) {
    let recipe = format!("{}:{settings}", entry.name);
    let Ok(recipe) = recipe.trim_end_matches(':').parse() else {
        return;
    };
    let header = Coded {
        recipe,
        symbols: 2000,
        lanes: vec![code.len() as u64],
        check: Check::of(code),
    };
    let limits = Limits::default();
    if let Ok(symbols) = minlen::internal::decode(&header, structure, code, &limits, &()) {
        assert_eq!(symbols.len(), 2000);
    }
}

/// An archive whose checks fit but whose content, table and header `bytes` choose: the first byte
/// says how much of the rest is the table; another two say what the header claims.
pub fn sealed(bytes: &[u8]) -> Vec<u8> {
    const MODELS: [&str; 4] = [STORED, "order:0", "order:1", "order:9"];
    const VIEWS: [&str; 4] = ["bytes", "words", "records", "wav"];
    let Some((&[split, models, claim], rest)) = bytes.split_first_chunk::<3>() else {
        return hostile::archive(&[]);
    };
    let (table, content) = rest.split_at(rest.len().min(usize::from(split)));
    let (params, content) = content.split_at(content.len().min(usize::from(claim & 7)));
    let mut header = Header {
        view: VIEWS[usize::from(models >> 4 & 3)].into(),
        params: params.to_vec(),
        bytes: content.len() as u64,
        table: hostile::stored(table),
        content: hostile::stored(content),
    };
    header.table.recipe = hostile::recipe(MODELS[usize::from(models & 3)]);
    header.content.recipe = hostile::recipe(MODELS[usize::from(models >> 2 & 3)]);
    match claim >> 3 & 7 {
        1 => header.bytes *= 5,
        2 => header.content.symbols *= 5,
        3 => header.table.symbols *= 5,
        4 => header.bytes = 1 << (claim >> 2),
        5 => header.content.lanes = vec![1, content.len().saturating_sub(1) as u64],
        _ => {}
    }
    let block = (header, table.to_vec(), content.to_vec());
    let copies = 1 + usize::from(claim >> 6);
    hostile::archive(&vec![block; copies])
}

/// A setting that three bytes choose: any sampled model, small blocks and packs.
pub fn chosen_setting([model, block, pack]: [u8; 3]) -> Setting {
    let cheap = minlen::models().flat_map(|m| m.samples.iter().take(3).map(move |s| (m.name, *s)));
    let all: Vec<_> = cheap.collect();
    let (name, settings) = all[usize::from(model) % all.len()];
    let recipe = format!("{name}:{settings}");
    Setting {
        block_bytes: 1 + u64::from(block) * 16,
        pack_bytes: u64::from(pack) * 16,
        ..Setting::recipe(recipe.trim_end_matches(':')).expect("a sample is a good setting")
    }
}

/// Any text as a recipe: refused, or as written; its settings never panic.
pub fn recipe_parses(text: &str) {
    let Ok(recipe) = text.parse::<Recipe>() else {
        return;
    };
    assert_eq!(recipe.as_str(), text);
    let _ = Setting::recipe(text);
    for entry in minlen::models() {
        let _ = (entry.memory)(recipe.settings());
    }
}

/// Any bytes as a table of members: refused, or the same when written and read again.
pub fn table_reads(bytes: &[u8]) {
    for content in [0, 1, 18, 1 << 40] {
        let Ok(segments) = read_table(bytes, content, &TIGHT) else {
            continue;
        };
        let again = read_table(&write_table(&segments), content, &TIGHT);
        assert_eq!(
            again.expect("a table that was read can be written"),
            segments
        );
    }
}

/// A tiny net.
pub fn tiny_net() -> &'static Weights {
    static NET: OnceLock<Weights> = OnceLock::new();
    NET.get_or_init(|| {
        let shape = "32,32,16,RW".parse().expect("a shape");
        let noise = crate::inputs::noise(minlen_neural::Shape::parameters(&shape), 5);
        let parameters: Vec<f32> = noise.iter().map(|&b| f32::from(b as i8) / 256.0).collect();
        Weights::quantise(&shape, &parameters).expect("numbers")
    })
}

/// Bytes as a net, and as changes of one: refused, or a net that is written and read the same, and
/// predicts.
pub fn net_reads(bytes: &[u8]) {
    // Some 250,000 parameters.
    let limits = Limits {
        model_bytes: 1 << 20,
        ..TIGHT
    };
    let runs = |weights: &Weights| {
        let again = Weights::read(&weights.write(), &limits).expect("what was written");
        assert!(
            again == *weights,
            "a net is read otherwise than it was written"
        );
        let mut stream = Stream::new(Arc::new(Net::new(weights)));
        run(&mut stream, &mut Teacher::new(b"ab\xff"));
        stream.predict();
    };
    if let Ok(weights) = Weights::read(bytes, &limits) {
        runs(&weights);
    }
    let base = tiny_net();
    if let Ok(changes) = LowRank::read(bytes, base.shape(), &limits) {
        let again = LowRank::read(&changes.write(), base.shape(), &limits);
        assert!(
            again.is_ok_and(|again| again == changes),
            "factors are read otherwise"
        );
        if let Ok(weights) = changes.of(base) {
            runs(&weights);
        }
    }
}
