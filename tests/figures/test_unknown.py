"""Words that a network does not know, marked in figures."""

from typing import Final

import numpy as np
import plotly.graph_objects as go
import pytest
import torch

from rnnviz import capture, figures
from rnnviz.figures import style
from rnnviz.trace import Trace

TOKENS: Final = ["The", "flurb", "film", "was", "<b>lorked", "."]
UNKNOWN: Final = ["flurb", "<b>lorked"]


def line(label: str) -> str:
    return f'<span style="text-decoration:underline dotted">{label}</span>'


def traced(tokens: list[str]) -> Trace:
    rnn = torch.nn.LSTM(3, 4, batch_first=True)
    generator = torch.Generator().manual_seed(0)
    return capture(rnn, torch.randn(1, len(tokens), 3, generator=generator), tokens=[tokens])


def marked_labels(figure: go.Figure) -> list[str]:
    axes = [*figure.select_xaxes(), *figure.select_yaxes()]
    return [text for axis in axes for text in axis.ticktext or () if "dotted" in str(text)]


def caption(figure: go.Figure) -> str:
    return str(figure.layout.title.subtitle.text).replace("<br>", " ")


def test_a_word_is_underlined_and_named_in_the_caption_and_in_the_alt_text() -> None:
    plain = figures.signal_heatmap(traced(TOKENS))
    before = plain.to_json()
    figure = figures.unknown_marked(plain, UNKNOWN)
    assert list(figure.layout.xaxis.ticktext) == [
        "The", line("flurb"), "film", "was", line("&lt;b&gt;lorked"), ".",
    ]  # fmt: skip
    said = "A dotted underline marks what is not in the vocabulary ([UNK]): “flurb”, “&lt;b&gt;lorked”."
    assert said in caption(figure)
    assert said in figure.layout.meta["alt"]
    lines = len(figure.layout.title.subtitle.text.split("<br>")) - len(plain.layout.title.subtitle.text.split("<br>"))
    assert figure.layout.margin.t > plain.layout.margin.t
    assert lines > 0
    assert plain.to_json() == before, "the figure itself stays"
    assert figures.unknown_marked(plain, []) is plain


def test_the_selected_word_stays_bold() -> None:
    norms = np.ones((1, len(TOKENS)))
    figure = figures.contribution_heatmap(norms, [1], tokens=TOKENS, t=1)
    figure = figures.unknown_marked(figure, UNKNOWN, "<unk>")
    assert f"<b>{line('flurb')}</b>" in figure.layout.xaxis.ticktext
    assert f"<b>{line('flurb')}</b>" in figure.layout.yaxis.ticktext
    assert "(&lt;unk&gt;)" in caption(figure)
    assert figures.table_of(figure)["input"].tolist() == ["flurb <unk>"]


def test_a_long_word_is_marked_where_it_is_cut() -> None:
    tokens = ["extraordinarily", "extra", "e"]
    figure = figures.unknown_marked(figures.signal_heatmap(traced(tokens)), ["extraordinarily"])
    assert marked_labels(figure) == [line("extraordina…")]


def test_a_number_that_is_a_word_does_not_mark_the_rows() -> None:
    figure = figures.effect_grid(np.eye(2), ["3", "4"], ["3", "good"], of="effect", down="layer")
    figure = figures.unknown_marked(figure, ["3"])
    assert list(figure.layout.xaxis.ticktext) == [line("3"), "good"]
    assert list(figure.layout.yaxis.ticktext) == ["3", "4"]


def test_words_along_a_path_are_underlined_and_said_when_pointed_at() -> None:
    figure = figures.unknown_marked(figures.state_trajectory(traced(TOKENS)), UNKNOWN)
    written = [text for trace in figure.data if "text" in (trace.mode or "") for text in trace.text]
    assert f"1: {line('flurb')}" in written
    (path,) = (trace for trace in figure.data if trace.meta)
    assert list(path.text)[:2] == ["The", "flurb [UNK]"]
    table = figures.table_of(figure)
    assert table["input"].tolist()[:2] == ["The", "flurb [UNK]"]
    assert not table["input"].str.contains("span").any()


def test_words_in_order_of_similarity_are_underlined() -> None:
    figure = figures.unknown_marked(figures.word_unit_clusters(traced(TOKENS)), UNKNOWN)
    assert figure.layout.xaxis.labelalias == {
        "1 flurb": f"1 {line('flurb')}",
        "4 &lt;b&gt;lorked": f"4 {line('&lt;b&gt;lorked')}",
    }


def test_bars_of_words_say_it_when_pointed_at() -> None:
    ways = [figures.Importance("left out", np.arange(6.0))]
    figure = figures.unknown_marked(figures.importance_bars(TOKENS, ways), UNKNOWN)
    assert list(figure.data[0].customdata)[:2] == ["0 The", "1 flurb [UNK]"]
    assert marked_labels(figure)[:1] == [line("flurb")]


@pytest.mark.parametrize("count", [5, 6, 12])
def test_of_many_words_five_are_named(count: int) -> None:
    words = [f"w{k}" for k in range(count)]
    said = caption(figures.unknown_marked(figures.signal_heatmap(traced(words)), words))
    assert said.endswith("“w4”." if count == 5 else f"“w4” and {count - 5} more.")


def test_every_axis_of_words_is_known_as_one_and_no_other_is() -> None:
    figure = go.Figure(layout={"xaxis": style.word_axis(["a"]), "yaxis": {"tickvals": [0], "ticktext": ["a"]}})
    assert style.is_word_axis(figure.layout.xaxis)
    assert not style.is_word_axis(figure.layout.yaxis)
