//! Section 3: blocks.

use crate::BLOCK_LIMIT;
use crate::conventions::{Reader, at_most, check};
use crate::models::{self, Shelf};
use crate::table::{self, Table};
use crate::views::{self, Structure, Undo, View};

const SYNC: [u8; 4] = [0xb1, 0x62, 0x6c, 0x0c];

/// A block, decoded.
pub struct Block {
    /// The check of its header, for the index.
    pub header_check: [u8; 8],
    /// Its table of members.
    pub table: Table,
    /// Its original bytes.
    pub content: Vec<u8>,
    /// Whether they are a model file, which is on the shelf now.
    pub is_model: bool,
}

/// The next block.
pub fn read(reader: &mut Reader, shelf: &mut Shelf) -> Result<Block, String> {
    // The header.
    let start = reader.rest();
    if reader.array()? != SYNC {
        return Err("neither a block nor the index".into());
    }
    let length = reader.varint_to(131_072, "bytes of header fields")?;
    let fields = reader.take(length)?;
    let checked = check(&start[..start.len() - reader.left()]);
    let header_check = reader.array()?;
    if header_check != checked {
        return Err("the header of a block does not match its check".into());
    }
    let mut fields = Reader::new(fields);
    let view = fields.bytes(255, "bytes of the view's name")?;
    let view = str::from_utf8(view).map_err(|_| "the view's name is not UTF-8")?;
    let parameters = fields.bytes(65_536, "bytes of the view's parameters")?;
    let bytes = fields.varint_to(BLOCK_LIMIT, "original bytes of a block")?;
    let table = Coded::read(&mut fields, 1 << 26)?;
    let content = Coded::read(&mut fields, BLOCK_LIMIT)?;
    fields.end("the header of a block")?;

    // The table.
    if table.recipe.name == "records" {
        return Err("records of members".into());
    }
    let symbols = table.decode(reader, &Structure::NONE, shelf)?;
    if check(&symbols) != table.check {
        return Err("the table of a block does not match its check".into());
    }
    let table = table::read(&symbols, bytes)?;

    // The content.
    let View { structure, undo } = views::read(view, parameters)?;
    let is_model = matches!(undo, Undo::Model);
    let mut original = content.decode(reader, &structure, shelf)?;
    views::undo(undo, &mut original, bytes)?;
    if original.len() as u64 != bytes {
        return Err("the content of a block has the wrong length".into());
    }
    if check(&original) != content.check {
        return Err("the content of a block does not match its check".into());
    }
    if is_model {
        let is_one = matches!(&table.segments[..], [one] if one.ends);
        if !is_one {
            return Err("a model file that is not one member".into());
        }
        shelf.add(&original)?;
    }
    Ok(Block {
        header_check,
        table,
        content: original,
        is_model,
    })
}

/// A *coded*: what the header says of a payload.
struct Coded<'a> {
    recipe: Recipe<'a>,
    symbols: u64,
    lanes: Vec<u64>,
    check: [u8; 8],
}

impl<'a> Coded<'a> {
    fn read(fields: &mut Reader<'a>, most_symbols: u64) -> Result<Self, String> {
        let recipe = Recipe::read(fields.bytes(255, "bytes of a recipe")?)?;
        let symbols = fields.varint_to(most_symbols, "symbols")?;
        let count = fields.varint_to(256, "lanes")?;
        if count == 0 {
            return Err("no lane".into());
        }
        let mut lanes = Vec::new();
        for lane in 0..count {
            let share = share(symbols, lane, count);
            let length = fields.varint()?;
            if recipe.is_stored() {
                if length != share {
                    return Err(format!("{length} bytes store {share} symbols"));
                }
            } else {
                at_most(length, 16 * share + 8, "bytes of a lane")?;
            }
            lanes.push(length);
        }
        Ok(Self {
            recipe,
            symbols,
            lanes,
            check: fields.array()?,
        })
    }

    /// Takes the payload and gives its symbols.
    fn decode(
        &self,
        reader: &mut Reader,
        structure: &Structure,
        shelf: &Shelf,
    ) -> Result<Vec<u8>, String> {
        if self.recipe.name == "records" {
            let [length] = self.lanes[..] else {
                return Err("records in several lanes".into());
            };
            let inner = self.recipe.settings.unwrap_or_default();
            return models::records::decode(inner, reader.take(length)?, self.symbols, shelf);
        }
        let mut symbols = Vec::new();
        for (lane, length) in (0..).zip(&self.lanes) {
            let payload = reader.take(*length)?;
            if self.recipe.is_stored() {
                symbols.extend_from_slice(payload);
            } else {
                let share = share(self.symbols, lane, self.lanes.len() as u64);
                let (name, settings) = (self.recipe.name, self.recipe.settings);
                symbols.extend(models::decode(
                    name, settings, structure, payload, share, shelf,
                )?);
            }
        }
        Ok(symbols)
    }
}

/// How many of n symbols are in lane i of `lanes`.
fn share(n: u64, i: u64, lanes: u64) -> u64 {
    // n is at most BLOCK_LIMIT and i at most 256: no overflow.
    n * (i + 1) / lanes - n * i / lanes
}

/// How a payload is coded.
struct Recipe<'a> {
    name: &'a str,
    settings: Option<&'a str>,
}

impl<'a> Recipe<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self, String> {
        let text = str::from_utf8(bytes).map_err(|_| "a recipe is not ASCII")?;
        let (name, settings) = match text.split_once(':') {
            Some((name, settings)) => (name, Some(settings)),
            None => (text, None),
        };
        if !name.starts_with(|c: char| c.is_ascii_lowercase())
            || !name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
        {
            return Err("a recipe's name is not legal".into());
        }
        if let Some(settings) = settings
            && !settings.chars().all(|c| c.is_ascii_graphic())
        {
            return Err("a recipe's settings are not legal".into());
        }
        if name == "stored" && settings.is_some() {
            return Err("`stored` has settings".into());
        }
        Ok(Self { name, settings })
    }

    fn is_stored(&self) -> bool {
        self.name == "stored"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_share_all_symbols() {
        for n in [0, 1, 5, 1000, BLOCK_LIMIT] {
            for lanes in [1, 2, 3, 255, 256] {
                let sum: u64 = (0..lanes).map(|i| share(n, i, lanes)).sum();
                assert_eq!(sum, n);
            }
        }
        assert_eq!(
            (0..3).map(|i| share(5, i, 3)).collect::<Vec<_>>(),
            [1, 2, 2]
        );
    }

    #[test]
    fn recipes_are_read() {
        for good in ["stored", "order:3", "a-0:x,y=1:z", "new"] {
            assert!(Recipe::read(good.as_bytes()).is_ok(), "{good}");
        }
        for bad in [
            "",
            ":",
            "0rder",
            "-a",
            "Order",
            "order:a b",
            "stored:1",
            "stored:",
            "é",
        ] {
            assert!(Recipe::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_lane_is_not_too_long() {
        let lane = |recipe: &str, symbols, length| {
            let mut bytes = vec![recipe.len() as u8];
            bytes.extend_from_slice(recipe.as_bytes());
            bytes.extend([symbols, 1, length, 0, 0, 0, 0, 0, 0, 0, 0]);
            Coded::read(&mut Reader::new(&bytes), BLOCK_LIMIT).is_ok()
        };
        assert!(lane("order:0", 1, 24) && !lane("order:0", 1, 25));
        assert!(lane("stored", 3, 3) && !lane("stored", 3, 2) && !lane("stored", 3, 4));
    }
}
