//! A long stream through `minlen compress | minlen decompress`, in bounded memory.
//!
//! `cargo xtask stream [--gb N]… [--level -1 | --model RECIPE] [--threads N] [--again N]`: a made stream,
//! lines as of a log, goes through both pipes at once; nothing of it is stored. What comes back is
//! compared by its hash. Told are the speed, and the largest memory (VmHWM) of both processes. `--again`:
//! each 256 KiB of lines come so many times, as in a backup of copies.

use crate::{peers, value};
use std::io::{BufWriter, Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

pub fn run(arguments: &[String]) {
    let sizes: Vec<f64> = arguments
        .windows(2)
        .filter(|pair| pair[0] == "--gb")
        .filter_map(|pair| pair[1].parse().ok())
        .collect();
    let sizes = if sizes.is_empty() { vec![10.0] } else { sizes };
    let model = match (value(arguments, "--model"), value(arguments, "--level")) {
        (Some(recipe), _) => vec!["--model", recipe],
        (None, level) => vec![level.unwrap_or("-1")],
    };
    let threads = value(arguments, "--threads").unwrap_or("1");
    let again = value(arguments, "--again").and_then(|n| n.parse().ok());
    let again = again.unwrap_or(1);
    println!(
        "minlen compress {} --threads {threads}, from pipe to pipe:\n",
        model.join(" ")
    );
    println!("| stream | archive | MB/s | memory, compress | memory, decompress |");
    println!("|--:|--:|--:|--:|--:|");
    for gb in sizes {
        one((gb * 1e9) as u64, again, &model, threads);
    }
}

/// One stream there and back.
fn one(bytes: u64, again: usize, model: &[&str], threads: &str) {
    let program = peers::program("MINLEN").expect("minlen is built");
    let mut compress = Command::new(&program);
    compress
        .args(["compress", "-q", "--threads", threads])
        .args(model);
    let start = Instant::now();
    let mut packer = spawn(compress);
    let mut unpack = Command::new(&program);
    // A stream of any length is trusted here.
    unpack.args([
        "decompress",
        "-q",
        "--threads",
        threads,
        "--max-output",
        "1T",
    ]);
    let mut unpacker = spawn(unpack);

    let mut into = BufWriter::with_capacity(1 << 16, packer.stdin.take().expect("a pipe"));
    let mut archive = packer.stdout.take().expect("a pipe");
    let mut there = unpacker.stdin.take().expect("a pipe");
    let mut back = unpacker.stdout.take().expect("a pipe");
    let archive_bytes = AtomicU64::new(0);
    let done = AtomicBool::new(false);
    let (sent, came, peaks) = std::thread::scope(|scope| {
        let sent = scope.spawn(move || {
            let mut hasher = blake3::Hasher::new();
            let mut lines = Lines::new();
            let mut left = bytes;
            while left > 0 {
                let some = lines.some();
                for _ in 0..again {
                    let part = &some[..some.len().min(left as usize)];
                    hasher.update(part);
                    into.write_all(part).expect("compress reads on");
                    left -= part.len() as u64;
                }
            }
            into.flush().expect("compress reads on");
            hasher.finalize()
        });
        let archive_bytes = &archive_bytes;
        scope.spawn(move || {
            let mut buffer = vec![0; 1 << 16];
            while let Ok(n @ 1..) = archive.read(&mut buffer) {
                archive_bytes.fetch_add(n as u64, Ordering::Relaxed);
                there.write_all(&buffer[..n]).expect("decompress reads on");
            }
        });
        let (done, ids) = (&done, [packer.id(), unpacker.id()]);
        let peaks = scope.spawn(move || {
            let mut peaks = [0; 2];
            while !done.load(Ordering::Relaxed) {
                for (peak, id) in peaks.iter_mut().zip(ids) {
                    *peak = peak_kib(id).max(*peak);
                }
                std::thread::sleep(Duration::from_millis(20));
            }
            peaks
        });
        let mut hasher = blake3::Hasher::new();
        let mut buffer = vec![0; 1 << 16];
        let mut got = 0;
        while let Ok(n @ 1..) = back.read(&mut buffer) {
            hasher.update(&buffer[..n]);
            got += n as u64;
        }
        done.store(true, Ordering::Relaxed);
        let sent = sent.join().expect("the sender ends");
        (
            sent,
            (got, hasher.finalize()),
            peaks.join().expect("the watcher ends"),
        )
    });
    let seconds = start.elapsed().as_secs_f64();
    for child in [&mut packer, &mut unpacker] {
        assert!(
            child.wait().is_ok_and(|status| status.success()),
            "minlen failed"
        );
    }
    assert_eq!(came, (bytes, sent), "something else came back");
    println!(
        "| {:.2} GB | {:.3} GB | {:.2} | {} MiB | {} MiB |",
        bytes as f64 / 1e9,
        archive_bytes.into_inner() as f64 / 1e9,
        bytes as f64 / 1e6 / seconds,
        peaks[0] >> 10,
        peaks[1] >> 10,
    );
}

fn spawn(mut command: Command) -> Child {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    command.spawn().expect("minlen starts")
}

/// The largest memory that a process has held so far, in KiB; 0 when the system does not say.
fn peak_kib(id: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|p| p.split_whitespace().next()?.parse().ok());
    peak.unwrap_or(0)
}

/// Lines as of a log: the same on every machine, about 7 bits a line's worth of news in each field.
struct Lines {
    state: u64,
    millis: u64,
    lines: Vec<u8>,
}

impl Lines {
    fn new() -> Lines {
        Lines {
            state: 0x9e37_79b9_7f4a_7c15,
            millis: 0,
            lines: Vec::new(),
        }
    }

    /// Marsaglia's xorshift64.
    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    /// The next lines: 256 KiB and what a line has more.
    fn some(&mut self) -> &[u8] {
        self.lines.clear();
        while self.lines.len() < 256 << 10 {
            self.add();
        }
        &self.lines
    }

    fn add(&mut self) {
        const LEVELS: [&str; 4] = ["INFO", "INFO", "WARN", "DEBUG"];
        const PARTS: [&str; 6] = ["http", "cache", "store", "auth", "queue", "cron"];
        const WHAT: [&str; 5] = [
            "request served",
            "entry evicted",
            "block written",
            "token refreshed",
            "job finished",
        ];
        let r = self.random();
        self.millis += 1 + r % 97;
        let (s, ms) = (self.millis / 1000, self.millis % 1000);
        let _ = writeln!(
            self.lines,
            "{:02}:{:02}:{:02}.{ms:03} {} [{}-{}] {} id={:06x} in {} ms",
            s / 3600 % 24,
            s / 60 % 60,
            s % 60,
            LEVELS[(r >> 8) as usize % 4],
            PARTS[(r >> 16) as usize % 6],
            (r >> 24) % 8,
            WHAT[(r >> 32) as usize % 5],
            (r >> 40) & 0xff_ffff,
            (r >> 20) % 500,
        );
    }
}
