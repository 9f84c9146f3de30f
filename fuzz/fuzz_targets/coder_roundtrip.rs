//! Every registered model, under any structure: the first bytes are the structure.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minlen_core::{Codes, Structure};
use minlen_testing::props::{coder_round_trip, hostile_code};

fuzz_target!(|bytes: &[u8]| {
    let Some((&[unit, row, start], rest)) = bytes.split_first_chunk::<3>() else {
        return;
    };
    let symbols = &rest[..rest.len().min(4096)];
    let structure = Structure {
        unit: u32::from(unit),
        row: u32::from(row) * 3,
        start: u32::from(start),
        codes: Codes {
            first: if start >= 128 { start.min(250) } else { 0 },
            lead: 253,
        },
    };
    for model in minlen::models() {
        // The cheapest sample: the others share its code.
        let settings = model.samples[usize::from(start) % model.samples.len().min(3)];
        coder_round_trip(model, settings, symbols, &structure);
        hostile_code(model, settings, symbols, &structure);
    }
});
