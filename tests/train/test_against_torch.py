"""Training in one pass equals torch's own modules, autograd, clipping and optimizers, one network after another."""

from typing import Any

import numpy as np
import pytest

from rnnviz.history import CURVES
from rnnviz.names import CELLS
from rnnviz.spec import TrainSpec
from rnnviz.train import train
from tests.together import together
from tests.train.plain import Plain
from tests.train.specs import spec_of


def same(ours: TrainSpec, *, rtol: float = 2e-4) -> None:
    """Compare all curves and final weights of all runs with plain training."""
    history = train(ours)
    for run, seed in enumerate(ours.seeds):
        plain = Plain(ours, seed).train(ours.steps)
        for name, expected in zip(CURVES, np.array(plain.curves, np.float32).T, strict=True):
            np.testing.assert_allclose(getattr(history, name)[run], expected, rtol=rtol, atol=1e-6, err_msg=name)
        assert list(history.weights) == sorted(plain.weights(), key=list(history.weights).index)
        for name, expected in plain.weights().items():
            np.testing.assert_allclose(history.weights[name][run], expected, rtol=rtol, atol=2e-5, err_msg=name)


@together("task", ["latch", "adding", "copy", "order", "brackets"])
@together("cell", CELLS)
def test_every_cell_on_every_task(task: str, cell: str) -> None:
    same(spec_of(task, cell, rate=0.1, max_norm=0.5))


@together("cell", CELLS)
@together(
    "options",
    [
        {"rate": 0.1},
        {"optimizer": "adam", "rate": 0.01},
        {"optimizer": "adam", "rate": 0.01, "max_norm": 0.1, "window": 4},
        {"max_value": 0.01, "rate": 0.1},
        {"max_value": 0.02, "max_norm": 0.05, "rate": 0.1},
        {"window": 3, "rate": 0.1},
        {"window": 1, "rate": 0.1},
        {"window": 40, "rate": 0.1},
        {"num_layers": 2, "rate": 0.1},
        {"bias": False, "rate": 0.1},
        {"num_layers": 3, "bias": False, "window": 4, "optimizer": "adam", "rate": 0.01},
        {"recurrent": "orthogonal", "recurrent_scale": 1.2, "forget_bias": 2.0, "rate": 0.1},
    ],
)
def test_every_setting(cell: str, options: dict[str, Any]) -> None:
    same(spec_of("copy", cell, 3, **options))
    same(spec_of("adding", cell, **options))


@pytest.mark.parametrize("recurrent", ["default", "identity"])
def test_relu(recurrent: str) -> None:
    # At five times the rate an identity overshoots to where the gradient nearly vanishes, and rounding shows.
    same(spec_of("adding", "rnn", nonlinearity="relu", recurrent=recurrent, rate=0.01, max_norm=1.0, num_layers=2))
