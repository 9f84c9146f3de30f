//! What earned the bits, along a file.

use crate::Cost;
use crate::study::types::Earned;
use minlen_core::{Input, Random};

/// Stretches of a file that are told apart.
const STRETCHES: u64 = 60;
/// About so many symbols of a file are looked at; all of a file that is not longer. (Explaining
/// takes about 1 µs a symbol: this keeps it below a tenth of a second.)
const SAMPLE: u64 = 1 << 16;
/// What it is booked under that a view leaves a model fewer symbols than bytes.
const VIEW: (&str, &str) = ("the view", "what is no longer there to be predicted");

/// Shares the gain over 8 bits a byte among the inputs of a model.
pub(crate) struct AccountRecorder {
    bytes: u64,
    symbols: u64,
    /// Of all bytes, in units of 2⁻²⁴ bit.
    cost: u128,
    accounts: Vec<Account>,
    /// The account of each input of the present block's model.
    of_input: Vec<usize>,
    /// Symbols looked at in each stretch.
    looked: Vec<u64>,
    random: Random,
}

struct Account {
    kind: &'static str,
    name: String,
    /// Earned in each stretch by the symbols looked at, in units of 2⁻²⁴ bit.
    along: Vec<i64>,
}

impl AccountRecorder {
    pub(crate) fn new(bytes: u64) -> AccountRecorder {
        AccountRecorder {
            bytes,
            symbols: 0,
            cost: 0,
            accounts: Vec::new(),
            of_input: Vec::new(),
            looked: vec![0; STRETCHES.min(bytes) as usize],
            random: Random::new(1),
        }
    }

    /// A block begins.
    pub(crate) fn inputs(&mut self, inputs: &[Input], symbols: u64) {
        self.symbols += symbols;
        self.of_input = inputs.iter().map(|input| self.account(input)).collect();
    }

    /// The place of an input's account, opened if need be.
    fn account(&mut self, input: &Input) -> usize {
        let same = |a: &Account| a.kind == input.kind && a.name == input.name;
        if let Some(at) = self.accounts.iter().position(same) {
            return at;
        }
        self.accounts.push(Account {
            kind: input.kind,
            name: input.name.clone(),
            along: vec![0; self.looked.len()],
        });
        self.accounts.len() - 1
    }

    /// Whether to look at the next symbol: chance decides, so that no period of the data is met.
    #[inline]
    pub(crate) fn wants(&mut self) -> bool {
        let every = self.bytes.div_ceil(SAMPLE);
        every <= 1 || self.random.next_u64().is_multiple_of(every)
    }

    pub(crate) fn earned(&mut self, position: u64, earned: &[i64]) {
        let n = self.looked.len() as u64;
        let stretch = u128::from(position) * u128::from(n) / u128::from(self.bytes.max(1));
        let stretch = stretch as usize;
        let Some(looked) = self.looked.get_mut(stretch) else {
            return; // beyond the announced end
        };
        *looked += 1;
        for (&account, earned) in self.of_input.iter().zip(earned) {
            self.accounts[account].along[stretch] += earned;
        }
    }

    #[inline]
    pub(crate) fn byte(&mut self, cost: Cost) {
        self.cost += u128::from(cost.units());
    }

    /// The accounts, the largest first: what the symbols looked at earned, in proportion for all,
    /// so that the sum is what was gained. None if the model cannot tell, or nothing was gained.
    pub(crate) fn earnings(&self) -> Vec<Earned> {
        let unit = Cost::UNITS_A_BIT as f64;
        let gain = 8.0 * self.symbols as f64 - self.cost as f64 / unit;
        let all = self.accounts.iter().flat_map(|a| &a.along);
        let part: i64 = all.sum();
        if part <= 0 || gain <= 0.0 {
            return Vec::new();
        }
        let symbols_a_byte = self.symbols as f64 / self.bytes as f64;
        let a_byte = |(&sum, &looked): (&i64, &u64)| {
            let bits = sum as f64 / unit / looked.max(1) as f64 * symbols_a_byte;
            (bits * 1e5).round() / 1e5
        };
        let earned = self.accounts.iter().map(|account| Earned {
            kind: account.kind.into(),
            name: account.name.clone(),
            bits: account.along.iter().sum::<i64>() as f64 * (gain / part as f64),
            along: account.along.iter().zip(&self.looked).map(a_byte).collect(),
        });
        let mut earned: Vec<Earned> = earned.collect();
        let saved = 8.0 * (self.bytes as f64 - self.symbols as f64);
        if saved != 0.0 {
            earned.push(Earned {
                kind: VIEW.0.into(),
                name: VIEW.1.into(),
                bits: saved,
                along: vec![saved / self.bytes as f64; self.looked.len()],
            });
        }
        earned.retain(|e| e.bits != 0.0);
        sort(&mut earned);
        earned
    }
}

/// The same accounts of several files together, without where.
pub(crate) fn together<'a>(files: impl Iterator<Item = &'a Earned>) -> Vec<Earned> {
    let mut all: Vec<Earned> = Vec::new();
    for earned in files {
        let same = |e: &&mut Earned| e.kind == earned.kind && e.name == earned.name;
        match all.iter_mut().find(same) {
            Some(sum) => sum.bits += earned.bits,
            None => all.push(Earned {
                along: Vec::new(),
                ..earned.clone()
            }),
        }
    }
    sort(&mut all);
    all
}

fn sort(earned: &mut [Earned]) {
    earned.sort_by(|a, b| b.bits.total_cmp(&a.bits).then_with(|| a.name.cmp(&b.name)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(name: &str) -> Input {
        Input {
            kind: "kind",
            name: name.into(),
        }
    }

    /// Two blocks, the second with other inputs.
    fn account(bytes: u64) -> Vec<Earned> {
        let bit = Cost::UNITS_A_BIT as i64;
        let mut recorder = AccountRecorder::new(bytes);
        let blocks = [
            vec![input("a"), input("b"), input("a")],
            vec![input("b"), input("c")],
        ];
        for (offset, inputs) in [0, bytes / 2].into_iter().zip(blocks) {
            recorder.inputs(&inputs, bytes / 2);
            for position in offset..offset + bytes / 2 {
                if recorder.wants() {
                    let earned = [bit, 3 * bit, -2 * bit];
                    recorder.earned(position, &earned[..inputs.len()]);
                }
                // 2 bits gained in the first half, 4 in the second.
                let gain = if offset == 0 { 2 } else { 4 };
                recorder.byte(Cost::from_units((8 - gain) * Cost::UNITS_A_BIT));
            }
        }
        recorder.earnings()
    }

    #[test]
    fn every_bit_is_booked_once() {
        for bytes in [120, 6000, 4 * SAMPLE] {
            let n = bytes as f64;
            let earned = account(bytes);
            let found: Vec<&str> = earned.iter().map(|e| &e.name[..]).collect();
            assert_eq!(found, ["b", "c", "a"]);
            let sum = earned.iter().map(|e| e.bits).sum::<f64>();
            assert!((sum - 3.0 * n).abs() < 1e-6 * n);
            for (e, want) in earned.iter().zip([2.0, 1.5, -0.5]) {
                assert!(
                    (e.bits - want * n).abs() < 0.01 * n,
                    "{} {}",
                    e.name,
                    e.bits
                );
                let along = e.along.iter().sum::<f64>() / 60.0;
                assert!((along - e.bits / n).abs() < 0.02);
            }
            let c = &earned[1].along;
            assert_eq!(c[..30], [0.0; 30]);
            assert!(c[30..].iter().all(|&c| (c - 3.0).abs() < 0.02), "{c:?}");
            assert!((together(earned.iter().chain(&earned))[0].bits - 4.0 * n).abs() < 0.02 * n);
        }
    }
}
