"""Trains a net: `python -m minlen_torch.train DATA… --out NET --shape 192,768,128,RRWR`.

One device, or many: `torchrun --nproc-per-node 8 -m minlen_torch.train …` (DDP). What comes out goes
to `minlen learn DATA --kind net --from NET --symbols 0`, which makes a model file of it.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import time
from pathlib import Path

import torch
from torch import distributed
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, DistributedSampler

from . import data, raw
from .model import Net, Shape


class Loss(torch.nn.Module):
    """The loss as a module, which DDP wants."""

    def __init__(self, net: Net) -> None:
        super().__init__()
        self.net = net

    def forward(self, symbols: torch.Tensor) -> torch.Tensor:
        return self.net.loss(symbols)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="minlen_torch.train", description=__doc__.split("\n")[0])
    parser.add_argument("data", nargs="+", type=Path)
    parser.add_argument("--out", required=True, type=Path, help="where the net goes")
    parser.add_argument("--from", dest="base", type=Path, help="go on from this net")
    parser.add_argument("--shape", default="192,768,128,RRWR", help="width,hidden,window,layers")
    parser.add_argument("--steps", type=int, default=10_000)
    parser.add_argument("--batch", type=int, default=64, help="sequences a step and device")
    parser.add_argument("--length", type=int, default=512, help="symbols a sequence")
    parser.add_argument("--rate", type=float, default=3e-3, help="the highest learning rate")
    parser.add_argument("--held", type=float, default=0.01, help="share of documents held out")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def rate(step: int, steps: int) -> float:
    """Up over the first 2 %, then a cosine down to nothing."""
    warm = max(1, steps // 50)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


@torch.no_grad()
def evaluate(net: Net, held: data.Chunks, batch: int, device: torch.device) -> float:
    """Bits a symbol of what is held out."""
    net.eval()
    costs = [net.loss(x.to(device)).item() * len(x) for x in DataLoader(held, batch)]
    net.train()
    return sum(costs) / len(held)


def main() -> None:
    args = arguments()
    many = "RANK" in os.environ
    cuda = torch.cuda.is_available()
    place = int(os.environ.get("LOCAL_RANK", 0))
    device = torch.device("cuda", place) if cuda else torch.device("cpu")
    if many:
        distributed.init_process_group("nccl" if cuda else "gloo")
    first = not many or distributed.get_rank() == 0
    torch.manual_seed(args.seed)

    if args.base:
        net = raw.read(args.base)
    else:
        width, hidden, window, layers = args.shape.split(",")
        net = Net(Shape(int(width), int(hidden), int(window), layers))
    net = net.to(device)
    train, held = data.split(data.documents(args.data), args.held)
    train, held = data.Chunks(train, args.length), data.Chunks(held, args.length)
    if len(train) == 0:
        sys.exit(f"there is less to train with than one sequence of {args.length} symbols")

    matrices = [p for p in net.parameters() if p.dim() > 1]
    vectors = [p for p in net.parameters() if p.dim() < 2]
    groups = [{"params": matrices, "weight_decay": 0.1}, {"params": vectors, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.95))
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda s: rate(s, args.steps))
    loss = Loss(net)
    loss = DistributedDataParallel(loss, [place] if cuda else None) if many else loss

    step, epoch, began = 0, 0, time.monotonic()
    while step < args.steps:
        sampler = DistributedSampler(train, shuffle=True, seed=args.seed) if many else None
        if sampler:
            sampler.set_epoch(epoch)
        seeded = torch.Generator().manual_seed(args.seed + epoch)
        loader = DataLoader(
            train, args.batch, shuffle=sampler is None, sampler=sampler, generator=seeded
        )
        for symbols in loader:
            with torch.autocast(device.type, torch.bfloat16, enabled=cuda):
                bits = loss(symbols.to(device, non_blocking=True))
            optimiser.zero_grad(set_to_none=True)
            bits.backward()
            torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            step += 1
            if first and (step % 100 == 0 or step == args.steps):
                seen = step * args.batch * args.length * (distributed.get_world_size() if many else 1)
                pace = seen / (time.monotonic() - began)
                print(f"step {step}: {bits.item():.4f} bits, {pace:,.0f} symbols/s", file=sys.stderr)
            if first and (step % 1000 == 0 or step == args.steps):
                if len(held):
                    cost = evaluate(net, held, args.batch, device)
                    print(f"step {step}: {cost:.4f} bits held out", file=sys.stderr)
                raw.write(net, args.out)
            if step == args.steps:
                break
        epoch += 1
    if many:
        distributed.destroy_process_group()


if __name__ == "__main__":
    main()
