//! Which words of the built-in list have codes: 2 bits for a word that is frequent, hundredths of a
//! bit for a rare one that has none.
//!
//! enwik8, first 4,000,000 bytes: 4,691 bytes for 18,369 words of 49,152.

use super::list::List;
use minlen_core::{Decoder, Encoder, Error, Guide, Prob};

/// Words of the built-in list that have codes, in its order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Those that have a code of one symbol.
    pub(super) singles: Vec<usize>,
    /// Those that have one of two.
    pub(super) pairs: Vec<usize>,
}

/// How often a question was answered, and with yes.
#[derive(Clone, Copy, Default)]
struct Answers {
    yes: u32,
    all: u32,
}

impl Answers {
    fn note(&mut self, yes: bool) {
        self.yes += u32::from(yes);
        self.all += 1;
    }

    /// The share of yes, in units of 2⁻¹⁶, if it was `prior` in `weight` answers before.
    fn share(self, prior: u32, weight: u32) -> u32 {
        ((self.yes << 16) + prior * weight) / (self.all + weight)
    }
}

/// Units of certainty.
const ONE: u32 = 1 << 16;

/// A question that is answered no.
const NO: u32 = 1;

/// The answers of its class stand for so many in a word's own context.
const WEIGHT: u32 = 8;

/// Words before that are a context: of one kind, because the list is by company. (Without
/// them 0.4 to 1.4 % more bytes.)
const BEFORE: u32 = 12;

/// Asks of each word of `list` whether it has a code, and whether this is a single.
fn ask(list: &List, guide: &mut dyn Guide) -> Told {
    let mut told = Told::default();
    let mut classes = [[Answers::default(); 2]; List::CLASSES];
    let mut near = [[Answers::default(); BEFORE as usize / 2 + 1]; List::CLASSES];
    // Whether the words before have codes, the last in the lowest bit.
    let mut before = 0u32;
    for n in 0..list.len() {
        if n % 4 == 0 && !guide.more() {
            break;
        }
        let mut bit = |p: u32| guide.bit(Prob::new(p.clamp(1, ONE - 1) as u16));
        let class = &mut classes[list.rarity(n)];
        let coded = (before % (1 << BEFORE)).count_ones();
        let near = &mut near[list.rarity(n)][coded as usize / 2];
        let has_code = bit(near.share(class[0].share(ONE / 2, 1), WEIGHT));
        class[0].note(has_code);
        near.note(has_code);
        before = before << 1 | u32::from(has_code);
        // Asked of all words, so that there are four of them to a byte.
        let is_single = bit(if has_code {
            class[1].share(ONE / 2, 1)
        } else {
            NO
        });
        if has_code {
            class[1].note(is_single);
            let words = if is_single {
                &mut told.singles
            } else {
                &mut told.pairs
            };
            words.push(n);
        }
    }
    told
}

impl Told {
    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = usize> {
        self.singles.iter().chain(&self.pairs).copied()
    }

    pub(super) fn write(&self, list: &List) -> Vec<u8> {
        let mut answers = vec![0; list.len() / 4];
        let mut set = |n: usize, bits: u8| answers[n / 4] |= bits << (6 - 2 * (n % 4));
        self.singles.iter().for_each(|&n| set(n, 0b11));
        self.pairs.iter().for_each(|&n| set(n, 0b10));
        let mut encoder = Encoder::new(&answers);
        ask(list, &mut encoder);
        encoder.finish()
    }

    pub(super) fn read(coded: &[u8], list: &List) -> Result<Told, Error> {
        let mut decoder = Decoder::new(coded, list.len() / 4);
        let told = ask(list, &mut decoder);
        decoder.finish()?;
        Ok(told)
    }
}
