//! The guide that measures.

use crate::guide::Known;
use crate::{Cost, Distribution, Guide, Prob, Symbol};

/// Leads a model through known data and adds up what coding it would cost.
#[derive(Clone, Debug)]
pub struct Meter<'a> {
    known: Known<'a>,
    total: Cost,
    /// Cost of each symbol, when a trace was asked for.
    trace: Option<Vec<Cost>>,
}

impl<'a> Meter<'a> {
    /// Will measure `data`.
    pub fn new(data: &'a [Symbol]) -> Meter<'a> {
        Meter {
            known: Known::new(data),
            total: Cost::ZERO,
            trace: None,
        }
    }

    /// Will measure `data` and keep the cost of every symbol.
    pub fn with_trace(data: &'a [Symbol]) -> Meter<'a> {
        Meter {
            trace: Some(vec![Cost::ZERO; data.len()]),
            ..Meter::new(data)
        }
    }

    /// The cost of all symbols so far. An [`Encoder`](crate::Encoder) led by the same model over
    /// the same data writes within eight bytes of it.
    pub fn total(&self) -> Cost {
        self.total
    }

    /// The cost of each symbol; empty unless made by [`Meter::with_trace`].
    pub fn into_trace(self) -> Vec<Cost> {
        self.trace.unwrap_or_default()
    }

    #[inline]
    fn pay(&mut self, position: usize, cost: Cost) {
        self.total += cost;
        if let Some(place) = self.trace.as_mut().and_then(|t| t.get_mut(position)) {
            *place += cost;
        }
    }
}

impl Guide for Meter<'_> {
    #[inline]
    fn more(&self) -> bool {
        self.known.more()
    }

    #[inline]
    fn bit(&mut self, p: Prob) -> bool {
        let position = self.known.position();
        let bit = self.known.bit();
        self.pay(position, p.cost(bit));
        bit
    }

    #[inline]
    fn symbol(&mut self, d: &Distribution) -> Symbol {
        let position = self.known.position();
        let s = self.known.symbol();
        self.pay(
            position,
            Cost::of_probability(d.interval(s).1, Distribution::BITS),
        );
        s
    }
}
