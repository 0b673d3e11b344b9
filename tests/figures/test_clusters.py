"""Words and units change places together with their numbers, like beside like."""

import json
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
import pytest

from rnnviz.analysis import unit_order
from rnnviz.figures import style, word_unit_clusters
from rnnviz.palette import Theme
from rnnviz.trace import Trace

WORDS: Final = ("not", "a", "good", "film", "!", "a")


def made(h: np.ndarray, tokens: tuple[str, ...] = WORDS) -> Trace:
    time = len(h)
    padded = tokens + ("",) * (time - len(tokens))
    return Trace("rnn", (padded,), np.array([len(tokens)]), {"h": h[None, None, None].astype(np.float32)})


def drawn_states(time: int = 6, units: int = 5) -> np.ndarray:
    return np.random.default_rng(0).normal(0, 0.4, (time, units)).astype(np.float32)


def steps_of(figure: go.Figure) -> list[int]:
    return [int(label.split()[0]) for label in figure.data[0].x]


def units_of(figure: go.Figure) -> list[int]:
    return [int(label.split()[1]) for label in figure.data[0].y]


def test_every_number_stands_under_its_word_and_beside_its_unit() -> None:
    h = drawn_states()
    figure = word_unit_clusters(made(h))
    steps, units = steps_of(figure), units_of(figure)
    assert steps == unit_order(h.T, "cluster").tolist()
    assert units == unit_order(h, "cluster").tolist()
    np.testing.assert_array_equal(np.asarray(figure.data[0].z), h[steps][:, units].T)
    assert list(figure.data[0].x) == [f"{step} {WORDS[step]}" for step in steps]


def test_like_words_and_like_units_are_neighbours() -> None:
    kinds = np.array([[1, -1, 0.5, 0], [-1, 1, 0, 0.5]])
    h = kinds[[0, 1, 0, 1, 0, 1]] + np.random.default_rng(1).normal(0, 0.01, (6, 4))
    steps = steps_of(word_unit_clusters(made(h)))
    assert {frozenset(steps[:3]), frozenset(steps[3:])} == {frozenset((0, 2, 4)), frozenset((1, 3, 5))}


def test_steps_that_are_not_finite_come_last_and_padding_not_at_all() -> None:
    h = drawn_states(8)
    h[6:] = np.nan
    h[1, 2] = np.inf
    figure = word_unit_clusters(made(h))
    assert sorted(steps_of(figure)) == list(range(6))
    assert steps_of(figure)[-1] == 1
    assert np.isfinite(figure.data[0].zmax)


def test_the_selected_step_is_marked_where_it_stands() -> None:
    figure = word_unit_clusters(made(drawn_states()), t=4)
    assert (figure.layout.shapes[0].x0 + figure.layout.shapes[0].x1) / 2 == steps_of(figure).index(4)
    assert not word_unit_clusters(made(drawn_states())).layout.shapes


@pytest.mark.parametrize(("time", "units"), [(1, 1), (1, 4), (2, 1), (300, 64)])
def test_any_size_of_which_a_screen_shows_every_number(time: int, units: int) -> None:
    figure = word_unit_clusters(made(drawn_states(time, units), ("w",) * time))
    assert sorted(steps_of(figure)) == list(range(time))
    assert sorted(units_of(figure)) == list(range(units))
    axis, labels = figure.layout.yaxis, figure.data[0].y
    assert len(axis.tickvals) == len(axis.ticktext) <= 40
    assert all(labels[place].endswith(text) for place, text in zip(axis.tickvals, axis.ticktext, strict=True))
    assert (figure.layout.xaxis.type, figure.layout.xaxis.tickvals) == ("category", None)  # as many as have room
    json.loads(figure.to_json())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_looks_and_caption(theme: Theme) -> None:
    figure = word_unit_clusters(made(drawn_states()), theme=theme)
    assert figure.layout.template == style.template(theme)
    assert figure.data[0].zmin == -figure.data[0].zmax
    assert figure.layout.title.subtitle.text == "RNN, 5 units, layer 0 forward, 6 steps."
    assert "5 units by 6 words, both in order of similarity" in figure.layout.meta["alt"]


@pytest.mark.parametrize(
    ("options", "message"),
    [({"signal": "c"}, "got 'c'"), ({"batch": 1}, "batch must be"), ({"layer": 3}, "layer must be")],
)
def test_what_is_not_there_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        word_unit_clusters(made(drawn_states()), **options)
