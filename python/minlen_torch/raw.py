"""Parameters on disk, as `minlen learn --from` takes them: a line of text, then f32, lowest byte
first, in the order of `Shape::tensors`."""

from __future__ import annotations

from pathlib import Path

import numpy
import torch

from .model import Net, Shape

MAGIC = "minlen-net"


def write(net: Net, path: Path) -> None:
    """Writes a net; the file appears whole or not at all."""
    s = net.shape
    head = f"{MAGIC} {s.width},{s.hidden},{s.window},{s.layers}\n"
    part = path.with_name(path.name + ".part")
    values = net.parameters_flat().numpy().astype("<f4")
    part.write_bytes(head.encode() + values.tobytes())
    part.replace(path)


def read(path: Path) -> Net:
    """Reads a net. ValueError: the file holds none."""
    head, _, body = path.read_bytes().partition(b"\n")
    try:
        magic, sizes = head.decode("ascii").split(" ")
        width, hidden, window, layers = sizes.split(",")
        shape = Shape(int(width), int(hidden), int(window), layers)
    except (UnicodeDecodeError, ValueError) as error:
        raise ValueError(f"{path} is no net of minlen") from error
    if magic != MAGIC or len(body) % 4:
        raise ValueError(f"{path} is no net of minlen")
    net = Net(shape)
    net.load_flat(torch.from_numpy(numpy.frombuffer(body, "<f4").astype("f4")))
    return net
