//! The guide that generates.

use crate::{ALPHABET, Cost, Distribution, Guide, Prob, Random, Symbol};

/// Draws symbols from what the model predicts, and keeps them.
#[derive(Clone, Debug)]
pub struct Sampler {
    random: Random,
    wanted: usize,
    drawn: Vec<Symbol>,
    /// Bits of the symbol under way, behind a leading 1.
    partial: u32,
    /// Hundredths; probabilities are raised to 100 / this.
    temperature: u32,
}

impl Sampler {
    /// Will draw `count` symbols with the numbers that `seed` names.
    pub fn new(seed: u64, count: usize) -> Sampler {
        Sampler {
            random: Random::new(seed),
            wanted: count,
            drawn: Vec::new(),
            partial: 1,
            temperature: 100,
        }
    }

    /// Will draw as at a temperature of so many hundredths, 10 to 1,000: each probability p counts as
    /// p^(100 / hundredths), made to sum to 1 again among the answers to a question. Below 100 what
    /// is likely is drawn more often than the model says, above it less; at 100, as the model says.
    pub fn at_temperature(self, hundredths: u32) -> Sampler {
        Sampler {
            temperature: hundredths.clamp(10, 1000),
            ..self
        }
    }

    /// The weight of an answer that costs so much.
    fn weight(&self, cost: Cost) -> u32 {
        two_to_minus(cost.units().saturating_mul(100) / u64::from(self.temperature))
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
        let p = match self.temperature {
            100 => u64::from(p.get()),
            _ => {
                let [no, yes] = [false, true].map(|b| u64::from(self.weight(p.cost(b))));
                (yes << 16) / (no + yes).max(1)
            }
        };
        let bit = (self.random.next_u64() >> 48) < p;
        self.partial = 2 * self.partial + u32::from(bit);
        if self.partial >= 256 {
            self.drawn.push(self.partial as u8);
            self.partial = 1;
        }
        bit
    }

    fn symbol(&mut self, d: &Distribution) -> Symbol {
        let unit = (self.random.next_u64() >> (64 - Distribution::BITS)) as u32;
        let s = match self.temperature {
            100 => d.symbol_at(unit),
            _ => {
                let mut weights = [0; ALPHABET];
                for (s, weight) in (0..=255).zip(&mut weights) {
                    let (_, units) = d.interval(s);
                    let cost = Cost::of_probability(units, Distribution::BITS);
                    // So that 256 of them cannot overflow what sums them.
                    *weight = self.weight(cost) >> 1;
                }
                Distribution::from_weights(&weights).symbol_at(unit)
            }
        };
        self.drawn.push(s);
        s
    }
}

/// 2³¹ · 2^−x for x in units of 2⁻²⁴, rounded down: integers only, as everywhere where machines have to
/// agree.
fn two_to_minus(x: u64) -> u32 {
    // 2^(−2^−k), k = 1, 2, …, in units of 2⁻³²: each is the root of the one before.
    const ROOTS: [u64; 24] = {
        let mut roots = [0; 24];
        let mut square: u128 = 1 << 31;
        let mut k = 0;
        while k < 24 {
            square = (square << 32).isqrt();
            roots[k] = square as u64;
            k += 1;
        }
        roots
    };
    let whole = x >> 24;
    if whole > 31 {
        return 0;
    }
    let mut y = 1u64 << 31;
    for (k, root) in ROOTS.iter().enumerate() {
        if x >> (23 - k) & 1 == 1 {
            y = (y * root) >> 32;
        }
    }
    (y >> whole) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn powers_of_two() {
        for x in (0..1u64 << 26).step_by(99_991) {
            let want = 2f64.powf(31.0 - x as f64 / f64::from(1 << 24));
            let got = f64::from(two_to_minus(x));
            assert!((got - want).abs() < 1.0 + 2e-8 * want, "{x}: {got} {want}");
        }
        assert_eq!(two_to_minus(u64::MAX), 0);
    }

    #[test]
    fn the_cold_draw_what_is_likely() {
        // p = 1/4: at half the temperature, p² / (p² + q²) = 1/10; at twice, 0.366.
        for (hundredths, low, high) in [(50, 950, 1050), (200, 3560, 3760), (100, 2400, 2600)] {
            let mut bits = Sampler::new(7, 10_000 / 8).at_temperature(hundredths);
            let mut ones = 0;
            while bits.more() {
                ones += u32::from(bits.bit(Prob::new(16384)));
            }
            assert!((low..high).contains(&ones), "{hundredths}: {ones}");
            // The same, asked as a whole. (Heat raises the least units of all other symbols, too.)
            if hundredths > 100 {
                continue;
            }
            let mut weights = [0; ALPHABET];
            (weights[9], weights[200]) = (1, 3);
            let d = Distribution::from_weights(&weights);
            let mut whole = Sampler::new(7, 10_000).at_temperature(hundredths);
            let nines = (0..10_000).filter(|_| whole.symbol(&d) == 9).count() as u32;
            assert!((low..high).contains(&nines), "{hundredths}: {nines}");
        }
    }

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
