#!/usr/bin/env python3
"""Digits as records, and what a model draws as a picture.

    python3 bench/digits.py records train-images-idx3-ubyte.gz digits.bin [COUNT]
        each picture of 28 × 28 bytes behind its length, as `minlen learn --record length-prefixed` reads it
    python3 bench/digits.py picture PICTURE.png COLUMNS FILE…
        files of 784 bytes each as one picture, white on black, without any library
"""
import gzip
import struct
import sys
import zlib

SIDE, SCALE, GAP = 28, 2, 4


def records(place, out, count):
    data = gzip.open(place).read()
    magic, n, height, width = struct.unpack(">4I", data[:16])
    assert (magic, height, width) == (0x803, SIDE, SIDE), "an idx file of pictures of 28 × 28"
    size = SIDE * SIDE
    with open(out, "wb") as file:
        for i in range(min(n, count)):
            file.write(struct.pack("<I", size) + data[16 + size * i:16 + size * (i + 1)])


def picture(out, columns, files):
    cell = SIDE * SCALE + GAP
    lines = -(-len(files) // columns)
    width, height = columns * cell + GAP, lines * cell + GAP
    rows = [bytearray(b"\x30" * width) for _ in range(height)]
    for i, name in enumerate(files):
        data = open(name, "rb").read().ljust(SIDE * SIDE, b"\0")
        left, top = i % columns * cell + GAP, i // columns * cell + GAP
        for y in range(SIDE * SCALE):
            line = data[y // SCALE * SIDE:][:SIDE]
            rows[top + y][left:left + SIDE * SCALE] = bytes(b for b in line for _ in range(SCALE))
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    with open(out, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b""))


match sys.argv[1:]:
    case ["records", place, out, *count]:
        records(place, out, int(count[0]) if count else 1 << 30)
    case ["picture", out, columns, *files]:
        picture(out, int(columns), files)
    case _:
        sys.exit(__doc__)
