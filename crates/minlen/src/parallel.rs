//! Work in parallel, results in order.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};

/// Takes jobs from `next`, does them on `threads` threads, and hands the outcomes to `done` in
/// the order of the jobs. At most `threads` + 1 jobs and outcomes exist at a time. Stops at the
/// first error of `next` or `done`; an error of `next` is returned after the outcomes before it
/// were handed over.
pub(crate) fn ordered<J: Send, O: Send, E>(
    threads: usize,
    mut next: impl FnMut() -> Result<Option<J>, E>,
    work: impl Fn(J) -> O + Sync,
    mut done: impl FnMut(O) -> Result<(), E>,
) -> Result<(), E> {
    if threads <= 1 {
        while let Some(job) = next()? {
            done(work(job))?;
        }
        return Ok(());
    }
    let (jobs, queue) = channel::<(J, Sender<O>)>();
    let queue = Mutex::new(queue);
    let (queue, work) = (&queue, &work);
    std::thread::scope(move |scope| {
        for _ in 0..threads {
            scope.spawn(move || {
                loop {
                    let job = queue.lock().ok().and_then(|q| q.recv().ok());
                    let Some((job, outcome)) = job else { break };
                    // Nobody listens any more after an error: fine.
                    let _ = outcome.send(work(job));
                }
            });
        }
        // `jobs` must be dropped on every way out, or the threads would wait for ever.
        let jobs = jobs;
        let mut waiting: VecDeque<Receiver<O>> = VecDeque::new();
        let mut source = Ok(true);
        loop {
            while matches!(source, Ok(true)) && waiting.len() <= threads {
                source = next().map(|job| match job {
                    Some(job) => {
                        let (send, receive) = channel();
                        waiting.push_back(receive);
                        jobs.send((job, send)).is_ok()
                    }
                    None => false,
                });
            }
            let Some(outcome) = waiting.pop_front() else {
                return source.map(|_| ());
            };
            if let Ok(outcome) = outcome.recv() {
                done(outcome)?;
            }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn outcomes_come_in_order_and_errors_end_it() {
        for threads in [1, 2, 5] {
            let mut numbers = 0..100;
            let mut seen = Vec::new();
            let outcome: Result<(), ()> = ordered(
                threads,
                || Ok(numbers.next()),
                |n| n * n,
                |n| {
                    seen.push(n);
                    Ok(())
                },
            );
            assert!(outcome.is_ok());
            assert_eq!(seen, (0..100).map(|n| n * n).collect::<Vec<_>>());

            let mut numbers = 0..100;
            let outcome = ordered(
                threads,
                || Ok(numbers.next()),
                |n| n,
                |n| if n == 7 { Err("seven") } else { Ok(()) },
            );
            assert_eq!(outcome, Err("seven"));

            let mut count = 0;
            let outcome = ordered(
                threads,
                || Err::<Option<()>, _>("no"),
                |()| (),
                |()| {
                    count += 1;
                    Ok(())
                },
            );
            assert_eq!((outcome, count), (Err("no"), 0));
        }
    }
}
