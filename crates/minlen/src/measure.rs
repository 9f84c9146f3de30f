//! Code length without coding.

use crate::walk::{BlockView, Listener, walk};
use crate::{Error, Recipe, Setting, Watch};
use minlen_core::Cost;

/// What data costs under a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measurement {
    /// The code length of the data. What an archive holds beside it (names, checks, lengths) is
    /// not counted.
    pub cost: Cost,
    /// The cost of every byte. Their sum is `cost`.
    pub trace: Vec<Cost>,
    /// The view of each block.
    pub views: Vec<BlockView>,
    /// The model.
    pub recipe: Recipe,
}

/// Measures the code length of `data`, cut into blocks and viewed as [`compress`](crate::compress)
/// would. With `given`, the model has been led through that data first, at the beginning of each
/// block: the conditional code length of `data` given `given`, under the view of `data`.
///
/// Without `given`, the cost and the coded content of an archive of `data` agree within 8 bytes a
/// block, with three exceptions: a block that coding would lengthen is stored by an archive; text
/// may have another view there (`words`), under which single bytes have no cost of their own; and
/// a pipe whose length nobody knew is cut otherwise ([`Setting::cut`]).
pub fn measure(
    data: &[u8],
    setting: &Setting,
    given: Option<&[u8]>,
    watch: &dyn Watch,
) -> Result<Measurement, Error> {
    let mut whole = Measurement {
        cost: Cost::ZERO,
        trace: Vec::with_capacity(data.len()),
        views: Vec::new(),
        recipe: setting.recipe.clone(),
    };
    let given = given.unwrap_or_default();
    // Every block is preceded by what is given.
    let block_bytes = setting.cut(data.len() as u64);
    let blocks = (data.len() as u64).div_ceil(block_bytes);
    watch.expect(data.len() as u64 + blocks * given.len() as u64);
    for block in data.chunks(block_bytes as usize) {
        let offset = whole.trace.len() as u64;
        let cost = walk(block, offset, setting, given, watch, &mut whole)?;
        whole.cost += cost;
    }
    Ok(whole)
}

impl Listener for Measurement {
    fn block(&mut self, seen: BlockView, _: &[u8]) {
        self.views.push(seen);
    }
    fn byte(&mut self, _: u8, cost: Cost) {
        self.trace.push(cost);
    }
}
