//! idx, as MNIST comes: a file of images and a file of labels (LeCun, Cortes and Burges).

use super::{Cell, Media, Row, Sink, find, io, open};
use crate::Error;
use std::io::{BufRead, Read};
use std::path::{Path, PathBuf};

/// The fields of such a pair.
const FIELDS: [&str; 2] = ["image", "label"];

/// Reads pairs of files, one after the other: the n-th file of images goes with the n-th file of
/// labels. The fields are called `image` and `label`.
pub(super) fn read(paths: &[PathBuf], names: &[&str], sink: &mut Sink) -> Result<(), Error> {
    let (mut images, mut labels) = (Vec::new(), Vec::new());
    for path in paths {
        let mut file = open(path)?;
        let sizes = dimensions(&mut file, path)?;
        match sizes[..] {
            [_] => labels.push((path, file, sizes)),
            [_, _, _] | [_, _, _, 1 | 3] => images.push((path, file, sizes)),
            _ => {
                return Err(Error::Usage(format!(
                    "{}: neither images nor labels: it has {} dimensions",
                    path.display(),
                    sizes.len()
                )));
            }
        }
    }
    if images.len() != labels.len() {
        return Err(Error::Usage(format!(
            "{} idx files of images and {} of labels: they come in pairs",
            images.len(),
            labels.len()
        )));
    }
    for ((image_path, mut image_file, sizes), (label_path, mut label_file, counts)) in
        images.into_iter().zip(labels)
    {
        if sizes[0] != counts[0] {
            return Err(Error::Usage(format!(
                "{} has {} images, {} has {} labels",
                image_path.display(),
                sizes[0],
                label_path.display(),
                counts[0]
            )));
        }
        let places = names.iter().map(|name| find(image_path, &FIELDS, name));
        let places: Vec<usize> = places.collect::<Result<_, _>>()?;
        let media = |samples| Media::Image {
            width: sizes[2],
            height: sizes[1],
            channels: sizes.get(3).copied().unwrap_or(1),
            samples,
        };
        // 16 MiB an image at most: a made-up size must not take all memory.
        let bytes = sizes[1..]
            .iter()
            .fold(1u64, |all, s| all.saturating_mul(u64::from(*s)));
        if bytes > 1 << 24 {
            return Err(Error::Usage(format!(
                "{}: images are too large",
                image_path.display()
            )));
        }
        for i in 0..sizes[0] {
            let mut samples = vec![0; bytes as usize];
            image_file
                .read_exact(&mut samples)
                .map_err(io("read", image_path))?;
            let mut label = [0];
            label_file
                .read_exact(&mut label)
                .map_err(io("read", label_path))?;
            let mut samples = Some(samples);
            let cells = places.iter().map(|at| match at {
                0 => Cell::Media(media(samples.take().unwrap_or_default())),
                _ => Cell::Text(label[0].to_string()),
            });
            let cells = cells.collect();
            let id = format!("{}:{}", image_path.display(), i + 1);
            sink(Ok(Row { id, cells }))?;
        }
    }
    Ok(())
}

/// Reads the head of an idx file of bytes: its dimensions.
pub(crate) fn dimensions(file: &mut dyn BufRead, path: &Path) -> Result<Vec<u32>, Error> {
    let mut head = [0; 4];
    file.read_exact(&mut head).map_err(io("read", path))?;
    let [0, 0, 8, count @ 1..=4] = head else {
        return Err(Error::Usage(format!(
            "{} is no idx file of bytes",
            path.display()
        )));
    };
    let mut sizes = Vec::new();
    for _ in 0..count {
        let mut size = [0; 4];
        file.read_exact(&mut size).map_err(io("read", path))?;
        sizes.push(u32::from_be_bytes(size));
    }
    Ok(sizes)
}
