"""Trainings whose outcome is known: where the unclipped network explodes, how far back each cell remembers."""

from dataclasses import replace

import numpy as np
import pytest

from rnnviz import tasks
from rnnviz.history import History
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.train import train, train_together

IRNN = ModelSpec("rnn", 2, 32, nonlinearity="relu", recurrent="identity")
CELLS = {
    "RNN": ModelSpec("rnn", 16, 32),
    "GRU": ModelSpec("gru", 16, 32),
    "LSTM": ModelSpec("lstm", 16, 32),
    "LSTM, bias 1": ModelSpec("lstm", 16, 32, forget_bias=1.0),
    "LSTM, bias 3": ModelSpec("lstm", 16, 32, forget_bias=3.0),
}


def irnn(length: int, seeds: tuple[int, ...]) -> list[History]:
    """Unclipped, then clipped at norm 1: adding, batches of 32, SGD at 0.01, 1,500 updates."""
    spec = TrainSpec(IRNN, TaskSpec("adding", length), rate=0.01, steps=1500, batch_size=32, seeds=seeds)
    return train_together([spec, replace(spec, max_norm=1.0)])


def check_explosion(unclipped: History, clipped: History, loss: float, norm: float) -> None:
    """At the second update, in all runs; then hardly a unit is left. Clipped the loss stays below 2."""
    assert (unclipped.loss.argmax(1) == 1).all()
    assert (unclipped.grad_norm.argmax(1) == 1).all()
    assert (unclipped.loss[:, 0] < 2).all()
    assert (unclipped.loss[:, 1] > loss).all()
    assert (unclipped.grad_norm[:, 1] > norm).all()
    assert (unclipped.singular_value[:, 0] == 1).all()
    assert (unclipped.singular_value[:, 1:] > 25).all()
    assert (unclipped.dead[:, -1] >= 30).all()
    assert (clipped.loss < 2).all()
    assert (clipped.singular_value < 1.02).all()
    assert (clipped.dead[:, -1] < 25).all()
    assert (clipped.grad_norm.max(1) > 20).all()
    # The same numbers at two places of one stack, whose sums may be taken in another order: some roundings of float32.
    np.testing.assert_allclose(clipped.loss[:, 0], unclipped.loss[:, 0], rtol=1e-6)
    assert unclipped.diverged_at.tolist() == clipped.diverged_at.tolist() == [-1] * len(unclipped.loss)


@pytest.mark.slow
def test_the_irnn_explodes_at_its_second_update() -> None:
    unclipped, clipped = irnn(50, (0,))
    check_explosion(unclipped, clipped, loss=50, norm=3000)
    assert unclipped.loss[0, 1] == pytest.approx(437, rel=0.02)
    assert unclipped.grad_norm[0, 1] == pytest.approx(26070, rel=0.02)
    assert unclipped.singular_value[0, 1] == pytest.approx(258, rel=0.02)
    assert unclipped.dead[0, -1] == 32
    answers = unclipped.answers[0, -1, :, 0]
    assert np.ptp(answers) == 0  # the same to every question
    assert answers[0] == pytest.approx(1, abs=0.05)


@pytest.mark.slow
@pytest.mark.parametrize(("length", "loss", "norm"), [(50, 50, 3000), (100, 1e4, 1e6)])
def test_the_irnn_explodes_from_every_seed(length: int, loss: float, norm: float) -> None:
    check_explosion(*irnn(length, (0, 1, 2)), loss=loss, norm=norm)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("length", "solved", "unsolved"),
    [
        (5, list(CELLS), []),
        (10, list(CELLS), []),
        (20, ["LSTM, bias 1", "LSTM, bias 3"], ["RNN", "LSTM"]),
        (40, ["LSTM, bias 3"], ["RNN", "GRU", "LSTM", "LSTM, bias 1"]),
    ],
)
def test_how_far_back_each_cell_remembers(length: int, solved: list[str], unsolved: list[str]) -> None:
    for name, model in CELLS.items():
        task = TaskSpec("latch", length)
        spec = TrainSpec(
            tasks.task(task).fitted(model), task, optimizer="adam", rate=0.003, max_norm=1.0, steps=600,
            batch_size=64, seeds=(0, 1, 2), goal=0.995,
        )  # fmt: skip
        history = train(spec)
        if name in solved:
            assert (history.solved_at > 0).all(), name
        if name in unsolved:
            assert (history.solved_at < 0).all(), name
            assert (history.score[:, -1] < 0.6).all(), name


@pytest.mark.slow
def test_gates_add_where_a_plain_network_does_not() -> None:
    for cell, best in (("rnn", None), ("gru", 0.002), ("lstm", 0.002)):
        model = ModelSpec(cell, 2, 32)  # type: ignore[arg-type]
        spec = TrainSpec(model, TaskSpec("adding", 50), optimizer="adam", rate=0.01, steps=1500, seeds=(0, 1, 2))
        last = train(spec).score[:, -1]
        assert (last > 0.14).all() if best is None else (last < best).all(), (cell, last)
