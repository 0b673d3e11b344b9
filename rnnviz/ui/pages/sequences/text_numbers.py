"""From text to numbers: the visitor's own sentences as tokens, numbers, a padded array and its mask."""

from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from rnnviz import pictures
from rnnviz.sequences import batching
from rnnviz.ui.pages.sequences import code as codegen
from rnnviz.ui.pages.sequences import tables
from rnnviz.ui.reviews import other_questions as questions
from rnnviz.ui.reviews.answers import label
from rnnviz.ui.selection import entries
from rnnviz.ui.shell import components, frame, networks, predictions
from rnnviz.ui.widgets import controls, widget_files

if TYPE_CHECKING:
    from rnnviz.sequences.batching import Batch

VOCABULARIES: Final = {
    "From these sentences": "own",
    "Baseline, 1,000 words": "lecture-lstm",
    "BiLSTM with attention, 30,000 words": "bilstm",
}
"""By the label of the choice."""

OWN_SIZE: Final = 10
"""Words of a vocabulary of the sentences alone, if the link has no other."""

_NAME: Final = "sequences.sentences"
_USUAL: Final = "The film was good.\nThe plot of the film was not good at all!\nWhat a surprise"


def show() -> str:
    """The box, the stages, and the shapes that torch gives.

    Returns:
        The part of the page's text that is about this.
    """
    key = f"typed_{_NAME}"
    st.session_state[key] = entries.get(_NAME, _USUAL)
    st.text_area(
        "Sentences, one a line", key=key, height=110,
        on_change=lambda: entries.keep(_NAME, st.session_state[key], _USUAL),
    )  # fmt: skip
    with frame.row():
        chosen = controls.choice("Vocabulary", VOCABULARIES, key="sequences.vocabulary")
        size = OWN_SIZE
        if chosen == "own":
            hint = "The most frequent are kept; all others become [UNK]."
            size = int(controls.number("Vocabulary size", 1, 200, key="sequences.size", default=OWN_SIZE, hint=hint))
    try:
        batch = _batch(st.session_state[key], chosen, size)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        return "numbers"
    drawn = pictures.text_numbers(batch)
    components.text_numbers(drawn.data, key="sequences.numbers")
    text = st.session_state[key]
    widget_files.offer(
        "text_numbers", "sequences.numbers", drawn.title, drawn.data,
        numbers=lambda: tables.padded(batch),
        code=lambda: codegen.numbers(text, chosen, size),
    )  # fmt: skip
    _shapes(batch, chosen)
    predictions.show(lambda: questions.ask_numbers(batch, "" if chosen == "own" else chosen))
    return "numbers"


def _batch(text: str, chosen: str, size: int) -> "Batch":
    sentences = batching.sentences_of(text)
    if chosen == "own":
        return batching.batch_of(sentences, batching.own_vocabulary(sentences, size))
    return batching.batch_of(sentences, networks.sentiment_model(chosen).vocabulary)


def _shapes(batch: "Batch", chosen: str) -> None:
    """What an LSTM makes of the batch, by the shapes of torch's own tensors."""
    from rnnviz.sequences.batching import UNTRAINED, shapes_in, shapes_untrained

    if chosen == "own":
        rows = shapes_untrained(len(batch.vocabulary.tokens), batch.ids)
        network = f"an untrained LSTM, embedding {UNTRAINED}, {UNTRAINED} units"
    else:
        rows = shapes_in(networks.sentiment_model(chosen), batch.ids, batch.lengths)
        network = f"the {label(chosen)}"
    st.header("5 · Through a network", anchor=False)
    st.table(pd.DataFrame(rows, columns=["in torch", "shape", "axes"]).set_index("in torch"))
    st.caption(
        f"These are the shapes when {network} processes this batch, with batch_first=True. Axes are counted from 0."
    )
