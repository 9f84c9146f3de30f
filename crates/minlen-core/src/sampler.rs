//! The guide that generates.

use crate::{Distribution, Guide, Prob, Symbol};

/// A seeded source of random numbers: SplitMix64 (Steele, Lea, Flood, *Fast splittable
/// pseudorandom number generators*, OOPSLA 2014). The same seed gives the same numbers on every
/// machine. Not for secrets.
#[derive(Clone, Debug)]
pub struct Random(u64);

impl Random {
    /// The source that `seed` names.
    pub fn new(seed: u64) -> Random {
        Random(seed)
    }

    /// 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

/// Draws symbols from what the model predicts, and keeps them.
#[derive(Clone, Debug)]
pub struct Sampler {
    random: Random,
    wanted: usize,
    drawn: Vec<Symbol>,
    /// Bits of the symbol under way, behind a leading 1.
    partial: u32,
}

impl Sampler {
    /// Will draw `count` symbols with the numbers that `seed` names.
    pub fn new(seed: u64, count: usize) -> Sampler {
        Sampler {
            random: Random::new(seed),
            wanted: count,
            drawn: Vec::new(),
            partial: 1,
        }
    }

    /// The symbols drawn.
    pub fn into_symbols(self) -> Vec<Symbol> {
        self.drawn
    }
}

impl Guide for Sampler {
    #[inline]
    fn more(&self) -> bool {
        self.drawn.len() < self.wanted
    }

    fn bit(&mut self, p: Prob) -> bool {
        let bit = (self.random.next_u64() >> 48) < u64::from(p.get());
        self.partial = 2 * self.partial + u32::from(bit);
        if self.partial >= 256 {
            self.drawn.push(self.partial as u8);
            self.partial = 1;
        }
        bit
    }

    fn symbol(&mut self, d: &Distribution) -> Symbol {
        let unit = self.random.next_u64() >> (64 - Distribution::BITS);
        let s = d.symbol_at(unit as u32);
        self.drawn.push(s);
        s
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_follow_the_probability() {
        let mut sampler = Sampler::new(7, 10_000);
        let mut ones = 0;
        while sampler.more() {
            ones += u32::from(sampler.bit(Prob::new(16384)));
        }
        // 80,000 draws at 1/4: mean 20,000, standard deviation 122.
        assert!((19_500..20_500).contains(&ones), "{ones}");
        assert_eq!(sampler.into_symbols().len(), 10_000);
    }
}
