//! Much memory at once, in large pages where the system has them.

use super::Lanes;

const HUGE: usize = 2 << 20;

/// So many lanes of zeros.
pub(crate) fn zeros(len: usize) -> Vec<Lanes> {
    let mut lanes = Vec::with_capacity(len);
    huge_pages(lanes.spare_capacity_mut());
    lanes.resize(len, Lanes::ZERO);
    lanes
}

/// Asks for large pages where whole ones fit: with 64 streams and more, the past is more than
/// what the processor finds quickly in small ones. A wish: failure changes nothing.
fn huge_pages<T>(memory: &mut [T]) {
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    {
        unsafe extern "C" {
            fn madvise(start: *mut std::ffi::c_void, len: usize, advice: i32) -> i32;
        }
        const MADV_HUGEPAGE: i32 = 14;
        let start = memory.as_mut_ptr() as usize;
        let (from, to) = (start.next_multiple_of(HUGE), start + size_of_val(memory));
        let len = to.saturating_sub(from) / HUGE * HUGE;
        if len > 0 {
            // SAFETY: whole pages of memory of our own; the advice does not change what they hold.
            unsafe {
                madvise(from as *mut _, len, MADV_HUGEPAGE);
            }
        }
    }
    #[cfg(not(all(target_os = "linux", target_pointer_width = "64")))]
    let _ = memory;
}
