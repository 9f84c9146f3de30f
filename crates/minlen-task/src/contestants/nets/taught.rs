//! Nets that have learnt a task.

use super::base;
use crate::contestants::parts;
use crate::contestants::script::Script;
use crate::contestants::search::{Form, write};
use crate::{Answer, Error, Schema, Trained, Value, Written};
use minlen::Limits;
use minlen_core::{Model, Teacher, run};
use minlen_neural::{LowRank, Net as Ready, Shape, Stream, Streams, Weights};
use std::sync::Arc;

/// Beginnings that are held side by side when a text of at most so many bytes is written.
const BEAM: usize = 3;
const BEAM_TEXT: usize = 300;

/// What [`Taught::save`](Trained::save) wrote.
pub(crate) fn load(saved: &[u8], schema: &Schema) -> Result<Box<dyn Trained>, Error> {
    let ((mut script, config), parts): ((Script, String), _) = parts::part(saved)?;
    let [weights] = parts.as_slice() else {
        return Err(parts::damaged());
    };
    script.schema = schema.clone();
    if let Some(changes) = weights.strip_prefix(CHANGES) {
        let (shape, base) = base()?;
        let changes = LowRank::read(changes, &shape, &Limits::default())?;
        return Ok(Box::new(Taught::changed(
            script,
            (&shape, &base),
            changes,
            config,
        )?));
    }
    let weights = Weights::read(weights, &Limits::default())?;
    Ok(Box::new(Taught::new(script, weights, config)))
}

/// A net that has learnt.
pub(crate) struct Taught {
    script: Script,
    net: Arc<Ready>,
    /// What of the net is its own: all weights, or what it changed of the base.
    own: Vec<u8>,
    config: String,
}

/// What is before changes of the base; weights never begin so.
const CHANGES: &[u8] = b"changes of the base: ";

impl Taught {
    pub(crate) fn new(script: Script, weights: Weights, config: String) -> Taught {
        Taught {
            net: Arc::new(Ready::new(&weights)),
            own: weights.write(),
            script,
            config,
        }
    }

    /// The base, changed.
    pub(crate) fn changed(
        script: Script,
        (shape, base): (&Shape, &[f32]),
        changes: LowRank,
        config: String,
    ) -> Result<Taught, Error> {
        let weights = changes.of(&Weights::quantise(shape, base)?)?;
        Ok(Taught {
            own: [CHANGES, &changes.write()].concat(),
            ..Taught::new(script, weights, config)
        })
    }

    /// A probability for each label: what the net holds for those symbols, as shares of all that
    /// stand for labels.
    fn shares(&self, streams: &mut Streams) -> Vec<f64> {
        let labels = self.script.schema.labels.len();
        let first = streams.logits(0).map(f64::from);
        if labels <= 256 {
            return softmax(&first[..labels]);
        }
        let high = softmax(&first[..labels.div_ceil(256)]);
        let mut shares = Vec::with_capacity(labels);
        for (symbol, share) in (0u8..).zip(high) {
            let mut inner = streams.copies(0, 1);
            inner.update(0, symbol);
            let low = inner.logits(0).map(f64::from);
            let here = (labels - shares.len()).min(256);
            shares.extend(softmax(&low[..here]).iter().map(|p| share * p));
        }
        shares
    }
}

/// Probabilities of logits.
pub(crate) fn softmax(logits: &[f64]) -> Vec<f64> {
    let most = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let parts: Vec<f64> = logits.iter().map(|x| (x - most).exp()).collect();
    let sum: f64 = parts.iter().sum();
    parts.iter().map(|p| p / sum).collect()
}

impl Trained for Taught {
    fn answer(&mut self, inputs: &[Value]) -> Result<Answer, Error> {
        let prompt = self.script.prompt(inputs);
        if self.script.schema.classifies() {
            let mut streams = Streams::new(self.net.clone(), 1);
            for symbol in prompt {
                streams.update(0, symbol);
            }
            return Ok(Answer::Class(self.shares(&mut streams)));
        }
        let mut model = Stream::new(self.net.clone());
        run(&mut model, &mut Teacher::new(&prompt));
        let form = Form::of(&self.script);
        let width = match form {
            Form::Text(most) if most <= BEAM_TEXT => BEAM,
            _ => 1,
        };
        let written = write(&mut *model.fork(), form, width);
        Ok(Answer::Written(Written::of(written, Some(Box::new(model)))))
    }

    fn save(&self) -> Result<Vec<u8>, Error> {
        let head = (&self.script, &self.config);
        parts::join(&head, std::slice::from_ref(&self.own))
    }

    fn config(&self) -> String {
        self.config.clone()
    }
}
