//! The tables of the bench: on the screen, in the README, and in `bench/results`.

use crate::peers::Figure;
use crate::picture;
use std::fmt::Write;
use std::fs;
use std::process::Command;

/// All figures on one input.
pub struct Table {
    input: String,
    bytes: u64,
    rounds: usize,
    figures: Vec<Figure>,
}

/// Speeds are given as multiples of this peer's.
pub const YARDSTICK: &str = "zpaq -m5";

impl Table {
    pub fn new(input: &str, bytes: u64, rounds: usize, mut figures: Vec<Figure>) -> Table {
        figures.sort_by_key(|f| f.bytes);
        Table {
            input: input.into(),
            bytes,
            rounds,
            figures,
        }
    }

    pub fn markdown(&self) -> String {
        let mut out = format!(
            "`{}`, {} bytes, one thread, median of {} alternating rounds:\n\n\
             | | bytes | bits a byte | compress, × zpaq -m5 | decompress, × zpaq -m5 | compress MB/s |\n\
             |---|--:|--:|--:|--:|--:|\n",
            self.input,
            grouped(self.bytes),
            self.rounds
        );
        let yardstick = self.figures.iter().find(|f| f.tool == YARDSTICK);
        for f in &self.figures {
            let times = |yard: fn(&Figure) -> f64| {
                yardstick.map_or("–".into(), |y| {
                    format!("{:.1}", yard(y) / yard(f).max(0.01))
                })
            };
            let ours = f.tool.starts_with("minlen");
            let name = if ours {
                format!("**{}**", f.tool)
            } else {
                f.tool.into()
            };
            let _ = writeln!(
                out,
                "| {name} | {} | {:.3} | {} | {} | {:.2} |",
                grouped(f.bytes),
                8.0 * f.bytes as f64 / self.bytes as f64,
                times(|f| f.pack_s),
                times(|f| f.unpack_s),
                self.bytes as f64 / 1e6 / f.pack_s.max(0.01),
            );
        }
        out
    }

    fn csv(&self, commit: &str, machine: &str) -> String {
        let mut out = String::new();
        for f in &self.figures {
            let _ = writeln!(
                out,
                "{commit},{machine:?},{},{},{:?},{},{:.2},{:.2}",
                self.input, self.bytes, f.tool, f.bytes, f.pack_s, f.unpack_s
            );
        }
        out
    }
}

const PEERS: &str = "bench/results/peers.csv";
const PICTURE: &str = "docs/bench.svg";

/// Writes `bench/results/peers.csv`, the picture, and the README's tables between their marks.
pub fn save(tables: &[Table]) {
    let (commit, machine) = here();
    let mut csv =
        "commit,machine,input,input_bytes,tool,bytes,compress_cpu_s,decompress_cpu_s\n".to_string();
    let mut markdown = String::new();
    for table in tables {
        csv += &table.csv(&commit, &machine);
        markdown += &table.markdown();
        markdown.push('\n');
    }
    let _ = writeln!(
        markdown,
        "Measured at commit {commit} on one core of a 2-core {machine} virtual machine (shared and noisy: trust the \
         ratios, ± 20 %); CPU time of whole processes, every archive decompressed and compared. \
         `cargo xtask bench` measures it again; the exact commands are in `bench/src/peers.rs`."
    );
    in_readme("bench", &markdown);
    write(PEERS, &csv);
    draw();
}

/// Draws the picture from the figures last saved.
pub fn draw() {
    let csv = fs::read_to_string(PEERS).unwrap_or_default();
    write(PICTURE, &picture::draw(&csv));
}

/// The commit and the machine.
pub fn here() -> (String, String) {
    let commit = output("git", &["rev-parse", "--short", "HEAD"]);
    let machine = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let machine = machine.lines().find_map(|l| l.strip_prefix("model name"));
    let machine = machine.map_or("unknown", |m| m.trim_start_matches(['\t', ' ', ':']));
    (commit, machine.into())
}

/// Puts `markdown` between the README's marks of that name.
pub fn in_readme(name: &str, markdown: &str) {
    let readme = fs::read_to_string("README.md").unwrap_or_default();
    let (begin, end) = (
        format!("<!-- {name} begin -->\n"),
        format!("<!-- {name} end -->"),
    );
    if let Some((before, rest)) = readme.split_once(&begin)
        && let Some((_, after)) = rest.split_once(&end)
    {
        write(
            "README.md",
            &format!("{before}{begin}{markdown}{end}{after}"),
        );
    }
}

pub fn write(path: &str, text: &str) {
    match fs::write(path, text) {
        Ok(()) => eprintln!("wrote {path}"),
        Err(e) => eprintln!("cannot write {path}: {e}"),
    }
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|o| String::from_utf8_lossy(&o.stdout).trim().to_string());
    text.unwrap_or_default()
}

/// 1234567 → 1,234,567.
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(c);
    }
    out
}
