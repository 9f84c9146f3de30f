//! `words` and `words-1`: texts of every kind there and back, and what a damaged or hostile stream
//! may do.

use minlen_core::{Error, Limits, Random};
use minlen_views::{Sight, View, find, probe, props, see_for_storage};

/// The view that lists all words in the symbols.
fn words() -> &'static dyn View {
    find("words").expect("it is registered")
}

/// The view that knows words.
fn words_1() -> &'static dyn View {
    find("words-1").expect("it is registered")
}

/// Words of a small vocabulary and all that may stand between and in them.
fn text(bytes: usize, seed: u64, parts: &[&[u8]]) -> Vec<u8> {
    let mut random = Random::new(seed);
    let mut out = Vec::new();
    while out.len() < bytes {
        let n = random.next_u64();
        out.extend_from_slice(parts[(n >> 8) as usize % parts.len()]);
        if !n.is_multiple_of(8) {
            out.push(b' ');
        }
    }
    out.truncate(bytes);
    out
}

const PLAIN: &[&[u8]] = &[
    b"the",
    b"The",
    b"THE",
    b"shortest",
    b"description",
    b"of",
    b"Of",
    b"OF",
    b"a",
    b"A",
    b"it",
    b"finds,",
    b"words.\n",
    b"(words)",
    b"I",
];

const HARD: &[&[u8]] = &[
    b"the",
    b"The",
    b"THE",
    b"tHE",
    b"thE",
    b"a1b",
    b"fooBar",
    b"foo",
    b"bar",
    b"foo_bar",
    b"  ",
    b" ",
    b"\n",
    b"\0",
    b"\x80",
    b"\x83\xff",
    b"\xc3\xa9t\xc3\xa9",
    b"\xc3\x89t\xc3\xa9",
    b"\xc3",
    b"\xe2\x80\x94",
    b"\xf0\x9f\x98\x80",
    b"it's",
    b"&quot;",
    b"\x1a",
    b"\x7f",
    b"A",
    b"AB",
    b"Ab",
    b"averyveryverylongwordthatisfartoolongtobecounted",
];

#[test]
fn all_texts_lead_there_and_back() {
    for seed in 0..6 {
        assert!(props::round_trip(words_1(), &text(40_000, seed, PLAIN)));
        for bytes in [0, 1, 2, 3, 100, 5_000, 40_000] {
            let data = text(bytes, seed, HARD);
            assert!(
                !props::round_trip(words(), &data),
                "only old archives have it"
            );
            props::round_trip(words_1(), &data);
            props::any_alphabet(words_1(), &data);
        }
        // Any two and three of them side by side.
        let mut random = Random::new(seed);
        for round in 0..300 {
            let some: Vec<&[u8]> = (0..3)
                .map(|_| HARD[random.next_u64() as usize % HARD.len()])
                .collect();
            let data = [&some.concat()[..], b" the the foo foo the foo"].concat();
            props::round_trip(words(), &data);
            if round % 20 == 0 {
                props::any_alphabet(words_1(), &data);
            }
        }
    }
}

#[test]
fn it_is_for_storage_and_for_what_it_shortens() {
    let data = text(60_000, 1, PLAIN);
    let (view, Sight { seen, symbols }) = see_for_storage(&data);
    assert_eq!((view.name(), probe(&data).0.name()), ("words-1", "text"));
    assert_eq!(seen.says, probe(&data).1.says);
    let symbols = symbols.expect("forward");
    assert!(symbols.len() * 2 < data.len(), "{}", symbols.len());
    let chinese = "\u{8bcd}\u{8bed}\u{77ed}".repeat(10_000);
    let mut random = Random::new(1);
    let numbers: Vec<u8> = (0..60_000)
        .map(|_| b'0' + (random.next_u64() % 10) as u8)
        .collect();
    for declined in [&data[..100], chinese.as_bytes(), &numbers] {
        assert_eq!(words_1().probe(declined), None);
    }
}

/// One lead, no high bytes: 128 escapes, 129 and 130 are capitals, 131 is the first word, 255 the
/// lead.
const PARAMS: &[u8] = &[1];

fn inverse(symbols: &[u8]) -> Result<Vec<u8>, Error> {
    words().inverse(symbols.to_vec(), PARAMS, &Limits::default())
}

#[test]
fn streams_by_hand() {
    let list = b"ab\nno\xcd\n\n";
    assert_eq!(
        inverse(list),
        Err(Error::Damaged("the list of words makes no sense".into()))
    );
    let list = b"ab\nno\x80\xe9\n\n";
    for (text, symbols) in [
        (&b""[..], &b""[..]),
        (b"ab ab, Ab AB cd ab", b"\x83\x83, \x81\x83\x82\x83cd \x83"),
        (b"ab  no\xe9 \xff ab\n", b"\x83  \x84\x80\xff \x83\n"),
        (b"cdab", b"cd\x83"),
    ] {
        assert_eq!(inverse(&[&list[..], symbols].concat()).as_deref(), Ok(text));
    }
    for bad in [
        &b"\x80"[..],    // an escape of nothing
        b"\x81",         // a capital of nothing
        b"\x81a",        // of a letter
        b"\x82\x81\x83", // of another
        b"\x85",         // no such word
        b"\xff",         // half a code
        b"\xff\x83",     // no such word
        b"\xffa",        // no code
    ] {
        let outcome = inverse(&[&list[..], bad].concat());
        assert!(matches!(outcome, Err(Error::Damaged(_))), "{bad:?}");
    }
    for list in [&b""[..], b"ab", b"ab\n", b"ab\n\x80", b"ab\n\x83\n\n"] {
        assert!(matches!(inverse(list), Err(Error::Damaged(_))), "{list:?}");
    }
}

#[test]
fn known_words_need_not_be_spelled() {
    let text = "The wind and the rain told a story that nobody had heard before. ".repeat(3);
    let seen = words_1().probe(text.as_bytes()).expect("words");
    let symbols = words_1()
        .forward(text.as_bytes(), &seen.params)
        .expect("forward");
    assert_eq!(symbols[0], b'\n', "the list is empty");
    let back = |params: &[u8], symbols: &[u8]| {
        words_1().inverse(symbols.to_vec(), params, &Limits::default())
    };
    assert_eq!(back(&seen.params, &symbols).as_deref(), Ok(text.as_bytes()));
    // Words told of come first, in their order, and the others after them.
    let first = words_1()
        .structure(&seen.params)
        .expect("structure")
        .codes
        .first;
    let known = text.split([' ', '.']).filter(|w| w.len() > 1);
    let known = known
        .map(str::to_lowercase)
        .collect::<std::collections::BTreeSet<_>>()
        .len();
    let last = first + 3 + known as u8;
    let outcome = back(
        &seen.params,
        &[&b"zyx\n\n"[..], &[first + 1, last]].concat(),
    );
    assert_eq!(outcome.as_deref(), Ok(&b"Zyx"[..]));
    let outcome = back(&seen.params, &[&b"zyx\n\n"[..], &[last + 1]].concat());
    assert!(matches!(outcome, Err(Error::Damaged(_))));
    for damaged in [
        &seen.params[..0],
        &seen.params[..1],
        &seen.params[..2],
        &seen.params[..seen.params.len() / 2],
        &[&seen.params[..], b"and nine more"].concat(),
    ] {
        let outcome = back(damaged, &symbols);
        assert!(matches!(outcome, Err(Error::Damaged(_))), "{damaged:?}");
    }
}

#[test]
fn a_bomb_is_a_limit() {
    let mut symbols = vec![b'a'; 30_000];
    symbols.extend(b"\n\n");
    symbols.extend([131; 100]);
    let limits = Limits {
        block_bytes: 1 << 20,
        ..Limits::default()
    };
    let outcome = words().inverse(symbols, PARAMS, &limits);
    assert!(matches!(outcome, Err(Error::Limit { .. })));
}

/// Codes that are the same in every text: whatever the text, it comes back.
#[test]
fn shared_words_code_any_data() {
    let params = minlen_views::shared_params(&text(20_000, 3, PLAIN), 32, 21).unwrap();
    let limits = Limits::default();
    for seed in 0..40 {
        let parts = if seed % 2 == 0 { PLAIN } else { HARD };
        let mut data = text(1 + 97 * seed as usize, seed, parts);
        if seed % 5 == 4 {
            let mut random = Random::new(seed);
            data.iter_mut()
                .step_by(7)
                .for_each(|b| *b = random.next_u64() as u8);
        }
        let symbols = minlen_views::with_words(&data, &params).unwrap();
        let back = words_1().inverse(symbols, &params, &limits).unwrap();
        assert!(back == data, "{seed}");
    }
    // Words have the codes that they have in other texts.
    let symbols = |data: &[u8]| minlen_views::with_words(data, &params).unwrap()[1..].to_vec();
    assert!(symbols(b"words of the shortest description").starts_with(&symbols(b"words of the")));
    // No room for leads, and none.
    assert!(minlen_views::shared_params(b"words", 0, 5).is_none());
    assert!(minlen_views::shared_params(b"words", 126, 5).is_none());
    assert!(matches!(
        minlen_views::with_words(b"words", &params[..9]),
        Err(Error::Damaged(_))
    ));
}
