"""What a decoding costs, all that leads to each token being kept, and what the arithmetic of one look at the source.

Beside it the same tokens from the same network with nothing kept. Run as ``python -m benchmarks.decoding [--quick]``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import torch

from rnnviz.attention import NAMES, load
from rnnviz.attention.measuring import greedy

DIGITS = "314159265358979323846264338327"
DATE = "Wednesday, the 30th of September 2026"
TARGET = 30
"""Steps a second."""


def main(argv: Sequence[str] | None = None) -> int:
    """Print a row a network; the exit code says whether all are quick enough."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.decoding", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 5 if parser.parse_args(argv).quick else 31
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread; milliseconds are medians of {rounds}")
    head = ("read", "steps", "decoding ms", "steps a second", "nothing kept ms", "one look ms")
    print(f"{'network':<18}" + "".join(f"{name:>17}" for name in head))
    slowest = float("inf")
    for name in NAMES:
        model = load(name)
        source = DIGITS if model.task.name == "reverse" else DATE
        decoding, x = model.decode(source), model.task.encode([source])
        took = timed(lambda model=model, source=source: model.decode(source), rounds)
        bare = timed(lambda model=model, x=x, steps=decoding.steps: greedy(model.network, x, steps), rounds)
        look = float("nan")
        if decoding.has_attention:
            look = timed(lambda model=model, decoding=decoding: model.arithmetic(decoding, 0), rounds)
        rate = 1000 * decoding.steps / took
        slowest = min(slowest, rate)
        row = (len(source), decoding.steps, took, rate, bare, look)
        print(f"{name:<18}" + "".join(f"{number:>17.4g}" for number in row), flush=True)
    print(f"target: {TARGET} steps a second")
    return 0 if slowest >= TARGET else 1


def timed(work: Callable[[], object], rounds: int) -> float:
    """The median time in milliseconds, after one for warmth."""
    work()
    took = []
    for _ in range(rounds):
        begun = time.perf_counter()
        work()
        took.append(1000 * (time.perf_counter() - begun))
    return statistics.median(took)


if __name__ == "__main__":
    sys.exit(main())
