//! Learning a net: records as documents, a budget, checkpoints, held-out cost, gaps.

use crate::learnt::data::Split;
use crate::{Error, Recipe, Watch};
use minlen_core::Error as DataError;
use minlen_core::{Guide, Meter, run_batch};
use minlen_neural::train::{
    Best, Budget, Documents, Event, Marks, Options, Plan, Point, Position, Stream, Trainer, run,
};
use minlen_neural::{LowRank, Net, Shape, Streams, Weights, raw};
use std::fs;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How to train a net.
#[derive(Clone, Debug)]
pub struct NetOptions {
    /// Its sizes. What goes on from another net has that one's.
    pub shape: Shape,
    /// The mixer that it shall advise; `None`: it works alone.
    pub advises: Option<Recipe>,
    /// How long to train.
    pub budget: NetBudget,
    /// Seeds its first parameters, and the order of what it reads.
    pub seed: u64,
    /// What it learns.
    pub objective: Objective,
    /// A file of parameters to go on from, as `minlen-neural`'s `raw` has it.
    pub from: Option<Vec<u8>>,
    /// Of a net that goes on from a model, how much may change: products of so many columns and rows
    /// are added to its matrices (LoRA: Hu et al. 2021). The model is then small, and needs the
    /// one that it went on from. `None`: everything may change.
    pub rank: Option<usize>,
    /// Where to keep all that is needed to go on after a break; if it is there, training goes on
    /// from it.
    pub checkpoint: Option<PathBuf>,
    /// Stop after so many looks at what is held out without a new lowest cost.
    pub patience: usize,
    /// Threads. They have no say in the result.
    pub threads: usize,
}

impl Default for NetOptions {
    /// Half a million parameters that advise `mix2:default`, ten minutes, one thread.
    fn default() -> NetOptions {
        NetOptions {
            shape: "128,384,128,RWR".parse().expect("a shape"),
            advises: "mix2:default".parse().ok(),
            budget: NetBudget::Time(Duration::from_secs(600)),
            seed: 0,
            objective: Objective::Next,
            from: None,
            rank: None,
            checkpoint: None,
            patience: 0,
            threads: 1,
        }
    }
}

/// What a net learns to do.
///
/// Filling in gaps is for drawing: after what stands before a gap, a mark, what stands behind it, and
/// another mark, `generate` goes on with what may stand between, and ends it with the third mark. It
/// makes no shorter archives. A net 96,256,64,RWR, 400 KB of plays, 614,400 symbols, held-out bits a byte:
///
/// | | what comes next | in gaps, both sides read | in gaps, one side read |
/// |---|--:|--:|--:|
/// | `next` | 2.610 | | |
/// | `mixed` | 2.626 | 2.658 | 2.617 |
/// | `mask` | 2.633 | 2.660 | 2.626 |
///
/// So small a net does not know yet what to do with the other side: that comes with size (Bavarian
/// et al. 2022 begin at 50 million parameters).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Objective {
    /// To tell what comes next.
    #[default]
    Next,
    /// To fill in gaps, knowing both sides.
    Mask,
    /// Half of each.
    Mixed,
}

impl Objective {
    /// The name on command lines: `next`, `mask`, `mixed`.
    pub fn name(self) -> &'static str {
        match self {
            Objective::Next => "next",
            Objective::Mask => "mask",
            Objective::Mixed => "mixed",
        }
    }
}

/// How a net that has learnt to fill in gaps does so with gaps of held-out data.
#[derive(Clone, Debug, PartialEq)]
pub struct Filling {
    /// The bytes that stand behind what is before a gap, behind what is after it, and behind what
    /// fills it.
    pub marks: [u8; 3],
    /// Gaps that were filled in.
    pub gaps: usize,
    /// Bits a byte of what fills them, under the net alone, if it has read both sides.
    pub both_sides: f64,
    /// The same, if it has read only what stands before.
    pub one_side: f64,
}

/// How long to train.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NetBudget {
    /// So many symbols, over and over if the data has fewer: the same result each time.
    Symbols(u64),
    /// So much time: as much as this machine reads in it.
    Time(Duration),
}

/// Looks at what is held out in a run.
const LOOKS: u64 = 40;
/// Steps from one look to the next at least.
const LEAST_STEPS: u64 = 25;
/// Held-out bytes of a look at most: a look shall not take longer than the training between.
const LOOK_BYTES: usize = 1 << 17;
/// Longer records are cut for training, so that no lane waits for another.
const LONGEST: usize = 1 << 16;
/// Time from one checkpoint to the next.
const KEEP_EVERY: Duration = Duration::from_secs(60);
/// The first bytes of a checkpoint file; hashes of the data and of all behind them follow, then the
/// best net so far (cost, looks since, parameters), then what the trainer wrote.
const MAGIC: &[u8; 8] = b"mlnchk02";

/// A trained net.
pub(crate) struct Trained {
    pub(crate) weights: Weights,
    /// What changes the model that it went on from into this one, if only so much was learned.
    pub(crate) changes: Option<LowRank>,
    /// The looks, in order.
    pub(crate) curve: Vec<Point>,
    /// Bytes read, some of them again and again.
    pub(crate) read_bytes: u64,
    /// Whether it stopped because held-out cost did not fall any more.
    pub(crate) early: bool,
    /// How it fills in gaps, if it learned that.
    pub(crate) filling: Option<Filling>,
}

/// Trains a net on `parts`, which goes on from that of `base`, if there is one. `each` hears of
/// every look.
pub(crate) fn train(
    parts: &Split,
    options: &NetOptions,
    base: Option<&Weights>,
    each: &mut dyn FnMut(&Point),
    watch: &dyn Watch,
) -> Result<Trained, Error> {
    let start = start(options, base)?;
    if options.budget == NetBudget::Symbols(0) {
        return untrained(options, base, start);
    }
    let held = held(&parts.held);
    let documents = documents(&parts.train);
    let (documents, marks) = match options.objective {
        Objective::Next => (documents, None),
        objective => {
            let marks = Marks::unused(documents.iter().chain(held.iter().copied()))?;
            let part = if objective == Objective::Mask {
                1.0
            } else {
                0.5
            };
            (documents.masked(part, marks, options.seed), Some(marks))
        }
    };
    // All that a checkpoint must be of.
    let mut hash = blake3::Hasher::new();
    for document in documents.iter().chain(held.iter().copied()) {
        hash.update(&(document.len() as u64).to_le_bytes());
        hash.update(document);
    }
    hash.update(&(options.rank.unwrap_or(0) as u64).to_le_bytes());
    for parameter in start.1.iter().flatten() {
        hash.update(&parameter.to_le_bytes());
    }
    let data = hash.finalize();

    let Going {
        mut trainer,
        position,
        mut best,
    } = match resumed(options, &start.0, data.as_bytes())? {
        Some(going) => going,
        None => begun(options, start)?,
    };
    trainer = trainer.threads(options.threads);
    let settings = trainer.options();
    let step_symbols = (settings.lanes * settings.length) as u64;
    let (budget, steps) = match options.budget {
        NetBudget::Symbols(n) => (Budget::Symbols(n), n.div_ceil(step_symbols)),
        NetBudget::Time(time) => (Budget::Seconds(time.as_secs_f64()), 0),
    };
    let plan = Plan {
        budget,
        held_out: held.clone(),
        look_every: match steps {
            // A time has no steps to count: two hundred are some seconds to a minute.
            0 => 200,
            steps => (steps / LOOKS).max(LEAST_STEPS),
        },
        patience: options.patience,
    };
    let mut stream = Stream::new(&documents, settings.length, position)?;
    if steps > 0 {
        let all = steps * step_symbols;
        watch.expect(all.saturating_sub(trainer.steps() * step_symbols));
    }
    let mut kept = Instant::now();
    let mut failed = None;
    let keep = |trainer: &Trainer, position: &Position, best: &Best| match &options.checkpoint {
        None => Ok(()),
        Some(path) => write_whole(path, &kept_bytes(data.as_bytes(), trainer, position, best)),
    };
    let mut tell = |event: Event| {
        match event {
            Event::Step {
                trainer,
                position,
                best,
            } => {
                watch.advance(step_symbols);
                let stop = watch.stop();
                if stop || kept.elapsed() >= KEEP_EVERY {
                    kept = Instant::now();
                    failed = keep(trainer, position, best).err();
                }
                if stop || failed.is_some() {
                    return ControlFlow::Break(());
                }
            }
            Event::Look(point) => each(&point),
        }
        ControlFlow::Continue(())
    };
    let report = run(&mut trainer, &mut stream, &mut best, &plan, &mut tell)?;
    if let Some(error) = failed {
        return Err(error);
    }
    if watch.stop() {
        return Err(Error::Stopped);
    }
    keep(&trainer, stream.position(), &best)?;
    let (weights, changes) = match (base, trainer.rank()) {
        (Some(base), Some(rank)) => {
            let changes = LowRank::quantise(trainer.shape(), rank, &report.parameters)?;
            (changes.of(base)?, Some(changes))
        }
        _ => {
            let weights = Weights::quantise(trainer.shape(), &report.parameters)?;
            (weights, None)
        }
    };
    Ok(Trained {
        filling: marks.map(|marks| filling(&weights, marks, &held)),
        weights,
        changes,
        read_bytes: trainer.steps() * step_symbols,
        early: best.worse > 0,
        curve: report.curve,
    })
}

/// The shape of the net that is trained, and its parameters, if they are there.
fn start(options: &NetOptions, base: Option<&Weights>) -> Result<Start, Error> {
    match (base, &options.from, options.rank) {
        (Some(base), _, _) => Ok((base.shape().clone(), Some(base.parameters()))),
        (None, _, Some(_)) => Err(Error::Usage(
            "a rank says how much of a model may change: a model to go on from is missing (--from \
             FILE.mlm, or base)"
                .into(),
        )),
        (None, Some(raw), None) => {
            let (shape, parameters) = raw::read(raw)?;
            Ok((shape, Some(parameters)))
        }
        (None, None, None) => Ok((options.shape.clone(), None)),
    }
}

type Start = (Shape, Option<Vec<f32>>);

/// A net that is taken as it is: a model's, bit for bit, or one that was trained elsewhere.
fn untrained(options: &NetOptions, base: Option<&Weights>, start: Start) -> Result<Trained, Error> {
    let weights = match (base, start.1) {
        (_, _) if options.rank.is_some() => {
            let why = "no symbols to learn from, and so nothing of that rank to learn";
            return Err(Error::Usage(why.into()));
        }
        (Some(base), _) => base.clone(),
        (None, Some(parameters)) => Weights::quantise(&start.0, &parameters)?,
        (None, None) => {
            let why = "no symbols to learn from, and no net to take as it is (--from)";
            return Err(Error::Usage(why.into()));
        }
    };
    Ok(Trained {
        weights,
        changes: None,
        curve: Vec::new(),
        read_bytes: 0,
        early: false,
        filling: None,
    })
}

/// Gaps that are filled in to see how well that goes.
const GAPS: usize = 256;

/// How the net fills in gaps of what is held out.
fn filling(weights: &Weights, marks: Marks, held: &[&[u8]]) -> Filling {
    let net = Arc::new(Net::new(weights));
    let gaps = marks.gaps(held, GAPS, 1);
    let bits = |pasts: &[&[u8]]| {
        let mut streams = Streams::new(net.clone(), pasts.len());
        let longest = pasts.iter().map(|past| past.len()).max().unwrap_or(0);
        for at in 0..longest {
            let symbols: Vec<_> = pasts.iter().map(|past| past.get(at).copied()).collect();
            streams.advance(&symbols);
        }
        let mut meters: Vec<_> = gaps.iter().map(|gap| Meter::new(gap.middle)).collect();
        let mut guides: Vec<&mut dyn Guide> = meters.iter_mut().map(|m| m as _).collect();
        run_batch(&mut streams, &mut guides);
        let units: u64 = meters.iter().map(|m| m.total().units()).sum();
        let bytes: usize = gaps.iter().map(|gap| gap.middle.len()).sum();
        units as f64 / f64::from(1 << 24) / bytes.max(1) as f64
    };
    let both: Vec<_> = gaps.iter().map(|gap| &gap.both[..]).collect();
    let one: Vec<_> = gaps.iter().map(|gap| gap.before).collect();
    Filling {
        marks: marks.0,
        gaps: gaps.len(),
        both_sides: bits(&both),
        one_side: bits(&one),
    }
}

/// Records to learn from, the long ones in parts.
fn documents(records: &[&[u8]]) -> Documents {
    let all: usize = records.iter().map(|r| r.len()).sum();
    // At least a hundred parts, of 1 KiB or more.
    let longest = (all / 100).clamp(1 << 10, LONGEST);
    let parts: Vec<&[u8]> = records.iter().flat_map(|r| r.chunks(longest)).collect();
    Documents::of(&parts)
}

/// What each look sees of the records that are held out: the beginnings of some, evenly spread.
fn held<'a>(records: &[&'a [u8]]) -> Vec<&'a [u8]> {
    let some = records.len().clamp(1, 64);
    let most = LOOK_BYTES / some;
    let step = records.len().div_ceil(some).max(1);
    let parts = records.iter().step_by(step);
    parts.map(|r| &r[..r.len().min(most)]).collect()
}

/// Where a training is.
struct Going {
    trainer: Trainer,
    position: Position,
    best: Best,
}

/// A training at its beginning.
fn begun(options: &NetOptions, (shape, parameters): Start) -> Result<Going, Error> {
    // A budget in time plans its steps as it goes.
    let settings = Options::new(10_000);
    let steps = match options.budget {
        NetBudget::Symbols(n) => n.div_ceil((settings.lanes * settings.length) as u64),
        NetBudget::Time(_) => settings.steps,
    };
    let settings = Options::new(steps);
    let position = Position::new(options.seed, settings.lanes);
    let seed = options.seed;
    let trainer = match (parameters, options.rank) {
        (None, _) => Trainer::new(shape, settings, seed)?,
        (Some(parameters), None) => Trainer::with(shape, settings, parameters)?,
        (Some(base), Some(rank)) => Trainer::low_rank(shape, settings, base, rank, seed)?,
    };
    Ok(Going {
        trainer,
        position,
        best: Best::default(),
    })
}

/// The content of a checkpoint file.
fn kept_bytes(data: &[u8; 32], trainer: &Trainer, position: &Position, best: &Best) -> Vec<u8> {
    let mut rest = best.held_out_bits.to_le_bytes().to_vec();
    for n in [best.worse, best.parameters.len()] {
        rest.extend((n as u64).to_le_bytes());
    }
    rest.extend(best.parameters.iter().flat_map(|x| x.to_le_bytes()));
    rest.extend(trainer.checkpoint(position));
    [&MAGIC[..], data, blake3::hash(&rest).as_bytes(), &rest].concat()
}

/// The data that a checkpoint is of, and what it holds. `None`: it is no checkpoint, or damaged.
fn kept(bytes: &[u8]) -> Option<([u8; 32], Best, &[u8])> {
    let rest = bytes.strip_prefix(&MAGIC[..])?;
    let (of, rest) = rest.split_first_chunk::<32>()?;
    let (hash, rest) = rest.split_first_chunk::<32>()?;
    if blake3::hash(rest) != *hash {
        return None;
    }
    let (held_out_bits, rest) = rest.split_first_chunk::<8>()?;
    let (worse, rest) = rest.split_first_chunk::<8>()?;
    let (parameters, rest) = rest.split_first_chunk::<8>()?;
    let parameters = usize::try_from(u64::from_le_bytes(*parameters)).ok()?;
    let (parameters, checkpoint) = rest.split_at_checked(parameters.checked_mul(4)?)?;
    let best = Best {
        held_out_bits: f64::from_le_bytes(*held_out_bits),
        worse: u64::from_le_bytes(*worse) as usize,
        parameters: (parameters.as_chunks().0.iter())
            .map(|x| f32::from_le_bytes(*x))
            .collect(),
    };
    Some((*of, best, checkpoint))
}

/// The training that a checkpoint holds, if there is one.
fn resumed(options: &NetOptions, shape: &Shape, data: &[u8; 32]) -> Result<Option<Going>, Error> {
    let Some(path) = &options.checkpoint else {
        return Ok(None);
    };
    let bytes = match fs::read(path) {
        Ok(bytes) => bytes,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(Error::io("read", path)(e)),
    };
    let damaged = |e: DataError| Error::from(e).about(path);
    let Some((of, best, checkpoint)) = kept(&bytes) else {
        let what = "it is no whole checkpoint of this version";
        return Err(damaged(DataError::Damaged(what.into())));
    };
    if of != *data {
        return Err(Error::Usage(format!(
            "{} is a checkpoint of training on other data, or of another kind: name another file",
            path.display()
        )));
    }
    let (trainer, position) = Trainer::resume(checkpoint).map_err(damaged)?;
    if trainer.shape() != shape {
        return Err(Error::Usage(format!(
            "{} is a checkpoint of a net {}, not {}: name another file",
            path.display(),
            trainer.shape(),
            shape
        )));
    }
    let sizes = [0, trainer.learned().len()];
    if !sizes.contains(&best.parameters.len()) {
        let what = "its best net is of another shape";
        return Err(damaged(DataError::Damaged(what.into())));
    }
    Ok(Some(Going {
        trainer,
        position,
        best,
    }))
}

/// A file that is there whole or not at all.
fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let place = match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    };
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::NamedTempFile::new_in(place)?;
        file.write_all(bytes)?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|e| e.error)?;
        Ok(())
    };
    write().map_err(Error::io("write", path))
}
