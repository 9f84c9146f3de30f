//! Translation by phrases, learnt from pairs alone.
//!
//! | file | idea |
//! |---|---|
//! | `tokens` | text in tokens, and back to the letter |
//! | `corpus` | pairs of texts to learn from, and how they are kept |
//! | `trie` | sequences as numbers |
//! | `align` | which words of a pair belong together |
//! | `table` | phrases and what they become |
//! | `language` | how probable an output is by itself |
//! | `decode` | a beam of beginnings, and the n best ways |
//! | `translator` | all of these together |
//! | `tune` | weights under which held-out examples come out well |
//! | `choose` | which of the n best to give |
//! | `guided` | a model of bytes that is told the n best |
//!
//! What is kept is pairs and their links, from which tables are counted again in seconds.

mod align;
mod choose;
mod corpus;
mod decode;
mod guided;
mod language;
mod table;
mod tokens;
mod translator;
mod trie;
mod tune;

use super::parts;
use super::primed::{Writer, in_threads};
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Example, Family, Modality, Schema, Trained,
    Training, Value, Written,
};
use align::Links;
use corpus::{Corpus, rendered};
use decode::Features;
use guided::{Guided, KINDS, Shares};
use serde::{Deserialize, Serialize};
use std::sync::{Arc, Mutex};
use translator::{Said, Translator, WEIGHTS, chosen};
use tune::{Pool, improve};

/// Phrase-based statistical translation.
pub struct Phrases;

/// Held-out examples that weights are found by.
const TRIED: usize = 600;
/// Times that they are translated.
const TUNINGS: usize = 6;
/// Translations of each.
const BEST: usize = 100;
/// Scales that are tried.
const SCALES: [f32; 6] = [0.25, 0.5, 0.75, 1.0, 1.5, 2.5];
/// Tokens that the model of the language looks at, at most.
const ORDER: usize = 5;

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Settings {
    /// Rounds of aligning.
    rounds: u32,
    weights: Features,
    /// By which scores are multiplied before they become probabilities.
    scale: f32,
    /// How much the model of bytes heeds translations: see `guided`.
    echo: Shares,
}

impl Contestant for Phrases {
    fn name(&self) -> &'static str {
        "phrases"
    }
    fn summary(&self) -> &'static str {
        "statistical translation: aligned words, phrases counted, a model of the language, a beam"
    }
    fn family(&self) -> Family {
        Family::Classical
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let text = |kind| matches!(kind, Modality::Text | Modality::Category);
        let given = schema.inputs.iter().all(|f| text(f.kind));
        match given && schema.output.kind == Modality::Text {
            true => Ok(()),
            false => Err("it translates text to text".into()),
        }
    }

    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let corpus = Corpus::of(data);
        let like = effort.like.unwrap_or_default();
        let rounds = parts::setting(like, "rounds").unwrap_or(align::ROUNDS);
        let (links, rounds) = align::align(&corpus.plain(), rounds, effort)?;
        let mut settings = Settings {
            rounds,
            weights: WEIGHTS,
            scale: parts::setting(like, "scale").unwrap_or(1.0),
            // Half of it, where nobody has tried.
            echo: vec![32; KINDS],
        };
        if let Some(weights) = parts::setting::<String>(like, "weights") {
            read_row(&weights, &mut settings.weights);
        }
        if let Some(echo) = parts::setting::<String>(like, "echo") {
            read_row(&echo, &mut settings.echo);
        }
        let mut ready = Ready::new(corpus, links, settings, data.schema, effort)?;
        if effort.like.is_none() {
            ready.tune(data.held, effort)?;
        }
        Ok(Box::new(ready))
    }

    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let (settings, parts): (Settings, _) = parts::part(saved)?;
        let [texts, links] = parts.as_slice() else {
            return Err(parts::damaged());
        };
        let corpus = Corpus::of_bytes(texts).ok_or_else(parts::damaged)?;
        let links = corpus::links_of_bytes(&corpus.pairs, links).ok_or_else(parts::damaged)?;
        if settings.echo.len() != KINDS {
            return Err(parts::damaged());
        }
        let effort = Effort::none();
        let ready = Ready::new(corpus, links, settings, schema, &effort)?;
        Ok(Box::new(ready))
    }
}

/// Numbers as one word.
fn write_row<T: ToString>(row: &[T]) -> String {
    let each: Vec<String> = row.iter().map(T::to_string).collect();
    each.join(":")
}

/// As many numbers as there are.
fn read_row<T: std::str::FromStr>(text: &str, row: &mut [T]) {
    let said = text.split(':').map(str::parse);
    for (place, said) in row.iter_mut().zip(said) {
        if let Ok(said) = said {
            *place = said;
        }
    }
}

struct Ready {
    translator: Translator,
    links: Vec<Links>,
    settings: Settings,
    schema: Schema,
    /// A model that has read the outputs.
    reader: Arc<Mutex<Writer>>,
}

impl Ready {
    fn new(
        corpus: Corpus,
        links: Vec<Links>,
        settings: Settings,
        schema: &Schema,
        effort: &Effort,
    ) -> Result<Ready, Error> {
        let outputs = corpus.texts.iter().map(|(_, output)| output.as_str());
        let reader = guided::reader(outputs, effort.watch)?;
        Ok(Ready {
            translator: Translator::new(corpus, &links, ORDER),
            links,
            settings,
            schema: schema.clone(),
            reader,
        })
    }

    /// Chooses settings, as long as there is time.
    fn tune(&mut self, held: &[Example], effort: &Effort) -> Result<(), Error> {
        let tried = &held[..held.len().min(TRIED)];
        self.weigh(tried, effort)?;
        self.scale(tried, effort)?;
        // On others, where there are some: what weights were found by is translated too well.
        let others = &held[tried.len()..];
        let others = if others.len() < TRIED {
            tried
        } else {
            &others[..TRIED]
        };
        self.heed(others, effort)
    }

    /// How much scores say: under what scale the chosen translations are best.
    fn scale(&mut self, held: &[Example], effort: &Effort) -> Result<(), Error> {
        let said = in_threads(effort.threads, held.iter(), |example| match effort.over() {
            true => Vec::new(),
            false => self.said(&example.inputs),
        });
        if effort.over() {
            return Ok(());
        }
        let mut best = f64::NEG_INFINITY;
        for scale in SCALES {
            effort.go_on()?;
            let mut sums = vec![0.0; 18];
            for (parts, example) in said.iter().zip(held) {
                let made = self.made(parts, scale).0;
                let truth = example.output.text().unwrap_or_default();
                let counts = crate::metric::chrf_parts(truth, &made);
                sums.iter_mut().zip(counts).for_each(|(s, c)| *s += c);
            }
            let value = crate::metric::chrf(&sums);
            if value > best {
                (best, self.settings.scale) = (value, scale);
            }
        }
        Ok(())
    }

    /// How much the model of bytes heeds the translations.
    fn heed(&mut self, held: &[Example], effort: &Effort) -> Result<(), Error> {
        let mut places = Vec::new();
        for example in held {
            effort.go_on()?;
            if effort.over() {
                return Ok(());
            }
            let right = [
                example.output.bytes(),
                self.schema.ending().into_iter().collect(),
            ];
            let said = self.said(&example.inputs);
            let told = self.made(&said, self.settings.scale).1;
            let mut model = Guided::new(&self.reader, &told, &self.settings.echo);
            places.extend(model.places(&right.concat()));
        }
        self.settings.echo = guided::fitted(&places);
        Ok(())
    }

    /// What is answered, of the translations of each part; and the translations of the whole with their
    /// probabilities, what is answered first.
    fn made(&self, said: &[Vec<Said>], scale: f32) -> (String, Vec<(String, f64)>) {
        if let [said] = said {
            let (best, shares) = chosen(said, scale);
            let texts = said.iter().map(|s| s.text.clone());
            let mut all: Vec<(String, f64)> = texts.zip(shares).collect();
            if !all.is_empty() {
                all[..=best].rotate_right(1);
            }
            return (all.first().map_or(String::new(), |a| a.0.clone()), all);
        }
        let mut made = String::new();
        for said in said {
            let (best, _) = chosen(said, scale);
            if self.translator.corpus.outputs.spaced && !made.is_empty() {
                made.push(' ');
            }
            made.push_str(said.get(best).map_or("", |s| &s.text));
        }
        (made.clone(), vec![(made, 1.0)])
    }

    /// Finds weights.
    fn weigh(&mut self, held: &[Example], effort: &Effort) -> Result<(), Error> {
        let mut pools: Vec<Pool> = held.iter().map(|_| Pool::default()).collect();
        let mut known: Vec<Vec<String>> = vec![Vec::new(); held.len()];
        for _ in 0..TUNINGS {
            if effort.over() {
                break;
            }
            effort.go_on()?;
            let weights = self.settings.weights;
            let translate = |example: &Example| -> Vec<Said> {
                if effort.over() {
                    return Vec::new();
                }
                let text = rendered(&self.schema, &example.inputs);
                let asked = self.translator.ask(&text, &weights);
                let first = asked.first();
                first.map_or(Vec::new(), |a| self.translator.best(a, &weights, BEST))
            };
            let said = in_threads(effort.threads, held.iter(), translate);
            if effort.over() {
                break;
            }
            let mut fresh = 0;
            for (((said, example), pool), known) in
                said.into_iter().zip(held).zip(&mut pools).zip(&mut known)
            {
                let truth = example.output.text().unwrap_or_default();
                for said in said {
                    if !known.contains(&said.text) {
                        let counts = crate::metric::chrf_parts(truth, &said.text);
                        pool.ways.push((said.way.features, counts));
                        known.push(said.text);
                        fresh += 1;
                    }
                }
            }
            let better = improve(&pools, &weights, &WEIGHTS);
            // What hardly anything was added to is found already.
            if 200 * fresh < held.len() {
                break;
            }
            // As many digits as the ledger shows.
            self.settings.weights = better.map(|w| (w * 1e4).round() / 1e4);
        }
        Ok(())
    }

    /// The n best translations of each part of a text.
    fn said(&self, inputs: &[Value]) -> Vec<Vec<Said>> {
        let text = rendered(&self.schema, inputs);
        let weights = &self.settings.weights;
        let asked = self.translator.ask(&text, weights);
        let best = |asked| self.translator.best(asked, weights, BEST);
        asked.iter().map(best).collect()
    }
}

impl Trained for Ready {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let said = self.said(inputs);
        let (made, told) = self.made(&said, self.settings.scale);
        let model = Guided::new(&self.reader, &told, &self.settings.echo);
        Ok(Answer::Written(Written {
            made: made.into_bytes(),
            others: Vec::new(),
            model: Some(Box::new(model)),
        }))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let corpus = &self.translator.corpus;
        let links = corpus::links_to_bytes(&corpus.pairs, &self.links);
        parts::join(&self.settings, &[corpus.to_bytes(), links])
    }

    fn config(&self) -> String {
        let Settings {
            rounds,
            weights,
            scale,
            echo,
        } = &self.settings;
        format!(
            "rounds={rounds},weights={},scale={scale},echo={}",
            write_row(weights),
            write_row(echo)
        )
    }

    /// The phrases that the answer is made of, with the bits that each spares what it becomes.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let text = rendered(&self.schema, inputs);
        let weights = &self.settings.weights;
        let mut all = Vec::new();
        for asked in self.translator.ask(&text, weights) {
            let said = self.translator.best(&asked, weights, BEST);
            let (best, _) = chosen(&said, self.settings.scale);
            let Some(said) = said.get(best) else {
                continue;
            };
            for i in &said.way.choices {
                let choice = &asked.choices[*i as usize];
                let given = asked.tokens[choice.from..choice.to].concat();
                let made = self.translator.phrase(&asked, &choice.tokens);
                all.push(Evidence {
                    what: format!("{} → {}", given.trim(), made.trim()),
                    bits: Some(choice.bits),
                });
            }
        }
        Ok(all)
    }
}
