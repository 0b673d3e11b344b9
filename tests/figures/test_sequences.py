"""Figures of two texts and of embeddings: what they draw is what they were given, small and said in words."""

import numpy as np
import pytest

from rnnviz.figures import bags_of_words, class_map, one_hot_product, state_pair, table_of
from rnnviz.trace import Trace

THEMES = ("light", "dark")
MOST = 300_000


def trace_of(tokens: list[str], seed: int, units: int = 64) -> Trace:
    values = np.random.default_rng(seed).uniform(-1, 1, (1, 1, 1, len(tokens), units)).astype(np.float32)
    return Trace("rnn", [tokens], np.array([len(tokens)]), {"h": values})


@pytest.mark.parametrize("theme", THEMES)
def test_states_of_both_texts_have_one_range_of_colours(theme) -> None:
    one, other = trace_of(["great", "but", "bad"], 1), trace_of(["bad", "but", "great"], 2)
    figure = state_pair((one, other), (0.25, 0.75), caption=("A network.",), theme=theme)
    images = [trace for trace in figure.data if trace.type == "heatmap"]
    assert len(images) == 2
    np.testing.assert_array_equal(images[0].z, one.panel("h").T)
    np.testing.assert_array_equal(images[1].z, other.panel("h").T)
    assert images[0].zmax == images[1].zmax == -images[0].zmin == -images[1].zmin
    assert list(figure.layout.xaxis2.ticktext) == ["bad", "but", "great"]
    said = [note.text for note in figure.layout.annotations]
    assert said == ["First text: P(positive) = 0.250", "Second text: P(positive) = 0.750"]
    assert "A network." in figure.layout.meta["alt"]
    assert table_of(figure).shape == (128, 3)


def test_long_texts_stay_small() -> None:
    words = [f"word{k}" for k in range(200)]
    figure = state_pair((trace_of(words, 1), trace_of(words, 2)), (0.5, 0.5))
    assert len(figure.to_json()) < MOST


@pytest.mark.parametrize("theme", THEMES)
def test_what_a_bag_reads_is_in_the_cells_and_the_shares_add_up(theme) -> None:
    present = np.array([[1, 1, 0], [1, 1, 1]])
    figure = bags_of_words(["bad", "it", "new"], present, np.array([-0.5, 0.125, 3.0]), total=-0.375, theme=theme)
    np.testing.assert_array_equal(figure.data[0].z, present)
    assert [note.text for note in figure.layout.annotations] == ["1", "1", "0", "1", "1", "1"]
    assert "add −0.375 to the logit" in figure.layout.meta["alt"]
    assert "The largest terms: bad −0.5, it 0.125." in figure.layout.meta["alt"]  # not of the second text alone
    assert "the same bag of words" not in figure.layout.title.text
    same = bags_of_words(["a"], np.array([[1], [1]]), np.zeros(1), total=0.0, theme=theme)
    assert "the same bag of words" in same.layout.title.text


def test_only_the_same_words_in_another_order_are_called_that() -> None:
    def title(one: str, other: str) -> str:
        return state_pair((trace_of(one.split(), 1), trace_of(other.split(), 2)), (0.5, 0.5)).layout.title.text

    assert "two orders" in title("Great but bad", "bad but great")
    assert "two orders" not in title("great but bad", "great but good")
    assert "two orders" not in title("great but bad", "great but bad")


@pytest.mark.parametrize("theme", THEMES)
def test_the_product_is_the_row(theme) -> None:
    matrix = np.random.default_rng(0).standard_normal((5, 3))
    figure = one_hot_product(matrix, 2, ["[UNK]", "a", "b", "<c>", "d"], theme=theme)
    hot, whole, product = (np.asarray(trace.z) for trace in figure.data)
    np.testing.assert_array_equal(hot[:, 0], [0, 0, 1, 0, 0])
    np.testing.assert_allclose(whole, matrix, rtol=1e-6)
    np.testing.assert_allclose(product[0], matrix[2], rtol=1e-6)
    np.testing.assert_allclose(hot.T @ whole, product, rtol=1e-6)
    assert "3: &lt;c&gt;" in figure.layout.yaxis.ticktext
    assert "5 × 3 products" in figure.layout.meta["alt"]


@pytest.mark.parametrize("theme", THEMES)
def test_a_class_is_a_shape_and_a_colour(theme) -> None:
    words, classes = ("dog", "cat", "runs", "<b>"), ("noun", "noun", "verb", "verb")
    places = np.array([[0, 0], [1, 0], [5, 5], [9, 9]], float)
    figure = class_map(words, classes, places, title="Words", shares=(0.5, 0.25), theme=theme)
    looks = {trace.name: (trace.marker.symbol, trace.marker.color) for trace in figure.data}
    assert set(looks) == {"noun", "verb"}
    assert len({shape for shape, _ in looks.values()}) == len({color for _, color in looks.values()}) == 2
    assert table_of(figure)["word"].tolist() == ["dog", "cat", "runs", "<b>"]
    assert "Middles: noun 0.50, 0.00; verb 7.00, 7.00" in figure.layout.meta["alt"]
    assert figure.data[1].hovertext[1] == "&lt;b&gt;"
