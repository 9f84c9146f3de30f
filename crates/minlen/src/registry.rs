//! All models and views, from all crates. A new crate of models needs one line here.

use minlen_core::{Entry, Error, Recipe};
use minlen_views::{Seen, View};

/// Every registered model.
pub fn models() -> impl Iterator<Item = &'static Entry> {
    [minlen_classical::MODELS].into_iter().flatten()
}

/// Models that a later one has taken the place of. They stay, so that archives made with them
/// decode, and work when they are named; nothing takes them by itself.
const OLDER: &[&str] = &["mix"];

/// Whether the model is kept only for archives that were made with it.
pub(crate) fn is_older(entry: &Entry) -> bool {
    OLDER.contains(&entry.name)
}

/// Every registered view, the most specific first, `bytes` last.
pub fn views() -> &'static [&'static dyn View] {
    minlen_views::VIEWS
}

/// The entry that `recipe` names. `Unsupported`: no model of this version has that name.
pub fn find(recipe: &Recipe) -> Result<&'static Entry, Error> {
    models()
        .find(|entry| entry.name == recipe.name())
        .ok_or_else(|| Error::Unsupported(format!("the model {:?}", recipe.name())))
}

/// The view that takes any data as it is.
pub(crate) fn as_bytes(data: &[u8]) -> (&'static dyn View, Seen) {
    let view = *views().last().expect("the fallback view is registered");
    let seen = view.probe(data).unwrap_or(Seen {
        params: Vec::new(),
        says: String::new(),
    });
    (view, seen)
}
