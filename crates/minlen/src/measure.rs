//! Code length without coding.

use crate::codec::{follow, lead};
use crate::{Error, Recipe, Setting, Watch, registry};
use minlen_core::{Cost, Guide, Meter, Structure, Teacher};

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

/// Measures the code length of `data`, cut into blocks and viewed as [`compress`](crate::compress)
/// would. With `given`, the model has been led through that data first, at the beginning of each
/// block: the conditional code length of `data` given `given`, under the view of `data`.
///
/// Without `given`, the cost and the coded content of an archive of `data` agree within 8 bytes a
/// block (a block that coding would lengthen is stored by an archive; its measured cost stands).
pub fn measure(
    data: &[u8],
    setting: &Setting,
    given: Option<&[u8]>,
    watch: &dyn Watch,
) -> Result<Measurement, Error> {
    let mut whole = Measurement {
        cost: Cost::ZERO,
        trace: Vec::new(),
        views: Vec::new(),
        recipe: setting.recipe.clone(),
    };
    let entry = registry::find(&setting.recipe)?;
    // With `given`, every block is preceded by it.
    let block_bytes = setting.block_bytes.max(1);
    let blocks = (data.len() as u64).div_ceil(block_bytes);
    let before = given.map_or(0, |g| g.len() as u64);
    watch.expect(data.len() as u64 + blocks * before);
    for block in data.chunks(block_bytes as usize) {
        let (view, seen) = minlen_views::probe(block);
        let structure = view.structure(&seen.params)?;
        let symbols = view.forward(block, &seen.params)?;
        let mut meter = Meter::with_trace(&symbols);
        match given {
            None => {
                let guides: &mut [&mut dyn Guide] = &mut [&mut meter];
                lead(&setting.recipe, &structure, guides, &setting.limits, watch)?;
            }
            Some(given) => {
                let limits = &setting.limits;
                let mut model = entry.model(setting.recipe.settings(), &structure, limits)?;
                follow(&mut *model, &mut Teacher::new(given), watch)?;
                follow(&mut *model, &mut meter, watch)?;
            }
        }
        whole.views.push(BlockView {
            offset: whole.trace.len() as u64,
            view: view.name(),
            says: seen.says,
            structure,
        });
        whole.cost += meter.total();
        whole.trace.extend(spread(meter.into_trace(), block.len()));
    }
    Ok(whole)
}

/// The cost of symbols as the cost of `bytes` bytes: the same when there are as many, otherwise
/// each symbol's cost goes to the byte at the same part of the way. The sum is kept.
fn spread(symbols: Vec<Cost>, bytes: usize) -> Vec<Cost> {
    if symbols.len() == bytes {
        return symbols;
    }
    let mut costs = vec![Cost::ZERO; bytes];
    let n = symbols.len() as u128;
    for (i, cost) in symbols.into_iter().enumerate() {
        let at = (i as u128 * bytes as u128 / n) as usize;
        if let Some(place) = costs.get_mut(at) {
            *place += cost;
        }
    }
    costs
}
