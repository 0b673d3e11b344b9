"""A sequence against a bag of words: two orders of the same words, and what each model has of them."""

from typing import Final

import pandas as pd
import streamlit as st

from rnnviz.sentiment import BAG
from rnnviz.sequences import reading
from rnnviz.sequences.wordings import Bags, bags_of
from rnnviz.ui.pages.sequences import figures as sequence_figures
from rnnviz.ui.reviews import other_questions as questions
from rnnviz.ui.reviews.answers import NETWORKS
from rnnviz.ui.selection import entries
from rnnviz.ui.shell import frame, networks, predictions
from rnnviz.ui.widgets import controls
from rnnviz.written import change, probability

PAIRS: Final = {
    "Great, terrible": (
        "i expected it to be great but it was terrible",
        "i expected it to be terrible but it was great",
    ),
    "Not bad, not good": ("it is not bad , it is good", "it is not good , it is bad"),
    "Never boring": ("it was never boring and always good", "it was never good and always boring"),
    "Book and film": ("the book is good but the film is bad", "the book is bad but the film is good"),
}
"""Two orders of the same words, by the label of the button."""

_KEYS: Final = ("sequences.first", "sequences.second")
_LABELS: Final = ("First text", "Second text")
_USUAL: Final = next(iter(PAIRS.values()))


def show() -> str:
    """The boxes, the predictions, and below them what the network and what the bag has.

    Returns:
        The part of the page's text that is about this.
    """
    texts = _boxes()
    tokens = [_tokens(label, text) for label, text in zip(("first", "second"), texts, strict=True)]
    if tokens[0] and tokens[1]:
        _compare(texts, bags_of(tokens[0], tokens[1]))
    return "order"


def _boxes() -> tuple[str, str]:
    with frame.row():
        st.markdown("Two orders", width="content")
        for name, pair in PAIRS.items():
            st.button(name, key=f"sequences.pair {name}", on_click=_take, args=pair)
    with frame.on_slide("texts"):
        places = frame.pair("order_texts", (1, 1))
    found = []
    for place, key, usual, label in zip(places, _KEYS, _USUAL, _LABELS, strict=True):
        box = f"typed_{key}"
        st.session_state[box] = entries.get(key, usual)
        place.text_input(label, key=box, on_change=_keep, args=(key, box, usual))
        found.append(str(st.session_state[box]))
    return found[0], found[1]


def _keep(key: str, box: str, usual: str) -> None:
    entries.keep(key, st.session_state[box], usual)


def _take(first: str, second: str) -> None:
    for key, text, usual in zip(_KEYS, (first, second), _USUAL, strict=True):
        entries.keep(key, text, usual)


def _tokens(label: str, text: str) -> tuple[str, ...]:
    """The words of one of the texts; a refusal is shown."""
    try:
        reading.tokens_of("review", text)
    except ValueError as error:
        st.error(frame.plain(f"{label.capitalize()} text: {error}"))
        return ()
    return networks.sentiment_model(BAG).read(text).tokens


def _compare(texts: tuple[str, str], words: Bags) -> None:
    if not words.is_same:
        parts = [
            f"{', '.join(more[:8])} in the {label}"
            for label, more in (("first", words.only_in(0)), ("second", words.only_in(1)))
            if more
        ]
        frame.note(
            "The two texts have different words, so a bag of words may tell them apart. Extra words: "
            f"{'; '.join(parts)}."
        )
    with frame.on_slide("predictions"):
        st.table(predictions_of(texts))
    sequence_figures.show("counts", fills=False, first=texts[0], second=texts[1])
    network = controls.choice("Network", NETWORKS, key="sequences.network")
    unknown = _unknown(network, texts)
    if unknown:
        frame.note(f"{unknown}: none of its words is in the vocabulary of this network, so there is no prediction.")
    else:
        sequence_figures.show("states", network=network, first=texts[0], second=texts[1])
        sequence_figures.show("shuffled", network=network, first=texts[0])
    predictions.show(lambda: questions.ask_order(texts))


def _unknown(network: str, texts: tuple[str, str]) -> str:
    """The label of a text without a word that a network knows, empty if there is none such."""
    model = networks.sentiment_model(network)
    return next((label for label, text in zip(_LABELS, texts, strict=True) if not any(model.read(text).ids)), "")


def predictions_of(texts: tuple[str, str]) -> pd.DataFrame:
    """What each shipped model predicts for two texts: a row a model."""
    rows = {}
    for label, name in {**NETWORKS, "Bag of words": BAG}.items():
        first, second = networks.sentiment_model(name).predict(list(texts))
        rows[label] = [probability(first), probability(second), change(first, second)]
    columns = ["P(positive), first", "P(positive), second", "difference"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("model")
