//! What a contest comes to, and where it is kept.

use super::{CurvePoint, Standing, keep};
use crate::{Check, Error, Metric, Schema, Task, data};
use serde::{Deserialize, Serialize};
use std::fs;
use std::path::Path;

/// What a contest comes to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The task's name.
    pub name: String,
    /// The task.
    pub task: Task,
    /// Its fields and labels.
    pub schema: Schema,
    /// The task's own measure.
    pub metric: Metric,
    /// Training examples.
    pub train: usize,
    /// Blind examples.
    pub blind: usize,
    /// Training examples left out because a blind one has the same inputs.
    pub copies: usize,
    /// Rows that were left out.
    pub skipped: usize,
    /// The blind set's name.
    pub blind_name: String,
    /// Looks at this blind set so far, those of earlier runs too.
    pub looks: u64,
    /// What could be said before any training.
    #[serde(default)]
    pub check: Option<Check>,
    /// Who took part, the best first.
    pub standings: Vec<Standing>,
    /// Who did not, and why.
    pub declined: Vec<(String, String)>,
    /// How contestants did after learning from fewer examples; empty unless asked for.
    pub curve: Vec<CurvePoint>,
    /// With which every blind share of right answers is right within ±, all at once, 19 times of
    /// 20 (Hoeffding, and a union bound over all looks).
    pub hoeffding: Option<f64>,
}

impl Outcome {
    /// The outcome of the last run, from the folder that it was kept in.
    pub fn load(out: &Path) -> Result<Outcome, Error> {
        let path = out.join("outcome.json");
        let bytes = match fs::read(&path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {
                return Err(Error::Usage(format!(
                    "{} is not there: `minlen task run` makes it",
                    path.display()
                )));
            }
            read => read.map_err(data::io("read", &path))?,
        };
        serde_json::from_slice(&bytes).map_err(|e| {
            let what = format!("it is no outcome of this version: {e}");
            Error::from(minlen::DataError::Damaged(what)).about(&path)
        })
    }

    /// Keeps it in the folder `out`.
    pub(super) fn save(&self, out: &Path) -> Result<(), Error> {
        let json = serde_json::to_vec_pretty(self).map_err(super::unwritten)?;
        keep(&out.join("outcome.json"), &json)
    }
}
