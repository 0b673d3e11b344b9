"""What an intervention costs, beside a capture of the same network and a loop over torch's own cell; on one thread.

The last lines are the page "Interventions" after another clamp: the run, the linked heatmaps, and all with the figure.
``reaching in`` changes one unit of h at every step, ``once`` at the last step alone; both step through the layer. Run
as ``python -m benchmarks.intervening [--quick]``.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor, nn

from benchmarks.capture import MODULES, medians
from rnnviz import capture, intervene
from rnnviz.interventions import clamp
from rnnviz.ui.pages.interventions import code, running, view
from rnnviz.ui.selection import DEFAULT
from rnnviz.ui.selection.changes import changed

CELLS = {"rnn": nn.RNNCell, "lstm": nn.LSTMCell, "gru": nn.GRUCell}
STEPS, UNITS = 200, 64


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each cell."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.intervening", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    rounds = 2 if parser.parse_args(argv).quick else 20
    torch.set_num_threads(1)
    print(f"{STEPS} steps, {UNITS} units, one layer; milliseconds, medians of one run")
    print("".join(f"{name:>14}" for name in ("cell", "reaching in", "once", "capture", "loop of cells", "in/loop")))
    for cell, make in MODULES.items():
        module, x = make(UNITS, UNITS, batch_first=True), torch.randn(1, STEPS, UNITS)
        calls: dict[str, Callable[[], object]] = {
            "reaching in": lambda module=module, x=x: intervene(module, x, [clamp("h", 0, [3])]),
            "once": lambda module=module, x=x: intervene(module, x, [clamp("h", 0, [3], steps=[STEPS - 1])]),
            "capture": lambda module=module, x=x: capture(module, x),
            "loop": lambda cell=cell, x=x: looped(cell, x),
        }
        ms = medians(calls, rounds)
        print(f"{cell:>14}" + "".join(f"{value:>14.2f}" for value in (*ms.values(), ms["reaching in"] / ms["loop"])))
    shown = page(rounds)
    print("the page, LSTM, of one core: " + ", ".join(f"{name} {value:.0f}" for name, value in shown.items()))
    return 0


def page(rounds: int) -> dict[str, float]:
    """Milliseconds of one core until the server has what the page shows after a new clamp, medians."""
    words = " ".join(f"w{k}" for k in range(STEPS))
    base = changed(DEFAULT, cell="lstm", input="words", words=words, hidden_size=UNITS, output_size=4)
    taken: dict[str, list[float]] = {"run": [], "with the heatmaps": [], "with the figure": []}
    for unit in range(rounds + 1):
        seen = running.asked(changed(base, interventions=f"clamp:h@0:u{unit}:t20-150=1"))
        parts: tuple[Callable[[], object], ...] = (
            partial(running.after, seen),
            partial(view.payload, seen, "h", None),
            partial(code.output_figure, seen, 1, 0, "light"),
        )
        begun = time.process_time()
        for name, part in zip(taken, parts, strict=True):
            part()
            taken[name].append(1000 * (time.process_time() - begun))
    return {name: statistics.median(times[1:]) for name, times in taken.items()}


@torch.inference_mode()
def looped(cell: str, x: Tensor) -> Tensor:
    """The last state of a loop over torch's cell that keeps nothing else."""
    step = CELLS[cell](UNITS, UNITS)
    state = None
    for x_t in x.unbind(1):
        state = step(x_t, state)
    return state[0] if cell == "lstm" else state


if __name__ == "__main__":
    sys.exit(main())
