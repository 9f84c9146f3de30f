//! The loop of training: learn, look at what was held out, keep the best, stop in time.

use super::data::{Position, Stream};
use super::{Trainer, data};
use minlen_core::Error;
use std::ops::ControlFlow;
use std::time::Instant;

/// How long to train.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Budget {
    /// Symbols to learn from: the result can be repeated.
    Symbols(u64),
    /// Seconds from now: the schedule follows the clock, and no two runs are quite the same.
    Seconds(f64),
}

/// What to do while training.
#[derive(Clone, Debug)]
pub struct Plan<'a> {
    /// How long.
    pub budget: Budget,
    /// Held-out documents, or none.
    pub held_out: Vec<&'a [u8]>,
    /// Steps from one look at them to the next, at least 1.
    pub look_every: u64,
    /// Stop after this many looks without a new lowest held-out cost; 0: never. The report's
    /// parameters are then those of the lowest.
    pub patience: usize,
}

/// One look.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Symbols learned from since the beginning of this net's training.
    pub symbols: u64,
    /// Code length of the symbols learned from since the last look, in bits a symbol.
    pub train_bits: f64,
    /// Code length of what was held out, in bits a symbol; NaN if nothing was.
    pub held_out_bits: f64,
    /// Symbols a second since the last look, without the look itself.
    pub speed: f64,
}

/// The best parameters of a run so far, of a plan with patience: a run that goes on after a break
/// must know it, as it must know the checkpoint.
#[derive(Clone, Debug, PartialEq)]
pub struct Best {
    /// The lowest code length of what was held out, in bits a symbol; infinite before the first look.
    pub held_out_bits: f64,
    /// Looks since then.
    pub worse: usize,
    /// What was learned by then; none before the first look, or without patience.
    pub parameters: Vec<f32>,
}

impl Default for Best {
    /// Before the first look.
    fn default() -> Best {
        Best {
            held_out_bits: f64::INFINITY,
            worse: 0,
            parameters: Vec::new(),
        }
    }
}

/// What a run tells while it runs.
pub enum Event<'a> {
    /// After each step, and the look that it is followed by, if any: a good moment to call
    /// [`Trainer::checkpoint`].
    Step {
        /// The trainer.
        trainer: &'a Trainer,
        /// Where the stream of batches is.
        position: &'a Position,
        /// The best so far.
        best: &'a Best,
    },
    /// After each look.
    Look(Point),
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The looks, in order.
    pub curve: Vec<Point>,
    /// The last of what was learned ([`Trainer::learned`]), or the best if there was patience.
    pub parameters: Vec<f32>,
}

/// Trains until the budget is spent, held-out cost stops falling, or `tell` breaks off. `best` is
/// new, or that of the run that this one goes on with: then both are, with a budget in symbols, one
/// run without a break. `Usage` if the trainer does not fit the stream.
pub fn run(
    trainer: &mut Trainer,
    stream: &mut Stream,
    best: &mut Best,
    plan: &Plan,
    tell: &mut dyn FnMut(Event) -> ControlFlow<()>,
) -> Result<Report, Error> {
    let batch_symbols = (trainer.options().lanes * trainer.options().length) as u64;
    let begin = (Instant::now(), trainer.steps());
    if let Budget::Symbols(n) = plan.budget {
        trainer.plan(n.div_ceil(batch_symbols));
    }
    let mut report = Report {
        curve: Vec::new(),
        parameters: Vec::new(),
    };
    let patient = |best: &Best| plan.patience == 0 || best.worse < plan.patience;
    let (mut bits, mut steps, mut clock) = (0.0, 0u64, Instant::now());
    loop {
        let mut done = trainer.steps() >= trainer.options().steps;
        if let Budget::Seconds(budget) = plan.budget {
            let spent = begin.0.elapsed().as_secs_f64();
            let own = trainer.steps() - begin.1;
            done = spent >= budget;
            if own >= 5 {
                let left = (budget - spent).max(0.0) * own as f64 / spent;
                trainer.plan(trainer.steps() + left.ceil() as u64);
            }
        }
        done |= !patient(best);
        if !done {
            let batch: data::Batch = stream.batch();
            bits += trainer.step(&batch)?;
            steps += 1;
        }
        let mut stop = done;
        if steps > 0 && (done || trainer.steps().is_multiple_of(plan.look_every.max(1))) {
            let speed = (steps * batch_symbols) as f64 / clock.elapsed().as_secs_f64();
            let held_out_bits = match plan.held_out.is_empty() {
                true => f64::NAN,
                false => trainer.evaluate(&plan.held_out),
            };
            let point = Point {
                symbols: trainer.steps() * batch_symbols,
                train_bits: bits / steps as f64,
                held_out_bits,
                speed,
            };
            report.curve.push(point);
            stop |= tell(Event::Look(point)).is_break();
            if plan.patience > 0 && held_out_bits < best.held_out_bits {
                *best = Best {
                    held_out_bits,
                    worse: 0,
                    parameters: trainer.learned().to_vec(),
                };
            } else if plan.patience > 0 {
                best.worse += 1;
            }
            (bits, steps, clock) = (0.0, 0, Instant::now());
        }
        if !done {
            let event = Event::Step {
                trainer,
                position: stream.position(),
                best,
            };
            stop |= tell(event).is_break();
        }
        if stop {
            break;
        }
    }
    report.parameters = match best.parameters.is_empty() {
        true => trainer.learned().to_vec(),
        false => best.parameters.clone(),
    };
    Ok(report)
}
