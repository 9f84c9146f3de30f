"""Streams of training data, read as minlen reads them: documents end at a byte 0 or a file's end."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import Tensor


def documents(paths: list[Path]) -> list[bytes]:
    """The documents of all files, in order, each once."""
    seen, all = set(), []
    for path in paths:
        for document in path.read_bytes().split(b"\0"):
            key = hashlib.blake2b(document, digest_size=16).digest()
            if document and key not in seen:
                seen.add(key)
                all.append(document)
    return all


def split(all: list[bytes], share: float) -> tuple[list[bytes], list[bytes]]:
    """Documents to train with and held out: a document's hash decides, so that it is always on the
    same side, and copies are."""
    train, held = [], []
    for document in all:
        digest = hashlib.blake2b(document, digest_size=8).digest()
        (held if int.from_bytes(digest, "little") < share * 2**64 else train).append(document)
    return train, held


class Chunks(torch.utils.data.Dataset):
    """The documents one after the other, in chunks of `length` symbols; what is left at the end is
    left out."""

    def __init__(self, documents: list[bytes], length: int) -> None:
        joined = bytearray(b"\0".join(documents))
        self.symbols = torch.frombuffer(joined, dtype=torch.uint8) if joined else torch.empty(0)
        self.length = length

    def __len__(self) -> int:
        return len(self.symbols) // self.length

    def __getitem__(self, i: int) -> Tensor:
        return self.symbols[i * self.length : (i + 1) * self.length].long()
