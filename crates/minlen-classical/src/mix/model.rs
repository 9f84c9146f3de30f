//! The model: how the parts work together.

use super::contexts::{COARSE, Context, History};
use super::lines::Lines;
use super::logistic::{LOGISTIC, Logistic};
use super::maps::Map;
use super::matching::Matching;
use super::mixer::{Choice, Weights, inputs};
use super::settings::Settings;
use super::states::{STATES, States};
use crate::kernels::{Cell, Cpu, MAX_SETS, Mixed, Pair, Prior, Rates, Worth};
use minlen_core::{ALPHABET, Distribution, Guide, Model, Nodes, Symbol, Teacher};

#[derive(Clone)]
pub(crate) struct Mix {
    settings: Settings,
    cpu: Cpu,
    logistic: &'static Logistic,
    states: &'static States,
    lines: Lines,
    history: History,
    matching: Matching,
    maps: Vec<Map>,
    worth: Vec<Worth>,
    weights: Weights,
    prior: Prior,
    rates: Rates,
    seen: usize,
    /// First cell of each context.
    first: Vec<usize>,
    hashes: Vec<u32>,
    // Scratch, from the prediction of a nibble to learning it.
    at: Vec<usize>,
    cells: Vec<Cell>,
    inputs: Vec<Pair>,
    rows: [usize; MAX_SETS],
    last_row: usize,
    mixed: Mixed,
    apms: Vec<super::apm::Apm>,
}

pub(crate) static X: std::sync::LazyLock<[i32; 10]> = std::sync::LazyLock::new(|| std::array::from_fn(|i| i32::from(env(&format!("X{i}"), -1))));
fn x(i: usize, default: i32) -> i32 { if X[i] >= 0 { X[i] } else { default } }
pub(crate) fn env(name: &str, default: i16) -> i16 {
    std::env::var(name).ok().and_then(|v| v.parse().ok()).unwrap_or(default)
}

const APM_BITS: u32 = 14;

impl Mix {
    pub(crate) fn new(settings: Settings, cpu: Cpu) -> Mix {
        let n = settings.contexts.len();
        let fresh = Map::fresh(&STATES);
        let worth = fresh.worth(&LOGISTIC);
        let mut mix = Mix {
            settings,
            cpu,
            logistic: &LOGISTIC,
            states: &STATES,
            lines: Lines::new(settings.line_bits),
            history: History::new(),
            matching: Matching::new(settings.past_bits),
            maps: vec![fresh; 2 * n],
            worth: vec![worth; 2 * n],
            weights: Weights::new(&settings),
            prior: Prior {
                input: env("EVEN", (115000 / n).min(16000) as i16),
                set: (65536 / settings.sets.len()).min(32767) as i16,
            },
            rates: Rates { sets: env("RS", 14000), last: env("RL", 2048) },
            seen: 0,
            first: vec![0; n],
            hashes: vec![0; n],
            at: vec![0; n],
            cells: vec![Cell([0; 16]); n],
            inputs: vec![Pair::ZERO; inputs(&settings)],
            rows: [0; MAX_SETS],
            last_row: 0,
            mixed: Mixed::ZERO,
            apms: if x(3,1) == 1 { vec![super::apm::Apm::new(17*256), super::apm::Apm::new(1 << APM_BITS)] } else { vec![] },
        };
        mix.hash(false);
        mix.hash(true);
        mix.find();
        mix
    }

    /// Hashes the contexts that need, or do not need, the byte that the match model expects.
    fn hash(&mut self, expected: bool) {
        let e = self.matching.expected().map_or(0, |e| {
            u32::from(e) | 256 | (self.matching.class() as u32) << 9
        });
        for (hash, &context) in self.hashes.iter_mut().zip(self.settings.contexts) {
            if context.expects() == expected {
                *hash = self.history.hash(context, e, |n| self.matching.back(n));
                self.lines.prefetch(*hash);
            }
        }
    }

    fn find(&mut self) {
        for (i, &context) in self.settings.contexts.iter().enumerate() {
            self.first[i] = match context {
                Context::O0 => self.lines.direct(0),
                Context::O1 => self.lines.direct(1 + (self.history.last & 255) as usize),
                _ => self.lines.find(self.hashes[i]),
            };
        }
    }

    /// Mixes what `cells` say.
    #[inline]
    fn mix(&mut self, half: usize, high: u8) -> Nodes {
        let c1 = (self.history.last & 255) as usize;
        let rows = [
            if half == 0 { c1 } else { 256 + 16 * c1 + usize::from(high) },
            (super::contexts::hash(if half == 0 { 0 } else { 1 + u64::from(high) }, self.history.last & 0xffff) >> (32 - APM_BITS)) as usize,
        ];
        for (apm, &row) in self.apms.iter().zip(&rows) {
            apm.prefetch(row);
        }
        let hits = self.cells.iter().filter(|c| c.0[1] != 0).count();
        let n = self.cells.len();
        let c = self.history.classes;
        let coarse = |n: u32| usize::from(COARSE[(c >> (4 * n)) as usize & 15]);
        self.cpu.fetch(&self.cells, &self.worth, half, &mut self.inputs);
        self.inputs[n / 2] = self.matching.input(half, high, self.logistic);
        let choice = Choice {
            half,
            high: if half == 0 { 0 } else { 1 + usize::from(high) },
            match_class: self.matching.class(),
            hits,
            last: self.history.last,
            classes: coarse(0) << 6 | coarse(1) << 3 | coarse(2),
            lens: self.history.lens, bracket: usize::from(self.history.bracket[0]), column: self.history.seen - self.history.line_start,
            expected: self.matching.expected().map_or(0, |e| 1 + usize::from(e)), format: self.history.format as usize,
        };
        let sets = self.settings.sets.len();
        self.weights.choose(&self.settings, &choice, &mut self.rows);
        let sel = match x(9, 1) { 0 => 0, 1 => self.history.last & 255, 2 => self.matching.class() as u64, 3 => choice.high as u64 , _ => choice.hits as u64};
        self.last_row = (2 * sel as usize + half) * (sets / 2);
        let last = &self.weights.last[self.last_row..self.last_row + sets / 2];
        self.cpu.mix(
            &self.inputs,
            &self.weights.sets,
            &self.rows[..sets],
            last,
            self.prior,
            &mut self.mixed,
        );
        let p = if self.apms.is_empty() { self.mixed.p } else {
            let a = self.apms[0].refine(self.cpu, rows[0], &self.mixed.stretch);
            let b = self.apms[1].refine(self.cpu, rows[1], &self.mixed.stretch);
            std::array::from_fn(|i| (u32::from(a[i]) + u32::from(b[i])).div_ceil(2) as u16)
        };
        Nodes::new(p)
    }

    #[inline]
    fn learn(&mut self, half: usize, nibble: u8) {
        let sets = self.settings.sets.len();
        let last = &mut self.weights.last[self.last_row..self.last_row + sets / 2];
        self.cpu.train(
            &self.inputs,
            &mut self.weights.sets,
            &self.rows[..sets],
            last,
            &self.mixed,
            nibble,
            self.rates,
        );
        for apm in &mut self.apms {
            apm.learn(nibble, self.logistic);
        }
        let full = 16 + usize::from(nibble);
        for (i, cell) in self.cells.iter().enumerate() {
            let to = self.lines.cell_mut(self.at[i]);
            let (map, worth) = (&mut self.maps[2 * i + half], &mut self.worth[2 * i + half]);
            for depth in 0..4 {
                let node = full >> (4 - depth) & 15;
                let bit = full >> (3 - depth) & 1;
                let state = cell.0[node];
                to.0[node] = self.states.next[usize::from(state)][bit];
                map.learn(state, bit, worth, self.logistic);
            }
        }
    }

    fn likely(&self) -> u8 {
        let mut node = 1;
        for _ in 0..4 {
            node = 2 * node + usize::from(self.mixed.stretch[node & 15] >= 0);
        }
        node as u8 & 15
    }

    fn look_high(&mut self) {
        for (i, &at) in self.first.iter().enumerate() {
            self.at[i] = at;
            self.cells[i] = *self.lines.cell(at);
        }
    }
}

impl Model for Mix {
    fn predict(&mut self) -> Distribution {
        self.look_high();
        let high = tree(&self.mix(0, 0));
        let mut weights = [0u32; ALPHABET];
        for h in 0..16u8 {
            for (i, (cell, &first)) in self.cells.iter_mut().zip(&self.first).enumerate() {
                *cell = if self.settings.contexts[i].wide() {
                    let line = self.lines.peek(Lines::wide(self.hashes[i], h));
                    line.map_or(Cell([0; 16]), |line| self.lines.peek_low(line, h))
                } else {
                    self.lines.peek_low(first, h)
                };
            }
            let low = tree(&self.mix(1, h));
            for (l, &p) in low.iter().enumerate() {
                let p = (u64::from(high[usize::from(h)]) * u64::from(p)) >> 32;
                weights[16 * usize::from(h) + l] = p as u32;
            }
        }
        Distribution::from_weights(&weights)
    }

    fn update(&mut self, s: Symbol) {
        self.step(&mut Teacher::new(&[s]));
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(self.clone())
    }

    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        self.look_high();
        let nodes = self.mix(0, 0);
        let likely = self.likely();
        for (i, context) in self.settings.contexts.iter().enumerate() {
            if context.wide() {
                self.lines.prefetch(Lines::wide(self.hashes[i], likely));
            }
        }
        let high = guide.nibble(&nodes) & 15;
        self.matching.learn(0, 0, high);
        self.learn(0, high);
        for i in 0..self.first.len() {
            let at = if self.settings.contexts[i].wide() {
                let line = self.lines.find(Lines::wide(self.hashes[i], high));
                let root = &mut self.lines.cell_mut(line).0[1];
                *root = self.states.next[usize::from(*root)][0];
                self.lines.low(line, high)
            } else {
                self.lines.low(self.first[i], high)
            };
            self.at[i] = at;
            self.cells[i] = *self.lines.cell(at);
        }
        let nodes = self.mix(1, high);
        let low = guide.nibble(&nodes) & 15;
        let s = high << 4 | low;
        // The next byte's lines are asked for first, so that they come while this one is learnt.
        self.matching.learn(1, high, low);
        self.history.push(s);
        self.matching.prefetch(self.history.last);
        self.hash(false);
        self.learn(1, low);
        self.matching.push(s, self.history.last);
        self.hash(true);
        self.seen += 1;
        if !self.lines.is_full_size() && self.seen >> (self.lines.bits() - 6) != 0 {
            self.lines.grow();
        }
        self.find();
        s
    }
}

/// The probability of each nibble, in units of 2⁻³².
fn tree(nodes: &Nodes) -> [u32; 16] {
    std::array::from_fn(|nibble| {
        let full = 16 + nibble;
        let mut p = 1u64 << 32;
        for depth in 0..4 {
            let bit = full >> (3 - depth) & 1;
            p = (p * u64::from(nodes.at(full >> (4 - depth)).of(bit != 0))) >> 16;
        }
        p.min(u64::from(u32::MAX)) as u32
    })
}
