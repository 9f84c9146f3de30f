//! The guide that generates.

use crate::{ALPHABET, Cost, Distribution, Guide, Nodes, Prob, Random, Symbol};

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
    /// Thousandths of the probability that the answers drawn from have together.
    top: u32,
}

/// All of the probability, in thousandths.
const ALL: u32 = 1000;

impl Sampler {
    /// Will draw `count` symbols with the numbers that `seed` names.
    pub fn new(seed: u64, count: usize) -> Sampler {
        Sampler {
            random: Random::new(seed),
            wanted: count,
            drawn: Vec::new(),
            partial: 1,
            temperature: 100,
            top: ALL,
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

    /// Will draw only from the likeliest answers to each question, the fewest that have together so many
    /// thousandths, 1 to 1,000, of the probability (nucleus sampling: Holtzman et al., *The curious case
    /// of neural text degeneration*, ICLR 2020), after the temperature. A model may ask for a symbol, for
    /// half of one or for a bit: a bit that has as much alone is then the only answer.
    pub fn of_the_likeliest(self, thousandths: u32) -> Sampler {
        Sampler {
            top: thousandths.clamp(1, ALL),
            ..self
        }
    }

    /// Whether `some` of `all` are as much as is drawn from.
    fn enough(&self, some: u64, all: u64) -> bool {
        some * u64::from(ALL) >= all * u64::from(self.top)
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
        let p = self.of_bit(p);
        let p = match self.top {
            ALL => p,
            _ if self.enough(p, 1 << 16) => 1 << 16,
            _ if self.enough((1 << 16) - p, 1 << 16) => 0,
            _ => p,
        };
        let bit = (self.random.next_u64() >> 48) < p;
        self.push(u32::from(bit), 1);
        bit
    }

    fn nibble(&mut self, nodes: &Nodes) -> u8 {
        if self.top == ALL {
            // Four bits, as in any other guide.
            let node = (0..4).fold(1, |node, _| {
                2 * node + usize::from(self.bit(nodes.at(node)))
            });
            return node as u8 & 15;
        }
        let ask = |node: usize, bit: usize| match bit {
            1 => self.of_bit(nodes.at(node)),
            _ => (1 << 16) - self.of_bit(nodes.at(node)),
        };
        let mut weights = [0; 16];
        for (nibble, weight) in weights.iter_mut().enumerate() {
            let steps = (0..4).map(|i| ((16 | nibble) >> (4 - i), nibble >> (3 - i) & 1));
            let product = steps.fold(1 << 31, |all, (node, bit)| (all * ask(node, bit)) >> 16);
            *weight = product as u32;
        }
        let number = self.random.next_u64();
        let nibble = self.likely(&weights, number);
        self.push(nibble.into(), 4);
        nibble
    }

    fn symbol(&mut self, d: &Distribution) -> Symbol {
        let number = self.random.next_u64();
        let unit = (number >> (64 - Distribution::BITS)) as u32;
        let s = match (self.temperature, self.top) {
            (100, ALL) => d.symbol_at(unit),
            _ => {
                let mut weights = [0; ALPHABET];
                for (s, weight) in (0..=255).zip(&mut weights) {
                    let (_, units) = d.interval(s);
                    *weight = match self.temperature {
                        100 => units,
                        // So that 256 of them cannot overflow what sums them.
                        _ => self.weight(Cost::of_probability(units, Distribution::BITS)) >> 1,
                    };
                }
                match self.top {
                    ALL => Distribution::from_weights(&weights).symbol_at(unit),
                    _ => self.likely(&weights, number),
                }
            }
        };
        self.drawn.push(s);
        s
    }
}

impl Sampler {
    /// The probability of a 1 at this temperature, in 65,536ths.
    fn of_bit(&self, p: Prob) -> u64 {
        match self.temperature {
            100 => p.get().into(),
            _ => {
                let [no, yes] = [false, true].map(|b| u64::from(self.weight(p.cost(b))));
                (yes << 16) / (no + yes).max(1)
            }
        }
    }

    /// Puts bits behind those drawn.
    fn push(&mut self, bits: u32, count: u32) {
        self.partial = self.partial << count | bits;
        if self.partial >= 256 {
            self.drawn.push(self.partial as u8);
            self.partial = 1;
        }
    }

    /// The answer, of the likeliest ones, that a number of 64 bits names.
    fn likely(&self, weights: &[u32], number: u64) -> u8 {
        let mut order: Vec<(u64, u8)> =
            weights.iter().map(|w| u64::from(*w)).zip(0..=255).collect();
        order.sort_by_key(|(weight, symbol)| (std::cmp::Reverse(*weight), *symbol));
        let all = order.iter().map(|(weight, _)| weight).sum();
        let (mut sum, mut kept) = (0, 0);
        while kept < order.len() && (kept == 0 || !self.enough(sum, all)) {
            sum += order[kept].0;
            kept += 1;
        }
        let mut at = ((u128::from(number) * u128::from(sum)) >> 64) as u64;
        for (weight, symbol) in &order[..kept] {
            match at.checked_sub(*weight) {
                None => return *symbol,
                Some(rest) => at = rest,
            }
        }
        order[0].1
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
    fn the_likeliest_answers_alone_are_drawn() {
        // Of 60, 30 and 10 %, the first two are the fewest with 0.8: drawn 2 : 1.
        let mut weights = [0; ALPHABET];
        (weights[3], weights[70], weights[9]) = (6, 3, 1);
        let d = Distribution::from_weights(&weights);
        let mut sampler = Sampler::new(7, 9000).of_the_likeliest(800);
        while sampler.more() {
            sampler.symbol(&d);
        }
        let drawn = sampler.into_symbols();
        let count = |s| drawn.iter().filter(|d| **d == s).count();
        assert_eq!(count(3) + count(70), 9000);
        assert!((5800..6200).contains(&count(3)), "{}", count(3));
        // What the likeliest has alone leaves no choice, whatever the seed; nor do bits.
        for seed in 0..20 {
            let mut sampler = Sampler::new(seed, 2).of_the_likeliest(590);
            assert_eq!(sampler.symbol(&d), 3);
            let bits: Vec<bool> = (0..8).map(|_| sampler.bit(Prob::new(20_000))).collect();
            assert_eq!(bits, [false; 8]);
        }
        // All of it is no limit: the same draws as without one.
        let (mut one, mut other) = (
            Sampler::new(5, 99),
            Sampler::new(5, 99).of_the_likeliest(1000),
        );
        while one.more() {
            assert_eq!(one.symbol(&d), other.symbol(&d));
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
