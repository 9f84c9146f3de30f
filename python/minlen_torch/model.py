"""The net of minlen's `crates/minlen-neural/src/shape.rs`, for GPUs and many machines.

The same parameters in the same order give the same logits, up to rounding: what is trained here is
written out by `parameters()` and coded with by minlen's own exact arithmetic, never by PyTorch.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

HEAD = 32
SYMBOLS = 256


@dataclass(frozen=True)
class Shape:
    """A net's sizes. `layers` is one letter a layer: R, recurrent; W, window."""

    width: int
    hidden: int
    window: int
    layers: str

    def __post_init__(self) -> None:
        if self.width % HEAD or self.hidden % 32 or self.window % 16 or set(self.layers) - set("RW"):
            raise ValueError(f"{self} is no shape of a net")

    @property
    def heads(self) -> int:
        return self.width // HEAD


def norm(x: Tensor) -> Tensor:
    """RMSNorm over the last dimension, in f32."""
    return x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 2.0**-20).to(x.dtype)


def before(x: Tensor) -> Tensor:
    """Each place's values moved one place on; zeros at the beginning. `x`: batch, time, width."""
    return F.pad(x, (0, 0, 1, 0))[:, :-1]


class Shifted(nn.Module):
    """Norm with a gain, and a share of the symbol before."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(width))
        self.shift = nn.Parameter(torch.full((width,), 0.5))

    def forward(self, x: Tensor) -> Tensor:
        n = norm(x) * self.gain
        return n + self.shift * (before(n) - n)


def matrix(rows: int, columns: int, scale: float = 1.0) -> nn.Parameter:
    return nn.Parameter(torch.randn(rows, columns) * (scale / math.sqrt(columns)))


class Layer(nn.Module):
    """What the layers share: a residual mix over time, and a residual MLP."""

    def __init__(self, shape: Shape, rows: int) -> None:
        super().__init__()
        d, deep = shape.width, 1.0 / math.sqrt(2 * len(shape.layers))
        self.shape = shape
        self.mix = Shifted(d)
        self.mix_in = matrix(rows, d)
        self.mix_out = matrix(d, d, deep)
        self.mlp = Shifted(d)
        self.up = matrix(shape.hidden, d)
        self.down = matrix(d, shape.hidden, deep)

    def heads(self, x: Tensor) -> Tensor:
        """(batch, time, width) as (batch, heads, time, 32)."""
        return x.unflatten(-1, (self.shape.heads, HEAD)).transpose(1, 2)

    def forward(self, x: Tensor) -> Tensor:
        y = self.attend(F.linear(self.mix(x), self.mix_in))
        x = x + F.linear(y.transpose(1, 2).flatten(2), self.mix_out)
        return x + F.linear(F.relu(F.linear(self.mlp(x), self.up)).square(), self.down)

    def attend(self, y: Tensor) -> Tensor:
        raise NotImplementedError


class Recurrent(Layer):
    """Gated linear attention with one decay a head, in its parallel form."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape, 4 * shape.width + shape.heads)
        # Heads forget at very different speeds at first: half-lives from 2 to about 200 symbols.
        self.decay = nn.Parameter(torch.linspace(1.0, 6.0, shape.heads))

    def attend(self, y: Tensor) -> Tensor:
        d = self.shape.width
        q, k, v, g = (self.heads(part) for part in y[..., : 4 * d].split(d, -1))
        log_a = F.logsigmoid(y[..., 4 * d :].float() + self.decay).transpose(1, 2)
        # How much of what came at place s is left at place t, for s ≤ t.
        sums = log_a.cumsum(-1)
        left = (sums[..., :, None] - sums[..., None, :]).tril().exp().tril()
        left = left * -torch.expm1(log_a)[..., None, :]
        o = norm((q @ k.transpose(-1, -2) * left.to(q.dtype)) @ v)
        return o * F.silu(g)


class Window(Layer):
    """Attention to the last `window` symbols, with rotary positions."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape, 3 * shape.width)

    def attend(self, y: Tensor) -> Tensor:
        q, k, v = (self.heads(part) for part in y.split(self.shape.width, -1))
        q, k, v = turn(norm(q)), kept(turn(norm(k))), kept(v)
        places = torch.arange(y.shape[1], device=y.device)
        back = places[:, None] - places[None, :]
        seen = (back >= 0) & (back < self.shape.window)
        return F.scaled_dot_product_attention(q, k, v, attn_mask=seen)


def kept(x: Tensor) -> Tensor:
    """What a window keeps of keys and values: bfloat16, as minlen's coding path does. Gradients pass as
    if there were no rounding."""
    return x + (x.to(torch.bfloat16).to(x.dtype) - x).detach()


def turn(x: Tensor) -> Tensor:
    """Rotary positions: pairs (i, i + 16), angle = position · 10000^(−i/16)."""
    half = HEAD // 2
    rates = 10000.0 ** (-torch.arange(half, device=x.device, dtype=torch.float64) / half)
    angle = torch.arange(x.shape[-2], device=x.device, dtype=torch.float64)[:, None] * rates
    cos, sin = angle.cos().to(x.dtype), angle.sin().to(x.dtype)
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1)


class Net(nn.Module):
    """Predicts each symbol from those before it."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.embed = matrix(SYMBOLS + 1, shape.width, math.sqrt(shape.width))
        kinds = {"R": Recurrent, "W": Window}
        self.layers = nn.ModuleList(kinds[letter](shape) for letter in shape.layers)
        self.gain = nn.Parameter(torch.ones(shape.width))
        self.head = matrix(SYMBOLS, shape.width, 0.1)

    def forward(self, symbols: Tensor) -> Tensor:
        """Logits (batch, time, 256) of the symbols (batch, time), each from those before it."""
        past = F.pad(symbols, (1, 0), value=SYMBOLS)[:, :-1]
        x = F.embedding(past, self.embed)
        for layer in self.layers:
            x = layer(x)
        return F.linear(norm(x) * self.gain, self.head)

    def loss(self, symbols: Tensor) -> Tensor:
        """Bits a symbol."""
        logits = self(symbols).float()
        return F.cross_entropy(logits.flatten(0, 1), symbols.flatten()) / math.log(2)

    def tensors(self) -> list[Tensor]:
        """All parameters, in the order of `Shape::tensors` in minlen."""
        all = [self.embed]
        for layer in self.layers:
            all += [layer.mix.gain, layer.mix.shift, layer.mix_in]
            if isinstance(layer, Recurrent):
                all.append(layer.decay)
            all += [layer.mix_out, layer.mlp.gain, layer.mlp.shift, layer.up, layer.down]
        return all + [self.gain, self.head]

    def parameters_flat(self) -> Tensor:
        """One vector of f32, in that order."""
        return torch.cat([p.detach().float().cpu().flatten() for p in self.tensors()])

    @torch.no_grad()
    def load_flat(self, values: Tensor) -> None:
        """Takes parameters in that order."""
        if values.numel() != sum(p.numel() for p in self.tensors()):
            raise ValueError("these are not the parameters of a net of this shape")
        at = 0
        for p in self.tensors():
            p.copy_(values[at : at + p.numel()].view_as(p))
            at += p.numel()
