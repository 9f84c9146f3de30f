//! minlen beside its peers: size, and CPU time of compressing and decompressing, one thread.
//!
//! Every tool is a process of its own; tools alternate inside a round, so that a slow moment of
//! the machine meets them all; the median of the rounds counts. Every archive is decompressed and
//! compared. Peers that are not installed are skipped with a word.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// A tool: its name in the table, and its commands with IN, OUT and BACK to be filled in.
struct Tool {
    name: &'static str,
    pack: &'static str,
    unpack: &'static str,
}

const TOOLS: &[Tool] = &[
    minlen(
        "minlen -9",
        "MINLEN compress -q -f --threads 1 -9 -o OUT IN",
    ),
    minlen(
        "minlen -7",
        "MINLEN compress -q -f --threads 1 -7 -o OUT IN",
    ),
    minlen(
        "minlen (default, -5)",
        "MINLEN compress -q -f --threads 1 -o OUT IN",
    ),
    minlen(
        "minlen -1",
        "MINLEN compress -q -f --threads 1 -1 -o OUT IN",
    ),
    Tool {
        name: "zpaq -m5",
        pack: "zpaq a OUT.zpaq IN -m5 -t1",
        unpack: "zpaq x OUT.zpaq IN -to BACK -t1 -f",
    },
    Tool {
        name: "bzip3 -b 64",
        pack: "bzip3 -e -k -f -b 64 IN OUT",
        unpack: "bzip3 -d -k -f OUT BACK",
    },
    Tool {
        name: "7z PPMd o16 mem 1g",
        pack: "7z a -bso0 -bsp0 -mmt=1 -m0=PPMd:o=16:mem=1g OUT.7z IN",
        unpack: "7z e -bso0 -bsp0 -y -so OUT.7z",
    },
    Tool {
        name: "xz -9e",
        pack: "xz -q -9e -T1 -k -c IN",
        unpack: "xz -q -d -c OUT",
    },
    Tool {
        name: "zstd --ultra -22 --long=27",
        pack: "zstd -q --single-thread --ultra -22 --long=27 -f IN -o OUT",
        unpack: "zstd -q -d --long=27 -f OUT -o BACK",
    },
];

const fn minlen(name: &'static str, pack: &'static str) -> Tool {
    Tool {
        name,
        pack,
        unpack: "MINLEN cat --threads 1 OUT",
    }
}

/// What a tool did to an input: bytes, and CPU seconds of both ways, the median of the rounds.
pub struct Figure {
    pub tool: &'static str,
    pub bytes: u64,
    pub pack_s: f64,
    pub unpack_s: f64,
}

/// Runs every wanted tool that is there on `input`.
pub fn measure(
    input: &Path,
    rounds: usize,
    wanted: &dyn Fn(&str) -> bool,
    say: &dyn Fn(&str),
) -> Vec<Figure> {
    let tools: Vec<&Tool> = TOOLS
        .iter()
        .filter(|t| wanted(t.name))
        .filter(|t| {
            let there = program(t.pack).is_some();
            if !there {
                say(&format!("{}: not installed, skipped", t.name));
            }
            there
        })
        .collect();
    let mut runs: Vec<(u64, Vec<f64>, Vec<f64>)> = vec![(0, vec![], vec![]); tools.len()];
    for round in 0..rounds {
        for (tool, (bytes, packs, unpacks)) in tools.iter().zip(&mut runs) {
            say(&format!("round {}: {}", round + 1, tool.name));
            let folder = tempfile::tempdir().expect("a temporary folder");
            let out = folder.path().join("out");
            let back = folder.path().join("back");
            let Some(pack) = timed(tool.pack, input, &out, &back, &out) else {
                say(&format!("{}: compressing failed", tool.name));
                continue;
            };
            *bytes = size_of_outputs(folder.path());
            let Some(unpack) = timed(tool.unpack, input, &out, &back, &back) else {
                say(&format!("{}: decompressing failed", tool.name));
                continue;
            };
            let same = fs::read(&back).ok() == fs::read(input).ok();
            assert!(same, "{} did not give the data back", tool.name);
            packs.push(pack);
            unpacks.push(unpack);
        }
    }
    let figures = tools.iter().zip(runs).filter(|(_, r)| !r.1.is_empty());
    figures
        .map(|(tool, (bytes, packs, unpacks))| Figure {
            tool: tool.name,
            bytes,
            pack_s: median(packs),
            unpack_s: median(unpacks),
        })
        .collect()
}

fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

/// Everything that compressing left: some tools add an ending to the name.
fn size_of_outputs(folder: &Path) -> u64 {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files
        .filter_map(|f| f.metadata().ok())
        .map(|m| m.len())
        .sum()
}

/// The program of a command line, if it is there: minlen's own, or one on the PATH.
pub fn program(line: &str) -> Option<PathBuf> {
    let name = line.split(' ').next()?;
    if name == "MINLEN" {
        let here = std::env::current_exe().ok()?.with_file_name("minlen");
        return here.exists().then_some(here);
    }
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|program| program.exists())
}

/// CPU seconds of a command; its standard output goes to `stdout_to` when it writes any. `None`:
/// it failed.
fn timed(line: &str, input: &Path, out: &Path, back: &Path, stdout_to: &Path) -> Option<f64> {
    let fill = |word: &str| {
        let path = |p: &Path| p.to_string_lossy().into_owned();
        match word {
            "IN" => path(input),
            "BACK" => path(back),
            word => word.replace("OUT", &path(out)),
        }
    };
    let words: Vec<String> = line.split(' ').skip(1).map(fill).collect();
    let writes = line.contains("-c ") || line.contains("-so") || line.contains(" cat ");
    let stdout = match writes {
        true => fs::File::create(stdout_to).ok()?.into(),
        false => Stdio::null(),
    };
    let begin = (children_cpu(), Instant::now());
    let status = Command::new(program(line)?)
        .args(words)
        .stdin(Stdio::null())
        .stdout(stdout)
        .stderr(Stdio::null())
        .status();
    let wall = begin.1.elapsed().as_secs_f64();
    let cpu = children_cpu()
        .zip(begin.0)
        .map(|(after, before)| after - before);
    status.ok()?.success().then_some(cpu.unwrap_or(wall))
}

/// CPU seconds (user and system) of all children that ended, as Linux tells; elsewhere `None`.
pub fn children_cpu() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let fields: Vec<&str> = stat.rsplit(')').next()?.split_whitespace().collect();
    // Fields 16 and 17 of proc(5), in ticks of 1/100 s on every current Linux.
    let ticks: f64 = fields.get(13)?.parse::<f64>().ok()? + fields.get(14)?.parse::<f64>().ok()?;
    Some(ticks / 100.0)
}
