//! The binary `minlen`: one file a verb. Only here anything is printed: data on stdout, talk on
//! stderr.
#![forbid(unsafe_code)]

mod cat;
mod choice;
mod compress;
mod decompress;
mod generate;
mod get;
mod learn;
mod list;
mod measure;
mod model;
mod models;
mod open;
mod record;
mod rows;
mod size;
mod stdin;
mod study;
mod task;
mod trace;
mod ui;
mod verify;

use clap::{Parser, Subcommand};
use std::process::ExitCode;
use ui::{Exit, Fail, Global};

const EXIT_CODES: &str = "\
Exit codes:
    0  done
    1  the data is damaged, unknown to this version or above a limit; or only part was done
    2  the command line makes no sense, or a file is in the way (-f replaces files)
    3  the machine failed: a file could not be read or written, or memory ran out
    4  a task whose input and output share nothing (task run --force goes on)
  130  interrupted
  141  nobody reads the output any more";

/// Finds the shortest description of your data that it can, and puts that description to work.
#[derive(Parser)]
#[command(name = "minlen", version, after_help = EXIT_CODES, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
    /// Print one JSON object on standard output instead of text
    #[arg(long, global = true, help_heading = "General options")]
    json: bool,
    /// Say nothing but warnings and errors
    #[arg(short, long, global = true, help_heading = "General options")]
    quiet: bool,
    /// Threads [default: one for each core]
    #[arg(
        long,
        global = true,
        help_heading = "General options",
        value_name = "N"
    )]
    #[arg(value_parser = clap::value_parser!(u16).range(1..=256))]
    threads: Option<u16>,
}

#[derive(Subcommand)]
enum Verb {
    Study(study::Args),
    Task(task::Args),
    Record(record::Args),
    Compress(compress::Args),
    #[command(visible_alias = "extract")]
    Decompress(decompress::Args),
    Verify(verify::Args),
    List(list::Args),
    Cat(cat::Args),
    Get(get::Args),
    Measure(measure::Args),
    Generate(generate::Args),
    Learn(learn::Args),
    Model(model::Args),
    Models(models::Args),
}

impl Verb {
    fn run(self, global: &Global) -> Result<Exit, Fail> {
        match self {
            Verb::Study(args) => study::run(args, global),
            Verb::Task(args) => task::run(args, global),
            Verb::Record(args) => record::run(args, global),
            Verb::Compress(args) => compress::run(args, global),
            Verb::Decompress(args) => decompress::run(args, global),
            Verb::Verify(args) => verify::run(args, global),
            Verb::List(args) => list::run(args, global),
            Verb::Cat(args) => cat::run(args, global),
            Verb::Get(args) => get::run(args, global),
            Verb::Measure(args) => measure::run(args, global),
            Verb::Generate(args) => generate::run(args, global),
            Verb::Learn(args) => learn::run(args, global),
            Verb::Model(args) => model::run(args, global),
            Verb::Models(args) => models::run(args, global),
        }
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let global = Global::new(cli.json, cli.quiet, cli.threads);
    let code = match cli.verb.run(&global) {
        Ok(exit) => exit.code(),
        Err(fail) => global.report(&fail),
    };
    ExitCode::from(code)
}
