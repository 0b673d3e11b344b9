"""What the page Clipping trains: presets, arms, and what ships of them."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

from rnnviz import clipping
from rnnviz.analysis import RateSweep, Sweep
from rnnviz.cli import main
from rnnviz.clipping import KINDS, PRESETS, RATE_SEEDS, THRESHOLDS, USUAL, USUAL_SWEEP, arms, pair, rate_arms
from rnnviz.history import History
from rnnviz.train import train_together


def test_arms_differ_in_nothing_but_their_clipping() -> None:
    bare, clipped = pair(USUAL)
    assert clipped == USUAL
    assert bare == replace(USUAL, max_norm=None)
    both = arms(USUAL_SWEEP, KINDS)
    assert [spec.max_norm for spec in both] == [*THRESHOLDS, *[None] * 10]
    assert [spec.max_value for spec in both] == [*[None] * 9, *THRESHOLDS, None]
    assert {replace(spec, max_norm=None, max_value=None) for spec in both} == {both[-1]}
    assert len(arms(USUAL_SWEEP, ["value"])) == 10


def test_what_ships_is_of_the_usual_settings_and_small() -> None:
    for name, preset in PRESETS.items():
        assert [history.spec for history in clipping.shipped_pair(name)] == list(pair(preset))
        assert clipping.preset_of(preset) == name
    assert clipping.preset_of(replace(USUAL, steps=10)) is None
    for kind in KINDS:
        assert set(clipping.shipped_sweep(kind).specs) == set(arms(USUAL_SWEEP, [kind]))
    for name, (_, rates) in clipping.RATED.items():
        found = clipping.shipped_rates(name)
        assert found.rates.tolist() == list(rates)
        assert found.spec == rate_arms(name)[-1]
        assert found.clipped.shape == found.unclipped.shape == (len(rates), len(RATE_SEEDS))
    assert max(path.stat().st_size for path in clipping.SHIPPED.iterdir()) < 120_000


def test_the_usual_run_explodes_at_the_second_update_and_clipped_stays_small() -> None:
    bare, clipped = clipping.shipped_pair()
    assert (bare.grad_norm.argmax(1) == 1).all()
    assert (bare.grad_norm.max(1) > 9_000).all()
    assert (bare.loss.max(1) > 100).all()
    assert (clipped.loss.max(1) < 2).all()
    assert (clipped.grad_norm.max(1) < 100).all()
    assert (clipped.singular_value.max(1) < 1.01).all()


@pytest.mark.parametrize("name", PRESETS)
def test_the_beginning_of_a_shipped_run_is_what_training_gives(name: str) -> None:
    for shipped, again in zip(
        clipping.shipped_pair(name), train_together([replace(s, steps=3) for s in pair(PRESETS[name])]), strict=True
    ):
        np.testing.assert_allclose(again.loss, shipped.loss[:, :3], rtol=1e-3)
        np.testing.assert_allclose(again.grad_norm, shipped.grad_norm[:, :3], rtol=1e-3)


def test_the_command_makes_the_losses_at_many_rates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a smaller network that is trained for a few updates: two groups of seeds become one file."""
    small = replace(PRESETS["GRU, SGD"], steps=3, model=replace(USUAL_SWEEP.model, hidden_size=4))
    monkeypatch.setattr(clipping, "PRESETS", {"small": small})
    monkeypatch.setattr(clipping, "RATED", {"GRU": ("small", (0.1, 1e30))})
    assert main(["clipping", "--parts", "rates", "--out", str(tmp_path)]) == 0
    found = RateSweep.from_json(clipping.rates_file("GRU", tmp_path).read_text(encoding="utf-8"))
    assert found.rates.tolist() == [0.1, 1e30]
    assert np.isfinite(found.clipped[0]).all()
    assert np.isnan(found.unclipped[1]).all()
    for seed in (0, 19):
        alone = train_together(rate_arms("GRU", (0.1,), (seed,)))
        np.testing.assert_allclose(found.unclipped[0, seed], alone[0].score[0, -1], rtol=1e-3)
        np.testing.assert_allclose(found.clipped[0, seed], alone[1].score[0, -1], rtol=1e-3)
    with pytest.raises(ValueError, match="expected a RateSweep that to_json wrote"):
        RateSweep.from_json("{}")


def test_a_run_that_diverged_is_worse_than_all_others() -> None:
    losses = np.array([[0.05, np.nan, np.nan], [0.05, 0.2, np.nan]])
    found = RateSweep(USUAL, np.array([0.1, 1.0]), losses, losses)
    assert found.medians("clipped").tolist() == [np.inf, 0.2]
    assert found.learned("unclipped").tolist() == [1, 1]
    with pytest.raises(ValueError, match=r"must be of shape \(1, seeds\)"):
        RateSweep(USUAL, np.array([0.1]), losses, losses)


@pytest.mark.nightly
def test_the_command_makes_what_ships(tmp_path: Path) -> None:
    """The same files of the same settings that begin alike: what a processor rounds, an explosion makes larger."""
    assert main(["clipping", "--parts", "presets", "thresholds", "--out", str(tmp_path)]) == 0
    rates = {clipping.rates_file(name).name for name in clipping.RATED}
    assert {path.name for path in tmp_path.iterdir()} == {path.name for path in clipping.SHIPPED.iterdir()} - rates
    for name, arm in product(PRESETS, ("unclipped", "clipped")):
        again, shipped = (History.load(clipping.pair_file(name, arm, place)) for place in (tmp_path, clipping.SHIPPED))
        assert (again.spec, again.loss.shape) == (shipped.spec, shipped.loss.shape)
        np.testing.assert_allclose(again.loss[:, :3], shipped.loss[:, :3], rtol=1e-3)
        np.testing.assert_allclose(again.grad_norm[:, :3], shipped.grad_norm[:, :3], rtol=1e-3)
    for kind in KINDS:
        text = clipping.sweep_file(kind, tmp_path).read_text(encoding="utf-8")
        again, shipped = Sweep.from_json(text), clipping.shipped_sweep(kind)
        assert (again.specs, again.updates) == (shipped.specs, shipped.updates)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LSTM, SGD", "GRU, SGD"])
def test_a_gated_network_at_a_high_rate_learns_only_if_clipped(name: str) -> None:
    bare, clipped = train_together(pair(clipping.PRESETS[name]))
    assert (bare.diverged_at >= 0).all()
    assert np.isnan(bare.score[:, -1]).all()
    assert (clipped.score[:, -1] < 0.05).all()


@pytest.mark.slow
def test_with_adam_clipping_matters_little() -> None:
    bare, clipped = train_together(pair(clipping.PRESETS["RNN, Adam"]))
    assert (bare.diverged_at == -1).all()
    np.testing.assert_allclose(bare.score[:, -1], clipped.score[:, -1], atol=0.01)
