"""The net of crates/minlen-neural/src/shape.rs in PyTorch, to compare the speed of training.

    python3 torch_twin.py LAYERS WIDTH HIDDEN WINDOW f32|bf16 STEPS [THREADS]

Batches of 16 x 256 symbols, AdamW (ours: Muon, which costs more). The recurrent layers are in their
chunked form (64 symbols), the fastest one in eager mode. Prints symbols a second of processor time,
and the loss, so that one sees it learn. `torch_training.py` compares both.
"""

import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

HEAD = 32
CHUNK = 64


def norm(x):
    return x * torch.rsqrt(x.float().square().mean(-1, keepdim=True) + 2.0**-20).to(x.dtype)


class Shifted(nn.Module):
    """RMS norm with gain, then a mixture with the symbol before."""

    def __init__(self, d):
        super().__init__()
        self.gain = nn.Parameter(torch.ones(d))
        self.shift = nn.Parameter(torch.linspace(0, 0.5, d))

    def forward(self, x):
        n = norm(x) * self.gain
        return n + self.shift * (F.pad(n, (0, 0, 1, -1)) - n)


class Recurrent(nn.Module):
    def __init__(self, d):
        super().__init__()
        self.heads = d // HEAD
        self.inner = nn.Linear(d, 4 * d + self.heads, bias=False)
        self.decay = nn.Parameter(torch.linspace(1.5, 6, self.heads))
        self.out = nn.Linear(d, d, bias=False)

    def forward(self, m):
        b, t, d = m.shape
        p = self.inner(m)
        q, k, v, g = p[..., : 4 * d].reshape(b, t, 4, self.heads, HEAD).unbind(2)
        z = p[..., 4 * d :].float() + self.decay
        keep = F.logsigmoid(z)
        k = k * torch.sigmoid(-z)[..., None].to(k.dtype)

        def chunks(x):  # -> b, heads, chunk, symbol, ...
            return x.unflatten(1, (t // CHUNK, CHUNK)).transpose(2, 3).transpose(1, 2)

        q, k, v, keep = chunks(q), chunks(k), chunks(v), chunks(keep)
        total = keep.cumsum(-1)
        within = (total[..., :, None] - total[..., None, :]).tril()
        mask = torch.ones(CHUNK, CHUNK, dtype=torch.bool).tril()
        weights = torch.where(mask, within.exp(), 0.0).to(q.dtype)
        o = ((q @ k.transpose(-1, -2)) * weights) @ v
        last = total[..., -1:]
        added = (k * (last - total).exp()[..., None].to(k.dtype)).transpose(-1, -2) @ v
        state = torch.zeros_like(added[:, :, 0])
        states = []
        for c in range(t // CHUNK):
            states.append(state)
            state = state * last[:, :, c, :, None].exp().to(state.dtype) + added[:, :, c]
        o = o + (q * total.exp()[..., None].to(q.dtype)) @ torch.stack(states, 2)
        o = o.transpose(1, 2).transpose(2, 3).flatten(1, 2)
        return self.out((norm(o) * F.silu(g)).flatten(2))


class Window(nn.Module):
    def __init__(self, d, window, longest=256):
        super().__init__()
        self.heads = d // HEAD
        self.inner = nn.Linear(d, 3 * d, bias=False)
        self.out = nn.Linear(d, d, bias=False)
        t = torch.arange(longest)
        angle = t[:, None] * 1e4 ** (-torch.arange(16) / 16)
        self.register_buffer("cos", angle.cos())
        self.register_buffer("sin", angle.sin())
        self.register_buffer("mask", (t[:, None] >= t) & (t[:, None] - t < window))

    def turn(self, x):
        a, b = norm(x).chunk(2, -1)
        return torch.cat((a * self.cos - b * self.sin, a * self.sin + b * self.cos), -1)

    def forward(self, m):
        b, t, d = m.shape
        q, k, v = self.inner(m).reshape(b, t, 3, self.heads, HEAD).permute(2, 0, 3, 1, 4)
        q, k = self.turn(q).to(v.dtype), self.turn(k).to(v.dtype)
        o = F.scaled_dot_product_attention(q, k, v, attn_mask=self.mask)
        return self.out(o.transpose(1, 2).flatten(2))


class Layer(nn.Module):
    def __init__(self, kind, d, hidden, window):
        super().__init__()
        self.mix_norm, self.mlp_norm = Shifted(d), Shifted(d)
        self.mix = Window(d, window) if kind == "W" else Recurrent(d)
        self.up = nn.Linear(d, hidden, bias=False)
        self.down = nn.Linear(hidden, d, bias=False)

    def forward(self, x):
        x = x + self.mix(self.mix_norm(x))
        return x + self.down(F.relu(self.up(self.mlp_norm(x))).square())


class Net(nn.Module):
    def __init__(self, layers, d, hidden, window):
        super().__init__()
        self.embed = nn.Embedding(257, d)
        self.layers = nn.ModuleList(Layer(kind, d, hidden, window) for kind in layers)
        self.gain = nn.Parameter(torch.ones(d))
        self.head = nn.Linear(d, 256, bias=False)

    def forward(self, symbols):
        x = self.embed(F.pad(symbols, (1, -1), value=256))
        for layer in self.layers:
            x = layer(x)
        return self.head(norm(x) * self.gain)


def main():
    layers, d, hidden, window, precision, steps = sys.argv[1:7]
    torch.set_num_threads(int((sys.argv[7:] or ["1"])[0]))
    torch.manual_seed(0)
    net = Net(layers, int(d), int(hidden), int(window))
    optimiser = torch.optim.AdamW(net.parameters(), lr=2e-3)
    # A source with some order in it, made once.
    data = torch.randint(0, 8, (16, 4096)).cumsum(1) % 256
    clock, loss = 0.0, None
    for step in range(int(steps) + 2):
        if step == 2:  # the first steps allocate
            clock = time.process_time()
        at = 256 * (step % 16)
        symbols = data[:, at : at + 256]
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bf16"):
            logits = net(symbols)
        loss = F.cross_entropy(logits.float().flatten(0, 1), symbols.flatten())
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
        optimiser.zero_grad()
    clock = time.process_time() - clock
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {precision}: "
          f"{4096 * int(steps) / clock:.0f} symbols a CPU second, loss {loss.item():.3f}")


main()
