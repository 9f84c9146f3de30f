//! `minlen compress`

use crate::choice::Choice;
use crate::learn::Record;
use crate::open::{file, is_dash};
use crate::stdin::Stdin;
use crate::ui::{Exit, Fail, Global, count, grouped, json, json_needs_stdout, ratio, show_path};
use minlen::{CompressReport, Inputs, NewFile, Recipe, Setting, Source};
use serde_json::json;
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::Instant;

/// Write an archive of files and folders; inputs are kept
///
/// One file goes to FILE.mln beside it, one folder to FOLDER.mln in the current folder; several
/// need -o. Without PATH, or with -, standard input goes to standard output.
#[derive(clap::Args)]
pub struct Args {
    /// Files and folders, or - for standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The archive to write; - for standard output
    #[arg(short, long, value_name = "ARCHIVE")]
    output: Option<PathBuf>,
    /// Replace an existing archive; write an archive to a terminal
    #[arg(short, long)]
    force: bool,
    /// Keep the inputs: the default, accepted for habit
    #[arg(short, long, conflicts_with = "rm")]
    keep: bool,
    /// Remove the inputs, after the archive was written, decoded and compared with them
    #[arg(long)]
    rm: bool,
    /// Code records each on its own, so that `minlen get` can have any of them: lines, what stands
    /// behind a length of four bytes, or files
    #[arg(long, value_name = "FORM", value_enum)]
    record: Option<Record>,
    /// Add to an existing archive (-o), whose blocks stay as they are
    #[arg(long, requires = "output", conflicts_with_all = ["rm", "embed_model", "force"])]
    append: bool,
    /// Put the learnt model into the archive, which then needs nothing else
    #[arg(long)]
    embed_model: bool,
    #[command(flatten)]
    choice: Choice,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let started = Instant::now();
    let setting = setting(&args)?;
    let output = output(&args)?;
    let inputs = match from_stdin(&args)? {
        true => Inputs::from_reader(b"", Box::new(Stdin::new(global))),
        false => Inputs::from_paths(&args.paths, output.as_deref())?,
    };
    let mut report = match &output {
        None if args.append => {
            return Err(Fail::usage("--append needs an archive in a file"));
        }
        None => to_stdout(inputs, &args, &setting, global)?,
        Some(place) if args.append => to_archive(inputs, place, &setting, global)?,
        Some(place) => to_file(inputs, place, &args, &setting, global)?,
    };
    let mut removed = 0;
    for skipped in &report.skipped {
        global.warn(format!(
            "{} was left out: {}",
            skipped.path.display(),
            skipped.why
        ));
    }
    for path in &report.changed {
        let path = path.display();
        global.warn(format!(
            "{path} changed while it was read: the archive holds what was read then"
        ));
    }
    let mut partly = !report.skipped.is_empty() || !report.changed.is_empty();
    if let (true, Some(place)) = (args.rm, &output) {
        match partly {
            true => global.warn("no input was removed"),
            false => (removed, partly) = remove(&args, place, &setting, global)?,
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let place = output
        .as_deref()
        .map_or("standard output".into(), show_path);
    say(global, &place, &report, &setting, args.append, seconds);
    if global.json {
        let skipped = report.skipped.drain(..);
        let skipped: Vec<_> = skipped
            .map(|s| json!({"path": show_path(&s.path), "why": s.why}))
            .collect();
        let changed: Vec<_> = report.changed.iter().map(|p| show_path(p)).collect();
        json(&json!({
            "archive": place,
            "members": report.members,
            "bytes": report.bytes,
            "archive_bytes": report.archive_bytes,
            "bits_per_byte": ratio(8.0 * report.archive_bytes as f64, report.bytes),
            "blocks": report.blocks,
            "model": setting.recipe.as_str(),
            "model_file_bytes": setting.model().map(|m| m.file().len()),
            "models_learnt": report.learnt.iter().map(Recipe::as_str).collect::<Vec<_>>(),
            "model_needed_bytes": setting.model().map(|_| report.needed_bytes),
            "model_in_archive_bytes": report.model_bytes,
            "seconds": seconds,
            "skipped": skipped,
            "changed": changed,
            "removed": removed,
        }))?;
    }
    Ok(Exit::partly_if(partly))
}

/// The model, and what is coded with it.
fn setting(args: &Args) -> Result<Setting, Fail> {
    let mut setting = args.choice.setting()?;
    if let Some(record) = args.record {
        let block_bytes = setting.block_bytes;
        setting = setting.with_records(record.form());
        if args.choice.names_blocks() {
            (setting.block_bytes, setting.pack_bytes) = (block_bytes, block_bytes);
        }
    }
    setting.embed = args.embed_model;
    if setting.embed && setting.model().is_none() {
        return Err(
            Fail::usage("there is no learnt model to put into the archive")
                .hint("--model FILE.mlm names one"),
        );
    }
    Ok(setting)
}

fn say(
    global: &Global,
    place: &str,
    report: &CompressReport,
    setting: &Setting,
    append: bool,
    seconds: f64,
) {
    let (bytes, coded) = (report.bytes, report.archive_bytes);
    if append {
        global.say(format!(
            "{place}: {}, {} bytes, added; the archive has {} bytes, {seconds:.1} s, {}",
            count(report.members, "member"),
            grouped(bytes),
            grouped(coded),
            models(report, setting),
        ));
        return;
    }
    global.say(format!(
        "{place}: {} bytes of {}, {} bytes; ratio {:.3}, {:.3} bits a byte, {seconds:.1} s, {}",
        grouped(coded),
        count(report.members, "member"),
        grouped(bytes),
        ratio(bytes as f64, coded),
        ratio(8.0 * coded as f64, bytes),
        models(report, setting),
    ));
    if setting.model().is_some() {
        let own = report.needed_bytes;
        global.say(match setting.embed {
            true => format!(
                "the learnt model takes {} of these bytes, the data {}",
                grouped(report.model_bytes),
                grouped(coded - report.model_bytes)
            ),
            false if own == 0 => "no block needs the learnt model".into(),
            false => format!(
                "with the learnt model, {} bytes, that a reader needs too: {} bytes",
                grouped(own),
                grouped(coded + own)
            ),
        });
    }
}

/// What it was coded by. (The base model is two.)
fn models(report: &CompressReport, setting: &Setting) -> String {
    match report.learnt.as_slice() {
        [] => setting.recipe.to_string(),
        learnt => learnt
            .iter()
            .map(Recipe::as_str)
            .collect::<Vec<_>>()
            .join(" and "),
    }
}

/// Whether the input is standard input.
fn from_stdin(args: &Args) -> Result<bool, Fail> {
    match args.paths.as_slice() {
        [] if io::stdin().is_terminal() => Err(Fail::usage("nothing to compress")
            .hint("name files or folders, or send data through a pipe")),
        [] => Ok(true),
        [only] if is_dash(only) => Ok(true),
        several if several.iter().any(|p| is_dash(p)) => Err(Fail::usage(
            "standard input (-) cannot share an archive with files",
        )),
        _ => Ok(false),
    }
}

/// Where the archive goes; `None`: standard output.
fn output(args: &Args) -> Result<Option<PathBuf>, Fail> {
    if let Some(output) = &args.output {
        return Ok((!is_dash(output)).then(|| output.clone()));
    }
    let with_ending = |path: &Path| {
        let mut name = path.as_os_str().to_os_string();
        name.push(".mln");
        PathBuf::from(name)
    };
    match args.paths.as_slice() {
        [] => Ok(None),
        [only] if is_dash(only) => Ok(None),
        [only] if only.is_dir() => {
            // The real name of `.`, `..` and the like.
            let real = only
                .canonicalize()
                .map_err(|e| Fail::io("read", only, &e))?;
            let name = real.file_name().ok_or_else(|| {
                Fail::usage(format!("{} has no name for an archive", only.display()))
                    .hint("name the archive with -o")
            })?;
            Ok(Some(with_ending(Path::new(name))))
        }
        [only] => Ok(Some(with_ending(only))),
        _ => Err(Fail::usage("several inputs need the archive's name").hint("add -o ARCHIVE.mln")),
    }
}

fn to_stdout(
    inputs: Inputs,
    args: &Args,
    setting: &Setting,
    global: &Global,
) -> Result<CompressReport, Fail> {
    json_needs_stdout(global, true)?;
    if args.rm {
        return Err(
            Fail::usage("--rm needs an archive in a file, to read it back")
                .hint("name the archive with -o"),
        );
    }
    let mut out = io::stdout().lock();
    if out.is_terminal() && !args.force {
        return Err(Fail::usage("an archive is not for a terminal")
            .hint("write it to a file with -o, send it through a pipe, or insist with -f"));
    }
    let watch = global.progress("compressing", inputs.bytes);
    let report = minlen::compress(inputs, &mut out, setting, global.threads, &watch)
        .map_err(|e| e.about(Path::new("standard output")))?;
    out.flush().map_err(|e| Fail::stdout(&e))?;
    Ok(report)
}

/// Adds to an archive that is there.
fn to_archive(
    inputs: Inputs,
    place: &Path,
    setting: &Setting,
    global: &Global,
) -> Result<CompressReport, Fail> {
    let watch = global.progress("compressing", inputs.bytes);
    let mut archive = std::fs::File::options()
        .read(true)
        .write(true)
        .open(place)
        .map_err(|e| Fail::io("write", place, &e))?;
    let report = minlen::append(inputs, &mut archive, setting, global.threads, &watch);
    Ok(report.map_err(|e| e.about(place))?)
}

fn to_file(
    inputs: Inputs,
    place: &Path,
    args: &Args,
    setting: &Setting,
    global: &Global,
) -> Result<CompressReport, Fail> {
    let mut out = NewFile::create(place, args.force)?;
    let watch = global.progress("compressing", inputs.bytes);
    let report = minlen::compress(inputs, &mut out, setting, global.threads, &watch)
        .map_err(|e| e.about(place))?;
    if report.members == 0 && !report.skipped.is_empty() {
        let skipped = &report.skipped[0];
        let (path, why) = (skipped.path.display(), &skipped.why);
        return Err(Fail {
            code: 3,
            message: format!("cannot read {path}: {why}; no archive was written"),
            hint: None,
        });
    }
    global.go_on()?;
    out.commit(|path| match args.paths.as_slice() {
        // Who may read the archive of one file is who may read the file.
        [only] if only.is_file() => std::fs::set_permissions(path, only.metadata()?.permissions()),
        _ => Ok(()),
    })?;
    Ok(report)
}

/// Removes what the archive was seen to hold. Returns how much that was, and whether some was
/// left.
fn remove(
    args: &Args,
    place: &Path,
    setting: &Setting,
    global: &Global,
) -> Result<(u64, bool), Fail> {
    let inputs = Inputs::from_paths(&args.paths, Some(place))?;
    let watch = global.progress("comparing", inputs.bytes);
    let source = Source::File(Box::new(file(place)?));
    // It was just made here: it may be as large as it likes.
    let mut reading = setting.reading();
    reading.limits.output_bytes = u64::MAX;
    let found = minlen::compare(source, inputs, &reading, global.threads, &watch)?;
    drop(watch);
    for difference in &found.differences {
        global.warn(format!("{difference}; no input was removed"));
    }
    if !found.differences.is_empty() {
        return Ok((0, true));
    }
    let (mut removed, mut partly) = (0, false);
    // What is inside a folder comes after it. A folder with something new in it stays.
    for path in found.same.iter().rev() {
        let folder = path.symlink_metadata().is_ok_and(|m| m.is_dir());
        let outcome = match folder {
            true => std::fs::remove_dir(path),
            false => std::fs::remove_file(path),
        };
        match outcome {
            Ok(()) => removed += 1,
            Err(e) => {
                partly = true;
                global.warn(format!("cannot remove {}: {e}", path.display()));
            }
        }
    }
    Ok((removed, partly))
}
