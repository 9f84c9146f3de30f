//! Section 8: models.

mod learnt;
mod mix;
mod mix2;
mod net;
mod order;
pub mod records;

use crate::entropy::Decoder;
use crate::views::Structure;
pub use learnt::Shelf;

/// A model. It sees the symbols of its lane from the first to the last.
pub trait Model {
    /// Asks the questions that give the next symbol, and learns it.
    fn next(&mut self, decoder: &mut Decoder) -> Result<u8, String>;

    /// A copy of it as it is.
    fn fork(&self) -> Box<dyn Model>;
}

/// The symbols of one lane, with a model that begins.
pub fn decode(
    name: &str,
    settings: Option<&str>,
    structure: &Structure,
    lane: &[u8],
    symbols: u64,
    shelf: &Shelf,
) -> Result<Vec<u8>, String> {
    lead(new(name, settings, structure, shelf)?, lane, symbols)
}

/// A model where a lane begins.
fn new(
    name: &str,
    settings: Option<&str>,
    structure: &Structure,
    shelf: &Shelf,
) -> Result<Box<dyn Model>, String> {
    match name {
        "learnt" => shelf.model(settings.unwrap_or_default(), structure),
        "base" => shelf.base(settings, structure),
        _ => registered(name, settings, structure),
    }
}

/// A model of 8.1 to 8.3, which starts afresh.
fn registered(
    name: &str,
    settings: Option<&str>,
    structure: &Structure,
) -> Result<Box<dyn Model>, String> {
    Ok(match name {
        "order" => Box::new(order::Order::new(settings)?),
        "mix" => Box::new(mix::Mix::new(settings, structure)?),
        "mix2" => Box::new(mix2::Mix2::new(settings, structure)?),
        _ => return Err(format!("model `{name}` is not known")),
    })
}

/// The symbols of one lane, with the neural net of these bytes.
pub fn decode_with_net(net: &[u8], lane: &[u8], symbols: u64) -> Result<Vec<u8>, String> {
    lead(Box::new(net::Net::new(net)?), lane, symbols)
}

/// The symbols of one lane, with a net and the factors that change it.
pub fn decode_with_changed_net(
    net: &[u8],
    changes: &[u8],
    lane: &[u8],
    symbols: u64,
) -> Result<Vec<u8>, String> {
    let net = net::Net::new(net)?.changed(changes)?;
    lead(Box::new(net), lane, symbols)
}

fn lead(mut model: Box<dyn Model>, lane: &[u8], symbols: u64) -> Result<Vec<u8>, String> {
    let mut decoder = Decoder::new(lane);
    let mut decoded = Vec::new();
    for _ in 0..symbols {
        decoded.push(model.next(&mut decoder)?);
    }
    decoder.end()?;
    Ok(decoded)
}
