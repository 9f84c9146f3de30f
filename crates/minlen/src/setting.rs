//! What to code with: a model, and how the data is cut.

use crate::{Error, Form, Learnt, Reading, Shelf, registry};
use minlen_core::{Limits, Recipe};
use minlen_views::{Seen, Sight, View};
use std::sync::Arc;

/// A model with all that belongs to coding with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The model.
    pub recipe: Recipe,
    /// Original bytes that a block holds at most: see [`Setting::cut`]. Larger blocks are shorter,
    /// cost more when damaged, and give fewer threads something to do.
    pub block_bytes: u64,
    /// Small members share a block until it holds this many bytes; a reader of one member decodes
    /// its whole block.
    pub pack_bytes: u64,
    /// What a reader would have to allow; checked when writing, too.
    pub limits: Limits,
    /// Where `recipe` is found if it stands for a learnt model.
    pub shelf: Shelf,
    /// Whether records are coded each on its own, and what they are.
    pub records: Option<Form>,
    /// Whether the archive holds the learnt model, too.
    pub embed: bool,
}

/// The levels `-1` to `-9`: recipe, and MiB a block.
pub const LEVELS: [(&str, u64); 9] = [
    ("mix2:swift-2", 8),
    ("mix2:fast", 16),
    ("mix2:fast", 32),
    ("mix2:default-2", 16),
    ("mix2:default-2", 32),
    ("mix2:default-2", 64),
    ("mix2:strong-3", 32),
    ("mix2:strong-3", 64),
    ("mix2:max", 64),
];

/// Original bytes of a block of records, at most.
const RECORDS_BYTES: u64 = 1 << 20;

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
            shelf: Shelf::default(),
            records: None,
            embed: false,
        })
    }
}

impl Setting {
    /// The setting of a learnt model, with blocks as at the default level.
    pub fn learnt(model: &Arc<Learnt>) -> Setting {
        let mut setting = Setting {
            recipe: model.recipe(),
            ..Setting::default()
        };
        setting.shelf.add(model.clone());
        setting
    }

    /// The setting of a recipe that stands for a model of the shelf or for a registered one.
    pub(crate) fn of(recipe: &Recipe, shelf: &Shelf) -> Result<Setting, Error> {
        match Shelf::is_learnt(recipe) {
            true => Ok(Setting::learnt(shelf.find(recipe)?)),
            false => Setting::recipe(recipe.as_str()),
        }
    }

    /// The learnt model, if it is one.
    pub fn model(&self) -> Option<&Arc<Learnt>> {
        self.shelf.find(&self.recipe).ok()
    }

    /// The same with records coded each on its own. Blocks are smaller: who wants one record reads
    /// the codes of its block.
    pub fn with_records(self, form: Form) -> Setting {
        Setting {
            records: Some(form),
            block_bytes: RECORDS_BYTES,
            pack_bytes: RECORDS_BYTES,
            ..self
        }
    }

    /// What a reader of what is written needs.
    pub fn reading(&self) -> Reading {
        Reading {
            limits: self.limits,
            shelf: self.shelf.clone(),
        }
    }

    /// The view of `data`, for measures: the first that accepts it and keeps places. What a primed
    /// model codes is bytes: it knows itself how they look.
    pub(crate) fn probe(&self, data: &[u8]) -> (&'static dyn View, Seen) {
        match self.sees_bytes() {
            true => registry::as_bytes(data),
            false => minlen_views::probe(data),
        }
    }

    /// By which recipe to code `data`, its view, for archives, and its symbols.
    pub(crate) fn see<'a>(&self, data: &'a [u8]) -> (Recipe, &'static dyn View, Sight<'a>) {
        let recipe = self.recipe.clone();
        // A net knows bytes, but for the one that knows codes of words.
        if self.sees_bytes() || Shelf::is_learnt(&recipe) {
            // A model that the archive holds codes all of it.
            if !self.embed
                && let Some((recipe, view, sight)) = Learnt::as_words(&recipe, data)
                && self
                    .shelf
                    .memory(&recipe)
                    .is_ok_and(|bytes| bytes <= self.limits.model_bytes)
            {
                return (recipe, view, sight);
            }
            let (view, seen) = self.probe(data);
            let symbols = view.forward(data, &seen.params);
            return (recipe, view, Sight { seen, symbols });
        }
        let (view, sight) = minlen_views::see_for_storage(data);
        (recipe, view, sight)
    }

    fn sees_bytes(&self) -> bool {
        self.records.is_some() || self.shelf.find(&self.recipe).is_ok_and(|m| m.sees_bytes())
    }

    /// The same with a model that takes at most `bytes`: its tables get the largest size that
    /// fits, and the recipe names it. `Usage`: not even the smallest fits.
    pub fn within(self, bytes: u64) -> Result<Setting, Error> {
        if Shelf::is_learnt(&self.recipe) {
            let least = self.shelf.memory(&self.recipe)?;
            if least > bytes {
                let mib = least.div_ceil(1 << 20);
                return Err(Error::Usage(format!(
                    "the learnt model takes {mib} MiB of memory"
                )));
            }
        }
        Ok(Setting {
            recipe: match Shelf::is_learnt(&self.recipe) {
                true => self.recipe,
                false => fitted(&self.recipe, bytes)?,
            },
            limits: Limits {
                model_bytes: bytes,
                ..self.limits
            },
            ..self
        })
    }

    /// Original bytes in each block of a member of `bytes` bytes; the last may have fewer. What
    /// needs several blocks has an even number of blocks of one size, so that threads end together:
    /// 100 MB in blocks of 32 MiB at most are four of 25 MB, not three, of which two threads would
    /// need as long as for four. Threads themselves have no say: the bytes written do not depend on
    /// them.
    pub fn cut(&self, bytes: u64) -> u64 {
        /// Rows of units of 1, 2, 3, 4, 6, 8 and more bytes stay whole in blocks of such size.
        const WHOLE: u64 = 12 << 10;
        let most = self.block_bytes.max(1);
        let blocks = bytes.div_ceil(most);
        if blocks <= 1 {
            return most;
        }
        let even = bytes.div_ceil(blocks.next_multiple_of(2));
        match even / WHOLE {
            0..64 => even,
            _ => even.next_multiple_of(WHOLE).min(most),
        }
    }
}

/// The recipe with the largest tables that fit into `bytes`.
pub(crate) fn fitted(recipe: &Recipe, bytes: u64) -> Result<Recipe, Error> {
    let settings = registry::find(recipe)?.within(recipe.settings(), bytes)?;
    let colon = if settings.is_empty() { "" } else { ":" };
    Ok(format!("{}{colon}{settings}", recipe.name()).parse()?)
}

impl Default for Setting {
    /// The default level.
    fn default() -> Setting {
        Setting::level(Setting::DEFAULT_LEVEL).expect("the default level is in the table")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(setting: &Setting) -> u64 {
        let entry = registry::find(&setting.recipe).unwrap();
        (entry.memory)(setting.recipe.settings()).unwrap()
    }

    #[test]
    fn levels_take_no_more_memory_than_they_may() {
        for level in 1..=9 {
            // Every reader allows 2 GiB if not told otherwise; the help promises less.
            let most: u64 = match level {
                1..=Setting::DEFAULT_LEVEL => 512 << 20,
                6..=8 => 1 << 30,
                _ => 1200 << 20,
            };
            let setting = Setting::level(level).unwrap();
            assert!(memory(&setting) <= most, "{level}");
        }
    }

    #[test]
    fn levels_and_studies_leave_older_models_alone() {
        let levels = LEVELS.map(|(recipe, _)| recipe.parse().unwrap());
        for recipe in crate::study::contestants().iter().chain(&levels) {
            let entry = registry::find(recipe).unwrap();
            assert!(!registry::is_older(entry), "{recipe}");
        }
        assert!(registry::models().any(registry::is_older));
    }

    #[test]
    fn blocks_are_even() {
        let setting = Setting::level(5).unwrap();
        let mib = 1 << 20;
        for (bytes, blocks) in [
            (1, 1),
            (32 * mib, 1),
            (32 * mib + 1, 2),
            (64 * mib, 2),
            (64 * mib + 1, 4),
            (100_000_000, 4),
            (1_000_000_000, 30),
        ] {
            let cut = setting.cut(bytes);
            assert!(cut <= setting.block_bytes);
            assert_eq!(bytes.div_ceil(cut), blocks, "{bytes}");
            let last = bytes - (blocks - 1) * cut;
            assert!(
                blocks == 1 || last > cut - cut / 50,
                "{bytes}: {last}, {cut}"
            );
        }
        assert_eq!(setting.cut(0), setting.block_bytes);
        let tiny = Setting {
            block_bytes: 1,
            ..setting
        };
        assert_eq!(tiny.cut(3), 1);
    }

    #[test]
    fn the_largest_model_that_fits_is_taken() {
        for mib in [64, 100, 256, 512, 1100, 5000] {
            let bytes = mib << 20;
            let setting = Setting::default().within(bytes).unwrap();
            assert!(memory(&setting) <= bytes);
            let name = setting.recipe.as_str();
            let (start, bits) = name.rsplit_once(',').unwrap();
            let next = bits.parse::<u32>().unwrap() + 1;
            if let Ok(larger) = Setting::recipe(&format!("{start},{next}")) {
                assert!(memory(&larger) > bytes, "{name} in {mib} MiB");
            }
        }
        // A size that is named stays; what has no sizes fits, or does not.
        let named = |recipe: &str| Setting::recipe(recipe).unwrap();
        for recipe in ["mix2:fast,14", "order:2"] {
            let within = named(recipe).within(100 << 20).unwrap();
            assert_eq!(within.recipe.as_str(), recipe);
        }
        for recipe in ["mix2:max", "mix2:fast,24", "order:4"] {
            let error = named(recipe).within(1 << 20).unwrap_err().to_string();
            let mib = error.rsplit_once(" MiB of memory").unwrap().0;
            let mib: u64 = mib.rsplit_once(' ').unwrap().1.parse().unwrap();
            let least = named(recipe).within(mib << 20);
            assert!(least.is_ok_and(|s| memory(&s) > (mib - 1) << 20), "{error}");
        }
    }
}
