//! Models predict; the loop that runs them.

use crate::{Distribution, Guide, Symbol};

/// Predicts the next symbol given all symbols it has been led through.
///
/// Required are a whole prediction, an update and a fork. A model that would rather ask several
/// small questions (bits, nibbles) overrides [`step`](Model::step) too. Laws, checked for every
/// registered model:
///
/// - `predict` does not move the model: asked twice it says the same, and `step` is unaffected.
/// - `step` with a guide that answers `s` and `update(s)` leave equal models.
/// - A fork and its origin share nothing that either can change.
/// - The same symbols lead to the same predictions on every machine and instruction set.
pub trait Model: Send {
    /// The probability of each symbol to come next. (`&mut` for scratch space only.)
    fn predict(&mut self) -> Distribution;

    /// The next symbol was `s`.
    fn update(&mut self, s: Symbol);

    /// A copy that goes its own way: to branch, to classify, to snapshot.
    fn fork(&self) -> Box<dyn Model>;

    /// Asks `guide` for the next symbol, moves past it and returns it.
    ///
    /// Provided: one question about the whole symbol. Override to ask smaller ones.
    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        let s = guide.symbol(&self.predict());
        self.update(s);
        s
    }

    /// What the model predicts from. Provided: nothing, for models that cannot tell.
    fn inputs(&self) -> Vec<Input> {
        Vec::new()
    }

    /// As [`step`](Model::step), and tells what each of [`inputs`](Model::inputs) earned: adds it
    /// to `earned`, which has a place for each. In units of 2⁻²⁴ bit, as [`Cost`](crate::Cost);
    /// below 0 where an input misled. What is added sums to the symbol's gain: 8 bits less its
    /// cost, exactly.
    ///
    /// It says whose word was heeded, not what leaving an input out would lose: where two say the
    /// same, they share. Slower than `step`, after which the model is the same. Provided: a step.
    fn step_explained(&mut self, guide: &mut dyn Guide, earned: &mut [i64]) -> Symbol {
        let _ = earned;
        self.step(guide)
    }

    /// A copy that can be taken back to the present state again and again, for little: for many
    /// short streams that all begin here. Provided: [`remembering`](Model::remembering), or a fork
    /// each time.
    fn rewinding(&self) -> Box<dyn Rewind> {
        self.remembering().unwrap_or_else(|| forks(self))
    }

    /// The same, of a model that remembers what it changes, so that the way back takes no longer than
    /// the way there. Provided: it does not.
    fn remembering(&self) -> Option<Box<dyn Rewind>> {
        None
    }
}

/// A model with a way back: see [`Model::rewinding`].
pub trait Rewind: Send {
    /// The model, where it has been led to.
    fn model(&mut self) -> &mut dyn Model;

    /// Back to the state that it was made in.
    fn rewind(&mut self);
}

/// The way back that every model has: a fork each time.
fn forks<M: Model + ?Sized>(model: &M) -> Box<dyn Rewind> {
    Box::new(Forks {
        origin: model.fork(),
        now: model.fork(),
    })
}

/// Goes back by a fork.
struct Forks {
    origin: Box<dyn Model>,
    now: Box<dyn Model>,
}

impl Rewind for Forks {
    fn model(&mut self) -> &mut dyn Model {
        &mut *self.now
    }
    fn rewind(&mut self) {
        self.now = self.origin.fork();
    }
}

/// Something that a model predicts from, in plain words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// The kind, of which a model has few: `words`.
    pub kind: &'static str,
    /// What it looks at: `the word so far and the word before`. Inputs that only an expert would
    /// tell apart share a name.
    pub name: String,
}

impl<M: Model + ?Sized> Model for Box<M> {
    fn predict(&mut self) -> Distribution {
        (**self).predict()
    }
    fn update(&mut self, s: Symbol) {
        (**self).update(s);
    }
    fn fork(&self) -> Box<dyn Model> {
        (**self).fork()
    }
    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        (**self).step(guide)
    }
    fn inputs(&self) -> Vec<Input> {
        (**self).inputs()
    }
    fn step_explained(&mut self, guide: &mut dyn Guide, earned: &mut [i64]) -> Symbol {
        (**self).step_explained(guide, earned)
    }
    fn rewinding(&self) -> Box<dyn Rewind> {
        (**self).rewinding()
    }
    fn remembering(&self) -> Option<Box<dyn Rewind>> {
        (**self).remembering()
    }
}

/// Predicts many streams in step, because a batch is cheaper than its parts (a net's matrix
/// products). Streams do not see each other: a batch must do what as many single models would.
pub trait Batch: Send {
    /// Number of streams.
    fn width(&self) -> usize;

    /// Moves every stream whose guide has [`more`](Guide::more) by one symbol; `guides` holds one
    /// guide a stream.
    fn step(&mut self, guides: &mut [&mut dyn Guide]);
}

/// Single models side by side: the batch that gains nothing, and defines what others must do.
impl Batch for Vec<Box<dyn Model>> {
    fn width(&self) -> usize {
        self.len()
    }
    fn step(&mut self, guides: &mut [&mut dyn Guide]) {
        for (model, guide) in self.iter_mut().zip(guides) {
            if guide.more() {
                model.step(*guide);
            }
        }
    }
}

/// The one loop: leads `model` through everything that `guide` has.
pub fn run(model: &mut dyn Model, guide: &mut dyn Guide) {
    while guide.more() {
        model.step(guide);
    }
}

/// The one loop, for many streams at once.
pub fn run_batch(batch: &mut dyn Batch, guides: &mut [&mut dyn Guide]) {
    while guides.iter().any(|g| g.more()) {
        batch.step(guides);
    }
}
