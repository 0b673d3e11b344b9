"""What it costs to watch a training: ten updates watched beside the same ten unwatched, in turns, on one thread.

With ``every=10`` one of the ten has a row in the record. Seconds are those of the processor, the least of all rounds.
Run as ``python -m benchmarks.watching [--quick]``.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import torch
from torch import nn
from torch.nn import functional

import rnnviz

MODULES: dict[str, Any] = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
STEPS, UNITS, INPUTS = 200, 128, 32
EVERY = 10
TARGET = 1.2


class Classifier(nn.Module):
    """The last step of one recurrent layer decides."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.rnn, self.head = MODULES[cell](INPUTS, UNITS, batch_first=True), nn.Linear(UNITS, 10)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Logits (batch, class) of x (batch, time, feature)."""
        logits: torch.Tensor = self.head(self.rnn(x)[0][:, -1])
        return logits


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching", description=__doc__)
    parser.add_argument("--cells", nargs="+", choices=MODULES, default=["lstm", "gru", "rnn"])
    parser.add_argument("--batch", nargs="+", type=int, default=[32, 8])
    parser.add_argument("--quick", action="store_true", help="the LSTM alone, fewer rounds")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread, T = {STEPS}, H = {UNITS}, every = {EVERY}, target ≤ {TARGET}")
    print(f"{'cell':>6}{'batch':>7}{'update ms':>12}{'watched / not':>16}{'a row ms':>11}")
    for cell in ["lstm"] if options.quick else options.cells:
        for batch in options.batch:
            report(cell, batch, rounds=3 if options.quick else 7)
    return 0


def report(cell: str, batch: int, *, rounds: int) -> None:
    """One line of the table."""
    model = Classifier(cell)
    optimizer = torch.optim.Adam(model.parameters())
    x, y = torch.randn(batch, STEPS, INPUTS), torch.randint(10, (batch,))

    def train() -> None:
        for _ in range(EVERY):
            functional.cross_entropy(model(x), y).backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()

    def train_watched() -> None:
        with rnnviz.watch(model, every=EVERY):
            train()

    taken: dict[str, list[float]] = {"plain": [], "watched": []}
    train_watched()
    for _ in range(rounds):
        for name, run in (("plain", train), ("watched", train_watched)):
            start = time.process_time()
            run()
            taken[name].append(time.process_time() - start)
    plain, watched = (1e3 * min(taken[name]) for name in ("plain", "watched"))
    mark = "" if watched <= TARGET * plain else " MISSED"
    print(
        f"{cell:>6}{batch:>7}{plain / EVERY:>12.2f}{watched / plain:>16.3f}{watched - plain:>11.2f}{mark}", flush=True
    )


if __name__ == "__main__":
    sys.exit(main())
