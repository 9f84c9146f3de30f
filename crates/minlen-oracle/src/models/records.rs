//! Section 8.6: records, each coded on its own.

use super::{Model, Shelf, new, order};
use crate::conventions::{Reader, check};
use crate::entropy::Decoder;
use crate::views::Structure;

/// The symbols of a block of records, which is one lane.
pub fn decode(recipe: &str, lane: &[u8], symbols: u64, shelf: &Shelf) -> Result<Vec<u8>, String> {
    let (name, settings) = match recipe.split_once(':') {
        Some((name, settings)) => (name, Some(settings)),
        None => (recipe, None),
    };
    let mut reader = Reader::new(lane);
    if reader.array()? != check(reader.rest()) {
        return Err("a block of records does not match its check".into());
    }
    let head = reader.rest();
    let form = reader.u8()?;
    let (open, form) = (form & 0x80 != 0, form & 0x7f);
    if form > 2 || open && form != 0 {
        return Err("records of an unknown form".into());
    }
    let count = reader.varint_to(symbols, "records of a block")?;
    let head = &head[..head.len() - reader.left()];
    if reader.array::<4>()? != check(head)[..4] {
        return Err("a number of records does not match its check".into());
    }
    let length = reader.varint()?;
    let mut list = List {
        decoder: Decoder::new(reader.take(length)?),
        model: order::Order::new(Some("0"))?,
    };
    let start = new(name, settings, &Structure::NONE, shelf)?;
    let mut out: Vec<u8> = Vec::new();
    for record in 1..=count {
        let wanted = match form {
            0 => None,
            _ => Some(list.varint()?),
        };
        let length = list.varint()?;
        let mut decoder = Decoder::new(reader.take(length)?);
        let mut model = start.fork();
        if let (1, Some(wanted)) = (form, wanted) {
            let wanted = u32::try_from(wanted).map_err(|_| "a record is too long")?;
            out.extend(wanted.to_le_bytes());
        }
        let before = out.len() as u64;
        while Some(out.len() as u64 - before) != wanted {
            // One more than all: a line feed that is left out.
            if out.len() as u64 > symbols {
                return Err("records are longer than their block".into());
            }
            out.push(model.next(&mut decoder)?);
            if form == 0 && out.last() == Some(&b'\n') {
                break;
            }
        }
        decoder.end()?;
        if open && record == count {
            out.pop();
        }
    }
    list.decoder.end()?;
    reader.end("the codes of records")?;
    if out.len() as u64 != symbols {
        return Err("records do not fill their block".into());
    }
    Ok(out)
}

/// Lengths.
struct List<'a> {
    decoder: Decoder<'a>,
    model: order::Order,
}

impl List<'_> {
    fn varint(&mut self) -> Result<u64, String> {
        let mut bytes = vec![];
        loop {
            let byte = self.model.next(&mut self.decoder)?;
            bytes.push(byte);
            if byte < 0x80 {
                return Reader::new(&bytes).varint();
            }
            if bytes.len() == 10 {
                return Err("a varint of more than ten bytes".into());
            }
        }
    }
}
