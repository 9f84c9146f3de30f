//! The modules that the user wrote, as a contestant.

use super::sure::Sureness;
use super::{find, of_bytes, to_bytes};
use crate::pipeline::{Cache, Known, Learned, Made, Module, ModuleKind, Steps};
use crate::{
    Answer, Contestant, Effort, Error, Evidence, Example, Family, Field, Modality, Schema, Trained,
    Training, Value, Written,
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
    fn train(&self, data: &Training, effort: &Effort) -> Result<Box<dyn Trained>, Error> {
        let mut state = State {
            steps: Steps::new(&self.modules, &field_names(data.schema))?,
            schema: data.schema.clone(),
            prior: prior(data),
            sureness: Sureness::new(0, &[], None),
        };
        for at in 0..self.modules.len() {
            if self.modules[at].kind == ModuleKind::Learned {
                effort.go_on()?;
                let learned = learn(at, &mut state.steps, data, effort)?;
                state
                    .steps
                    .learned
                    .insert(self.modules[at].name.clone(), learned);
            }
        }
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
            let learned = Learned {
                contestant,
                schema,
                trained,
            };
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

/// Trains the learned step at `at`.
fn learn(at: usize, steps: &mut Steps, data: &Training, effort: &Effort) -> Result<Learned, Error> {
    let module = steps.modules()[at].clone();
    let name = module.contestant.clone().unwrap_or_default();
    let contestant = find(&name)?;
    let field = |name: &String, kind| Field {
        field: name.clone(),
        kind,
    };
    let from = steps.from(at).to_vec();
    let example = |given: Vec<Made>, output: Value| Example {
        id: String::new(),
        inputs: given
            .into_iter()
            .map(|g| g.map_or(Value::Missing, Value::Text))
            .collect(),
        output,
        key: None,
    };
    let mut examples = Vec::new();
    if module.tests.is_empty() {
        for e in data.examples {
            effort.go_on()?;
            let known = known(&data.schema.inputs, &e.inputs);
            let done = steps.up_to(at, known)?;
            let given = from.iter().map(|name| done.get(name)).collect();
            examples.push(example(given, e.output.clone()));
        }
    } else {
        examples.extend(module.tests.iter().map(|test| {
            let given = test.given.iter().cloned().map(Some).collect();
            example(given, Value::Text(test.gives.clone().unwrap_or_default()))
        }));
    }
    let output = match module.tests.is_empty() {
        true => data.schema.output.clone(),
        false => field(&module.name, Modality::Category),
    };
    let mut labels: Vec<String> = match output.kind {
        Modality::Category => examples
            .iter()
            .filter_map(|e| e.output.text().map(str::to_string))
            .collect(),
        _ => Vec::new(),
    };
    labels.sort();
    labels.dedup();
    let schema = Schema {
        inputs: from
            .iter()
            .map(|name| field(name, Modality::Text))
            .collect(),
        output,
        labels,
    };
    contestant.suits(&schema).map_err(|why| {
        Error::Usage(format!(
            "module {:?}: {name} cannot learn this: {why}",
            module.name
        ))
    })?;
    let held = (examples.len() / 10).min(1000);
    let training = Training {
        schema: &schema,
        examples: &examples[held..],
        held: &examples[..held],
        unlabelled: &[],
        seed: data.seed,
    };
    let inner = Effort {
        like: None,
        ..*effort
    };
    let trained = contestant.train(&training, &inner)?;
    Ok(Learned {
        contestant: name,
        schema,
        trained,
    })
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

/// The fields of an example, for modules.
pub(crate) fn known(fields: &[Field], inputs: &[Value]) -> Known {
    let mut known = Known::default();
    for (field, value) in fields.iter().zip(inputs) {
        let text = match value {
            Value::Text(text) => Some(text.clone()),
            Value::Number(n) => Some(n.to_string()),
            Value::Missing | Value::Blob(_) => None,
        };
        known.set(&field.field, text);
    }
    known
}

impl State {
    /// What the last module makes.
    fn made(&mut self, inputs: &[Value]) -> Result<Made, Error> {
        let steps = self
            .steps
            .run(known(&self.schema.inputs, inputs), &mut Cache::default())?;
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
        format!("modules={}", self.steps.modules().len())
    }
    fn evidence(&mut self, inputs: &[Value]) -> Result<Vec<Evidence>, Error> {
        let steps = self
            .steps
            .run(known(&self.schema.inputs, inputs), &mut Cache::default())?;
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
