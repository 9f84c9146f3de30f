//! Records, each coded on its own: minlen with a learnt model beside zstd -19 with a dictionary.
//!
//! `cargo xtask records [--gets=N] [FILE…]`: the model and the dictionaries are made of the first half of
//! the records, the second half is coded. Of zstd, the frames are summed, without check and dictionary
//! number; what the dictionary takes is not counted, nor is the model. FILE: lines.
//! `--gets`: no engine by which a thread gets fewer records a second.

use crate::report::grouped;
use crate::{data, peers};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

/// What the records shall take, beside zstd; and the model; and how many a second can be had.
const BAR: f64 = 0.5;
const BAR_MODEL: u64 = 1 << 20;
const BAR_SPEED: f64 = 2000.0;

/// JSON whose parts are records: the file, and where in it they are.
const JSON: &[(&str, &str)] = &[
    ("twitter.json", "\"statuses\":"),
    ("github_events.json", ""),
    ("apache_builds.json", "\"jobs\":"),
    ("random.json", "\"result\":"),
    ("update-center.json", "\"plugins\":"),
];

/// Sizes of zstd's dictionaries, in KiB.
const DICTIONARIES: [u64; 4] = [4, 16, 64, 110];

/// Records asked for one by one, in no order.
const ASKED: usize = 5_000;

/// What came of one set of records.
struct Row {
    name: String,
    records: usize,
    bytes: u64,
    model: u64,
    ours: u64,
    /// Bytes of zstd's frames, and the KiB of its dictionary.
    zstd: Option<(u64, u64)>,
    gets: f64,
}

pub fn run(arguments: &[String]) {
    let (wishes, files): (Vec<_>, Vec<_>) = arguments.iter().partition(|a| a.starts_with("--"));
    let wishes: Vec<&str> = wishes.into_iter().map(String::as_str).collect();
    let wishes = wishes.join(" ");
    let sets = match &files[..] {
        [] => standard(),
        files => files.iter().map(|f| lines(Path::new(f))).collect(),
    };
    if sets.is_empty() {
        println!("no data, no figures: MINLEN_DATA names the folder that has logs/ and json/");
        return;
    }
    let zstd = peers::program("zstd");
    if zstd.is_none() {
        println!("zstd is absent: nothing to compare with");
    }
    println!(
        "| records | number coded | bytes | model, bytes | minlen, bytes | zstd -19, bytes | its dictionary, KiB \
         | minlen × zstd | without zstd's magic numbers | records/s |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let mut rows = Vec::new();
    for (name, records) in &sets {
        let row = measure(name, records, &wishes, zstd.as_deref());
        println!("{}", row.markdown());
        rows.push(row);
    }
    println!("\n{}", judged(&rows));
}

impl Row {
    /// Bytes beside those of zstd; the second without the four bytes with which each frame begins.
    fn ratios(&self) -> Option<(f64, f64)> {
        let (zstd, _) = self.zstd?;
        let bare = zstd - 4 * self.records as u64;
        Some((
            self.ours as f64 / zstd as f64,
            self.ours as f64 / bare as f64,
        ))
    }

    fn markdown(&self) -> String {
        let (zstd, kib) = match self.zstd {
            Some((bytes, kib)) => (grouped(bytes), kib.to_string()),
            None => ("absent".into(), "–".into()),
        };
        let (ratio, bare) = match self.ratios() {
            Some((ratio, bare)) => (format!("{ratio:.3}"), format!("{bare:.3}")),
            None => ("–".into(), "–".into()),
        };
        format!(
            "| {} | {} | {} | {} | {} | {zstd} | {kib} | {ratio} | {bare} | {} |",
            self.name,
            grouped(self.records as u64),
            grouped(self.bytes),
            grouped(self.model),
            grouped(self.ours),
            grouped(self.gets as u64),
        )
    }
}

/// How many sets reach each bar.
fn judged(rows: &[Row]) -> String {
    let all = rows.len();
    let reach = |good: &dyn Fn(&Row) -> bool| rows.iter().filter(|r| good(r)).count();
    let compared: Vec<f64> = rows.iter().filter_map(|r| Some(r.ratios()?.0)).collect();
    let mean = compared.iter().map(|r| r.ln()).sum::<f64>() / compared.len().max(1) as f64;
    format!(
        "≤ {BAR:.2} × zstd: {} of {} (geometric mean {:.3}); model ≤ {} bytes: {} of {all}; \
         ≥ {BAR_SPEED} records/s: {} of {all}",
        compared.iter().filter(|&&r| r <= BAR).count(),
        compared.len(),
        mean.exp(),
        grouped(BAR_MODEL),
        reach(&|r| r.model <= BAR_MODEL),
        reach(&|r| r.gets >= BAR_SPEED),
    )
}

/// `wishes`: more options of `learn`.
fn measure(name: &str, records: &[Vec<u8>], wishes: &str, zstd: Option<&Path>) -> Row {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let place = |name: &str| folder.path().join(name);
    let (seen, coded) = records.split_at(records.len() / 2);
    let [learn, code, model, archive] = ["seen", "coded", "model.mlm", "coded.mln"].map(place);
    std::fs::write(&learn, seen.concat()).expect("a file");
    std::fs::write(&code, coded.concat()).expect("a file");

    let minlen = peers::program("MINLEN").expect("minlen is built");
    let run = |words: &str| {
        let started = Instant::now();
        let mut command = Command::new(&minlen);
        command.args(words.split_whitespace());
        finish(command.current_dir(folder.path()));
        started.elapsed().as_secs_f64()
    };
    run(&format!(
        "learn -q --kind primed --record line {wishes} -o model.mlm seen"
    ));
    run("compress -q --record line --model model.mlm -o coded.mln coded");
    run("decompress -q --model model.mlm -o back coded.mln");
    let back = std::fs::read(place("back/coded")).expect("the lines are back");
    assert!(back == coded.concat(), "{name}: other lines came back");

    // One record also pays for the model; many pay for themselves.
    let get = |numbers: usize| {
        let numbers: Vec<String> = (0..numbers)
            .map(|i| (i.wrapping_mul(2_654_435_761) % coded.len()).to_string())
            .collect();
        let words = format!("get -q --model model.mlm coded.mln {}", numbers.join(" "));
        let times = (0..2).map(|_| run(&words));
        times.fold(f64::INFINITY, f64::min)
    };
    let gets = (ASKED - 1) as f64 / (get(ASKED) - get(1)).max(1e-9);

    let length = |path: &Path| path.metadata().map_or(0, |m| m.len());
    Row {
        name: name.into(),
        records: coded.len(),
        bytes: length(&code),
        model: length(&model),
        ours: length(&archive),
        zstd: zstd.and_then(|zstd| with_zstd(zstd, folder.path(), seen, coded)),
        gets,
    }
}

/// Bytes of all frames with the best dictionary, and that dictionary's KiB; 0: none. The program
/// `zstd` makes the dictionaries; the frames are its library's, which reads a dictionary only once.
fn with_zstd(
    zstd: &Path,
    folder: &Path,
    seen: &[Vec<u8>],
    coded: &[Vec<u8>],
) -> Option<(u64, u64)> {
    let samples = folder.join("samples");
    std::fs::create_dir(&samples).expect("a folder");
    for (i, record) in seen.iter().enumerate() {
        std::fs::write(samples.join(i.to_string()), record).expect("a file");
    }
    let mut found = vec![(frames(coded, &[]), 0)];
    for kib in DICTIONARIES {
        let place = folder.join("dictionary");
        let mut train = Command::new(zstd);
        train.args(["--train", "-q", "-f", "-r"]).arg(&samples);
        train
            .arg(format!("--maxdict={}", kib << 10))
            .arg("-o")
            .arg(&place);
        // Of too little data it makes none.
        if quietly(&mut train) {
            let dictionary = std::fs::read(&place).expect("a dictionary");
            found.push((frames(coded, &dictionary), kib));
        }
    }
    found.into_iter().min()
}

/// Bytes of all records as frames of zstd -19, without check and dictionary number.
fn frames(records: &[Vec<u8>], dictionary: &[u8]) -> u64 {
    let mut zstd = zstd::bulk::Compressor::with_dictionary(19, dictionary).expect("zstd");
    zstd.include_dictid(false).expect("zstd");
    let frame = |record: &Vec<u8>| zstd.compress(record).expect("zstd").len() as u64;
    records.iter().map(frame).sum()
}

fn finish(command: &mut Command) {
    assert!(quietly(command), "{:?} failed", command.get_program());
}

fn quietly(command: &mut Command) -> bool {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    command.status().is_ok_and(|s| s.success())
}

/// The logs and the JSON of the data.
fn standard() -> Vec<(String, Vec<Vec<u8>>)> {
    let mut sets = Vec::new();
    if let Some(logs) = data("logs") {
        let files = crate::sets::files(&logs, "log");
        sets.extend(files.iter().map(|f| lines(f)));
    }
    if let Some(folder) = data("json") {
        for (file, place) in JSON {
            match std::fs::read(folder.join(file)) {
                Ok(content) => sets.push((file.to_string(), parts(&content, place))),
                Err(e) => eprintln!("{file}: {e}"),
            }
        }
    }
    sets
}

fn lines(file: &Path) -> (String, Vec<Vec<u8>>) {
    let content = std::fs::read(file).expect("the file can be read");
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let lines = content.split_inclusive(|&b| b == b'\n').map(<[u8]>::to_vec);
    (name.into(), lines.collect())
}

/// What stands between the commas of the array or object behind `place` in a JSON text, each a line
/// without spaces; a name and its value in braces.
fn parts(json: &[u8], place: &str) -> Vec<Vec<u8>> {
    let compact = compact(json);
    let from = compact
        .windows(place.len().max(1))
        .position(|w| w.starts_with(place.as_bytes()));
    let rest = &compact[from.expect("the JSON has that part") + place.len()..];
    let mut parts = Vec::new();
    let (mut depth, mut from) = (0, 1);
    let mut quotes = Quotes::default();
    for (i, &b) in rest.iter().enumerate() {
        if quotes.hold(b) {
            continue;
        }
        match b {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth -= 1,
            _ => {}
        }
        if depth == 0 || depth == 1 && b == b',' {
            let part = &rest[from..i];
            parts.push(match rest[0] {
                b'{' => [b"{", part, b"}\n"].concat(),
                _ => [part, b"\n"].concat(),
            });
            from = i + 1;
        }
        if depth == 0 {
            break;
        }
    }
    parts
}

/// Whether a byte of a JSON text stands in quotes.
#[derive(Default)]
struct Quotes {
    open: bool,
    skip: bool,
}

impl Quotes {
    fn hold(&mut self, b: u8) -> bool {
        let was_open = self.open;
        match b {
            _ if self.skip => self.skip = false,
            b'\\' => self.skip = true,
            b'"' => self.open = !self.open,
            _ => {}
        }
        was_open || self.open
    }
}

/// JSON without the spaces outside of its texts.
fn compact(json: &[u8]) -> Vec<u8> {
    let mut quotes = Quotes::default();
    let stays = |b: &u8| quotes.hold(*b) || !b.is_ascii_whitespace();
    json.iter().copied().filter(stays).collect()
}
