//! An image: which way its edges run in each part of it, and its pixels.
//!
//! Histograms of oriented gradients (Dalal and Triggs, CVPR 2005): each pixel's gradient is dealt
//! out to the two directions and the four cells nearest to it; blocks of 2 × 2 cells overlap, and
//! each is scaled to the same length, which takes light and contrast out.

use super::{Sink, scale_to};
use serde::{Deserialize, Serialize};

/// Sizes.
#[derive(Serialize, Deserialize)]
pub(super) struct Image {
    width: u32,
    height: u32,
    channels: u32,
}

/// Directions, of half a turn.
const WAYS: usize = 9;
/// Larger images are averaged down to at most so many pixels a side.
const SIDE: usize = 32;
/// Pixels of a cell's side, in images of that size; smaller ones have smaller cells.
const CELL: usize = 4;

impl Image {
    pub(super) fn new(width: u32, height: u32, channels: u32) -> Image {
        Image {
            width,
            height,
            channels,
        }
    }

    /// Pixels of a row, rows, and channels, once averaged down.
    fn size(&self) -> (usize, usize, usize) {
        let (w, h) = (self.width.max(1) as usize, self.height.max(1) as usize);
        let down = w.max(h).div_ceil(SIDE);
        (w.div_ceil(down), h.div_ceil(down), self.channels as usize)
    }

    /// Cells of a row, rows of cells, and pixels of a cell's side.
    fn cells(&self) -> (usize, usize, usize) {
        let (w, h, _) = self.size();
        let side = (w.max(h) * CELL).div_ceil(SIDE).clamp(2, CELL);
        (w.div_ceil(side).max(2), h.div_ceil(side).max(2), side)
    }

    pub(super) fn columns(&self) -> usize {
        let ((w, h, channels), (across, down, _)) = (self.size(), self.cells());
        (across - 1) * (down - 1) * 4 * WAYS + w * h * channels
    }

    pub(super) fn each(&self, samples: &[u8], sink: &mut Sink) {
        let pixels = self.small(samples);
        let mut edges = self.edges(&pixels);
        scale_to(&mut edges, 1.0);
        for (at, x) in edges.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            sink(at as u32, *x, &|| self.edge_name(at));
        }
        let mut scaled = pixels.clone();
        scale_to(&mut scaled, 0.5);
        let (w, _, channels) = self.size();
        for (at, x) in scaled.iter().enumerate().filter(|(_, x)| **x != 0.0) {
            let (row, column) = (at / channels / w, at / channels % w);
            let name = || format!("light in row {row}, column {column}");
            sink((edges.len() + at) as u32, *x, &name);
        }
    }

    fn edge_name(&self, at: usize) -> String {
        let (block, way) = (at / (4 * WAYS), at % WAYS);
        let across = self.cells().0 - 1;
        let degrees = way * 180 / WAYS;
        format!(
            "edges of {degrees}° about block {} of row {}",
            block % across,
            block / across
        )
    }

    /// The image averaged down, 0 to 1. Samples that are not there are 0.
    fn small(&self, samples: &[u8]) -> Vec<f32> {
        let (w, h, channels) = self.size();
        let (width, height) = (self.width as usize, self.height as usize);
        let down = width.max(height).div_ceil(SIDE).max(1);
        let mut sums = vec![(0.0f32, 0.0f32); w * h * channels];
        for (at, sample) in samples.iter().enumerate().take(width * height * channels) {
            let (pixel, channel) = (at / channels, at % channels);
            let (x, y) = (pixel % width / down, pixel / width / down);
            let to = &mut sums[(y * w + x) * channels + channel];
            *to = (to.0 + f32::from(*sample) / 255.0, to.1 + 1.0);
        }
        sums.iter().map(|(sum, n)| sum / n.max(1.0)).collect()
    }

    /// The histograms of all blocks, one after the other.
    fn edges(&self, pixels: &[f32]) -> Vec<f32> {
        let ((w, h, channels), (across, down, side)) = (self.size(), self.cells());
        let light = |x: usize, y: usize, c: usize| pixels[(y * w + x) * channels + c];
        let mut cells = vec![[0.0f32; WAYS]; across * down];
        for y in 0..h {
            for x in 0..w {
                // Of several channels the one with the strongest edge counts.
                let (left, right) = (x.saturating_sub(1), (x + 1).min(w - 1));
                let (above, below) = (y.saturating_sub(1), (y + 1).min(h - 1));
                let slope = |c| {
                    let dx = light(right, y, c) - light(left, y, c);
                    let dy = light(x, below, c) - light(x, above, c);
                    (dx, dy, (dx * dx + dy * dy).sqrt())
                };
                let strongest = (0..channels).map(slope).max_by(|a, b| a.2.total_cmp(&b.2));
                let Some((dx, dy, strength)) = strongest.filter(|s| s.2 > 0.0) else {
                    continue;
                };
                let turn = dy.atan2(dx) / std::f32::consts::PI; // −1 to 1, of which half is enough
                let way = turn.rem_euclid(1.0) * WAYS as f32;
                let place = |at: usize| (at as f32 + 0.5) / side as f32 - 0.5;
                for (cell_y, share_y) in nearest(place(y), down) {
                    for (cell_x, share_x) in nearest(place(x), across) {
                        let cell = &mut cells[cell_y * across + cell_x];
                        let part = strength * share_y * share_x;
                        let (low, rest) = (way as usize % WAYS, way.fract());
                        cell[low] += part * (1.0 - rest);
                        cell[(low + 1) % WAYS] += part * rest;
                    }
                }
            }
        }
        let mut all = Vec::with_capacity(self.columns());
        for y in 0..down - 1 {
            for x in 0..across - 1 {
                let from = all.len();
                for at in [y * across + x, (y + 1) * across + x] {
                    all.extend(cells[at]);
                    all.extend(cells[at + 1]);
                }
                // Clipped and scaled again, so that one strong edge does not hide all others. The
                // little that is added keeps empty blocks empty.
                let block = &mut all[from..];
                let norm = block.iter().map(|x| x * x).sum::<f32>() + 0.01;
                let root = norm.sqrt();
                block.iter_mut().for_each(|x| *x = (*x / root).min(0.2));
                let norm = block.iter().map(|x| x * x).sum::<f32>() + 0.001;
                let root = norm.sqrt();
                block.iter_mut().for_each(|x| *x /= root);
            }
        }
        all
    }
}

/// The two cells nearest to a place, and their shares.
fn nearest(place: f32, cells: usize) -> [(usize, f32); 2] {
    let low = place.floor();
    let share = place - low;
    let at = |i: f32| i.clamp(0.0, (cells - 1) as f32) as usize;
    [(at(low), 1.0 - share), (at(low + 1.0), share)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(image: &Image, samples: &[u8]) -> Vec<f32> {
        let mut row = vec![0.0; image.columns()];
        image.each(samples, &mut |c, x, _| row[c as usize] = x);
        row
    }

    #[test]
    fn edges_know_their_direction_and_not_their_contrast() {
        let image = Image::new(28, 28, 1);
        let stripes = |by: fn(usize) -> usize, light: u8| -> Vec<u8> {
            (0..784).map(|i| light * u8::from(by(i) % 8 < 4)).collect()
        };
        let upright = row(&image, &stripes(|i| i % 28, 200));
        let dim = row(&image, &stripes(|i| i % 28, 150));
        let lying = row(&image, &stripes(|i| i / 28, 200));
        let edges = image.columns() - 784;
        let dot = |a: &[f32], b: &[f32]| -> f32 {
            a[..edges].iter().zip(&b[..edges]).map(|(a, b)| a * b).sum()
        };
        assert!(dot(&upright, &dim) > 0.99);
        assert!(dot(&upright, &lying) < 0.1);
    }

    #[test]
    fn any_size_and_any_bytes_give_a_row() {
        for (w, h, c) in [(1, 1, 1), (2, 7, 3), (33, 5, 1), (640, 480, 3), (8, 8, 1)] {
            let image = Image::new(w, h, c);
            for samples in [vec![], vec![7; 5], vec![9; (w * h * c) as usize + 9]] {
                assert!(row(&image, &samples).iter().all(|x| x.is_finite()));
            }
        }
    }
}
