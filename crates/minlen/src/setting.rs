//! What to code with: a model, and how the data is cut.

use crate::{Error, registry};
use minlen_core::{Limits, Recipe};

/// A model with all that belongs to coding with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The model.
    pub recipe: Recipe,
    /// Original bytes that a block holds at most. Larger blocks are shorter, cost more when
    /// damaged, and give fewer threads something to do.
    pub block_bytes: u64,
    /// Small members share a block until it holds this many bytes; a reader of one member decodes
    /// its whole block.
    pub pack_bytes: u64,
    /// What a reader would have to allow; checked when writing, too.
    pub limits: Limits,
}

/// The levels `-1` to `-9`: recipe, and MiB a block.
pub const LEVELS: [(&str, u64); 9] = [
    ("mix:fast", 8),
    ("mix:fast", 16),
    ("mix:fast", 32),
    ("mix:default", 16),
    ("mix:default", 32),
    ("mix:default", 64),
    ("mix:strong", 32),
    ("mix:strong", 64),
    ("mix:max", 64),
];

impl Setting {
    /// The level that is used when none is named.
    pub const DEFAULT_LEVEL: usize = 5;

    /// The setting of a level from 1 (fastest) to 9 (shortest).
    pub fn level(level: usize) -> Result<Setting, Error> {
        let Some((recipe, mib)) = level.checked_sub(1).and_then(|i| LEVELS.get(i)) else {
            return Err(Error::Usage(format!(
                "there is no level {level}; levels go from 1 to 9"
            )));
        };
        Ok(Setting {
            block_bytes: mib << 20,
            ..Setting::recipe(recipe)?
        })
    }

    /// The setting of a named model, e.g. `order:2`, with blocks as at the default level.
    pub fn recipe(recipe: &str) -> Result<Setting, Error> {
        let recipe: Recipe = recipe.parse()?;
        let entry = registry::find(&recipe).map_err(|_| {
            let names: Vec<_> = registry::models().map(|m| m.name).collect();
            Error::Usage(format!(
                "there is no model {:?}; there are: {}",
                recipe.name(),
                names.join(", ")
            ))
        })?;
        (entry.memory)(recipe.settings())?;
        Ok(Setting {
            recipe,
            block_bytes: LEVELS[Setting::DEFAULT_LEVEL - 1].1 << 20,
            pack_bytes: 4 << 20,
            limits: Limits::default(),
        })
    }
}

impl Default for Setting {
    /// The default level.
    fn default() -> Setting {
        Setting::level(Setting::DEFAULT_LEVEL).expect("the default level is in the table")
    }
}
