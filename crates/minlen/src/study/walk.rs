//! A model led through a file, the cost of every byte handed on at once: no trace is held.

use crate::study::read::Blocks;
use crate::study::types::SeenBlock;
use crate::{Cost, Error, Setting, Watch, registry};
use minlen_core::{Guide, Meter};

/// Symbols between two looks at the watch.
const PACE: u64 = 1 << 14;

/// What hears of the costs.
pub(crate) trait Listener {
    /// A block begins.
    fn block(&mut self, seen: SeenBlock, bytes: &[u8]);
    /// The next byte costs so much.
    fn byte(&mut self, byte: u8, cost: Cost);
}

/// Measures a file exactly as [`measure`](crate::measure) would, without its memory. The total.
pub(crate) fn walk(
    blocks: &mut Blocks,
    setting: &Setting,
    watch: &dyn Watch,
    listener: &mut dyn Listener,
) -> Result<Cost, Error> {
    let entry = registry::find(&setting.recipe)?;
    let mut whole = Cost::ZERO;
    let mut offset = 0;
    while let Some(block) = blocks.next()? {
        let (view, seen) = minlen_views::probe(block);
        let structure = view.structure(&seen.params)?;
        let symbols = view.forward(block, &seen.params)?;
        let seen = SeenBlock {
            offset,
            view: view.name().to_string(),
            says: seen.says,
            unit: structure.unit.into(),
            row: structure.row.into(),
            start: structure.start.into(),
        };
        listener.block(seen, block);
        let mut batch = entry.batch(setting.recipe.settings(), &structure, 1, &setting.limits)?;
        let mut meter = Meter::new(&symbols);
        let (mut paid, mut at, mut done) = (Cost::ZERO, 0usize, 0u64);
        let mut byte_cost = Cost::ZERO;
        while meter.more() {
            batch.step(&mut [&mut meter]);
            let total = meter.total();
            let cost = Cost::from_units(total.units() - paid.units());
            paid = total;
            // The symbol's byte is the one at the same part of the way, as in `measure`.
            let here = if symbols.len() == block.len() {
                done as usize
            } else {
                (u128::from(done) * block.len() as u128 / symbols.len() as u128) as usize
            };
            while at < here.min(block.len()) {
                listener.byte(block[at], byte_cost);
                byte_cost = Cost::ZERO;
                at += 1;
            }
            byte_cost += cost;
            done += 1;
            if done.is_multiple_of(PACE) {
                watch.advance(PACE);
                if watch.stop() {
                    return Err(Error::Stopped);
                }
            }
        }
        watch.advance(done % PACE);
        for &byte in &block[at..] {
            listener.byte(byte, byte_cost);
            byte_cost = Cost::ZERO;
        }
        whole += paid;
        offset += block.len() as u64;
    }
    Ok(whole)
}
