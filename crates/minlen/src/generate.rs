//! Samples from a model.

use crate::codec::follow;
use crate::{Error, Setting, Watch};
use minlen_core::{Sampler, Teacher};

/// What to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Draw {
    /// How many bytes.
    pub bytes: usize,
    /// The seed of the random source.
    pub seed: u64,
    /// Hundredths, 10 to 1,000. At 100 bytes are drawn as the model says; below, what is likely is drawn
    /// more often than that, above less often.
    pub temperature: u32,
    /// Thousandths, 1 to 1,000: each question of the model is answered by one of the fewest answers that
    /// have together so much of the probability. 1,000 is no limit.
    pub top_p: u32,
}

/// Leads a model through `like` and draws `bytes` more bytes from what it then predicts. The same
/// arguments give the same bytes on every machine.
pub fn generate(
    like: &[u8],
    bytes: usize,
    seed: u64,
    setting: &Setting,
    watch: &dyn Watch,
) -> Result<Vec<u8>, Error> {
    let draw = Draw {
        bytes,
        seed,
        temperature: 100,
        top_p: 1000,
    };
    generate_at(like, &draw, setting, watch)
}

/// As [`generate`], at a temperature, or from the likeliest answers only.
pub fn generate_at(
    like: &[u8],
    draw: &Draw,
    setting: &Setting,
    watch: &dyn Watch,
) -> Result<Vec<u8>, Error> {
    let bytes = draw.bytes;
    let (view, seen) = setting.probe(like);
    let structure = view.structure(&seen.params)?;
    let symbols = view.forward(like, &seen.params)?;
    let (recipe, limits) = (&setting.recipe, &setting.limits);
    let mut model = setting.shelf.model(recipe, &structure, limits, watch)?;
    let mut teacher = Teacher::new(&symbols);
    let mut sampler = Sampler::new(draw.seed, bytes)
        .at_temperature(draw.temperature)
        .of_the_likeliest(draw.top_p);
    watch.expect((symbols.len() + bytes) as u64);
    follow(&mut *model, &mut teacher, watch)?;
    follow(&mut *model, &mut sampler, watch)?;
    // What was drawn goes on where `like` ends, and so does the way back from symbols to bytes.
    let mut all = symbols.into_owned();
    all.extend(sampler.into_symbols());
    let mut data = view.inverse(all, &seen.params, &setting.limits)?;
    Ok(data.split_off(like.len().min(data.len())))
}
