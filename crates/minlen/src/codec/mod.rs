//! Symbols to coded lanes and back: where model, guide and format meet.

mod reels;

use crate::{Error, Reading, Shelf, Watch, records, registry};
use minlen_core::{Decoder, Encoder, Guide, Limits, Model, Recipe, Structure, Symbol};
use minlen_format::{Coded, STORED, lane_bounds};

/// Symbols between two looks at the watch: well below a tenth of a second for any model.
pub(crate) const PACE: u64 = 1 << 14;

/// Coded lanes, one after the other, and how long each is.
pub struct Lanes {
    /// Coded bytes of each lane.
    pub lengths: Vec<u64>,
    /// The coded bytes of all lanes.
    pub payload: Vec<u8>,
}

/// Codes `symbols` in `lanes` lanes. Work is reported to `watch` in symbols.
pub fn encode(
    recipe: &Recipe,
    structure: &Structure,
    symbols: &[Symbol],
    lanes: u64,
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<Lanes, Error> {
    let n = symbols.len() as u64;
    let parts = (0..lanes).map(|lane| {
        let (from, to) = lane_bounds(n, lanes, lane);
        &symbols[from as usize..to as usize]
    });
    if recipe.as_str() == STORED {
        watch.advance(n);
        return Ok(Lanes {
            lengths: parts.map(|p| p.len() as u64).collect(),
            payload: symbols.to_vec(),
        });
    }
    let mut encoders: Vec<Encoder> = parts.map(Encoder::new).collect();
    let mut guides: Vec<&mut dyn Guide> = encoders.iter_mut().map(|e| e as _).collect();
    lead(recipe, structure, n, &mut guides, reading, watch)?;
    let coded: Vec<Vec<u8>> = encoders.into_iter().map(Encoder::finish).collect();
    Ok(Lanes {
        lengths: coded.iter().map(|c| c.len() as u64).collect(),
        payload: coded.concat(),
    })
}

/// Decodes what [`encode`] coded. `payload` must be as long as `coded` says. The outcome is not
/// checked against `coded.check`: that is of the original bytes, which a view stands before.
pub fn decode(
    coded: &Coded,
    structure: &Structure,
    payload: &[u8],
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<Vec<Symbol>, Error> {
    let most = reading.limits.block_bytes;
    Limits::check("the size of a block", coded.symbols, most)?;
    if coded.recipe.as_str() == STORED {
        let lanes = coded.lanes.len() as u64;
        let shares = (0..lanes).map(|lane| lane_bounds(coded.symbols, lanes, lane));
        let as_long = shares
            .map(|(from, to)| to - from)
            .eq(coded.lanes.iter().copied());
        if !as_long || payload.len() as u64 != coded.symbols {
            return Err(Error::damaged("a stored block is not as long as it says"));
        }
        watch.advance(coded.symbols);
        return Ok(payload.to_vec());
    }
    if let Some(inner) = records::inner(&coded.recipe) {
        if coded.lanes.len() != 1 {
            return Err(Error::damaged("records have one lane"));
        }
        return records::decode(&inner?, payload, coded.symbols, reading, watch);
    }
    let mut decoders = Vec::new();
    let mut rest = payload;
    for (lane, &length) in coded.lanes.iter().enumerate() {
        let (from, to) = lane_bounds(coded.symbols, coded.lanes.len() as u64, lane as u64);
        let Some((part, after)) = rest.split_at_checked(length as usize) else {
            return Err(Error::damaged("a lane runs past its block"));
        };
        rest = after;
        decoders.push(Decoder::new(part, (to - from) as usize));
    }
    let mut guides: Vec<&mut dyn Guide> = decoders.iter_mut().map(|d| d as _).collect();
    let (recipe, n) = (&coded.recipe, coded.symbols);
    lead(recipe, structure, n, &mut guides, reading, watch).map_err(|e| match e {
        // Settings that make no sense here: an archive's fault, not the caller's.
        Error::Usage(what) => minlen_core::Error::Unsupported(what).into(),
        e => e,
    })?;
    let mut symbols = Vec::new();
    for decoder in decoders {
        let part = decoder.finish()?;
        if symbols.is_empty() {
            symbols = part;
        } else {
            symbols.extend(part);
        }
    }
    Ok(symbols)
}

/// The one loop for one model, with an eye on the watch.
pub(crate) fn follow(
    model: &mut dyn Model,
    guide: &mut dyn Guide,
    watch: &dyn Watch,
) -> Result<(), Error> {
    while guide.more() {
        let mut done = 0;
        while guide.more() && done < PACE {
            model.step(guide);
            done += 1;
        }
        watch.advance(done);
        if watch.stop() {
            return Err(Error::Stopped);
        }
    }
    Ok(())
}

/// The one loop, for so many symbols in all, with an eye on the watch.
fn lead(
    recipe: &Recipe,
    structure: &Structure,
    symbols: u64,
    guides: &mut [&mut dyn Guide],
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<(), Error> {
    let (shelf, limits) = (&reading.shelf, &reading.limits);
    if let [guide] = guides
        && symbols <= reels::SHORT
        && !Shelf::is_learnt(recipe)
        && registry::find(recipe)?.batch.is_none()
    {
        reels::lead(recipe, structure, *guide, reading)?;
        watch.advance(symbols);
        return match watch.stop() {
            true => Err(Error::Stopped),
            false => Ok(()),
        };
    }
    let mut batch = shelf.batch(recipe, structure, guides.len(), limits, watch)?;
    loop {
        let mut done = 0;
        while done < PACE {
            let alive = guides.iter().filter(|g| g.more()).count() as u64;
            if alive == 0 {
                watch.advance(done);
                return Ok(());
            }
            batch.step(guides);
            done += alive;
        }
        watch.advance(done);
        if watch.stop() {
            return Err(Error::Stopped);
        }
    }
}

/// The same without learnt models.
pub mod plain {
    use super::*;

    /// As the one above, without learnt models.
    pub fn encode(
        recipe: &Recipe,
        structure: &Structure,
        symbols: &[Symbol],
        lanes: u64,
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Lanes, Error> {
        super::encode(recipe, structure, symbols, lanes, &limits.into(), watch)
    }

    /// As the one above, without learnt models.
    pub fn decode(
        coded: &Coded,
        structure: &Structure,
        payload: &[u8],
        limits: &Limits,
        watch: &dyn Watch,
    ) -> Result<Vec<Symbol>, Error> {
        super::decode(coded, structure, payload, &limits.into(), watch)
    }
}
