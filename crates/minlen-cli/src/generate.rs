//! `minlen generate`

use crate::choice::Choice;
use crate::open::is_dash;
use crate::size;
use crate::ui::{Exit, Fail, Global, grouped, json, json_needs_stdout, show_path};
use minlen::{Draw, NewFile, Shelf};
use serde_json::json;
use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;

/// Draw new bytes from a model that has seen a file
///
/// The same arguments give the same bytes on every machine.
#[derive(clap::Args)]
pub struct Args {
    /// The file that the model sees first; a learnt model needs none
    #[arg(long, value_name = "FILE")]
    like: Option<PathBuf>,
    /// A text that the model sees first, behind the file; what is drawn goes on with it
    #[arg(long, value_name = "TEXT")]
    prompt: Option<String>,
    /// How much to draw
    #[arg(long, value_name = "SIZE", value_parser = size::parse)]
    bytes: u64,
    /// The seed of the random source
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Below 1, what is likely is drawn more often than the model says; above 1, less often
    #[arg(long, value_name = "T", value_parser = temperature, default_value = "1")]
    temperature: u32,
    /// Only what is likeliest is drawn: of the answers to each question of the model (for a byte, half of
    /// one or a bit), the fewest that have together this share of the probability
    #[arg(long, value_name = "P", value_parser = top_p, default_value = "1")]
    top_p: u32,
    /// The file to write [default: standard output]
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace an existing file; write binary data to a terminal
    #[arg(short, long)]
    force: bool,
    #[command(flatten)]
    choice: Choice,
}

/// A temperature in hundredths.
pub(crate) fn temperature(text: &str) -> Result<u32, String> {
    let t: f64 = text.parse().unwrap_or(f64::NAN);
    match (0.1..=10.0).contains(&t) {
        true => Ok((100.0 * t).round() as u32),
        false => Err("write a number from 0.1 to 10".into()),
    }
}

/// A share in thousandths.
pub(crate) fn top_p(text: &str) -> Result<u32, String> {
    let p: f64 = text.parse().unwrap_or(f64::NAN);
    match (0.001..=1.0).contains(&p) {
        true => Ok((1000.0 * p).round() as u32),
        false => Err("write a number from 0.001 to 1".into()),
    }
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let setting = args.choice.setting()?;
    let output = args.output.as_deref().filter(|path| !is_dash(path));
    json_needs_stdout(global, output.is_none())?;
    let bytes = usize::try_from(args.bytes)
        .ok()
        .filter(|_| args.bytes <= setting.limits.block_bytes)
        .ok_or_else(|| {
            let most = grouped(setting.limits.block_bytes);
            Fail::usage(format!("--bytes must be at most {most}"))
        })?;
    if args.like.is_none() && args.prompt.is_none() && setting.shelf == Shelf::default() {
        return Err(Fail::usage("the model has seen nothing")
            .hint("--like FILE, --prompt TEXT or --model FILE.mlm say what it has seen"));
    }
    let mut like = match &args.like {
        Some(path) => std::fs::read(path).map_err(|e| Fail::io("read", path, &e))?,
        None => Vec::new(),
    };
    like.extend_from_slice(args.prompt.as_deref().unwrap_or_default().as_bytes());
    // Begun before the long work, so that a file in the way is seen at once.
    let file = output.map(|path| NewFile::create(path, args.force));
    let file = file.transpose()?;
    let watch = global.progress("generating", 0);
    let draw = Draw {
        bytes,
        seed: args.seed,
        temperature: args.temperature,
        top_p: args.top_p,
    };
    let drawn = minlen::generate_at(&like, &draw, &setting, &watch)?;
    drop(watch);
    let Some(mut file) = file else {
        let mut out = io::stdout().lock();
        let plain = std::str::from_utf8(&drawn)
            .is_ok_and(|text| !text.contains(|c: char| c.is_control() && !"\n\t\r".contains(c)));
        if out.is_terminal() && !plain && !args.force {
            return Err(Fail::usage("what was drawn is not text for a terminal")
                .hint("write it to a file with -o, or insist with -f"));
        }
        out.write_all(&drawn)
            .and_then(|()| out.flush())
            .map_err(|e| Fail::stdout(&e))?;
        return Ok(Exit::Done);
    };
    let place = file.place().to_path_buf();
    file.write_all(&drawn)
        .map_err(|e| Fail::io("write", &place, &e))?;
    global.go_on()?;
    file.commit(|_| Ok(()))?;
    let place = show_path(&place);
    global.say(format!("{place}: {} bytes", grouped(args.bytes)));
    if global.json {
        json(&json!({
            "file": place,
            "bytes": args.bytes,
            "seed": args.seed,
            "temperature": f64::from(args.temperature) / 100.0,
            "top_p": f64::from(args.top_p) / 1000.0,
            "model": setting.recipe.as_str(),
        }))?;
    }
    Ok(Exit::Done)
}
