//! Modules at work.

use super::{Cache, Known, Learned, Made, Module, ModuleKind, TraceStep};
use crate::Error;
use crate::contestants::find;
use jiff::civil::Date;
use regex::Regex;
use rhai::{Dynamic, Engine, Scope};
use std::collections::BTreeMap;

/// Modules, ready to run.
pub struct Steps {
    modules: Vec<Module>,
    /// What each is given.
    from: Vec<Vec<String>>,
    patterns: Vec<Option<Regex>>,
    /// What learned steps have learnt.
    pub(crate) learned: BTreeMap<String, Learned>,
}

/// Steps of a script: enough for texts, and an end to one that runs in circles.
const OPERATIONS: u64 = 1_000_000;

thread_local! {
    // One a thread: it cannot be sent to another, and takes a while to make.
    static ENGINE: Engine = engine();
}

/// An interpreter without access to files, that gives up on what runs in circles.
fn engine() -> Engine {
    let mut engine = Engine::new_raw();
    rhai::packages::Package::register_into_engine(
        &rhai::packages::StandardPackage::new(),
        &mut engine,
    );
    engine.set_max_operations(OPERATIONS);
    engine.set_max_string_size(1 << 20);
    engine.set_max_array_size(1 << 16);
    engine
}

impl Steps {
    /// Checks the modules: names, what they refer to, patterns, and their tests.
    pub fn new(modules: &[Module], fields: &[String]) -> Result<Steps, Error> {
        let mut steps = Steps {
            modules: modules.to_vec(),
            from: Vec::new(),
            patterns: Vec::new(),
            learned: BTreeMap::new(),
        };
        let mut known: Vec<String> = fields.to_vec();
        for (i, module) in modules.iter().enumerate() {
            let wrong = |what: String| Error::Usage(format!("module {:?}: {what}", module.name));
            if known.contains(&module.name) {
                return Err(wrong(
                    "there is a field or module of this name already".into(),
                ));
            }
            let before = match i {
                0 => fields.first(),
                _ => modules.get(i - 1).map(|m| &m.name),
            };
            let from = match (&module.from[..], before) {
                ([], Some(before)) if module.kind != ModuleKind::Join => vec![before.clone()],
                _ => module.from.clone(),
            };
            let from = match module.kind {
                ModuleKind::Join => names(module.template.as_deref().unwrap_or_default()),
                _ => from,
            };
            for name in &from {
                if !known.contains(name) {
                    let what = format!("{name:?} is no field and no module before it; there are ");
                    return Err(wrong(format!("{what}{}", known.join(", "))));
                }
            }
            let pattern = module.pattern.as_deref().map(Regex::new).transpose();
            let pattern = pattern.map_err(|e| wrong(e.to_string()))?;
            complete(module, &pattern).map_err(wrong)?;
            known.push(module.name.clone());
            if let Some(pattern) = pattern.iter().find(|_| module.kind == ModuleKind::Capture) {
                let groups = pattern.capture_names().flatten();
                known.extend(groups.map(|g| format!("{}.{g}", module.name)));
            }
            steps.from.push(from);
            steps.patterns.push(pattern);
            if module.kind != ModuleKind::Learned {
                steps.test(i)?;
            }
        }
        Ok(steps)
    }

    /// The modules.
    pub fn modules(&self) -> &[Module] {
        &self.modules
    }

    /// What a module is given.
    pub(crate) fn from(&self, at: usize) -> &[String] {
        &self.from[at]
    }

    /// Tries the examples that a module came with.
    fn test(&mut self, at: usize) -> Result<(), Error> {
        let module = self.modules[at].clone();
        for test in &module.tests {
            let mut known = Known::default();
            for (name, given) in self.from[at].iter().zip(&test.given) {
                known.set(name, Some(given.clone()));
            }
            let made = self.one(at, &known)?;
            let made = made[0].1.clone();
            if made != test.gives {
                let show =
                    |made: &Made| made.as_ref().map_or("nothing".into(), |m| format!("{m:?}"));
                return Err(Error::Usage(format!(
                    "module {:?} fails its test: of {:?} it makes {}, not {}",
                    module.name,
                    test.given.join(", "),
                    show(&made),
                    show(&test.gives)
                )));
            }
        }
        Ok(())
    }

    /// Runs all modules on one example; what is in the cache is taken from there.
    pub fn run(&mut self, mut known: Known, cache: &mut Cache) -> Result<Vec<TraceStep>, Error> {
        let mut steps = Vec::new();
        for at in 0..self.modules.len() {
            let given: Vec<(String, Made)> = self.from[at]
                .iter()
                .map(|name| (name.clone(), known.get(name)))
                .collect();
            let key = self.key(at, &given);
            let (made, kept) = match cache.get(&key) {
                Some(made) => (made.clone(), true),
                None => {
                    let made = self.one(at, &known)?;
                    cache.put(key, made.clone());
                    (made, false)
                }
            };
            for (name, made) in &made {
                known.set(name, made.clone());
            }
            steps.push(TraceStep {
                module: self.modules[at].name.clone(),
                given,
                made,
                kept,
            });
        }
        Ok(steps)
    }

    /// What is known of an example before the module at `end` runs.
    pub(crate) fn up_to(&mut self, end: usize, mut known: Known) -> Result<Known, Error> {
        for at in 0..end {
            for (name, made) in self.one(at, &known)? {
                known.set(&name, made);
            }
        }
        Ok(known)
    }

    /// A hash of a module and of what it is given.
    fn key(&self, at: usize, given: &[(String, Made)]) -> String {
        let module = &self.modules[at];
        let mut hasher = blake3::Hasher::new();
        hasher.update(&serde_json::to_vec(&(module, given)).unwrap_or_default());
        if let Some(learned) = self.learned.get(&module.name) {
            hasher.update(learned.name.as_bytes());
        }
        hasher.finalize().to_hex()[..32].to_string()
    }

    /// What one module makes: itself first, then the parts that it names.
    pub(crate) fn one(&mut self, at: usize, known: &Known) -> Result<Vec<(String, Made)>, Error> {
        use ModuleKind as K;
        let module = &self.modules[at];
        let from = &self.from[at];
        let all: Vec<Made> = from.iter().map(|name| known.get(name)).collect();
        let text = all.first().cloned().flatten();
        let mut parts = Vec::new();
        let made = match module.kind {
            K::Capture => {
                let pattern = self.patterns[at].as_ref().expect("checked");
                let found = text.as_deref().and_then(|t| pattern.captures(t));
                for group in pattern.capture_names().flatten() {
                    let part = found.as_ref().and_then(|f| f.name(group));
                    let part = part.map(|p| p.as_str().to_string());
                    parts.push((format!("{}.{group}", module.name), part));
                }
                found.map(|f| f[0].to_string())
            }
            K::Replace => {
                let pattern = self.patterns[at].as_ref().expect("checked");
                let with = module.with.as_deref().unwrap_or_default();
                text.map(|t| pattern.replace_all(&t, with).into_owned())
            }
            K::Lookup => text.and_then(|t| {
                let found = module.table.get(&t).or(module.otherwise.as_ref());
                found.cloned()
            }),
            K::Arithmetic | K::Script => match all.iter().all(Option::is_some) {
                true => Self::script(module, from, &all),
                false => None,
            },
            K::Join => fill(module.template.as_deref().unwrap_or_default(), known),
            K::Split => text.and_then(|t| {
                let parts: Vec<&str> = t.split(module.by.as_deref().unwrap_or(" ")).collect();
                let at = module.at.unwrap_or(0);
                let at = if at < 0 { parts.len() as i64 + at } else { at };
                parts.get(usize::try_from(at).ok()?).map(|p| p.to_string())
            }),
            K::Trim => text.map(|t| t.trim().to_string()),
            K::Lower => text.map(|t| t.to_lowercase()),
            K::Upper => text.map(|t| t.to_uppercase()),
            K::Title => text.map(|t| title(&t)),
            K::Date => text.and_then(|t| {
                let read = module
                    .read
                    .iter()
                    .find_map(|form| Date::strptime(form, t.trim()).ok());
                let write = module.write.as_deref().unwrap_or("%Y-%m-%d");
                read.map(|date| date.strftime(write).to_string())
            }),
            K::First => all.into_iter().flatten().next(),
            K::Learned => {
                let Some(learned) = self.learned.get_mut(&module.name) else {
                    return Err(Error::Usage(format!(
                        "module {:?} has not learnt",
                        module.name
                    )));
                };
                learned.answer(&all)?
            }
        };
        parts.insert(0, (module.name.clone(), made));
        Ok(parts)
    }

    /// Runs an expression or a script. What it is given goes by the name, dots as `_`; numbers as
    /// numbers in arithmetic. A script that fails makes nothing.
    fn script(module: &Module, from: &[String], all: &[Made]) -> Made {
        let mut scope = Scope::new();
        for (name, made) in from.iter().zip(all) {
            let text = made.clone().unwrap_or_default();
            let name = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
            match module.kind {
                ModuleKind::Arithmetic => match text.trim().parse::<f64>() {
                    Ok(number) => scope.push(name, number),
                    Err(_) => return None,
                },
                _ => scope.push(name, text),
            };
        }
        let code = module.code.as_deref().unwrap_or_default();
        let made = ENGINE.with(|engine| engine.eval_with_scope::<Dynamic>(&mut scope, code));
        made.ok()
            .filter(|made| !made.is_unit())
            .map(|made| match made.as_float() {
                // 3 rather than 3.0; and no minus before a nought.
                Ok(number) => (number + 0.0).to_string(),
                Err(_) => made.to_string(),
            })
    }
}

/// Whether a module has all that its kind needs.
fn complete(module: &Module, pattern: &Option<Regex>) -> Result<(), String> {
    use ModuleKind as K;
    let needs = |there: bool, what: &str| match there {
        true => Ok(()),
        false => Err(format!("it needs {what}")),
    };
    match module.kind {
        K::Capture => needs(pattern.is_some(), "pattern"),
        K::Replace => {
            needs(pattern.is_some(), "pattern")?;
            needs(module.with.is_some(), "with")
        }
        K::Lookup => needs(!module.table.is_empty(), "table, or file"),
        K::Arithmetic | K::Script => {
            let code = module.code.as_deref().ok_or("it needs code")?;
            let compiled = ENGINE.with(|engine| engine.compile(code));
            compiled.map(|_| ()).map_err(|e| format!("code: {e}"))
        }
        K::Join => needs(module.template.is_some(), "template"),
        K::Split => needs(module.by.as_ref().is_some_and(|b| !b.is_empty()), "by"),
        K::Date => needs(
            !module.read.is_empty() && module.write.is_some(),
            "read and write",
        ),
        K::Learned => {
            let name = module.contestant.as_deref().ok_or("it needs contestant")?;
            needs(
                find(name).is_ok() && name != "pipeline",
                "a contestant that there is",
            )
        }
        K::First | K::Trim | K::Lower | K::Upper | K::Title => Ok(()),
    }
}

/// The names in a template.
fn names(template: &str) -> Vec<String> {
    let inside = template
        .split('{')
        .skip(1)
        .filter_map(|part| part.split_once('}'));
    inside
        .map(|(name, _)| name.split(':').next().unwrap_or(name).to_string())
        .collect()
}

/// A template with its names filled in; nothing if one of them is nothing.
fn fill(template: &str, known: &Known) -> Made {
    let mut parts = template.split('{');
    let mut out = parts.next()?.to_string();
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        let (name, form) = name.split_once(':').unwrap_or((name, ""));
        let text = known.get(name)?;
        let width = form.trim_start_matches('0').parse().unwrap_or(0);
        match form.starts_with('0') {
            true => out.extend(std::iter::repeat_n(
                '0',
                usize::saturating_sub(width, text.len()),
            )),
            false => out.extend(std::iter::repeat_n(
                ' ',
                usize::saturating_sub(width, text.len()),
            )),
        }
        out += &text;
        out += rest;
    }
    Some(out)
}

fn title(text: &str) -> String {
    let mut start = true;
    let letters = text.chars().flat_map(|c| {
        let now = std::mem::replace(&mut start, !c.is_alphanumeric());
        match now {
            true => c.to_uppercase().collect::<Vec<_>>(),
            false => c.to_lowercase().collect(),
        }
    });
    letters.collect()
}
