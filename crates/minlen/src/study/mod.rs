//! The main job: what is the shortest description of this data, by which family, and what does
//! that say about the data?

mod account;
mod contest;
mod inputs;
mod keep;
mod outcome;
mod places;
mod read;
mod reference;
mod trace;
mod types;
mod verdict;

pub use types::*;

use crate::setting::fitted;
use crate::{Error, Recipe, Setting, Shelf, Watch, registry};
use contest::{Contest, Runner};
use minlen_core::Family;
use reference::Reference;
use std::path::PathBuf;
use std::time::Instant;

/// How to study.
#[derive(Clone, Debug)]
pub struct StudyOptions {
    /// The models that take part beside `stored` and the references; empty: [`contestants`].
    pub models: Vec<Recipe>,
    /// Learnt models, which take part, too. What a file of them takes is not counted in the bits
    /// of what is studied: see [`Contestant::own_bytes`].
    pub shelf: Shelf,
    /// Memory that a model may take; its tables get the largest size that fits. Of the usual
    /// contestants, those that do not fit take no part. `None`: each as large as it usually is.
    pub memory: Option<u64>,
    /// Whether reference lines are drawn.
    pub references: bool,
    /// Contestants that run at the same time.
    pub threads: usize,
    /// The seed of intervals.
    pub seed: u64,
    /// How many files, the largest, get details.
    pub details: usize,
    /// A folder that is not studied, and not kept: the study's own output.
    pub except: Option<PathBuf>,
    /// Where to leave the best archive.
    pub keep: Option<PathBuf>,
}

impl Default for StudyOptions {
    /// All contestants, references, one thread, seed 1, details of 16 files, nothing kept.
    fn default() -> StudyOptions {
        StudyOptions {
            models: Vec::new(),
            shelf: Shelf::default(),
            memory: None,
            references: true,
            threads: 1,
            seed: 1,
            details: 16,
            except: None,
            keep: None,
        }
    }
}

/// The models that take part when none are named: of counting, the orders 0 to 3; of every other
/// family, the presets that its registry entry samples. Older models, which later ones have taken
/// the place of, take part only when named.
pub fn contestants() -> Vec<Recipe> {
    let mut recipes: Vec<Recipe> = Vec::new();
    for entry in registry::models().filter(|e| !registry::is_older(e)) {
        let settings: &[&str] = match entry.family {
            Family::Counting => &["0", "1", "2", "3"],
            Family::Stored => &[],
            // Four steps from fast to short tell enough: other presets lie between these.
            Family::Mixing => &["fast", "default", "strong", "max"],
            _ => entry.samples,
        };
        for settings in settings {
            // Tests run presets with small tables, `fast,12`: here with their own.
            let preset = settings.split(',').next().unwrap_or_default();
            let recipe = match preset {
                "" => entry.name.to_string(),
                preset => format!("{}:{preset}", entry.name),
            };
            recipes.extend(recipe.parse().ok().filter(|r| !recipes.contains(r)));
        }
    }
    recipes
}

/// Studies files and folders: measures every file under every contestant, in parallel, and says
/// what that means. Files that cannot be read, or that change meanwhile, are named in
/// [`Study::skipped`]; a path that does not exist is an error. The same data and options give the
/// same study, times apart.
pub fn study(paths: &[PathBuf], options: &StudyOptions, watch: &dyn Watch) -> Result<Study, Error> {
    let start = Instant::now();
    let (inputs, mut skipped) = inputs::find(paths, options.except.as_deref())?;
    let runners = runners(options)?;
    let contestants = runners
        .iter()
        .map(|runner| describe(runner, &options.shelf))
        .collect::<Result<Vec<_>, _>>()?;
    let contest = Contest::new(&inputs, &runners, &contestants, options);
    watch.expect(contest.work_bytes());
    let (files, mut failed) = contest.run(options.threads, watch)?;
    skipped.append(&mut failed);
    let total = outcome::total(&files, &contestants);
    let verdict = verdict::overall(&files, &contestants, &total);
    let mut study = Study {
        version: env!("CARGO_PKG_VERSION").into(),
        seed: options.seed,
        threads: options.threads as u64,
        seconds: 0.0,
        contestants,
        files,
        total,
        skipped,
        verdict,
        kept: None,
    };
    if let Some(place) = &options.keep {
        // `stored` wins on noise; any model's archive stores such blocks by itself.
        let best = match &runners[study.total.best as usize] {
            Runner::Model(recipe) => recipe.clone(),
            _ => "order:1".parse()?,
        };
        let except = options.except.as_deref();
        let setting = Setting::of(&best, &options.shelf)?;
        let kept = keep::keep(paths, except, setting, place, options.threads, watch)?;
        study.kept = Some(kept);
    }
    study.seconds = start.elapsed().as_secs_f64();
    Ok(study)
}

fn runners(options: &StudyOptions) -> Result<Vec<Runner>, Error> {
    let sized = |recipe: &Recipe| match options.memory {
        Some(bytes) => fitted(recipe, bytes),
        None => Ok(recipe.clone()),
    };
    let mut models: Vec<Recipe> = match options.models.as_slice() {
        [] => contestants().iter().flat_map(sized).collect(),
        models => models.iter().map(sized).collect::<Result<Vec<_>, _>>()?,
    };
    models.extend(options.shelf.models().map(|model| model.recipe()));
    if models.is_empty() {
        return Err(Error::Usage("no model fits in so little memory".into()));
    }
    let mut runners = vec![Runner::Stored];
    for recipe in models {
        let runner = Runner::Model(Setting::of(&recipe, &options.shelf)?.recipe);
        if !runners.contains(&runner) {
            runners.push(runner);
        }
    }
    if options.references {
        runners.extend(Reference::ALL.map(Runner::Reference));
    }
    Ok(runners)
}

fn describe(runner: &Runner, shelf: &Shelf) -> Result<Contestant, Error> {
    Ok(match runner {
        Runner::Stored => Contestant {
            name: "stored".into(),
            family: Family::Stored.name().into(),
            summary: "the bytes as they are, 8 bits each".into(),
            reference: false,
            own_bytes: 0,
        },
        Runner::Model(recipe) if Shelf::is_learnt(recipe) => {
            let model = shelf.find(recipe)?;
            Contestant {
                name: recipe.to_string(),
                family: model.family().name().into(),
                summary: model.says(),
                reference: false,
                own_bytes: model.needed_bytes(),
            }
        }
        Runner::Model(recipe) => {
            let entry = registry::find(recipe)?;
            Contestant {
                name: recipe.to_string(),
                family: entry.family.name().into(),
                summary: entry.summary.into(),
                reference: false,
                own_bytes: 0,
            }
        }
        Runner::Reference(reference) => Contestant {
            name: reference.name().into(),
            family: "reference".into(),
            summary: reference.summary().into(),
            reference: true,
            own_bytes: 0,
        },
    })
}
