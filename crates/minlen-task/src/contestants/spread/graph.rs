//! Inputs, each beside those nearest to it, and labels that run along.
//!
//! Zhou, Bousquet, Lal, Weston and Schölkopf, *Learning with local and global consistency*, NIPS 2003,
//! after Zhu and Ghahramani, *Learning from labeled and unlabeled data with label propagation*, 2002:
//! each place takes a share α of what it holds from its neighbours, and the rest from its own label.
//! How near two places are is measured by how far those around them are (Zelnik-Manor and Perona,
//! *Self-tuning spectral clustering*, NIPS 2004), so that no width has to be chosen.

/// Neighbours of a place. Of 5, 7 and 10 on drawn digits, 7 was best by a tenth of a point.
const NEAREST: usize = 7;
/// Rounds of spreading at most, and the change that is none any more.
const ROUNDS: usize = 200;
const ENOUGH: f32 = 1e-4;

/// Rows of numbers, all of one length, one after the other.
pub(super) struct Places {
    pub(super) cells: Vec<f32>,
    pub(super) columns: usize,
}

/// Who is near whom.
pub(super) struct Graph {
    /// Where the edges of a place end.
    ends: Vec<usize>,
    /// The other place, and how near it is, over the root of all that is near either.
    edges: Vec<(u32, f32)>,
}

impl Places {
    fn len(&self) -> usize {
        self.cells.len() / self.columns.max(1)
    }

    fn of(&self, at: usize) -> &[f32] {
        &self.cells[at * self.columns..][..self.columns]
    }

    /// The places nearest to one, and the squares of their distances.
    fn nearest(&self, squares: &[f32], at: usize) -> Vec<(u32, f32)> {
        let own = self.of(at);
        let mut best: Vec<(u32, f32)> = Vec::with_capacity(NEAREST + 1);
        for other in (0..self.len()).filter(|other| *other != at) {
            let square = (squares[at] + squares[other] - 2.0 * dot(own, self.of(other))).max(0.0);
            if best.len() == NEAREST && square >= best[NEAREST - 1].1 {
                continue;
            }
            let place = best.partition_point(|b| b.1 <= square);
            best.insert(place, (other as u32, square));
            best.truncate(NEAREST);
        }
        best
    }
}

impl Graph {
    /// Joins each place with those nearest to it. Threads have no say in it.
    pub(super) fn of(places: &Places, threads: usize) -> Graph {
        let n = places.len();
        let squares: Vec<f32> = (0..n).map(|i| dot(places.of(i), places.of(i))).collect();
        let all: Vec<usize> = (0..n).collect();
        let share = n.div_ceil(threads.max(1)).max(1);
        let near: Vec<Vec<(u32, f32)>> = std::thread::scope(|scope| {
            let squares = &squares;
            let one = |part: &[usize]| {
                let near = part.iter().map(|i| places.nearest(squares, *i));
                near.collect::<Vec<_>>()
            };
            let parts: Vec<_> = all
                .chunks(share)
                .map(|part| scope.spawn(move || one(part)))
                .collect();
            let done = parts.into_iter().flat_map(|part| match part.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            done.collect()
        });
        // The distance of the furthest of the nearest is what others are measured in.
        let reach = |i: usize| near[i].last().map_or(0.0, |n| n.1.sqrt()).max(1e-6);
        let mut beside: Vec<Vec<(u32, f32)>> = vec![Vec::new(); n];
        for (i, near) in near.iter().enumerate() {
            for (j, square) in near {
                let other = *j as usize;
                let nearness = (-square / (reach(i) * reach(other))).exp().max(1e-9);
                beside[i].push((*j, nearness));
                beside[other].push((i as u32, nearness));
            }
        }
        for edges in &mut beside {
            edges.sort_unstable_by_key(|e| e.0);
            edges.dedup_by_key(|e| e.0);
        }
        let roots: Vec<f32> = beside
            .iter()
            .map(|edges| edges.iter().map(|e| e.1).sum::<f32>().sqrt())
            .collect();
        let (mut ends, mut all) = (Vec::with_capacity(n), Vec::new());
        for (i, edges) in beside.iter().enumerate() {
            let scaled = edges.iter().map(|(j, near)| {
                let scale = roots[i] * roots[*j as usize];
                (*j, near / scale)
            });
            all.extend(scaled);
            ends.push(all.len());
        }
        Graph { ends, edges: all }
    }

    fn edges(&self, at: usize) -> &[(u32, f32)] {
        let from = if at == 0 { 0 } else { self.ends[at - 1] };
        &self.edges[from..self.ends[at]]
    }

    /// What each place holds for each label in the end, if `known` ones begin with theirs. `share` of
    /// it, below 1, comes from neighbours.
    pub(super) fn spread(&self, known: &[Option<usize>], classes: usize, share: f32) -> Vec<f32> {
        let mut own = vec![0.0f32; known.len() * classes];
        for (i, label) in known.iter().enumerate() {
            if let Some(label) = label {
                own[i * classes + label] = 1.0 - share;
            }
        }
        let (mut held, mut next) = (own.clone(), own.clone());
        for _ in 0..ROUNDS {
            let mut change = 0.0f32;
            for (i, next) in next.chunks_exact_mut(classes).enumerate() {
                next.copy_from_slice(&own[i * classes..][..classes]);
                for (j, near) in self.edges(i) {
                    let other = &held[*j as usize * classes..][..classes];
                    let sums = next.iter_mut().zip(other);
                    sums.for_each(|(n, o)| *n += share * near * o);
                }
                let before = &held[i * classes..][..classes];
                for (n, b) in next.iter().zip(before) {
                    change = change.max((n - b).abs());
                }
            }
            std::mem::swap(&mut held, &mut next);
            if change < ENOUGH * (1.0 - share) {
                break;
            }
        }
        held
    }
}

/// The product of two rows. Sixteen sums side by side, in an order that does not depend on the machine.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<16>();
    let (b_blocks, b_rest) = b.as_chunks::<16>();
    let mut sums = [0.0f32; 16];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for i in 0..16 {
            sums[i] += a[i] * b[i];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum();
    sums.iter().sum::<f32>() + rest
}

#[cfg(test)]
mod tests {
    use super::*;
    use minlen_core::Random;

    /// Two half moons that reach into each other: what is nearest by a ruler is often of the other.
    fn moons(each: usize) -> (Places, Vec<usize>) {
        let mut random = Random::new(5);
        let mut noise = || random.below(1000) as f32 / 5000.0 - 0.1;
        let (mut cells, mut labels) = (Vec::new(), Vec::new());
        for i in 0..2 * each {
            let turn = std::f32::consts::PI * (i / 2) as f32 / each as f32;
            let (x, y) = match i % 2 {
                0 => (turn.cos(), turn.sin()),
                _ => (1.0 - turn.cos(), 0.4 - turn.sin()),
            };
            cells.extend([x + noise(), y + noise()]);
            labels.push(i % 2);
        }
        (Places { cells, columns: 2 }, labels)
    }

    #[test]
    fn a_label_runs_along_its_moon() {
        let (places, labels) = moons(150);
        let mut known = vec![None; labels.len()];
        // One example of each, at an end.
        (known[0], known[1]) = (Some(0), Some(1));
        let graph = Graph::of(&places, 1);
        let held = graph.spread(&known, 2, 0.99);
        let right = held.chunks_exact(2).zip(&labels);
        let right = right.filter(|(h, label)| h[**label] > h[1 - **label]);
        assert_eq!(right.count(), labels.len());
        let again = Graph::of(&places, 3);
        assert_eq!(graph.edges, again.edges);
        assert_eq!(graph.ends, again.ends);
    }

    #[test]
    fn few_places_and_equal_ones_do_no_harm() {
        for n in [1, 2, 20] {
            let places = Places {
                cells: vec![0.5; n * 3],
                columns: 3,
            };
            let mut known = vec![None; n];
            known[0] = Some(1);
            let held = Graph::of(&places, 2).spread(&known, 2, 0.8);
            assert!(held.iter().all(|h| h.is_finite()));
            assert!(held[1] > held[0]);
        }
    }
}
