//! `minlen study`

use crate::open::{self, is_model_file};
use crate::size;
use crate::ui::{Exit, Fail, Global, data, grouped, quoted, show_path};
use minlen::{FileStudy, NewFile, Score, Shelf, Study, StudyOptions};
use minlen_report::{About, GENERATOR};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// Find the shortest description of data, by which family, and what that says about the data
///
/// Measures every file under every model, and with zstd and xz to compare; prints the outcome and
/// writes DIR/report.html and DIR/report.json.
#[derive(clap::Args)]
pub struct Args {
    /// Files and folders
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The folder for the report; a former report in it is replaced
    #[arg(short, long, value_name = "DIR", default_value = "minlen-study")]
    output: PathBuf,
    /// Also leave the best archive, DIR/best.mln, decoded and compared with the sources
    #[arg(long)]
    keep: bool,
    /// Models to take part instead of the usual ones, e.g. order:2; a learnt one, FILE.mlm, takes part
    /// beside them (may be repeated)
    #[arg(long, value_name = "MODEL")]
    model: Vec<String>,
    /// How much memory a model may take, e.g. 512MiB: its tables get the largest size that fits;
    /// each thread has a model of its own
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive)]
    memory: Option<u64>,
    /// The seed of intervals
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
}

/// Files whose verdicts are listed.
const VERDICTS: usize = 40;

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let place = |name: &str| args.output.join(name);
    let (page, json, archive) = (
        place("report.html"),
        place("report.json"),
        place("best.mln"),
    );
    for path in [&page, &json] {
        may_replace(path, is_report)?;
    }
    if args.keep {
        // Its first bytes say that it is an archive; that it lies beside a report, whose it is.
        let ours = page.exists();
        may_replace(&archive, |_| {
            ours && File::open(&archive)
                .is_ok_and(|f| minlen::list(f, &minlen::Limits::default()).is_ok())
        })?;
    }
    std::fs::create_dir_all(&args.output).map_err(|e| Fail::io("make", &args.output, &e))?;
    let (mut models, mut shelf) = (Vec::new(), Shelf::default());
    for model in &args.model {
        match is_model_file(model) {
            true => shelf.add(open::model(Path::new(model))?),
            false => models.push(minlen::Setting::recipe(model)?.recipe),
        }
    }
    let options = StudyOptions {
        models,
        shelf,
        memory: args.memory,
        threads: global.threads,
        seed: args.seed,
        except: Some(args.output.clone()),
        keep: args.keep.then_some(archive),
        ..StudyOptions::default()
    };
    let watch = global.progress("studying", 0);
    let study = minlen::study(&args.paths, &options, &watch)?;
    drop(watch);
    for skipped in &study.skipped {
        global.warn(format!("{} was left out: {}", skipped.name, skipped.why));
    }
    if study.files.is_empty() {
        return Err(Fail::usage("there is no file to study"));
    }
    let about = About {
        command: command(&args),
        when: String::new(),
    };
    let text = minlen_report::json(&study, &about);
    write(&json, &text)?;
    write(&page, &minlen_report::html(&study, &about))?;
    if global.json {
        data(&text)?;
    } else {
        data(&outcome(&study, &page))?;
    }
    Ok(Exit::partly_if(!study.skipped.is_empty()))
}

/// The command, as it could be typed again.
fn command(args: &Args) -> String {
    let mut words = vec!["minlen study".to_string()];
    words.extend(args.paths.iter().map(|p| quoted(&show_path(p))));
    words.extend(args.model.iter().map(|m| format!("--model {}", quoted(m))));
    words.extend(args.memory.map(|bytes| format!("--memory {bytes}")));
    if args.keep {
        words.push("--keep".into());
    }
    if args.seed != 1 {
        words.push(format!("--seed {}", args.seed));
    }
    words.join(" ")
}

/// Whether a file that begins so is a report: both kinds name their generator, in quotes.
fn is_report(head: &[u8]) -> bool {
    let mark = format!("\"{GENERATOR}\"");
    head.windows(mark.len()).any(|w| w == mark.as_bytes())
}

/// An error when something stands at `path` whose first bytes are not `ours`.
fn may_replace(path: &Path, ours: impl Fn(&[u8]) -> bool) -> Result<(), Fail> {
    let Ok(meta) = path.symlink_metadata() else {
        return Ok(());
    };
    let mut head = Vec::new();
    let read = File::open(path).and_then(|f| f.take(400).read_to_end(&mut head));
    if meta.is_file() && read.is_ok() && ours(&head) {
        return Ok(());
    }
    Err(Fail::usage(format!(
        "{} is in the way: it is no report of minlen",
        path.display()
    ))
    .hint("choose another folder with -o DIR"))
}

fn write(path: &Path, text: &str) -> Result<(), Fail> {
    let mut file = NewFile::create(path, true)?;
    file.write_all(text.as_bytes())
        .map_err(|e| Fail::io("write", path, &e))?;
    Ok(file.commit(|_| Ok(()))?)
}

/// What is printed.
fn outcome(study: &Study, page: &Path) -> String {
    let mut out = String::new();
    if let [file] = &study.files[..] {
        out += &table(&file.name, file.bytes, &file.scores, file.best, study);
    } else {
        let total = &study.total;
        let title = format!("{} files", grouped(study.files.len() as u64));
        out += &table(&title, total.bytes, &total.scores, total.best, study);
    }
    if study.files.len() > 1 {
        let bits = |f: &FileStudy| f.scores[f.best as usize].bits;
        let mut files: Vec<&FileStudy> = study.files.iter().collect();
        files.sort_by(|a, b| bits(b).total_cmp(&bits(a)));
        for file in files.iter().take(VERDICTS) {
            out += &format!("{}: {}.\n", file.name, file.verdict.words);
        }
        if files.len() > VERDICTS {
            let rest = (files.len() - VERDICTS) as u64;
            out += &format!("(and {} more files, in the report)\n", grouped(rest));
        }
        out.push('\n');
    }
    out += &earned(study);
    out += &format!("{}.\n", study.verdict.words);
    if let Some(kept) = &study.kept {
        out += &format!(
            "archive: {}, {} bytes under {}; all {} bytes decoded and found equal to the sources\n",
            kept.path,
            grouped(kept.bytes),
            kept.recipe,
            grouped(kept.compared_bytes),
        );
    }
    out += &format!("report: {}\n", show_path(page));
    out
}

/// The contestants, the shortest description first.
fn table(title: &str, bytes: u64, scores: &[Score], best: u64, study: &Study) -> String {
    let mut out = format!("{title}, {} bytes\n", grouped(bytes));
    if bytes == 0 {
        return out + "\n";
    }
    let mut sorted: Vec<&Score> = scores.iter().collect();
    sorted.sort_by(|a, b| a.bits.total_cmp(&b.bits));
    let most = sorted.iter().fold(8.0f64, |m, s| m.max(s.rate));
    for score in sorted {
        let who = &study.contestants[score.contestant as usize];
        let mark = if score.contestant == best { '*' } else { ' ' };
        if let Some(problem) = &score.problem {
            out += &format!(" {mark} {:<12} {problem}\n", who.name);
            continue;
        }
        out += &format!(
            " {mark} {:<12} {:>7.3} bits a byte {:>15} bytes {:>6.1} %  {}\n",
            who.name,
            score.rate,
            grouped((score.bits / 8.0).ceil() as u64),
            score.rate / 8.0 * 100.0,
            bar(score.rate / most, 24),
        );
    }
    out.push('\n');
    out
}

/// What earned the bits, the most first; nothing where there was little to earn.
fn earned(study: &Study) -> String {
    let detailed: Vec<&FileStudy> = study.files.iter().filter(|f| f.detail.is_some()).collect();
    let bytes = detailed.iter().map(|f| f.bytes).sum::<u64>() as f64;
    let gain: f64 = study.total.earned.iter().map(|e| e.bits).sum();
    if gain < 0.005 * 8.0 * bytes {
        return String::new();
    }
    let whose = match &detailed[..] {
        [
            FileStudy {
                detail: Some(detail),
                ..
            },
        ] => study.contestants[detail.model as usize].name.clone(),
        all if all.len() == study.files.len() => "each file's best model".into(),
        all => format!("the best models of the {} largest files", all.len()),
    };
    let mut out = format!("What earned the bits, under {whose}:\n");
    let mut kinds: Vec<(&str, f64)> = Vec::new();
    for earned in &study.total.earned {
        match kinds.iter_mut().find(|(kind, _)| *kind == earned.kind) {
            Some((_, sum)) => *sum += earned.bits,
            None => kinds.push((&earned.kind, earned.bits)),
        }
    }
    kinds.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (kind, bits) in kinds {
        let part = bits / gain;
        let line = format!(
            "   {kind:<22} {:>7.3} bits a byte {:>6.1} %  {}",
            bits / bytes,
            part * 100.0,
            bar(part, 24),
        );
        out += line.trim_end();
        out.push('\n');
    }
    out + "\n"
}

/// A bar of at most `width` characters, to an eighth of one.
fn bar(part: f64, width: usize) -> String {
    let eighths = (part.clamp(0.0, 1.0) * width as f64 * 8.0).round() as usize;
    let mut bar = "█".repeat(eighths / 8);
    bar.push_str(["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"][eighths % 8]);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_and_commands() {
        assert_eq!((bar(0.5, 4), bar(0.03125, 4)), ("██".into(), "▏".into()));
        assert_eq!(bar(9.0, 3).chars().count(), 3);
        assert_eq!(
            (quoted("a/b.c"), quoted("a'b")),
            ("a/b.c".into(), "'a'\\''b'".into())
        );
    }

    #[test]
    fn only_own_files_are_replaced() {
        let folder = std::env::temp_dir().join(format!("minlen-study-test-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("report.html");
        assert!(may_replace(&file, is_report).is_ok());
        std::fs::write(&file, "my own page").unwrap();
        assert_eq!(may_replace(&file, is_report).unwrap_err().code, 2);
        std::fs::write(&file, "<meta name=\"generator\" content=\"minlen study\">").unwrap();
        assert!(may_replace(&file, is_report).is_ok());
        assert!(may_replace(&folder, is_report).is_err());
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
