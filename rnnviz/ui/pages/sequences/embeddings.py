"""Embeddings: a row that a one-hot vector picks, where rows lie after training and before, and which are near."""

from typing import Final

import pandas as pd
import streamlit as st

from rnnviz.ui.pages.sequences import figures as sequence_figures
from rnnviz.ui.reviews import other_questions as questions
from rnnviz.ui.reviews.answers import OURS
from rnnviz.ui.selection import entries
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls

OF: Final = {"Parts of speech": "classes", "Reviews": "words"}
WHEN: Final = {"After training": True, "Before training": False}

FREQUENT: Final = 3_000
"""Neighbours are searched among so many of the most frequent words."""

_WORD, _USUAL = "sequences.word", "terrible"
_WORDS: Final = ("terrible", "great", "film", "boring", "music")


def show() -> str:
    """The product, the map and the neighbours; the name of the part of the page's text about them."""
    when = controls.choice("When", WHEN, key="sequences.when")
    digits = {str(digit): str(digit) for digit in range(10)}
    digit = controls.choice("Token", digits, key="sequences.token", default="3")
    sequence_figures.show("one_hot", first=digit, is_trained=when)
    of = controls.choice("Embedding", OF, key="sequences.of")
    if of == "classes":
        sequence_figures.show("classes", is_trained=when)
    else:
        _neighbours(is_trained=when)
    predictions.show(lambda: questions.ask_embeddings(entries.get(_WORD, _USUAL)))
    return "embeddings"


def _neighbours(*, is_trained: bool) -> None:
    word = _box()
    try:
        table = nearest(word)
    except ValueError as error:
        st.error(frame.plain(str(error)))
        table, word = None, ""
    if table is not None:
        st.table(table)
    sequence_figures.show("words", first=word, is_trained=is_trained)


def _box() -> str:
    key = f"typed_{_WORD}"
    st.session_state[key] = entries.get(_WORD, _USUAL)
    with frame.row():
        st.text_input("A word", key=key, on_change=_keep, width=320)
        for word in _WORDS:
            st.button(word, key=f"{key}.{word}", on_click=_take, args=(word,))
    return str(st.session_state[key]).strip()


def _keep() -> None:
    _take(st.session_state[f"typed_{_WORD}"])


def _take(word: str) -> None:
    entries.keep(_WORD, word, _USUAL, most=60)


def nearest(word: str) -> pd.DataFrame:
    """The nearest words to a word after and before training: a row each, with the cosines.

    Raises:
        ValueError: If the network does not know the word.
    """
    from rnnviz.sentiment.neighbours import neighbours

    rows = {}
    for label, is_trained in WHEN.items():
        model = sequence_figures.reviewer(OURS, is_trained=is_trained)
        near = neighbours(model, word, among=FREQUENT)
        rows[label] = [f"{one} {cosine:.2f}" for one, cosine in near]
    columns = [str(place) for place in range(1, len(rows["After training"]) + 1)]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("nearest words")
