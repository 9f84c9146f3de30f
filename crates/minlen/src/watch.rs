//! Progress out, interruption in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Hears of progress and may ask long work to stop. `()` hears nothing and never stops.
pub trait Watch: Sync {
    /// So many bytes of work will be done, as far as is known; may be called again as more
    /// becomes known.
    fn expect(&self, _bytes: u64) {}
    /// So many bytes of work were done since the last call. Called from any thread.
    fn advance(&self, _bytes: u64) {}
    /// Whether the work should end with [`Error::Stopped`](crate::Error::Stopped).
    fn stop(&self) -> bool {
        false
    }
}

impl Watch for () {}

impl<W: Watch + Send + ?Sized> Watch for Arc<W> {
    fn expect(&self, bytes: u64) {
        (**self).expect(bytes);
    }
    fn advance(&self, bytes: u64) {
        (**self).advance(bytes);
    }
    fn stop(&self) -> bool {
        (**self).stop()
    }
}

/// A watch that counts bytes, for work that is done in symbols.
pub(crate) struct Scaled<'a> {
    watch: &'a dyn Watch,
    bytes: u64,
    symbols: u64,
    done: AtomicU64,
}

impl<'a> Scaled<'a> {
    /// `symbols` in all are `bytes` to `watch`.
    pub(crate) fn new(watch: &'a dyn Watch, symbols: u64, bytes: u64) -> Scaled<'a> {
        Scaled {
            watch,
            bytes,
            symbols: symbols.max(1),
            done: AtomicU64::new(0),
        }
    }
}

impl Watch for Scaled<'_> {
    fn advance(&self, symbols: u64) {
        let before = self.done.fetch_add(symbols, Ordering::Relaxed);
        let bytes =
            |n: u64| (u128::from(n) * u128::from(self.bytes) / u128::from(self.symbols)) as u64;
        self.watch.advance(bytes(before + symbols) - bytes(before));
    }
    fn stop(&self) -> bool {
        self.watch.stop()
    }
}
