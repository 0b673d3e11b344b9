"""The reviews that ship as a data set: elements, lengths, batches as arrays with their padding, words by rank."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd
import streamlit as st

from rnnviz.caching import cached
from rnnviz.palette import Theme
from rnnviz.ui.reviews import code as codegen
from rnnviz.ui.reviews.code import WAYS, DataName
from rnnviz.ui.shell import frame
from rnnviz.ui.shell.question import Answer, Question, Questions, between, share
from rnnviz.ui.widgets import controls

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.sentiment.dataset import Dataset

CAPTION: Final = ["The 2,000 synthetic training reviews, without punctuation."]
ELEMENTS: Final = 5
FEWER: Final = 8
"""Reviews of a smaller batch, about which there is a question."""
MORE_OR_LESS: Final = ("The share becomes smaller", "It stays the same within 2 points", "The share becomes larger")
ROWS, COLUMNS = 8, 12
"""Of the array of a batch, as much as is shown."""
_WORDS: Final = 12


def show() -> None:
    """The elements, their lengths, batches of them, and their words."""
    data = dataset()
    _elements(data)
    _show("lengths")
    _batch(data)
    _show("padding")
    _vocabulary(data)
    _show("ranks")


def ask() -> Questions:
    """How smaller batches change the share of padding."""
    from rnnviz.sentiment.dataset import SIZE

    text = f"Batches have {FEWER} reviews instead of {SIZE}, and are not sorted. How does the share of padding change?"
    return (Question("data", text, MORE_OR_LESS, _smaller),)


def _smaller() -> Answer:
    from rnnviz.sentiment.dataset import SIZE, batches, padding

    lengths = dataset().encoded.lengths
    before, after = (
        float(padding(lengths, batches(lengths, is_sorted=False, size=size)).mean()) for size in (SIZE, FEWER)
    )
    return Answer(
        between(after - before, (-0.02, 0.02)),
        f"With {SIZE} reviews in a batch {share(before)} of the array is padding, with {FEWER} it is {share(after)}.",
        "Every row is filled up to the longest review of its batch. The longest of a few reviews is usually shorter "
        "than the longest of many, so small batches have less padding.",
    )


@cached(1)
def dataset() -> "Dataset":
    """The reviews and all that is made of them."""
    from rnnviz.sentiment.dataset import shipped

    return shipped()


def _elements(data: "Dataset") -> None:
    count, positive = len(data.reviews), int(data.reviews.labels.sum())
    st.header("Elements", anchor=False)
    st.markdown(
        f"**{count:,} pairs of a text and a label:** {positive:,} are positive (label 1), {count - positive:,} are "
        "negative (label 0). A small grammar wrote the texts; 500 more are for validation and 500 for the test."
    )
    first = int(controls.number("First element shown", 0, count - ELEMENTS, key="data.first", default=0))
    shown = range(first, first + ELEMENTS)
    rows = [(f"{data.reviews.labels[k]:g}", f"{data.encoded.lengths[k]}", data.reviews.texts[k]) for k in shown]
    with frame.on_slide("elements"):
        st.table(_table("element", [f"{k}" for k in shown], rows, ["label", "tokens", "text"]))


def _batch(data: "Dataset") -> None:
    from rnnviz.sentiment.dataset import batches
    from rnnviz.sentiment.reading import padded

    st.header("Batches", anchor=False)
    with frame.row():
        is_sorted = controls.choice("Reviews", {name.capitalize(): of for name, of in WAYS.items()}, key="data.way")
        made = batches(data.encoded.lengths, is_sorted=is_sorted)
        number = int(controls.number("Batch", 1, len(made), key="data.batch", default=1))
    ids, lengths = padded([data.encoded[k] for k in made[number - 1]])
    padding = 1 - lengths.sum() / ids.size
    st.markdown(
        f"**Batch {number} of {len(made)} is an int64 array of shape {ids.shape}**: {len(ids)} reviews of "
        f"{lengths.min()} to {lengths.max()} tokens, filled up on the right with 0; {padding:.1%} of it is padding. "
        f"The labels are a float32 array of shape ({len(ids)},). The table has the first {min(ROWS, len(ids))} rows "
        f"and {COLUMNS} columns, and the last column; padding is in brackets."
    )
    with frame.on_slide("batch"):
        st.table(_array(ids, lengths))


def _array(ids: np.ndarray, lengths: np.ndarray) -> pd.DataFrame:
    """The corner of an array, and its last column."""
    steps = [*range(min(COLUMNS, ids.shape[1])), *([ids.shape[1] - 1] if ids.shape[1] > COLUMNS else [])]
    rows = [
        [f"{row[t]}" if t < length else f"({row[t]})" for t in steps]
        for row, length in zip(ids[:ROWS], lengths, strict=False)
    ]
    return _table("row", [f"{k}" for k in range(len(rows))], rows, [f"t={t}" for t in steps])


def _vocabulary(data: "Dataset") -> None:
    st.header("Vocabulary", anchor=False)
    total = data.counts.sum()
    st.markdown(
        f"**The vocabulary has {len(data.vocabulary.tokens):,} entries.** Number 0 is `[UNK]`, and the words follow, "
        f"the most frequent first. Padding is also 0; the lengths show which zeros are padding. The first {_WORDS}:"
    )
    words = ("[UNK]", *data.words[:_WORDS])
    counts = [0, *data.counts[:_WORDS]]
    rows = [words, [f"{count:,}" for count in counts], [f"{count / total:.1%}" for count in counts]]
    st.table(_table("number", ["word", "occurrences", "share of tokens"], rows, [f"{k}" for k in range(len(words))]))


def _table(name: str, index: Sequence[str], rows: Sequence[Sequence[str]], columns: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(rows, pd.Index(index, name=name), list(columns))


def _show(name: DataName) -> None:
    figure = figure_of(name, frame.theme())
    frame.show(
        figure, key=f"sentiment.data.{name}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.data(name, CAPTION), below=True,
    )  # fmt: skip


@cached(8)
def figure_of(name: DataName, theme: Theme) -> "Figure":
    """One of the figures, computed."""
    from rnnviz.sentiment.dataset import batches, padding

    data, drawn = dataset(), codegen.data_drawing(name, CAPTION)
    match name:
        case "lengths":
            return drawn.figure(data.encoded.lengths, data.reviews.labels, theme=theme)
        case "padding":
            lengths = data.encoded.lengths
            ways = {way: padding(lengths, batches(lengths, is_sorted=is_sorted)) for way, is_sorted in WAYS.items()}
            return drawn.figure(ways, theme=theme)
    return drawn.figure(data.words, data.counts, theme=theme)
