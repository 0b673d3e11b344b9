"""Every figure says first what it is told of the network, and the place in it afterwards; alt text says it too."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz import figures
from rnnviz.figures import sheet, style
from rnnviz.palette import GROUNDS
from tests.figures.test_gradients import fading
from tests.figures.test_heatmap import made
from tests.figures.test_weights import drawn
from tests.together import together

SAID: Final = ("LSTM, 3 → 4 units, W<sub>hh</sub> orthogonal, seed 7.",)

OF_A_TRACE: Final[dict[str, Callable[..., go.Figure]]] = {
    "signal_heatmap": figures.signal_heatmap,
    "word_unit_clusters": figures.word_unit_clusters,
    "state_trajectory": figures.state_trajectory,
    "half_life_bars": figures.half_life_bars,
    "retention_heatmap": figures.retention_heatmap,
    "contribution_bars": figures.contribution_bars,
    "saturation_scatter": figures.saturation_scatter,
}
OF_WEIGHTS: Final = (figures.weight_heatmap, figures.weight_histogram, figures.weight_norms)
OTHERS: Final[dict[str, Callable[..., go.Figure]]] = {
    "step_gradient_curves": lambda **told: figures.step_gradient_curves([fading("rnn", 0.5)], at=59, **told),
    "length_gradient_curves": lambda **told: figures.length_gradient_curves([fading("rnn", 0.5, 3)], (1, 2, 3), **told),
    "singular_value_bars": lambda **told: figures.singular_value_bars(np.ones(3), 0.5, **told),
    "jacobian_curves": lambda **told: figures.jacobian_curves(
        dict.fromkeys(figures.JACOBIAN_PARTS, np.ones(3)), largest=1.0, **told
    ),
    "contribution_heatmap": lambda **told: figures.contribution_heatmap(np.eye(3), range(3), **told),
}


def lines(figure: go.Figure) -> list[str]:
    return str(figure.layout.title.subtitle.text).split("<br>")


@pytest.mark.parametrize("name", OF_A_TRACE)
def test_what_is_said_comes_first_and_is_not_said_again(name: str) -> None:
    draw, place = OF_A_TRACE[name], {"layer": 1, "direction": "reverse"}
    told = draw(made("lstm"), caption=SAID, **place)
    assert lines(told)[0] == SAID[0]
    steps = 8 if name == "saturation_scatter" else 5  # of both samples
    assert lines(told)[1].startswith(f"Layer 1 reverse, {steps} steps")
    assert lines(draw(made("lstm"), **place))[0].startswith(f"LSTM, 4 units, layer 1 reverse, {steps} steps")
    assert "seed 7" in told.layout.meta["alt"]


@pytest.mark.parametrize("draw", OF_WEIGHTS)
def test_of_weights(draw: Callable[..., go.Figure]) -> None:
    told = draw(drawn(), cell="lstm", caption=SAID)
    assert lines(told)[:2] == [SAID[0], "Layer 0 forward, 4 × 6 × 6 numbers."]
    assert "seed 7" in told.layout.meta["alt"]


@pytest.mark.parametrize("name", OTHERS)
def test_of_gradients(name: str) -> None:
    told = OTHERS[name](caption=SAID)
    assert lines(told)[0] == SAID[0]
    assert "seed 7" in told.layout.meta["alt"]


@together("name", [*OF_A_TRACE, *OTHERS])
def test_the_alt_text_is_plain_and_says_what_is_seen(name: str) -> None:
    figure = OF_A_TRACE[name](made("lstm")) if name in OF_A_TRACE else OTHERS[name]()
    assert len(figure.layout.meta["alt"]) > 20
    assert "<" not in figure.layout.meta["alt"]


def test_a_step_is_framed_from_edge_to_edge_and_grey_lies_only_where_something_is_bad() -> None:
    figure = sheet.begin("What is seen", style.axis("x"), style.axis("y"), "light", height=300)
    sheet.outline(figure, 1.5, 2.5, "light", axis="y")
    (frame,) = figure.layout.shapes
    assert (frame.y0, frame.y1, frame.x0, frame.x1, frame.xref) == (1.5, 2.5, 0, 1, "x domain")
    place: dict[str, Any] = {"x": [0, 1], "y": [0]}
    sheet.grey_out(figure, np.array([[False, False]]), "light", "here", **place)
    assert not figure.data
    sheet.grey_out(figure, np.array([[False, True]]), "light", "here", **place)
    np.testing.assert_array_equal(figure.data[0].z, [[np.nan, 1]])
    assert figure.data[0].colorscale[0][1] == GROUNDS["light"]["nan"]
    assert "no finite number" in figure.data[0].hovertemplate
