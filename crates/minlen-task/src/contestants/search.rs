//! Writing an answer under a model: the likeliest symbols, within what an answer may be.

use crate::{Modality, Schema};
use minlen_core::{Distribution, Model};

use super::script::{Script, TURN};

/// What an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// So many samples.
    Samples(usize),
    /// UTF-8 of at most so many bytes, then the end.
    Text(usize),
}

impl Form {
    /// What answers of a task may be: text at most half as long again as any seen.
    pub(crate) fn of(script: &Script) -> Form {
        let Schema { output, .. } = &script.schema;
        match output.kind {
            Modality::Image {
                width,
                height,
                channels,
            } => Form::Samples((width * height * channels) as usize),
            _ => Form::Text(script.longest + script.longest / 2 + 16),
        }
    }
}

/// Writes what `model` holds for likeliest, with a beam of so many beginnings side by side (Lowerre,
/// *The Harpy speech recognition system*, 1976); 1: always the likeliest symbol, without forks.
///
/// Beams are compared by cost, ended ones by cost over length to the power 0.7: whole costs alone
/// favour short answers (Wu et al., *Google's neural machine translation system*, 2016).
pub(crate) fn write(model: &mut dyn Model, form: Form, width: usize) -> Vec<u8> {
    match width {
        0 | 1 => greedy(model, form),
        _ => beam(model, form, width),
    }
}

fn greedy(model: &mut dyn Model, form: Form) -> Vec<u8> {
    let mut so_far = SoFar::default();
    loop {
        let next = so_far.likeliest(&model.predict(), form, 1);
        let Some(&(_, s)) = next.first() else {
            return so_far.made;
        };
        if !so_far.add(s, form) {
            return so_far.made;
        }
        model.update(s);
    }
}

fn beam(model: &dyn Model, form: Form, width: usize) -> Vec<u8> {
    let mut open = vec![(SoFar::default(), model.fork())];
    let mut ended: Vec<(f64, Vec<u8>)> = Vec::new();
    while !open.is_empty() {
        let mut next = Vec::new();
        for (i, (so_far, model)) in open.iter_mut().enumerate() {
            for (bits, s) in so_far.likeliest(&model.predict(), form, width) {
                next.push((so_far.bits + bits, i, s));
            }
        }
        next.sort_by(|a, b| a.0.total_cmp(&b.0));
        next.truncate(width - ended.len().min(width - 1));
        let mut grown = Vec::with_capacity(next.len());
        for (bits, i, s) in next {
            let mut so_far = open[i].0.clone();
            so_far.bits = bits;
            if so_far.add(s, form) {
                let mut model = open[i].1.fork();
                model.update(s);
                grown.push((so_far, model));
            } else {
                let length = (so_far.made.len() + 1) as f64;
                ended.push((bits / length.powf(0.7), so_far.made));
            }
        }
        if ended.len() >= width {
            break;
        }
        open = grown;
    }
    let best = ended.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    best.map(|(_, made)| made).unwrap_or_default()
}

/// What has been written so far.
#[derive(Clone, Default)]
struct SoFar {
    made: Vec<u8>,
    bits: f64,
    /// Bytes that the character under way still needs, and what the next of them may be.
    needs: u8,
    range: (u8, u8),
}

impl SoFar {
    /// The likeliest symbols that may come next, at most so many, and their costs in bits.
    fn likeliest(&self, d: &Distribution, form: Form, most: usize) -> Vec<(f64, u8)> {
        let fits = (0..=255u8).filter(|s| self.fits(*s, form));
        let mut all: Vec<(u32, u8)> = fits.map(|s| (d.interval(s).1, s)).collect();
        all.sort_by_key(|(units, s)| (std::cmp::Reverse(*units), *s));
        all.truncate(most);
        let bits = |units: u32| f64::from(Distribution::BITS) - f64::from(units).log2();
        all.into_iter().map(|(u, s)| (bits(u), s)).collect()
    }

    fn fits(&self, s: u8, form: Form) -> bool {
        match form {
            Form::Samples(_) => true,
            // A character has at most three bytes behind its first.
            Form::Text(most) if self.needs == 0 && self.made.len() + 3 >= most => s == 0,
            Form::Text(_) if self.needs > 0 => (self.range.0..=self.range.1).contains(&s),
            Form::Text(_) => s != TURN && (s < 0x80 || (0xc2..=0xf4).contains(&s)),
        }
    }

    /// Adds a symbol that fits; whether there is more to come.
    fn add(&mut self, s: u8, form: Form) -> bool {
        if let Form::Samples(samples) = form {
            self.made.push(s);
            return self.made.len() < samples;
        }
        if self.needs == 0 && s == 0 {
            return false;
        }
        self.made.push(s);
        // The well-formed byte sequences of the Unicode standard, table 3-7.
        (self.needs, self.range) = match s {
            _ if self.needs > 0 => (self.needs - 1, (0x80, 0xbf)),
            0xc2..=0xdf => (1, (0x80, 0xbf)),
            0xe0 => (2, (0xa0, 0xbf)),
            0xed => (2, (0x80, 0x9f)),
            0xe1..=0xef => (2, (0x80, 0xbf)),
            0xf0 => (3, (0x90, 0xbf)),
            0xf1..=0xf3 => (3, (0x80, 0xbf)),
            0xf4 => (3, (0x80, 0x8f)),
            _ => (0, (0, 0)),
        };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Draws all bytes by a rule that knows nothing of UTF-8.
    #[derive(Clone)]
    struct Wild(u64);

    impl Model for Wild {
        fn predict(&mut self) -> Distribution {
            let mut random = minlen_core::Random::new(self.0);
            let weights = std::array::from_fn(|_| random.next_u64() as u32 >> 8);
            Distribution::from_weights(&weights)
        }
        fn update(&mut self, s: u8) {
            self.0 = self.0.wrapping_mul(31).wrapping_add(s.into());
        }
        fn fork(&self) -> Box<dyn Model> {
            Box::new(self.clone())
        }
    }

    #[test]
    fn whatever_the_model_says_answers_are_of_the_form() {
        for seed in 0..200 {
            for width in [1, 3] {
                let text = write(&mut Wild(seed), Form::Text(40), width);
                assert!(text.len() <= 40);
                assert!(std::str::from_utf8(&text).is_ok(), "{text:x?}");
                let image = write(&mut Wild(seed), Form::Samples(12), width);
                assert_eq!(image.len(), 12);
            }
        }
    }

    #[test]
    fn a_beam_finds_what_greed_misses() {
        /// `a` is likelier than `b` at first, but what follows `b` is certain.
        #[derive(Clone)]
        struct Trap(Vec<u8>);
        impl Model for Trap {
            fn predict(&mut self) -> Distribution {
                let mut weights = [0; 256];
                match self.0.as_slice() {
                    [] => (weights[usize::from(b'a')], weights[usize::from(b'b')]) = (55, 45),
                    b"b" => weights[usize::from(b'x')] = 1,
                    b"bx" => weights[0] = 1,
                    _ => weights = [1; 256],
                }
                Distribution::from_weights(&weights)
            }
            fn update(&mut self, s: u8) {
                self.0.push(s);
            }
            fn fork(&self) -> Box<dyn Model> {
                Box::new(self.clone())
            }
        }
        assert_eq!(write(&mut Trap(Vec::new()), Form::Text(9), 1)[0], b'a');
        assert_eq!(write(&mut Trap(Vec::new()), Form::Text(9), 2), b"bx");
    }
}
