"""The twin's logits are those of minlen's coding path, for made-up nets: `twin-RR.txt` and
`twin-RWR.txt` hold them, and `crates/minlen-neural/tests/twin.rs` compares the other side with them, to 1e-4.

`python tests/test_twin.py --write` writes the files anew.
"""

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parents[1]))
from minlen_torch.model import Net, Shape, kept  # noqa: E402

FIGURES = Path(__file__).parents[2] / "crates/minlen-neural/tests"
LAYERS = ["RR", "RWR"]
SYMBOLS = 50


def numbers():
    """0 to 32,767, the same on both sides."""
    x = 1
    while True:
        x = (x * 1103515245 + 12345) % 2**31
        yield x >> 16


def net(layers: str) -> Net:
    """All of its parameters are exact as 8-bit integers and halves."""
    n, made = numbers(), Net(Shape(64, 96, 16, layers))
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


def logits(layers: str) -> torch.Tensor:
    n = numbers()
    symbols = torch.tensor([[next(n) % 256 for _ in range(SYMBOLS)]])
    with torch.no_grad():
        return net(layers).double()(symbols)[0, :, ::16]


def figures(layers: str) -> Path:
    return FIGURES / f"twin-{layers}.txt"


@pytest.mark.parametrize("layers", LAYERS)
def test_logits(layers):
    lines = figures(layers).read_text().splitlines()
    want = torch.tensor([[float(x) for x in line.split()] for line in lines], dtype=torch.float64)
    assert want.shape == (SYMBOLS, 16)
    # Both are this code's: what was written, and what it says now.
    assert (logits(layers) - want).abs().max() < 1e-5


def test_windows_keep_rounded_values_and_learn_all_the_same():
    x = torch.tensor([1.0, 1.001, -3.14159], requires_grad=True)
    rounded = kept(x)
    assert rounded.tolist() == [1.0, 1.0, -3.140625]
    rounded.sum().backward()
    assert x.grad.tolist() == [1.0, 1.0, 1.0]


if __name__ == "__main__" and "--write" in sys.argv:
    for layers in LAYERS:
        lines = (" ".join(f"{x:.6f}" for x in row) for row in logits(layers).tolist())
        figures(layers).write_text("\n".join(lines) + "\n")
