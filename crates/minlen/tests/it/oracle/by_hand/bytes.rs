//! Every byte of a table, a header, an index, changed.

use super::*;

#[test]
fn any_byte_of_a_table() {
    let good = table(
        0,
        &[
            vec![0b1011, 0, 1, b'd', 0xed, 0x03, 0x84, 0x20, 9, 0], // a folder
            vec![0b111, 1, 2, b'/', b'f', 3, 0, 3],                 // a file in it
            vec![0b10111, 2, 1, b'l', 0, 0, 1, b'f', 0],            // a link beside it
            vec![0b11, 0, 1, b'g', 0xa4, 0x03, 5, 0xff, 1, 2],      // a file
        ],
    );
    assert!(agree(&single(&good, b"abcde", 4), "good"));
    every_byte(&good, |table, what| {
        agree(&single(table, b"abcde", 4), what);
    });
}

#[test]
fn any_byte_of_a_header() {
    let good = Block::new(&table(0, &[file(b"f", 3)]), b"abc");
    assert!(agree(&archive(&[good.seal()], 1, 3), "good"));
    every_byte(&good.fields(), |fields, what| {
        agree(&archive(&[seal(fields, &good.payload())], 1, 3), what);
    });
}

#[test]
fn any_byte_of_an_index() {
    let blocks = [
        Block::new(&table(0, &[file(b"f", 3)]), b"abc").seal(),
        Block::new(&table(1, &[file(b"g", 2)]), b"de").seal(),
    ];
    let good = archive(&blocks, 2, 5);
    assert!(agree(&good, "good"));
    let fields = index_fields(&blocks, 2, 5);
    let before = &good[..good.len() - index(&fields).len()];
    every_byte(&fields, |changed, what| {
        let good = agree(&[before, &index(changed)].concat(), what);
        assert_eq!(good, changed == fields, "{what}");
    });
}
