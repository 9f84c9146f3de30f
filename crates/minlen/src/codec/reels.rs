//! Models that stay set up for the next short stream.
//!
//! To set a model up, the machine has to find and clear fresh memory: of 1,000 blocks of 1 KB each
//! that was more than half of the time. A model that remembers what it changes goes back to its
//! beginning instead. Each thread keeps a few; they end with it.

use crate::{Error, Reading, registry};
use minlen_core::{Guide, Recipe, Rewind, Structure, run};
use std::cell::RefCell;

/// Streams of up to so many symbols are coded by models that stay: what these have made large by then
/// is a few megabytes.
pub(super) const SHORT: u64 = 16 << 10;

/// Models that a thread keeps. A block needs one for its symbols, or one for each of two views.
const MOST: usize = 4;

/// A model at its beginning, for streams that are alike in all this.
struct Reel {
    recipe: Recipe,
    structure: Structure,
    /// What the model may take.
    model_bytes: u64,
    model: Box<dyn Rewind>,
}

thread_local! {
    /// The one used last comes last.
    static REELS: RefCell<Vec<Reel>> = const { RefCell::new(Vec::new()) };
}

/// Leads a registered model through one short stream.
pub(super) fn lead(
    recipe: &Recipe,
    structure: &Structure,
    guide: &mut dyn Guide,
    reading: &Reading,
) -> Result<(), Error> {
    let model_bytes = reading.limits.model_bytes;
    let mut kept = REELS.take();
    let found = kept.iter().position(|reel| {
        (&reel.recipe, &reel.structure, reel.model_bytes) == (recipe, structure, model_bytes)
    });
    let mut reel = match found {
        Some(at) => kept.remove(at),
        None => {
            let entry = registry::find(recipe)?;
            let mut model = entry.model(recipe.settings(), structure, &reading.limits)?;
            let Some(remembering) = model.remembering() else {
                REELS.set(kept);
                run(&mut *model, guide);
                return Ok(());
            };
            Reel {
                recipe: recipe.clone(),
                structure: *structure,
                model_bytes,
                model: remembering,
            }
        }
    };
    run(reel.model.model(), guide);
    reel.model.rewind();
    if kept.len() == MOST {
        kept.remove(0);
    }
    kept.push(reel);
    REELS.set(kept);
    Ok(())
}
