//! `minlen get`

use crate::open::{LimitArgs, file};
use crate::ui::{Exit, Fail, Global, grouped, json_needs_stdout};
use minlen::{Form, Record, RecordArchive};
use std::io::{self, Write};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Instant;

/// Write records of an archive to standard output, without decoding others
///
/// The archive was made by `compress --record`. Records are numbered from 0, in the order of the
/// archive. Each is written as it stood: a line with its line feed, another with the length before
/// it, a file as it was.
#[derive(clap::Args)]
pub struct Args {
    /// The archive, a file
    archive: PathBuf,
    /// Which records: numbers, or ranges, e.g. 17 20-29
    #[arg(required = true, value_name = "NUMBER")]
    numbers: Vec<Numbers>,
    #[command(flatten)]
    limits: LimitArgs,
}

/// A number, or a range that includes both ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Numbers(u64, u64);

impl FromStr for Numbers {
    type Err = String;

    fn from_str(text: &str) -> Result<Numbers, String> {
        let (from, to) = text.split_once('-').unwrap_or((text, text));
        match (from.parse(), to.parse()) {
            (Ok(from), Ok(to)) if from <= to => Ok(Numbers(from, to)),
            _ => Err("write a number, or a range as in 20-29".into()),
        }
    }
}

/// Records for a thread in a batch: the last ones of a batch are waited for.
const BATCH: usize = 200;

/// Another thread needs a model of its own, which takes as long as some records: of fewer than these it
/// is not worth while.
const FEW: usize = 20;

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    json_needs_stdout(global, true)?;
    let about = |e: minlen::Error| e.about(&args.archive);
    let reading = args.limits.reading()?;
    let file = Box::new(file(&args.archive)?);
    let mut archive = RecordArchive::open(file, &reading).map_err(about)?;
    let mut out = io::BufWriter::new(io::stdout().lock());
    let mut write = |bytes: &[u8]| out.write_all(bytes).map_err(|e| Fail::stdout(&e));
    let mut numbers = args.numbers.iter().flat_map(|n| n.0..=n.1).peekable();
    let (mut count, mut started) = (0u64, Instant::now());
    let mut threads = 1;
    while numbers.peek().is_some() {
        // The first one also pays for the model.
        let most = match count {
            0 => 1,
            _ if threads == 1 && global.threads > 1 => FEW,
            _ => BATCH * threads,
        };
        let batch: Vec<u64> = numbers.by_ref().take(most).collect();
        for record in archive.get_all(&batch, threads).map_err(about)? {
            let Record { bytes, form } = record.map_err(about)?;
            if form == Form::Prefixed {
                write(&(bytes.len() as u32).to_le_bytes())?;
            }
            write(&bytes)?;
            if form == Form::Line {
                write(b"\n")?;
            }
        }
        if count == 0 {
            started = Instant::now();
        }
        count += batch.len() as u64;
        if count > FEW as u64 {
            threads = global.threads;
        }
        global.go_on()?;
    }
    out.flush().map_err(|e| Fail::stdout(&e))?;
    if count > 1 {
        let rate = (count - 1) as f64 / started.elapsed().as_secs_f64().max(1e-9);
        global.say(format!(
            "{} records, {} a second once the model was there",
            grouped(count),
            grouped(rate as u64)
        ));
    }
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_parse() {
        assert_eq!("7".parse(), Ok(Numbers(7, 7)));
        assert_eq!("7-9".parse(), Ok(Numbers(7, 9)));
        for text in ["", "-", "9-7", "a", "1-", "-1", "1-2-3"] {
            assert!(text.parse::<Numbers>().is_err(), "{text}");
        }
    }
}
