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
    // A kind need not be named.
    let further = LearnOptions {
        kind: LearnKind::Auto,
        base: Some(first.clone()),
        ..options(None, 20_000)
    };
    assert!(lesson(&further).unwrap().1 < held);
    // Without training it is what it was, bit for bit, and says so in numbers.
    let mut options = options(None, 0);
    options.base = Some(first.clone());
    let again = lesson(&options).unwrap();
    assert_eq!(again.1, held);
    let setting_of = |learnt: &Arc<Learnt>| compressed(&data[0], &setting(learnt), 1).len();
    assert_eq!(setting_of(&again.0), setting_of(&first));
    let (_, report) = learn(&data, None, &options, &mut |_| {}, &()).unwrap();
    assert_eq!(report.lessons[0].train, report.again);
    // Nothing to take, and nothing to learn.
    let none = LearnOptions {
        base: None,
        ..options.clone()
    };
    let says = lesson(&none).unwrap_err().to_string();
    assert!(says.contains("no net to take as it is"), "{says}");
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

/// How to learn factors of rank 2 from a base.
fn low_rank(base: &Arc<Learnt>, symbols: u64) -> LearnOptions {
    let mut options = options(None, symbols);
    options.net.as_mut().unwrap().rank = Some(2);
    options.base = Some(base.clone());
    options
}

#[test]
fn what_a_net_of_low_rank_codes_comes_back() {
    let base = learnt(None);
    let other = minlen_testing::inputs::noise(20_000, 7);
    let other: Vec<u8> = other
        .iter()
        .map(|b| b"xyz \n"[usize::from(b % 5)])
        .collect();
    let (learnt, report) = learn(
        std::slice::from_ref(&other),
        None,
        &low_rank(&base, 100_000),
        &mut |_| {},
        &(),
    )
    .unwrap();
    let learnt = Arc::new(learnt);
    // Small, and better than its base.
    assert!(3 * learnt.file().len() < base.file().len());
    assert_eq!(
        learnt.needed_bytes(),
        (learnt.file().len() + base.file().len()) as u64
    );
    let (under, rank) = learnt.changes().unwrap();
    assert_eq!((under.name(), rank), (base.name(), 2));
    assert!(learnt.says().contains(&base.name()), "{}", learnt.says());
    let before = measure(&other, &setting(&base), None, &()).unwrap();
    let after = measure(&other, &setting(&learnt), None, &()).unwrap();
    assert!(after.cost.bits_ceil() * 2 < before.cost.bits_ceil());
    assert!(report.lessons[0].held < 4.0, "{}", report.lessons[0].held);

    let mut archived = setting(&learnt);
    let archive = compressed(&other, &archived, 1);
    assert!(archive == compressed(&other, &archived, 3));
    // Read from its file again, it is the same.
    let reading = |models: &[&Arc<Learnt>]| {
        let mut reading = Reading::default();
        for model in models {
            reading.shelf.add((*model).clone());
        }
        reading
    };
    let again = Learnt::read(learnt.file().to_vec(), reading(&[&base])).unwrap();
    assert_eq!(extracted(&archive, &Arc::new(again)), other);
    // Without its base it cannot be, and says which is missing.
    let alone = Learnt::read(learnt.file().to_vec(), &Limits::default()).unwrap_err();
    assert!(
        matches!(&alone, Error::Data { source: DataError::Missing(name), .. } if *name == base.name()),
        "{alone}"
    );
    // An archive that holds it holds its base, too.
    archived.embed = true;
    let whole = compressed(&other, &archived, 1);
    for source in minlen_testing::props::sources(&whole) {
        let mut out = Vec::new();
        cat(source, &[], &mut out, Reading::default(), 2, &()).unwrap();
        assert_eq!(out, other);
    }
    let source = Source::File(Box::new(Cursor::new(whole)));
    let found = verify(source, Reading::default(), 1, &()).unwrap();
    assert_eq!((found.bytes, found.problems), (20_000, vec![]));

    // Changes of changes.
    let (third, _) = learn(
        &[text(20_000)],
        None,
        &low_rank(&learnt, 20_000),
        &mut |_| {},
        &(),
    )
    .unwrap();
    let third = Arc::new(third);
    archived = setting(&third);
    archived.embed = true;
    let data = text(3000);
    let mut out = Vec::new();
    let source = Source::File(Box::new(Cursor::new(compressed(&data, &archived, 1))));
    cat(source, &[], &mut out, Reading::default(), 2, &()).unwrap();
    assert_eq!(out, data);
    let read = |models: &[&Arc<Learnt>]| Learnt::read(third.file().to_vec(), reading(models));
    assert!(read(&[&learnt]).is_ok() && read(&[&base]).is_err());
    damaged(&learnt, &reading(&[&base]));
}

/// Damage of a model that changes another is found, and what does not fit it is refused.
fn damaged(learnt: &Learnt, reading: &Reading) {
    let file = learnt.file();
    for i in 0..200 {
        let at = i * (file.len() - 1) / 199;
        let mut bad = file.to_vec();
        bad[at] ^= 1 << (i % 8);
        assert!(Learnt::read(bad, reading).is_err(), "{i}");
        assert!(Learnt::read(file[..at].to_vec(), reading).is_err(), "{i}");
    }
    let (shape, net) = ("32,64,16,RW".parse().unwrap(), 20_000);
    let mut options = options(None, net);
    options.net.as_mut().unwrap().shape = shape;
    let (wider, _) = learn(&[text(20_000)], None, &options, &mut |_| {}, &()).unwrap();
    let primed = LearnOptions {
        kind: LearnKind::Primed,
        engine: Some("order:1".parse().unwrap()),
        ..options
    };
    let (primed, _) = learn(&[text(20_000)], None, &primed, &mut |_| {}, &()).unwrap();
    // A good check, and another base.
    for other in [wider, primed] {
        let other = Arc::new(other);
        let hash = other.file().last_chunk::<32>().unwrap();
        let mut forged = file[..file.len() - 32].to_vec();
        let at = forged
            .windows(4)
            .position(|w| w == reading_base(reading))
            .unwrap();
        forged[at..at + 32].copy_from_slice(hash);
        let check = *blake3::hash(&forged).as_bytes();
        forged.extend(check);
        let mut reading = Reading::default();
        reading.shelf.add(other);
        let refused = Learnt::read(forged, reading).unwrap_err();
        let is = matches!(
            refused,
            Error::Data {
                source: DataError::Damaged(_),
                ..
            }
        );
        assert!(is, "{refused}");
    }
}

/// The first bytes of the hash of the model on the shelf.
fn reading_base(reading: &Reading) -> [u8; 4] {
    let base = reading.shelf.models().next().unwrap();
    let hash = base.file().last_chunk::<32>().unwrap();
    [hash[0], hash[1], hash[2], hash[3]]
}

#[test]
fn ranks_need_a_model_and_something_to_learn() {
    let base = learnt(None);
    let says = |options: &LearnOptions| {
        let learnt = learn(&[text(20_000)], None, options, &mut |_| {}, &());
        learnt.map(|_| ()).unwrap_err().to_string()
    };
    assert!(says(&low_rank(&base, 0)).contains("nothing of that rank"));
    let mut options = low_rank(&base, 10_000);
    for rank in [0, 65] {
        options.net.as_mut().unwrap().rank = Some(rank);
        assert!(says(&options).contains("a rank is 1 to 64"));
    }
    options.base = None;
    assert!(says(&options).contains("a model to go on from is missing"));
}

/// Nets that learn to fill in gaps, and what they say of it.
#[test]
fn gaps_are_filled_in() {
    // Brackets close what they open: the suffix tells most of the middle.
    let line = |i: usize| {
        let word = ["alpha", "beta", "gamma", "delta"][i * 7 % 13 % 4];
        format!("<{word}>{}</{word}>\n", i * i % 97)
    };
    let data = [(0..3000).map(line).collect::<String>().into_bytes()];
    let learned = |objective| {
        let mut options = options(None, 150_000);
        options.net.as_mut().unwrap().objective = objective;
        learn(&data, None, &options, &mut |_| {}, &()).unwrap()
    };
    let (_, next) = learned(Objective::Next);
    assert!(next.filling.is_none());
    for objective in [Objective::Mask, Objective::Mixed] {
        let (learnt, report) = learned(objective);
        let filling = report.filling.unwrap();
        assert_eq!(filling.marks, [0xfd, 0xfe, 0xff]);
        assert!(filling.gaps > 10 && filling.both_sides < 8.0);
        let name = objective.name();
        let note = |(key, value): &(String, String)| key == "objective" && value.contains(name);
        assert!(learnt.card().iter().any(note), "{:?}", learnt.card());
        // What is held out is judged by what comes next.
        assert!(report.lessons[0].held < 5.0, "{}", report.lessons[0].held);
    }
    let every: Vec<u8> = (0..=255).collect();
    let mut options = options(None, 10_000);
    options.net.as_mut().unwrap().objective = Objective::Mixed;
    let refused = learn(&[every.repeat(40)], None, &options, &mut |_| {}, &());
    let says = refused.map(|_| ()).unwrap_err().to_string();
    assert!(
        says.contains("three bytes that the data never has"),
        "{says}"
    );
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
    let base = learnt(None);
    let kinds = [
        (text(30_000), 0, false),
        (text(30_000), 2, false),
        (noise, 2, false),
        (text(30_000), 0, true),
        (text(30_000), 2, true),
    ];
    for (data, patience, low) in kinds {
        let mut options = match low {
            true => low_rank(&base, 220_000),
            false => options(None, 220_000),
        };
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
    if options.base.is_some() {
        let mut other = options.clone();
        other.net.as_mut().unwrap().rank = Some(3);
        let rank = says(&other, &text(30_000));
        assert!(rank.contains("of another kind"), "{rank}");
    }
    let i = bytes.len() / 2;
    let damaged = [&bytes[..i], &[bytes[i] ^ 1], &bytes[i + 1..]].concat();
    std::fs::write(path, damaged).unwrap();
    let damaged = says(options, &text(31_000));
    assert!(damaged.contains("no whole checkpoint"), "{damaged}");
    std::fs::write(path, bytes).unwrap();
}

#[test]
fn bytes_of_nets_never_panic() {
    use minlen_testing::inputs::noise;
    use minlen_testing::props::{net_reads, tiny_net};
    let good = tiny_net().write();
    net_reads(&good);
    for i in 0..60 {
        let mut bad = good.clone();
        let at = if i < 10 { i } else { i * 97 % bad.len() };
        bad[at] ^= 1 << (i % 8);
        net_reads(&bad);
        // As factors of each rank, and as no such version.
        net_reads(&[&[1, i as u8], &noise(300 * i, i as u64)[..]].concat());
    }
}
