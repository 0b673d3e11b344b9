"""The bars of the modes are the eigenvectors and what the output layer makes of them."""

import numpy as np
import pytest
import torch
from torch import nn

from rnnviz import figures
from rnnviz.dynamics import FixedPoints, fixed_points, leading_modes
from rnnviz.figures.modes import MOST_UNITS


def turned(units: int = 6) -> FixedPoints:
    """A plain RNN around whose only point a deviation turns: W_hh is half a rotation in each pair of units."""
    rnn = nn.RNN(1, units)
    with torch.no_grad():
        for parameter in rnn.parameters():
            parameter.zero_()
        pair = 0.5 * torch.tensor([[0.6, -0.8], [0.8, 0.6]])
        rnn.weight_hh_l0.copy_(torch.block_diag(*[pair * 0.9**k for k in range(units // 2)]))
    return fixed_points(rnn, count=5)


def test_eigenvectors_of_the_jacobian_by_hand() -> None:
    modes = leading_modes(turned(), weight=np.eye(6)[:2])
    np.testing.assert_allclose(modes.eigenvalues, [(0.3 + 0.4j) * 0.9**k for k in range(3)], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(modes.directions, axis=1), 1)
    assert np.abs(modes.directions[0, 2:]).max() < 1e-9  # of the first pair of units alone
    np.testing.assert_allclose(modes.readouts, modes.directions[:, :2])


def test_what_is_refused() -> None:
    points = turned()
    with pytest.raises(ValueError, match=r"point must be one of the 1 that were found, from 0; got 1"):
        leading_modes(points, 1)
    with pytest.raises(ValueError, match=r"weight must be of shape \(output, 6\)"):
        leading_modes(points, weight=np.ones((2, 5)))
    with pytest.raises(ValueError, match="count must be a whole number of at least 1; got 0"):
        leading_modes(points, count=0)
    with pytest.raises(ValueError, match="names must be one for each of the 0 outputs; got 1"):
        figures.leading_modes(leading_modes(points), "rnn", names=["yes"])


def test_a_panel_a_mode_with_its_outputs() -> None:
    modes = leading_modes(turned(), weight=np.eye(6)[:2])
    figure = figures.leading_modes(modes, "rnn", names=["no", "yes"])
    assert len(figure.data) == 6
    np.testing.assert_allclose(figure.data[0].y, modes.directions[0].real, atol=1e-6)
    np.testing.assert_allclose(figure.data[1].y, modes.readouts[0].real, atol=1e-6)
    assert list(figure.data[1].x) == ["no", "yes"]
    assert figure.layout.annotations[0].text == "λ = 0.3000 + 0.400 i: falls to 1/e in 1.44 steps"
    rows = [figure.layout[f"yaxis{k}"].domain for k in ("", 3, 5)]
    assert all(low < high for low, high in rows)
    assert rows[0][0] > rows[1][1] > rows[1][0] > rows[2][1]
    assert len(figures.table_of(figure)) == 3 * (6 + 2)


def test_of_many_units_the_largest_are_drawn() -> None:
    torch.manual_seed(0)
    modes = leading_modes(fixed_points(nn.LSTM(1, 200), count=2))
    figure = figures.leading_modes(modes, "lstm")
    h = modes.directions[0, :200].real
    assert len(figure.data[0].x) == MOST_UNITS
    assert np.abs(h[list(figure.data[0].x)]).min() >= np.sort(np.abs(h))[-MOST_UNITS]
    assert len(figure.to_json()) < 300_000
