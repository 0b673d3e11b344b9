"""Figures of fixed points: what is drawn are the numbers, kinds have shapes, and large ones stay small."""

from functools import cache

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from rnnviz import figures
from rnnviz.capture import capture
from rnnviz.dynamics import FixedPoints, SpeedPlane, fixed_points, speed_plane, visited_states
from rnnviz.figures import style
from rnnviz.figures.dynamics import LOOKS
from tests.figures.test_payload import MOST


@cache
def searched(units: int = 2, resolution: int = 61) -> tuple[FixedPoints, SpeedPlane, np.ndarray]:
    rnn = nn.RNN(1, units, batch_first=True)
    for name, parameter in rnn.named_parameters():
        parameter.data = 2 * torch.eye(units) if name == "weight_hh_l0" else torch.full_like(parameter, 0.0)
    rnn.weight_ih_l0.data += 1.0
    trace = capture(rnn, torch.from_numpy(np.random.default_rng(0).standard_normal((1, 50, 1)).astype(np.float32)))
    points = fixed_points(rnn)
    plane = speed_plane(rnn, through=points.states, including=visited_states(trace), resolution=resolution)
    return points, plane, visited_states(trace)


def drawn(figure: go.Figure, name: str) -> go.Scatter:
    (found,) = [trace for trace in figure.data if trace.name == name]
    return found


def caption(figure: go.Figure) -> str:
    return style.spoken(figure.layout.title.subtitle.text.replace("<br>", " "))


def test_the_points_of_two_units() -> None:
    """Each unit has three, so there are nine: four stable, four saddles, and one that is unstable in both."""
    points, plane, path = searched()
    figure = figures.fixed_points(points, plane, path=path)
    assert points.kinds.tolist() == ["stable"] * 4 + ["saddle"] * 4 + ["unstable"]
    assert figure.layout.title.text == "9 fixed points under constant input"
    for kind in ("stable", "saddle", "unstable"):
        symbol, _, label = LOOKS[kind]
        marks = drawn(figure, label)
        assert marks.marker.symbol == symbol
        expected = plane.projected(points.states[points.kinds == kind])
        np.testing.assert_allclose(np.stack([marks.x, marks.y], 1), expected, atol=1e-6)
    assert len({symbol for symbol, *_ in LOOKS.values()}) == len(LOOKS)
    np.testing.assert_allclose(drawn(figure, "path").x, plane.projected(path)[:, 0], rtol=1e-5, atol=1e-6)
    assert figure.layout.meta["alt"].startswith("9 fixed points: 4 stable, 4 saddle, 1 unstable in every direction.")
    assert "on this plane alone" in caption(figure)
    table = figures.table_of(figure)
    assert table["point"].tolist() == list(range(9))
    assert table["unstable directions"].tolist() == points.unstable.tolist()
    np.testing.assert_allclose(table["speed q"], points.speeds)


def test_the_relief_is_the_speed_and_arrows_go_with_the_flow() -> None:
    points, plane, _ = searched()
    figure = figures.fixed_points(points, plane)
    relief = figure.data[0]
    np.testing.assert_allclose(relief.z, np.maximum(np.log10(plane.speeds), -12), rtol=1e-5)
    arrows = drawn(figure, "where the state goes")
    tails, ends = (np.stack([arrows.x[k::3], arrows.y[k::3]], 1) for k in (0, 1))
    for tail, end in list(zip(tails, ends, strict=True))[::17]:
        column = np.abs(plane.across - tail[0]).argmin()
        row = np.abs(plane.up - tail[1]).argmin()
        flow, along = plane.flow[row, column], end - tail
        assert along @ flow == pytest.approx(np.linalg.norm(along) * np.linalg.norm(flow), rel=1e-3)
    assert "path" not in [trace.name for trace in figure.data]


def test_other_planes_are_refused() -> None:
    points, plane, _ = searched()
    other, *_ = searched(3)
    with pytest.raises(ValueError, match="points and plane must be of the same states and constant input"):
        figures.fixed_points(other, plane)
    assert len(figures.fixed_points(points, plane).data) > 3


def test_eigenvalues_beside_the_unit_circle() -> None:
    points, *_ = searched()
    figure = figures.eigenvalues(points)
    circle = drawn(figure, "unit circle |λ| = 1")
    np.testing.assert_allclose(np.hypot(circle.x, circle.y), 1, rtol=1e-6)
    saddles = drawn(figure, "saddle")
    np.testing.assert_allclose(saddles.x, points.eigenvalues[points.kinds == "saddle"].real.ravel(), rtol=1e-6)
    assert saddles.text[0] == "grows by a factor of e in 1.44 steps"
    assert drawn(figure, "stable").text[0].startswith("falls to 1/e in ")
    assert figure.layout.yaxis.scaleanchor == "x"
    assert min(figure.layout.xaxis.range) <= -2
    table = figures.table_of(figure)
    assert len(table) == points.eigenvalues.size


def test_what_did_not_converge_is_in_the_caption() -> None:
    gru = nn.GRU(2, 32)
    points = fixed_points(gru, on_progress=lambda _: False)
    lost = int((points.ends < 0).sum())
    assert lost
    assert f"From {lost} of 128 starts the search did not converge; the lowest speed there is " in caption(
        figures.eigenvalues(points)
    )


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_bytes(theme: str) -> None:
    lstm = nn.LSTM(2, 256)
    for parameter in lstm.parameters():
        parameter.data *= 0.0
    points = fixed_points(lstm, count=3)
    assert points.eigenvalues.shape == (1, 512)
    assert len(figures.eigenvalues(points, theme=theme).to_json().encode()) <= MOST
    small, plane, path = searched(2, resolution=100)
    figure = figures.fixed_points(small, plane, path=np.tile(path, (100, 1)), theme=theme)
    assert len(figure.to_json().encode()) <= MOST
    assert "The path has the first 2,000 of 5,000 steps." in caption(figure)
