//! Section 8: models.

mod mix;
mod mix2;
mod net;
mod order;

use crate::entropy::Decoder;
use crate::views::Structure;

/// A model. It sees the symbols of its lane from the first to the last.
trait Model {
    /// Asks the questions that give the next symbol, and learns it.
    fn next(&mut self, decoder: &mut Decoder) -> Result<u8, String>;
}

/// The symbols of one lane, with a model that starts afresh.
pub fn decode(
    name: &str,
    settings: Option<&str>,
    structure: &Structure,
    lane: &[u8],
    symbols: u64,
) -> Result<Vec<u8>, String> {
    let model: Box<dyn Model> = match name {
        "order" => Box::new(order::Order::new(settings)?),
        "mix" => Box::new(mix::Mix::new(settings, structure)?),
        "mix2" => Box::new(mix2::Mix2::new(settings, structure)?),
        _ => return Err(format!("model `{name}` is not known")),
    };
    lead(model, lane, symbols)
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
