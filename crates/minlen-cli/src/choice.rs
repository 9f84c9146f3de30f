//! The options that choose a model, shared by the verbs that code.

use crate::open::{is_model_file, model};
use crate::size;
use crate::ui::Fail;
use minlen::Setting;
use std::path::Path;

/// Which model, and within what memory.
#[derive(clap::Args)]
#[command(next_help_heading = "Model options")]
pub struct Choice {
    /// -1 … -9: from the fastest level to the shortest archive [default: -5]
    #[arg(short = '1', group = "level")]
    l1: bool,
    #[arg(short = '2', group = "level", hide = true)]
    l2: bool,
    #[arg(short = '3', group = "level", hide = true)]
    l3: bool,
    #[arg(short = '4', group = "level", hide = true)]
    l4: bool,
    #[arg(short = '5', group = "level", hide = true)]
    l5: bool,
    #[arg(short = '6', group = "level", hide = true)]
    l6: bool,
    #[arg(short = '7', group = "level", hide = true)]
    l7: bool,
    #[arg(short = '8', group = "level", hide = true)]
    l8: bool,
    /// The shortest archive
    #[arg(short = '9', group = "level")]
    l9: bool,
    /// A model instead of a level: by name, e.g. order:2 (`minlen models` lists them), or a learnt
    /// one, FILE.mlm (`minlen learn` makes them), or base, the one that comes with the program
    #[arg(long, value_name = "MODEL", group = "level")]
    model: Option<String>,
    /// Original bytes in one block at most: larger is shorter, but costs more when damaged. What
    /// needs several blocks is cut into an even number of blocks of one size
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive)]
    block_size: Option<u64>,
    /// How much memory a model may take: its tables get the largest size that fits, and a reader
    /// of the archive needs as much. With threads, each has a model of its own [default: below
    /// 512 MiB up to -5, 1 GiB up to -8, 1.2 GiB at -9; less for short data]
    #[arg(long, value_name = "SIZE", value_parser = size::parse_positive)]
    memory: Option<u64>,
}

impl Choice {
    /// Whether the size of blocks is chosen.
    pub fn names_blocks(&self) -> bool {
        self.block_size.is_some()
    }

    /// The setting chosen.
    pub fn setting(&self) -> Result<Setting, Fail> {
        let levels = [
            self.l1, self.l2, self.l3, self.l4, self.l5, self.l6, self.l7, self.l8, self.l9,
        ];
        let level = levels.iter().position(|&on| on).map(|i| i + 1);
        let mut setting = match &self.model {
            Some(file) if is_model_file(file) => Setting::learnt(&model(Path::new(file))?),
            Some(recipe) => Setting::recipe(recipe)?,
            None => Setting::level(level.unwrap_or(Setting::DEFAULT_LEVEL))?,
        };
        if let Some(bytes) = self.block_size {
            setting.block_bytes = bytes;
        }
        if let Some(bytes) = self.memory {
            let within = setting.within(bytes);
            setting = within.map_err(|e| Fail::from(e).hint("--memory SIZE allows more"))?;
        }
        Ok(setting)
    }
}
