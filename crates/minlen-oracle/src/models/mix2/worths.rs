//! 8.3.8: what each state is worth in each context.

use crate::models::mix::logistic::Logistic;
use crate::models::mix::nibble::{Half, path};
use crate::models::mix::states::States;

/// What T, a number of symbols, says of learning.
#[derive(Clone, Copy)]
pub struct Pace {
    t: u64,
}

impl Pace {
    pub fn new(t: u64) -> Self {
        Self { t }
    }

    /// Whether the context of this number learns.
    pub fn is_turn(self, context: usize) -> bool {
        self.t < 1 << 14 || context as u64 % 4 == self.t % 4
    }

    /// Which of `PACES` it is.
    fn number(self) -> usize {
        match self.t {
            0..0x1000 => 0,
            0x1000..0x1_0000 => 1,
            _ => 2,
        }
    }
}

/// r
const PACES: [u64; 3] = [40, 100, 256];

#[derive(Clone)]
pub struct Worths {
    /// For each context, half and state.
    worths: Vec<[Vec<i64>; 2]>,
    /// For each r, step[0] and step[1].
    steps: [[Vec<i64>; 2]; 3],
}

impl Worths {
    pub fn new(contexts: usize, states: &States, logistic: &Logistic) -> Self {
        let first = first(states, logistic);
        let odds = odds();
        Self {
            worths: vec![[first.clone(), first]; contexts],
            steps: PACES.map(|r| [false, true].map(|y| steps(&odds, r, y))),
        }
    }

    /// The input of a context at a node, whose state is s.
    pub fn input(&self, context: usize, half: Half, s: u8) -> i64 {
        self.worths[context][half.half()][usize::from(s)] >> 4
    }

    /// The nibble was v; these are the states of the present cell.
    pub fn learn(&mut self, context: usize, half: Half, pace: Pace, states: &[u8; 16], v: u8) {
        let steps = &self.steps[pace.number()];
        for (node, y) in path(v) {
            let s = usize::from(states[node]);
            if s != 0 {
                let worth = &mut self.worths[context][half.half()][s];
                *worth += steps[usize::from(y)][((*worth >> 6) + 512) as usize];
            }
        }
    }
}

/// The worth of each state at first.
fn first(states: &States, logistic: &Logistic) -> Vec<i64> {
    let worth = |(s, state): (usize, &crate::models::mix::states::State)| match s {
        0 => 0,
        _ => {
            let p = ((2 * state.ones + 1) << 16) / (2 * state.zeros + 2 * state.ones + 2);
            16 * logistic.stretch(p >> 4)
        }
    };
    states.all.iter().enumerate().map(worth).collect()
}

/// Oₖ for k = 0 … 32,768.
fn odds() -> Vec<u128> {
    let next = |o: &u128| Some((o * 4_296_016_000 + (1 << 31)) >> 32);
    std::iter::successors(Some(1 << 32), next)
        .take(32_769)
        .collect()
}

/// log(o), o ≥ 2³²
fn log(odds: &[u128], o: u128) -> i64 {
    odds.partition_point(|below| *below <= o) as i64 - 1
}

fn go(odds: &[u128], r: u64, x: i64, y: bool) -> i64 {
    if x < 0 {
        return -go(odds, r, -x, !y);
    }
    let (o, r) = (odds[x as usize], u128::from(r));
    if y {
        return log(odds, (r * o + (1 << 32)) / (r - 1));
    }
    let (u, v) = (o * (r - 1), (r << 32) + o);
    if u >= v {
        log(odds, (u << 32) / v)
    } else {
        -log(odds, (v << 32) / u)
    }
}

fn steps(odds: &[u128], r: u64, y: bool) -> Vec<i64> {
    let step = |i: i64| {
        let x = 64 * (i - 512) + 32;
        go(odds, r, x, y).clamp(-32_700, 32_700) - x
    };
    (0..1024).map(step).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::mix2::RULES;

    #[test]
    fn worths_of_the_document() {
        let worths = first(&States::new(&RULES), &Logistic::new());
        assert_eq!(
            [worths[0], worths[1], worths[2], worths[100], worths[182]],
            [0, 4528, -4512, -15_216, -13_504]
        );
        let sum: i64 = (0..).zip(&worths).map(|(s, worth)| s * worth).sum();
        assert_eq!(sum, -2_395_584);
    }

    #[test]
    fn steps_of_the_document() {
        let odds = odds();
        assert_eq!(odds[4096], 11_674_931_425);
        assert_eq!(odds[32_768], 12_803_116_033_221);
        for (r, y, some, sum) in [
            (
                40,
                false,
                [36, -105, -204, -205, -3648, -17_786],
                -2_642_273_095,
            ),
            (40, true, [17_786, 3611, 205, 204, 105, -36], 395_740_235),
            (
                100,
                false,
                [36, -41, -81, -82, -1837, -14_051],
                -1_796_540_307,
            ),
            (100, true, [14_051, 1815, 82, 81, 41, -36], 224_059_626),
            (
                256,
                false,
                [36, -16, -31, -32, -814, -10_379],
                -1_125_201_205,
            ),
            (256, true, [10_379, 803, 32, 31, 16, -36], 118_241_996_i64),
        ] {
            let steps = steps(&odds, r, y);
            assert_eq!([0, 256, 511, 512, 768, 1023].map(|i| steps[i]), some, "{r}");
            assert_eq!(
                (0..).zip(&steps).map(|(i, s)| i * s).sum::<i64>(),
                sum,
                "{r}"
            );
        }
    }
}
