"""Words where they are; those of a text are marked, and none is written over another."""

import numpy as np
import pytest

from rnnviz.figures import table_of, word_map
from rnnviz.figures.word_maps import LABEL, MOST_LABELS, ROOM
from rnnviz.palette import Theme
from tests.figures.test_heatmap import THEMES

WORDS = ("the", "10", "good", "bad")
PLACES = np.array([[0.0, 0.0], [0.01, 0.0], [1.0, 0.5], [-1.0, 0.2]])
JUDGED = np.array([0.5, 0.55, 0.8, 0.3])


@pytest.mark.parametrize("theme", THEMES)
def test_marked_words_have_their_own_shape(theme: Theme) -> None:
    figure = word_map(WORDS, PLACES, JUDGED, shares=[0.25, 0.125], marked={"good"}, theme=theme)
    others, marked = figure.data[:2]
    np.testing.assert_allclose(others.x, PLACES[[0, 1, 3], 0])
    np.testing.assert_allclose((marked.x, marked.y), PLACES[[2]].T)
    assert others.marker.symbol != marked.marker.symbol
    assert (others.marker.cmin, others.marker.cmax) == (pytest.approx(0.2), pytest.approx(0.8))
    assert figure.data[3].text == ("<b>good</b>",)
    assert figure.layout.xaxis.title.text == "component 1: 25.0% of the variance"
    assert "Left: bad, the, 10, good. Right: good, 10, the, bad." in figure.layout.meta["alt"]
    assert "Surest: good 80%, bad 30%." in figure.layout.meta["alt"]


def test_table() -> None:
    table = table_of(word_map(WORDS, PLACES, JUDGED, shares=[0.25, 0.125], marked={"good"}))
    assert table["word"].tolist() == ["the", "10", "bad", "good"]
    np.testing.assert_allclose(table["P(positive) alone"], JUDGED[[0, 1, 3, 2]], rtol=1e-6)


def test_no_label_on_another_and_those_of_the_text_first() -> None:
    random = np.random.default_rng(0)
    places = random.normal(size=(1000, 2))
    words = [f"w{k}" for k in range(1000)]
    figure = word_map(words, places, np.full(1000, 0.5), shares=[0.2, 0.1], marked=set(words[:5]))
    written = np.concatenate([np.stack([labels.x, labels.y], 1) for labels in figure.data[2:]])
    assert 20 < len(written) <= MOST_LABELS
    room = np.array(LABEL) * np.ptp(places, axis=0) / ROOM
    off = np.abs(written[:, None] - written) / room
    assert (off[~np.eye(len(written), dtype=bool)] >= 1 - 1e-4).any(1).all()
    assert len(figure.data[3].text) >= 3  # as many as have room beside each other
    assert len(figure.to_json()) < 300_000


def test_words_that_are_all_in_one_place() -> None:
    figure = word_map(WORDS, np.zeros((4, 2)), np.full(4, 0.5), shares=[0, 0])
    assert sum(len(labels.text) for labels in figure.data[2:]) == 1
