"""The twin's logits are those of minlen's coding path, for a made-up net: `twin.txt` holds them, and
`crates/minlen-neural/tests/twin.rs` compares the other side with it.

`python tests/test_twin.py --write` writes the file anew.
"""

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from minlen_torch.model import Net, Shape  # noqa: E402

FIGURES = Path(__file__).parents[2] / "crates/minlen-neural/tests/twin.txt"
SHAPE = Shape(64, 96, 16, "RWR")
SYMBOLS = 50


def numbers():
    """0 to 32,767, the same on both sides."""
    x = 1
    while True:
        x = (x * 1103515245 + 12345) % 2**31
        yield x >> 16


def net() -> Net:
    """All of its parameters are exact as 8-bit integers and halves."""
    n, made = numbers(), Net(SHAPE)
    with torch.no_grad():
        for p in made.tensors():
            if p.dim() == 1:
                p.copy_(torch.tensor([next(n) % 64 / 64 for _ in range(p.numel())]))
            else:
                rows = [[next(n) % 255 - 127 for _ in range(p.shape[1])] for _ in range(p.shape[0])]
                for row in rows:
                    row[0] = 127
                p.copy_(torch.tensor(rows) / 512)
    return made


def logits() -> torch.Tensor:
    n = numbers()
    symbols = torch.tensor([[next(n) % 256 for _ in range(SYMBOLS)]])
    with torch.no_grad():
        return net().double()(symbols)[0]


def test_logits():
    want = torch.tensor([[float(x) for x in line.split()] for line in FIGURES.read_text().splitlines()])
    assert (logits()[:, ::16].float() - want).abs().max() < 1e-4


if __name__ == "__main__" and "--write" in sys.argv:
    lines = (" ".join(f"{x:.6f}" for x in row) for row in logits()[:, ::16].tolist())
    FIGURES.write_text("\n".join(lines) + "\n")
