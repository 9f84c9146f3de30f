//! Decision lists: the first rule that applies answers (Rivest, *Learning decision lists*, 1987).
//! Rules are taken one by one, each time the one that shortens the description of the labels most.

use crate::contestants::parts;
use crate::{Effort, Error, Modality, Schema, Training, Value};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// When a rule applies.
#[derive(Clone, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub(super) enum When {
    /// The text in a field has this word.
    Has(usize, String),
    /// The field says this.
    Is(usize, String),
    /// The field's number is below this.
    Below(usize, f64),
    /// The field's number is at least this.
    AtLeast(usize, f64),
}

/// A decision list.
#[derive(Serialize, Deserialize)]
pub(super) struct List {
    rules: Vec<(When, Vec<u32>)>,
    /// How often each label came where no rule applied.
    rest: Vec<u32>,
    /// The labels' shares among all.
    pub(super) base: Vec<f64>,
    /// Whether there may be more rules to find.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    cut_short: bool,
}

/// Rules at most: a list that people would read.
const MOST: usize = 64;
/// Words that rules may ask for: the most frequent ones.
const WORDS: usize = 4000;
/// Examples that rules are found from.
const LEARNT: usize = 20_000;
/// Places where a number's range is cut.
const CUTS: usize = 24;

impl List {
    pub(super) fn find(data: &Training, effort: &Effort) -> Result<List, Error> {
        let schema = data.schema;
        let examples = &data.examples[..data.examples.len().min(LEARNT)];
        let labels = schema.labels.len();
        let label: Vec<usize> = examples
            .iter()
            .map(|e| e.output.text().and_then(|t| schema.label(t)).unwrap_or(0))
            .collect();
        let whens = candidates(schema, examples.iter().map(|e| &e.inputs[..]));
        // For each example, the rules that could apply.
        let words: BTreeMap<(usize, &str), usize> = whens
            .iter()
            .enumerate()
            .filter_map(|(i, when)| match when {
                When::Has(field, word) => Some(((*field, word.as_str()), i)),
                _ => None,
            })
            .collect();
        let others: Vec<usize> = (0..whens.len())
            .filter(|i| !matches!(whens[*i], When::Has(..)))
            .collect();
        let mut apply: Vec<Vec<u32>> = vec![Vec::new(); examples.len()];
        for (example, apply) in examples.iter().zip(&mut apply) {
            for (field, value) in example.inputs.iter().enumerate() {
                for word in words_of(value, schema.inputs[field].kind) {
                    apply.extend(words.get(&(field, word.as_str())).map(|i| *i as u32));
                }
            }
            let fit = others
                .iter()
                .filter(|i| whens[**i].fits(&example.inputs, &schema.inputs));
            apply.extend(fit.map(|i| *i as u32));
        }
        let mut left: Vec<usize> = (0..examples.len()).collect();
        let mut list = List {
            rules: Vec::new(),
            rest: count(&left, &label, labels),
            base: Vec::new(),
            cut_short: false,
        };
        let all: f64 = list.rest.iter().map(|c| f64::from(*c) + 0.5).sum();
        list.base = list
            .rest
            .iter()
            .map(|c| (f64::from(*c) + 0.5) / all)
            .collect();
        // A rule's own length: which one it is.
        let price = (whens.len().max(2) as f64).log2() + 1.0;
        let most = parts::setting(effort.like.unwrap_or_default(), "most").unwrap_or(MOST);
        loop {
            effort.go_on()?;
            list.cut_short = list.rules.len() >= most || effort.over();
            if list.cut_short {
                break;
            }
            let total = list.rest.clone();
            let mut covered = vec![0u32; whens.len() * labels];
            for &i in &left {
                for &when in &apply[i] {
                    covered[when as usize * labels + label[i]] += 1;
                }
            }
            let before = length(&total);
            let gain = |when: usize| {
                let inside = &covered[when * labels..][..labels];
                let outside: Vec<u32> = total.iter().zip(inside).map(|(a, b)| a - b).collect();
                before - length(inside) - length(&outside) - price
            };
            let best = (0..whens.len())
                .map(|when| (when, gain(when)))
                .max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0)));
            let Some((best, _)) = best.filter(|(_, gain)| *gain > 0.0) else {
                break;
            };
            let inside = covered[best * labels..][..labels].to_vec();
            list.rules.push((whens[best].clone(), inside));
            left.retain(|i| !apply[*i].contains(&(best as u32)));
            list.rest = count(&left, &label, labels);
        }
        Ok(list)
    }

    /// The rule that answers, and the probabilities of the labels.
    pub(super) fn answer(&self, schema: &Schema, inputs: &[Value]) -> (String, Vec<f64>) {
        let fit = self
            .rules
            .iter()
            .find(|(when, _)| when.fits(inputs, &schema.inputs));
        let (rule, counts) = match fit {
            Some((when, counts)) => (when.tell(schema), counts),
            None => ("no rule applies".to_string(), &self.rest),
        };
        // The labels' shares stand in for one example: rules of few are not too sure.
        let sum: f64 = counts.iter().map(|c| f64::from(*c)).sum::<f64>() + 1.0;
        let p = counts
            .iter()
            .zip(&self.base)
            .map(|(c, b)| (f64::from(*c) + b) / sum);
        (rule, p.collect())
    }

    /// How many rules there are, and that no more were looked for.
    pub(super) fn config(&self) -> String {
        let rules = self.rules.len();
        match self.cut_short {
            true => format!("rules={rules},most={rules}"),
            false => format!("rules={rules}"),
        }
    }
}

impl When {
    fn fits(&self, inputs: &[Value], fields: &[crate::Field]) -> bool {
        match self {
            When::Has(at, word) => words_of(&inputs[*at], fields[*at].kind).contains(word),
            When::Is(at, text) => inputs[*at].text() == Some(text),
            When::Below(at, cut) => inputs[*at].number().is_some_and(|n| n < *cut),
            When::AtLeast(at, cut) => inputs[*at].number().is_some_and(|n| n >= *cut),
        }
    }

    fn tell(&self, schema: &Schema) -> String {
        let name = |at: &usize| schema.inputs[*at].field.as_str();
        match self {
            When::Has(at, word) => format!("{} has {word:?}", name(at)),
            When::Is(at, text) => format!("{} is {text:?}", name(at)),
            When::Below(at, cut) => format!("{} is below {cut}", name(at)),
            When::AtLeast(at, cut) => format!("{} is at least {cut}", name(at)),
        }
    }
}

/// All conditions that rules may have.
fn candidates<'a>(schema: &Schema, rows: impl Iterator<Item = &'a [Value]>) -> Vec<When> {
    let mut words: Vec<BTreeMap<String, usize>> = vec![BTreeMap::new(); schema.inputs.len()];
    let mut numbers: Vec<Vec<f64>> = vec![Vec::new(); schema.inputs.len()];
    for row in rows {
        for (at, value) in row.iter().enumerate() {
            match (schema.inputs[at].kind, value) {
                (Modality::Number, Value::Number(n)) => numbers[at].push(*n),
                (kind, value) => {
                    for word in words_of(value, kind) {
                        *words[at].entry(word).or_default() += 1;
                    }
                }
            }
        }
    }
    let mut whens = Vec::new();
    for (at, (words, mut numbers)) in words.into_iter().zip(numbers).enumerate() {
        let mut often: Vec<(String, usize)> = words.into_iter().filter(|(_, n)| *n >= 3).collect();
        often.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let category = schema.inputs[at].kind == Modality::Category;
        whens.extend(
            often
                .into_iter()
                .take(WORDS)
                .map(|(word, _)| match category {
                    true => When::Is(at, word),
                    false => When::Has(at, word),
                }),
        );
        numbers.sort_by(f64::total_cmp);
        let mut cuts: Vec<f64> = (1..CUTS)
            .filter_map(|i| numbers.get(i * numbers.len() / CUTS).copied())
            .collect();
        cuts.dedup();
        whens.extend(
            cuts.iter()
                .flat_map(|c| [When::Below(at, *c), When::AtLeast(at, *c)]),
        );
    }
    whens
}

/// The words of a value, each once; a category is one word, a letter of a script without spaces
/// and a pair of them are words.
fn words_of(value: &Value, kind: Modality) -> BTreeSet<String> {
    let Some(text) = value.text() else {
        return BTreeSet::new();
    };
    if kind == Modality::Category {
        return BTreeSet::from([text.to_string()]);
    }
    let lower = text.to_lowercase();
    let mut words: BTreeSet<String> = lower
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && w.is_ascii())
        .map(str::to_string)
        .collect();
    let letters: Vec<char> = lower
        .chars()
        .filter(|c| c.is_alphanumeric() && !c.is_ascii())
        .collect();
    words.extend(letters.windows(2).map(|w| w.iter().collect::<String>()));
    words
}

fn count(left: &[usize], label: &[usize], labels: usize) -> Vec<u32> {
    let mut counts = vec![0; labels];
    for i in left {
        counts[label[*i]] += 1;
    }
    counts
}

/// Bits of labels that come so often: their entropy, and half a logarithm for each share that has
/// to be said (Rissanen 1983).
fn length(counts: &[u32]) -> f64 {
    let n: f64 = counts.iter().map(|c| f64::from(*c)).sum();
    if n == 0.0 {
        return 0.0;
    }
    let present = counts.iter().filter(|c| **c > 0).map(|c| f64::from(*c));
    let entropy: f64 = present.clone().map(|c| c * (n / c).log2()).sum();
    entropy + 0.5 * present.count() as f64 * (n + 1.0).log2()
}
