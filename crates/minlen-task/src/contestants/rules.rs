//! Rules found from examples; the shortest description wins. For names of classes a decision list:
//! "if the text has the word *free*: spam". For texts a program for each shape of input: which
//! pieces of it, changed in which way, the output is put together from.

mod list;
mod rewrite;

use super::sure::Sureness;
use super::{of_bytes, to_bytes};
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Family, Modality, Schema, Trained, Training,
    Value, Written,
};
use list::List;
use rewrite::Rewrite;
use serde::{Deserialize, Serialize};

/// Finds rules that people can read.
pub struct Rules;

#[derive(Serialize, Deserialize)]
enum Found {
    List(List),
    Rewrite(Rewrite, Sureness),
}

struct State {
    found: Found,
    schema: Schema,
}

impl Contestant for Rules {
    fn name(&self) -> &'static str {
        "rules"
    }
    fn summary(&self) -> &'static str {
        "rules found from examples, the shortest description: decision lists, rewriting of texts"
    }
    fn family(&self) -> Family {
        Family::Symbolic
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        let readable = |kind| !matches!(kind, Modality::Image { .. } | Modality::Sound { .. });
        let text = |kind| matches!(kind, Modality::Text | Modality::Category);
        if schema.classifies() {
            return match schema.inputs.iter().any(|f| readable(f.kind)) {
                true => Ok(()),
                false => Err("no rule that people can read speaks of samples".to_string()),
            };
        }
        match (&schema.inputs[..], schema.output.kind) {
            ([input], Modality::Text) if text(input.kind) => Ok(()),
            _ => Err("its rules name classes, or rewrite one text as another".to_string()),
        }
    }
    fn settles(&self) -> bool {
        false // how sure its rewriting is, held-out examples say if there are any
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let found = if data.schema.classifies() {
            Found::List(List::find(data, effort)?)
        } else {
            let rewrite = Rewrite::find(data.examples, effort)?;
            let held = match data.held {
                [] => data.examples,
                held => held,
            };
            let right = held.iter().filter(|e| {
                let made = rewrite.apply(e.inputs[0].text().unwrap_or_default());
                made.is_some_and(|m| Some(&*m) == e.output.text())
            });
            let share = right.count() * data.examples.len() / held.len().max(1);
            let sureness = Sureness::new(share, data.examples, data.schema.ending());
            Found::Rewrite(rewrite, sureness)
        };
        Ok(Box::new(State {
            found,
            schema: data.schema.clone(),
        }))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        Ok(Box::new(State {
            found: of_bytes(saved)?,
            schema: schema.clone(),
        }))
    }
}

impl Trained for State {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        Ok(match &self.found {
            Found::List(list) => Answer::Class(list.answer(&self.schema, inputs).1),
            Found::Rewrite(rewrite, sureness) => {
                let text = inputs[0].text().unwrap_or_default();
                let made = rewrite.apply(text).unwrap_or_default().into_bytes();
                let model = sureness.model(&made, self.schema.ending());
                Answer::Written(Written {
                    made,
                    others: Vec::new(),
                    model: Some(model),
                })
            }
        })
    }
    fn save(&self) -> Result<Vec<u8>, Error> {
        to_bytes(&self.found)
    }
    fn config(&self) -> String {
        match &self.found {
            Found::List(list) => list.config(),
            Found::Rewrite(rewrite, _) => format!("rules={}", rewrite.len()),
        }
    }
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        Ok(match &self.found {
            Found::List(list) => {
                let (rule, p) = list.answer(&self.schema, inputs);
                let best = crate::blind::best(&p);
                let base = &list.base;
                let bits = best.map(|b| (p[b] / base[b].max(1e-9)).log2());
                vec![Evidence { what: rule, bits }]
            }
            Found::Rewrite(rewrite, _) => {
                let text = inputs[0].text().unwrap_or_default();
                let tell = |what| Evidence { what, bits: None };
                rewrite.tell(text).into_iter().map(tell).collect()
            }
        })
    }
}
