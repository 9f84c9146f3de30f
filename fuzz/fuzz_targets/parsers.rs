//! Recipes, model settings, tables of members.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minlen_testing::props::{recipe_parses, table_reads};

fuzz_target!(|bytes: &[u8]| {
    table_reads(bytes);
    if let Ok(text) = std::str::from_utf8(bytes) {
        recipe_parses(text);
    }
});
