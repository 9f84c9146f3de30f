#!/usr/bin/env python3
"""Digits as records, what a model draws as a picture, and what a judge says of it.

    python3 bench/digits.py records IMAGES.gz digits.bin [COUNT]
        each picture of 28 × 28 bytes behind its length, as `minlen learn --record length-prefixed` reads it
    python3 bench/digits.py small IMAGES.gz LABELS.gz digits.txt [COUNT]
        each picture as a line: which digit it is; then 14 rows, each a letter from a on and 14 pixels from
        0 (black) to 7 (white), means of four
    python3 bench/digits.py picture PICTURE.png COLUMNS FILE…
        files of 784 bytes each, or of one such line, as one picture, white on black, without any library
    python3 bench/digits.py judge IMAGES.gz LABELS.gz FILE…
        of files of one such line, how many look most like the digit that they say: by the nearest 3 of real
        ones (needs numpy); the same of as many real digits, each left out in its turn
"""
import gzip
import struct
import sys
import zlib

SIDE, GAP = 28, 4
HALF = SIDE // 2


def images(place):
    data = gzip.open(place).read()
    magic, n, height, width = struct.unpack(">4I", data[:16])
    assert (magic, height, width) == (0x803, SIDE, SIDE), "an idx file of pictures of 28 × 28"
    return [data[16 + SIDE * SIDE * i:16 + SIDE * SIDE * (i + 1)] for i in range(n)]


def labels(place):
    data = gzip.open(place).read()
    assert struct.unpack(">I", data[:4]) == (0x801,), "an idx file of labels"
    return data[8:]


def halved(picture):
    """14 × 14 pixels from 0 to 7."""
    at = lambda y, x: sum(picture[SIDE * (2 * y + i) + 2 * x + j] for i in (0, 1) for j in (0, 1))
    return [[(at(y, x) * 7 + 510) // 1020 for x in range(HALF)] for y in range(HALF)]


def line(picture, label):
    rows = halved(picture)
    return f"{label}" + "".join(chr(97 + y) + "".join(map(str, row)) for y, row in enumerate(rows)) + "\n"


def rows_of(text):
    """The pixels of such a line, by its letters; what is missing is black."""
    rows = [[0] * HALF for _ in range(HALF)]
    for y in range(HALF):
        at = text.find(bytes([97 + y]))
        for x, b in enumerate(text[at + 1:at + 1 + HALF] if at >= 0 else b""):
            if not 48 <= b < 56:
                break
            rows[y][x] = b - 48
    return rows


def records(place, out, count):
    size = SIDE * SIDE
    with open(out, "wb") as file:
        for picture in images(place)[:count]:
            file.write(struct.pack("<I", size) + picture)


def small(place, names, out, count):
    with open(out, "w") as file:
        for picture, label in list(zip(images(place), labels(names)))[:count]:
            file.write(line(picture, label))


def picture(out, columns, files):
    drawn = []
    for name in files:
        data = open(name, "rb").read()
        if data[:1].isdigit():
            side, pixels = HALF, [bytes(255 * p // 7 for p in row) for row in rows_of(data)]
        else:
            data = data.ljust(SIDE * SIDE, b"\0")
            side, pixels = SIDE, [data[SIDE * y:SIDE * (y + 1)] for y in range(SIDE)]
        scale = 56 // side
        drawn.append([bytes(b for b in row for _ in range(scale)) for row in pixels for _ in range(scale)])
    cell = 56 + GAP
    lines = -(-len(drawn) // columns)
    width, height = columns * cell + GAP, lines * cell + GAP
    rows = [bytearray(b"\x30" * width) for _ in range(height)]
    for i, one in enumerate(drawn):
        left, top = i % columns * cell + GAP, i // columns * cell + GAP
        for y, row in enumerate(one):
            rows[top + y][left:left + 56] = row
    chunk = lambda kind, body: struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    with open(out, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">2I5B", width, height, 8, 0, 0, 0, 0)))
        file.write(chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows), 9)) + chunk(b"IEND", b""))


def judge(place, names, files):
    import numpy as np

    known = np.array([halved(p) for p in images(place)], dtype=np.float32).reshape(-1, HALF * HALF)
    truth = np.frombuffer(labels(names), dtype=np.uint8)
    square = (known**2).sum(1)

    def says(pixels, leave_out=-1):
        far = square - 2 * known @ pixels
        if leave_out >= 0:
            far[leave_out] = np.inf
        votes = truth[np.argsort(far)[:3]]
        return votes[0] if len(set(votes)) == 3 else np.bincount(votes).argmax()

    drawn = [open(name, "rb").read() for name in files]
    good = sum(says(np.array(rows_of(d), dtype=np.float32).ravel()) == int(d[:1]) for d in drawn)
    real = sum(says(known[i], i) == truth[i] for i in range(len(drawn)))
    print(f"drawn: {good} of {len(drawn)} look like the digit that they say; real: {real} of {len(drawn)}")


match sys.argv[1:]:
    case ["records", place, out, *count]:
        records(place, out, int(count[0]) if count else 1 << 30)
    case ["small", place, names, out, *count]:
        small(place, names, out, int(count[0]) if count else 1 << 30)
    case ["picture", out, columns, *files]:
        picture(out, int(columns), files)
    case ["judge", place, names, *files]:
        judge(place, names, files)
    case _:
        sys.exit(__doc__)
