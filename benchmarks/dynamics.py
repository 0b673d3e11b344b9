"""How long the search for fixed points takes, and what it finds in flip-flop networks from ten seeds of the training.

Run as ``python -m benchmarks.dynamics [--quick]``. Seconds are those of one core, in which others
on the machine do not count, and those of the clock.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import nn

import rnnviz
from rnnviz import checkpoints, tasks
from rnnviz.dynamics import FixedPoints
from rnnviz.models import Network
from rnnviz.spec import ModelSpec, TrainSpec
from rnnviz.train import train

GOALS: Final = {64: 1.0, 128: 5.0}
"""Seconds within which a layer of so many units shall be searched from 128 starts."""

LAYERS: Final = {"RNN": (nn.RNN, 2.0, 4.0), "GRU": (nn.GRU, 2.0, 6.0), "LSTM": (nn.LSTM, 3.0, 6.0)}
"""By its name, a layer and two factors of its default weights: with the larger one, many starts do not converge."""

SEEDS: Final = 10


def main(argv: Sequence[str] | None = None) -> int:
    """Print both tables; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.dynamics", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="the smaller layers, and one training with few updates")
    is_quick = parser.parse_args(argv).quick
    torch.set_num_threads(1)
    for units in (64,) if is_quick else GOALS:
        for name, (_, *scales) in LAYERS.items():
            for scale in scales:
                print(searched(name, units, scale), flush=True)
    known = checkpoints.load("flip-flop-gru")
    assert isinstance(known.trained_by, TrainSpec)
    spec = replace(known.trained_by, seeds=tuple(range(1 if is_quick else SEEDS)), every=known.trained_by.steps)
    history = train(replace(spec, steps=200) if is_quick else spec)
    for run, seed in enumerate(spec.seeds):
        network = network_of({name: part[run] for name, part in history.weights.items()}, spec)
        print(f"flip-flop, training seed {seed}: {found(network, spec)}", flush=True)
    return 0


def searched(name: str, units: int, scale: float) -> str:
    """The times of a search in a layer with random weights, from visited states."""
    kind = LAYERS[name][0]
    with torch.random.fork_rng():
        torch.manual_seed(0)
        layer = kind(8, units, batch_first=True)
        for parameter in layer.parameters():
            parameter.data *= scale
        trace = rnnviz.capture(layer, torch.randn(20, 50, 8))
    rnnviz.fixed_points(layer, starts=trace, count=2)
    of_core, of_clock = time.process_time(), time.perf_counter()
    points = rnnviz.fixed_points(layer, starts=trace)
    of_core, of_clock = time.process_time() - of_core, time.perf_counter() - of_clock
    return (
        f"{name}, {units} units, default weights × {scale:g}: {of_core:.2f} s of one core, "
        f"{of_clock:.2f} s by the clock (goal {GOALS[units]:g} s); {points.summary}"
    )


def network_of(weights: dict[str, np.ndarray], spec: TrainSpec) -> Network:
    """The network with the weights of one run."""
    network = rnnviz.build(ModelSpec(spec.model.cell, 3, spec.model.hidden_size, output_size=spec.model.output_size))
    named = {
        ("" if name.startswith("head") else "rnn.") + name: torch.from_numpy(part.copy())
        for name, part in weights.items()
    }
    network.load_state_dict(named)
    return network


def found(network: Network, spec: TrainSpec) -> str:
    """Accuracy, the fixed points at zero input by their unstable directions, and memories with a stable point."""
    task = tasks.task(spec.task)
    batch = task.held_out()
    with torch.inference_mode():
        accuracy = task.accuracy(network(torch.from_numpy(batch.x)).numpy(), batch.y)
    trace = rnnviz.capture(network.rnn, torch.from_numpy(batch.x[:40]))
    points: FixedPoints = rnnviz.fixed_points(network, starts=trace, noise=1.0, count=400)
    fixed = points.kinds != "slow"
    memories = {int(k) for k in points.outputs[points.kinds == "stable"].argmax(1)}
    unstable = np.bincount(points.unstable[fixed], minlength=4).tolist()
    return (
        f"accuracy {accuracy:.1%}; fixed points with 0, 1, 2, 3, … unstable directions: {unstable}; "
        f"{len(memories)} of 8 memories have a stable one; {points.summary}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
