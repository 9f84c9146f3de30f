#!/usr/bin/env python3
"""ABC tunes: a tunebook from the tunes at hand, and what of a tunebook parses as music.

    python3 bench/abc.py book tunes.jsonl train tunes.abc    tunes of one split, in the order of a seed
    python3 bench/abc.py check tunes.abc                      how many of its tunes are tunes
    python3 bench/abc.py check --music21 tunes.abc            the same, with music21 as a second judge

A tune passes `check` on three levels, each harder than the one before:

 1. legal    its header has X, then any of the other fields, M and K once each, K last; all of its
             music is tokens of ABC 2.1 (notes, rests, chords, bars, ties, slurs, tuplets, grace notes,
             decorations, chord symbols, inline fields, broken rhythm), of which none is left open;
 2. metre    it has at least two full bars, and no bar is longer than its metre says; and of the bars
             between bar lines at most one in eight is shorter (upbeats and repeats divide bars);
 3. music21  (if asked) music21 parses it and finds at least four notes.

The share of real tunes that pass is the measure for what a model draws: not all of them do.
"""
import json
import random
import re
import sys
from fractions import Fraction

# A letter from H to W and from h to w is a symbol that a tune may give a meaning (ABC 2.1, section 4.16).
DECORATIONS = ".~HIJKLMNOPQRSTUVWhijklmnopqrstuvw"
FIELD = re.compile(r"^[A-Za-z+]:")
NOTE = r"(?:\^\^|\^|__|_|=)?[A-Ga-g][,']*"
LENGTH = r"\d*/*\d*"
TOKENS = re.compile(
    r"(?P<space>[ \t`]+)"
    r"|(?P<continued>\\$)"
    r"|(?P<comment>%.*$)"
    r"|(?P<inline>\[[A-Za-z]:[^\]\n]*\])"
    r"|(?P<bar>(?::*\|[\]\|]?:*|\[\||::+)(?:\s*\[?[1-9][,\-\d]*)?|\[[1-9][,\-\d]*)"
    r'|(?P<symbol>"[^"\n]*")'
    r"|(?P<decoration>![^!\n|]+!|\+[a-z]+\+|[" + re.escape(DECORATIONS) + r"])"
    r"|(?P<grace>\{/?[^{}\n]*\})"
    r"|(?P<chord>\[(?:" + NOTE + LENGTH + r"-?|\"[^\"\n]*\")+\](?P<chordlength>" + LENGTH + r"))"
    r"|(?P<note>" + NOTE + r"(?P<notelength>" + LENGTH + r"))"
    r"|(?P<rest>[zxy](?P<restlength>" + LENGTH + r"))"
    r"|(?P<rests>Z\d*)"
    r"|(?P<tuplet>\((?P<p>[2-9])(?::(?P<q>[1-9]?)(?::(?P<r>[1-9]?))?)?)"
    r"|(?P<slur>[()])"
    r"|(?P<tie>-)"
    r"|(?P<broken>>+|<+)"
    r"|(?P<voice>&)"
    r"|(?P<lineend>[*$])"
)


def book(place, split, out):
    """Writes the tunes of one split as a tunebook: a number, where it is from, then the tune."""
    tunes = [json.loads(line) for line in open(place, encoding="utf-8")]
    tunes = [t for t in tunes if t["split"] in split.split("+")]
    random.Random(1).shuffle(tunes)
    with open(out, "w", encoding="utf-8", newline="\n") as file:
        for tune in tunes:
            body = tune["abc"].strip("\n")
            file.write(f"X:1\nO:{tune['style']}\n{body}\n\n")
    return len(tunes)


def tunes_of(text):
    """The tunes of a tunebook: what stands between empty lines. Text that a cut at the end may have
    left unfinished is no tune."""
    whole = text.endswith("\n\n")
    parts = [p.strip("\n") for p in re.split(r"\n\n+", text)]
    if not whole:
        parts = parts[:-1]
    return [p for p in parts if p]


class Wrong(Exception):
    """Why something is no tune."""


def length_of(text):
    """What stands behind a note: 3, /, /2, 3/2, //."""
    match = re.fullmatch(r"(\d*)(/*)(\d*)", text)
    up, slashes, down = match.groups()
    value = Fraction(int(up) if up else 1)
    if slashes:
        value /= (int(down) or 1) if down else 2 ** len(slashes)
        if down and len(slashes) > 1:
            raise Wrong("a length with slashes and a number")
    elif down:
        raise Wrong("a length")
    if value <= 0:
        raise Wrong("a note without length")
    return value


def metre_of(text):
    """Length of a bar; None: free."""
    text = text.split("%")[0].strip()
    if text in ("C", "c"):
        return Fraction(1)
    if text in ("C|", "c|"):
        return Fraction(1)
    if text.lower() in ("none", ""):
        return None
    match = re.fullmatch(r"\(?(\d+(?:\+\d+)*)\)?/(\d+)", text)
    if not match or int(match[2]) == 0:
        raise Wrong(f"the metre {text!r}")
    up = sum(int(n) for n in match[1].split("+"))
    if up == 0:
        raise Wrong(f"the metre {text!r}")
    return Fraction(up, int(match[2]))


def unit_of(text):
    match = re.fullmatch(r"1(?:/(\d+))?", text.split("%")[0].strip())
    if not match or match[1] and int(match[1]) not in (1, 2, 4, 8, 16, 32, 64):
        raise Wrong(f"the unit {text!r}")
    return Fraction(1, int(match[1] or 1))


def key_of(text):
    text = text.split("%")[0].strip()
    modes = "maj|major|min|minor|m|mix|mixolydian|dor|dorian|phr|phrygian|lyd|lydian|loc|locrian|ion|ionian|aeo|aeolian|exp"
    ok = re.fullmatch(
        r"(?:none|HP|Hp|(?:[A-G][#b]?)\s*(?:" + modes + r")?)(?:\s+(?:\^|_|=|\^\^|__)[A-Ga-g])*(?:\s+\S*)*",
        text, re.I)
    if text and not ok:
        raise Wrong(f"the key {text!r}")


class Tune:
    """A tune as it is read: header, then bars."""

    def __init__(self, text):
        self.metre, self.unit, self.bars = None, None, []
        self.filled, self.open_bar = Fraction(0), False
        self.notes, self.free = 0, False
        lines = text.split("\n")
        self.header(lines)

    def header(self, lines):
        seen = {}
        for at, line in enumerate(lines):
            match = FIELD.match(line)
            if not match:
                raise Wrong("the header ends without a key")
            name, value = line[0], line[2:].strip()
            if at == 0 and (name != "X" or not re.fullmatch(r"\d+", value)):
                raise Wrong("it does not begin with X:")
            if name in seen and name in "XMLK":
                raise Wrong(f"a second field {name} in the header")
            seen[name] = value
            self.field(name, value)
            if name == "K":
                break
        else:
            raise Wrong("no key")
        if "M" not in seen:
            raise Wrong("no metre")
        if self.unit is None:
            short = self.metre is not None and self.metre < Fraction(3, 4)
            self.unit = Fraction(1, 16 if short else 8)
        self.body(lines[at + 1:])

    def field(self, name, value):
        if name == "M":
            self.metre = metre_of(value)
        elif name == "L":
            self.unit = unit_of(value)
        elif name == "K":
            key_of(value)

    def close(self):
        """A bar ends."""
        if self.open_bar:
            self.bars.append((self.filled, self.metre))
        self.filled, self.open_bar = Fraction(0), False

    def body(self, lines):
        depth = 0
        left = 0  # notes of a tuplet to come
        factor = Fraction(1)
        lengthen = None  # of the next note, by a broken rhythm
        last = None  # where the last note's length went, for a broken rhythm
        for line in lines:
            if FIELD.match(line):
                if line[0] in "wW+sdNIHrRTPVQUmOGZFSBDCAabcefghijklnopqtuvxyz":
                    pass
                elif line[0] in "MLK":
                    if line[0] == "M":
                        # A change of metre stands between bars.
                        if self.open_bar:
                            self.bars.append((self.filled, self.metre))
                            self.filled, self.open_bar = Fraction(0), False
                    self.field(line[0], line[2:].strip())
                else:
                    raise Wrong(f"the field {line[0]} in the tune")
                continue
            at = 0
            while at < len(line):
                match = TOKENS.match(line, at)
                if not match or match.end() == at:
                    raise Wrong(f"{line[at:at + 12]!r}")
                at, kind = match.end(), match.lastgroup
                # Named groups inside others: the token is the outermost.
                kind = next(k for k in ("space", "continued", "comment", "inline", "bar", "symbol",
                                        "decoration", "grace", "chord", "note", "rests", "rest", "tuplet", "slur",
                                        "tie", "broken", "voice", "lineend") if match[k] is not None)
                if kind == "inline":
                    self.field(match[0][1], match[0][3:-1].strip())
                elif kind == "bar":
                    self.close()
                elif kind == "rests":
                    self.close()
                elif kind == "slur":
                    depth += 1 if match[0] == "(" else -1
                    if depth < -1:
                        raise Wrong("a slur ends that did not begin")
                elif kind == "voice":
                    self.free = True
                elif kind == "tuplet":
                    p = int(match["p"])
                    compound = self.metre is not None and self.metre.numerator % 3 == 0 and self.metre.denominator >= 8
                    usual = {2: 3, 3: 2, 4: 3, 6: 2, 8: 3}.get(p, 3 if compound else 2)
                    q = int(match["q"]) if match["q"] else usual
                    left = int(match["r"]) if match["r"] else p
                    factor = Fraction(q, p)
                elif kind == "broken":
                    if last is None:
                        raise Wrong("a broken rhythm without a note")
                    n = Fraction(1, 2 ** len(match[0]))
                    mine, its = (2 - n, n) if match[0][0] == ">" else (n, 2 - n)
                    self.filled += last * (mine - 1)
                    lengthen = its
                elif kind in ("note", "rest", "chord"):
                    length = length_of(match[kind + "length"])
                    if kind == "chord":
                        first = re.match(NOTE + "(" + LENGTH + ")", re.sub(r'^\[(?:"[^"]*")*', "", match[0]))
                        length *= length_of(first[1]) if first else 1
                    if match[0][0] == "y":
                        continue
                    length *= self.unit
                    if left > 0:
                        length, left = length * factor, left - 1
                    if lengthen is not None:
                        length, lengthen = length * lengthen, None
                        last = None
                    else:
                        last = length
                    self.filled += length
                    self.open_bar = True
                    self.notes += kind != "rest"
        if lengthen is not None:
            raise Wrong("a broken rhythm without a second note")
        if depth > 2:
            raise Wrong("slurs that do not end")
        self.close()
        if self.notes < 4:
            raise Wrong("fewer than four notes")

    def fits(self):
        """Whether its bars fit its metre."""
        if self.free:
            return True
        bars = [(b, m) for b, m in self.bars if m is not None]
        if not bars:
            return True  # free metre
        over = sum(b > m for b, m in bars)
        full = sum(b == m for b, m in bars)
        short = sum(b < m for b, m in bars[1:-1])
        return over == 0 and full >= 2 and short * 8 <= max(len(bars), 16)


def check(path, second):
    text = open(path, encoding="utf-8", errors="replace").read()
    tunes = tunes_of(text)
    legal = metre = parsed = both = bars = fit = 0
    reasons = {}
    for tune in tunes:
        try:
            read = Tune(tune)
        except Wrong as why:
            key = re.sub(r"'.*'", "…", str(why))
            reasons.setdefault(key, []).append(f"{why}")
            read = None
        legal += read is not None
        fits = read is not None and read.fits()
        metre += fits
        if read:
            inner = [(b, m) for b, m in read.bars if m is not None]
            bars += len(inner)
            fit += sum(b == m for b, m in inner)
        if second:
            parsed += (one := music21_says(tune))
            both += one and read is not None
    n = max(len(tunes), 1)
    share = lambda k: f"{k:5} of {len(tunes)} = {100 * k / n:.1f} %"
    print(f"{path}: {len(tunes)} tunes, {len(text)} characters")
    print("  legal   ", share(legal))
    print("  metre   ", share(metre), f"({100 * fit / max(bars, 1):.1f} % of all {bars} bars are exactly full)")
    if second:
        print("  music21 ", share(parsed))
        print("  legal and music21 ", share(both))
    worst = sorted(reasons.items(), key=lambda r: -len(r[1]))[:6]
    for why, all_of_them in worst:
        print(f"    {len(all_of_them):4} × {why}, e.g. {all_of_them[0]}")


def music21_says(tune):
    """Whether music21 reads it and finds four notes."""
    import warnings

    from music21 import converter
    warnings.simplefilter("ignore")
    try:
        return len(list(converter.parse(tune, format="abc").recurse().notes)) >= 4
    except Exception:  # whatever it raises is its no
        return False


def main(args):
    match args:
        case ["book", place, split, out]:
            print(book(place, split, out), "tunes")
        case ["check", *options, path]:
            check(path, "--music21" in options)
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
