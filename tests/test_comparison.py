"""What the page “Comparison” says, against the files that it is read from and, for the gradients, computed anew."""

import numpy as np
import pytest
import torch

from benchmarks.comparing import _fading, left, left_normalized
from rnnviz import characters, comparison
from rnnviz.comparison import STARTS, STEPS, measured, power
from rnnviz.memory_grid import VARIANTS, grid_specs, shipped_of
from rnnviz.models import build
from rnnviz.ui.pages.memory.view import TASKS
from rnnviz.ui.selection.link import from_params
from rnnviz.ui.selection.openings import opening_of
from tests.together import together

EVERY = [*comparison.cells(), *comparison.remedies()]


def named(begin: str) -> tuple[str, ...]:
    (row,) = [row for row in comparison.cells() if row.name.startswith(begin)]
    return row.cells


def test_parameters_are_those_of_torch() -> None:
    counts = [sum(one.numel() for one in build(spec).rnn.parameters()) for spec in STARTS.values()]
    assert named("Parameters") == tuple(f"{count:,}" for count in counts)


@pytest.mark.parametrize("name", ["RNN", "LSTM, forget bias 3"])
def test_a_seed_agrees_with_what_ships(name: str) -> None:
    """One seed instead of twenty: within what seeds differ by, which is far less than what cells differ by."""
    found = left(STARTS[name], seeds=range(2))
    for steps in STEPS:
        kept = measured()[name][f"left_{steps}"]
        assert found[f"left_{steps}"] == pytest.approx(kept, abs=0.1 + 0.12 * abs(kept))


@pytest.mark.slow
@pytest.mark.parametrize("name", STARTS)
def test_what_ships_is_what_is_measured(name: str) -> None:
    for key, number in left(STARTS[name]).items():
        assert number == pytest.approx(measured()[name][key], abs=0.01)


def test_the_loop_without_normalization_is_the_plain_rnn() -> None:
    """What normalization is measured by differs from the other columns in nothing else."""
    norms = [_fading(STARTS["RNN"], seed, normalized=False) for seed in range(2)]
    ratios = np.median(np.log10([norm / norm[0] for norm in norms]), axis=0)
    plain = left(STARTS["RNN"], seeds=range(2))
    assert [ratios[steps] for steps in STEPS] == pytest.approx([plain[f"left_{steps}"] for steps in STEPS], abs=0.001)


def test_what_is_said_of_normalization_is_measured() -> None:
    (row,) = [row for row in comparison.remedies() if row.name == "Layer normalization"]
    assert "keeps 3.7 · 10⁻⁸ of the norm of the gradient with respect to the input over 100 steps" in row.cells[0]
    assert left_normalized() == pytest.approx({"left_20": -1.518, "left_100": -7.43}, abs=0.01)


def test_distances_are_those_at_which_every_seed_learned() -> None:
    for label, task in TASKS.items():
        cells = named(label)
        for column, variant in zip((0, 2, 3, 4), (VARIANTS[0], VARIANTS[1], VARIANTS[2], VARIANTS[4]), strict=True):
            runs = [
                shipped_of(spec)
                for spec in grid_specs(task)
                if (spec.model.cell, spec.model.forget_bias) == (variant.cell, variant.forget_bias)
            ]
            solved = [one.spec.task.length for one in runs if one and one.solved == 3]
            assert cells[column].startswith(str(max(solved)) if solved else "none of")
        assert cells[1] == "–"


def test_bits_are_those_of_the_cards() -> None:
    bits = [f"{characters.card(f'python-{cell}')['test']:.2f}" for cell in ("rnn", "gru", "lstm")]
    assert named("Python source") == (bits[0], "–", bits[1], bits[2], "–")


def test_what_the_text_below_says_of_failures() -> None:
    assert all(cell.startswith(("none", "–")) for cell in named("Copy"))
    assert [cell for cell in named("Latch") if cell.startswith("40")] == [named("Latch")[4]]
    shares = {name: measured()[name]["left_100"] for name in STARTS}
    assert max(shares["GRU"], shares["LSTM"]) < -15
    assert shares["LSTM, forget bias 3"] > -1


@together("row", EVERY)
def test_a_row_leads_to_its_view(row: comparison.Row) -> None:
    assert all(row.cells)
    if row.page:
        params = dict(pair.split("=", 1) for pair in row.query.split("&") if pair)
        assert from_params(params, opening_of(row.page.title, params))[1] == []


@pytest.mark.parametrize(
    ("exponent", "written"), [(-25.842, "1.4 · 10⁻²⁶"), (-2.5, "3.2 · 10⁻³"), (-1.554, "0.028"), (0.132, "1.4")]
)
def test_powers_are_written_as_tables_write_them(exponent: float, written: str) -> None:
    assert power(exponent) == written


def test_the_gradient_that_is_left_is_that_of_autograd() -> None:
    spec = STARTS["LSTM"]
    module = build(spec).rnn.double().requires_grad_()
    x = torch.randn(1, 21, 16, generator=torch.Generator().manual_seed(0), dtype=torch.float64, requires_grad=True)
    (gradient,) = torch.autograd.grad(module(x)[0][0, -1].sum(), x)
    norms = gradient[0].norm(dim=-1)
    # A single input and seed: the same order of size as the median.
    assert np.log10(float(norms[0] / norms[-1])) == pytest.approx(measured()["LSTM"]["left_20"], abs=1.5)
