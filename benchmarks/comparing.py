"""What the page “Comparison” says of cells and their initializations, measured anew and written into its file.

How much of the gradient of the last state is left some steps before it is the median of many seeds, computed in
float64. The time of a step is that of a forward and a backward pass on one thread, all cells in turn, beside the RNN's.
"""

import argparse
import json
import statistics
import time
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import torch

from rnnviz import reach
from rnnviz.comparison import INPUT, MEASURED, SEEDS, STARTS, STEPS
from rnnviz.models import build
from rnnviz.spec import ModelSpec

LENGTH: Final = 100
BATCH: Final = 32
ROUNDS: Final = 15
SAMPLES: Final = 8


def main(argv: Sequence[str] | None = None) -> int:
    """Write the file; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.comparing", description=__doc__.partition("\n")[0])
    parser.parse_args(argv)
    torch.set_num_threads(1)
    times = _times()
    columns = {name: {"time": times[name], **left(spec)} for name, spec in STARTS.items()}
    about = {"torch": torch.__version__.partition("+")[0], "seeds": len(SEEDS), "length": LENGTH, "batch": BATCH}
    MEASURED.write_text(json.dumps({**about, "columns": columns}, indent=1) + "\n", encoding="utf-8")
    print(MEASURED.read_text(encoding="utf-8"))
    return 0


def left(spec: ModelSpec, seeds: Sequence[int] = SEEDS) -> dict[str, float]:
    """log10 of the share of the gradient that is left after so many steps, the median of the seeds."""
    ratios = reach.reach(spec, steps=max(STEPS) + 1, seeds=seeds, samples=SAMPLES).log_ratios
    return {f"left_{steps}": round(float(np.median(ratios[:, steps])), 3) for steps in STEPS}


def _times() -> dict[str, float]:
    """The time of a pass of each, divided by that of the first."""
    x = torch.randn(BATCH, LENGTH, INPUT, generator=torch.Generator().manual_seed(0))
    modules: dict[str, Any] = {name: build(spec).rnn.requires_grad_() for name, spec in STARTS.items()}
    found: dict[str, list[float]] = {name: [] for name in modules}
    for _ in range(ROUNDS):
        for name, module in modules.items():
            begin = time.perf_counter()
            module(x)[0].sum().backward()
            found[name].append(time.perf_counter() - begin)
    first = statistics.median(next(iter(found.values())))
    return {name: round(statistics.median(taken) / first, 2) for name, taken in found.items()}


if __name__ == "__main__":
    raise SystemExit(main())
