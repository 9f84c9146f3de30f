//! Any bytes as a net, and as factors of low rank that change one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minlen_testing::props::net_reads;

fuzz_target!(|bytes: &[u8]| net_reads(bytes));
