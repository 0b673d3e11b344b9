"""What is measured of networks in training is what torch's modules say of them."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from rnnviz import tasks
from rnnviz.checkpoints import load, save
from rnnviz.models import build
from rnnviz.names import CELLS
from rnnviz.spec import ModelSpec, TaskSpec, TrainSpec
from rnnviz.tasks import HELD_OUT
from rnnviz.train import checkpoint_of, measuring, train
from tests.train.plain import Plain
from tests.train.specs import spec_of


@pytest.mark.parametrize("task", ["adding", "copy", "brackets"])
@pytest.mark.parametrize("cell", CELLS)
def test_measurements(task: str, cell: str) -> None:
    spec = spec_of(task, cell, num_layers=2, rate=0.05, every=12)
    history = train(spec)
    made = tasks.task(spec.task)
    batch = made.held_out()
    for run, seed in enumerate(spec.seeds):
        for k, updates in enumerate((0, 12)):
            plain = Plain(spec, seed).train(updates)
            with torch.inference_mode():
                outputs = plain.outputs(torch.from_numpy(batch.x))
            assert history.score[run, k] == pytest.approx(made.score(outputs.numpy(), batch.y), abs=2e-3)
            np.testing.assert_allclose(history.answers[run, k], outputs[:8, -1], atol=1e-4)
            matrices = [plain.network.rnn.get_parameter(f"weight_hh_l{layer}") for layer in range(2)]
            largest = max(float(torch.linalg.svdvals(matrix.detach())[0]) for matrix in matrices)
            assert history.singular_value[run, k] == pytest.approx(largest, rel=1e-4)


def test_dead_and_saturated_units() -> None:
    model = ModelSpec("rnn", 2, 40, output_size=1, nonlinearity="relu", seed=3)
    history = train(TrainSpec(model, TaskSpec("adding", 12), steps=1, batch_size=2, seeds=(3,)))
    x = torch.from_numpy(tasks.task(TaskSpec("adding", 12)).held_out().x[:100])
    h = build(model).rnn(x)[0]
    assert history.dead[0, 0] == (h == 0).all(0).all(0).sum() > 0
    # Each unit alone, saturated from its second step on: random weights of such a size would be chaotic, so that some
    # units lie so near nine steps of ten that rounding decides.
    tanh = ModelSpec("rnn", 2, 40, output_size=1, recurrent="identity", recurrent_scale=1e5, seed=5)
    history = train(TrainSpec(tanh, TaskSpec("adding", 12), steps=1, batch_size=2, seeds=(5,)))
    h = build(tanh).rnn(x)[0]
    assert 0 < history.saturated[0, 0] == ((h.abs() > 0.9).sum((0, 1)) >= 90 * 12).sum() < 40


@pytest.mark.parametrize("cell", CELLS)
def test_of_a_network_without_numbers_no_units_are_counted(cell: str) -> None:
    history = train(spec_of("adding", cell, rate=1e30, steps=6, every=3, seeds=(0,), optimizer="sgd"))
    assert np.isnan(history.answers[0, -1]).all()
    assert np.isnan([history.dead[0, -1], history.saturated[0, -1]]).all()
    assert np.isfinite([history.dead[0, 0], history.saturated[0, 0]]).all()


def test_some_at_a_time_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of("brackets", "gru")
    whole = train(spec)
    monkeypatch.setattr(measuring, "KEPT_LIMIT", 9 * 3 * 7 * 50)
    parts = train(spec)
    for name in ("dead", "saturated"):
        np.testing.assert_array_equal(getattr(whole, name), getattr(parts, name))
    # A product of other sizes may be rounded otherwise, so that of 5,000 answers one that is a tie may be another.
    np.testing.assert_allclose(whole.score, parts.score, rtol=0, atol=1e-3)
    np.testing.assert_allclose(whole.answers, parts.answers, atol=1e-6)


@pytest.mark.parametrize("task", ["latch", "adding", "copy"])
def test_a_card_tells_what_the_network_does(task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = spec_of(task, "gru", rate=0.1, seeds=(4, 8))
    history = train(spec)
    made = tasks.task(spec.task)
    checkpoint = checkpoint_of(history, "tried", 1)
    assert checkpoint.name == "tried-gru"
    assert checkpoint.trained_by == replace(spec, seeds=(8,))
    monkeypatch.setenv("RNNVIZ_RUNS", str(tmp_path))
    save(checkpoint, tmp_path)
    assert load("tried-gru").card == checkpoint.card
    plain = Plain(spec, 8)
    plain.network = build(checkpoint.model)
    batch = made.held_out(checkpoint.card["held_out"])
    with torch.inference_mode():
        x = torch.from_numpy(checkpoint.weights["embedding.weight"].copy())[batch.x] if made.vocabulary else batch.x
        logits = plain.network(torch.as_tensor(x))[:, -made.asked :]
        loss = plain.loss(logits, torch.from_numpy(batch.y)).item()
    assert checkpoint.card["loss"] == pytest.approx(loss, rel=1e-4)
    assert checkpoint.card["accuracy"] == pytest.approx(made.accuracy(logits.numpy(), batch.y), abs=1e-3)
    assert checkpoint.card["baseline"] == pytest.approx(made.baseline, rel=1e-5)
    assert (checkpoint.card["seed"], checkpoint.card["updates"], checkpoint.card["diverged_at"]) == (8, 12, None)


def test_a_run_that_there_is_not() -> None:
    history = train(spec_of("latch", "rnn", steps=1))
    with pytest.raises(ValueError, match=r"run must be in 0\.\.1 for this history; got 2"):
        checkpoint_of(history, "a", 2)
    with pytest.raises(ValueError, match="must be of lower case letters"):
        checkpoint_of(history, "A")


def test_held_out_data_is_divided_evenly() -> None:
    assert all(HELD_OUT % parts == 0 for parts in (1, 2, 5, 10, 20, 50, 100, 500))
