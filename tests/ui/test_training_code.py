"""The code that is shown runs as it is, and trains the same network as the library: checked by running it."""

import contextlib
import io
import re
from dataclasses import replace

import numpy as np
import pytest

from rnnviz import clipping
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import train
from rnnviz.ui.training_code import training_code

FIRST = 5
SHORT = [replace(preset, steps=FIRST, seeds=(3,)) for preset in clipping.PRESETS.values()]
OTHERS = [
    replace(SHORT[2], model=ModelSpec("lstm", 2, 8, forget_bias=3.0), max_norm=None),
    replace(SHORT[2], model=ModelSpec("lstm", 2, 8, recurrent="identity"), max_norm=None, max_value=0.01),
    replace(SHORT[3], model=ModelSpec("gru", 2, 8, recurrent="orthogonal", bias=False), max_norm=0.01, max_value=0.02),
]


def printed(spec: TrainSpec) -> np.ndarray:
    """What the code of a spec prints: (update; number, loss, norm)."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(training_code(spec), "shown", "exec"), {"__name__": "__main__"})  # noqa: S102 - the code is the test
    rows = re.findall(r"(\d+)  loss (\S+)  norm (\S+)", output.getvalue())
    return np.array(rows, float)


@pytest.mark.parametrize("spec", SHORT + OTHERS, ids=lambda spec: spec.model.initialisation or spec.model.cell)
def test_the_code_prints_the_first_losses_and_norms_of_the_page(spec: TrainSpec) -> None:
    history = train(spec)
    rows = printed(spec)
    assert list(rows[:, 0]) == [1, 2, 3, 4, 5]
    np.testing.assert_allclose(rows[:2, 1], history.loss[0, :2], rtol=2e-3)  # rounding explodes with gradients
    np.testing.assert_allclose(rows[:2, 2], history.grad_norm[0, :2], rtol=2e-3)


def test_no_clipped_step_is_longer_than_the_threshold_allows() -> None:
    spec = replace(SHORT[0], max_norm=0.5, rate=0.1)
    ending = "    moved = [p.detach().clone() for p in parameters]\n"
    code = training_code(spec).replace(
        "    optimizer.step()\n",
        f"{ending}    optimizer.step()\n    steps.append((moved, [p.detach().clone() for p in parameters]))\n",
    )
    found: list[tuple[list, list]] = []
    with contextlib.redirect_stdout(io.StringIO()):
        exec(compile(code, "shown", "exec"), {"steps": found})  # noqa: S102 - the code is the test
    lengths = [np.sqrt(sum(float(((b - a) ** 2).sum()) for a, b in zip(*pair, strict=True))) for pair in found]
    assert max(lengths) == pytest.approx(0.05, rel=1e-3)


def test_what_the_code_is_not_for_is_refused() -> None:
    with pytest.raises(ValueError, match="the code is for adding with one layer; got latch, 1 layers"):
        training_code(replace(SHORT[0], task=TaskSpec("latch", 5)))
