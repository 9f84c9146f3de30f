//! Learned steps: a contestant inside a pipeline, that learns from a module's tests or else from the
//! task's examples, as the modules before it leave them.

use super::{Cache, Known, Made, ModuleKind, Steps};
use crate::contestants::find;
use crate::{
    Answer, Effort, Error, Example, Field, Modality, Schema, Trained, Training, Value, value,
};
use std::collections::BTreeMap;

/// What a learned step has learnt.
pub(crate) struct Learned {
    pub(crate) contestant: String,
    pub(crate) schema: Schema,
    pub(crate) trained: Box<dyn Trained>,
    /// A hash of what it has learnt.
    pub(crate) name: String,
}

impl Learned {
    pub(crate) fn new(
        contestant: String,
        schema: Schema,
        trained: Box<dyn Trained>,
    ) -> Result<Learned, Error> {
        Ok(Learned {
            name: blake3::hash(&trained.save()?).to_hex()[..32].to_string(),
            contestant,
            schema,
            trained,
        })
    }

    /// What it chose, each setting behind the step's name: `,step.key=value`.
    pub(crate) fn config(&self, step: &str) -> String {
        let config = self.trained.config();
        let settings = config.split(',').filter(|setting| !setting.is_empty());
        settings
            .map(|setting| format!(",{step}.{setting}"))
            .collect()
    }

    pub(crate) fn answer(&mut self, all: &[Made]) -> Result<Made, Error> {
        let inputs: Vec<Value> = self
            .schema
            .inputs
            .iter()
            .zip(all)
            .map(|(field, made)| match made {
                None => Value::Missing,
                Some(text) if field.kind == Modality::Number => {
                    text.trim().parse().map_or(Value::Missing, Value::Number)
                }
                Some(text) => Value::Text(text.clone()),
            })
            .collect();
        Ok(match self.trained.answer(&inputs)? {
            Answer::Class(p) => crate::blind::best(&p).map(|at| self.schema.labels[at].clone()),
            Answer::Number(n) => Some(n.to_string()),
            Answer::Written(w) => Some(String::from_utf8_lossy(&w.made).into_owned()),
        })
    }
}

/// Trains the learned steps in turn. What one has learnt before, of the same, is taken from `cache`,
/// which forgets what was not asked for.
pub(crate) fn learn(
    steps: &mut Steps,
    data: &Training,
    effort: &Effort,
    cache: &mut Cache,
) -> Result<(), Error> {
    let before = std::mem::take(&mut cache.learned);
    for at in 0..steps.modules().len() {
        if steps.modules()[at].kind == ModuleKind::Learned {
            effort.go_on()?;
            let (key, learned) = one(at, steps, data, effort, &before)?;
            cache.learned.insert(key, learned.trained.save()?);
            let name = steps.modules()[at].name.clone();
            steps.learned.insert(name, learned);
        }
    }
    Ok(())
}

/// The learned step at `at`, and a name for all that it is made of.
fn one(
    at: usize,
    steps: &mut Steps,
    data: &Training,
    effort: &Effort,
    before: &BTreeMap<String, Vec<u8>>,
) -> Result<(String, Learned), Error> {
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
            let known = Known::of(&data.schema.inputs, &e.inputs);
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
    let mut hasher = blake3::Hasher::new();
    hasher.update(&serde_json::to_vec(&(&module, &schema, data.seed)).unwrap_or_default());
    hasher.update(value::name(&examples).as_bytes());
    let key = hasher.finalize().to_hex()[..32].to_string();
    if let Some(saved) = before.get(&key).filter(|_| effort.like.is_none())
        && let Ok(trained) = contestant.load(saved, &schema)
    {
        return Ok((key, Learned::new(name, schema, trained)?));
    }
    let like = effort.like.map(|config| told(config, &module.name));
    let held = (examples.len() / 10).min(1000);
    let training = Training {
        schema: &schema,
        examples: &examples[held..],
        held: if like.is_none() {
            &examples[..held]
        } else {
            &[]
        },
        unlabelled: &[],
        seed: data.seed,
    };
    let effort = Effort {
        like: like.as_deref(),
        ..*effort
    };
    let trained = contestant.train(&training, &effort)?;
    Ok((key, Learned::new(name, schema, trained)?))
}

/// What `config` says of the step `name`.
fn told(config: &str, name: &str) -> String {
    let own = config.split(',').filter_map(|setting| {
        let setting = setting.strip_prefix(name)?;
        setting.strip_prefix('.')
    });
    own.collect::<Vec<_>>().join(",")
}
