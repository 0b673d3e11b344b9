"""The records that ship: an LSTM that is to learn adding, by default and with the remedies that were proposed for it.

Run as ``python -m benchmarks.recording [--quick] [--write]``; --write puts both into assets/records.
"""

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import numpy as np
import torch
from torch import nn

import rnnviz
from rnnviz import records
from rnnviz.record import Record
from rnnviz.spec import ModelSpec, TaskSpec
from rnnviz.tasks import task

TASK: Final = TaskSpec("adding", 30)
MODEL: Final = ModelSpec(cell="lstm", input_size=2, hidden_size=32, output_size=1, seed=0)
RATE, BATCH, UPDATES, EVERY = 0.7, 32, 4_000, 40

TRAININGS: Final[dict[str, tuple[ModelSpec, float | None]]] = {
    "adding-default": (MODEL, None),
    "adding-remedied": (replace(MODEL, forget_bias=1.0), 0.4),
}
"""The network, and the norm at which its gradient is clipped."""


def main(argv: Sequence[str] | None = None) -> int:
    """Train and print what was found, and write the records if that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recording", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer updates; nothing is written")
    parser.add_argument("--write", action="store_true", help="write the records that the application shows as samples")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    with TemporaryDirectory() as elsewhere:
        folder = records.SHIPPED if arguments.write and not arguments.quick else Path(elsewhere)
        for name in TRAININGS:
            record = watched(name, folder / name, 2 * EVERY if arguments.quick else UPDATES)
            print(f"{name}: {record}; last loss {record.loss[-1]:.3g}; clipped {record.clipped.mean():.0%}")
            for finding in rnnviz.examine(record):
                print(f"  {finding}")
    return 0


def watched(name: str, folder: Path, updates: int = UPDATES) -> Record:
    """Train one of ``TRAININGS`` in plain torch, and write its record."""
    spec, max_norm = TRAININGS[name]
    known, generator = task(TASK), np.random.default_rng(0)
    model = rnnviz.build(spec).requires_grad_()
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE)
    with rnnviz.watch(model, every=EVERY, folder=folder) as watching:
        for _ in range(updates):
            batch = known.draw(BATCH, generator)
            states, _ = model.rnn(torch.from_numpy(batch.x))
            loss = nn.functional.mse_loss(model.head(states[:, -1]), torch.from_numpy(batch.y))
            loss.backward()
            watching.note_loss(loss)
            if max_norm is not None:
                nn.utils.clip_grad_norm_(model.parameters(), max_norm)
            optimizer.step()
            optimizer.zero_grad()
    return watching.record


if __name__ == "__main__":
    raise SystemExit(main())
