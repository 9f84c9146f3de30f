//! The modules that the user wrote, as a contestant.

use super::sure::Sureness;
use super::{find, of_bytes, to_bytes};
use crate::pipeline::{Cache, Known, Learned, Made, Module, Steps, learn};
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Family, Modality, Schema, Trained, Training,
    Value, Written,
};
use serde::{Deserialize, Serialize};

/// The pipeline of a task; without modules it only loads what one with modules has saved.
#[derive(Default)]
pub struct Pipeline {
    modules: Vec<Module>,
}

impl Pipeline {
    /// Of these modules.
    pub const fn new(modules: Vec<Module>) -> Pipeline {
        Pipeline { modules }
    }
}

impl Contestant for Pipeline {
    fn name(&self) -> &'static str {
        "pipeline"
    }
    fn summary(&self) -> &'static str {
        "the modules that task.toml has under [[pipeline]]"
    }
    fn family(&self) -> Family {
        Family::Symbolic
    }
    fn suits(&self, schema: &Schema) -> Result<(), String> {
        if self.modules.is_empty() {
            return Err("task.toml has no [[pipeline]]".to_string());
        }
        match schema.output.kind {
            Modality::Image { .. } | Modality::Sound { .. } => {
                Err("its modules make text".to_string())
            }
            _ => Ok(()),
        }
    }
    fn settles(&self) -> bool {
        let mut who = self.modules.iter().filter_map(|m| m.contestant.as_deref());
        who.all(|name| find(name).is_ok_and(|c| c.settles()))
    }
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let mut state = State {
            steps: Steps::new(&self.modules, &field_names(data.schema))?,
            schema: data.schema.clone(),
            prior: prior(data),
            sureness: Sureness::new(0, &[], None),
        };
        learn(&mut state.steps, data, effort, &mut Cache::default())?;
        // How often it is right says how sure it may be.
        let mut right = 0;
        for example in data.examples {
            effort.go_on()?;
            let made = state.made(&example.inputs)?;
            right += usize::from(made.is_some_and(|m| m.as_bytes() == example.output.bytes()));
        }
        state.sureness = Sureness::new(right, data.examples, data.schema.ending());
        Ok(Box::new(state))
    }
    fn load(&self, saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
        let saved: Saved = of_bytes(saved)?;
        let mut steps = Steps::new(&saved.modules, &field_names(schema))?;
        for (name, contestant, schema, bytes) in saved.learned {
            let trained = find(&contestant)?.load(&bytes, &schema)?;
            let learned = Learned::new(contestant, schema, trained)?;
            steps.learned.insert(name, learned);
        }
        Ok(Box::new(State {
            steps,
            schema: schema.clone(),
            prior: saved.prior,
            sureness: saved.sureness,
        }))
    }
}

/// What it falls back to where the modules make nothing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Prior {
    /// Probabilities of labels.
    Class(Vec<f64>),
    /// The median.
    Number(f64),
    Text,
}

fn prior(data: &Training) -> Prior {
    let outputs = || data.examples.iter().map(|e| &e.output);
    if data.schema.classifies() {
        let mut counts = vec![0.5; data.schema.labels.len()];
        for label in outputs().filter_map(|o| data.schema.label(o.text()?)) {
            counts[label] += 1.0;
        }
        let sum: f64 = counts.iter().sum();
        return Prior::Class(counts.iter().map(|c| c / sum).collect());
    }
    if data.schema.writes() {
        return Prior::Text;
    }
    let mut numbers: Vec<f64> = outputs().filter_map(Value::number).collect();
    numbers.sort_by(f64::total_cmp);
    Prior::Number(numbers.get(numbers.len() / 2).copied().unwrap_or(0.0))
}

struct State {
    steps: Steps,
    schema: Schema,
    prior: Prior,
    sureness: Sureness,
}

/// As it is saved.
#[derive(Serialize, Deserialize)]
struct Saved {
    modules: Vec<Module>,
    learned: Vec<(String, String, Schema, Vec<u8>)>,
    prior: Prior,
    sureness: Sureness,
}

fn field_names(schema: &Schema) -> Vec<String> {
    schema.inputs.iter().map(|f| f.field.clone()).collect()
}

impl State {
    /// What the last module makes.
    fn made(&mut self, inputs: &[Value]) -> Result<Made, Error> {
        let steps = self.steps.run(
            Known::of(&self.schema.inputs, inputs),
            &mut Cache::default(),
        )?;
        Ok(steps.last().and_then(|s| s.made[0].1.clone()))
    }
}

impl Trained for State {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let made = self.made(inputs)?;
        Ok(match &self.prior {
            Prior::Class(prior) => {
                let mut p = prior.clone();
                if let Some(label) = made.and_then(|m| self.schema.label(&m)) {
                    // How sure it is, the fit of its confidence finds: only the order counts here.
                    p.iter_mut().for_each(|p| *p *= 0.1);
                    p[label] += 0.9;
                }
                Answer::Class(p)
            }
            Prior::Number(median) => {
                let number = made.and_then(|m| m.trim().parse().ok());
                Answer::Number(number.filter(|n: &f64| n.is_finite()).unwrap_or(*median))
            }
            Prior::Text => {
                let made = made.unwrap_or_default().into_bytes();
                let model = self.sureness.model(&made, self.schema.ending());
                Answer::Written(Written {
                    made,
                    others: Vec::new(),
                    model: Some(model),
                })
            }
        })
    }
    fn save(&self) -> Result<Vec<u8>, Error> {
        let learned = self.steps.learned.iter().map(|(name, l)| {
            let saved = l.trained.save()?;
            Ok((name.clone(), l.contestant.clone(), l.schema.clone(), saved))
        });
        to_bytes(&Saved {
            modules: self.steps.modules().to_vec(),
            learned: learned.collect::<Result<_, Error>>()?,
            prior: self.prior.clone(),
            sureness: self.sureness.clone(),
        })
    }
    fn config(&self) -> String {
        let modules = format!("modules={}", self.steps.modules().len());
        self.steps
            .learned
            .iter()
            .fold(modules, |all, (name, learned)| {
                format!("{all}{}", learned.config(name))
            })
    }
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let steps = self.steps.run(
            Known::of(&self.schema.inputs, inputs),
            &mut Cache::default(),
        )?;
        let tell = steps
            .iter()
            .flat_map(|s| &s.made)
            .map(|(name, made)| Evidence {
                what: match made {
                    Some(made) => format!("{name} = {made}"),
                    None => format!("{name}: nothing"),
                },
                bits: None,
            });
        Ok(tell.collect())
    }
}
