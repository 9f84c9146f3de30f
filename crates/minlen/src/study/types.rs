//! What a study says, as plain data. Sizes are in bytes, code lengths in bits, rates in bits a
//! byte of the original, times in seconds.

#[cfg(feature = "serde")]
use serde::{Deserialize, Serialize};

/// Declares plain data that can be written as JSON with the feature `serde`.
macro_rules! plain {
    ($($item:item)*) => { $(
        #[derive(Clone, Debug, PartialEq)]
        #[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
        $item
    )* };
}

plain! {
/// The outcome of a study.
pub struct Study {
    /// The version of minlen that made it.
    pub version: String,
    /// The seed of all intervals.
    pub seed: u64,
    /// Threads that ran contestants at the same time.
    pub threads: u64,
    /// Wall time.
    pub seconds: f64,
    /// Who took part, the same for every file; [`Score`]s point here.
    pub contestants: Vec<Contestant>,
    /// The files, in the order of their names.
    pub files: Vec<FileStudy>,
    /// All files together, each described on its own.
    pub total: Total,
    /// What could not be studied.
    pub skipped: Vec<SkippedFile>,
    /// All of it in a sentence.
    pub verdict: Verdict,
    /// The archive that was left.
    pub kept: Option<Kept>,
}

/// Who takes part.
pub struct Contestant {
    /// The recipe, or the command of a reference line.
    pub name: String,
    /// The family in plain words.
    pub family: String,
    /// What it does, in a line.
    pub summary: String,
    /// Whether it is a line to compare with rather than a model of minlen: its size counts all
    /// of its file format, and it is never called the best.
    pub reference: bool,
    /// What a reader must hold beside the code before it can begin: a trained model's size. 0 for
    /// what learns while it codes.
    pub own_bytes: u64,
}

/// A contestant's result.
pub struct Score {
    /// Which of [`Study::contestants`].
    pub contestant: u64,
    /// The code length of the data. A model's does not count the framing of an archive; a
    /// reference's is that of a whole file.
    pub bits: f64,
    /// Bits a byte.
    pub rate: f64,
    /// Time of one thread, others running beside it.
    pub seconds: f64,
    /// Where the rate could lie for other data of the same kind (95 %).
    pub interval: Option<Range>,
    /// This contestant's rate minus the best model's, place by place, with its interval (95 %).
    pub behind: Option<Difference>,
    /// Why it did not take part, in words; its other figures mean nothing then.
    pub problem: Option<String>,
}

/// Two ends.
pub struct Range {
    /// The lower.
    pub low: f64,
    /// The upper.
    pub high: f64,
}

/// A mean difference and its ends.
pub struct Difference {
    /// The mean.
    pub mean: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// What a study says of a file.
pub struct FileStudy {
    /// Its path below the folder that all files share, as people read it (what is not UTF-8 is
    /// escaped).
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// Its BLAKE3 hash.
    pub hash: String,
    /// Different byte values in it.
    pub distinct: u64,
    /// How it was seen, block by block.
    pub views: Vec<SeenBlock>,
    /// Results, in the order of the contestants.
    pub scores: Vec<Score>,
    /// The contestant with the shortest code among minlen's models (and `stored`).
    pub best: u64,
    /// Models that are not clearly worse than the best: the interval of the difference holds 0.
    pub ties: Vec<u64>,
    /// What more data of the kind would cost.
    pub forecast: Forecast,
    /// Everything else; only for the largest files of a study.
    pub detail: Option<Detail>,
    /// The file in a sentence.
    pub verdict: Verdict,
}

/// How a block was seen.
pub struct SeenBlock {
    /// Where it begins.
    pub offset: u64,
    /// The view's name.
    pub view: String,
    /// What it saw, in words.
    pub says: String,
    /// Bytes from one value to the next; 0: none.
    pub unit: u64,
    /// Bytes from one row or record to the next; 0: none.
    pub row: u64,
    /// Bytes before the first.
    pub start: u64,
}

/// Details of a file under its best model.
pub struct Detail {
    /// The model that the details are about.
    pub model: u64,
    /// Learning curves: the best model's, then that of order:2.
    pub curves: Vec<Curve>,
    /// What the model's inputs earned over 8 bits a byte, the most first: together, what it
    /// gained. Empty for models that cannot tell, and where nothing was gained.
    pub earned: Vec<Earned>,
    /// What each place cost.
    pub heat: Heat,
    /// The places that cost least.
    pub cheap: Vec<Place>,
    /// The places that cost most.
    pub dear: Vec<Place>,
    /// The first bytes that were looked at for places: before them, the model knew too little.
    pub places_from: u64,
    /// Stretches of the data with the cost of every byte.
    pub excerpts: Vec<Place>,
}

/// What an input of a model earned: its part of the gain of every bit, in proportion to how hard
/// it pulled the prediction (integrated gradients: Sundararajan, Taly, Yan, *Axiomatic attribution
/// for deep networks*, ICML 2017). It says whose word was heeded, not what would be lost without:
/// inputs that say the same share. Of files above 64 KiB, as many bytes, drawn by chance, stand for
/// all.
pub struct Earned {
    /// The kind of input, of which there are few.
    pub kind: String,
    /// What the input looks at, in plain words.
    pub name: String,
    /// Bits earned; below 0 where it misled more than it helped.
    pub bits: f64,
    /// Bits a byte earned in each of up to 60 equal stretches of the file; empty for several files
    /// together.
    pub along: Vec<f64>,
}

/// A learning curve.
pub struct Curve {
    /// Whose.
    pub contestant: u64,
    /// Points by size.
    pub points: Vec<Point>,
}

/// A point of a learning curve.
pub struct Point {
    /// Bytes seen.
    pub bytes: u64,
    /// Bits a byte from the beginning.
    pub rate: f64,
    /// Bits a byte since the point before.
    pub latest: f64,
}

/// What each place cost, as a grid.
pub struct Heat {
    /// Cells in a row.
    pub columns: u64,
    /// Mean bits a byte of each cell, row by row; −1 where there is no data.
    pub cells: Vec<f64>,
    /// Whether rows of the grid are rows of the data (pixels, records); otherwise the grid is in
    /// reading order.
    pub shaped: bool,
    /// Bytes a cell, in the mean.
    pub cell_bytes: f64,
}

/// Some bytes and what they cost.
pub struct Place {
    /// Where.
    pub offset: u64,
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Bits of each byte.
    pub bits: Vec<f64>,
}

/// What as much data again, of the same kind, would cost.
pub struct Forecast {
    /// `power law`, `second half` or `cannot tell`.
    pub method: String,
    /// Bits a byte, when it can be told.
    pub next: Option<f64>,
    /// Where it could lie (90 %).
    pub range: Option<Range>,
    /// `[a, b, c]` of the law a + b·x^−c, for `power law`.
    pub law: Option<[f64; 3]>,
    /// What the law, fitted to the first half, missed the second half by; bits a byte.
    pub miss: Option<f64>,
    /// `falling`, `flat`, `rising` or `unknown`.
    pub trend: String,
}

/// All files together.
pub struct Total {
    /// Files.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Sums of every contestant's bits; those that had a problem with a file are marked with it.
    pub scores: Vec<Score>,
    /// The model with the least sum.
    pub best: u64,
    /// How many files each family described shortest: name and files, most first.
    pub winners: Vec<Winner>,
    /// What the inputs of each file's best model earned, added up over the files with details.
    pub earned: Vec<Earned>,
    /// The sum when every file is described by its own best model.
    pub best_each_bits: f64,
}

/// How many files a family described shortest.
pub struct Winner {
    /// The family.
    pub family: String,
    /// Files.
    pub files: u64,
}

/// What was left out.
pub struct SkippedFile {
    /// Its path, as people read it.
    pub name: String,
    /// Why.
    pub why: String,
}

/// A conclusion.
pub struct Verdict {
    /// What kind it is.
    pub kind: VerdictKind,
    /// In one sentence, without the name of the file.
    pub words: String,
}

/// An archive that was left, decoded and compared with the sources.
pub struct Kept {
    /// Where.
    pub path: String,
    /// Its size.
    pub bytes: u64,
    /// The model.
    pub recipe: String,
    /// Bytes that were decoded and found equal to the sources.
    pub compared_bytes: u64,
}
}

/// Kinds of conclusion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(Serialize, Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum VerdictKind {
    /// There is no data.
    Empty,
    /// There is too little data to tell.
    TooSmall,
    /// One byte value only.
    OneValue,
    /// Below 1 bit a byte.
    VeryStrong,
    /// Below 3 bits a byte.
    Strong,
    /// Below 5.5 bits a byte.
    Clear,
    /// Less than stored, but not by much.
    Weak,
    /// Compressed already, and not much is left.
    Compressed,
    /// No structure found.
    Random,
}

impl VerdictKind {
    /// In a word or three.
    pub fn name(self) -> &'static str {
        match self {
            VerdictKind::Empty => "empty",
            VerdictKind::TooSmall => "too small to tell",
            VerdictKind::OneValue => "one value",
            VerdictKind::VeryStrong => "very strong structure",
            VerdictKind::Strong => "strong structure",
            VerdictKind::Clear => "clear structure",
            VerdictKind::Weak => "weak structure",
            VerdictKind::Compressed => "already compressed",
            VerdictKind::Random => "no structure found",
        }
    }
}
