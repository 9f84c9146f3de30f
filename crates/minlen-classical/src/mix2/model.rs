//! The model: how the parts work together.

mod rewind;

use super::apm::Apm;
use super::contexts::Context;
use super::counsel::Counsel;
use super::explain;
use super::foresight::Foresight;
use super::matching::{Matching, Ring};
use super::past::{FEATURES, Feature, Needs, Past};
use super::refiner;
use super::runs::Runs;
use super::settings::{Settings, has_grid};
use super::states::STATES;
use super::worth;
use crate::kernels::{Cell, Cpu, MAX_SETS, Mixed, Pair, Prior, Rates, Worth};
use crate::mixing::explain::{Predicted, alone};
use crate::mixing::foreign::Foreign;
use crate::mixing::leaves::leaves;
use crate::mixing::lines::Lines;
use crate::mixing::logistic::{LOGISTIC, Logistic};
use crate::mixing::mixer::{Moment, Weights};
use crate::mixing::states::States;
use minlen_core::{
    ALPHABET, Distribution, Guide, Input, Model, Nodes, Rewind, Structure, Symbol, Teacher,
};
use rewind::Rewinding;

/// How fast weights move. Faster is better on the first megabytes of text, up to about this.
const RATES: Rates = Rates {
    sets: 18_000,
    last: 3_000,
    shift: 1,
};
/// All first weights of a set's inputs sum to this, in units of 2⁻¹⁶, if the most that one may be allows.
const PRIOR_SUM: usize = 115_000;
/// All first weights of the last layer sum to this, 1, or to the most that 16 bits allow.
const LAST_PRIOR_SUM: usize = 65_536;
/// log₂ of the lines from which on tables only double: fresh memory is dear.
const LARGE_BITS: u32 = 18;

/// The model.
pub(crate) struct Mix {
    cpu: Cpu,
    logistic: &'static Logistic,
    states: &'static States,
    contexts: Vec<Context>,
    /// Direct contexts come first, this many; with them these are early.
    direct: usize,
    early: usize,
    grid: bool,
    sets: usize,
    lines: Lines,
    past: Past,
    needs: Needs,
    features: [u32; FEATURES],
    ring: Ring,
    /// The match models; the first one may be sure.
    matches: Vec<Matching>,
    /// Symbols that must agree, and how often in a row, for the first to be sure.
    sure_from: (u32, u16),
    /// By context and half: 2 context + half.
    worth: Vec<Worth>,
    /// The contexts that have runs.
    running: Vec<usize>,
    runs: Runs,
    weights: Weights,
    prior: Prior,
    /// Its input is the last.
    foresight: Option<Foresight>,
    refiners: Vec<(refiner::Kind, Apm)>,
    foreign: Option<Box<dyn Foreign>>,
    counsel: Counsel,
    /// Whether a long match is so sure that nothing else is asked: then no lines are found.
    sure: bool,
    /// Of each context after the last byte: its hash.
    hashes: Vec<u32>,
    /// Of each half of the symbol.
    asked: [Asked; 2],
    /// Whether the high nibble is learnt only when the next symbol's lines have been asked for, so that
    /// they have more time to come: 4 % of the time of `mix2:swift`. Nothing that it moves is
    /// looked at before, unless low nibbles have lines of their own, or something comes after the mixer.
    is_patient: bool,
    /// Whether some low nibbles have lines of their own.
    has_wide: bool,
}

/// What a nibble was predicted from, until it is learnt.
#[derive(Clone)]
struct Asked {
    /// The cell of each context; of the high half, the first of its line.
    at: Vec<u32>,
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
        let mut contexts = settings.contexts(structure);
        contexts.sort_by_key(|c| (c.is_late(), !c.is_direct()));
        let early = contexts.iter().filter(|c| !c.is_late()).count();
        let needs = Needs::of(&contexts);
        let n = contexts.len();
        let running: Vec<usize> = (0..n).filter(|&i| contexts[i].run).collect();
        let pairs = settings.inputs(n, running.len());
        let fresh = worth::fresh(&STATES, &LOGISTIC);
        let sets = settings.sets(structure);
        let refiners = settings.refiners.iter();
        let mut mix = Mix {
            cpu,
            logistic: &LOGISTIC,
            states: &STATES,
            grid: has_grid(structure),
            direct: contexts.iter().filter(|c| c.is_direct()).count(),
            early,
            needs,
            contexts,
            sets: sets.len(),
            lines: Lines::new(settings.lines(structure)),
            past: Past::new(structure, needs),
            features: [0; FEATURES],
            ring: Ring::new(settings.past_bits),
            matches: settings
                .least
                .iter()
                .map(|&n| Matching::new(n, settings.place_bits))
                .collect(),
            sure_from: settings.sure,
            worth: vec![fresh; 2 * n],
            runs: Runs::new(running.len()),
            weights: Weights::new(sets, pairs),
            prior: Prior {
                input: (PRIOR_SUM / (n + running.len() / 2)).min(settings.most_prior) as i16,
                set: (LAST_PRIOR_SUM / sets.len()).min(32767) as i16,
            },
            foresight: settings.foresight.then(Foresight::new),
            refiners: refiners.map(|&k| (k, Apm::new(k.rows()))).collect(),
            foreign,
            counsel: Counsel::new(),
            sure: false,
            hashes: vec![0; n],
            asked: [0, 1].map(|_| Asked {
                at: vec![0; n],
                inputs: vec![Pair::ZERO; pairs],
                rows: [0; MAX_SETS],
                mixed: Mixed::ZERO,
            }),
            running,
            is_patient: false,
            has_wide: false,
        };
        mix.has_wide = mix.contexts.iter().any(|c| c.wide);
        mix.is_patient = !mix.has_wide && mix.refiners.is_empty() && mix.foreign.is_none();
        mix.hash_early();
        mix.hash_late();
        mix.find();
        mix
    }

    #[inline]
    fn hash_early(&mut self) {
        self.past.features(&mut self.features, self.needs);
        self.hash(self.direct..self.early);
        self.aim_runs(0..self.early);
    }

    #[inline]
    fn hash_late(&mut self) {
        if self.early == self.contexts.len() {
            return;
        }
        self.features[Feature::Expected as usize] = self.matches[0].expected().map_or(0, |e| {
            (self.matches[0].class() as u32) << 9 | 256 | u32::from(e)
        });
        if let Some(foresight) = &self.foresight {
            self.features[Feature::Recall as usize] = foresight.feature();
        }
        let back = |n| self.ring.back(n);
        self.past.row_features(&mut self.features, self.needs, back);
        if self.grid {
            self.past.grid_features(&mut self.features, back);
        }
        self.hash(self.early..self.contexts.len());
        self.aim_runs(self.early..self.contexts.len());
    }

    /// Hashes these contexts, and asks for their lines.
    #[inline]
    fn hash(&mut self, these: std::ops::Range<usize>) {
        let contexts = these.clone().zip(&self.contexts[these.clone()]);
        for ((i, context), hash) in contexts.zip(&mut self.hashes[these]) {
            *hash = context.hash(i, &self.features);
            self.lines.prefetch(*hash);
        }
    }

    /// Finds, or makes, the lines of all contexts, in their order.
    #[inline]
    fn find(&mut self) {
        let at = &mut self.asked[0].at[self.direct..];
        for (first, &hash) in at.iter_mut().zip(&self.hashes[self.direct..]) {
            *first = self.lines.find(hash);
        }
        self.place_direct();
        self.runs.read();
    }

    /// Turns the runs of those contexts in `hashed` that tell them to their places.
    #[inline]
    fn aim_runs(&mut self, hashed: std::ops::Range<usize>) {
        for (i, context) in self.running.iter().enumerate() {
            if hashed.contains(context) {
                self.runs.aim(i, self.hashes[*context]);
            }
        }
    }

    /// The lines of the direct contexts.
    #[inline]
    fn place_direct(&mut self) {
        let at = &mut self.asked[0].at[..self.direct];
        for (first, context) in at.iter_mut().zip(&self.contexts) {
            *first = self.lines.direct(context.number(&self.features));
        }
    }

    /// Finds, or makes, the cells for the low nibble after `high`.
    #[inline]
    fn find_low(&mut self, high: u8) {
        let [first, low] = &mut self.asked;
        let lines = first.at.iter().zip(&self.hashes).zip(&self.contexts);
        for (low, ((&first, &hash), context)) in low.at.iter_mut().zip(lines) {
            *low = if context.wide {
                self.lines.low_of_wide(hash, high, self.states)
            } else {
                self.lines.low(first, high)
            };
        }
    }

    /// Predicts a nibble from the cells of its half: the high one (`half` 0), or the low one after
    /// `high`.
    #[inline]
    fn mix(&mut self, half: usize, high: u8) -> Nodes {
        let last = self.past.history.last;
        let place = if half == 0 { 0 } else { 1 + usize::from(high) };
        for (kind, apm) in &self.refiners {
            apm.prefetch(kind.row(place, last));
        }
        let pair = self.contexts.len() / 2;
        let asked = &mut self.asked[half];
        let hits = (self.cpu).look(
            self.lines.cells(),
            &asked.at,
            &self.worth,
            half,
            &mut asked.inputs[..pair],
        );
        self.mix_inputs(half, high, hits)
    }

    #[inline]
    fn mix_inputs(&mut self, half: usize, high: u8, hits: usize) -> Nodes {
        let last = self.past.history.last;
        let place = if half == 0 { 0 } else { 1 + usize::from(high) };
        let pair = self.contexts.len() / 2;
        let asked = &mut self.asked[half];
        for (i, matching) in self.matches.iter().enumerate() {
            let input = &mut asked.inputs[pair + i];
            matching.input(half, high, last, self.logistic, input);
        }
        let at = pair + self.matches.len();
        self.runs
            .input(half, high, self.logistic, &mut asked.inputs[at..]);
        if let (Some(foresight), Some(input)) = (&self.foresight, asked.inputs.last_mut()) {
            foresight.input(half, high, self.logistic, input);
        }
        let foreign = self.foreign.as_mut();
        let foretold = foreign.map(|foreign| foreign.nodes((half == 1).then_some(high)));
        for (lane, &p) in foretold.iter().flatten().enumerate().skip(1) {
            asked.inputs[pair].0[2 * lane + 1] = self.logistic.stretch(p);
        }
        let moment = Moment {
            half,
            place,
            match_class: self.matches[0].class(),
            expected: self.matches[0].expected().map_or(0, |e| 1 + usize::from(e)),
            hits,
            last,
            coarse: self.past.history.coarse(),
            form: self.past.history.form3(),
            bracket: usize::from(self.past.history.bracket()),
        };
        self.weights.choose(&moment, &mut asked.rows[..self.sets]);
        self.cpu.mix(
            &asked.inputs,
            &self.weights.sets,
            &asked.rows[..self.sets],
            &self.weights.last[self.weights.last_row(half)],
            self.prior,
            &mut asked.mixed,
        );
        // The mean, rounded up, of two refined predictions, or of one and the mixer's own.
        let mean = |a: &[u16; 16], b: &[u16; 16]| {
            std::array::from_fn(|i| (u32::from(a[i]) + u32::from(b[i])).div_ceil(2) as u16)
        };
        let (cpu, mixed) = (self.cpu, &asked.mixed);
        let refine = |(kind, apm): &mut (refiner::Kind, Apm)| {
            apm.refine(cpu, kind.row(place, last), &mixed.stretch)
        };
        let p = match &mut self.refiners[..] {
            [] => mixed.p,
            [one] => mean(&refine(one), &mixed.p),
            [one, two, ..] => mean(&refine(one), &refine(two)),
        };
        Nodes::new(match &foretold {
            None => p,
            Some(foretold) => {
                let class = moment.match_class;
                (self.counsel).weigh(half, class, &p, foretold, self.logistic)
            }
        })
    }

    /// Learns that the predicted nibble was `nibble`, with so many symbols seen.
    #[inline]
    fn learn(&mut self, half: usize, nibble: u8, seen: usize) {
        let last = self.weights.last_row(half);
        let asked = &self.asked[half];
        self.weights.keep(&asked.rows[..self.sets]);
        self.cpu.train(
            &asked.inputs,
            &mut self.weights.sets,
            &asked.rows[..self.sets],
            &mut self.weights.last[last],
            &asked.mixed,
            nibble,
            RATES,
        );
        for (_, apm) in &mut self.refiners {
            apm.learn(nibble);
        }
        if self.foreign.is_some() {
            self.counsel.learn(nibble);
        }
        self.adapt(half, nibble, seen);
    }

    /// The contexts learn.
    #[inline]
    fn adapt(&mut self, half: usize, nibble: u8, seen: usize) {
        let (steps, every) = worth::pace(seen);
        let turn = seen & (every - 1);
        self.cpu.adapt(
            self.lines.cells_mut(),
            &self.asked[half].at,
            &mut self.worth,
            half,
            nibble,
            &self.states.next,
            steps,
            (turn, every),
        );
    }

    /// The high nibble that a greedy walk by the mixer's stretches ends at.
    #[inline]
    fn likely(&self) -> u8 {
        let mut node = 1;
        for _ in 0..4 {
            node = 2 * node + usize::from(self.asked[0].mixed.stretch[node & 15] >= 0);
        }
        node as u8 & 15
    }
}

impl Model for Mix {
    fn predict(&mut self) -> Distribution {
        let sure = self.sure.then(|| self.matches[0].expected()).flatten();
        let last = self.past.history.last;
        let n = self.contexts.len();
        let order: Vec<u32> = (0..n as u32).collect();
        let mut cells = vec![Cell([0; 16]); n];
        let high = match sure {
            Some(_) => {
                // What would be found, but makes nothing.
                self.hash_early();
                self.hash_late();
                for (first, hash) in self.asked[0].at.iter_mut().zip(&self.hashes) {
                    *first = self.lines.peek(*hash);
                }
                self.place_direct();
                self.runs.read();
                leaves(&self.matches[0].nodes(0, last))
            }
            None => leaves(&self.mix(0, 0)),
        };
        let mut weights = [0u32; ALPHABET];
        for (h, row) in weights.chunks_exact_mut(16).enumerate() {
            let low = match sure {
                Some(e) if usize::from(e >> 4) == h => leaves(&self.matches[0].nodes(1, last)),
                _ => {
                    for (i, context) in self.contexts.iter().enumerate() {
                        cells[i] = if context.wide {
                            self.lines.peek_low_of_wide(self.hashes[i], h as u8)
                        } else {
                            self.lines.peek_low(self.asked[0].at[i], h as u8)
                        };
                    }
                    let pairs = &mut self.asked[1].inputs[..n / 2];
                    let hits = self.cpu.look(&cells, &order, &self.worth, 1, pairs);
                    leaves(&self.mix_inputs(1, h as u8, hits))
                }
            };
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
        Box::new(self.copy())
    }

    fn remembering(&self) -> Option<Box<dyn Rewind>> {
        // Who advises has no way back.
        match self.foreign {
            Some(_) => None,
            None => Some(Box::new(Rewinding::new(self.copy()))),
        }
    }

    fn step(&mut self, guide: &mut dyn Guide) -> Symbol {
        self.advance(guide, None)
    }

    fn inputs(&self) -> Vec<Input> {
        let foresight = self.foresight.is_some();
        explain::inputs(&self.contexts, &self.matches, &self.running, foresight)
    }

    fn step_explained(&mut self, guide: &mut dyn Guide, earned: &mut [i64]) -> Symbol {
        self.advance(guide, Some(earned))
    }
}

impl Mix {
    /// A copy that goes its own way.
    fn copy(&self) -> Mix {
        Mix {
            contexts: self.contexts.clone(),
            lines: self.lines.clone(),
            past: self.past.clone(),
            ring: self.ring.clone(),
            matches: self.matches.clone(),
            worth: self.worth.clone(),
            running: self.running.clone(),
            runs: self.runs.clone(),
            weights: self.weights.clone(),
            foresight: self.foresight.clone(),
            refiners: self.refiners.clone(),
            foreign: self.foreign.as_ref().map(|f| f.fork()),
            counsel: self.counsel.clone(),
            hashes: self.hashes.clone(),
            asked: self.asked.clone(),
            ..*self
        }
    }

    /// A step; what the inputs earned goes to `earned`, if there is such. Inlined, so that the
    /// path of those who do not ask holds nothing of it.
    #[inline(always)]
    fn advance(&mut self, guide: &mut dyn Guide, mut earned: Option<&mut [i64]>) -> Symbol {
        if self.sure {
            return self.advance_surely(guide, earned);
        }
        let nodes = self.mix(0, 0);
        if self.has_wide {
            let likely = self.likely();
            for (context, &hash) in self.contexts.iter().zip(&self.hashes) {
                if context.wide {
                    self.lines.prefetch(Lines::wide(hash, likely));
                }
            }
        }
        let high = guide.nibble(&nodes) & 15;
        self.explain(0, &nodes, high, earned.as_deref_mut());
        self.learn_match(0, 0, high);
        if !self.is_patient {
            self.learn(0, high, self.past.history.seen);
        }
        self.find_low(high);
        self.advance_low(guide, high, self.is_patient, earned)
    }

    /// The low nibble, and on to the next symbol. `learns`: the high one has still to be learnt.
    #[inline(always)]
    fn advance_low(
        &mut self,
        guide: &mut dyn Guide,
        high: u8,
        learns: bool,
        earned: Option<&mut [i64]>,
    ) -> Symbol {
        let nodes = self.mix(1, high);
        let low = guide.nibble(&nodes) & 15;
        self.explain(1, &nodes, low, earned);
        self.learn_match(1, high, low);

        // The next symbol's lines are asked for before this one is learnt, so that they have
        // time to come.
        let s = high << 4 | low;
        self.runs.push(s);
        let (before, seen) = (self.past.history.last, self.past.history.seen);
        self.past.push(s);
        self.hash_early();
        if learns {
            self.learn(0, high, seen);
        }
        self.learn(1, low, seen + 1);
        self.push(s, before);
        if !self.sure {
            self.hash_late();
            self.find();
        }
        s
    }

    /// A step in a long match: only when it ends are the contexts looked at.
    fn advance_surely(&mut self, guide: &mut dyn Guide, mut earned: Option<&mut [i64]>) -> Symbol {
        let (last, seen) = (self.past.history.last, self.past.history.seen);
        let expected = self.matches[0].expected().unwrap_or(0);
        let nodes = self.matches[0].nodes(0, last);
        let high = guide.nibble(&nodes) & 15;
        self.explain_match(&nodes, high, earned.as_deref_mut());
        self.matches[0].learn(0, 0, high, last, true);
        if high != expected >> 4 {
            self.find_all();
            self.adapt(0, high, seen);
            self.find_low(high);
            return self.advance_low(guide, high, false, earned);
        }
        let nodes = self.matches[0].nodes(1, last);
        let low = guide.nibble(&nodes) & 15;
        self.explain_match(&nodes, low, earned);
        self.matches[0].learn(1, high, low, last, true);
        let s = high << 4 | low;
        if s != expected {
            self.find_all();
            self.adapt(0, high, seen);
            self.find_low(high);
            self.adapt(1, low, seen);
        }
        let before = self.past.history.last;
        self.past.push(s);
        self.push(s, before);
        if !self.sure {
            self.find_all();
        }
        s
    }

    /// The symbol was `s`, after those in `before`: what comes after the past has been told.
    #[inline]
    fn push(&mut self, s: Symbol, before: u64) {
        self.ring.push(s);
        for matching in &mut self.matches {
            matching.push(s, before, &self.ring);
        }
        if let Some(foresight) = &mut self.foresight {
            let ring = &self.ring;
            foresight.push(s, self.past.history.seen, |n| ring.back(n));
        }
        if let Some(foreign) = &mut self.foreign {
            foreign.update(s);
        }
        if self.lines.is_crowded() {
            let by = if self.lines.bits() < LARGE_BITS { 2 } else { 1 };
            self.lines.grow(by);
        }
        let (length, run) = self.sure_from;
        self.sure =
            self.foreign.is_none() && self.matches[0].is_sure(self.past.history.last, length, run);
    }

    #[inline]
    fn learn_match(&mut self, half: usize, high: u8, nibble: u8) {
        for matching in &mut self.matches {
            matching.learn(half, high, nibble, self.past.history.last, false);
        }
        self.runs.learn(half, high, nibble);
        if let Some(foresight) = &mut self.foresight {
            foresight.learn(half, high, nibble);
        }
    }

    fn find_all(&mut self) {
        self.hash_early();
        self.hash_late();
        self.find();
    }

    /// What earned the bits of the predicted nibble, for those who ask.
    #[inline]
    fn explain(&self, half: usize, nodes: &Nodes, nibble: u8, earned: Option<&mut [i64]>) {
        if let Some(earned) = earned {
            let asked = &self.asked[half];
            let predicted = Predicted {
                inputs: &asked.inputs,
                weights: &self.weights,
                rows: &asked.rows[..self.sets],
                prior: self.prior,
                half,
                nodes,
            };
            predicted.explain(nibble, earned);
        }
    }

    /// The same of what the match model predicted alone.
    fn explain_match(&self, nodes: &Nodes, nibble: u8, earned: Option<&mut [i64]>) {
        if let Some(earned) = earned {
            alone(nodes, nibble, &mut earned[self.contexts.len()]);
        }
    }
}
