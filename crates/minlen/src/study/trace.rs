//! What is kept of a trace while it passes: little, whatever the size of the file.

use crate::Cost;
use crate::study::account::AccountRecorder;
use crate::study::places::Places;
use crate::study::types::{Heat, Place, SeenBlock};
use crate::walk::{BlockView, Listener};
use minlen_core::Input;
use minlen_stats::{Cells, CurveRecorder};

/// Cells that intervals are computed from.
const CELLS: usize = 4096;
/// The same, for files without details.
const FEW_CELLS: usize = 512;
/// Bytes of a cell at least: the cost of single bytes is too ragged to be resampled.
const CELL_BYTES: u64 = 16;
/// The grid of the heat map in reading order.
const HEAT: (usize, usize) = (64, 32);
/// Bytes of an excerpt, from the beginning and from later on.
const EXCERPTS: [u64; 2] = [1000, 1400];
/// Where the later excerpt begins, in tenths of the file: the model knows most there, and the end
/// of a file is often peculiar.
const LATER_TENTHS: u64 = 7;

/// Keeps what a study tells about a model and a file.
pub(crate) struct Recorder {
    pub(crate) bytes: u64,
    pub(crate) views: Vec<SeenBlock>,
    pub(crate) cells: Cells,
    pub(crate) curve: CurveRecorder,
    pub(crate) detail: Option<DetailRecorder>,
    seen: [bool; 256],
}

pub(crate) struct DetailRecorder {
    pub(crate) heat: HeatRecorder,
    pub(crate) places: Places,
    pub(crate) account: AccountRecorder,
    excerpts: Vec<(u64, u64, Place)>,
    position: u64,
}

impl Recorder {
    pub(crate) fn new(bytes: u64, detail: bool) -> Recorder {
        let cells = if detail { CELLS } else { FEW_CELLS };
        Recorder {
            bytes,
            views: Vec::new(),
            cells: Cells::new(bytes, cells, CELL_BYTES),
            curve: CurveRecorder::new(bytes),
            detail: detail.then(|| DetailRecorder::new(bytes)),
            seen: [false; 256],
        }
    }

    /// Different byte values.
    pub(crate) fn distinct(&self) -> u64 {
        self.seen.iter().filter(|&&s| s).count() as u64
    }

    /// Means of the cells in the second half of the file.
    pub(crate) fn second_half(&self) -> Vec<f64> {
        let means = self.cells.full_means();
        means[means.len() / 2..].to_vec()
    }
}

impl Listener for Recorder {
    fn block(&mut self, seen: BlockView, bytes: &[u8]) {
        let seen = SeenBlock {
            offset: seen.offset,
            view: seen.view.to_string(),
            says: seen.says,
            unit: seen.structure.unit.into(),
            row: seen.structure.row.into(),
            start: seen.structure.start.into(),
        };
        if let Some(detail) = &mut self.detail
            && bytes.len() as u64 == self.bytes
        {
            detail.heat.shape(&seen, self.bytes);
        }
        self.views.push(seen);
    }

    fn inputs(&mut self, inputs: &[Input], symbols: u64) {
        if let Some(detail) = &mut self.detail {
            detail.account.inputs(inputs, symbols);
        }
    }

    #[inline]
    fn wants_earnings(&mut self) -> bool {
        self.detail.as_mut().is_some_and(|d| d.account.wants())
    }

    fn earned(&mut self, position: u64, earned: &[i64]) {
        if let Some(detail) = &mut self.detail {
            detail.account.earned(position, earned);
        }
    }

    #[inline]
    fn byte(&mut self, byte: u8, cost: Cost) {
        let bits = cost.units() as f64 / Cost::UNITS_A_BIT as f64;
        self.seen[usize::from(byte)] = true;
        self.cells.push(bits);
        self.curve.push(bits);
        if let Some(detail) = &mut self.detail {
            detail.byte(byte, bits);
            detail.account.byte(cost);
        }
    }
}

impl DetailRecorder {
    fn new(bytes: u64) -> DetailRecorder {
        let later = bytes / 10 * LATER_TENTHS;
        let ranges = if bytes <= EXCERPTS[0] + EXCERPTS[1] {
            vec![(0, bytes)]
        } else {
            vec![(0, EXCERPTS[0]), (later, (later + EXCERPTS[1]).min(bytes))]
        };
        DetailRecorder {
            heat: HeatRecorder::new(bytes),
            places: Places::new(bytes),
            account: AccountRecorder::new(bytes),
            excerpts: ranges
                .into_iter()
                .map(|(from, to)| {
                    let place = Place {
                        offset: from,
                        bytes: Vec::new(),
                        bits: Vec::new(),
                    };
                    (from, to, place)
                })
                .collect(),
            position: 0,
        }
    }

    #[inline]
    fn byte(&mut self, byte: u8, bits: f64) {
        let position = self.position;
        self.position += 1;
        self.heat.push(position, bits);
        self.places.push(position, byte, bits);
        for (from, to, place) in &mut self.excerpts {
            if (*from..*to).contains(&position) {
                place.bytes.push(byte);
                place.bits.push(rounded(bits));
            }
        }
    }

    /// The excerpts; a later one begins with a line when there is one near.
    pub(crate) fn excerpts(&self) -> Vec<Place> {
        let mut places: Vec<Place> = self.excerpts.iter().map(|(_, _, p)| p.clone()).collect();
        for place in places.iter_mut().skip(1) {
            let near = place.bytes.iter().take(400).position(|&b| b == b'\n');
            if let Some(end) = near {
                place.offset += end as u64 + 1;
                place.bytes.drain(..=end);
                place.bits.drain(..=end);
            }
        }
        places.retain(|p| !p.bytes.is_empty());
        places
    }
}

/// Hundredths of a bit are plenty for one byte.
pub(crate) fn rounded(bits: f64) -> f64 {
    (bits * 100.0).round() / 100.0
}

/// Sums by cell of a grid.
pub(crate) struct HeatRecorder {
    columns: u64,
    rows: u64,
    /// `(start, row, rows of data)` when the grid has the shape of the data.
    shape: Option<(u64, u64, u64)>,
    cell_bytes: u64,
    sums: Vec<(f64, u64)>,
}

impl HeatRecorder {
    fn new(bytes: u64) -> HeatRecorder {
        let most = (HEAT.0 * HEAT.1) as u64;
        let cell_bytes = bytes.div_ceil(most).max(1);
        let cells = bytes.div_ceil(cell_bytes);
        let columns = (HEAT.0 as u64).min(cells.max(1));
        HeatRecorder {
            columns,
            rows: cells.div_ceil(columns),
            shape: None,
            cell_bytes,
            sums: vec![(0.0, 0); (cells.div_ceil(columns) * columns) as usize],
        }
    }

    /// Takes the shape of pictures and records, when there are enough rows to see something.
    fn shape(&mut self, seen: &SeenBlock, bytes: u64) {
        let data = bytes.saturating_sub(seen.start);
        let rows = data.checked_div(seen.row).unwrap_or(0);
        let across = match seen.unit {
            unit if unit > 0 && unit < seen.row => seen.row / unit,
            _ => seen.row,
        };
        if rows < 16 || across < 4 {
            return;
        }
        let picture = matches!(seen.view.as_str(), "pnm" | "bmp");
        self.columns = across.min(if picture { 128 } else { 96 });
        let even = self.columns as f64 * rows as f64 / across as f64;
        self.rows = if picture {
            (even.round() as u64).clamp(8, 192).min(rows)
        } else {
            rows.min(48)
        };
        self.shape = Some((seen.start, seen.row, rows));
        self.sums = vec![(0.0, 0); (self.columns * self.rows) as usize];
    }

    #[inline]
    fn push(&mut self, position: u64, bits: f64) {
        let cell = match self.shape {
            None => position / self.cell_bytes,
            Some((start, row, rows)) => {
                let Some(at) = position.checked_sub(start) else {
                    return;
                };
                let down = at / row * self.rows / rows;
                down * self.columns + at % row * self.columns / row
            }
        };
        if let Some((sum, n)) = self.sums.get_mut(cell as usize) {
            *sum += bits;
            *n += 1;
        }
    }

    pub(crate) fn heat(&self) -> Heat {
        let filled = self.sums.iter().filter(|(_, n)| *n > 0).count();
        let bytes: u64 = self.sums.iter().map(|(_, n)| n).sum();
        Heat {
            columns: self.columns,
            cells: self
                .sums
                .iter()
                .map(|&(sum, n)| match n {
                    0 => -1.0,
                    n => rounded(sum / n as f64),
                })
                .collect(),
            shaped: self.shape.is_some(),
            cell_bytes: bytes as f64 / filled.max(1) as f64,
        }
    }
}
