//! Learnt models of the kind `net`: the same on both sides, on any threads, after any break.

use minlen::*;
use std::io::Cursor;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How to learn a tiny net, with so many symbols.
fn options(advises: Option<&str>, symbols: u64) -> LearnOptions {
    LearnOptions {
        kind: LearnKind::Net,
        net: Some(NetOptions {
            shape: "32,32,16,RW".parse().unwrap(),
            advises: advises.map(|recipe| recipe.parse().unwrap()),
            budget: NetBudget::Symbols(symbols),
            threads: 2,
            ..NetOptions::default()
        }),
        ..LearnOptions::default()
    }
}

/// Stops when so many symbols were learnt from.
#[derive(Default)]
struct Until {
    symbols: u64,
    done: AtomicU64,
}

impl Watch for Until {
    fn advance(&self, symbols: u64) {
        self.done.fetch_add(symbols, Ordering::Relaxed);
    }

    fn stop(&self) -> bool {
        self.done.load(Ordering::Relaxed) >= self.symbols
    }
}

fn text(bytes: usize) -> Vec<u8> {
    minlen_testing::inputs::text(bytes)
}

fn learnt(advises: Option<&str>) -> Arc<Learnt> {
    let options = options(advises, 50_000);
    let (learnt, report) = learn(&[text(30_000)], None, &options, &mut |_| {}, &()).unwrap();
    assert!(report.lessons[0].held < 7.9, "it has learnt something");
    Arc::new(learnt)
}

fn setting(learnt: &Arc<Learnt>) -> Setting {
    let mut setting = Setting::recipe("order:1").unwrap();
    setting.recipe = learnt.recipe();
    setting.shelf.add(learnt.clone());
    setting
}

fn compressed(data: &[u8], setting: &Setting, threads: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let inputs = Inputs::from_reader(b"x", Box::new(Cursor::new(data.to_vec())));
    compress(inputs, &mut out, setting, threads, &()).unwrap();
    out
}

/// What `archive` holds, with that model at hand.
fn extracted(archive: &[u8], learnt: &Arc<Learnt>) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let mut reading = Reading::default();
    reading.shelf.add(learnt.clone());
    let options = ExtractOptions {
        target: folder.path().join("to"),
        names: vec![],
        unnamed: b"data".to_vec(),
        replace: false,
        reading,
        threads: 2,
    };
    let source = Source::File(Box::new(Cursor::new(archive.to_vec())));
    let report = extract(source, &options, &()).unwrap();
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    std::fs::read(folder.path().join("to/x")).unwrap()
}

#[test]
fn what_a_net_codes_comes_back() {
    // Alone, it has a lane for each 64 KiB; with advice, one.
    let data = text(200_000);
    for (advises, data) in [(Some("mix2:fast,12"), &data[..20_000]), (None, &data[..])] {
        let learnt = learnt(advises);
        let mut setting = setting(&learnt);
        let archive = compressed(data, &setting, 1);
        assert!(archive.len() < data.len());
        assert_eq!(extracted(&archive, &learnt), data);
        // Several blocks, on several threads.
        setting.block_bytes = data.len() as u64 / 2;
        let blocks = compressed(data, &setting, 1);
        assert!(blocks == compressed(data, &setting, 3));
        assert_eq!(extracted(&blocks, &learnt), data);
        // Drawing can be repeated.
        let draw = |seed| generate(b"", 200, seed, &setting, &()).unwrap();
        assert!(draw(1) == draw(1) && draw(1) != draw(2));
        assert_eq!(draw(1).len(), 200);
    }
}

#[test]
fn a_net_goes_on_from_another() {
    let data = [text(30_000)];
    let lesson = |options: &LearnOptions| {
        let (learnt, report) = learn(&data, None, options, &mut |_| {}, &())?;
        Ok::<_, Error>((Arc::new(learnt), report.lessons[0].held))
    };
    let (first, held) = lesson(&options(None, 50_000)).unwrap();
    // Without training it is as good as it was, but for its integers, which are rounded again.
    let mut options = options(None, 0);
    options.base = Some(first);
    let again = lesson(&options).unwrap();
    assert!((again.1 - held).abs() < 0.01, "{held} {}", again.1);
    let advises = |options: &mut LearnOptions, recipe: &str| {
        options.net.as_mut().unwrap().advises = Some(recipe.parse().unwrap());
    };
    advises(&mut options, "mix2:fast,12");
    let advising = lesson(&options).unwrap();
    assert!(advising.1 < held && advising.0.says().contains("advises mix2:fast,12"));
    advises(&mut options, "order:2");
    let says = lesson(&options).unwrap_err().to_string();
    assert!(says.contains("not order:2"), "{says}");
}

#[test]
fn damaged_models_are_refused() {
    let file = learnt(None).file().to_vec();
    let limits = Limits::default();
    assert!(Learnt::read(file.clone(), &limits).is_ok());
    for i in 0..200 {
        let mut damaged = file.clone();
        damaged[i * (file.len() - 1) / 199] ^= 1 << (i % 8);
        assert!(Learnt::read(damaged, &limits).is_err(), "{i}");
        let short = file[..i * (file.len() - 1) / 199].to_vec();
        assert!(Learnt::read(short, &limits).is_err(), "{i}");
    }
}

/// Learns, with a checkpoint, until `stops`.
fn broken(data: &[u8], options: &LearnOptions, stops: u64) -> Result<Learnt, Error> {
    let watch = Until {
        symbols: stops,
        ..Until::default()
    };
    learn(&[data.to_vec()], None, options, &mut |_| {}, &watch).map(|(learnt, _)| learnt)
}

#[test]
fn breaks_change_no_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("checkpoint");
    // Noise cannot be learnt: with patience, it ends at the third look, with the best of the three.
    let noise = minlen_testing::inputs::noise(20_000, 1);
    for (data, patience) in [(text(30_000), 0), (text(30_000), 2), (noise, 2)] {
        let mut options = options(None, 220_000);
        options.net.as_mut().unwrap().patience = patience;
        let whole = broken(&data, &options, u64::MAX).unwrap();
        options.net.as_mut().unwrap().checkpoint = Some(path.clone());
        // A step has 4,096 symbols; after 25 there is a look.
        for stops in [3 * 4096, 22 * 4096, 20 * 4096] {
            let stopped = broken(&data, &options, stops);
            assert!(matches!(stopped, Err(Error::Stopped)), "{patience}");
        }
        let resumed = broken(&data, &options, u64::MAX).unwrap();
        assert!(whole.file() == resumed.file(), "{patience}");
        // Again, from the checkpoint of a finished run.
        let again = broken(&data, &options, u64::MAX).unwrap();
        assert!(whole.file() == again.file(), "{patience}");
        refused(&options, &path);
        std::fs::remove_file(&path).unwrap();
    }
}

/// The checkpoint does not fit other data or another shape, and damage is found.
fn refused(options: &LearnOptions, path: &Path) {
    let bytes = std::fs::read(path).unwrap();
    let says = |options: &LearnOptions, data: &[u8]| {
        let learnt = broken(data, options, u64::MAX);
        learnt.map(|_| ()).unwrap_err().to_string()
    };
    let other = says(options, &text(31_000));
    assert!(other.contains("other data"), "{other}");
    let i = bytes.len() / 2;
    let damaged = [&bytes[..i], &[bytes[i] ^ 1], &bytes[i + 1..]].concat();
    std::fs::write(path, damaged).unwrap();
    let damaged = says(options, &text(31_000));
    assert!(damaged.contains("no whole checkpoint"), "{damaged}");
    std::fs::write(path, bytes).unwrap();
}
