"""Figures of guesses and of word vectors: they draw the numbers they are given, marked, said and listed."""

import numpy as np
import pytest

from rnnviz import figures
from rnnviz.figures import contexts

GUESSES = [[("good", 0.2), ("a<b>", 0.0001)], [("film", 0.4)], [("film", 0.6), ("good", 0.3), ("x", 0.1)]]


def test_guesses_are_bars_of_their_probabilities_and_the_word_is_marked() -> None:
    figure = figures.word_guesses(GUESSES, correct="film", caption=["Ours."])
    assert [list(np.round(bar.x, 4)) for bar in figure.data] == [[0.2, 0.0001], [0.4], [0.6, 0.3, 0.1]]
    assert figure.layout.yaxis3.ticktext[0] == "✓ film"
    assert figure.layout.yaxis.ticktext == ("good", "a&lt;b&gt;")
    assert list(figure.data[0].text) == ["20.0%", "< 0.1%"]
    assert "✓ marks" in figure.layout.title.subtitle.text
    assert all(name in figure.layout.meta["alt"] for name in contexts.HALVES)
    table = figures.table_of(figure)
    assert table["word"].tolist() == ["good", "a<b>", "film", "film", "good", "x"]
    assert table["probability"].tolist() == pytest.approx([0.2, 0.0001, 0.4, 0.6, 0.3, 0.1])


def test_a_word_that_no_half_guesses_has_no_mark() -> None:
    figure = figures.word_guesses(GUESSES, correct="[UNK]")
    assert "✓" not in figure.layout.title.subtitle.text + str(figure.layout.yaxis.ticktext)


def test_word_by_word_leaves_a_gap_where_a_word_is_unknown() -> None:
    correct = np.array([[0.5, np.nan, 1e-9], [0.1, np.nan, 0.2], [0.9, np.nan, 0.3]])
    figure = figures.word_by_word(["a", "zyxx", "film"], correct, selected=2)
    assert [line.name for line in figure.data] == list(contexts.HALVES)
    assert np.isnan(figure.data[0].y[1])
    assert figure.data[0].y[2] == pytest.approx(1e-6)  # the lower edge
    assert len({line.marker.symbol for line in figure.data}) == len({line.line.dash for line in figure.data}) == 3
    assert figures.table_of(figure).shape == (3, 4)


def test_a_sentence_without_a_known_word() -> None:
    figure = figures.word_by_word(["x", "y"], np.full((3, 2), np.nan))
    assert "has no word of this sentence" in figure.layout.meta["alt"]


def test_an_update_shows_vectors_and_their_change() -> None:
    before = np.arange(6.0).reshape(2, 3)
    figure = figures.vector_update(["v a", "u b"], before, before + np.array([[0.5, 0, 0], [0, -0.25, 0]]))
    np.testing.assert_array_equal(figure.data[0].z, before)
    np.testing.assert_array_equal(figure.data[1].z, [[0.5, 0, 0], [0, -0.25, 0]])
    assert figure.data[1].zmax == 0.5
    assert "0.5" in figure.layout.title.subtitle.text


def test_the_loss() -> None:
    figure = figures.skip_gram_curve(np.array([5, 10]), np.array([4.0, 2.0]), theme="dark")
    assert list(figure.data[0].y) == [4, 2]
    assert "from 4.00 to 2.00 in 10 updates" in figure.layout.title.subtitle.text.replace("<br>", " ")
