//! The model that ships with the program: a net that has read English, Chinese and programs.
//!
//! Its card says what it was made of. To make it again, train a net of the same shape with such data
//! (`minlen learn --kind net`, `crates/minlen-neural/examples/train.rs`), and
//! `cargo run --release -p minlen --example base -- NET` writes the file.

use crate::learnt::{Kind, Learnt, Neural, net};
use crate::{Error, Recipe};
use minlen_core::Limits;
use minlen_format::{ModelFile, ModelHash};
use minlen_neural::{Weights, raw};
use std::sync::{Arc, OnceLock};

/// The file.
const FILE: &[u8] = include_bytes!("base.mlm");

impl Learnt {
    /// The name by which command lines call the base model.
    pub const BASE: &'static str = "base";

    /// The model that ships with the program. It is a part of the program as brotli's dictionary is
    /// of brotli: figures that count model bits count its file.
    pub fn base() -> &'static Arc<Learnt> {
        static BASE: OnceLock<Arc<Learnt>> = OnceLock::new();
        let read = || Learnt::read(FILE.to_vec(), &Limits::default()).map(Arc::new);
        BASE.get_or_init(|| read().expect("a test reads the file that ships"))
    }

    /// The recipe that stands for it, as archives are written: 33 bytes shorter than by its hash, which is
    /// one in a hundred of a small file.
    pub(crate) const BASE_RECIPE: &'static str = "base:1";

    /// Whether `recipe` stands for the base model; tells without reading it.
    pub(crate) fn is_base(recipe: &Recipe) -> bool {
        if recipe.as_str() == Learnt::BASE_RECIPE {
            return true;
        }
        let mut hash = [0; 32];
        hash.copy_from_slice(&FILE[FILE.len() - 32..]);
        recipe.name() == Learnt::RECIPE && recipe.settings() == ModelHash(hash).name()
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
#[test]
fn the_file_that_ships_is_read_and_found() {
    let base = Learnt::base();
    assert_eq!(base.kind(), net::KIND);
    assert!(Learnt::is_base(&base.recipe()));
    assert_eq!(base.recipe().as_str(), Learnt::BASE_RECIPE);
    let by_hash = format!("{}:{}", Learnt::RECIPE, base.name());
    assert!(Learnt::is_base(&by_hash.parse().unwrap()));
    // Archives name it so, for ever.
    assert_eq!(base.name(), "6c23d4a1f62e3cc3e2bac46d9d7301db");
}
