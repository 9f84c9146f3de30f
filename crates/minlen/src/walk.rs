//! A model led through a block of data, the cost of every byte handed on at once.

use crate::codec::{PACE, follow};
use crate::{Error, Setting, Watch};
use minlen_core::{Cost, Guide, Input, Meter, Structure, Teacher};

/// How a block of data was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockView {
    /// Where the block begins.
    pub offset: u64,
    /// The view's name.
    pub view: &'static str,
    /// What it saw, in words.
    pub says: String,
    /// The structure it saw.
    pub structure: Structure,
}

/// What hears of the costs.
pub(crate) trait Listener {
    /// A block begins.
    fn block(&mut self, seen: BlockView, bytes: &[u8]);
    /// The model of this block predicts from `inputs`, if it can tell; the block has so many
    /// symbols.
    fn inputs(&mut self, _inputs: &[Input], _symbols: u64) {}
    /// Whether it wants to know what the next symbol's inputs earn, which takes time.
    fn wants_earnings(&mut self) -> bool {
        false
    }
    /// Of a symbol of the byte at `position`, each input earned so much, in units of 2⁻²⁴ bit.
    fn earned(&mut self, _position: u64, _earned: &[i64]) {}
    /// The next byte costs so much.
    fn byte(&mut self, byte: u8, cost: Cost);
}

/// Measures a block, seen as [`compress`](crate::compress) would see it, under a model that has
/// been led through `given` first. The total; its parts go to `listener`.
///
/// Where a view makes more or fewer symbols than bytes, each symbol's cost goes to the byte at the
/// same part of the way. The sum is kept.
pub(crate) fn walk(
    block: &[u8],
    offset: u64,
    setting: &Setting,
    given: &[u8],
    watch: &dyn Watch,
    listener: &mut dyn Listener,
) -> Result<Cost, Error> {
    let (view, seen) = setting.probe(block);
    let structure = view.structure(&seen.params)?;
    let symbols = view.forward(block, &seen.params)?;
    // What is given is seen in the same way, if that fits it.
    let given = match view.probe(given) {
        Some(same) if same.params == seen.params => view.forward(given, &same.params)?,
        _ => given.into(),
    };
    let seen = BlockView {
        offset,
        view: view.name(),
        says: seen.says,
        structure,
    };
    listener.block(seen, block);
    let (recipe, limits) = (&setting.recipe, &setting.limits);
    let mut model = setting.shelf.model(recipe, &structure, limits, watch)?;
    follow(&mut *model, &mut Teacher::new(&given), watch)?;

    let inputs = model.inputs();
    listener.inputs(&inputs, symbols.len() as u64);

    let mut meter = Meter::new(&symbols);
    let (mut paid, mut at, mut done) = (Cost::ZERO, 0usize, 0u64);
    let mut byte_cost = Cost::ZERO;
    let mut earned = vec![0; inputs.len()];
    while meter.more() {
        let here = u128::from(done) * block.len() as u128 / symbols.len() as u128;
        if !inputs.is_empty() && listener.wants_earnings() {
            earned.fill(0);
            model.step_explained(&mut meter, &mut earned);
            listener.earned(offset + here as u64, &earned);
        } else {
            model.step(&mut meter);
        }
        let total = meter.total();
        let cost = Cost::from_units(total.units() - paid.units());
        paid = total;
        while at < here as usize {
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
    Ok(paid)
}
