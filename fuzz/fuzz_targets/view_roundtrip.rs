//! Every view: there and back, and hostile parameters.
#![no_main]

use libfuzzer_sys::fuzz_target;
use minlen_views::{VIEWS, props};

fuzz_target!(|bytes: &[u8]| {
    for view in VIEWS {
        props::round_trip(*view, bytes);
        let params = &bytes[..bytes.len().min(32)];
        props::hostile(*view, bytes, params);
    }
});
