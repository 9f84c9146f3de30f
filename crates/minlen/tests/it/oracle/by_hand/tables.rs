//! Tables of members, right and wrong.

use super::*;

#[test]
fn tables_made_by_hand() {
    let long = |n| vec![b'x'; n];
    let link = |target: &[u8]| {
        let mut segment = vec![0b10111, 0, 1, b'l', 0, 0];
        segment.extend(bytes(target));
        segment.push(0);
        segment
    };
    let with_mode = |mode| [&[0b11, 0, 1, b'f'], &varint(mode)[..], &[0, 0, 0]].concat();
    let with_nanoseconds = |n| [&[0b111, 0, 1, b'f', 0], &varint(n)[..], &[0]].concat();
    let with_seconds = |n| [&[0b111, 0, 1, b'f'], &varint(n)[..], &[0, 0]].concat();
    let cases: Vec<(&str, bool, Vec<u8>)> = vec![
        ("no segment", false, single(&table(0, &[]), b"", 0)),
        (
            "no segment, a number",
            false,
            single(&table(7, &[]), b"", 0),
        ),
        (
            "a name without bytes",
            true,
            single(&table(0, &[file(b"", 0)]), b"", 1),
        ),
        (
            "not the first",
            false,
            single(&table(1, &[file(b"f", 0)]), b"", 1),
        ),
        (
            "too few members",
            false,
            single(&table(0, &[file(b"f", 0)]), b"", 2),
        ),
        (
            "twice a name",
            true,
            single(&table(0, &[file(b"f", 0), file(b"f", 0)]), b"", 2),
        ),
        (
            "an absolute name",
            true,
            single(&table(0, &[file(b"/f", 0)]), b"", 1),
        ),
        (
            "a name that climbs",
            true,
            single(&table(0, &[file(b"../f", 0)]), b"", 1),
        ),
        (
            "a name with a zero",
            true,
            single(&table(0, &[file(b"f\0", 0)]), b"", 1),
        ),
        (
            "a long name",
            true,
            single(&table(0, &[file(&long(65_536), 0)]), b"", 1),
        ),
        (
            "too long a name",
            false,
            single(&table(0, &[file(&long(65_537), 0)]), b"", 1),
        ),
        (
            "too long with what it shares",
            false,
            single(
                &table(
                    0,
                    &[
                        file(&long(65_536), 0),
                        vec![0b111, 0x80, 0x80, 4, 1, b'x', 0, 0, 0],
                    ],
                ),
                b"",
                2,
            ),
        ),
        (
            "an empty target",
            true,
            single(&table(0, &[link(b"")]), b"", 1),
        ),
        (
            "a long target",
            true,
            single(&table(0, &[link(&long(65_536))]), b"", 1),
        ),
        (
            "too long a target",
            false,
            single(&table(0, &[link(&long(65_537))]), b"", 1),
        ),
        (
            "mode 0o7777",
            true,
            single(&table(0, &[with_mode(0o7777)]), b"", 1),
        ),
        (
            "mode 0o10000",
            false,
            single(&table(0, &[with_mode(0o10000)]), b"", 1),
        ),
        (
            "the mode again",
            true,
            single(&table(0, &[with_mode(0o644)]), b"", 1),
        ),
        (
            "nanoseconds",
            true,
            single(&table(0, &[with_nanoseconds(999_999_999)]), b"", 1),
        ),
        (
            "a second",
            false,
            single(&table(0, &[with_nanoseconds(1_000_000_000)]), b"", 1),
        ),
        (
            "seconds around the end",
            true,
            single(
                &table(
                    0,
                    &[
                        with_seconds(u64::MAX),
                        with_seconds(u64::MAX),
                        with_seconds(1),
                    ],
                ),
                b"",
                3,
            ),
        ),
        (
            "lengths around the end",
            false,
            single(&table(0, &[file(b"f", u64::MAX), file(b"g", 4)]), b"abc", 2),
        ),
    ];
    for (what, expected, archive) in cases {
        assert_eq!(agree(&archive, what), expected, "{what}");
    }
}
