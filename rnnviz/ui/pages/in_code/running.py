"""The training of the sentiment program, live: that of the page of reviews, with the same layers."""

import ast
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import streamlit as st

from rnnviz.caching import cached
from rnnviz.spec import REVIEW_MAX_NORM, ReviewSpec
from rnnviz.ui.reviews import training
from rnnviz.ui.reviews.training import ReviewRun
from rnnviz.ui.shell import runs
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel

SPEC: Final = ReviewSpec("lecture-bilstm", source="synthetic")


def show(data: Mapping[str, Any]) -> None:
    """The button, the curves, and what the trained network predicts.

    Args:
        data: Of the widget: it has what the program gave before a training.
    """
    st.header("Run it", anchor=False)
    st.caption(
        f"The button trains a network with the same layers on the same {SPEC.reviews:,} reviews, for {SPEC.epochs} "
        "epochs. The page “Sentiment” uses the same training. It differs from the program above, which has 3 epochs: "
        "its initialization is "
        f"that of Keras, its gradients are clipped to norm {REVIEW_MAX_NORM:g}, and its learning rate falls from "
        f"{SPEC.rate:g} to 0. The script and the notebook train exactly as the program says."
    )
    begin = runs.begin_label((SPEC,))
    label = begin if begin.startswith("Continue") else "Run it"
    training.train(SPEC, lambda run: _draw(run, data), key="in_code.run", label=label)


def _draw(run: ReviewRun, data: Mapping[str, Any]) -> None:
    if run.model is not None:
        before = shown(data)
        sample = ast.literal_eval(before["sample"])
        accuracy, predicted = after(run.id, sample, run.model)
        rows = {
            "Accuracy on the test reviews": (f"{float(before['test_accuracy']):.1%}", f"{accuracy:.1%}"),
            f"P(positive) of “{sample}”": (probability(float(before["probability"])), probability(predicted)),
        }
        st.table(
            pd.DataFrame.from_dict(rows, orient="index", columns=["program above, untrained", "network trained here"])
        )
    training.curves(run)


def shown(data: Mapping[str, Any]) -> dict[str, str]:
    """The first row of each value of the program, by its name."""
    return {one["name"].partition("[")[0]: one["rows"][0] for block in data["blocks"] for one in block["values"]}


@cached(4)
def after(run: str, sample: str, _model: "SentimentModel") -> tuple[float, float]:  # noqa: ARG001 - the key
    """The accuracy of a trained network on the test reviews, and its prediction for a text."""
    from rnnviz.sentiment import synthetic
    from rnnviz.sentiment.making import measure

    return float(measure(_model, synthetic.reviews(1)["test"])["accuracy"]), float(_model.predict([sample])[0])
