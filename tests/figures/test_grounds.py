"""A saved figure is on the ground that was asked for, as if drawn for it, and says where it comes from."""

import json
from collections.abc import Callable
from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest
import torch
from torch import nn

from rnnviz import figures
from rnnviz.capture import capture
from rnnviz.figures import finished
from rnnviz.figures.finished import Background
from rnnviz.palette import GROUNDS, Theme
from rnnviz.trace import Trace
from tests.together import together


@pytest.fixture(scope="module")
def trace() -> Trace:
    torch.manual_seed(0)
    return capture(nn.LSTM(3, 4, batch_first=True), torch.randn(1, 6, 3), tokens=[list("abcdef")])


CURVE: Final = figures.GradientCurve("lstm", "forget bias 1", 0.5 ** np.arange(6)[::-1] * np.ones((3, 1)))
DRAWN: Final[dict[str, Callable[[Trace, Theme], go.Figure]]] = {
    "heatmap": lambda trace, theme: figures.signal_heatmap(trace, "h", theme=theme),
    "gate": lambda trace, theme: figures.signal_heatmap(trace, "f", theme=theme),
    "saturation": lambda trace, theme: figures.saturation_scatter(trace, theme=theme),
    "half-life": lambda trace, theme: figures.half_life_bars(trace, theme=theme),
    "retention": lambda trace, theme: figures.retention_heatmap(trace, theme=theme),
    "contributions": lambda trace, theme: figures.contribution_bars(trace, theme=theme),
    "path": lambda trace, theme: figures.state_trajectory(trace, "h", t=3, theme=theme),
    "curves": lambda trace, theme: figures.step_gradient_curves([CURVE], at=5, tokens=trace.tokens[0], theme=theme),
}


def plain(figure: go.Figure) -> object:
    return json.loads(figure.to_json())


@together("name", DRAWN)
@together("theme, other", [("light", "dark"), ("dark", "light")])
def test_recolored_is_as_drawn_for_the_other_theme(trace: Trace, name: str, theme: Theme, other: Theme) -> None:
    recolored = go.Figure(finished.recolored(DRAWN[name](trace, theme).to_dict(), theme, other))
    assert plain(recolored) == plain(DRAWN[name](trace, other))


@pytest.mark.parametrize(("ground", "theme"), [("white", "light"), ("dark", "dark")])
def test_grounds(trace: Trace, ground: Background, theme: Theme) -> None:
    for drawn_for in ("light", "dark"):
        saved = figures.on_background(DRAWN["heatmap"](trace, drawn_for), ground, drawn_for)
        assert saved.layout.template.layout.paper_bgcolor == GROUNDS[theme]["background"]


def test_a_transparent_ground_keeps_the_letters_of_the_theme(trace: Trace) -> None:
    saved = figures.on_background(DRAWN["heatmap"](trace, "dark"), "transparent", "dark")
    assert saved.layout.paper_bgcolor == saved.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert saved.layout.template.layout.font.color == GROUNDS["dark"]["ink"]


def test_the_figure_itself_stays_as_it_was(trace: Trace) -> None:
    figure = DRAWN["heatmap"](trace, "light")
    before = figure.to_json()
    figures.on_background(figure, "dark", "light")
    assert figure.to_json() == before


def test_a_title_stands_off_the_edge_that_a_slide_has(trace: Trace) -> None:
    figure = DRAWN["heatmap"](trace, "light")
    saved = figures.on_background(figure, "white", "light")
    assert saved.layout.title.pad.l >= 16 > figure.layout.title.pad.l
    assert saved.layout.title.pad.t == figure.layout.title.pad.t


def test_another_ground_is_refused(trace: Trace) -> None:
    with pytest.raises(ValueError, match="background must be one of white, dark, transparent; got 'pink'"):
        figures.on_background(DRAWN["heatmap"](trace, "light"), "pink", "light")  # type: ignore[arg-type]


@pytest.mark.parametrize(("theme", "other"), [("light", "dark"), ("dark", "light")])
def test_faded_colors_fade_alike(theme: Theme, other: Theme) -> None:
    ink = GROUNDS[theme]["ink"]
    faded = "rgba({},{},{},0.2)".format(*(int(ink[k : k + 2], 16) for k in (1, 3, 5)))
    wanted = GROUNDS[other]["ink"]
    expected = "rgba({},{},{},0.2)".format(*(int(wanted[k : k + 2], 16) for k in (1, 3, 5)))
    assert finished.recolored([faded, "rgba(1,2,3,0.2)", "no color"], theme, other) == [
        expected,
        "rgba(1,2,3,0.2)",
        "no color",
    ]
