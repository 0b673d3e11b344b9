"""Curves and surface of descents: the numbers given are the numbers drawn, and what leaves an axis is not lost."""

from dataclasses import replace
from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz import cliff, figures
from rnnviz.cliff import Descent, Settings, descend
from rnnviz.figures import style
from rnnviz.figures.cliff import LEAST
from rnnviz.palette import SIGNAL_COLORS, Theme
from rnnviz.pictures.cliff import told

THEMES: Final[tuple[Theme, ...]] = ("light", "dark")
W: Final = np.linspace(4, 8, 41)
B: Final = np.linspace(-4, -2, 31)


def both(w: float = 6, b: float = -3.05, **options: float) -> tuple[Descent, Descent]:
    settings = Settings(w, b, **options)
    return descend(settings), descend(replace(settings, max_norm=1.0))


def named(figure: go.Figure, name: str) -> go.Scatter:
    return next(trace for trace in figure.data if trace.name == name and trace.meta != "edge")


def surface(descents: tuple[Descent, Descent], theme: Theme = "light") -> go.Figure:
    error, _, _ = cliff.error_and_gradient(W, B[:, None])
    return figures.descent_surface(W, B, error, descents, caption=["Said first."], theme=theme)


@pytest.mark.parametrize("theme", THEMES)
def test_curves_are_the_descents(theme: Theme) -> None:
    arms = dict(zip(("unclipped", "clipped"), both(), strict=True))
    figure = figures.descent_curves(*arms.values(), caption=["Said first."], theme=theme)
    for arm, descent in arms.items():
        np.testing.assert_allclose(named(figure, f"error E, {arm}").y, descent.error, rtol=1e-6)
        drawn = np.asarray(named(figure, f"norm ‖g‖, {arm}").y)
        kept = descent.grad_norm >= LEAST
        np.testing.assert_allclose(drawn[kept], descent.grad_norm[kept], rtol=1e-6)
        assert np.isnan(drawn[~kept]).all()
        assert named(figure, f"error E, {arm}").line.color == SIGNAL_COLORS[theme][arm]
    looks = {(trace.line.dash, trace.marker.symbol) for trace in figure.data if trace.meta != "edge"}
    assert len(looks) == 2  # told apart without colours
    assert (figure.layout.yaxis.type, figure.layout.yaxis2.type) == ("log", "log")
    (line,) = figure.layout.shapes
    assert (line.y0, line.yref) == (1.0, "y2")
    assert figure.layout.template == style.template(theme)


def test_a_gradient_of_zero_stands_at_the_edge() -> None:
    unclipped, clipped = both()
    figure = figures.descent_curves(unclipped, clipped)
    (edge,) = [trace for trace in figure.data if trace.meta == "edge"]
    assert edge.marker.symbol == "triangle-down-open"
    assert set(edge.text) == {"0"}
    assert min(edge.x) == unclipped.longest + 1
    low, high = figure.layout.yaxis2.range
    assert low < np.log10(edge.y[0]) < high
    assert "▽ 0, or below" in figure.layout.title.subtitle.text


def test_what_is_no_number_stands_at_the_edge() -> None:
    settings = Settings(5.0, float(cliff.edge(np.array(5.0))), rate=1e308, steps=6)
    lost = descend(settings)
    figure = figures.descent_curves(lost, descend(replace(settings, max_norm=1e-308)))
    assert "x-thin-open" in {trace.marker.symbol for trace in figure.data if trace.meta == "edge"}
    assert "no finite number" in figure.layout.title.subtitle.text


def test_the_caption_says_the_largest_norm_and_no_digits_that_are_chance() -> None:
    unclipped, clipped = both()
    caption = figures.descent_curves(unclipped, clipped, caption=["Said first."]).layout.title.subtitle.text
    plain = caption.replace("<br>", " ")
    assert plain.startswith("Said first. Unclipped: ‖g‖ up to about 2,200.")
    assert "norm is about 2,200," in told(unclipped, clipped)[0]  # on the map, too
    assert "last E" not in plain
    assert (
        "Clipped: ‖g‖ up to about 2,200" in plain
    )  # at step 163, as beside this start, though a later one may be longer
    assert plain.endswith("Dotted: max_norm. ▽ 0, or below 10⁻⁸.")


def test_the_caption_says_from_where_on_a_norm_is_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    unclipped, clipped = both()
    monkeypatch.setattr("rnnviz.figures.cliff.parted", lambda _: 100)
    caption = figures.descent_curves(unclipped, clipped).layout.title.subtitle.text.replace("<br>", " ")
    before = float(f"{unclipped.grad_norm[:100].max():.2g}")
    assert (
        f"‖g‖ up to about {before:,g} before step 100; from there on the last bit of the start decides it." in caption
    )


@pytest.mark.parametrize("theme", THEMES)
def test_the_surface_carries_both_paths_as_far_as_they_are_on_it(theme: Theme) -> None:
    unclipped, clipped = both()
    figure = surface((unclipped, clipped), theme)
    np.testing.assert_allclose(figure.data[0].z[3][5], cliff.error_and_gradient(W[5], B[3])[0], rtol=1e-6)
    one, other = named(figure, "unclipped"), named(figure, "clipped")
    assert len(one.x) == unclipped.longest + 1
    assert len(other.x) == 400
    np.testing.assert_allclose(other.z, clipped.error, rtol=1e-6)
    assert one.line.dash != other.line.dash
    assert named(figure, "unclipped leaves here").x[0] == unclipped.w[unclipped.longest]
    assert "It leaves the surface at step 163." in figure.layout.meta["alt"]
    assert not [trace for trace in surface(both(7, -3.5)).data if "leaves" in trace.name]


def test_the_numbers_behind_them() -> None:
    unclipped, clipped = both()
    steps = figures.table_of(figures.descent_curves(unclipped, clipped))
    assert list(steps.columns) == [
        f"{what}, {arm}" for what in ("error E", "norm ‖g‖") for arm in ("unclipped", "clipped")
    ]
    np.testing.assert_allclose(steps["error E, clipped"], clipped.error, rtol=1e-6)
    places = figures.table_of(surface((unclipped, clipped)))
    assert len(places) == 164 + 400
    assert set(places.columns) == {"of", "step", "w", "b", "error E"}


def test_both_are_small() -> None:
    descents = both(5, -2.5, steps=600)
    assert len(figures.descent_curves(*descents).to_json()) < 100_000
    assert len(surface(descents).to_json()) < 150_000
