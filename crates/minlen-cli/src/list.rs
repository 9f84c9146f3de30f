//! `minlen list`

use crate::open::{LimitArgs, file};
use crate::ui::{Exit, Fail, Global, count, data, grouped, json, ratio, show_path};
use jiff::Timestamp;
use minlen::{Kind, Listing, Member, MemberInfo, show_name};
use serde_json::{Value, json};
use std::path::PathBuf;

/// List the members of an archive, without decoding their content
#[derive(clap::Args)]
pub struct Args {
    /// The archive, a file
    archive: PathBuf,
    /// List the blocks, too: where, how large, by which model (and its memory) and view
    #[arg(short = 'l', long)]
    blocks: bool,
    #[command(flatten)]
    limits: LimitArgs,
}

/// Runs the verb.
pub fn run(args: Args, global: &Global) -> Result<Exit, Fail> {
    let file = file(&args.archive)?;
    if !file.metadata().is_ok_and(|m| m.is_file()) {
        return Err(Fail::usage("only an archive in a file can be listed")
            .hint("write what comes through the pipe to a file first"));
    }
    let listing =
        minlen::list(file, &args.limits.reading()?).map_err(|e| e.about(&args.archive))?;
    global.problems(&args.archive, &problems(&listing));
    if global.json {
        json(&object(&args, &listing))?;
    } else {
        data(&table(&listing))?;
        if args.blocks {
            data(&blocks(&listing))?;
        }
    }
    Ok(Exit::partly_if(!listing.is_good()))
}

fn problems(listing: &Listing) -> Vec<String> {
    let mut all: Vec<String> = listing.problem.iter().cloned().collect();
    for block in &listing.blocks {
        if let Some(problem) = &block.problem {
            all.push(format!("the block at byte {}: {problem}", block.offset));
        }
    }
    for m in listing.members.iter().filter(|m| !m.complete) {
        all.push(format!("{} is not complete", name(m)));
    }
    all
}

fn table(listing: &Listing) -> String {
    let mut out = format!(
        "{:<10} {:>15} {:>15} {:>8}  {:<19}  NAME\n",
        "MODE", "BYTES", "CODED", "RATIO", "TIME (UTC)"
    );
    for m in &listing.members {
        // What has no bytes has no ratio.
        let ratio = match m.coded_bytes {
            0 => "-".to_string(),
            coded => format!("{:.3}", ratio(m.bytes as f64, coded)),
        };
        out += &format!(
            "{:<10} {:>15} {:>15} {ratio:>8}  {:<19}  {}\n",
            m.member.as_ref().map_or("?".into(), mode),
            grouped(m.bytes),
            grouped(m.coded_bytes),
            m.member.as_ref().and_then(time).unwrap_or("-".into()),
            name(m),
        );
    }
    out += &format!(
        "{:<10} {:>15} {:>15} {:>8.3}  {}, {}; to decode: {} MiB a thread\n",
        "total",
        grouped(listing.bytes()),
        grouped(listing.archive_bytes),
        ratio(listing.bytes() as f64, listing.archive_bytes),
        count(listing.members.len() as u64, "member"),
        count(listing.blocks.len() as u64, "block"),
        grouped(listing.decoding_bytes().div_ceil(1 << 20)),
    );
    out
}

fn blocks(listing: &Listing) -> String {
    let mut out = format!(
        "\n{:>15} {:>15} {:>15}  {:<16} {:>12}  {:<12} PROBLEM\n",
        "AT BYTE", "BYTES", "CODED", "MODEL", "MODEL MIB", "VIEW"
    );
    for b in &listing.blocks {
        out += &format!(
            "{:>15} {:>15} {:>15}  {:<16} {:>12}  {:<12} {}\n",
            grouped(b.offset),
            grouped(b.bytes),
            grouped(b.archive_bytes),
            b.recipe,
            b.model_bytes
                .map_or("?".into(), |bytes| grouped(bytes.div_ceil(1 << 20))),
            show_name(b.view.as_bytes()),
            b.problem.as_deref().unwrap_or("-"),
        );
    }
    out
}

fn object(args: &Args, listing: &Listing) -> Value {
    let members: Vec<_> = listing
        .members
        .iter()
        .map(|m| {
            let link = match m.member.as_ref().map(|m| &m.kind) {
                Some(Kind::Link(target)) => Some(show_name(target)),
                _ => None,
            };
            json!({
                "name": m.member.as_ref().map(|m| show_name(&m.name)),
                "kind": m.member.as_ref().map(|m| kind(&m.kind)),
                "link": link,
                "mode": m.member.as_ref().map(mode),
                "time": m.member.as_ref().and_then(time),
                "bytes": m.bytes,
                "coded_bytes": m.coded_bytes,
                "complete": m.complete,
            })
        })
        .collect();
    let blocks: Vec<_> = listing
        .blocks
        .iter()
        .map(|b| {
            json!({
                "offset": b.offset,
                "bytes": b.bytes,
                "archive_bytes": b.archive_bytes,
                "model": b.recipe,
                "model_bytes": b.model_bytes,
                "decoding_bytes": b.decoding_bytes(),
                "view": b.view,
                "problem": b.problem,
            })
        })
        .collect();
    json!({
        "archive": show_path(&args.archive),
        "good": listing.is_good(),
        "bytes": listing.bytes(),
        "archive_bytes": listing.archive_bytes,
        "decoding_bytes": listing.decoding_bytes(),
        "problem": listing.problem,
        "members": members,
        "blocks": blocks,
    })
}

fn name(m: &MemberInfo) -> String {
    match &m.member {
        None => format!("(member {}: its name is lost)", m.number),
        Some(member) if member.name.is_empty() => "(no name)".into(),
        Some(member) => match &member.kind {
            Kind::File => show_name(&member.name),
            Kind::Folder => show_name(&member.name) + "/",
            Kind::Link(to) => format!("{} -> {}", show_name(&member.name), show_name(to)),
        },
    }
}

fn kind(kind: &Kind) -> &'static str {
    match kind {
        Kind::File => "file",
        Kind::Folder => "folder",
        Kind::Link(_) => "link",
    }
}

/// As `ls` shows it: `-rw-r--r--`.
fn mode(member: &Member) -> String {
    let mut out = String::from(match member.kind {
        Kind::File => "-",
        Kind::Folder => "d",
        Kind::Link(_) => "l",
    });
    for (i, c) in "rwxrwxrwx".chars().enumerate() {
        let on = member.mode >> (8 - i) & 1 == 1;
        out.push(if on { c } else { '-' });
    }
    out
}

/// In UTC; nothing for data from a pipe, which has no time.
fn time(member: &Member) -> Option<String> {
    if (member.seconds, member.nanoseconds) == (0, 0) {
        return None;
    }
    let time = Timestamp::from_second(member.seconds).ok()?;
    Some(time.strftime("%Y-%m-%d %H:%M:%S").to_string())
}
