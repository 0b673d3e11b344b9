"""The card of a network that classifies reviews, on a page."""

from math import log
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from rnnviz.ui.reviews import figures as review_figures
from rnnviz.ui.reviews import training as review_training
from rnnviz.ui.reviews.answers import label
from rnnviz.ui.shell import frame
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel


_ALONE: Final = (
    "<style>html[data-presenting]:has(.st-key-sentiment_card) :is(.st-key-sentiment-review, "
    ".st-key-choice_sentiment-part, [class*=st-key-choice_lesson-]) { display: none; }</style>"
)
"""On a slide of the training there is no review, no way to the data and no setting.

A browser may keep the style when the view is left, so it asks for what is in this view alone.
"""


def show() -> None:
    """A training to watch; how the network that ships learned, its measured results, and its layers."""
    st.html(_ALONE)
    review_training.show()
    model = review_figures.model_here()
    st.header(f"{label(model.name)}, as it ships", anchor=False)
    card, test = model.card, model.card["test"]
    st.markdown(
        f"Test accuracy **{test['accuracy']:.2%}** ({test['reviews']:,} reviews) · loss {test['loss']:.3f} nats "
        f"(guessing: {log(2):.3f}) · calibration error {test['calibration_error']:.3f} (mean difference between a "
        f"predicted probability and the real frequency) · {card['seconds'] / 60:.0f} minutes on one core"
    )
    review_figures.show("epochs")
    left, right = frame.pair("sentiment_card", (1, 1))
    with left:
        review_figures.show("confusion")
    with right:
        review_figures.show("reliability")
    st.header("Accuracy by length", anchor=False)
    st.table(_lengths(test["lengths"]))
    st.header("The layers", anchor=False)
    st.table(_layers(model))
    st.header("Short sentences that are hard to classify", anchor=False)
    st.markdown(_counts(card["cases"]))
    st.table(_cases(card["cases"]))


def _lengths(groups: list[dict[str, Any]]) -> pd.DataFrame:
    ends = [f" to {row['tokens'] - 1:,}" for row in groups[1:]] + [" and more"]
    rows = [
        (f"{row['tokens']:,}{end}", f"{row['reviews']:,}", f"{row['accuracy']:.1%}")
        for row, end in zip(groups, ends, strict=True)
    ]
    return pd.DataFrame(rows, columns=["tokens", "test reviews", "accuracy"]).set_index("tokens")


def _layers(model: "SentimentModel") -> pd.DataFrame:
    """The layers with their parameters, as torch and as Keras count them."""
    from rnnviz.sentiment.network import SentimentNetwork, layers_of

    if not isinstance(model.network, SentimentNetwork):
        raise TypeError(f"a model must be a network to have layers; got {model.name}")
    layers = layers_of(model.network)
    rows = {
        layer.name: [
            layer.kind,
            ", ".join(" × ".join(map(str, shape)) for shape in layer.matrices),
            f"{layer.torch:,}",
            f"{layer.keras:,}",
        ]
        for layer in layers
    }
    rows["all"] = ["", "", *(f"{sum(counts):,}" for counts in zip(*((x.torch, x.keras) for x in layers), strict=True))]
    return pd.DataFrame.from_dict(rows, orient="index", columns=["layer", "matrices", "torch", "Keras"]).rename_axis(
        "name"
    )


def _is_right(case: dict[str, Any]) -> bool:
    return bool((case["predicted"] > 0.5) == case["is_positive"])


def _counts(cases: list[dict[str, Any]]) -> str:
    """How many of the sentences are classified correctly, in all and by kind, beside guessing."""
    kinds: dict[str, list[bool]] = {}
    for case in cases:
        kinds.setdefault(case["kind"], []).append(_is_right(case))
    guessed = max(sum(case["is_positive"] == answer for case in cases) for answer in (True, False))
    by_kind = ", ".join(f"{kind} {sum(right)} of {len(right)}" for kind, right in kinds.items())
    return (
        f"The network classifies **{sum(map(_is_right, cases))} of {len(cases)}** correctly; always giving the same "
        f"answer would classify {guessed} correctly. By kind: {by_kind}."
    )


def _cases(cases: list[dict[str, Any]]) -> pd.DataFrame:
    """The sentences, those that are classified wrongly first."""
    rows = [
        (
            case["text"],
            "positive" if case["is_positive"] else "negative",
            probability(case["predicted"]),
            case["kind"],
            "correct" if _is_right(case) else "WRONG",
        )
        for case in cases
    ]
    rows.sort(key=lambda row: row[-1] == "correct")
    columns = ["sentence", "label (by a person)", "P(positive)", "kind", "prediction"]
    return pd.DataFrame(rows, columns=columns).set_index("sentence")
