//! What a net holds in mind of an input, as one row of numbers.
//!
//! Behind each layer a net has some hundred values for each symbol that it reads. They are brought to
//! one length, symbol by symbol, and pooled over the symbols: their mean, their maximum and the last
//! ones of a text; the means over each part of an image.

use super::super::script::Script;
use crate::{Modality, Schema, Value};
use minlen_neural::{Net, Reader};
use std::sync::Arc;

/// Bytes of a text that are read: half a page.
const MOST: usize = 512;
/// Larger images are averaged down to at most so many pixels a side.
const SIDE: usize = 16;
/// Parts of an image's side.
const PARTS: usize = 4;
/// Inputs that are read side by side.
const TOGETHER: usize = 16;

/// How inputs become symbols, and what is pooled.
pub(super) struct Pools {
    script: Script,
    image: Option<Image>,
}

/// Pixels of a row, rows, and channels.
#[derive(Clone, Copy)]
struct Image {
    width: usize,
    height: usize,
    channels: usize,
}

impl Image {
    /// Pixels of a side that become one.
    fn down(self) -> usize {
        self.width.max(self.height).div_ceil(SIDE).max(1)
    }

    /// What is read.
    fn small(self) -> Image {
        Image {
            width: self.width.div_ceil(self.down()),
            height: self.height.div_ceil(self.down()),
            ..self
        }
    }

    /// Averaged down; samples that are missing are 0.
    fn shrunk(self, samples: &[u8]) -> Vec<u8> {
        let (down, small) = (self.down(), self.small());
        let sample = |x: usize, y: usize, c: usize| {
            let at = (y * self.width + x) * self.channels + c;
            u32::from(samples.get(at).copied().unwrap_or(0))
        };
        let mut all = Vec::with_capacity(small.width * small.height * self.channels);
        for y in (0..self.height).step_by(down) {
            for x in (0..self.width).step_by(down) {
                for c in 0..self.channels {
                    let (mut sum, mut count) = (0, 0);
                    for y in y..(y + down).min(self.height) {
                        for x in x..(x + down).min(self.width) {
                            sum += sample(x, y, c);
                            count += 1;
                        }
                    }
                    all.push((sum / count.max(1)) as u8);
                }
            }
        }
        all
    }

    /// The part of the image that a sample is in.
    fn part(self, at: usize) -> usize {
        let (pixel, Image { width, height, .. }) = (at / self.channels, self);
        let (x, y) = (pixel % width, pixel / width % height);
        y * PARTS / height * PARTS + x * PARTS / width
    }
}

impl Pools {
    pub(super) fn new(schema: &Schema) -> Pools {
        let image = match schema.inputs.as_slice() {
            [field] => match field.kind {
                Modality::Image {
                    width,
                    height,
                    channels,
                } => Some(Image {
                    width: width as usize,
                    height: height as usize,
                    channels: channels as usize,
                }),
                _ => None,
            },
            _ => None,
        };
        Pools {
            script: Script::new(schema, &[], MOST),
            image,
        }
    }

    /// What is read of an input.
    pub(super) fn symbols(&self, inputs: &[Value]) -> Vec<u8> {
        let mut given = match self.image {
            Some(image) => return image.shrunk(&self.script.schema.render(inputs)),
            None => self.script.given(inputs),
        };
        given.truncate(MOST);
        // The last values are those that have seen the end.
        given.push(b'\n');
        given
    }

    /// What is pooled for each layer, in widths of the net.
    fn pools(&self) -> usize {
        self.image.map_or(3, |_| PARTS * PARTS)
    }

    /// Numbers of a row.
    pub(super) fn columns(&self, net: &Net) -> usize {
        net.shape().layers.len() * self.pools() * net.shape().width
    }

    /// A row for each text. Threads have no say in it.
    pub(super) fn rows(&self, net: &Arc<Net>, texts: &[Vec<u8>], threads: usize) -> Vec<Vec<f32>> {
        // Texts of one length end together.
        let mut order: Vec<usize> = (0..texts.len()).collect();
        order.sort_by_key(|i| texts[*i].len());
        let groups: Vec<&[usize]> = order.chunks(TOGETHER).collect();
        let mut rows = vec![Vec::new(); texts.len()];
        let share = groups.len().div_ceil(threads.max(1)).max(1);
        std::thread::scope(|scope| {
            let parts: Vec<_> = groups
                .chunks(share)
                .map(|part| {
                    scope.spawn(move || {
                        part.iter()
                            .map(|g| self.group(net, texts, g))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            let done = parts.into_iter().flat_map(|part| match part.join() {
                Ok(part) => part,
                Err(panic) => std::panic::resume_unwind(panic),
            });
            for (group, done) in groups.iter().zip(done) {
                for (i, row) in group.iter().zip(done) {
                    rows[*i] = row;
                }
            }
        });
        rows
    }

    /// The rows of texts that are read side by side.
    fn group(&self, net: &Arc<Net>, texts: &[Vec<u8>], group: &[usize]) -> Vec<Vec<f32>> {
        let (d, pools) = (net.shape().width, self.pools());
        let mut reader = Reader::new(net.clone(), group.len());
        let mut rows = vec![vec![0.0f32; self.columns(net)]; group.len()];
        let small = self.image.map(Image::small);
        let mut counts = vec![0u32; pools];
        let mut unit = vec![0.0f32; d];
        let longest = group.iter().map(|i| texts[*i].len()).max().unwrap_or(0);
        for at in 0..longest {
            let symbols: Vec<Option<u8>> =
                group.iter().map(|i| texts[*i].get(at).copied()).collect();
            let part = small.map_or(0, |image| image.part(at));
            counts[part] += 1;
            reader.read(&symbols, &mut |stream, layer, x| {
                let mean = x.iter().map(|x| x * x).sum::<f32>() / d as f32;
                let by = 1.0 / (mean + 1e-6).sqrt();
                unit.iter_mut().zip(x).for_each(|(u, x)| *u = x * by);
                let row = &mut rows[stream][layer * pools * d..][..pools * d];
                let sums = row[part * d..][..d].iter_mut();
                sums.zip(&unit).for_each(|(s, u)| *s += u);
                if small.is_none() {
                    let (most, last) = row[d..].split_at_mut(d);
                    let most = most.iter_mut().zip(&unit);
                    most.for_each(|(m, u)| *m = if at == 0 { *u } else { m.max(*u) });
                    last.copy_from_slice(&unit);
                }
            });
        }
        for (row, i) in rows.iter_mut().zip(group) {
            for (pool, values) in row.chunks_exact_mut(d).enumerate() {
                let count = match small {
                    Some(_) => counts[pool % pools],
                    None if pool % pools == 0 => texts[*i].len() as u32,
                    None => continue,
                };
                values.iter_mut().for_each(|v| *v /= count.max(1) as f32);
            }
        }
        rows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Field;
    use minlen_neural::{Shape, Weights};

    fn schema(kind: Modality) -> Schema {
        let field = |name: &str, kind| Field {
            field: name.to_string(),
            kind,
        };
        Schema {
            inputs: vec![field("in", kind)],
            output: field("out", Modality::Category),
            labels: vec!["a".into(), "b".into()],
        }
    }

    fn net() -> Arc<Net> {
        let shape: Shape = "32,32,16,RW".parse().unwrap();
        let parameters = (0..shape.parameters()).map(|i| (i * 7919 % 1009) as f32 / 2000.0 - 0.25);
        let weights = Weights::quantise(&shape, &parameters.collect::<Vec<_>>()).unwrap();
        Arc::new(Net::new(&weights))
    }

    #[test]
    fn large_images_are_averaged_down_and_cut_into_parts() {
        let image = Image {
            width: 28,
            height: 20,
            channels: 1,
        };
        let samples: Vec<u8> = (0..28 * 20).map(|at| (at % 28 + at / 28) as u8).collect();
        let small = image.shrunk(&samples);
        assert_eq!(small.len(), 14 * 10);
        // Of the samples 6, 7, 7 and 8.
        assert_eq!(small[14 + 2], 7);
        assert_eq!(image.shrunk(&[]), vec![0; 14 * 10]);
        let part = |x: usize, y: usize| image.small().part(y * 14 + x);
        assert_eq!(
            [part(0, 0), part(13, 0), part(0, 9), part(13, 9)],
            [0, 3, 12, 15]
        );
    }

    #[test]
    fn rows_are_pooled_values_whoever_reads_beside_them() {
        let (pools, net) = (Pools::new(&schema(Modality::Text)), net());
        let texts: Vec<Vec<u8>> = (0..40u8)
            .map(|i| pools.symbols(&[Value::Text("ab ".repeat(usize::from(i % 7) + 1))]))
            .collect();
        let rows = pools.rows(&net, &texts, 1);
        assert_eq!(rows, pools.rows(&net, &texts, 3));
        for (text, row) in texts.iter().zip(&rows).step_by(5) {
            assert_eq!(row, &pools.rows(&net, std::slice::from_ref(text), 1)[0]);
            let mut seen: Vec<Vec<f32>> = Vec::new();
            let mut reader = Reader::new(net.clone(), 1);
            for s in text {
                reader.read(&[Some(*s)], &mut |_, layer, x| {
                    let length = (x.iter().map(|x| x * x).sum::<f32>() / 32.0).sqrt();
                    if layer == 1 {
                        seen.push(x.iter().map(|x| x / length).collect());
                    }
                });
            }
            for at in 0..32 {
                let values = || seen.iter().map(|x| x[at]);
                let mean = values().sum::<f32>() / seen.len() as f32;
                let most = values().fold(f32::NEG_INFINITY, f32::max);
                let last = values().next_back().unwrap();
                // The second layer's: three pools of 32 behind three of 32.
                for (pool, right) in [mean, most, last].into_iter().enumerate() {
                    let row = row[(3 + pool) * 32 + at];
                    assert!((row - right).abs() < 1e-3, "{row} for {right}");
                }
            }
        }
    }
}
