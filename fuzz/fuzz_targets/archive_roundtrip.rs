//! Compressed and back: the first three bytes choose model, block and pack sizes.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minlen_testing::props::{archive_round_trip, chosen_setting, measured_is_coded};

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, data)) = bytes.split_first_chunk::<3>() else {
        return;
    };
    let setting = chosen_setting(*choice);
    let archive = archive_round_trip(data, &setting, &[]);
    measured_is_coded(data, &setting, &archive);
});
