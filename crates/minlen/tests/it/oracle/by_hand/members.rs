//! Members over several blocks.

use super::*;

#[test]
fn members_over_blocks_made_by_hand() {
    let begin = |length| vec![0b101, 0, 1, b'f', 0, 0, length];
    let go_on = |offset, length| [&[0], &varint(offset)[..], &[length]].concat();
    let end = |offset, length| [&[2], &varint(offset)[..], &[length]].concat();
    let block = |first, segments: &[Vec<u8>], content: &[u8]| {
        Block::new(&table(first, segments), content).seal()
    };
    let cases: Vec<(&str, bool, Vec<u8>)> = vec![
        ("nothing", true, archive(&[], 0, 0)),
        ("a member too many", false, archive(&[], 1, 0)),
        ("a byte too many", false, archive(&[], 0, 1)),
        (
            "three blocks",
            true,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[go_on(2, 1)], b"c"),
                    block(0, &[end(3, 2), file(b"g", 1)], b"dee"),
                ],
                2,
                6,
            ),
        ),
        (
            "a mode alike after a member that went on",
            true,
            archive(
                &[
                    block(0, &[vec![0b001, 0, 1, b'f', 0xed, 0x03, 9, 9, 2]], b"ab"),
                    block(0, &[end(2, 1), vec![0b111, 0, 1, b'g', 3, 4, 0]], b"c"),
                ],
                2,
                3,
            ),
        ),
        (
            "a name shared with a member that went on",
            false,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[end(2, 1), vec![0b111, 1, 1, b'g', 0, 0, 0]], b"c"),
                ],
                2,
                3,
            ),
        ),
        (
            "an end of no bytes",
            true,
            archive(
                &[block(0, &[begin(2)], b"ab"), block(0, &[end(2, 0)], b"")],
                1,
                2,
            ),
        ),
        (
            "a middle of no bytes",
            true,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[go_on(2, 0)], b""),
                    block(0, &[end(2, 1)], b"c"),
                ],
                1,
                3,
            ),
        ),
        (
            "a beginning of no bytes",
            false,
            archive(
                &[block(0, &[begin(0)], b""), block(0, &[end(0, 1)], b"c")],
                1,
                1,
            ),
        ),
        (
            "no end",
            false,
            archive(&[block(0, &[begin(2)], b"ab")], 1, 2),
        ),
        (
            "no end in the middle",
            false,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(1, &[file(b"g", 1)], b"c"),
                ],
                2,
                3,
            ),
        ),
        (
            "no beginning",
            false,
            archive(&[block(0, &[end(2, 1)], b"c")], 1, 1),
        ),
        (
            "a hole",
            false,
            archive(
                &[block(0, &[begin(2)], b"ab"), block(0, &[end(3, 1)], b"d")],
                1,
                3,
            ),
        ),
        (
            "twice the same bytes",
            false,
            archive(
                &[block(0, &[begin(2)], b"ab"), block(0, &[end(1, 1)], b"b")],
                1,
                3,
            ),
        ),
        (
            "out of order",
            false,
            archive(
                &[block(0, &[end(2, 1)], b"c"), block(0, &[begin(2)], b"ab")],
                1,
                3,
            ),
        ),
        (
            "members out of order",
            false,
            archive(
                &[
                    block(1, &[file(b"g", 1)], b"b"),
                    block(0, &[file(b"f", 1)], b"a"),
                ],
                2,
                2,
            ),
        ),
        (
            "a member twice",
            false,
            archive(
                &[
                    block(0, &[file(b"f", 1)], b"a"),
                    block(0, &[file(b"f", 1)], b"a"),
                ],
                1,
                2,
            ),
        ),
        (
            "a member is missing",
            false,
            archive(
                &[
                    block(0, &[file(b"f", 1)], b"a"),
                    block(2, &[file(b"h", 1)], b"c"),
                ],
                3,
                2,
            ),
        ),
        (
            "a block without segments",
            false,
            archive(
                &[block(0, &[file(b"f", 1)], b"a"), block(1, &[], b"")],
                1,
                1,
            ),
        ),
        (
            "a block without segments inside a member",
            false,
            archive(
                &[
                    block(0, &[begin(2)], b"ab"),
                    block(0, &[], b""),
                    block(0, &[end(2, 1)], b"c"),
                ],
                1,
                3,
            ),
        ),
    ];
    for (what, expected, archive) in cases {
        assert_eq!(agree(&archive, what), expected, "{what}");
    }
}
