//! How many labels reading without labels saves, and where contestants stop gaining by more of them.
//!
//! `cargo xtask labels`: for each task a net from scratch that learns from all labels, and others that
//! have few and all inputs, or few and no other inputs; each contest is one contestant's, on the same
//! blind set. `cargo xtask capacity`: all contestants on two tasks, with `[contest] curve = true`. Figures
//! are kept in `bench/results`, row by row, so that what was broken off goes on; pictures in `docs`.

use crate::curves::{Line, Panel, Point, draw};
use crate::{peers, tasks, value};
use minlen_task::{CONTESTANTS, Curve, Family, Outcome, Task, Value};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const LABELS: &str = "bench/results/labels.csv";
const LABELS_HEAD: &str =
    "task,contestant,labels,of,seed,minutes,blind,value,low,high,held,seconds,cpu_seconds,config\n";
const LABELS_PICTURE: &str = "docs/labels-saved.svg";
const CAPACITY: &str = "bench/results/capacity.csv";
const CAPACITY_HEAD: &str = "task,contestant,examples,value,low,high\n";
const CAPACITY_PICTURE: &str = "docs/capacity.svg";

/// Tasks, what they are for people, and minutes for the net, more than it takes to read all examples
/// thirty times: it goes on until it stops gaining.
const SAVED: &[(&str, &str, f64)] = &[
    (
        FIGURES,
        "handwritten digits of 8 \u{d7} 8 pixels (image)",
        20.0,
    ),
    ("trec", "TREC-6, kinds of questions (text)", 30.0),
    (
        "thucnews",
        "THUCNews, topics of Chinese headlines (text)",
        60.0,
    ),
    ("banknote", "banknotes, real or not (numbers)", 20.0),
];
const FIGURES: &str = "figures";
const FIGURES_TASK: &str = r#"
[data]
files = ["figures.bin"]
format = "records"
index = "figures.tsv"

[[input]]
field = "record"
kind = "image 8x8x1"

[output]
field = "1"
kind = "category"
"#;
/// The share of the labels that is to do.
const FEW: &[f64] = &[0.2];
/// Smaller ones, of one draw each.
const FEWER: &[f64] = &[0.025, 0.05, 0.1];
/// Who is asked with which shares, and how many draws of them. A name that ends in [`ALONE`] sees no
/// inputs but those with labels.
const ASKED: &[(&str, &[f64], u64)] = &[
    ("spread", FEW, 3),
    ("spread-alone", FEW, 3),
    ("svm", FEW, 3),
    ("linear", FEW, 3),
    ("kernel", FEW, 3),
    ("net", &[1.0], 1),
    ("spread", FEWER, 1),
    ("spread-alone", FEWER, 1),
    ("spread", &[1.0], 1),
];
const ALONE: &str = "-alone";
/// Minutes for those that are not nets.
const FEW_MINUTES: f64 = 10.0;
/// Tasks for all contestants, and minutes.
const ALL: &[(&str, &str, f64)] = &[
    ("trec", "TREC-6, kinds of questions (text)", 20.0),
    (
        FIGURES,
        "handwritten digits of 8 \u{d7} 8 pixels (image)",
        12.0,
    ),
];

/// Labels that reading saves. `[TASK…] [--minutes N] [--draw]`
pub fn saved(arguments: &[String]) {
    let named = |name: &str| tasks::named(arguments, name);
    let mut csv = fs::read_to_string(LABELS).unwrap_or_else(|_| LABELS_HEAD.to_string());
    if !arguments.iter().any(|a| a == "--draw") {
        let Some(folder) = tasks::data() else { return };
        let wished = value(arguments, "--minutes").and_then(|m| m.parse().ok());
        for (contestant, shares, seeds) in ASKED {
            for (name, _, minutes) in SAVED.iter().filter(|t| named(t.0)) {
                for share in *shares {
                    for seed in 0..*seeds {
                        let key = format!("{name},{contestant},");
                        let has = |line: &str| {
                            let cells: Vec<&str> = line.split(',').collect();
                            line.starts_with(&key)
                                && cells[4].parse() == Ok(seed)
                                && share_of(&cells).is_some_and(|s| (s - share).abs() < 1e-3)
                        };
                        if csv.lines().any(has) {
                            continue;
                        }
                        let minutes = match *contestant {
                            "net" => *minutes,
                            _ => FEW_MINUTES,
                        };
                        let minutes = wished.unwrap_or(minutes);
                        match one(name, &folder, contestant, *share, seed, minutes) {
                            Ok(line) => {
                                print!("{line}");
                                csv += &line;
                                let _ = fs::write(LABELS, &csv);
                            }
                            Err(why) => eprintln!("{name}: {why}"),
                        }
                    }
                }
            }
        }
    }
    let panels = SAVED
        .iter()
        .filter_map(|(name, title, _)| saved_panel(&csv, name, title));
    let panels: Vec<Panel> = panels.collect();
    let title = "Labels that reading without labels saves";
    keep(LABELS_PICTURE, &draw(title, "labels", true, &panels));
}

fn keep(picture: &str, text: &str) {
    match fs::write(picture, text) {
        Ok(()) => eprintln!("{picture} is drawn"),
        Err(e) => eprintln!("{picture}: {e}"),
    }
}

fn share_of(cells: &[&str]) -> Option<f64> {
    Some(cells.get(2)?.parse::<f64>().ok()? / cells.get(3)?.parse::<f64>().ok()?)
}

/// A contest of one contestant that has a share of the labels: a line of the table.
fn one(
    name: &str,
    data: &Path,
    contestant: &str,
    share: f64,
    seed: u64,
    minutes: f64,
) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut task = load(name, data, folder.path())?;
    task.budget.minutes = minutes;
    let who = contestant.strip_suffix(ALONE);
    task.contest.labelled_only = who.is_some();
    task.contest.contestants = vec![who.unwrap_or(contestant).to_string()];
    task.contest.seed = seed;
    task.contest.labels = (share < 1.0).then_some(share);
    let before = children_seconds();
    let outcome = contest(&task, folder.path())?;
    let cpu = children_seconds() - before;
    let s = outcome.standings.first().ok_or("nobody took part")?;
    let of = (outcome.train as f64 / share).round();
    Ok(format!(
        "{name},{contestant},{},{of},{seed},{minutes},{},{:.4},{:.4},{:.4},{:.4},{:.0},{cpu:.0},{}\n",
        outcome.train,
        outcome.blind,
        s.blind.value,
        s.blind.low,
        s.blind.high,
        s.held.value,
        s.seconds,
        s.config.replace(',', " "),
    ))
}

/// Runs a task in a folder.
fn contest(task: &Task, folder: &Path) -> Result<Outcome, String> {
    let file = folder.join("task.toml");
    let text = toml::to_string(task).map_err(|e| e.to_string())?;
    fs::write(&file, text).map_err(|e| e.to_string())?;
    let said = Command::new(peers::program("MINLEN").ok_or("minlen is not built")?)
        .args(["task", "run", "--json", "--quiet", "--threads", "1"])
        .arg(&file)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| e.to_string())?;
    serde_json::from_slice(&said.stdout)
        .map_err(|_| format!("no outcome: {}", String::from_utf8_lossy(&said.stdout)))
}

/// A task of the catalogue. The digits of a table become the images that they were.
fn load(name: &str, data: &Path, folder: &Path) -> Result<Task, String> {
    if name != FIGURES {
        return tasks::load(name, data);
    }
    let table = tasks::load("digits", data)?;
    let read = minlen_task::read(&table, &table.data.files, Path::new("."));
    let (mut pixels, mut index) = (Vec::new(), String::new());
    for example in read.map_err(|e| e.to_string())?.examples {
        let light = |v: &Value| (v.number().unwrap_or(0.0) * 15.0) as u8; // 0 to 16
        pixels.extend(example.inputs.iter().map(light));
        let _ = writeln!(index, "{}", example.output.text().unwrap_or_default());
    }
    fs::write(folder.join("figures.bin"), pixels).map_err(|e| e.to_string())?;
    fs::write(folder.join("figures.tsv"), index).map_err(|e| e.to_string())?;
    Task::parse(FIGURES_TASK).map_err(|e| e.to_string())
}

/// Seconds of processors that ended children have taken, where the system tells (Linux).
fn children_seconds() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(") ").next().unwrap_or_default();
    let cells: Vec<f64> = after_name
        .split(' ')
        .map(|c| c.parse().unwrap_or(0.0))
        .collect();
    (cells.get(13).unwrap_or(&0.0) + cells.get(14).unwrap_or(&0.0)) / 100.0
}

fn saved_panel(csv: &str, name: &str, title: &str) -> Option<Panel> {
    let rows: Vec<Vec<&str>> = (csv.lines().skip(1))
        .map(|line| line.split(',').collect())
        .filter(|cells: &Vec<&str>| cells.len() >= 13 && cells[0] == name)
        .collect();
    let number = |cell: &str| cell.parse::<f64>().unwrap_or(f64::NAN);
    let line = |contestant: &str| {
        let mut groups: BTreeMap<u64, Vec<&Vec<&str>>> = BTreeMap::new();
        for row in rows.iter().filter(|r| r[1] == contestant) {
            groups.entry(number(row[2]) as u64).or_default().push(row);
        }
        // The mean of the draws, and the mean of the ends of their intervals.
        let point = |(labels, rows): (u64, Vec<&Vec<&str>>)| {
            let mean =
                |at: usize| rows.iter().map(|r| number(r[at])).sum::<f64>() / rows.len() as f64;
            Point {
                x: labels as f64,
                y: 100.0 * mean(7),
                low: 100.0 * mean(8),
                high: 100.0 * mean(9),
            }
        };
        groups.into_iter().map(point).collect::<Vec<_>>()
    };
    let (net, spread) = (line("net"), line("spread"));
    let all = *net.last()?;
    let reached = spread.iter().find(|p| p.y >= all.y);
    let said = match reached {
        Some(p) => format!("reached with {:.1} % of the labels", 100.0 * p.x / all.x),
        None => "not reached".to_string(),
    };
    let lines = [
        ("spread", "classical", spread),
        ("labelled only", "classical second", line("spread-alone")),
        ("net, all labels", "neural", net),
    ];
    let lines = lines.map(|(name, class, points)| Line {
        name: name.into(),
        class,
        points,
    });
    Some(Panel {
        title: format!("{title}: {said}"),
        lines: lines.into_iter().filter(|l| !l.points.is_empty()).collect(),
        level: Some(all.y),
        limit: Some(0.2 * all.x),
    })
}

/// All contestants after fewer examples and more. `[TASK…] [--only CONTESTANTS] [--minutes N] [--draw]`
pub fn capacity(arguments: &[String]) {
    let mut csv = fs::read_to_string(CAPACITY).unwrap_or_else(|_| CAPACITY_HEAD.to_string());
    if !arguments.iter().any(|a| a == "--draw") {
        let Some(data) = tasks::data() else { return };
        for (name, _, minutes) in ALL.iter().filter(|t| tasks::named(arguments, t.0)) {
            let asked = value(arguments, "--minutes").and_then(|m| m.parse().ok());
            let only = value(arguments, "--only").unwrap_or_default();
            match every(name, &data, only, asked.unwrap_or(*minutes)) {
                Ok(lines) => {
                    let own = format!("{name},");
                    let others = csv.lines().filter(|l| !l.starts_with(&own));
                    csv = others.map(|l| format!("{l}\n")).collect::<String>() + lines.as_str();
                    let _ = fs::write(CAPACITY, &csv);
                }
                Err(why) => eprintln!("{name}: {why}"),
            }
        }
    }
    let panels = ALL
        .iter()
        .filter_map(|(name, title, _)| capacity_panel(&csv, name, title));
    let panels: Vec<Panel> = panels.collect();
    let title = "What more examples bring each contestant";
    keep(
        CAPACITY_PICTURE,
        &draw(title, "examples learnt from", false, &panels),
    );
}

/// A contest of those named, or of all, with the curve: lines of the table.
fn every(name: &str, data: &Path, only: &str, minutes: f64) -> Result<String, String> {
    let folder = tempfile::tempdir().map_err(|e| e.to_string())?;
    let mut task = load(name, data, folder.path())?;
    task.budget.minutes = minutes;
    let only = only.split(',').filter(|c| !c.is_empty());
    task.contest.contestants = only.map(str::to_string).collect();
    task.contest.curve = Curve::Examples;
    let mut lines = String::new();
    for p in contest(&task, folder.path())?.curve {
        let _ = writeln!(
            lines,
            "{name},{},{},{:.4},{:.4},{:.4}",
            p.contestant, p.examples, p.value, p.low, p.high
        );
    }
    Ok(lines)
}

fn capacity_panel(csv: &str, name: &str, title: &str) -> Option<Panel> {
    let mut lines: Vec<Line> = Vec::new();
    for row in csv.lines().skip(1) {
        let cells: Vec<&str> = row.split(',').collect();
        let [task, contestant, numbers @ ..] = cells.as_slice() else {
            continue;
        };
        let numbers: Vec<f64> = numbers.iter().filter_map(|n| n.parse().ok()).collect();
        let [x, y, low, high] = numbers[..] else {
            continue;
        };
        // What is made of others has one point only; the most frequent answer stays what it is.
        if *task != name || ["ensemble", "majority"].contains(contestant) {
            continue;
        }
        let point = Point {
            x,
            y: 100.0 * y,
            low: 100.0 * low,
            high: 100.0 * high,
        };
        match lines.iter_mut().find(|l| l.name == *contestant) {
            Some(line) => line.points.push(point),
            None => lines.push(Line {
                name: contestant.to_string(),
                class: class(contestant),
                points: vec![point],
            }),
        }
    }
    lines
        .iter_mut()
        .for_each(|l| l.points.sort_by(|a, b| a.x.total_cmp(&b.x)));
    (!lines.is_empty()).then(|| Panel {
        title: title.to_string(),
        lines,
        level: None,
        limit: None,
    })
}

fn class(contestant: &str) -> &'static str {
    let family = CONTESTANTS.iter().find(|c| c.name() == contestant);
    match family.map(|c| c.family()) {
        Some(Family::Neural) => "neural",
        Some(Family::Symbolic) => "symbolic",
        _ => "classical",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panel_says_with_how_many_labels_all_were_matched() {
        let row = |contestant: &str, labels: u32, seed: u32, value: f64| {
            let (low, high) = (value - 0.01, value + 0.01);
            format!("t,{contestant},{labels},1000,{seed},5,500,{value},{low},{high},0,0,0,\n")
        };
        let net = [row("net", 1000, 0, 0.8), row("net", 100, 0, 0.5)].concat();
        let weak = [row("spread", 100, 0, 0.7), row("spread", 100, 1, 0.88)].concat();
        let panel = |rows: &str| saved_panel(&format!("{LABELS_HEAD}{rows}"), "t", "T").unwrap();
        let title = |rows: &str| panel(rows).title;
        assert_eq!(title(&format!("{net}{weak}")), "T: not reached");
        let more = row("spread", 200, 0, 0.81);
        assert_eq!(
            title(&format!("{net}{weak}{more}")),
            "T: reached with 20.0 % of the labels"
        );
        assert_eq!(panel(&net).limit, Some(200.0));
    }
}
