//! Views: a file as symbols and structure, and back.
//!
//! A [`View`] looks at data, says in words what it is, and turns it into the symbols that models
//! predict together with the [`Structure`] that they use as context. What it needs for the way
//! back travels in an archive as `params`. A view *declines* what it does not understand; it
//! never fails, and [`bytes`](VIEWS) accepts everything that is left.
//!
//! | view | accepts | structure | file |
//! |---|---|---|---|
//! | `wav` | sound, PCM or float | a sample of all channels | `wav.rs` |
//! | `pnm` | pictures, P5 and P6 | a pixel, a row | `pnm.rs` |
//! | `bmp` | pictures, uncompressed | a pixel, a row | `bmp.rs` |
//! | `idx` | arrays of numbers (MNIST) | a number, a row | `idx.rs` |
//! | `midi` | scores | – | `midi.rs` |
//! | `words` | text, and archives of texts, with words that recur; only for storage | words as codes | `words.rs`, `words/` |
//! | `container` | what is compressed already | – | `container.rs` |
//! | `executable` | programs; jump targets made absolute | – | `executable.rs`, `jumps.rs` |
//! | `script` | UTF-8, most of whose characters take three bytes and more, as in Chinese | – | `script.rs` |
//! | `text` | UTF-8, and what nearly is | – | `text.rs`, `text/kind.rs` |
//! | `records` | binary records and arrays, found by measuring | a value, a record | `records.rs` |
//! | `bytes` | everything | – | `bytes.rs` |
//!
//! All but `executable` and `words` leave the symbols as the bytes are; what they add is the
//! structure. [`probe`] finds the view for measuring, where each byte has a symbol of its own;
//! [`see_for_storage`] the one for archives, and [`see_with_words`] `words-1` with codes that are the same in all
//! texts.
//!
//! ```
//! let (view, seen) = minlen_views::probe(b"P5 4 2 255 ABCDEFGH");
//! assert_eq!(view.name(), "pnm");
//! assert_eq!(seen.says, "greyscale picture, 4 × 2 pixels, 8 bits a sample");
//! assert_eq!(view.structure(&seen.params).unwrap().row, 4);
//! ```
#![forbid(unsafe_code)]

mod bmp;
mod bytes;
mod container;
mod executable;
mod idx;
mod jumps;
mod layout;
mod midi;
mod pnm;
#[doc(hidden)]
pub mod props;
mod read;
mod records;
mod script;
mod text;
mod wav;
mod words;

use minlen_core::{Error, Limits, Structure, Symbol};
use std::borrow::Cow;
pub use words::{see_with_words, shared_params, with_words};

/// What a view saw in data that it accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// All that [`View::inverse`] and [`View::structure`] need, as stored in archives; at most
    /// [`Seen::MAX_PARAMS`] bytes.
    pub params: Vec<u8>,
    /// In words for people: `16-bit stereo sound, 44,100 Hz, 3.2 s`. One line.
    pub says: String,
}

/// What a view saw in data, and the symbols that it makes of them.
pub struct Sight<'a> {
    /// What it saw.
    pub seen: Seen,
    /// See [`View::forward`].
    pub symbols: Result<Cow<'a, [Symbol]>, Error>,
}

impl Seen {
    /// Bytes that `params` may hold at most.
    pub const MAX_PARAMS: usize = 64 << 10;

    /// What an identity view saw: the structure is all that it has to keep.
    fn layout(structure: Structure, says: String) -> Seen {
        Seen {
            params: layout::write(&structure),
            says,
        }
    }
}

/// Turns a kind of file into symbols with structure, and back.
///
/// Required are a name, a summary and a probe. The provided rest is the identity: symbols are the
/// bytes, and `params` is the [`Structure`] as three LEB128 numbers (or nothing, for none). A
/// view that really transforms overrides all three. Laws, checked for every registered view:
///
/// - `inverse(forward(x)) == x` for every `x` that `probe` accepts, with the params it gave.
/// - `probe` is a function of the data alone: asked twice it says the same. `see` says it, too.
/// - No input and no params make any method panic, or allocate past the limits.
pub trait View: Sync {
    /// The name as stored in archives: lower-case ASCII letters, digits, `-`. A released name
    /// never changes its meaning.
    fn name(&self) -> &'static str;

    /// One line for people.
    fn summary(&self) -> &'static str;

    /// What it sees in `data`; `None`: declines. Fast: reads a header, or measures a sample.
    fn probe(&self, data: &[u8]) -> Option<Seen>;

    /// The symbols of `data`, which `probe` accepted with these `params`.
    ///
    /// `Damaged` or `Usage` when the two do not belong together and the view can tell.
    fn forward<'a>(&self, data: &'a [u8], params: &[u8]) -> Result<Cow<'a, [Symbol]>, Error> {
        self.structure(params)?;
        Ok(Cow::Borrowed(data))
    }

    /// What `probe` sees in `data`, and what `forward` makes of it: for views that need not find out
    /// twice what both are made of.
    fn see<'a>(&self, data: &'a [u8]) -> Option<Sight<'a>> {
        let seen = self.probe(data)?;
        let symbols = self.forward(data, &seen.params);
        Some(Sight { seen, symbols })
    }

    /// The data that `forward` made `symbols` of. Trusts neither argument.
    ///
    /// `Damaged` when no data leads to them, `Limit` when the data would be too large.
    fn inverse(
        &self,
        symbols: Vec<Symbol>,
        params: &[u8],
        limits: &Limits,
    ) -> Result<Vec<u8>, Error> {
        self.structure(params)?;
        Limits::check("the block", symbols.len() as u64, limits.block_bytes)?;
        Ok(symbols)
    }

    /// Whether symbol i tells of byte i, as measures and studies need it that say what each byte
    /// costs.
    fn keeps_places(&self) -> bool {
        true
    }

    /// The layout of the symbols. `Damaged` when `params` is nothing that `probe` would give.
    fn structure(&self, params: &[u8]) -> Result<Structure, Error> {
        layout::read(params)
    }
}

/// Every view, the most specific first, `bytes` last. Being here enrols a view in every property
/// test and fuzz target.
pub const VIEWS: &[&dyn View] = &[
    &wav::Wav,
    &pnm::Pnm,
    &bmp::Bmp,
    &idx::Idx,
    &midi::Midi,
    &words::Words { knows: true },
    &words::Words { knows: false },
    &container::Container,
    &executable::Executable,
    &script::Script,
    &text::Text,
    &records::Records,
    FALLBACK,
];

/// Accepts everything.
const FALLBACK: &dyn View = &bytes::Bytes;

/// The view of that name.
pub fn find(name: &str) -> Option<&'static dyn View> {
    VIEWS.iter().find(|v| v.name() == name).copied()
}

/// The first view that accepts `data`, and what it saw, of those that keep places.
pub fn probe(data: &[u8]) -> (&'static dyn View, Seen) {
    let mut views = VIEWS.iter().filter(|view| view.keeps_places());
    views
        .find_map(|&view| Some((view, view.probe(data)?)))
        .unwrap_or_else(|| (FALLBACK, bytes::seen(data)))
}

/// The first view that accepts `data`, what it saw and the symbols: for archives, where only the sum
/// counts.
pub fn see_for_storage(data: &[u8]) -> (&'static dyn View, Sight<'_>) {
    let mut views = VIEWS.iter();
    views
        .find_map(|&view| Some((view, view.see(data)?)))
        .unwrap_or_else(|| {
            let (seen, symbols) = (bytes::seen(data), Ok(Cow::Borrowed(data)));
            (FALLBACK, Sight { seen, symbols })
        })
}
