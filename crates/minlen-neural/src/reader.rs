//! What a net makes of what it reads: the values between its layers.

use crate::kernels::flat;
use crate::net::{Net, Streams};
use minlen_core::Symbol;
use std::sync::Arc;

/// Hears of a stream, of a layer, and of the values x that stand behind that layer (`shape` says
/// which) once the stream has read a symbol.
pub type Seen<'a> = dyn FnMut(usize, usize, &[f32]) + 'a;

/// Streams that are read and never asked what comes next, which saves a fifth of the work of a small
/// net. The values are the same, bit for bit, on every machine and in whatever company.
#[derive(Debug)]
pub struct Reader(Streams);

impl Reader {
    /// As many streams, at their beginning.
    pub fn new(net: Arc<Net>, streams: usize) -> Reader {
        Reader::of(Streams::new(net, streams))
    }

    pub(crate) fn of(mut streams: Streams) -> Reader {
        // All have read the beginning; nobody wants to hear of that.
        streams.read(&mut |_, _, _| ());
        Reader(streams)
    }

    /// Stream i reads `symbols[i]`, or stays where it is. There are as many as streams; what is
    /// missing is `None`.
    pub fn read(&mut self, symbols: &[Option<Symbol>], seen: &mut Seen) {
        self.0.await_all(symbols);
        self.0.read(&mut |stream, layer, x| {
            seen(stream, layer, flat(x));
        });
    }
}
