"""What training all runs in one pass saves, against plain loops of nn.RNN, nn.LSTM and nn.GRU, one run after another.

Both train the same networks on the same batches with the same clipping and optimizer, on one thread, and take turns in
one process. Ours also measures every 50 updates on 500 held-out sequences, which the plain loop does not; ``plain /
ours`` counts that against us. The lines after the table time the default of the page "Clipping" as a whole, and how
long a run in a worker process goes on after it was told to stop, beside one of its updates. Run as
``python -m benchmarks.training [--quick]``.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import nn

from rnnviz import jobs, tasks
from rnnviz.clipping import USUAL, pair
from rnnviz.models import build
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import train_together

TARGET_SECONDS = 6.0
"""Of the default: two arms of 1,500 updates, T = 50, 32 units, batches of 32, three seeds each."""


def irnn(length: int = 50, **options: object) -> TrainSpec:
    """The network that explodes unless it is clipped."""
    model = ModelSpec("rnn", 2, 32, nonlinearity="relu", recurrent="identity")
    return TrainSpec(model, TaskSpec("adding", length), **options)  # type: ignore[arg-type]


def gated(cell: str, length: int = 50, **options: object) -> TrainSpec:
    """A gated network on the same task, with Adam."""
    model = ModelSpec(cell, 2, 32, forget_bias=1.0 if cell == "lstm" else None)  # type: ignore[arg-type]
    return TrainSpec(model, TaskSpec("adding", length), optimizer="adam", rate=0.003, **options)  # type: ignore[arg-type]


def main(argv: Sequence[str] | None = None) -> int:
    """Print the table and the time of the default."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds and updates")
    options = parser.parse_args(argv)
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, one thread; milliseconds an update of all runs together")
    print()
    print("".join(f"{name:>12}" for name in ("cell", "T", "H", "runs", "plain ms", "ours ms", "plain/ours")))
    for spec in (irnn(), irnn(100), gated("gru"), gated("lstm")):
        for seeds in ((0,), (0, 1, 2)):
            arms = [replace(spec, seeds=seeds, max_norm=max_norm) for max_norm in (None, 1.0)]
            report(arms, steps=50 if options.quick else 150, rounds=2 if options.quick else 5)
    print()
    default()
    stopping(3 if options.quick else 9)
    return 0


def report(arms: list[TrainSpec], *, steps: int, rounds: int) -> None:
    """One line of the table: median of the rounds."""
    arms = [replace(arm, steps=steps) for arm in arms]
    calls: dict[str, Callable[[], object]] = {
        "plain": lambda: [plain(arm, seed) for arm in arms for seed in arm.seeds],
        "ours": lambda: train_together(arms),
    }
    taken: dict[str, list[float]] = {name: [] for name in calls}
    for _ in range(rounds):
        for name, call in calls.items():
            begin = time.perf_counter()
            call()
            taken[name].append(1e3 * (time.perf_counter() - begin) / steps)
    ms = {name: statistics.median(times) for name, times in taken.items()}
    model, runs = arms[0].model, len(arms) * len(arms[0].seeds)
    print(f"{model.cell:>12}{arms[0].task.length:>12}{model.hidden_size:>12}{runs:>12}", end="")
    print(f"{ms['plain']:>12.2f}{ms['ours']:>12.2f}{ms['plain'] / ms['ours']:>12.1f}", flush=True)


def plain(spec: TrainSpec, seed: int) -> float:
    """One run as one writes it; the last loss."""
    task, generator = tasks.task(spec.task), np.random.default_rng([seed, 0])
    network = build(replace(spec.model, seed=seed)).train().requires_grad_()
    kind = {"sgd": torch.optim.SGD, "adam": torch.optim.Adam}[spec.optimizer]
    optimizer = kind(network.parameters(), lr=spec.rate)
    for _ in range(spec.steps):
        batch = task.draw(spec.batch_size, generator)
        loss = nn.functional.mse_loss(network(torch.from_numpy(batch.x))[:, -1], torch.from_numpy(batch.y))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), float("inf") if spec.max_norm is None else spec.max_norm)
        optimizer.step()
    return loss.item()


def default() -> None:
    """The default of the page, from the call to the two histories, and until its first frame could be drawn."""
    arms = pair(USUAL)
    first: list[float] = []

    def note(_event: object) -> None:
        if not first:
            first.append(time.perf_counter() - begin)

    begin, processor = time.perf_counter(), time.process_time()
    train_together(arms, note)
    seconds, processor = time.perf_counter() - begin, time.process_time() - processor
    verdict = "" if processor <= TARGET_SECONDS else " MISSED"
    print(f"clipped and unclipped, {len(USUAL.seeds)} seeds, {USUAL.steps:,} updates: {seconds:.2f} s, ", end="")
    print(f"{processor:.2f} s of one core (<= {TARGET_SECONDS:g}{verdict}); first update after {1e3 * first[0]:.0f} ms")


def stopping(rounds: int) -> None:
    """How long a run that another process trains goes on after it was told to stop, in its own updates."""
    taken, an_update = [], 0.0
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"RNNVIZ_RUNS": folder, "RNNVIZ_WORKERS": "1"}
        for seed in range(rounds):
            job = jobs.submit(irnn(100, steps=20_000, batch_size=64, seeds=(seed,)))
            first, begin = until(job, lambda seen: reached(seen) > 0), time.perf_counter()
            later = until(job, lambda seen, first=first: reached(seen) > reached(first) + 100)
            an_update = 1e3 * (time.perf_counter() - begin) / (reached(later) - reached(first))
            begin = time.perf_counter()
            jobs.cancel(job)
            until(job, lambda seen: seen.state == "stopped")
            taken.append(1e3 * (time.perf_counter() - begin))
        jobs.close()
    middle = statistics.median(taken)
    print(
        f"told to stop, a run ends after {middle:.0f} ms, {middle / an_update:.0f} of its updates (median of {rounds})"
    )


def reached(seen: jobs.Seen) -> int:
    """The last update that is known of a run."""
    return seen.events[-1].step if seen.events else 0


def until(job: jobs.Job, condition: Callable[[jobs.Seen], bool]) -> jobs.Seen:
    """Watch a run until something holds of it."""
    while not condition(seen := jobs.events(job)):
        time.sleep(0.002)
    return seen


if __name__ == "__main__":
    sys.exit(main())
