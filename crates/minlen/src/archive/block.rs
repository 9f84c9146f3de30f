//! One block: raw to coded and back, checked.

use crate::archive::pack::{Raw, begun};
use crate::codec::{self, Lanes};
use crate::{Error, Setting, Watch};
use minlen_core::{Limits, Recipe, Structure};
use minlen_format::{Block, Check, Coded, Header, STORED, Segment, read_table, write_table};
use minlen_views::View;
use std::borrow::Cow;

/// The model that codes tables. Names and times are short and alike: low orders suffice.
const TABLE_RECIPE: &str = "order:2";

/// A block ready to be written.
pub(crate) struct Packed {
    pub(crate) header: Header,
    pub(crate) begun: u64,
    pub(crate) table: Vec<u8>,
    pub(crate) content: Vec<u8>,
}

/// Codes a block.
pub(crate) fn pack(raw: Raw, setting: &Setting, watch: &dyn Watch) -> Result<Packed, Error> {
    let limits = &setting.limits;
    let bytes = raw.content.len() as u64;
    let check = Check::of(&raw.content);
    let (view, params, symbols) = forward(&raw, limits)?;
    let structure = view.structure(&params)?;
    let (content, content_bytes) =
        shortest(&setting.recipe, &structure, &symbols, check, limits, watch)?;
    let table = write_table(&raw.segments);
    let (table, table_bytes) = shortest(
        &TABLE_RECIPE.parse()?,
        &Structure::NONE,
        &table,
        Check::of(&table),
        limits,
        &(),
    )?;
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

/// A view, its parameters, and the symbols that it made.
type Viewed<'a> = (&'static dyn View, Vec<u8>, Cow<'a, [u8]>);

/// Symbols by the view that was probed, or by `bytes` when that view does not give the data back.
fn forward<'a>(raw: &'a Raw, limits: &Limits) -> Result<Viewed<'a>, Error> {
    let symbols = raw.view.forward(&raw.content, &raw.seen.params);
    if let Ok(symbols) = symbols {
        let back = raw.view.inverse(symbols.to_vec(), &raw.seen.params, limits);
        if back.is_ok_and(|back| back == raw.content) {
            return Ok((raw.view, raw.seen.params.clone(), symbols));
        }
    }
    let (view, seen) = crate::registry::as_bytes(&raw.content);
    let symbols = view.forward(&raw.content, &seen.params)?;
    Ok((view, seen.params, symbols))
}

/// Coded by `recipe`, or stored when that is no longer.
fn shortest(
    recipe: &Recipe,
    structure: &Structure,
    symbols: &[u8],
    check: Check,
    limits: &Limits,
    watch: &dyn Watch,
) -> Result<(Coded, Vec<u8>), Error> {
    let coded = codec::encode(recipe, structure, symbols, 1, limits, watch)?;
    let (recipe, Lanes { lengths, payload }) = if coded.payload.len() < symbols.len() {
        (recipe.clone(), coded)
    } else {
        let stored: Recipe = STORED.parse()?;
        let lanes = codec::encode(&stored, structure, symbols, 1, limits, &())?;
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
    let table = codec::decode(&header.table, &Structure::NONE, table, limits, &())?;
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
    limits: &Limits,
    watch: &dyn Watch,
) -> Result<Vec<u8>, Error> {
    let header = &block.header;
    let view = minlen_views::find(&header.view)
        .ok_or_else(|| minlen_core::Error::Unsupported(format!("the view {:?}", header.view)))?;
    let structure = view.structure(&header.params)?;
    let symbols = codec::decode(&header.content, &structure, &block.content, limits, watch)?;
    // Whatever symbols would expand to: no more is made of them than the header says.
    let exact = Limits {
        block_bytes: header.bytes,
        ..*limits
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
