//! Every contestant against every file, in parallel.

use crate::study::StudyOptions;
use crate::study::outcome::{Ran, file_study};
use crate::study::read::{Blocks, Input, changed};
use crate::study::reference::Reference;
use crate::study::trace::Recorder;
use crate::study::types::{Contestant, FileStudy, SkippedFile};
use crate::walk::walk;
use crate::{Cost, Error, Recipe, Setting, Shelf, Watch};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

/// What takes part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Runner {
    Stored,
    Model(Recipe),
    Reference(Reference),
}

/// A job: a contestant and a file.
#[derive(Clone, Copy)]
struct Job {
    file: usize,
    runner: usize,
}

pub(crate) struct Contest<'a> {
    inputs: &'a [Input],
    runners: &'a [Runner],
    contestants: &'a [Contestant],
    shelf: &'a Shelf,
    seed: u64,
    /// Whether a file gets details.
    detailed: Vec<bool>,
    jobs: Vec<Job>,
}

/// A file while its contestants run.
enum State {
    Running(Vec<Option<Ran>>),
    Done(Box<FileStudy>),
    Failed(String),
}

impl<'a> Contest<'a> {
    pub(crate) fn new(
        inputs: &'a [Input],
        runners: &'a [Runner],
        contestants: &'a [Contestant],
        options: &'a StudyOptions,
    ) -> Contest<'a> {
        let mut by_size: Vec<usize> = (0..inputs.len()).collect();
        by_size.sort_by_key(|&i| (std::cmp::Reverse(inputs[i].bytes), i));
        let mut detailed = vec![false; inputs.len()];
        for &i in by_size.iter().take(options.details) {
            detailed[i] = true;
        }
        // The longest work first, so that threads end together; of a file, all contestants near
        // each other, so that what is kept of it can shrink soon.
        let jobs = by_size
            .into_iter()
            .flat_map(|file| {
                let runners = (0..runners.len()).rev();
                runners.map(move |runner| Job { file, runner })
            })
            .collect();
        Contest {
            inputs,
            runners,
            contestants,
            shelf: &options.shelf,
            seed: options.seed,
            detailed,
            jobs,
        }
    }

    /// Bytes that all contestants will go through.
    pub(crate) fn work_bytes(&self) -> u64 {
        let runs = self.runners.iter().filter(|r| **r != Runner::Stored);
        self.inputs.iter().map(|i| i.bytes).sum::<u64>() * runs.count() as u64
    }

    /// The files that could be studied, and those that could not.
    pub(crate) fn run(
        &self,
        threads: usize,
        watch: &dyn Watch,
    ) -> Result<(Vec<FileStudy>, Vec<SkippedFile>), Error> {
        let begin = || State::Running(self.runners.iter().map(|_| None).collect());
        let states: Vec<Mutex<State>> = self.inputs.iter().map(|_| Mutex::new(begin())).collect();
        let (next, stopped) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, self.jobs.len().max(1)) {
                scope.spawn(|| {
                    while let Some(job) = self.jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                        if stopped.load(Ordering::Relaxed) {
                            break;
                        }
                        match self.job(*job, watch) {
                            Err(Error::Stopped) => stopped.store(true, Ordering::Relaxed),
                            outcome => self.settle(*job, outcome, &states[job.file]),
                        }
                    }
                });
            }
        });
        if stopped.into_inner() {
            return Err(Error::Stopped);
        }
        let (mut files, mut failed) = (Vec::new(), Vec::new());
        for (input, state) in self.inputs.iter().zip(states) {
            let why = match state.into_inner() {
                Ok(State::Done(file)) => {
                    files.push(*file);
                    continue;
                }
                Ok(State::Failed(why)) => why,
                _ => "a contestant crashed".into(),
            };
            let name = input.name.clone();
            failed.push(SkippedFile { name, why });
        }
        Ok((files, failed))
    }

    /// Runs one contestant on one file. An error is of the file, or the wish to stop; what is
    /// wrong between a model and the data is part of the result.
    fn job(&self, job: Job, watch: &dyn Watch) -> Result<Ran, Error> {
        let input = &self.inputs[job.file];
        let start = Instant::now();
        let (mut ran, blocks) = match &self.runners[job.runner] {
            Runner::Stored => {
                let mut blocks = Blocks::open(input, 1 << 20)?;
                while blocks.next()?.is_some() {
                    if watch.stop() {
                        return Err(Error::Stopped);
                    }
                }
                (Ran::of_bits(input.bytes as f64 * 8.0), blocks)
            }
            Runner::Reference(reference) => {
                let mut blocks = Blocks::open(input, 1 << 20)?;
                match reference.bytes(&mut blocks, watch) {
                    Ok(bytes) => (Ran::of_bits(bytes as f64 * 8.0), blocks),
                    // Not of the file: the reference itself failed.
                    Err(Error::Io {
                        path: None, source, ..
                    }) => return Ok(Ran::of_problem(source.to_string())),
                    Err(e) => return Err(e),
                }
            }
            Runner::Model(recipe) => {
                let setting = Setting::of(recipe, self.shelf)?;
                let mut blocks = Blocks::open(input, setting.cut(input.bytes))?;
                let mut recorder = Recorder::new(input.bytes, self.detailed[job.file]);
                match contend(&mut blocks, &setting, watch, &mut recorder) {
                    Ok(cost) => (Ran::of_model(cost, recorder), blocks),
                    Err(Error::Data { source, .. }) => {
                        return Ok(Ran::of_problem(source.to_string()));
                    }
                    Err(e) => return Err(e),
                }
            }
        };
        ran.seconds = start.elapsed().as_secs_f64();
        ran.hash = Some(blocks.hash());
        Ok(ran)
    }

    /// Puts a result in its place; the last one of a file completes it.
    fn settle(&self, job: Job, outcome: Result<Ran, Error>, state: &Mutex<State>) {
        let Ok(mut state) = state.lock() else { return };
        let State::Running(places) = &mut *state else {
            return; // failed before
        };
        match outcome {
            Ok(ran) => places[job.runner] = Some(ran),
            Err(Error::Io { source, .. }) => {
                *state = State::Failed(source.to_string());
                return;
            }
            Err(e) => {
                *state = State::Failed(e.to_string());
                return;
            }
        }
        if places.iter().any(Option::is_none) {
            return;
        }
        let all: Vec<Ran> = std::mem::take(places).into_iter().flatten().collect();
        let mut hashes: Vec<_> = all.iter().filter_map(|r| r.hash).collect();
        hashes.dedup();
        *state = if hashes.len() > 1 {
            State::Failed(changed().to_string())
        } else {
            let input = &self.inputs[job.file];
            let file = file_study(input, all, self.contestants, self.seed);
            State::Done(Box::new(file))
        };
    }
}

/// Leads a model through a whole file, block by block: no trace is held.
fn contend(
    blocks: &mut Blocks,
    setting: &Setting,
    watch: &dyn Watch,
    recorder: &mut Recorder,
) -> Result<Cost, Error> {
    let (mut whole, mut offset) = (Cost::ZERO, 0);
    while let Some(block) = blocks.next()? {
        whole += walk(block, offset, setting, &[], watch, recorder)?;
        offset += block.len() as u64;
    }
    Ok(whole)
}
