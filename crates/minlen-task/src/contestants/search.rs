//! Writing an answer under a model: the likeliest symbols, or some drawn by chance, within what an
//! answer may be.

use crate::{Modality, Schema};
use minlen::Draw;
use minlen_core::{ALPHABET, Distribution, Guide, Model, Sampler};

use super::script::{Script, TURN};

/// Bytes before the limit in which a tune ends as soon as it can.
const LAST: usize = 64;

/// What an answer may be.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Form {
    /// So many samples.
    Samples(usize),
    /// UTF-8 of at most so many bytes, then the end.
    Text(usize),
    /// The same, but a tune in ABC notation: no symbol is written that none goes on with.
    Tune(usize),
}

impl Form {
    /// What answers of a task may be: text at most half as long again as any seen.
    pub(crate) fn of(script: &Script) -> Form {
        Form::within(&script.schema, script.longest + script.longest / 2 + 16)
    }

    /// What answers of a task may be: text of at most so many bytes.
    pub(crate) fn within(schema: &Schema, most: usize) -> Form {
        match schema.output.kind {
            Modality::Image {
                width,
                height,
                channels,
            } => Form::Samples((width * height * channels) as usize),
            Modality::Abc => Form::Tune(most),
            _ => Form::Text(most),
        }
    }

    /// The same without what only tunes must be.
    pub(crate) fn free(self) -> Form {
        match self {
            Form::Tune(most) => Form::Text(most),
            form => form,
        }
    }
}

/// Writes what `model` holds for likeliest, with a beam of so many beginnings side by side (Lowerre,
/// *The Harpy speech recognition system*, 1976); 1: always the likeliest symbol, without forks.
/// Behind the best stand the others that the beam came to, the better ones first.
///
/// Beams are compared by cost, ended ones by cost over length to the power 0.7: whole costs alone
/// favour short answers (Wu et al., *Google's neural machine translation system*, 2016).
pub(crate) fn write(model: &mut dyn Model, form: Form, width: usize) -> Vec<Vec<u8>> {
    match width {
        0 | 1 => vec![greedy(model, form)],
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

/// Draws an answer by chance, as `model` says. What has not the form is drawn again.
pub(crate) fn draw(model: &mut dyn Model, form: Form, draw: &Draw) -> Vec<u8> {
    let mut sampler = Sampler::new(draw.seed, usize::MAX)
        .at_temperature(draw.temperature)
        .of_the_likeliest(draw.top_p);
    let mut so_far = SoFar::default();
    loop {
        let mut d = model.predict();
        let mut s = sampler.symbol(&d);
        let mut refused = [false; ALPHABET];
        while !so_far.may_add(s, form) {
            refused[usize::from(s)] = true;
            let weights = std::array::from_fn(|s| match refused[s] {
                true => 0,
                false => d.interval(s as u8).1,
            });
            if weights.iter().all(|w| *w == 0) {
                return so_far.made;
            }
            d = Distribution::from_weights(&weights);
            s = sampler.symbol(&d);
        }
        if !so_far.add(s, form) {
            return so_far.made;
        }
        model.update(s);
    }
}

fn beam(model: &dyn Model, form: Form, width: usize) -> Vec<Vec<u8>> {
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
    ended.sort_by(|a, b| a.0.total_cmp(&b.0));
    ended.into_iter().map(|(_, made)| made).collect()
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
        let bits = |units: u32| f64::from(Distribution::BITS) - f64::from(units).log2();
        let likeliest = all.into_iter().filter(|(_, s)| self.goes_on(*s, form));
        likeliest.take(most).map(|(u, s)| (bits(u), s)).collect()
    }

    fn may_add(&self, s: u8, form: Form) -> bool {
        self.fits(s, form) && self.goes_on(s, form)
    }

    /// Of what fits: whether there is a tune that goes on so, where there must be.
    fn goes_on(&self, s: u8, form: Form) -> bool {
        let Form::Tune(most) = form else { return true };
        if self.needs > 0 || self.made.len() + 3 >= most {
            return true;
        }
        // Up to here all characters are whole.
        let text = String::from_utf8_lossy(&self.made).into_owned();
        if self.made.len() + LAST >= most && minlen_music::parse(&text).is_ok() {
            return s == 0; // or the limit might cut it off where it is none
        }
        match s {
            0 => minlen_music::parse(&text).is_ok(),
            0x80.. => minlen_music::begins(&(text + "\u{e9}")), // one of them goes for all
            s => minlen_music::begins(&format!("{text}{}", char::from(s))),
        }
    }

    fn fits(&self, s: u8, form: Form) -> bool {
        match form {
            Form::Samples(_) => true,
            // A character has at most three bytes behind its first.
            Form::Text(most) | Form::Tune(most)
                if self.needs == 0 && self.made.len() + 3 >= most =>
            {
                s == 0
            }
            _ if self.needs > 0 => (self.range.0..=self.range.1).contains(&s),
            _ => s != TURN && (s < 0x80 || (0xc2..=0xf4).contains(&s)),
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
                for text in write(&mut Wild(seed), Form::Text(40), width) {
                    assert!(text.len() <= 40);
                    assert!(std::str::from_utf8(&text).is_ok(), "{text:x?}");
                }
                let images = write(&mut Wild(seed), Form::Samples(12), width);
                assert_eq!(images[0].len(), 12);
            }
        }
    }

    #[test]
    fn what_is_drawn_for_a_tune_is_a_tune() {
        let by = |seed| Draw {
            bytes: 200,
            seed,
            temperature: 100,
            top_p: 1000,
        };
        for seed in 0..40 {
            let drawn = draw(&mut Wild(seed), Form::Tune(200), &by(seed));
            assert_eq!(drawn, draw(&mut Wild(seed), Form::Tune(200), &by(seed)));
            let text = String::from_utf8(drawn).unwrap();
            assert!(minlen_music::begins(&text), "{text:?}");
            assert!(text.len() > 196 || minlen_music::parse(&text).is_ok());
            let free = draw(&mut Wild(seed), Form::Tune(200).free(), &by(seed));
            assert!(std::str::from_utf8(&free).is_ok());
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
        assert_eq!(write(&mut Trap(Vec::new()), Form::Text(9), 1)[0][0], b'a');
        let found = write(&mut Trap(Vec::new()), Form::Text(9), 2);
        assert_eq!((&found[0][..], found.len()), (&b"bx"[..], 2));
    }
}
