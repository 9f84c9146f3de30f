//! Samples from a model.

use crate::codec::follow;
use crate::{Error, Setting, Watch};
use minlen_core::{Sampler, Teacher};

/// Leads a model through `like` and draws `bytes` more bytes from what it then predicts. The same
/// arguments give the same bytes on every machine.
pub fn generate(
    like: &[u8],
    bytes: usize,
    seed: u64,
    setting: &Setting,
    watch: &dyn Watch,
) -> Result<Vec<u8>, Error> {
    let (view, seen) = setting.probe(like);
    let structure = view.structure(&seen.params)?;
    let symbols = view.forward(like, &seen.params)?;
    let (recipe, limits) = (&setting.recipe, &setting.limits);
    let mut model = setting.shelf.model(recipe, &structure, limits, watch)?;
    let mut teacher = Teacher::new(&symbols);
    let mut sampler = Sampler::new(seed, bytes);
    watch.expect((symbols.len() + bytes) as u64);
    follow(&mut *model, &mut teacher, watch)?;
    follow(&mut *model, &mut sampler, watch)?;
    // What was drawn goes on where `like` ends, and so does the way back from symbols to bytes.
    let mut all = symbols.into_owned();
    all.extend(sampler.into_symbols());
    let mut data = view.inverse(all, &seen.params, &setting.limits)?;
    Ok(data.split_off(like.len().min(data.len())))
}
