//! The model: how the parts work together.
//!
//! For each nibble: fetch every context's cell; look up what its histories are worth; mix; refine;
//! ask the guide; learn. The high and the low nibble of a byte share no adaptive number, so what is
//! predicted of a low nibble does not depend on when the high one is learnt. The exception: in a
//! crowded table, learning the high nibble can decide which line gives way to a low one, so that
//! `predict` can differ a little from what `step` goes on to ask.

use super::apm::Apm;
use super::contexts::Context;
use super::explain;
use super::maps::Map;
use super::matching::Matching;
use super::refiner;
use super::settings::{PAST_BITS, Settings};
use super::states::STATES;
use crate::kernels::{Cell, Cpu, MAX_SETS, Mixed, Pair, Prior, Rates, Worth};
use crate::mixing::explain::Predicted;
use crate::mixing::foreign::Foreign;
use crate::mixing::history::History;
use crate::mixing::leaves::leaves;
use crate::mixing::lines::Lines;
use crate::mixing::logistic::{LOGISTIC, Logistic};
use crate::mixing::mixer::{Moment, Weights};
use crate::mixing::states::States;
use minlen_core::{ALPHABET, Distribution, Guide, Input, Model, Nodes, Structure, Symbol, Teacher};

/// How fast weights move. Faster is better on the first megabytes of text, up to about this.
const RATES: Rates = Rates {
    sets: 26_000,
    last: 6_000,
    shift: 0,
};
/// All first weights of a set's inputs sum to this, in units of 2⁻¹⁶, but none is above
/// [`MOST_PRIOR`].
const PRIOR_SUM: usize = 115_000;
const MOST_PRIOR: usize = 16_000;
/// All first weights of the last layer sum to this, 1, or to the most that 16 bits allow.
const LAST_PRIOR_SUM: usize = 65_536;

/// The table grows when lines / 2^ROOM bytes have been seen. (4 instead: 0.4 % smaller for inputs
/// of 1 to 16 KB, but twice as slow at 1 KB.)
const ROOM: u32 = 3;

/// The model.
pub(crate) struct Mix {
    cpu: Cpu,
    logistic: &'static Logistic,
    states: &'static States,
    contexts: Vec<Context>,
    sets: usize,
    lines: Lines,
    history: History,
    matching: Matching,
    /// By context and half: 2 context + half.
    maps: Vec<Map>,
    worth: Vec<Worth>,
    weights: Weights,
    prior: Prior,
    refiners: Vec<(refiner::Kind, Apm)>,
    foreign: Option<Box<dyn Foreign>>,
    /// Of each context after the last byte: its hash and its first cell.
    hashes: Vec<u32>,
    first: Vec<u32>,
    // Scratch, from the prediction of a nibble to learning it.
    at: Vec<u32>,
    cells: Vec<Cell>,
    inputs: Vec<Pair>,
    rows: [usize; MAX_SETS],
    mixed: Mixed,
}

impl Mix {
    pub(crate) fn new(
        settings: &Settings,
        structure: &Structure,
        cpu: Cpu,
        foreign: Option<Box<dyn Foreign>>,
    ) -> Mix {
        let contexts = settings.contexts(structure);
        let n = contexts.len();
        let fresh = Map::fresh(&STATES);
        let worth = fresh.worth(&LOGISTIC);
        let refiners = settings.refiners.iter();
        let mut mix = Mix {
            cpu,
            logistic: &LOGISTIC,
            states: &STATES,
            contexts,
            sets: settings.sets.len(),
            lines: Lines::new(settings.line_bits),
            history: History::new(structure),
            matching: Matching::new(PAST_BITS),
            maps: vec![fresh; 2 * n],
            worth: vec![worth; 2 * n],
            weights: Weights::new(settings.sets, Settings::inputs(n)),
            prior: Prior {
                input: (PRIOR_SUM / n).min(MOST_PRIOR) as i16,
                set: (LAST_PRIOR_SUM / settings.sets.len()).min(32767) as i16,
            },
            refiners: refiners.map(|&k| (k, Apm::new(k.rows()))).collect(),
            foreign,
            hashes: vec![0; n],
            first: vec![0; n],
            at: vec![0; n],
            cells: vec![Cell([0; 16]); n],
            inputs: vec![Pair::ZERO; Settings::inputs(n)],
            rows: [0; MAX_SETS],
            mixed: Mixed::ZERO,
        };
        mix.hash(false);
        mix.hash(true);
        mix.find();
        mix
    }

    /// Hashes the contexts that are late, or those that are not.
    fn hash(&mut self, late: bool) {
        let expected = self.matching.expected().map_or(0, |e| {
            (self.matching.class() as u32) << 9 | 256 | u32::from(e)
        });
        for (hash, &context) in self.hashes.iter_mut().zip(&self.contexts) {
            if context.is_late() == late {
                let back = |n| self.matching.back(n);
                *hash = self.history.hash(context, expected, back);
                self.lines.prefetch(*hash);
            }
        }
    }

    /// Finds, or makes, the lines of all contexts, in their order.
    fn find(&mut self) {
        for ((first, &context), &hash) in
            self.first.iter_mut().zip(&self.contexts).zip(&self.hashes)
        {
            *first = match context {
                Context::Nothing => self.lines.direct(0),
                Context::Byte => self.lines.direct(1 + (self.history.last & 255) as usize),
                _ => self.lines.find(hash),
            };
        }
    }

    /// Fetches the cells for the high nibble.
    #[inline]
    fn fetch_high(&mut self) {
        for ((at, cell), &first) in self.at.iter_mut().zip(&mut self.cells).zip(&self.first) {
            *at = first;
            *cell = self.lines.cells()[first as usize];
        }
    }

    /// Fetches, or makes, the cells for the low nibble after `high`.
    #[inline]
    fn fetch_low(&mut self, high: u8) {
        for (i, &context) in self.contexts.iter().enumerate() {
            let at = if context.is_wide() {
                self.lines.low_of_wide(self.hashes[i], high, self.states)
            } else {
                self.lines.low(self.first[i], high)
            };
            self.at[i] = at;
            self.cells[i] = self.lines.cells()[at as usize];
        }
    }

    /// The same, but makes nothing: for looking ahead.
    fn peek_low(&mut self, high: u8) {
        for (i, &context) in self.contexts.iter().enumerate() {
            self.cells[i] = if context.is_wide() {
                self.lines.peek_low_of_wide(self.hashes[i], high)
            } else {
                self.lines.peek_low(self.first[i], high)
            };
        }
    }

    /// Predicts a nibble from `cells`: the high one (`half` 0), or the low one after `high`.
    #[inline]
    fn mix(&mut self, half: usize, high: u8) -> Nodes {
        let last = self.history.last;
        let place = if half == 0 { 0 } else { 1 + usize::from(high) };
        for (kind, apm) in &self.refiners {
            apm.prefetch(kind.row(place, last));
        }
        let pair = self.cells.len() / 2;
        (self.cpu).fetch(&self.cells, &self.worth, half, &mut self.inputs[..pair]);
        self.inputs[pair] = self.matching.input(half, high, self.logistic);
        if let Some(foreign) = &mut self.foreign {
            let p = foreign.nodes((half == 1).then_some(high));
            for (lane, &p) in p.iter().enumerate().skip(1) {
                self.inputs[pair].0[2 * lane + 1] = self.logistic.stretch(p);
            }
        }
        let moment = Moment {
            half,
            place,
            match_class: self.matching.class(),
            expected: self.matching.expected().map_or(0, |e| 1 + usize::from(e)),
            hits: self.cells.iter().filter(|c| c.0[1] != 0).count(),
            last,
            coarse: self.history.coarse(),
            form: self.history.form3(),
            bracket: usize::from(self.history.bracket()),
        };
        self.weights.choose(&moment, &mut self.rows[..self.sets]);
        self.cpu.mix(
            &self.inputs,
            &self.weights.sets,
            &self.rows[..self.sets],
            &self.weights.last[self.weights.last_row(half)],
            self.prior,
            &mut self.mixed,
        );
        // The mean, rounded up, of two refined predictions, or of one and the mixer's own.
        let mean = |a: &[u16; 16], b: &[u16; 16]| {
            std::array::from_fn(|i| (u32::from(a[i]) + u32::from(b[i])).div_ceil(2) as u16)
        };
        let (cpu, mixed) = (self.cpu, &self.mixed);
        let refine = |(kind, apm): &mut (refiner::Kind, Apm)| {
            apm.refine(cpu, kind.row(place, last), &mixed.stretch)
        };
        Nodes::new(match &mut self.refiners[..] {
            [] => mixed.p,
            [one] => mean(&refine(one), &mixed.p),
            [one, two, ..] => mean(&refine(one), &refine(two)),
        })
    }

    /// Learns that the predicted nibble was `nibble`.
    #[inline]
    fn learn(&mut self, half: usize, nibble: u8) {
        let last = self.weights.last_row(half);
        self.cpu.train(
            &self.inputs,
            &mut self.weights.sets,
            &self.rows[..self.sets],
            &mut self.weights.last[last],
            &self.mixed,
            nibble,
            RATES,
        );
        for (_, apm) in &mut self.refiners {
            apm.learn(nibble, self.logistic);
        }
        let full = 16 + usize::from(nibble);
        let maps = self
            .maps
            .chunks_exact_mut(2)
            .zip(self.worth.chunks_exact_mut(2));
        for (((map, worth), cell), &at) in maps.zip(&self.cells).zip(&self.at) {
            let (map, worth) = (&mut map[half], &mut worth[half]);
            let to = &mut self.lines.cells_mut()[at as usize];
            for depth in 0..4 {
                let node = full >> (4 - depth) & 15;
                let bit = full >> (3 - depth) & 1;
                let state = cell.0[node];
                to.0[node] = self.states.next.0[bit][usize::from(state)];
                map.learn(state, bit, worth, self.logistic);
            }
        }
    }

    /// What earned the bits of the predicted nibble, for those who ask.
    #[inline]
    fn explain(&self, half: usize, nodes: &Nodes, nibble: u8, earned: Option<&mut [i64]>) {
        if let Some(earned) = earned {
            let predicted = Predicted {
                inputs: &self.inputs,
                weights: &self.weights,
                rows: &self.rows[..self.sets],
                prior: self.prior,
                half,
                nodes,
            };
            predicted.explain(nibble, earned);
        }
    }

    /// The nibble that a greedy walk by the mixer's stretches ends at.
    #[inline]
    fn likely(&self) -> u8 {
        let mut node = 1;
        for _ in 0..4 {
            node = 2 * node + usize::from(self.mixed.stretch[node & 15] >= 0);
        }
        node as u8 & 15
    }

    /// A step; what the inputs earned goes to `earned`, if there is such. Inlined, so that the
    /// path of those who do not ask holds nothing of it.
    #[inline(always)]
    fn advance(&mut self, guide: &mut dyn Guide, mut earned: Option<&mut [i64]>) -> Symbol {
        self.fetch_high();
        let nodes = self.mix(0, 0);
        let likely = self.likely();
        for (&context, &hash) in self.contexts.iter().zip(&self.hashes) {
            if context.is_wide() {
                self.lines.prefetch(Lines::wide(hash, likely));
            }
        }
        let high = guide.nibble(&nodes) & 15;
        self.explain(0, &nodes, high, earned.as_deref_mut());
        self.matching.learn(0, 0, high);
        self.learn(0, high);

        self.fetch_low(high);
        let nodes = self.mix(1, high);
        let low = guide.nibble(&nodes) & 15;
        self.explain(1, &nodes, low, earned);
        self.matching.learn(1, high, low);

        // The next byte's lines are asked for before this one is learnt, so that they have time
        // to come.
        let s = high << 4 | low;
        self.history.push(s);
        self.matching.prefetch(self.history.last);
        self.hash(false);
        self.learn(1, low);
        self.matching.push(s, self.history.last);
        if let Some(foreign) = &mut self.foreign {
            foreign.update(s);
        }
        self.hash(true);
        while !self.lines.is_full_size() && self.history.seen >> (self.lines.bits() - ROOM) != 0 {
            self.lines.grow(2);
        }
        self.find();
        s
    }
}

impl Model for Mix {
    fn predict(&mut self) -> Distribution {
        self.fetch_high();
        let high = leaves(&self.mix(0, 0));
        let mut weights = [0u32; ALPHABET];
        for (h, row) in weights.chunks_exact_mut(16).enumerate() {
            self.peek_low(h as u8);
            let low = leaves(&self.mix(1, h as u8));
            for (w, l) in row.iter_mut().zip(low) {
                *w = ((u64::from(high[h]) * u64::from(l)) >> 32) as u32;
            }
        }
        Distribution::from_weights(&weights)
    }

    fn update(&mut self, s: Symbol) {
        self.step(&mut Teacher::new(&[s]));
    }

    fn fork(&self) -> Box<dyn Model> {
        Box::new(Mix {
            contexts: self.contexts.clone(),
            lines: self.lines.clone(),
            history: self.history.clone(),
            matching: self.matching.clone(),
            maps: self.maps.clone(),
            worth: self.worth.clone(),
            weights: self.weights.clone(),
            refiners: self.refiners.clone(),
            foreign: self.foreign.as_ref().map(|f| f.fork()),
            hashes: self.hashes.clone(),
            first: self.first.clone(),
            at: self.at.clone(),
            cells: self.cells.clone(),
            inputs: self.inputs.clone(),
            mixed: self.mixed.clone(),
            ..*self
        })
    }

    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        self.advance(guide, None)
    }

    fn inputs(&self) -> Vec<Input> {
        explain::inputs(&self.contexts)
    }

    fn step_explained(&mut self, guide: &mut dyn Guide, earned: &mut [i64]) -> Symbol {
        self.advance(guide, Some(earned))
    }
}
