//! Context mixing, a nibble at a time: the second engine, shorter and at more than twice the speed
//! of [`mix`](crate::mix), from which it has its plan.
//!
//! What is new:
//! - **What histories are worth is kept as stretches**, moved by a table of steps; no probability,
//!   no count, no division, and the mixer's inputs lie ready. After the first 16,384 symbols only
//!   every fourth context learns its worth at a time.
//! - **Runs**: for some contexts, the symbol that came last and how often in a row.
//! - **Fields**: the number or name so far, the field of the line, and what stands in the same field
//!   of the line before.
//! - **Lists by kind of data**: text whose words are codes, other text, other data.
//! - **A match may be sure**: in long matches, at places that have hardly ever failed, nothing else
//!   is asked or learnt.
//! - Tables grow in place, by the lines in use, so that little data touch little memory.
//! - Matches are looked up a symbol late, when the table's line has come.
//!
//! | file | idea |
//! |---|---|
//! | `past` | what was seen, boiled down to features |
//! | `characters` | the characters of UTF-8 |
//! | `contexts` | pairs of features, hashed |
//! | `states` | bit histories: 183 states |
//! | `worth` | what a history is worth: an adaptive stretch a state |
//! | `matching` | the match models, and when one is sure |
//! | `runs` | which symbol came last in a context, and how often in a row |
//! | `foresight` | what a line lets foresee, as inputs: `recall`, what stood behind something else in it, and `clock`, its date |
//! | `apm`, `refiner` | curves that correct the mixed prediction |
//! | `counsel` | the last word between the mixer and a foreign prediction |
//! | `settings` | the presets |
//! | `model` | how they work together |
//! | `model/rewind` | the way back, for many streams that begin alike |
//! | `explain` | what the inputs are, in plain words |
//! | `crate::mixing` | what `mix` is made of, too |
//! | `crate::kernels` | the inner loops: scalar reference, AVX2, AVX-512 |
//!
//! Order of inputs: contexts, direct ones first, late ones last, two a
//! [`Pair`](crate::kernels::Pair); then a pair for each match model, at even places (at the first
//! one's odd places the foreign prediction, 0 without one); then runs, two a pair; then foresight, if
//! there is.
//!
//! # The ladder
//!
//! enwik8, first 4,000,000 bytes. (`mix:default` takes 843,368 bytes and 4.2 s.) Times are user CPU
//! of the model alone, on a busy machine; `zpaq -m5 -t1` took 9.0 to 9.2 s.
//!
//! | rung | bytes | s |
//! |---|--:|--:|
//! | `mix:default`, worth as stretches, every fourth learns, features | 844,174 | 3.4 |
//! | table by lines in use, matches with what followed in place | 844,026 | 3.2 |
//! | words as codes (a view: 2,225,256 symbols) | 840,959 | 2.05 |
//! | faster weights (× 1.4), faster curves, other bounds and ageing of histories; 14 contexts | 830,194 | 2.37 |
//! | runs of two contexts | 824,900 | 2.55 |
//! | 10 contexts, 2 weight sets instead of 4 | 833,093 | 2.3 |
//! | growing in place, runs looked up early | 833,093 | 2.05 |
//! | `mix2:default`: 8 contexts, no curves | 843,234 | 1.63 |
//! | `mix2:strong`: 20 contexts, runs of four, one curve | 816,012 | |
//! | `mix2:max`: 32 contexts, all runs, 6 sets, 2 match models, 2 curves | 804,998 | 9.65 |
//! | `mix2:fast`: 4 contexts, small table | 897,925 | 1.1 |
//!
//! Other data, `mix2:default` beside `mix:default`, bytes of archives: the CSVs of a catalogue of
//! tables 661,031 (812,136), twelve logs 141,038 (158,968), JSON files 720,154 (793,397). Of the contexts
//! one alone, the field with the symbols above, takes a sixth off one table; the length of the
//! number so far takes an eighth off a file of coordinates.
//!
//! What did not pay (first 900,000 symbols of the text above, and 1 MB of plays):
//! - rows of weights that begin with what a set without choice has learnt: 0.1 to 0.2 % worse than
//!   beginning at the same prior;
//! - more weight sets than match and classes: 0.1 % for two more, 0.2 % for four;
//! - 128 or 145 states, so that look-ups take half: 0.3 % worse;
//! - curves over three symbols or of 2¹⁶ rows, the mean of mixer and two curves: ± 0.1 %;
//! - a table without a neighbour to look into: 0.8 % worse, a tenth faster;
//! - contexts beyond 32: two more are worth 0.05 to 0.15 %;
//! - a second context of order 0, by mistake: 0.2 % *worse*, since both moved the same histories.
//!
//! ## `swift`, `default-2`, `strong-2`
//!
//! The view `words-1` makes 2,046,062 symbols of those 4,000,000 bytes. Coded bytes, and seconds on a
//! machine that was busier still:
//!
//! | contexts, two weight sets, table of `fast` | bytes | s |
//! |---|--:|--:|
//! | `fast`: last 1, last 2 (w), last 4, word (w) | 874,135 | 1.19 |
//! | last 1, last 2, last 3, form 8 | 869,805 | 1.02 |
//! | nothing, last 1, last 2, form 8 | 888,687 | 0.87 |
//! | last 2 (w), word (w) | 931,936 | 1.04 |
//! | last 1, last 2 | 948,254 | 0.78 |
//! | the third with 2¹⁸ lines and places (`swift`) | 891,834 | 0.90 |
//!
//! JSON files, 7,283,496 bytes, in the same way:
//!
//! | contexts | bytes | s |
//! |---|--:|--:|
//! | `default`: 12, runs of two | 717,119 | 4.7 |
//! | 8 that a greedy search left of these on parts of the files | 737,152 | 3.5 |
//! | last 4 and token + field above give way to last 1 and last 5 | 724,483 | 3.2 |
//! | these without field + token, last 3 instead | 735,275 | 3.0 |
//! | the third row with 2²⁰ lines and no runs | 728,843 | 2.9 |
//!
//! `default-2` is that without form 8 and what the match expects, and with matches from 7 symbols on: 1.0 %
//! more bytes of JSON, 5 % of logs, 0.2 % of tables, a tenth to a fifth off the time.
//!
//! Matches that begin at 8 symbols instead of 5: 2.2 % fewer bytes of a PDF in Polish, 1.8 % of a file of
//! molecules, 0.6 % of XML, ± 0.05 % of a program, a database and a picture, 0.4 % more of a tar file of
//! sources; no slower. At 8, and others at 5 (`strong-2`): 0.5 % fewer of the tar file, 0.3 % of the molecules
//! and of XML, 0.16 % of prose, for 6 % of the time. From 10 symbols on, 3 to 6 % more.
//!
//! - To clear fresh memory took a fifth of the time of a file of coordinates (2 MB): 2²⁰ lines for text
//!   without codes instead of 2²² take off a quarter of its time for 0.2 % more bytes.
//! - In text of codes what followed two symbols is left out where no context asks for it: − 3 %.
//! - `strong` without its least useful contexts, one at a time: 0.0 to 0.3 % each; two weight sets fewer
//!   for other data: + 0.14 %, a tenth faster.
//! - Sure matches from 12 symbols and 8 right ones on: a tenth faster, 2 % worse.
//! - The high nibble is learnt after the next symbol's lines were asked for (lists without wide contexts and
//!   presets without curves): `swift` − 4 %, the same bytes.
//! - No branch on the coded bit, inputs of matches and runs cleared as whole registers: `swift` − 2 %,
//!   `default-2` − 5 %.
//!
//! ### `swift-2`
//!
//! enwik8, first 4,000,000 bytes, in codes of words; archive bytes and CPU seconds, alternating, of one table of
//! 2¹⁸ lines (`zpaq -m5` in the same runs: 9.6 to 10.4 s):
//!
//! | | bytes | s |
//! |---|--:|--:|
//! | `swift` | 896,714 | 0.91 |
//! | the same bytes: sets mixed without a stack of sums, nibbles coded without asking for each bit | 896,714 | 0.88 |
//! | fresh cells written as whole registers, since who loads a register of which a byte was stored last waits | 896,714 | 0.86 |
//! | no copies of places, runs of matches looked at only in long ones, large pages from 2 MiB on | 896,714 | 0.84 |
//! | only the set of matches, no last layer | 915,938 | |
//! | it also tells coarse classes of the last byte apart (`match coarse`) | 902,319 | 0.77 |
//! | first weights up to 28,000 | 898,755 | |
//!
//! Other data keep two sets: one is 0.7 to 3.5 % more bytes of programs, pictures and databases. Tables of 2¹⁷, 2¹⁶, 2¹⁵
//! lines: + 0.4, 1.2, 2.4 % bytes, − 1, 2, 4 % time (the fastest of nine runs). Other rates of the one set: 0.06 % at best. Coarse classes of
//! two bytes: + 0.06 %.
//!
//! ### `strong-3`
//!
//! Archive bytes, and contexts (look-ups are most of the time), of the first 2,500,000 bytes of a picture of 16
//! bits (mr), 2,000,000 of another (x-ray) and of a program (ooffice), and 1,500,000 from within a database (osdb):
//!
//! | contexts for other data | of a layout | mr | x-ray | of none | ooffice | osdb |
//! |---|--:|--:|--:|--:|--:|--:|
//! | `strong-2` | 26 | 468,210 | 839,015 | 20 | 628,719 | 352,330 |
//! | without above + last 1, column + above | | | | 18 | 628,567 | 352,551 |
//! | without column + last 1 and last 5, too | | | | 16 | 628,966 | 353,843 |
//! | without last 5, last 6, form 8, shape 6 | 22 | 470,043 | 838,956 | | | |
//! | without nothing, last 3, last 5, back 2, back 3, last 1 + back 3, shape 6, last 1 + back 34, form 8, what is expected | 16 | 467,110 | 838,630 | | | |
//! | without last 4, follow 2 + last 2, follow 1 + last 1, too, but with shape 6 | 14 | 467,697 | 838,796 | | | |
//! | last 4 instead of last 6 there, follow 1 instead of shape 6 | 14 | 469,654 | 839,152 | | | |
//! | two weight sets instead of four | 26 | 469,400 | 840,865 | | | |
//!
//! Whole files at `-7`, `strong-2` and `strong-3`: mr 1,991,946 and 1,989,716, x-ray 3,594,221 and 3,583,029, ooffice
//! 1,671,380 and 1,677,284, osdb 2,220,076 and 2,220,305.
//!
//! Chinese, 3,000,000 bytes of prose and documents (`zpaq -m5`: 762,427), `default-2`; after the list for
//! tables: whole characters, and for its second weight set another than classes, which are all one:
//!
//! | contexts | bytes |
//! |---|--:|
//! | the list *table* | 831,730 |
//! | last 1, last 2, char 1, char 2, char 3, char gap | 798,179 |
//! | char 1 wide, nothing, last 4 | 783,022 |
//! | byte 2 instead of classes | 779,909 |
//! | runs of char 1 and char 2 | 773,699 |
//! | byte, hits instead of byte 2 | 780,787, 783,401 (without runs) |
//! | word, follow 1 + last 1, last 8 instead of last 4 | 774,469, 778,101, 780,087 |
//!
//! What brought no speed (Zen 4): to collapse what a growing table has used into large pages (± 1 %); lines and cells found by arithmetic instead of branches; hashes, lines
//! and cells of all contexts at once by gathers (a sixth slower); inputs of matches written as one
//! register; a look-up of 192 states instead of 256; lines that are missing taken out of line.
//!
//! What a floating-point laboratory with exact tables says of the plan (1 MB of enwik8, 6 contexts):
//! histories of more than 256 states would give 0.25 %; the integers cost nothing to speak of.

pub(crate) mod apm;
pub(crate) mod characters;
pub(crate) mod clock;
pub(crate) mod contexts;
pub(crate) mod counsel;
pub(crate) mod explain;
pub(crate) mod foresight;
pub(crate) mod matching;
pub(crate) mod model;
pub(crate) mod past;
pub(crate) mod recall;
pub(crate) mod refiner;
pub(crate) mod runs;
pub(crate) mod settings;
pub(crate) mod states;
pub(crate) mod worth;

use crate::kernels::Cpu;
use crate::mixing::foreign::Foreign;
use minlen_core::{Entry, Error, Family, Limits, Model, Structure};
use model::Mix;
use settings::Settings;

pub(crate) const ENTRY: Entry = Entry {
    name: "mix2",
    summary: "bit histories and runs in many contexts, mixed by online learning",
    settings: "swift-2, fast, default-2, strong-3, lines (for records) or max (older: swift, default, \
               strong, strong-2); \
               then, if you like, a comma and log2 of the number of 64-byte lines, 12 to 24 (22; swift, \
               swift-2: 18; fast, lines: 20; max: 23)",
    family: Family::Mixing,
    samples: &[
        "fast,12",
        "default,14",
        "strong,16",
        "max,17",
        "swift,12",
        "swift-2,12",
        "default-2,14",
        "strong-2,16",
        "strong-3,16",
        "lines,14",
    ],
    memory: |settings| Ok(Settings::parse(settings)?.memory()),
    fit: Some(Settings::fit),
    build: |settings, structure| {
        Ok(Box::new(Mix::new(
            &Settings::parse(settings)?,
            structure,
            Cpu::best(),
            None,
        )))
    },
    batch: None,
};

/// The model `mix2:settings` with a foreign prediction as one more input, within `limits`.
///
/// Such a model is another model than without: what it coded is decoded only with the same
/// advice.
pub fn mix2_with(
    settings: &str,
    structure: &Structure,
    limits: &Limits,
    foreign: Box<dyn Foreign>,
) -> Result<Box<dyn Model>, Error> {
    let settings = Settings::parse(settings)?;
    let memory = settings.memory();
    Limits::check("the model's memory in bytes", memory, limits.model_bytes)?;
    Ok(Box::new(Mix::new(
        &settings,
        structure,
        Cpu::best(),
        Some(foreign),
    )))
}
