//! Section 8.3: `mix2`. What 8.3 takes from 8.2 is the code of `mix`.
//!
//! | section | module |
//! |---|---|
//! | 8.3 | `presets`, `fold` |
//! | 8.3.1 | this one |
//! | 8.3.2 | `states` of `mix`, `RULES` |
//! | 8.3.3 | `cells`, `lines` of `mix` |
//! | 8.3.4 | `history` |
//! | 8.3.5 | `matching` |
//! | 8.3.6 | `sure`, this one |
//! | 8.3.7 | `runs` |
//! | 8.3.8 | `worths` |
//! | 8.3.9 | `mixer` of `mix`, `shape` |
//! | 8.3.10 | `refiner` |
//! | 8.3.11 | `contexts` |
//! | 8.3.12 | `presets` |
//! | 8.3.13 | `foresight` |
//! | 8.4.8 | `advice` |

mod advice;
mod cells;
mod contexts;
mod foresight;
mod history;
mod matching;
mod presets;
mod refiner;
mod runs;
mod sure;
mod worths;

use super::Model;
use super::mix::logistic::Logistic;
use super::mix::matching::K;
use super::mix::mixer::{Mixer, Seen, Shape, error};
use super::mix::nibble::Half;
use super::mix::states::{Rules, States};
use super::net::Net;
use crate::entropy::Decoder;
use crate::views::Structure;
use advice::Advice;
use cells::Cells;
use foresight::Foresight;
use history::History;
use matching::Match;
use presets::Preset;
use refiner::Refiner;
use runs::Runs;
use sure::Sure;
use worths::{Pace, Worths};

/// The highest 32 bits of a product that mixes all bits of x.
fn fold(x: u64) -> u32 {
    ((x ^ (x >> 29)).wrapping_mul(K) >> 32) as u32
}

/// 8.3.2
const RULES: Rules = Rules {
    others: [0, 1, 1, 2, 3, 3, 4, 4, 5],
    bounds: [40, 40, 24, 18, 14, 12],
    forgotten: 10,
};

/// 8.3.9; `more` are inputs that are foreseen or advised.
fn shape(contexts: usize, matches: usize, runs: usize, more: usize, most: i64) -> Shape {
    Shape {
        inputs: contexts + matches + runs + more,
        first: (115_000 / (contexts + runs / 2) as i64).min(most),
        errors: [
            |q, y| (2 * error(q, y, 18_000)).clamp(-32_768, 32_767),
            |q, y| (2 * error(q, y, 3_000)).clamp(-32_768, 32_767),
        ],
    }
}

/// The model.
#[derive(Clone)]
pub struct Mix2 {
    logistic: Logistic,
    states: States,
    history: History,
    cells: Cells,
    worths: Worths,
    /// The first of them decides whether the model is sure.
    matches: Vec<Match>,
    runs: Vec<Runs>,
    mixer: Mixer,
    refiners: Vec<Refiner>,
    sure: Sure,
    is_sure: bool,
    foresight: Option<Foresight>,
    advice: Option<Advice>,
}

impl Mix2 {
    /// The model before its first symbol.
    pub fn new(settings: Option<&str>, structure: &Structure) -> Result<Self, String> {
        Self::build(settings, structure, None)
    }

    /// The same, with the advice of a net.
    pub fn advised(settings: &str, structure: &Structure, net: Net) -> Result<Self, String> {
        Self::build(Some(settings), structure, Some(Advice::new(net)))
    }

    fn build(
        settings: Option<&str>,
        structure: &Structure,
        advice: Option<Advice>,
    ) -> Result<Self, String> {
        let preset = Preset::new(settings, structure)?;
        let logistic = Logistic::new();
        let states = States::new(&RULES);
        let contexts = preset.contexts;
        let runs: Vec<Runs> = (0..contexts.len())
            .filter(|i| contexts[*i].runs)
            .map(Runs::new)
            .collect();
        let matches = preset.matches.len();
        let foresight = preset.foresight.then(Foresight::new);
        let more = 2 * usize::from(foresight.is_some()) + usize::from(advice.is_some());
        let shape = shape(contexts.len(), matches, runs.len(), more, preset.most);
        let match_of = |l: &u64| Match::new(*l, preset.j, preset.p);
        let mut model = Self {
            history: History::new(*structure, 1 << preset.p),
            worths: Worths::new(contexts.len(), &states, &logistic),
            matches: preset.matches.iter().map(match_of).collect(),
            runs,
            mixer: Mixer::new(&shape, preset.choices),
            refiners: preset.refiners.iter().map(|o| Refiner::new(*o)).collect(),
            cells: Cells::new(contexts, preset.n),
            sure: Sure::new(preset.sure),
            is_sure: false,
            foresight,
            advice,
            logistic,
            states,
        };
        model.aim();
        Ok(model)
    }

    fn aim(&mut self) {
        self.cells.aim(&self.history, &self.matches[0]);
        for runs in &mut self.runs {
            runs.read(self.cells.hash(runs.context));
        }
    }

    /// Steps 1 and 2, or 4 and 5: predicts half, asks and learns.
    fn code(&mut self, half: Half, decoder: &mut Decoder) -> Result<u8, String> {
        let first = &self.matches[0];
        let seen = Seen {
            hits: self.cells.hits(),
            class: first.class(),
            expected: first.expected(),
        };
        self.mixer.choose(half, &self.history.base, &seen);
        for refiner in &mut self.refiners {
            refiner.choose(half, &self.history.base);
        }
        let mut more = vec![];
        for matching in &mut self.matches {
            more.push(matching.inputs(half, &self.history, &self.logistic));
        }
        for runs in &mut self.runs {
            more.push(runs.inputs(half, &self.logistic));
        }
        if let Some(foresight) = &self.foresight {
            more.extend(foresight.inputs(half, &self.logistic));
        }
        let class = seen.class;
        let v = decoder.nibble(|node| self.predict(half, node, &more))?;
        if let Some(advice) = &mut self.advice {
            advice.learn(half, class, v);
        }
        for matching in &mut self.matches {
            matching.learn(half, &self.history, v);
        }
        for runs in &mut self.runs {
            runs.learn(half, v);
        }
        if let Some(foresight) = &mut self.foresight {
            foresight.learn(half, v);
        }
        self.mixer.learn(half, v, &self.logistic);
        for refiner in &mut self.refiners {
            refiner.learn(v, &self.logistic);
        }
        self.learn_contexts(half, self.pace(half), v);
        Ok(v)
    }

    /// The probability that is asked at a node.
    fn predict(&mut self, half: Half, node: usize, more: &[[i64; 16]]) -> u64 {
        let mut inputs = vec![];
        for (context, s) in self.cells.states(node).enumerate() {
            inputs.push(self.worths.input(context, half, s));
        }
        inputs.extend(more.iter().map(|inputs| inputs[node]));
        if let Some(advice) = &mut self.advice {
            inputs.push(advice.input(half, node, &self.logistic));
        }
        let x = self.mixer.predict(half, node, inputs);
        let mixed = self.logistic.squash(x);
        let mut results = vec![];
        for refiner in &mut self.refiners {
            results.push(refiner.predict(node, x, &self.logistic));
        }
        let p = match results[..] {
            [] => mixed,
            [one] => (one + mixed + 1) >> 1,
            [one, two, ..] => (one + two + 1) >> 1,
        };
        let class = self.matches[0].class();
        let asked = match &mut self.advice {
            Some(advice) => advice.weigh(half, class, node, p, &self.logistic),
            None => p,
        };
        asked as u64
    }

    /// 8.3.8: T is one more in half 1.
    fn pace(&self, half: Half) -> Pace {
        Pace::new(self.history.base.t() + half.half() as u64)
    }

    /// The contexts learn: worths and states.
    fn learn_contexts(&mut self, half: Half, pace: Pace, v: u8) {
        for context in 0..self.cells.len() {
            let cell = self.cells.present(context);
            if pace.is_turn(context) {
                self.worths.learn(context, half, pace, &cell.states, v);
            }
            cell.learn(v, &self.states);
        }
    }

    /// Steps 3 to 5: the low half of a byte whose high one is h.
    fn low_half(&mut self, h: u8, decoder: &mut Decoder) -> Result<u8, String> {
        self.cells.go_low(h, &self.states);
        self.code(Half::Low(h), decoder)
    }

    /// Steps 1 to 6, but s is not noted in the history and by the match models.
    fn unsure_step(&mut self, decoder: &mut Decoder) -> Result<u8, String> {
        let h = self.code(Half::High, decoder)?;
        let l = self.low_half(h, decoder)?;
        Ok(self.note_runs(16 * h + l))
    }

    fn note_runs(&mut self, s: u8) -> u8 {
        for runs in &mut self.runs {
            runs.note(s);
        }
        s
    }

    /// 8.3.6, steps 1 to 5, but s is not noted in the history and by the match models.
    fn sure_step(&mut self, expected: u8, decoder: &mut Decoder) -> Result<u8, String> {
        let (high, low) = (expected >> 4, expected % 16);
        let class = self.matches[0].class();
        let streak = self.matches[0].streak(&self.history);
        let h = self.sure.code(class, streak, Half::High, high, decoder)?;
        if h != high {
            self.aim();
            self.learn_contexts(Half::High, self.pace(Half::High), h);
            let l = self.low_half(h, decoder)?;
            return Ok(self.note_runs(16 * h + l));
        }
        let half = Half::Low(h);
        let l = self.sure.code(class, streak, half, low, decoder)?;
        if l != low {
            self.aim();
            let pace = self.pace(Half::High);
            self.learn_contexts(Half::High, pace, h);
            self.cells.go_low(h, &self.states);
            self.learn_contexts(half, pace, l);
        }
        Ok(16 * h + l)
    }
}

impl Model for Mix2 {
    /// 8.3.1: the order of events.
    fn next(&mut self, decoder: &mut Decoder) -> Result<u8, String> {
        let s = match self.matches[0].expected() {
            Some(expected) if self.is_sure => self.sure_step(expected, decoder)?,
            _ => self.unsure_step(decoder)?,
        };
        // A match model notes with the streak of before.
        for matching in &mut self.matches {
            matching.note_streak(&self.history, s);
        }
        self.history.note(s);
        for matching in &mut self.matches {
            matching.note(&self.history, s);
        }
        if let Some(foresight) = &mut self.foresight {
            foresight.note(&self.history, s);
            self.history.recall = foresight.feature();
        }
        self.cells.grow_if_crowded();
        self.is_sure = self.advice.is_none() && self.sure.is_sure(&self.matches[0], &self.history);
        if let Some(advice) = &mut self.advice {
            advice.note(s);
        }
        if !self.is_sure {
            self.aim();
        }
        Ok(s)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_of_the_document() {
        let states = States::new(&RULES);
        assert_eq!(states.all.len(), 183);
        for (s, next) in [
            (0, [2, 1]),
            (1, [4, 3]),
            (2, [6, 5]),
            (50, [34, 54]),
            (100, [104, 41]),
            (182, [182, 46]),
        ] {
            assert_eq!(states.next[s], next, "{s}");
        }
        let sum: u64 = (0..)
            .zip(&states.next)
            .map(|(s, next)| s * (u64::from(next[0]) + 256 * u64::from(next[1])))
            .sum();
        assert_eq!(sum, 355_628_841);
    }

    #[test]
    fn fold_of_the_document() {
        assert_eq!(fold(0x61_6263_6465), 0x9e7f_b12e);
    }
}
