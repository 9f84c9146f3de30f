//! What must hold for every view and every input: one set of properties for unit tests, fuzz
//! targets and the crates above.

use crate::{Seen, View};
use minlen_core::{Codes, Limits, Random};

/// `view` on `data`: it says the same twice, leads there and back, and knows its structure.
/// Returns whether it accepted.
///
/// # Panics
/// When one of these does not hold.
pub fn round_trip(view: &dyn View, data: &[u8]) -> bool {
    if view.name() == "words" {
        any_alphabet(view, data);
    }
    let seen = view.probe(data);
    assert_eq!(seen, view.probe(data), "{}: two probes differ", view.name());
    let Some(seen) = seen else {
        return false;
    };
    let name = view.name();
    assert!(seen.params.len() <= Seen::MAX_PARAMS, "{name}: params");
    assert!(!seen.says.is_empty() && !seen.says.contains('\n'), "{name}");
    let structure = view.structure(&seen.params).expect(name);
    let symbols = view.forward(data, &seen.params).expect(name).into_owned();
    let sight = view.see(data).expect(name);
    assert!(
        sight.seen == seen && sight.symbols.expect(name) == symbols,
        "{name}: see"
    );
    assert!(structure.start as usize <= symbols.len(), "{name}: start");
    let back = view
        .inverse(symbols, &seen.params, &Limits::default())
        .expect(name);
    assert!(back == data, "{name}: the way back leads elsewhere");
    damaged_params(view, &seen.params);
    true
}

/// `words` and `words-1` lead there and back with any alphabet, and any words told of, in any data:
/// also where the probe would decline. (`round_trip` asks it of `words` alone, as `words-1` takes
/// milliseconds to tell of its words.)
///
/// # Panics
/// When one does not.
pub fn any_alphabet(view: &dyn View, data: &[u8]) {
    let crowded: Vec<u8> = std::iter::once(1).chain(128..=251).collect();
    for (each, alphabet) in (1..).zip([&[125][..], &[1], &[1, 0x80, 0xc3, 0xff], &crowded]) {
        let params = match view.name() {
            "words" => alphabet.to_vec(),
            _ => crate::words::any_params(alphabet, 10 * each).expect("a good alphabet"),
        };
        let symbols = view.forward(data, &params).expect("a good alphabet");
        let back = view.inverse(symbols.into_owned(), &params, &Limits::default());
        assert!(back.expect("what it made") == data, "{alphabet:?}");
    }
}

/// Params near those that `view` gave: an error or a sane value, never a panic.
pub fn damaged_params(view: &dyn View, params: &[u8]) {
    for cut in 0..params.len().min(200) {
        hostile(view, b"symbols", &params[..cut]);
    }
    let mut random = Random::new(params.len() as u64);
    for _ in 0..8 {
        let mut params = params.to_vec();
        if params.is_empty() {
            params.push(0);
        }
        let at = random.next_u64() as usize % params.len();
        params[at] ^= random.next_u64() as u8;
        hostile(view, b"symbols", &params);
    }
}

/// Symbols and params from a damaged archive: an error or a sane value, never a panic.
///
/// # Panics
/// When a limit is not kept.
pub fn hostile(view: &dyn View, symbols: &[u8], params: &[u8]) {
    let limits = Limits {
        block_bytes: 1 << 16,
        ..Limits::default()
    };
    if let Ok(data) = view.inverse(symbols.to_vec(), params, &limits) {
        assert!(data.len() as u64 <= limits.block_bytes, "{}", view.name());
    }
    if let Ok(structure) = view.structure(params) {
        assert!(structure.unit <= crate::layout::MAX_UNIT);
        assert!(structure.row <= crate::layout::MAX_ROW);
        assert!(structure.codes == Codes::NONE || structure.codes.first >= 128);
    }
}
