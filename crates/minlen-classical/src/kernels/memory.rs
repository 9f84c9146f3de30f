//! Zeroed memory whose pages cost nothing until they are written, and prefetching.

/// Types for which all bytes zero is a value.
///
/// # Safety
/// A type that implements this may be made of zero bytes, and its alignment divides 64.
pub(crate) unsafe trait Zero: Copy {}
// SAFETY: plain integers and arrays of them.
unsafe impl Zero for u8 {}
// SAFETY: as above.
unsafe impl Zero for u32 {}
// SAFETY: as above.
unsafe impl Zero for u64 {}
// SAFETY: as above.
unsafe impl Zero for i16 {}
// SAFETY: as above.
unsafe impl Zero for super::Pair {}
// SAFETY: as above.
unsafe impl Zero for super::Cell {}

/// A fixed number of items, at first zero, aligned to 64 bytes (to 2 MiB when that large).
///
/// The memory is asked for as zeroed bytes, which the allocator takes from fresh pages; Rust's
/// own zeroed allocation of *aligned* types would write them all.
pub(crate) struct Zeroed<T: Zero> {
    raw: Vec<u8>,
    start: usize,
    len: usize,
    kind: std::marker::PhantomData<T>,
}

/// A large page. Smaller memory is left in small pages, which cost less when only a few are touched.
const HUGE: usize = 2 << 20;

impl<T: Zero> Zeroed<T> {
    /// Bytes that `len` items take.
    pub(crate) const fn bytes(len: usize) -> u64 {
        let size = len * size_of::<T>();
        (size + Self::align(size)) as u64
    }

    const fn align(size: usize) -> usize {
        if size >= HUGE { HUGE } else { 64 }
    }

    pub(crate) fn new(len: usize) -> Zeroed<T> {
        let zeroed = Self::reserved(len);
        zeroed.will_use(len);
        zeroed
    }

    /// The same, for those who will use little of it at first: see [`Zeroed::will_use`].
    pub(crate) fn reserved(len: usize) -> Zeroed<T> {
        let size = len * size_of::<T>();
        let raw = vec![0u8; size + Self::align(size)];
        let start = raw.as_ptr().align_offset(Self::align(size));
        assert!(start + size <= raw.len());
        Zeroed {
            raw,
            start,
            len,
            kind: std::marker::PhantomData,
        }
    }

    /// Tells that the first `len` items will soon be in use: if they are many, large pages are
    /// asked for.
    pub(crate) fn will_use(&self, len: usize) {
        let size = len * size_of::<T>();
        if size >= HUGE {
            huge_pages(&self.raw[self.start..self.start + size]);
        }
    }
}

impl<T: Zero> std::ops::Deref for Zeroed<T> {
    type Target = [T];
    #[inline]
    fn deref(&self) -> &[T] {
        // SAFETY: `new` made sure that `len` items lie inside `raw` from `start` on, aligned to
        // 64; `raw` never changes its place; any bytes are a `T`.
        unsafe { std::slice::from_raw_parts(self.raw.as_ptr().add(self.start).cast(), self.len) }
    }
}

impl<T: Zero> std::ops::DerefMut for Zeroed<T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut [T] {
        // SAFETY: as for `deref`, and `self` is borrowed mutably.
        unsafe {
            std::slice::from_raw_parts_mut(self.raw.as_mut_ptr().add(self.start).cast(), self.len)
        }
    }
}

impl<T: Zero> Clone for Zeroed<T> {
    fn clone(&self) -> Zeroed<T> {
        let mut copy = Zeroed::new(self.len);
        copy.copy_from_slice(self);
        copy
    }
}

/// Asks for large pages, which make random access cheaper. A wish: failure changes nothing.
fn huge_pages(memory: &[u8]) {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        unsafe extern "C" {
            fn madvise(start: *mut std::ffi::c_void, len: usize, advice: i32) -> i32;
        }
        const MADV_HUGEPAGE: i32 = 14;
        // SAFETY: the range is memory of our own; the advice does not change what it holds.
        unsafe {
            madvise(memory.as_ptr() as *mut _, memory.len(), MADV_HUGEPAGE);
        }
    }
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    let _ = memory;
}

/// Starts loading the cache line of `items[at]`, if there is one.
#[inline(always)]
pub(crate) fn prefetch<T>(items: &[T], at: usize) {
    #[cfg(target_arch = "x86_64")]
    if at < items.len() {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: the address is inside `items`; prefetching has no effect on values.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(items.as_ptr().add(at).cast()) }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = (items, at);
}
