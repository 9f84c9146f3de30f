//! What was overwritten since a mark, so that it can be put back.
//!
//! Many short streams that all begin in the same state (records) would each need a copy of all
//! tables: megabytes for a hundred symbols. With a journal the way back costs what was written.

/// Old values, in the order in which they were overwritten. It is off until a mark is set, and
/// copies of a table are not marked.
#[derive(Debug)]
pub(crate) struct Journal<T> {
    on: bool,
    old: Vec<(usize, T)>,
}

impl<T> Default for Journal<T> {
    fn default() -> Journal<T> {
        Journal {
            on: false,
            old: Vec::new(),
        }
    }
}

impl<T> Clone for Journal<T> {
    fn clone(&self) -> Journal<T> {
        Journal::default()
    }
}

impl<T: Copy> Journal<T> {
    /// Whether a mark is set.
    pub(crate) fn is_on(&self) -> bool {
        self.on
    }

    /// From here on what is overwritten is kept.
    pub(crate) fn mark(&mut self) {
        self.on = true;
        self.old.clear();
    }

    /// `table[at]` is about to be overwritten.
    #[inline]
    pub(crate) fn keep(&mut self, table: &[T], at: usize) {
        if self.on {
            self.old.push((at, table[at]));
        }
    }

    /// As [`Journal::keep`], with `value` made only when it is wanted.
    #[inline]
    pub(crate) fn keep_with(&mut self, at: usize, value: impl FnOnce() -> T) {
        if self.on {
            self.old.push((at, value()));
        }
    }

    /// Puts back all that was overwritten.
    pub(crate) fn undo(&mut self, table: &mut [T]) {
        self.undo_with(|at, old| table[at] = old);
    }

    /// As [`Journal::undo`], where it is the caller who puts back.
    pub(crate) fn undo_with(&mut self, mut put: impl FnMut(usize, T)) {
        // The oldest value last: it was there at the mark.
        while let Some((at, old)) = self.old.pop() {
            put(at, old);
        }
    }
}
