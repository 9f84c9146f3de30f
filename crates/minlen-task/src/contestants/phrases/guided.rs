//! A model of bytes that is told what the right output may be.
//!
//! A mixing model that has read the outputs of training reads the n best translations, the best last,
//! and goes on. Beside it stands an echo: what follows in the translations where they have what was
//! written last, each heeded as much as it is probable. Both are mixed, with a share that hangs on how
//! much they have in common with what was written and on how much they agree; the shares are those under which held-out
//! outputs need the fewest bits.

use crate::contestants::ensemble::fit;
use crate::contestants::primed::{Lent, Writer};
use crate::{Error, Watch};
use minlen::{Limits, Structure};
use minlen_core::{Distribution, Model, Symbol, Teacher, run};
use std::sync::{Arc, Mutex};

/// The engine, and log2 of the lines of its table: 64 MiB.
const ENGINE: &str = "fast,20";
/// Bytes of outputs that it reads.
const READ: usize = 8 << 20;
/// Translations that are read, and those that are echoed.
const TOLD: usize = 8;
const ECHOED: usize = 60;
/// Bytes in common that count.
const DEEP: usize = 14;
/// Steps of how much is in common, and of how sure the echo is.
const LENGTHS: [usize; 7] = [1, 2, 3, 5, 8, 11, 14];
const SURE: [f64; 5] = [0.35, 0.6, 0.8, 0.93, 0.985];
/// Kinds of places.
pub(super) const KINDS: usize = LENGTHS.len() * (SURE.len() + 1);
/// What parts outputs, and ends them.
const END: u8 = 0;

/// Shares of the echo in each kind of place, in 64ths.
pub(super) type Shares = Vec<u8>;

/// The model that has read the outputs of training, to be lent.
pub(super) fn reader<'a>(
    outputs: impl Iterator<Item = &'a str>,
    watch: &dyn Watch,
) -> Result<Arc<Mutex<Writer>>, Error> {
    let entry = minlen::models().find(|entry| entry.name == "mix2");
    let entry = entry.expect("the facade has its own engine");
    let structure = Structure {
        text: true,
        ..Structure::NONE
    };
    let mut model = entry.model(ENGINE, &structure, &Limits::default())?;
    let (mut read, mut part) = (0, Vec::new());
    let mut teach = |part: &mut Vec<u8>| {
        run(&mut *model, &mut Teacher::new(part));
        part.clear();
    };
    for output in outputs {
        part.extend(output.as_bytes());
        part.push(END);
        if part.len() > 1 << 16 {
            if watch.stop() {
                return Err(Error::Stopped);
            }
            read += part.len();
            teach(&mut part);
            if read >= READ {
                break;
            }
        }
    }
    teach(&mut part);
    Ok(Arc::new(Mutex::new(Writer::new(model))))
}

/// A model of outputs, given translations and how probable each is, the best first.
pub(super) struct Guided {
    model: Box<dyn Model>,
    echo: Echo,
    shares: Shares,
}

impl Guided {
    pub(super) fn new(
        reader: &Arc<Mutex<Writer>>,
        translations: &[(String, f64)],
        shares: &[u8],
    ) -> Guided {
        let mut told = Vec::new();
        let most = translations.len().min(TOLD);
        for (text, _) in translations[..most].iter().rev() {
            told.extend(text.as_bytes());
            told.push(END);
        }
        Guided {
            model: Box::new(Lent::of(reader, &told)),
            echo: Echo::new(translations),
            shares: shares.to_vec(),
        }
    }

    /// For each byte of a right output: its kind of place, and its probability by the model and by
    /// the echo.
    pub(super) fn places(&mut self, right: &[u8]) -> Vec<(usize, [f64; 2])> {
        let mut all = Vec::new();
        for s in right {
            if let Some((kind, echo)) = self.echo.next() {
                let units = self.model.predict().interval(*s).1;
                let model = f64::from(units) / f64::from(Distribution::TOTAL);
                all.push((kind, [model, echo[usize::from(*s)]]));
            }
            self.update(*s);
        }
        all
    }
}

/// Shares under which these places need the fewest bits.
pub(super) fn fitted(places: &[(usize, [f64; 2])]) -> Shares {
    let shares = (0..KINDS).map(|kind| {
        let own = places.iter().filter(|p| p.0 == kind);
        // Of few places little is believed: as if some more had been half and half.
        let mut own: Vec<Vec<f64>> = own.map(|p| p.1.to_vec()).collect();
        own.extend([vec![0.5, 0.05], vec![0.05, 0.5], vec![0.5, 0.001]]);
        (fit(&own, 2)[1] * 64.0).round().min(63.0) as u8
    });
    shares.collect()
}

impl Model for Guided {
    fn predict(&mut self) -> Distribution {
        let model = self.model.predict();
        let Some((kind, echo)) = self.echo.next() else {
            return model;
        };
        // What was damaged on its way must not be more than all.
        let share = u32::from(self.shares.get(kind).copied().unwrap_or(0).min(63));
        let weights = std::array::from_fn(|s| {
            let units = model.interval(s as u8).1;
            let echoed = (echo[s] * f64::from(Distribution::TOTAL)) as u32;
            units * (64 - share) + echoed * share
        });
        Distribution::from_weights(&weights)
    }
    fn update(&mut self, s: Symbol) {
        self.model.update(s);
        self.echo.add(s);
    }
    fn fork(&self) -> Box<dyn Model> {
        Box::new(Guided {
            model: self.model.fork(),
            echo: self.echo.clone(),
            shares: self.shares.clone(),
        })
    }
}

/// What translations say comes next.
#[derive(Clone)]
struct Echo {
    /// Each between two ends.
    texts: Vec<(Vec<u8>, f64)>,
    so_far: Vec<u8>,
}

impl Echo {
    fn new(translations: &[(String, f64)]) -> Echo {
        let texts = translations.iter().take(ECHOED);
        let texts = texts.map(|(text, share)| ([&[END], text.as_bytes(), &[END]].concat(), *share));
        Echo {
            texts: texts.collect(),
            so_far: vec![END],
        }
    }

    fn add(&mut self, s: u8) {
        self.so_far.push(s);
        if self.so_far.len() > 4 * DEEP {
            self.so_far.drain(..2 * DEEP);
        }
    }

    /// The kind of place, and the probabilities of bytes; `None` where nothing is in common.
    fn next(&self) -> Option<(usize, [f64; 256])> {
        let mut next = [0.0; 256];
        let (mut longest, mut all) = (0, 0.0);
        for (text, share) in &self.texts {
            for at in 1..text.len() {
                let before = text[..at].iter().rev().zip(self.so_far.iter().rev());
                let same = before.take(DEEP).take_while(|(a, b)| a == b).count();
                if same > longest {
                    (longest, all) = (same, 0.0);
                    next = [0.0; 256];
                }
                if same == longest && same > 0 {
                    // Those that are next to impossible are not quite.
                    next[usize::from(text[at])] += share + 1e-4;
                    all += share + 1e-4;
                }
            }
        }
        let length = LENGTHS.iter().rposition(|l| *l <= longest)?;
        next.iter_mut().for_each(|p| *p /= all);
        let most = next.iter().copied().fold(0.0, f64::max);
        let sure = SURE.iter().filter(|s| **s <= most).count();
        Some((length * (SURE.len() + 1) + sure, next))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use minlen_core::{Cost, Meter};

    #[test]
    fn what_translations_say_is_cheap() {
        let outputs = ["the sea is blue", "the sky is grey", "a lake was seen"];
        let reader = reader(outputs.iter().copied().cycle().take(60), &()).unwrap();
        let bits = |said: &[(String, f64)], shares: &[u8], right: &str| {
            let mut model = Guided::new(&reader, said, shares);
            let right = [right.as_bytes(), &[END]].concat();
            let mut meter = Meter::new(&right);
            run(&mut model, &mut meter);
            meter.total().units() as f64 / Cost::UNITS_A_BIT as f64
        };
        let said = [
            ("my dog sat".to_string(), 0.7),
            ("my dog sits".to_string(), 0.3),
        ];
        let mut places = Vec::new();
        for right in ["my dog sat", "my dog sits", "my dog sat", "my cat sat"] {
            let right = [right.as_bytes(), &[END]].concat();
            places.extend(Guided::new(&reader, &said, &[]).places(&right));
        }
        let shares = fitted(&places);
        assert_eq!(shares.len(), KINDS);
        assert!(shares.iter().any(|s| *s > 32), "{shares:?}");
        let alone = bits(&[], &[], "my dog sat");
        let told = bits(&said, &[0; KINDS], "my dog sat");
        let echoed = bits(&said, &shares, "my dog sat");
        assert!(
            told < 0.8 * alone && echoed < 0.8 * told,
            "{alone} {told} {echoed}"
        );
        // A model that was lent comes back as it was.
        assert_eq!(bits(&[], &[], "my dog sat"), alone);
    }

    #[test]
    fn the_longest_in_common_decides() {
        let said = [("abcd".to_string(), 0.6), ("xbce".to_string(), 0.4)];
        let mut echo = Echo::new(&said);
        let next = echo.next().unwrap().1;
        assert!(next[usize::from(b'a')] > 0.59 && next[usize::from(b'x')] > 0.39);
        for s in b"xbc" {
            echo.add(*s);
        }
        assert!(echo.next().unwrap().1[usize::from(b'e')] > 0.99);
        echo.add(b'?');
        assert!(echo.next().is_none());
    }
}
