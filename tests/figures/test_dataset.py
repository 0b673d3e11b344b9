"""Figures of a data set show what they were given."""

import numpy as np
import pytest

from rnnviz.figures import length_histogram, padding_shares, table_of, word_ranks
from rnnviz.palette import Theme
from tests.figures.test_heatmap import THEMES
from tests.figures.test_saturation import caption


@pytest.mark.parametrize("theme", THEMES)
def test_each_text_is_in_the_bar_of_its_label_and_length(theme: Theme) -> None:
    figure = length_histogram(np.array([4, 5, 9, 10, 10]), np.array([0, 0, 1, 1, 1]), theme=theme)
    assert [list(bar.y) for bar in figure.data] == [[1, 1, 0], [0, 1, 2]]
    assert list(figure.data[0].customdata) == ["0 to 4", "5 to 9", "10 to 14"]
    assert caption(figure) == "4 to 10 tokens, median 9."


@pytest.mark.parametrize("theme", THEMES)
def test_padding_of_each_way_is_a_column(theme: Theme) -> None:
    figure = padding_shares({"shuffled": np.array([0.4, 0.5]), "sorted": np.array([0.0, 0.1])}, theme=theme)
    table = table_of(figure)
    np.testing.assert_allclose(table[["shuffled", "sorted"]], [[0.4, 0.0], [0.5, 0.1]], atol=1e-6)
    assert caption(figure) == "Mean, shuffled: 45.0%. Mean, sorted: 5.0%."


def test_words_stand_at_their_ranks() -> None:
    table = table_of(word_ranks(("the", "film", "good"), np.array([30, 12, 5])))
    assert table[["rank", "occurrences", "word"]].values.tolist() == [[1, 30, "the"], [2, 12, "film"], [3, 5, "good"]]
    assert "the 1 most frequent" in caption(word_ranks(("the", "film"), np.array([30, 12])))
