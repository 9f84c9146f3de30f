//! Section 8.2: `mix`.
//!
//! | section | module |
//! |---|---|
//! | 8.2 | `nibble` |
//! | 8.2.1 | this one |
//! | 8.2.2 | `logistic` |
//! | 8.2.3 | `states` |
//! | 8.2.4 | `lines`, `cells` |
//! | 8.2.5 | `history` |
//! | 8.2.6 | `matching`, `trust` |
//! | 8.2.7 | `maps` |
//! | 8.2.8 | `mixer` |
//! | 8.2.9 | `refiner` |
//! | 8.2.10 | `contexts` |
//! | 8.2.11 | `presets` |

mod cells;
pub mod contexts;
pub mod history;
pub mod lines;
pub mod logistic;
mod maps;
pub mod matching;
pub mod mixer;
pub mod nibble;
mod presets;
mod refiner;
pub mod states;
pub mod trust;

use super::Model;
use crate::entropy::Decoder;
use crate::views::Structure;
use cells::Cells;
use history::History;
use logistic::Logistic;
use maps::Maps;
use matching::Match;
use mixer::{Mixer, Seen, Shape};
use nibble::Half;
use presets::Preset;
use refiner::Refiner;
use states::{RULES, States};

#[derive(Clone)]
pub struct Mix {
    logistic: Logistic,
    states: States,
    cells: Cells,
    history: History,
    matching: Match,
    maps: Maps,
    mixer: Mixer,
    refiners: Vec<Refiner>,
}

impl Mix {
    /// The model before its first symbol.
    pub fn new(settings: Option<&str>, structure: &Structure) -> Result<Self, String> {
        let preset = Preset::new(settings, structure)?;
        let states = States::new(&RULES);
        let mut mix = Self {
            logistic: Logistic::new(),
            maps: Maps::new(preset.contexts.len(), &states),
            mixer: Mixer::new(&Shape::of_mix(preset.contexts.len()), preset.choices),
            refiners: preset.refiners.iter().map(|o| Refiner::new(*o)).collect(),
            cells: Cells::new(preset.contexts, preset.n),
            history: History::new(*structure, 1 << 24),
            matching: Match::new(),
            states,
        };
        mix.look_up();
        Ok(mix)
    }

    /// Steps 8 and 10, and 9 where it does anything.
    fn look_up(&mut self) {
        self.cells.look_up(&self.history, &self.matching);
    }

    /// Steps 2 and 5: predicts and asks.
    fn ask(&mut self, half: Half, decoder: &mut Decoder) -> Result<u8, String> {
        let seen = Seen {
            hits: self.cells.hits(),
            class: self.matching.class(),
            expected: self.matching.expected(&self.history),
        };
        let matched = self.matching.inputs(half, &self.history, &self.logistic);
        self.mixer.choose(half, &self.history, &seen);
        for refiner in &mut self.refiners {
            refiner.choose(half, &self.history);
        }
        // What is not asked need not be predicted: that leaves no trace.
        decoder.nibble(|node| self.predict(half, node, matched[node]))
    }

    /// The probability that is asked at a node.
    fn predict(&mut self, half: Half, node: usize, matched: i64) -> u64 {
        let copies = self.cells.copies().enumerate();
        let mut inputs: Vec<i64> = copies
            .map(|(context, copy)| self.maps.input(context, half, copy, node, &self.logistic))
            .collect();
        inputs.push(matched);
        let x = self.mixer.predict(half, node, inputs);
        let mut results = vec![];
        for refiner in &mut self.refiners {
            results.push(refiner.predict(node, x, &self.logistic));
        }
        let mixed = self.logistic.squash(x);
        let p = match results[..] {
            [] => mixed,
            [one] => (one + mixed + 1) >> 1,
            [one, two, ..] => (one + two + 1) >> 1,
        };
        p as u64
    }

    /// Steps 3 and 6: the nibble was v.
    fn learn(&mut self, half: Half, v: u8) {
        for (context, copy) in self.cells.copies().enumerate() {
            self.maps.learn(context, half, copy, v);
        }
        self.cells.learn(v, &self.states);
        self.matching.learn(half, &self.history, v);
        self.mixer.learn(half, v, &self.logistic);
        for refiner in &mut self.refiners {
            refiner.learn(v, &self.logistic);
        }
    }
}

impl Model for Mix {
    /// 8.2.1: the order of events.
    fn next(&mut self, decoder: &mut Decoder) -> Result<u8, String> {
        self.cells.copy_first();
        let h = self.ask(Half::High, decoder)?;
        self.learn(Half::High, h);
        self.cells.go_low(h, &self.states);
        let l = self.ask(Half::Low(h), decoder)?;
        self.learn(Half::Low(h), l);
        let s = 16 * h + l;
        self.history.note(s);
        self.matching.note(&self.history, s);
        self.look_up();
        Ok(s)
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }
}
