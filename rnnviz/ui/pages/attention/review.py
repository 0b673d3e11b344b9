"""Attention over a review, and how far it agrees with two other measures of which words count."""

from functools import cache as once
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from rnnviz import pictures
from rnnviz.caching import cached
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.attention import questions, tables
from rnnviz.ui.reviews import code as codegen
from rnnviz.ui.reviews import view as review_view
from rnnviz.ui.reviews.answers import OURS, label
from rnnviz.ui.reviews.parts import NOTHING, NOTHING_KNOWN
from rnnviz.ui.shell import components, frame, networks, predictions
from rnnviz.ui.widgets import widget_files

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme
    from rnnviz.sentiment.faithfulness import Measured, Sizes

LONGEST: Final = 400
"""The most tokens that are read, here as in the measurements on many reviews."""

JAIN_WALLACE: Final = (0.437, 0.341, 0.517)
"""Mean tau of the pairs of ``faithfulness.PAIRS`` on IMDB, of a BiLSTM with a tanh score: Jain and Wallace (2019), by
the tables beside their code (``CorrStats_kendalltau`` in github.com/successar/AttentionExplanation)."""


def show() -> None:
    """The box, its words in the colour of their weights, and the agreement."""
    if not review_view.show("attention", OURS):
        return
    text = review_view.typed().text
    ids = networks.sentiment_model(OURS).read(text, LONGEST).ids
    if not any(ids):
        frame.note(NOTHING_KNOWN if ids else NOTHING)
        return
    drawn = drawn_of(sizes_of(OURS, text))
    components.word_weights(drawn.data, key="attention.words")
    widget_files.offer(
        "word_weights", "attention.words", drawn.title, drawn.data,
        numbers=lambda: tables.weighed(sizes_of(OURS, text)),
        code=lambda: codegen.weights(OURS, text, LONGEST, label(OURS)),
    )  # fmt: skip
    figure = figure_of(OURS, text, frame.theme())
    frame.show(
        figure, key="attention.agreement", alt=figure.layout.meta["alt"],
        code=lambda: codegen.agreement(OURS, text, LONGEST, drawing(OURS), JAIN_WALLACE),
    )  # fmt: skip
    st.caption(
        "`python -m rnnviz agreement --data …` computed this from the test part of the Large Movie Review Dataset."
    )
    predictions.show(lambda: questions.ask_review(text))


def drawn_of(found: "Sizes") -> pictures.Drawn:
    """The words by their weights."""
    return pictures.word_weights(found, network=label(OURS), longest=LONGEST)


@cached(32)
def sizes_of(network: str, text: str) -> "Sizes":
    """How much each word of a review counts by attention, gradient and leaving out."""
    from rnnviz.sentiment import faithfulness

    return faithfulness.sizes(networks.sentiment_model(network), text, LONGEST)


@cached(32)
def figure_of(network: str, text: str, theme: "Theme") -> "Figure":
    """The agreement on a review beside that on many."""
    from rnnviz import figures
    from rnnviz.sentiment.faithfulness import PAIRS, WAYS

    kept, taus = measured(), sizes_of(network, text).taus
    pairs = [
        figures.Agreement(f"{WAYS[one]} and {WAYS[other]}", np.array(column), tau, cited)
        for (one, other), column, tau, cited in zip(PAIRS, kept.taus, taus, JAIN_WALLACE, strict=True)
    ]
    return drawing(network).figure(pairs, theme=theme)


def drawing(network: str) -> Drawing:
    """The call that draws the agreement."""
    kept = measured()
    said = f"{label(network)}; {kept.texts:,} test reviews, seed {kept.seed}, up to {kept.longest} words each."
    return Drawing("agreement_histograms", Raw("pairs"), caption=[said])


@once
def measured() -> "Measured":
    """The measurements on many reviews, read once."""
    from rnnviz.sentiment import faithfulness

    return faithfulness.load()
