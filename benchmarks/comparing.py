"""What the page “Comparison” says of cells and initializations, measured anew; --write puts it into its file.

How much of the gradient of the last state is left some steps before it is the median of many seeds, computed in
float64. The time of a step is that of a forward and a backward pass on one thread, all cells in turn, beside the RNN's.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import torch

from rnnviz import reach
from rnnviz.analysis.gradients import stable_norm
from rnnviz.comparison import INPUT, MEASURED, SEEDS, STARTS, STEPS
from rnnviz.models import build
from rnnviz.spec import ModelSpec

LENGTH: Final = 100
BATCH: Final = 32
ROUNDS: Final = 15
SAMPLES: Final = 8


def main(argv: Sequence[str] | None = None) -> int:
    """Print what is measured, and write it if that is asked for; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparing", description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer seeds and rounds; nothing is written")
    parser.add_argument("--write", action="store_true", help=f"write it into {MEASURED.name}, which the page shows")
    arguments = parser.parse_args(argv)
    torch.set_num_threads(1)
    seeds = range(3) if arguments.quick else SEEDS
    times = _times(5 if arguments.quick else ROUNDS)
    columns = {name: {"time": times[name], **left(spec, seeds)} for name, spec in STARTS.items()}
    about = {"torch": torch.__version__.partition("+")[0], "seeds": len(seeds), "length": LENGTH, "batch": BATCH}
    found = json.dumps({**about, "columns": columns, "normalized": left_normalized(seeds)}, indent=1) + "\n"
    print(found)
    if arguments.write and not arguments.quick:
        MEASURED.write_text(found, encoding="utf-8")
    return 0


def left(spec: ModelSpec, seeds: Sequence[int] = SEEDS) -> dict[str, float]:
    """log10 of the share of the gradient that is left after so many steps, the median of the seeds."""
    ratios = reach.reach(spec, steps=max(STEPS) + 1, seeds=seeds, samples=SAMPLES).log_ratios
    return {f"left_{steps}": round(float(np.median(ratios[:, steps])), 3) for steps in STEPS}


def left_normalized(seeds: Sequence[int] = SEEDS) -> dict[str, float]:
    """The same of the first column's RNN with layer normalization of the sum inside of tanh, gain 1 and bias 0."""
    norms = [_fading(next(iter(STARTS.values())), seed, normalized=True) for seed in seeds]
    ratios = np.log10([norm / norm[0] for norm in norms])
    return {f"left_{steps}": round(float(np.median(ratios[:, steps])), 3) for steps in STEPS}


def _fading(spec: ModelSpec, seed: int, *, normalized: bool) -> np.ndarray:
    """The norm of the gradient so many steps before the last state, by a loop over the steps; as ``reach`` draws it."""
    rnn = build(replace(spec, seed=seed)).rnn.double()
    random = np.random.default_rng([seed, 2])
    x = torch.from_numpy(random.standard_normal((SAMPLES, max(STEPS) + 1, INPUT))).requires_grad_()
    projection = torch.from_numpy(random.standard_normal(rnn.hidden_size))
    h = torch.zeros(SAMPLES, rnn.hidden_size, dtype=torch.float64)
    for x_t in x.unbind(1):
        a = x_t @ rnn.weight_ih_l0.T + rnn.bias_ih_l0 + h @ rnn.weight_hh_l0.T + rnn.bias_hh_l0
        h = torch.tanh(torch.nn.functional.layer_norm(a, a.shape[-1:]) if normalized else a)
    (gradient,) = torch.autograd.grad((h @ projection).sum(), x)
    return stable_norm(gradient.numpy(), axis=(0, 2))[::-1]


def _times(rounds: int) -> dict[str, float]:
    """The time of a pass of each, divided by that of the first."""
    x = torch.randn(BATCH, LENGTH, INPUT, generator=torch.Generator().manual_seed(0))
    modules: dict[str, Any] = {name: build(spec).rnn.requires_grad_() for name, spec in STARTS.items()}
    found: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(rounds):
        for name, module in modules.items():
            begin = time.perf_counter()
            module(x)[0].sum().backward()
            found[name].append(time.perf_counter() - begin)
    first = statistics.median(next(iter(found.values())))
    return {name: round(statistics.median(taken) / first, 2) for name, taken in found.items()}


if __name__ == "__main__":
    raise SystemExit(main())
