//! Names word by word: each word is chosen among those that came after the one before it, by what
//! the input looks like.
//!
//! A log-linear model: a word weighs the product of its own row with the row of the input, and what
//! it weighs after the last word and after the last two. All rows are learnt together, by steps
//! against the gradient whose size each word has for itself (Duchi, Hazan and Singer, *Adaptive
//! subgradient methods*, 2011). So an answer may be one that no example has: a name of parts that were
//! seen apart. Whether answers come twice at all is counted on held-out examples.

mod language;
mod sight;

use super::{of_compact, parts, to_compact};
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Example, Family, Modality, Schema, Trained,
    Training, Value, Written,
};
use language::{Choice, END, Language};
use minlen_core::Random;
use serde::{Deserialize, Serialize};
use sight::Sight;

/// Names, word by word.
pub struct Words;

/// How often all choices are gone through, while steps get smaller.
const ROUNDS: usize = 8;
/// The first step of a row, and of what words weigh after others.
const STEP: f32 = 16.0;
const STEP_AFTER: f32 = 0.1;
/// Probabilities whose misses are too small to learn from.
const LEAST: f32 = 1e-3;
/// Beginnings that are held side by side.
const BEAM: usize = 48;
/// Different answers that are told.
const TOLD: usize = 10;
/// Words that an answer may have more than the longest known one.
const MORE: usize = 4;

impl Contestant for Words {
    fn name(&self) -> &'static str {
        "words"
    }
    fn summary(&self) -> &'static str {
        "names pictures, sounds and rows word by word, also by names that no example has"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let text = |kind| matches!(kind, Modality::Text | Modality::Abc);
        if schema.output.kind != Modality::Text {
            return Err("it writes words".into());
        }
        match schema.inputs.iter().any(|f| text(f.kind)) {
            true => Err("what text says depends on the order of its words".into()),
            false => Ok(()),
        }
    }

    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let named = data.examples.iter().filter(|e| e.output.text().is_some());
        let named: Vec<Example> = named.cloned().collect();
        if named.is_empty() {
            return Err(Error::Usage("there is nothing to learn from".into()));
        }
        let texts = named.iter().filter_map(|e| e.output.text());
        let language = Language::new(texts.map(str::to_string).collect());
        let sight = Sight::fit(data.schema, &named, data.seed);
        let rows: Vec<Vec<f32>> = named.iter().map(|e| sight.row(&e.inputs)).collect();
        let known = match effort.like {
            Some(like) => parts::setting(like, "known").unwrap_or(0.5),
            None => {
                let held = data.held.iter().filter_map(|e| e.output.text());
                let known = held.clone().filter(|t| language.knows(t)).count();
                (known as f64 + 0.5) / (held.count() as f64 + 1.0)
            }
        };
        let rounds = effort.like.and_then(|like| parts::setting(like, "rounds"));
        let mut learner = Learner::new(&language, sight.size());
        let rounds = learner.learn(&language, &rows, rounds, data.seed, effort)?;
        Ok(Box::new(Ready::new(
            State {
                sight,
                rounds,
                known,
                texts: Vec::new(),
                rows: Rounded::of(&learner.rows, learner.size),
                after: Rounded::of(&learner.after, learner.after.len()),
                after_two: Rounded::of(&learner.after_two, learner.after_two.len()),
            },
            language,
        )))
    }

    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let mut state: State = of_compact(saved)?;
        state.sight.check(schema)?;
        let language = Language::new(std::mem::take(&mut state.texts));
        let size = state.sight.size();
        let (after, after_two) = language.sizes();
        let fits = state.rows.are(language.words.len() * size, size)
            && state.after.are(after, after)
            && state.after_two.are(after_two, after_two)
            && (0.0..=1.0).contains(&state.known);
        match fits {
            true => Ok(Box::new(Ready::new(state, language))),
            false => Err(parts::damaged()),
        }
    }
}

/// What is learnt.
struct Learner {
    /// Numbers of a row.
    size: usize,
    /// A row for each word.
    rows: Vec<f32>,
    /// The sum of each word's squared misses.
    misses: Vec<f32>,
    after: Vec<f32>,
    after_two: Vec<f32>,
}

impl Learner {
    fn new(language: &Language, size: usize) -> Learner {
        let (after, after_two) = language.sizes();
        Learner {
            size,
            rows: vec![0.0; language.words.len() * size],
            misses: vec![1e-6; language.words.len()],
            after: vec![0.0; after],
            after_two: vec![0.0; after_two],
        }
    }

    /// Goes through all choices as often as told, or while there is time; gives how often.
    fn learn(
        &mut self,
        language: &Language,
        rows: &[Vec<f32>],
        rounds: Option<usize>,
        seed: u64,
        effort: &Effort,
    ) -> Result<usize, Error> {
        let mut choices = language.choices();
        let mut random = Random::new(seed);
        let rounds = rounds.unwrap_or(ROUNDS).clamp(1, ROUNDS);
        for round in 0..rounds {
            random.shuffle(&mut choices);
            let step = STEP * (1.0 - round as f32 / ROUNDS as f32);
            for (i, choice) in choices.iter().enumerate() {
                if i % 256 == 0 {
                    effort.go_on()?;
                }
                self.take(language, choice, &rows[choice.text], step);
            }
            if effort.over() {
                return Ok(round + 1);
            }
        }
        Ok(rounds)
    }

    /// Moves the weights towards the word that was chosen.
    fn take(&mut self, language: &Language, choice: &Choice, input: &[f32], step: f32) {
        let words = &language.after[choice.before.1 as usize];
        let (after, after_two) = language.places(choice.before);
        let row = |word: u32| word as usize * self.size..(word as usize + 1) * self.size;
        let sums = words.iter().enumerate().map(|(i, word)| {
            let two = after_two.map_or(0.0, |from| self.after_two[from + i]);
            dot(&self.rows[row(*word)], input) + self.after[after + i] + two
        });
        let mut misses: Vec<f32> = sums.collect();
        softmax(&mut misses);
        misses[choice.place] -= 1.0;
        for (i, (word, miss)) in words.iter().zip(misses).enumerate() {
            if miss.abs() < LEAST {
                continue;
            }
            let all = &mut self.misses[*word as usize];
            *all += miss * miss;
            let move_by = step * miss / all.sqrt();
            let range = *word as usize * self.size..(*word as usize + 1) * self.size;
            for (w, x) in self.rows[range].iter_mut().zip(input) {
                *w -= move_by * x;
            }
            self.after[after + i] -= STEP_AFTER * miss;
            if let Some(from) = after_two {
                self.after_two[from + i] -= STEP_AFTER * miss;
            }
        }
    }
}

/// The product of two rows, summed in eight lanes.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0f32; 8];
    let (a8, b8) = (a.chunks_exact(8), b.chunks_exact(8));
    let rest = a8.remainder().iter().zip(b8.remainder());
    let rest: f32 = rest.map(|(x, y)| x * y).sum();
    for (x, y) in a8.zip(b8) {
        for lane in 0..8 {
            sums[lane] += x[lane] * y[lane];
        }
    }
    sums.iter().sum::<f32>() + rest
}

/// Sums become probabilities.
fn softmax(sums: &mut [f32]) {
    let most = sums.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    sums.iter_mut().for_each(|x| *x = (*x - most).exp());
    let all: f32 = sums.iter().sum();
    sums.iter_mut().for_each(|x| *x /= all);
}

/// Numbers as small whole ones, of which so many in a row share a scale: what answers now will answer
/// the same after saving and loading.
#[derive(Serialize, Deserialize)]
struct Rounded {
    steps: Vec<i8>,
    scales: Vec<f32>,
}

impl Rounded {
    fn of(all: &[f32], share: usize) -> Rounded {
        let mut rounded = Rounded {
            steps: Vec::with_capacity(all.len()),
            scales: Vec::new(),
        };
        for row in all.chunks(share.max(1)) {
            let most = row.iter().fold(1e-9f32, |most, x| most.max(x.abs()));
            rounded.scales.push(most / 127.0);
            let steps = row.iter().map(|x| (x / most * 127.0).round() as i8);
            rounded.steps.extend(steps);
        }
        rounded
    }

    /// Whether they are so many, of which so many share a scale.
    fn are(&self, count: usize, share: usize) -> bool {
        let scales = count.div_ceil(share.max(1));
        let finite = self.scales.iter().all(|s| s.is_finite());
        self.steps.len() == count && self.scales.len() == scales && finite
    }

    fn all(&self) -> Vec<f32> {
        let share = self.steps.len() / self.scales.len().max(1);
        let rows = self.steps.chunks(share.max(1)).zip(&self.scales);
        rows.flat_map(|(row, scale)| row.iter().map(move |s| f32::from(*s) * scale))
            .collect()
    }
}

/// All that is kept.
#[derive(Serialize, Deserialize)]
struct State {
    sight: Sight,
    rounds: usize,
    /// How often a right answer is one of the training examples'.
    known: f64,
    texts: Vec<String>,
    rows: Rounded,
    after: Rounded,
    after_two: Rounded,
}

/// Ready to answer.
struct Ready {
    state: State,
    language: Language,
    rows: Vec<f32>,
    after: Vec<f32>,
    after_two: Vec<f32>,
}

/// A beginning: its logarithmic probability, and its words behind two beginnings.
type Beginning = (f64, Vec<u32>);

impl Ready {
    fn new(state: State, language: Language) -> Ready {
        Ready {
            rows: state.rows.all(),
            after: state.after.all(),
            after_two: state.after_two.all(),
            state,
            language,
        }
    }

    /// Logarithmic probabilities of the words that come after those two; without an input, of those
    /// that come after them in general.
    fn next(&self, before: (u32, u32), products: Option<&[f32]>) -> Vec<f64> {
        let words = &self.language.after[before.1 as usize];
        let (after, after_two) = self.language.places(before);
        let sums = words.iter().enumerate().map(|(i, word)| {
            let two = after_two.map_or(0.0, |from| self.after_two[from + i]);
            let seen = products.map_or(0.0, |p| p[*word as usize]);
            f64::from(seen + self.after[after + i] + two)
        });
        let sums: Vec<f64> = sums.collect();
        let most = sums.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let all: f64 = sums.iter().map(|x| (x - most).exp()).sum();
        sums.iter().map(|x| x - most - all.ln()).collect()
    }

    /// What each word gains by an input.
    fn products(&self, inputs: &[Value]) -> Vec<f32> {
        let input = self.state.sight.row(inputs);
        let rows = self.rows.chunks(input.len().max(1));
        rows.map(|row| dot(row, &input)).collect()
    }

    /// The likeliest answers, the best first, each with its words.
    fn best(&self, products: &[f32]) -> Vec<(f64, String, Vec<u32>)> {
        let mut open: Vec<Beginning> = vec![(0.0, vec![END, END])];
        let mut ended: Vec<(f64, String, Vec<u32>)> = Vec::new();
        for _ in 0..self.language.longest + MORE {
            let mut next: Vec<(f64, usize, u32)> = Vec::new();
            for (i, (log, row)) in open.iter().enumerate() {
                let before = (row[row.len() - 2], row[row.len() - 1]);
                let words = self.language.after[before.1 as usize].iter();
                let logs = self.next(before, Some(products));
                next.extend(words.zip(logs).map(|(w, l)| (log + l, i, *w)));
            }
            next.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
            next.truncate(BEAM);
            let mut grown = Vec::new();
            for (log, i, word) in next {
                let row = &open[i].1;
                if word != END {
                    grown.push((log, [&row[..], &[word]].concat()));
                    continue;
                }
                let words = row[2..]
                    .iter()
                    .map(|w| &self.language.words[*w as usize][..]);
                let text: String = words.collect();
                let known = self.state.known.clamp(1e-6, 1.0 - 1e-6);
                let log = match self.language.knows(&text) {
                    true => log + known.ln(),
                    false => log + (1.0 - known).ln(),
                };
                ended.push((log, text, [&row[..], &[END]].concat()));
            }
            open = grown;
        }
        ended.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        ended.truncate(TOLD);
        ended
    }
}

impl Trained for Ready {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let found = self.best(&self.products(inputs)).into_iter();
        let found = found.map(|(_, text, _)| text.into_bytes());
        Ok(Answer::Written(Written::of(found.collect(), None)))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        #[derive(Serialize)]
        struct Kept<'a> {
            sight: &'a Sight,
            rounds: usize,
            known: f64,
            texts: &'a [String],
            rows: &'a Rounded,
            after: &'a Rounded,
            after_two: &'a Rounded,
        }
        to_compact(&Kept {
            sight: &self.state.sight,
            rounds: self.state.rounds,
            known: self.state.known,
            texts: &self.language.texts,
            rows: &self.state.rows,
            after: &self.state.after,
            after_two: &self.state.after_two,
        })
    }

    fn config(&self) -> String {
        format!("rounds={},known={}", self.state.rounds, self.state.known)
    }

    /// Each word of the answer: how many bits less it costs for what the input looks like.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let products = self.products(inputs);
        let best = self.best(&products);
        let Some((_, _, row)) = best.first() else {
            return Ok(Vec::new());
        };
        let words = row.windows(3).map(|three| {
            let before = (three[0], three[1]);
            let place = self.language.after[three[1] as usize].binary_search(&three[2]);
            let place = place.unwrap_or(0);
            let log = |products| self.next(before, products)[place];
            let what = match three[2] {
                END => "the end".to_string(),
                word => self.language.words[word as usize].clone(),
            };
            Evidence {
                what,
                bits: Some((log(Some(&products)) - log(None)) / std::f64::consts::LN_2),
            }
        });
        Ok(words.collect())
    }
}
