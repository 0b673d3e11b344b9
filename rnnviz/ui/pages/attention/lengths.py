"""What attention is worth: accuracy by length and by form, from the cards of the networks."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import streamlit as st

from rnnviz.caching import cached
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.source import Raw
from rnnviz.ui.pages.attention import code as codegen
from rnnviz.ui.pages.attention import questions
from rnnviz.ui.pages.attention.translation import SCORES
from rnnviz.ui.shell import frame, predictions

if TYPE_CHECKING:
    from rnnviz.attention.cards import ByForm, ByLength
    from rnnviz.figures import Accuracy, Figure
    from rnnviz.palette import Theme
    from rnnviz.ui.pages.attention.translation import Score, TaskName

NAMES: Final[dict[str, str]] = {
    "additive": "additive attention",
    "dot": "dot-product attention",
    "none": "no attention",
}

_LOOKS: "Final[dict[TaskName, dict[str, tuple[str, ...]]]]" = {
    "reverse": {"largest weight at the mirrored digit": ("exact",), "next to it": ("before", "after")},
    "dates": {
        "largest weight inside the correct field": ("inside",),
        "for the year": ("year",),
        "for the month": ("month",),
        "for the day": ("day",),
    },
}
"""The numbers of a card that say how often a network looked where it should."""


def show(task: "TaskName") -> None:
    """The figure of a task, and its networks in numbers."""
    from rnnviz.attention.cards import card

    figure = figure_of(task, frame.theme())
    frame.show(
        figure, key=f"attention.{task}", alt=figure.layout.meta["alt"],
        code=lambda: codegen.accuracy(NAMES, drawing(task)),
    )  # fmt: skip
    st.table(numbers(task, {score: card(f"{task}-{score}") for score in SCORES.values()}))
    predictions.show(lambda: questions.ask_length(task))


@cached(8)
def figure_of(task: "TaskName", theme: "Theme") -> "Figure":
    """Accuracy by length or by form."""
    from rnnviz.attention import cards

    if task == "reverse":
        by_length = cards.by_length()
        networks = [of_lengths(score, by_length[score]) for score in SCORES.values()]
    else:
        by_form = cards.by_form()
        networks = [of_forms(score, by_form[score]) for score in SCORES.values()]
    return drawing(task).figure(networks, theme=theme)


def drawing(task: "TaskName") -> Drawing:
    """The call that draws a figure: with how far the networks' training went, and what the caption says."""
    from rnnviz.attention import cards

    card = cards.card(f"{task}-none")
    made = card["recipe"]
    sizes = f"GRU encoder and decoder of {made['hidden']} units, seed {made['seed']}."
    if task == "reverse":
        some = cards.by_length()["none"]
        caption = [sizes, f"{some.counts[0]:,} held-out sequences of each length."]
        return Drawing("length_accuracy", Raw("networks"), learned=some.learned, caption=caption)
    caption = [sizes, f"{card['held_out']:,} dates of held-out days, with a weekday and without."]
    learned = len({row.form for row in cards.by_form()["none"] if row.learned})
    return Drawing("form_accuracy", Raw("networks"), learned=learned, caption=caption)


def of_lengths(score: "Score", found: "ByLength") -> "Accuracy":
    """How often the whole output is right, by length."""
    from rnnviz.figures import Accuracy

    return Accuracy(NAMES[score], tuple(found.lengths.tolist()), found.accuracy)


def of_forms(score: "Score", rows: "Sequence[ByForm]") -> "Accuracy":
    """The same by form, those in the training data first, dates with a weekday and those without together."""
    from rnnviz.figures import Accuracy

    forms = tuple(dict.fromkeys(row.form for row in sorted(rows, key=lambda row: not row.learned)))
    those = [[row for row in rows if row.form == form] for form in forms]
    values = [np.average([row.accuracy for row in some], weights=[row.count for row in some]) for some in those]
    return Accuracy(NAMES[score], forms, np.array(values))


def numbers(task: "TaskName", cards: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """A row a network: parameters, how often it is right, how often it looks where it should; ``cards`` by score."""
    return pd.DataFrame([_row(task, score, card) for score, card in cards.items()]).set_index("network")


def _row(task: "TaskName", score: str, card: Mapping[str, Any]) -> dict[str, str]:
    row = {"network": NAMES[score], "parameters": f"{card['parameters']:,}", "accuracy": f"{card['accuracy']:.1%}"}
    found: Mapping[str, float] | None = card["alignment"]
    return row | {
        title: "–" if found is None else f"{sum(found[name] for name in names):.1%}"
        for title, names in _LOOKS[task].items()
    }
