//! Progress out, interruption in.

use std::sync::Arc;

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
