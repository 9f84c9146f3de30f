//! Phrases looked up: the longest parts of the input that training has seen as whole inputs.

use super::parts;
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Family, Modality, Schema, Trained, Training,
    Value, Written,
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A phrase book: what a beginner with a dictionary of whole examples would write.
pub struct Lookup;

#[derive(Serialize, Deserialize)]
struct Phrases {
    /// Words of an input, parted by spaces, and the output that came with them most often.
    book: BTreeMap<String, String>,
    /// Words of the longest phrase.
    longest: usize,
    /// What parts the answers for the parts of an input.
    joint: String,
}

impl Contestant for Lookup {
    fn name(&self) -> &'static str {
        "lookup"
    }
    fn summary(&self) -> &'static str {
        "a phrase book: the longest parts of the input that are whole inputs of examples"
    }
    fn family(&self) -> Family {
        Family::Symbolic
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let text = |kind| matches!(kind, Modality::Text | Modality::Abc | Modality::Category);
        let given = schema.inputs.iter().all(|f| text(f.kind));
        match given && matches!(schema.output.kind, Modality::Text | Modality::Abc) {
            true => Ok(()),
            false => Err("phrases are text".into()),
        }
    }

    fn train(&self, data: &Training, _effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let mut seen: BTreeMap<String, BTreeMap<&str, usize>> = BTreeMap::new();
        let (mut spaces, mut letters) = (0, 0);
        for example in data.examples {
            let Some(output) = example.output.text() else {
                continue;
            };
            let phrase = words(data.schema, &example.inputs).join(" ");
            *seen.entry(phrase).or_default().entry(output).or_default() += 1;
            spaces += output.matches(' ').count();
            letters += output.chars().count();
        }
        let book: BTreeMap<String, String> = (seen.into_iter())
            .filter_map(|(phrase, outputs)| {
                // Of equally frequent ones the shortest, then the first.
                let best = outputs.into_iter().max_by_key(|(output, count)| {
                    (
                        *count,
                        std::cmp::Reverse(output.len()),
                        std::cmp::Reverse(*output),
                    )
                });
                Some((phrase, best?.0.to_string()))
            })
            .collect();
        let longest = book.keys().map(|p| p.split(' ').count()).max().unwrap_or(0);
        // Whether the language of the outputs parts words by spaces.
        let joint = if spaces * 20 > letters { " " } else { "" };
        let phrases = Phrases {
            book,
            longest,
            joint: joint.to_string(),
        };
        Ok(Box::new(Ready {
            phrases,
            schema: data.schema.clone(),
        }))
    }

    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let (phrases, _): (Phrases, _) = parts::part(saved)?;
        Ok(Box::new(Ready {
            phrases,
            schema: schema.clone(),
        }))
    }
}

struct Ready {
    phrases: Phrases,
    schema: Schema,
}

impl Ready {
    /// The input in parts: those that the book has, as long as can be from left to right, with
    /// what it says of them. Words that begin none are passed over.
    fn parts(&self, inputs: &[Value]) -> Vec<(String, &str)> {
        let words = words(&self.schema, inputs);
        let (mut found, mut at) = (Vec::new(), 0);
        while at < words.len() {
            let most = self.phrases.longest.min(words.len() - at);
            let phrases = (1..=most).rev().map(|n| (n, words[at..at + n].join(" ")));
            let mut known = phrases.filter_map(|(n, phrase)| {
                let says = self.phrases.book.get(&phrase)?;
                Some((n, phrase, says))
            });
            match known.next() {
                Some((n, phrase, says)) => {
                    found.push((phrase, says.as_str()));
                    at += n;
                }
                None => at += 1,
            }
        }
        found
    }
}

impl Trained for Ready {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let parts = self.parts(inputs);
        let last = parts.len().saturating_sub(1);
        let said = parts.iter().enumerate().map(|(i, (_, says))| match i {
            i if i == last => *says,
            _ => says.trim_end_matches(['.', '!', '?', '\u{3002}', '\u{ff01}', '\u{ff1f}']),
        });
        let said: Vec<&str> = said.collect();
        Ok(Answer::Written(Written {
            made: said.join(&self.phrases.joint).into_bytes(),
            others: Vec::new(),
            model: None,
        }))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        parts::join(&self.phrases, &[])
    }

    fn config(&self) -> String {
        String::new()
    }

    /// The phrases found.
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let parts = self.parts(inputs).into_iter();
        let told = parts.map(|(phrase, says)| Evidence {
            what: format!("{phrase} → {says}"),
            bits: None,
        });
        Ok(told.collect())
    }
}

/// The words of an input in small letters, without what stands between them. A character of a
/// script without spaces is a word.
fn words(schema: &Schema, inputs: &[Value]) -> Vec<String> {
    let text = schema.render(inputs);
    let mut words = Vec::new();
    let mut word = String::new();
    for c in String::from_utf8_lossy(&text).chars() {
        let alone = ('\u{2e80}'..'\u{d7b0}').contains(&c);
        if !(c.is_alphanumeric() || c == '\'') || alone {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        if alone && c.is_alphanumeric() {
            words.push(c.to_string());
        } else if c.is_alphanumeric() || c == '\'' {
            word.extend(c.to_lowercase());
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}
