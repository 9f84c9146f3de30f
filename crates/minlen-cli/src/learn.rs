//! `minlen learn`

use crate::open::{file, model};
use crate::size;
use crate::ui::{Exit, Fail, Global, data, grouped, json, quoted, show_path};
use jiff::SignedDuration;
use minlen::{
    Family, Form, Inputs, LearnEvent, LearnKind, LearnOptions, LearnReport, LearnVerdict, Learnt,
    Lesson, NetBudget, NetOptions, NetPoint, NewFile, Objective, Recipe, Shape,
};
use minlen_report::{About, Learning, learn_html, learn_verdict};
use serde_json::json;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Learn a model from data, once, to use it everywhere
///
/// Writes a model file that `--model` gives to other verbs. A part of the data is held out to see
/// how well what was learnt holds: its end, a tenth of it, or what --seed draws, but nothing that
/// is among the rest, too. The finished model learns from all.
#[derive(clap::Args)]
pub struct Args {
    /// Files and folders to learn from
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The model file to write
    #[arg(short, long, value_name = "FILE.mlm")]
    output: PathBuf,
    /// Replace an existing file
    #[arg(short, long)]
    force: bool,
    /// What to learn: `primed`, a classical model that has read the data; `net`, a neural net that
    /// advises a classical model; `auto` takes what codes held-out data best, with the model's own
    /// bits spread over what --for says (nets only if --time or --symbols is given)
    #[arg(long, value_name = "KIND", value_enum, default_value = "auto")]
    kind: Kind,
    /// What will be coded on its own: a line, what stands behind a length of four bytes (lowest
    /// first), or a file [default: nothing is: one stream after what was learnt]
    #[arg(long, value_name = "FORM", value_enum)]
    record: Option<Record>,
    /// How large the model may be
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive, default_value = "1M")]
    model_size: u64,
    /// How much data to learn from at most, the last: loading a primed model takes as long as
    /// reading it
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive, default_value = "4M")]
    budget: u64,
    /// How much data will be coded with the model
    #[arg(long = "for", value_name = "SIZE", value_parser = size::parse_positive, default_value = "1GB")]
    for_bytes: u64,
    /// How many records a thread of this machine shall get in a second: slower engines are not taken, but
    /// for the fastest of all, with a warning. The choice may be another on another machine; nets are never
    /// so fast
    #[arg(long, value_name = "N", requires = "record", conflicts_with_all = ["engine", "time", "symbols"])]
    gets: Option<u32>,
    /// The engine that learns, e.g. mix2:strong [default: the best on held-out data]
    #[arg(long, value_name = "RECIPE")]
    engine: Option<String>,
    /// A model to go on from (base: the one that comes with the program); for a net, also a file of
    /// parameters (python/ writes such)
    #[arg(long, value_name = "BASE.mlm")]
    from: Option<PathBuf>,
    /// How much of a net that is gone on from may change: N columns and N rows are added to each of
    /// its matrices, as a product, 1 to 64. The model file is small, and needs the one that it went
    /// on from [default: everything changes]
    #[arg(long, value_name = "N", requires = "from")]
    rank: Option<usize>,
    /// What a net learns: `next`, to tell what comes next; `mask`, to fill in gaps knowing both
    /// sides, for `generate`; `mixed`, half of each
    #[arg(long, value_name = "GOAL", value_enum, default_value = "next")]
    objective: Goal,
    /// How long to train a net, e.g. 90s, 10m, 2h [default: 10m]
    #[arg(long, value_name = "TIME", value_parser = time, conflicts_with = "symbols")]
    time: Option<Duration>,
    /// How much to train a net with, however long it takes: the same result each time. 0 takes the
    /// net of --from as it is
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    symbols: Option<u64>,
    /// The net's sizes: values of a symbol, values between an MLP's two matrices, symbols of a
    /// window, and its layers, R for recurrent and W for window
    #[arg(long, value_name = "SHAPE", default_value = "128,384,128,RWR")]
    shape: Shape,
    /// A net that advises nobody: its model is faster, and longer in bits
    #[arg(long)]
    alone: bool,
    /// Keep all that training a net needs to go on after a break in this file, and go on from it if
    /// it is there
    #[arg(long, value_name = "FILE")]
    checkpoint: Option<PathBuf>,
    /// Stop training when so many looks in a row at held-out data found no lower cost; 0: never
    #[arg(long, value_name = "LOOKS", default_value = "0")]
    patience: usize,
    /// Data to judge by, instead of a part of the data to learn from (may be repeated)
    #[arg(long, value_name = "PATH")]
    valid: Vec<PathBuf>,
    /// Also write how learning went, as a web page in one file
    #[arg(long, value_name = "PAGE.html")]
    report: Option<PathBuf>,
    /// Hold out a tenth drawn by chance, instead of the end
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

/// What to learn.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Auto,
    Primed,
    Net,
}

/// What a net learns to do.
#[derive(Clone, Copy, clap::ValueEnum)]
enum Goal {
    Next,
    Mask,
    Mixed,
}

/// A time on the command line.
fn time(text: &str) -> Result<Duration, String> {
    let wrong = || "write a time, e.g. 90s, 10m or 1h 30m".to_string();
    let time: SignedDuration = text.parse().map_err(|_| wrong())?;
    Duration::try_from(time).map_err(|_| wrong())
}

/// What is coded on its own.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Record {
    /// A line, with its line feed
    Line,
    /// What stands behind a length of four bytes, lowest first
    LengthPrefixed,
    /// A file
    File,
}

impl Record {
    /// The same for the library.
    pub fn form(self) -> Form {
        match self {
            Record::Line => Form::Line,
            Record::LengthPrefixed => Form::Prefixed,
            Record::File => Form::File,
        }
    }
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let started = Instant::now();
    let engine = args.engine.as_deref().map(minlen::Setting::recipe);
    let engine = engine.transpose()?.map(|setting| setting.recipe);
    let (base, raw) = match &args.from {
        None => (None, None),
        Some(path) => base(path)?,
    };
    // Begun before the long work, so that a file in the way is seen at once.
    let mut out = NewFile::create(&args.output, args.force)?;
    let mut page = match &args.report {
        Some(place) => Some(NewFile::create(place, args.force)?),
        None => None,
    };
    let names: Vec<_> = args.paths.iter().map(|p| show_path(p)).collect();
    let options = LearnOptions {
        kind: match args.kind {
            Kind::Auto => LearnKind::Auto,
            Kind::Primed => LearnKind::Primed,
            Kind::Net => LearnKind::Net,
        },
        net: net(&args, &engine, &base, raw, global),
        engine,
        form: args.record.map(Record::form),
        model_bytes: args.model_size,
        budget_bytes: args.budget,
        for_bytes: args.for_bytes,
        gets: args.gets,
        seed: args.seed,
        base,
        notes: vec![("data".into(), names.join(" "))],
        ..LearnOptions::default()
    };
    if args.gets.is_some() && options.net.is_some() {
        return Err(Fail::usage(
            "--gets chooses among engines, and a net is none",
        ));
    }
    let contents = read(&args.paths)?;
    let valid = match args.valid.is_empty() {
        true => None,
        false => Some(read(&args.valid)?),
    };
    let bytes = contents.iter().map(|c| c.len() as u64).sum::<u64>();
    let watch = global.progress("learning", 0);
    let mut each = |event: LearnEvent| match event {
        LearnEvent::Lesson(lesson) => global.say(said(lesson)),
        LearnEvent::Look(point) => global.say(looked(point)),
    };
    let (learnt, report) = minlen::learn(&contents, valid.as_deref(), &options, &mut each, &watch)?;
    drop(watch);
    let got = report.lessons[report.taken].gets;
    if let (Some(wanted), Some(got)) = (args.gets, got)
        && got < f64::from(wanted)
    {
        let (wanted, got) = (grouped(wanted.into()), grouped(got as u64));
        global.warn(format!(
            "a thread gets {got} records a second, not {wanted}: no engine is faster"
        ));
    }
    let place = &args.output;
    out.write_all(learnt.file())
        .map_err(|e| Fail::io("write", place, &e))?;
    global.go_on()?;
    out.commit(|_| Ok(()))?;
    let seconds = started.elapsed().as_secs_f64();
    if let Some(mut page) = page.take() {
        let learning = Learning {
            file: &show_path(&args.output),
            model: &learnt,
            report: &report,
            for_bytes: args.for_bytes,
            seconds,
        };
        let about = About {
            command: command(&args),
            when: String::new(),
        };
        let place = page.place().to_path_buf();
        page.write_all(learn_html(&learning, &about).as_bytes())
            .map_err(|e| Fail::io("write", &place, &e))?;
        page.commit(|_| Ok(()))?;
    }
    match global.json {
        true => json(&object(&args, &learnt, &report, bytes, seconds))?,
        false => data(&summary(&args, &learnt, &report))?,
    }
    Ok(Exit::Done)
}

/// A model file, or the bytes of a file of a net's parameters.
#[allow(clippy::type_complexity)]
fn base(path: &Path) -> Result<(Option<Arc<Learnt>>, Option<Vec<u8>>), Fail> {
    let mut content = Vec::new();
    if path != Path::new(Learnt::BASE) {
        file(path)?
            .read_to_end(&mut content)
            .map_err(|e| Fail::io("read", path, &e))?;
    }
    match minlen::is_net_parameters(&content) {
        true => Ok((None, Some(content))),
        false => Ok((Some(model(path)?), None)),
    }
}

/// How to train a net; `None`: the command line does not ask for one.
fn net(
    args: &Args,
    engine: &Option<Recipe>,
    base: &Option<Arc<Learnt>>,
    from: Option<Vec<u8>>,
    global: &Global,
) -> Option<NetOptions> {
    let budget = match (args.time, args.symbols) {
        (Some(time), _) => Some(NetBudget::Time(time)),
        (None, Some(symbols)) => Some(NetBudget::Symbols(symbols)),
        (None, None) => None,
    };
    let from_net = from.is_some() || base.as_ref().is_some_and(|b| b.family() == Family::Neural);
    if args.kind != Kind::Net && budget.is_none() && !from_net {
        return None;
    }
    let defaults = NetOptions::default();
    Some(NetOptions {
        shape: args.shape.clone(),
        advises: match (args.alone, engine) {
            (true, _) => None,
            (false, Some(engine)) => Some(engine.clone()),
            (false, None) => defaults.advises,
        },
        budget: budget.unwrap_or(defaults.budget),
        seed: args.seed.unwrap_or(0),
        objective: match args.objective {
            Goal::Next => Objective::Next,
            Goal::Mask => Objective::Mask,
            Goal::Mixed => Objective::Mixed,
        },
        from,
        rank: args.rank,
        checkpoint: args.checkpoint.clone(),
        patience: args.patience,
        threads: global.threads,
    })
}

/// A look at what is held out, in a line.
fn looked(point: &NetPoint) -> String {
    format!(
        "{} bytes read, {:.3} bits a byte as they came, {:.3} held out; {} bytes a second",
        grouped(point.symbols),
        point.train_bits,
        point.held_out_bits,
        grouped(point.speed as u64),
    )
}

/// The files that the paths stand for.
fn read(paths: &[PathBuf]) -> Result<Vec<Vec<u8>>, Fail> {
    let inputs = Inputs::from_paths(paths, None)?;
    let one = |path: &Path| {
        let mut content = Vec::new();
        file(path)?
            .read_to_end(&mut content)
            .map_err(|e| Fail::io("read", path, &e))?;
        Ok(content)
    };
    inputs.files().map(one).collect()
}

/// A lesson in a line.
fn said(lesson: &Lesson) -> String {
    let came = match lesson.train.is_finite() {
        true => format!(", {:.3} bits a byte as they came", lesson.train),
        false => String::new(), // it read nothing
    };
    let gets = match lesson.gets {
        Some(gets) => format!("; {} records a second", grouped(gets as u64)),
        None => String::new(),
    };
    format!(
        "{}: read {} bytes{came}; model {} bytes; held-out data {:.3} bits a byte, {:.3} with the \
         model's own{gets}",
        lesson.engine,
        grouped(lesson.text_bytes),
        grouped(lesson.model_bytes),
        lesson.held,
        lesson.whole,
    )
}

/// The command, as it could be typed again.
fn command(args: &Args) -> String {
    let mut words = vec!["minlen learn".to_string()];
    let path = |path: &PathBuf| quoted(&show_path(path));
    words.extend(args.paths.iter().map(path));
    words.push(format!("-o {}", path(&args.output)));
    let mut say = |name: &str, value: Option<String>| {
        words.extend(value.map(|value| format!("--{name} {value}")));
    };
    let kinds = [(Kind::Primed, "primed"), (Kind::Net, "net")];
    let kind = kinds.iter().find(|(kind, _)| *kind == args.kind);
    say("kind", kind.map(|(_, name)| name.to_string()));
    say("record", args.record.map(|r| r.form().name().into()));
    say("gets", args.gets.map(|n| n.to_string()));
    say("engine", args.engine.as_deref().map(quoted));
    say("from", args.from.as_ref().map(path));
    let seconds = args.time.map(|time| format!("{}s", time.as_secs()));
    say("time", seconds);
    say("symbols", args.symbols.map(|n| n.to_string()));
    if args.kind == Kind::Net || args.time.is_some() || args.symbols.is_some() {
        say("shape", Some(args.shape.to_string()));
    }
    let objective = match args.objective {
        Goal::Next => None,
        Goal::Mask => Some("mask".to_string()),
        Goal::Mixed => Some("mixed".to_string()),
    };
    say("objective", objective);
    say("rank", args.rank.map(|n| n.to_string()));
    say("valid", args.valid.first().map(path));
    say("seed", args.seed.map(|n| n.to_string()));
    if args.alone {
        words.push("--alone".into());
    }
    words.join(" ")
}

fn summary(args: &Args, learnt: &Learnt, report: &LearnReport) -> String {
    let taken = &report.lessons[report.taken];
    let mut out = format!(
        "{}: {} bytes, the model {}\n",
        show_path(&args.output),
        grouped(learnt.file().len() as u64),
        learnt.name()
    );
    out += &format!("  {}\n", learnt.says());
    out += &format!(
        "  held out: {} bytes in {} records, {} of {} left out because they are among the others\n",
        grouped(report.held_bytes),
        grouped(report.held_records),
        grouped(report.repeated),
        grouped(report.held_records + report.repeated),
    );
    let came = match taken.train.is_finite() {
        true => format!("{:.3} as it came, ", taken.train),
        false => String::new(), // it read nothing
    };
    out += &format!(
        "  bits a byte: {came}{:.3} seen again, {:.3} held out, {:.3} held out without \
         the model{}\n",
        report.again,
        taken.held,
        report.untaught,
        match report.before {
            Some(before) => format!(", {before:.3} with the one it went on from"),
            None => String::new(),
        }
    );
    if let Some(f) = &report.filling {
        let [gap, fill, end] = f.marks;
        out += &format!(
            "  gaps: {:.3} bits a byte of {}, both sides read; {:.3}, one side read; marks {gap:02x} \
             {fill:02x} {end:02x}\n",
            f.both_sides,
            grouped(f.gaps as u64),
            f.one_side,
        );
    }
    out += &format!("  {}\n", learn_verdict(learnt, report));
    out
}

fn object(
    args: &Args,
    learnt: &Learnt,
    report: &LearnReport,
    bytes: u64,
    seconds: f64,
) -> serde_json::Value {
    let lessons: Vec<_> = report
        .lessons
        .iter()
        .map(|l| {
            json!({
                "engine": l.engine.as_str(),
                "text_bytes": l.text_bytes,
                "model_bytes": l.model_bytes,
                "train_bits_per_byte": l.train,
                "held_out_bits_per_byte": l.held,
                "with_model_bits_per_byte": l.whole,
                "records_per_second": l.gets,
            })
        })
        .collect();
    json!({
        "model": show_path(&args.output),
        "name": learnt.name(),
        "kind": learnt.kind(),
        "file_bytes": learnt.file().len(),
        "bytes": bytes,
        "text_bytes": report.text_bytes,
        "train_records": report.train_records,
        "train_bytes": report.train_bytes,
        "held_out_records": report.held_records,
        "held_out_bytes": report.held_bytes,
        "repeated_records": report.repeated,
        "untaught_bits_per_byte": report.untaught,
        "before_bits_per_byte": report.before,
        "again_bits_per_byte": report.again,
        "curve": report.curve.iter().map(|p| json!({
            "symbols": p.symbols,
            "train_bits_per_byte": p.train_bits,
            "held_out_bits_per_byte": p.held_out_bits,
            "symbols_per_second": p.speed,
        })).collect::<Vec<_>>(),
        "filling": report.filling.as_ref().map(|f| json!({
            "marks": f.marks,
            "gaps": f.gaps,
            "both_sides_bits_per_byte": f.both_sides,
            "one_side_bits_per_byte": f.one_side,
        })),
        "verdict": match report.verdict {
            LearnVerdict::TooSmall => "too small",
            LearnVerdict::Fits => "fits",
            LearnVerdict::ByHeart => "by heart",
        },
        "taken": report.taken,
        "lessons": lessons,
        "seconds": seconds,
    })
}
