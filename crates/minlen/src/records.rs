//! Blocks of records: each is coded on its own, from the same beginning, and can be had alone.
//!
//! The recipe is `records:` and the recipe of the model under which every record begins. Such a
//! block has one lane: a check of the rest of the lane, what records are, how many there are (with a
//! check of its own), a list of how long each code is, and the codes. `docs/format.md`, section 8.6, has the
//! details.

use crate::learnt::first_prefixed;
use crate::{Error, Form, Reading, Recipe, Watch};
use minlen_core::{Decoder, Encoder, Guide, Limits, Model, Rewind, Structure, Symbol, run};
use minlen_format::{Check, Wire, put_varint};
use std::ops::Range;

/// The name of recipes that code records.
pub(crate) const RECIPE: &str = "records";

/// The model of the list: lengths are numbers of a byte or two, like their neighbours.
const LIST_RECIPE: &str = "order:0";

/// Set in the form of a block whose last line has no line feed.
const OPEN: u8 = 0x80;

/// The recipe of records that are coded by `inner`.
pub(crate) fn recipe(inner: &Recipe) -> Result<Recipe, Error> {
    Ok(format!("{RECIPE}:{inner}").parse()?)
}

/// The recipe by which each record is coded; `None`: these are no records.
pub(crate) fn inner(recipe: &Recipe) -> Option<Result<Recipe, minlen_core::Error>> {
    let unsupported = |_| minlen_core::Error::Unsupported(format!("the recipe {recipe}"));
    (recipe.name() == RECIPE).then(|| recipe.settings().parse().map_err(unsupported))
}

/// A way to lead a model through many records, each from the same beginning.
pub(crate) fn reel(
    inner: &Recipe,
    structure: &Structure,
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<Box<dyn Rewind>, Error> {
    let (shelf, limits) = (&reading.shelf, &reading.limits);
    // There are two of it: one stays at the beginning.
    let memory = shelf.memory(inner)?.saturating_mul(2);
    Limits::check("the models' memory in bytes", memory, limits.model_bytes)?;
    Ok(shelf.model(inner, structure, limits, watch)?.rewinding())
}

/// Codes the records of `content`, a block. Those of the form `File` are as long as `files` says.
pub(crate) fn encode(
    inner: &Recipe,
    form: Form,
    content: &[u8],
    files: &[u64],
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<Vec<u8>, Error> {
    let records: Vec<&[u8]> = match form {
        Form::Line | Form::Prefixed => crate::records_of(content, form)?,
        Form::File => {
            let mut rest = content;
            let lengths = files.iter().filter(|&&bytes| bytes > 0);
            let parts = lengths.map(|&bytes| rest.split_off(..bytes as usize).unwrap_or_default());
            parts.collect()
        }
    };
    let mut reel = reel(inner, &Structure::NONE, reading, watch)?;
    let mut list = Vec::new();
    let mut codes = Vec::new();
    for record in &records {
        // The line feed says where the line ends, and is coded for that, also where there is none.
        let mut closed = Vec::new();
        let mut symbols = *record;
        if form == Form::Line && !record.ends_with(b"\n") {
            closed.extend_from_slice(record);
            closed.push(b'\n');
            symbols = &closed;
        }
        let mut encoder = Encoder::new(symbols);
        run(reel.model(), &mut encoder);
        reel.rewind();
        let code = encoder.finish();
        if form != Form::Line {
            put_varint(&mut list, record.len() as u64);
        }
        put_varint(&mut list, code.len() as u64);
        codes.extend(code);
        watch.advance(record.len() as u64);
        if watch.stop() {
            return Err(Error::Stopped);
        }
    }
    let open = match form {
        Form::Line if !content.ends_with(b"\n") => OPEN,
        _ => 0,
    };
    let list_recipe = LIST_RECIPE.parse()?;
    let mut encoder = Encoder::new(&list);
    run(&mut *list_model(&list_recipe, reading)?, &mut encoder);
    let list = encoder.finish();
    let mut rest = vec![number(form) | open];
    put_varint(&mut rest, records.len() as u64);
    // A reader that takes a record of another block counts those of this one, and reads no more.
    // (Half a check: a lane of one symbol may have 24 bytes.)
    let counted = Check::of(&rest);
    rest.extend(&counted.0[..4]);
    put_varint(&mut rest, list.len() as u64);
    rest.extend(list);
    rest.extend(codes);
    Ok([&Check::of(&rest).0, &rest[..]].concat())
}

fn list_model(recipe: &Recipe, reading: &Reading) -> Result<Box<dyn Model>, Error> {
    let (shelf, limits) = (&reading.shelf, &reading.limits);
    shelf.model(recipe, &Structure::NONE, limits, &())
}

/// Decodes a whole block of `symbols` bytes.
pub(crate) fn decode(
    inner: &Recipe,
    lane: &[u8],
    symbols: u64,
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<Vec<Symbol>, Error> {
    let records = Records::read(lane, symbols, reading)?;
    let mut reel = reel(inner, &Structure::NONE, reading, watch)?;
    let mut out = Vec::new();
    for i in 0..records.len() {
        let room = symbols.saturating_sub(out.len() as u64);
        let record = records.get(i, lane, room, &mut *reel)?;
        if records.form == Form::Prefixed {
            out.extend((record.len() as u32).to_le_bytes());
        }
        watch.advance(record.len() as u64);
        out.extend(record);
        if records.form == Form::Line && !(records.open && i + 1 == records.len()) {
            out.push(b'\n');
        }
        if watch.stop() {
            return Err(Error::Stopped);
        }
    }
    if out.len() as u64 != symbols {
        return Err(Error::damaged("the records do not fill their block"));
    }
    Ok(out)
}

/// Where the records of a block are.
pub(crate) struct Records {
    pub(crate) form: Form,
    /// Whether the last line has no line feed.
    pub(crate) open: bool,
    /// Of each record: where its code is in the lane, and how many symbols it has (lines say so
    /// themselves: 0).
    places: Vec<(Range<usize>, u64)>,
}

/// The number of records that a lane begins to tell of: `head` is its beginning.
pub(crate) fn count(head: &[u8]) -> Result<u64, Error> {
    let mut wire = Wire::new(head.get(8..).unwrap_or_default());
    Ok(start(&mut wire)?.1)
}

/// The form and the number of records: a lane behind its check begins with them.
fn start(wire: &mut Wire) -> Result<(u8, u64), Error> {
    let form = wire.byte()?;
    let count = wire.varint()?;
    let mut counted = vec![form];
    put_varint(&mut counted, count);
    let check: [u8; 4] = wire.array()?;
    match check[..] == Check::of(&counted).0[..4] {
        true => Ok((form, count)),
        false => Err(Error::damaged(
            "the number of records does not match its check",
        )),
    }
}

/// Bytes of a lane that [`count`] may need.
pub(crate) const HEAD: usize = 8 + 1 + 10 + 4;

impl Records {
    /// Reads the list of a block of `symbols` bytes.
    pub(crate) fn read(lane: &[u8], symbols: u64, reading: &Reading) -> Result<Records, Error> {
        let mut wire = Wire::new(lane);
        let check = Check(wire.array()?);
        if check != Check::of(&lane[8..]) {
            return Err(Error::damaged(
                "a block of records does not match its check",
            ));
        }
        let (form, count) = start(&mut wire)?;
        let open = form & OPEN != 0;
        let form = match form & !OPEN {
            0 => Form::Line,
            1 => Form::Prefixed,
            2 => Form::File,
            _ => return Err(Error::damaged("records of an unknown form")),
        };
        if open && form != Form::Line {
            return Err(Error::damaged("records of an unknown form"));
        }
        // A record has a byte at least: a line its line feed, or what stands before its end.
        if count > symbols {
            return Err(Error::damaged("a block has more records than bytes"));
        }
        let list_bytes = wire.varint_upto(lane.len() as u64, "the length of a list")? as usize;
        let list = wire.take(list_bytes)?;
        let mut codes = Codes::new(list, reading)?;
        let mut places = Vec::new();
        let mut at = lane.len() - wire.left();
        for _ in 0..count {
            let wanted = match form {
                Form::Line => 0,
                _ => codes.number(symbols)?,
            };
            let bytes = codes.number(lane.len() as u64)? as usize;
            let end = at.saturating_add(bytes);
            if end > lane.len() {
                return Err(Error::damaged("a record runs past its block"));
            }
            places.push((at..end, wanted));
            at = end;
        }
        codes.finish()?;
        if at != lane.len() {
            return Err(Error::damaged("the records do not fill their block"));
        }
        Ok(Records { form, open, places })
    }

    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }

    /// The record number `i` of `lane`, without its line feed and the length before it; of `most`
    /// bytes at most. The reel is at its beginning before and after.
    pub(crate) fn get(
        &self,
        i: usize,
        lane: &[u8],
        most: u64,
        reel: &mut dyn Rewind,
    ) -> Result<Vec<u8>, Error> {
        let (range, wanted) = &self.places[i];
        let wanted = match self.form {
            // A line that has no line feed has one coded all the same.
            Form::Line => most + u64::from(self.open),
            _ if *wanted > most => return Err(Error::damaged("a record is too long")),
            _ => *wanted,
        };
        let mut decoder = Decoder::new(&lane[range.clone()], wanted as usize);
        let model = reel.model();
        while decoder.more() {
            let s = model.step(&mut decoder);
            if self.form == Form::Line && s == b'\n' {
                break;
            }
        }
        reel.rewind();
        if self.form != Form::Line {
            return Ok(decoder.finish()?);
        }
        let mut line = decoder.finish_here()?;
        match line.pop() {
            Some(b'\n') => Ok(line),
            _ => Err(Error::damaged("a line does not end")),
        }
    }
}

/// Numbers out of a coded list.
struct Codes<'a> {
    decoder: Decoder<'a>,
    model: Box<dyn Model>,
}

impl<'a> Codes<'a> {
    fn new(list: &'a [u8], reading: &Reading) -> Result<Codes<'a>, Error> {
        Ok(Codes {
            decoder: Decoder::new(list, usize::MAX),
            model: list_model(&LIST_RECIPE.parse()?, reading)?,
        })
    }

    /// The next one.
    fn number(&mut self, most: u64) -> Result<u64, Error> {
        let from = self.decoder.symbols().len();
        while self.decoder.more() {
            if self.model.step(&mut self.decoder) < 0x80 {
                let mut wire = Wire::new(&self.decoder.symbols()[from..]);
                let n = wire.varint_upto(most, "a number of a list")?;
                wire.end()?;
                return Ok(n);
            }
        }
        Err(Error::damaged("a list ends too early"))
    }

    fn finish(self) -> Result<(), Error> {
        self.decoder.finish_here()?;
        Ok(())
    }
}

fn number(form: Form) -> u8 {
    match form {
        Form::Line => 0,
        Form::Prefixed => 1,
        Form::File => 2,
    }
}

/// Bytes of `content` that are whole records: what is behind them belongs to the next block. All,
/// where not even the first line ends. `Usage`: the first record is longer than a block.
pub(crate) fn whole(content: &[u8], form: Form) -> Result<usize, Error> {
    match form {
        Form::File => Ok(content.len()),
        Form::Line => {
            let last = content.iter().rposition(|&b| b == b'\n');
            Ok(last.map_or(content.len(), |at| at + 1))
        }
        Form::Prefixed => {
            let mut rest = content;
            while let Some((_, after)) = first_prefixed(rest) {
                rest = after;
            }
            if rest.len() == content.len() {
                return Err(Error::Usage(
                    "a record is longer than a block (or the data has no lengths of four bytes)"
                        .into(),
                ));
            }
            Ok(content.len() - rest.len())
        }
    }
}
