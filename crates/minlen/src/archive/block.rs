//! One block: raw to coded and back, checked.

use crate::archive::pack::{Raw, begun};
use crate::codec::{self, Lanes};
use crate::watch::Scaled;
use crate::{Error, Form, Learnt, Reading, Setting, Watch, records};
use minlen_core::{Limits, Recipe, Structure};
use minlen_format::{
    Block, Check, Coded, Header, Kind, Member, STORED, Segment, read_table, write_table,
};
use minlen_views::{Sight, View};
use std::borrow::Cow;

/// The model that codes tables. Names and times are short and alike: low orders suffice.
const TABLE_RECIPE: &str = "order:2";

/// In blocks of up to so many bytes, a view that makes fewer symbols of them has to show that it
/// also makes the code shorter: lists of words weigh most in little data.
const CONTEST_BYTES: usize = 512 << 10;

/// The view of blocks that hold a learnt model for other blocks of the archive.
pub(crate) const MODEL_VIEW: &str = "model";

/// A block ready to be written.
pub(crate) struct Packed {
    pub(crate) header: Header,
    pub(crate) begun: u64,
    pub(crate) table: Vec<u8>,
    pub(crate) content: Vec<u8>,
}

/// Codes a block.
pub(crate) fn pack(raw: Raw, setting: &Setting, watch: &dyn Watch) -> Result<Packed, Error> {
    let (limits, reading) = (&setting.limits, &setting.reading());
    let bytes = raw.content.len() as u64;
    let check = Check::of(&raw.content);
    if let Some(form) = setting.records
        && bytes > 0
    {
        return pack_records(raw, form, setting, watch);
    }
    let (recipe, view, sight) = match raw.mixed {
        true => {
            let (view, sight) = as_bytes(&raw.content);
            (setting.recipe.clone(), view, sight)
        }
        false => setting.see(&raw.content),
    };
    let keeps_places = view.keeps_places();
    let viewed = checked(&raw.content, view, sight, limits)?;
    // What was meant for the symbols of another view is not taken for these.
    let recipe = match viewed.view.name() == view.name() {
        true => recipe,
        false => setting.recipe.clone(),
    };
    let mut views = vec![(recipe, viewed)];
    if !keeps_places && raw.content.len() <= CONTEST_BYTES {
        let (view, seen) = minlen_views::probe(&raw.content);
        let symbols = view.forward(&raw.content, &seen.params);
        let viewed = checked(&raw.content, view, Sight { seen, symbols }, limits)?;
        views.push((setting.recipe.clone(), viewed));
    }
    let symbols = views.iter().map(|(_, v)| v.symbols.len() as u64).sum();
    let watch = Scaled::new(watch, symbols, bytes);
    let mut best: Option<(Viewed, Coded, Vec<u8>)> = None;
    for (recipe, viewed) in views {
        let structure = viewed.view.structure(&viewed.params)?;
        let symbols = &viewed.symbols;
        let (coded, payload) = shortest(&recipe, &structure, symbols, check, reading, &watch)?;
        // What the view writes down counts, too.
        let bytes = payload.len() + viewed.params.len();
        let shorter = |best: &(Viewed, Coded, Vec<u8>)| bytes < best.2.len() + best.0.params.len();
        if best.as_ref().is_none_or(shorter) {
            best = Some((viewed, coded, payload));
        }
    }
    let (Viewed { view, params, .. }, content, content_bytes) =
        best.expect("there is a view at least");
    let (table, table_bytes) = pack_table(&raw.segments, reading)?;
    Ok(Packed {
        header: Header {
            view: view.name().into(),
            params,
            bytes,
            table,
            content,
        },
        begun: begun(&raw.segments),
        table: table_bytes,
        content: content_bytes,
    })
}

/// Codes a block of records. It is never stored: its records would be lost in it.
fn pack_records(
    raw: Raw,
    form: Form,
    setting: &Setting,
    watch: &dyn Watch,
) -> Result<Packed, Error> {
    let reading = &setting.reading();
    let (view, seen) = crate::registry::as_bytes(&raw.content);
    let files: Vec<u64> = raw.segments.iter().map(|s| s.length).collect();
    let inner = &setting.recipe;
    let code = records::encode(inner, form, &raw.content, &files, reading, watch)?;
    let (table, table_bytes) = pack_table(&raw.segments, reading)?;
    Ok(Packed {
        header: Header {
            view: view.name().into(),
            params: seen.params,
            bytes: raw.content.len() as u64,
            table,
            content: Coded {
                recipe: records::recipe(inner)?,
                symbols: raw.content.len() as u64,
                lanes: vec![code.len() as u64],
                check: Check::of(&raw.content),
            },
        },
        begun: begun(&raw.segments),
        table: table_bytes,
        content: code,
    })
}

/// A block that holds a learnt model, for the blocks after it. Its member, the one of that number, is
/// no file.
pub(crate) fn pack_model(model: &Learnt, number: u64, reading: &Reading) -> Result<Packed, Error> {
    let content = model.file();
    let bytes = content.len() as u64;
    let segments = [Segment {
        number,
        member: Some(Member {
            name: format!("{}.mlm", model.name()).into(),
            kind: Kind::File,
            mode: 0o644,
            seconds: 0,
            nanoseconds: 0,
        }),
        offset: 0,
        length: bytes,
        last: true,
    }];
    let (table, table_bytes) = pack_table(&segments, reading)?;
    let check = Check::of(content);
    let stored = &STORED.parse()?;
    let (content, payload) = shortest(stored, &Structure::NONE, content, check, reading, &())?;
    Ok(Packed {
        header: Header {
            view: MODEL_VIEW.into(),
            params: Vec::new(),
            bytes,
            table,
            content,
        },
        begun: 1,
        table: table_bytes,
        content: payload,
    })
}

/// Codes a table.
fn pack_table(segments: &[Segment], reading: &Reading) -> Result<(Coded, Vec<u8>), Error> {
    let table = write_table(segments);
    let check = Check::of(&table);
    let recipe = &TABLE_RECIPE.parse()?;
    shortest(recipe, &Structure::NONE, &table, check, reading, &())
}

/// What a view made of a content.
struct Viewed<'a> {
    view: &'static dyn View,
    params: Vec<u8>,
    symbols: Cow<'a, [u8]>,
}

/// As bytes.
fn as_bytes(content: &[u8]) -> (&'static dyn View, Sight<'_>) {
    let (view, seen) = crate::registry::as_bytes(content);
    let symbols = view.forward(content, &seen.params);
    (view, Sight { seen, symbols })
}

/// What the view saw, or `bytes` does when that view does not give the data back.
fn checked<'a>(
    content: &'a [u8],
    view: &'static dyn View,
    sight: Sight<'a>,
    limits: &Limits,
) -> Result<Viewed<'a>, Error> {
    if let Ok(symbols) = sight.symbols {
        let back = view.inverse(symbols.to_vec(), &sight.seen.params, limits);
        if back.is_ok_and(|back| back == content) {
            return Ok(Viewed {
                view,
                params: sight.seen.params,
                symbols,
            });
        }
    }
    let (view, sight) = as_bytes(content);
    Ok(Viewed {
        view,
        params: sight.seen.params,
        symbols: sight.symbols?,
    })
}

/// Coded by `recipe`, or stored when that is no longer.
fn shortest(
    recipe: &Recipe,
    structure: &Structure,
    symbols: &[u8],
    check: Check,
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<(Coded, Vec<u8>), Error> {
    let lanes = reading.shelf.lanes(recipe, symbols.len());
    let coded = codec::encode(recipe, structure, symbols, lanes, reading, watch)?;
    let (recipe, Lanes { lengths, payload }) = if coded.payload.len() < symbols.len() {
        (recipe.clone(), coded)
    } else {
        let stored: Recipe = STORED.parse()?;
        let lanes = codec::encode(&stored, structure, symbols, 1, reading, &())?;
        (stored, lanes)
    };
    let coded = Coded {
        recipe,
        symbols: symbols.len() as u64,
        lanes: lengths,
        check,
    };
    Ok((coded, payload))
}

/// The segments of a block.
pub(crate) fn unpack_table(
    header: &Header,
    table: &[u8],
    limits: &Limits,
) -> Result<Vec<Segment>, Error> {
    let table = codec::decode(&header.table, &Structure::NONE, table, &limits.into(), &())?;
    if Check::of(&table) != header.table.check {
        return Err(Error::damaged(
            "a table of members does not match its check",
        ));
    }
    Ok(read_table(&table, header.bytes, limits)?)
}

/// The content of a block, checked.
pub(crate) fn unpack_content(
    block: &Block,
    reading: &Reading,
    watch: &dyn Watch,
) -> Result<Vec<u8>, Error> {
    let header = &block.header;
    // What a model is, its file says itself.
    let name = match header.view.as_str() {
        MODEL_VIEW if header.params.is_empty() => "bytes",
        name => name,
    };
    let view = minlen_views::find(name)
        .ok_or_else(|| minlen_core::Error::Unsupported(format!("the view {:?}", header.view)))?;
    let structure = view.structure(&header.params)?;
    let watch = Scaled::new(watch, header.content.symbols, header.bytes);
    let symbols = codec::decode(&header.content, &structure, &block.content, reading, &watch)?;
    // Whatever symbols would expand to: no more is made of them than the header says.
    let exact = Limits {
        block_bytes: header.bytes,
        ..reading.limits
    };
    let content = match view.inverse(symbols, &header.params, &exact) {
        Err(minlen_core::Error::Limit { .. }) => {
            return Err(Error::damaged("a block is longer than it says"));
        }
        content => content?,
    };
    if content.len() as u64 != header.bytes || Check::of(&content) != header.content.check {
        return Err(Error::damaged(
            "the content of a block does not match its check",
        ));
    }
    Ok(content)
}
