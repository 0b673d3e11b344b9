"""The path of a state is its projection, in reading order, with the shares of variance on the axes."""

import json
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.analysis import principal_components
from rnnviz.figures import state_trajectory, style
from rnnviz.palette import SIGNAL_COLORS, Theme
from rnnviz.trace import Trace
from tests.together import together

WORDS: Final = ("not", "a", "good", "film", "!")


def made(tokens: tuple[str, ...] = WORDS, *, units: int = 6, seed: int = 0, padding: int = 0) -> Trace:
    """One layer, both directions, one sequence of an RNN."""
    time = len(tokens) + padding
    h = np.random.default_rng(seed).normal(0, 0.4, (1, 2, 1, time, units)).astype(np.float32)
    h[..., len(tokens) :, :] = np.nan
    return Trace("rnn", ((*tokens, *("",) * padding),), np.array([len(tokens)]), {"h": h})


def line(figure: go.Figure, k: int = 0) -> go.Scatter:
    return [drawn for drawn in figure.data if "lines" in drawn.mode][k]


def labels(figure: go.Figure, k: int = 0) -> list[str]:
    return list([drawn for drawn in figure.data if "text" in drawn.mode][k].text)


def ends(figure: go.Figure) -> go.Scatter:
    return next(drawn for drawn in figure.data if drawn.mode == "markers" and len(drawn.x) == 2)


def points(drawn: go.Scatter) -> np.ndarray:
    return np.stack([drawn.x, drawn.y], axis=1)


def test_the_points_are_the_projections() -> None:
    trace = made()
    figure = state_trajectory(trace)
    principal = principal_components([trace.panel("h")])
    np.testing.assert_allclose(points(line(figure)), principal.projections[0], atol=1e-6)
    for axis, ratio in zip((figure.layout.xaxis, figure.layout.yaxis), principal.explained_ratio, strict=True):
        assert f"{ratio:.1%} of the variance" in axis.title.text
    assert figure.layout.yaxis.scaleanchor == "x"


def test_words_in_order_and_the_ends() -> None:
    figure = state_trajectory(made())
    assert labels(figure) == ["start 0: not", "1: a", "2: good", "3: film", "end 4: !"]
    assert list(ends(figure).marker.symbol) == ["circle-open", "circle"]
    np.testing.assert_array_equal(points(ends(figure)), points(line(figure))[[0, -1]])
    assert list(line(figure).text) == list(WORDS)
    assert figure.layout.showlegend is False


def test_the_reverse_direction_begins_at_the_last_word() -> None:
    figure = state_trajectory(made(), direction="reverse")
    assert labels(figure)[0] == "start 4: !"
    assert labels(figure)[-1] == "end 0: not"
    assert list(line(figure).customdata) == [4, 3, 2, 1, 0]
    assert "from “!” to “not”" in figure.layout.meta["alt"]


def test_padding_is_not_drawn() -> None:
    assert len(line(state_trajectory(made(padding=3))).x) == len(WORDS)


def test_several_inputs_share_their_components_and_differ_in_more_than_colour() -> None:
    traces = [made(), made(("so", "bad"), seed=1), made(seed=2), made(seed=3)]
    figure = state_trajectory(traces)
    principal = principal_components([trace.panel("h") for trace in traces])
    for k, path in enumerate(principal.projections):
        np.testing.assert_allclose(points(line(figure, k)), path, atol=1e-6)
    lines = [line(figure, k) for k in range(4)]
    assert len({drawn.line.dash for drawn in lines}) == len({drawn.marker.symbol for drawn in lines}) == 4
    assert len({drawn.line.color for drawn in lines[:2]}) == 2
    assert lines[0].line.color == SIGNAL_COLORS["light"]["h"]
    assert figure.layout.showlegend is True
    assert [drawn.name for drawn in lines[:2]] == ["input 1: not a good film !", "input 2: so bad"]
    assert labels(figure, 1) == ["start 0: so", "end 1: bad"]


def test_the_selected_step_is_marked_in_every_input_that_has_it() -> None:
    figure = state_trajectory([made(), made(("so", "bad"), seed=1)], t=3)
    marked = [drawn for drawn in figure.data if drawn.name == "selected step t = 3"]
    assert len(marked) == 1
    np.testing.assert_array_equal(points(marked[0])[0], points(line(figure))[3])


def test_a_step_that_is_not_finite_is_a_gap() -> None:
    trace = made()
    h = trace["h"].copy()
    h[0, 0, 0, 2, 1] = np.inf
    drawn = line(state_trajectory(Trace("rnn", trace.tokens, trace.lengths, {"h": h})))
    assert np.isnan(drawn.x[2])
    assert not drawn.connectgaps
    assert np.isfinite(np.delete(drawn.x, 2)).all()


def test_states_that_never_vary_say_so() -> None:
    trace = Trace("rnn", (WORDS,), np.array([5]), {"h": np.zeros((1, 1, 1, 5, 3), np.float32)})
    assert "no variance" in state_trajectory(trace).layout.xaxis.title.text


def test_thousands_of_steps_stay_light() -> None:
    figure = state_trajectory(made(tuple(f"word{t}" for t in range(5000)), units=8))
    assert line(figure).mode == "lines"
    assert line(figure).line.width <= 1
    assert len(labels(figure)) <= 20
    assert labels(figure)[-1] == "end 4999: word4999"
    assert len(figure.to_json()) < 250_000


@together("steps", range(2, 90))
def test_labels_are_in_order_with_both_ends_and_not_too_many(steps: int) -> None:
    written = [int(label.split()[-2].rstrip(":")) for label in labels(state_trajectory(made(("w",) * steps)))]
    assert written == sorted(set(written))
    assert (written[0], written[-1]) == (0, steps - 1)
    assert len(written) <= 41


def test_labels_do_not_stand_on_each_other() -> None:
    """Five places that are visited again and again."""
    places = np.random.default_rng(5).normal(0, 0.4, (5, 6)).astype(np.float32)
    trace = Trace("rnn", (WORDS * 6,), np.array([30]), {"h": np.tile(places, (6, 1))[None, None, None]})
    written = labels(state_trajectory(trace))
    assert (written[0], written[-1]) == ("start 0: not", "end 29: !")
    assert len(written) <= 6


def test_two_paths_that_begin_as_one_have_its_words_once() -> None:
    one, other = made(WORDS * 2), made((*WORDS[:4], "book", *WORDS))
    shared = other["h"].copy()
    shared[:, :, :, :4] = one["h"][:, :, :, :4]
    figure = state_trajectory([one, Trace("rnn", other.tokens, other.lengths, {"h": shared + 0})])
    assert labels(figure)[0] == "start 0: not"
    assert not {"start 0: not", "1: a", "2: good", "3: film"} & set(labels(figure, 1))
    assert labels(figure, 1)[-1] == "end 9: !"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_looks_and_caption(theme: Theme) -> None:
    figure = state_trajectory([made(), made(("so", "bad"), seed=1)], theme=theme)
    assert figure.layout.template == style.template(theme)
    assert figure.layout.title.subtitle.text == "RNN, 6 units, layer 0 forward, 5 and 2 steps."
    ratio = principal_components([made().panel("h"), made(("so", "bad"), seed=1).panel("h")]).explained_ratio.sum()
    assert figure.layout.title.text == f"Two principal components hold {ratio:.0%} of<br>the variance of h<sub>t</sub>"
    assert "5 steps from “not” to “!”; 2 steps from “so” to “bad”." in figure.layout.meta["alt"]
    json.loads(figure.to_json())


@pytest.mark.parametrize(
    ("traces", "options", "message"),
    [
        (made(), {"signal": "c"}, "signal must be one of h for this trace; got 'c'"),
        (made(), {"layer": 1}, r"layer must be in 0\.\.0 for this trace; got 1"),
        (made(units=1), {}, r"count must be in 1\.\.1"),
        (made(("one",)), {}, r"count must be in 1\.\.1"),
        ([made(), made(units=4)], {}, r"same units; got \[4, 6\]"),
        ([], {}, "got none"),
    ],
)
def test_what_has_no_path_is_refused(traces: Any, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        state_trajectory(traces, **options)


def _boxes(figure: go.Figure) -> np.ndarray:
    """The labels' boxes in pixels, (label, 2, 2), by the width of a page's figure."""
    drawn = next(one for one in figure.data if "text" in one.mode)
    path = points(line(figure))
    spans = np.ptp(path, axis=0)
    scale = 1 / max(spans[0] / 700, spans[1] / 320)
    found = []
    for place, text, side, size in zip(points(drawn), drawn.text, drawn.textposition, drawn.marker.size, strict=True):
        half = np.array([8.0 * len(text), 18]) / 2
        way = {"top center": (0, 1), "bottom center": (0, -1), "middle right": (1, 0), "middle left": (-1, 0)}[side]
        middle = place * scale + np.array(way) * (half + size / 2)
        found.append([middle - half, middle + half])
    return np.array(found)


@together("seed", range(20))
@together("tokens", [WORDS * 6, ("extraordinarily",) * 25, tuple("f(x, g(y))") * 4])
def test_labels_of_any_width_keep_off_each_other_and_off_the_points(tokens: tuple[str, ...], seed: int) -> None:
    figure = state_trajectory(made(tokens, seed=seed))
    boxes = _boxes(figure)
    assert len(boxes) >= 4
    for k, (low, high) in enumerate(boxes):
        others = np.delete(boxes, k, axis=0)
        assert not ((low < others[:, 1] - 1) & (high > others[:, 0] + 1)).all(1).any()
    path = points(line(figure))
    scale = 1 / max(np.ptp(path, axis=0) / [700, 320])
    for low, high in boxes[1:-1]:  # both ends are written even where nothing is free
        assert not ((path * scale > low + 1) & (path * scale < high - 1)).all(1).any()
