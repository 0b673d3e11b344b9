"""Figures of one review and one network: requested by what they depend on, drawn once for all who ask the same."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.caching import cached
from rnnviz.text import folds
from rnnviz.ui.reviews import code as reviews
from rnnviz.ui.reviews.answers import OURS, label
from rnnviz.ui.reviews.code import ReviewFigure, ReviewName, drawing
from rnnviz.ui.reviews.view import network_name
from rnnviz.ui.selection import state
from rnnviz.ui.shell import frame, networks

if TYPE_CHECKING:
    from rnnviz.figures import Figure, Importance
    from rnnviz.palette import Theme
    from rnnviz.sentiment import SentimentModel
    from rnnviz.ui.codegen.drawing import Drawing

EXPLAINED: Final = 200
"""The most words of a review that are explained, and put into other orders."""

LECTURES: Final = "lecture-bilstm"
"""The bidirectional network that takes its last states."""


@dataclass(frozen=True, eq=False)
class Ways:
    """How important several measures find each word, how far they agree, and how exact the first is.

    Attributes:
        ways: Integrated gradients, leaving out and, where there is one, attention.
        taus: Kendall's tau of each pair of ways.
        baseline_logit, logit: What the network says of unknown words alone, and of the text.
        total: The sum of the integrated gradients; if all is well, the difference of the two logits.
        steps: Places at which the gradient was taken.
    """

    tokens: tuple[str, ...]
    ways: "tuple[Importance, ...]"
    taus: tuple[tuple[str, str, float], ...]
    baseline_logit: float
    logit: float
    total: float
    steps: int


def model_here() -> "SentimentModel":
    """The network that the visitor has chosen."""
    return networks.sentiment_model(network_name(state.current()))


def show(name: ReviewName, *, text: str = "", selected: int | None = None) -> None:
    """Show a figure of the chosen network.

    Args:
        text: The review, if the figure is of one.
        selected: A word of it to mark.
    """
    network = network_name(state.current())
    said = (f"{label(network)}.", *_TAUGHT[name == "epochs" and network == OURS])
    unknown = unknown_in(network, text) if name == "importance" else ()
    asked = ReviewFigure(name, network, frame.theme(), text, selected, said, unknown)
    figure = figure_of(asked)
    frame.show(
        figure, key=f"sentiment.{name}", alt=figure.layout.meta["alt"], code=lambda: reviews.figure(asked, EXPLAINED)
    )


def unknown_in(network: str, text: str, longest: int = EXPLAINED) -> tuple[str, ...]:
    """The words among the first ``longest`` of a text that a network does not know."""
    read = networks.sentiment_model(network).read(text, longest)
    return tuple(token for token, number in zip(read.tokens, read.ids, strict=True) if not number)


_TAUGHT: Final = (
    (),
    ("Training: agreement with the targets. Most are predictions of other models for reviews without a label.",),
)
"""What the training curve of a network is: of one with teachers it is no accuracy."""


@cached(32)
def figure_of(asked: ReviewFigure) -> "Figure":
    """The figure of a request, computed."""
    model, drawn, theme = networks.sentiment_model(asked.network), drawing(asked), asked.theme
    match asked.name:
        case "importance":
            found = ways_of(asked.network, asked.text)
            return drawn.figure(found.tokens, found.ways, theme=theme)
        case "map":
            return word_map(drawn, model, model.read(asked.text, EXPLAINED).tokens, theme)
        case "padding":
            from rnnviz.sentiment.traps import padding

            padded = padding(model, asked.text, longest=EXPLAINED)
            return drawn.figure(padded.predicted, padded.norms, theme=theme)
        case "orders":
            return shuffle_strip(drawn, model, " ".join(model.read(asked.text, EXPLAINED).tokens), theme)
        case "epochs":
            return drawn.figure(model.card["history"], theme=theme)
    return drawn.figure(model.card["test"][asked.name], theme=theme)


@cached(32)
def ways_of(network: str, text: str) -> Ways:
    """The importance of each word by integrated gradients, leaving out and any attention; the text is not empty."""
    from rnnviz.figures import Importance
    from rnnviz.sentiment.explaining import integrated_gradients, leave_one_out

    model = networks.sentiment_model(network)
    found = integrated_gradients(model, text, EXPLAINED)
    ways = [
        Importance("integrated gradients", found.values),
        Importance("left out", leave_one_out(model, text, EXPLAINED)),
    ]
    if getattr(model.network, "attention", None) is not None:
        weights = model.attention(text, EXPLAINED).astype(np.float64)
        ways.append(Importance("attention", weights, "weight", is_signed=False))
    total = float(found.values.sum())
    return Ways(found.tokens, tuple(ways), _taus(ways), found.baseline_logit, found.logit, total, found.steps)


def _taus(ways: "list[Importance]") -> tuple[tuple[str, str, float], ...]:
    """Kendall's tau of each pair; by absolute values where one of the two has no sign."""
    from rnnviz.sentiment.explaining import agreement

    pairs = [(one, other) for k, one in enumerate(ways) for other in ways[k + 1 :]]
    return tuple(
        (
            one.name,
            other.name,
            agreement(one.values, other.values)
            if one.is_signed and other.is_signed
            else agreement(np.abs(one.values), np.abs(other.values)),
        )
        for one, other in pairs
    )


def word_map(drawing: "Drawing", model: "SentimentModel", words: Sequence[str], theme: "Theme") -> "Figure":
    """The figure of where the embeddings of words lie, drawn as by ``code.word_map``."""
    from rnnviz.sentiment.neighbours import embedding_map

    found, marked = embedding_map(model, words), set(folds(words))
    return drawing.figure(found.words, found.places, found.predicted, shares=found.shares, marked=marked, theme=theme)


def shuffle_strip(drawing: "Drawing", model: "SentimentModel", text: str, theme: "Theme") -> "Figure":
    """The figure of a text's words in other orders, drawn as by ``code.shuffle_strip``."""
    from rnnviz.sentiment import BAG
    from rnnviz.sentiment.shuffling import shuffled

    right, bag = (float(one.predict([text])[0]) for one in (model, networks.sentiment_model(BAG)))
    return drawing.figure(shuffled(model, text), right, bag, theme=theme)
