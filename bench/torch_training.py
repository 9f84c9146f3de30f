"""Training on the processor: minlen beside PyTorch, the same net, batch, precision and threads.

    cargo build --release -p minlen-neural --example train
    python3 bench/torch_training.py target/release/examples/train [ROUNDS] [TEXT]

In turn, ROUNDS times (3); medians. A speed is that of the second half of a run: of two runs, one twice
as long as the other, the difference in time counts, so that beginnings and last looks do not. Memory
is the most that a process had resident; PyTorch's own begins at what `import torch` takes, which
is told, too. Needs torch (PyPI); TEXT is anything to learn from (examples/shakespeare.txt).
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time

TRAIN = sys.argv[1]
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 3
TEXT = sys.argv[3] if len(sys.argv) > 3 else "examples/shakespeare.txt"
HERE = os.path.dirname(os.path.abspath(__file__))
BATCH = 16 * 256
# Layers, width, hidden, window; steps of the shorter run.
NETS = [("RWR", 128, 384, 128, 60), ("RRRRR", 160, 384, 128, 30), ("RRWRRW", 256, 768, 128, 10)]


def run(command):
    """Seconds that it took, and MiB that it had at most."""
    begin = time.perf_counter()
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    assert status == 0, command
    return time.perf_counter() - begin, used.ru_maxrss / 1024


def ours(net, precision, threads, steps, held):
    layers, width, hidden, window, _ = net
    return run([TRAIN, TEXT, held, f"layers={layers}", f"width={width}", f"hidden={hidden}",
                f"window={window}", f"precision={precision}", f"symbols={steps * BATCH}",
                f"threads={threads}", "lanes=16", "length=256", "look=1000000", "part=1"])


def torch(net, precision, threads, steps, _):
    words = [str(word) for word in net[:4]]
    return run([sys.executable, f"{HERE}/torch_twin.py", *words, precision, str(steps), str(threads)])


def speed(who, net, precision, threads, held):
    """Symbols a second, and MiB."""
    short, _ = who(net, precision, threads, net[4], held)
    long, memory = who(net, precision, threads, 2 * net[4], held)
    return net[4] * BATCH / (long - short), memory


def main():
    _, bare = run([sys.executable, "-c", "import torch"])
    print(f"`import torch` alone: {bare:.0f} MiB\n")
    print("| net | precision | threads | minlen, symbols/s | PyTorch | ratio | MiB | PyTorch | ratio |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as held:
        held.write("Something that is held out.\n")
        held.flush()
        for net in NETS:
            for precision in ["f32", "bf16"]:
                for threads in [1, 2]:
                    rows = [[speed(who, net, precision, threads, held.name) for who in (ours, torch)]
                            for _ in range(ROUNDS)]
                    (a, m), (b, n) = ([statistics.median(r[i][j] for r in rows) for j in (0, 1)]
                                      for i in (0, 1))
                    name = ",".join(str(x) for x in (*net[1:4], net[0]))
                    print(f"| {name} | {precision} | {threads} | {a:,.0f} | {b:,.0f} | {a / b:.2f} "
                          f"| {m:.0f} | {n:.0f} | {m / n:.2f} |", flush=True)


main()
