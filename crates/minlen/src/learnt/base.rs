//! The models that ship with the program: two nets that have read English, Chinese and programs.
//!
//! | recipe | reads | codes |
//! |---|---|---|
//! | `base:1` | bytes | what is no text, text too short for codes of words, records, archives that hold their model; measures; what others go on from |
//! | `base:2` | symbols of `words-1` under [`PARAMS`], which give the same words the same codes in each text | text in archives |
//!
//! Users know one, `base`: an archive takes for each block what fits. Their cards say what they were
//! made of. To make one again, train a net of the same shape with such data (`minlen learn --kind
//! net`, `crates/minlen-neural/examples/train.rs`), and `cargo run --release -p minlen --example base --
//! NUMBER NET` writes the file. The symbols that `base:2` learns from `crates/minlen-views/examples/shared_words.rs`
//! makes; [`PARAMS`] came of the first 20,000,000 bytes of the documents (`shared_words TEXT 32 21 OUT`).

use crate::learnt::{Kind, Learnt, Neural, net};
use crate::{Error, Recipe};
use minlen_core::Limits;
use minlen_format::{ModelFile, ModelHash};
use minlen_neural::{Weights, raw};
use minlen_views::{Sight, View};
use std::sync::{Arc, OnceLock};

/// A model that ships.
struct Shipped {
    /// The recipe that stands for it, as archives are written: 33 bytes shorter than by its hash, which is
    /// one in a hundred of a small file.
    recipe: &'static str,
    file: &'static [u8],
    model: OnceLock<Arc<Learnt>>,
}

static OF_BYTES: Shipped = Shipped {
    recipe: "base:1",
    file: include_bytes!("base.mlm"),
    model: OnceLock::new(),
};
static OF_WORDS: Shipped = Shipped {
    recipe: "base:2",
    file: include_bytes!("base-2.mlm"),
    model: OnceLock::new(),
};

/// The parameters of `words-1` whose symbols `base:2` has learnt. They stand in every block that it codes.
const PARAMS: &[u8] = include_bytes!("base-2.words");

impl Shipped {
    /// The one that `recipe` stands for; tells without reading it.
    fn called(recipe: &Recipe) -> Option<&'static Shipped> {
        let by_hash = |file: &[u8]| {
            let mut hash = [0; 32];
            hash.copy_from_slice(&file[file.len() - 32..]);
            recipe.name() == Learnt::RECIPE && recipe.settings() == ModelHash(hash).name()
        };
        let mut all = [&OF_BYTES, &OF_WORDS].into_iter();
        all.find(|own| recipe.as_str() == own.recipe || by_hash(own.file))
    }

    fn model(&self) -> &Arc<Learnt> {
        let read = || Learnt::read(self.file.to_vec(), &Limits::default()).map(Arc::new);
        self.model
            .get_or_init(|| read().expect("a test reads the files that ship"))
    }

    fn recipe(&self) -> Recipe {
        self.recipe.parse().expect("a recipe")
    }
}

impl Learnt {
    /// The name by which command lines call the base model.
    pub const BASE: &'static str = "base";

    /// The model that ships with the program and reads bytes. It is a part of the program as brotli's
    /// dictionary is of brotli: figures that count model bits count its file.
    pub fn base() -> &'static Arc<Learnt> {
        OF_BYTES.model()
    }

    /// The one that reads words.
    pub fn base_of_words() -> &'static Arc<Learnt> {
        OF_WORDS.model()
    }

    /// Whether `recipe` stands for a model that ships.
    pub(crate) fn is_base(recipe: &Recipe) -> bool {
        Shipped::called(recipe).is_some()
    }

    /// The model that ships for which `recipe` stands.
    pub(crate) fn base_called(recipe: &Recipe) -> Option<&'static Arc<Learnt>> {
        Shipped::called(recipe).map(Shipped::model)
    }

    /// The short recipe of a model that ships.
    pub(crate) fn short(recipe: &Recipe) -> Option<Recipe> {
        Shipped::called(recipe).map(Shipped::recipe)
    }

    /// Where `recipe` stands for a model that ships, and `data` is text: the recipe of the one of words,
    /// the view, and what that makes of it.
    pub(crate) fn as_words<'a>(
        recipe: &Recipe,
        data: &'a [u8],
    ) -> Option<(Recipe, &'static dyn View, Sight<'a>)> {
        Shipped::called(recipe)?;
        let (view, sight) = minlen_views::see_with_words(data, PARAMS)?;
        Some((OF_WORDS.recipe(), view, sight))
    }

    /// A net's parameters, to go on learning from elsewhere: what [`of_net`](Learnt::of_net) takes.
    /// `None`: it is no net.
    pub fn net_parameters(&self) -> Option<Vec<u8>> {
        match &self.kind {
            Kind::Net(n) => raw::write(n.shape(), &n.weights().parameters()).ok(),
            Kind::Changed(c) => raw::write(c.net.shape(), &c.net.weights().parameters()).ok(),
            Kind::Primed(_) => None,
        }
    }

    /// A model of a net that was trained elsewhere: `parameters` are as
    /// [`is_net_parameters`](crate::is_net_parameters) tells them. `Usage` or `Damaged`: they are
    /// none, or it can advise no such engine.
    pub fn of_net(
        parameters: &[u8],
        advises: Option<&Recipe>,
        card: Vec<(String, String)>,
    ) -> Result<Learnt, Error> {
        let (shape, parameters) = raw::read(parameters)?;
        let weights = Weights::quantise(&shape, &parameters)?;
        let (params, payload) = Neural::write(advises, &weights)?;
        let kind = net::KIND.into();
        let file = ModelFile {
            kind,
            params,
            card,
            payload,
        };
        Learnt::read(file.write()?.0, &Limits::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_ship_are_read_and_found() {
        // Archives name them so, for ever.
        let known = [
            (Learnt::base(), "base:1", "6c23d4a1f62e3cc3e2bac46d9d7301db"),
            (
                Learnt::base_of_words(),
                "base:2",
                "2fb12407af2120c5ae2c0ba9bc276f6a",
            ),
        ];
        for (base, recipe, name) in known {
            assert_eq!(base.kind(), net::KIND);
            assert_eq!(base.name(), name);
            assert_eq!(base.recipe().as_str(), recipe);
            let by_hash: Recipe = format!("{}:{name}", Learnt::RECIPE).parse().unwrap();
            assert!(Learnt::is_base(&by_hash) && Learnt::is_base(&base.recipe()));
            assert!(Arc::ptr_eq(Learnt::base_called(&by_hash).unwrap(), base));
        }
        assert!(!Learnt::is_base(&"base:3".parse().unwrap()));
    }

    #[test]
    fn words_are_for_text() {
        let text = b"It is a truth universally acknowledged, that a single man in possession of a good \
            fortune, must be in want of a wife. However little known the feelings of such a man may be";
        let base = Learnt::base().recipe();
        let (recipe, view, sight) = Learnt::as_words(&base, text).unwrap();
        assert_eq!(recipe, Learnt::base_of_words().recipe());
        assert_eq!(sight.seen.params, PARAMS);
        // The net knows these codes, and no others.
        let check = minlen_format::Check::of(PARAMS);
        assert_eq!(
            (PARAMS.len(), check.0),
            (102, [79, 77, 55, 19, 194, 240, 216, 212])
        );
        let back = view.inverse(
            sight.symbols.unwrap().into_owned(),
            PARAMS,
            &Limits::default(),
        );
        assert_eq!(back.unwrap(), text);
        assert!(Learnt::as_words(&base, b"short").is_none());
        assert!(Learnt::as_words(&recipe, text).is_some());
        assert!(Learnt::as_words(&"order:2".parse().unwrap(), text).is_none());
        let noise: Vec<u8> = (0..4096u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8)
            .collect();
        assert!(Learnt::as_words(&base, &noise).is_none());
    }
}
