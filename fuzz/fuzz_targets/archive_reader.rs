//! Any bytes as an archive, and as the inside of one whose checks fit: list, verify and cat never
//! panic and keep tight limits.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minlen_testing::props::{reader_never_panics, sealed};

fuzz_target!(|bytes: &[u8]| {
    reader_never_panics(bytes);
    // Checksums would keep the fuzzer out of all that lies behind them.
    reader_never_panics(&sealed(bytes));
});
