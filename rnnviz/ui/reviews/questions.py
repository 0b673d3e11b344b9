"""Predictions on the page "Sentiment": how small changes of the words change the network's prediction."""

from functools import partial
from typing import TYPE_CHECKING, Final

import numpy as np

from rnnviz.sides import UNDECIDED
from rnnviz.ui.reviews.answers import OURS
from rnnviz.ui.reviews.other_questions import MOVED, MOVES, TURNED, TURNS, is_turned
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number
from rnnviz.widgets.written import probability

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel

OMITTED: Final = 200
"""The most words of a text from which one is left out: each takes its own reading."""

SILENT: Final = ("read", "training")
"""Views that are not about how the prediction depends on the words."""

SHOWS_OMISSIONS: Final = ("why",)
"""Views that already show what leaving a word out does."""

_OFFERED: Final = 4
_SIDES: Final = (
    f"Negative: P(positive) below {UNDECIDED[0]:g}",
    f"Positive: P(positive) above {UNDECIDED[1]:g}",
)
_LONG: Final = 40


def ask(view: str, network: str, text: str) -> Questions:
    """Which word moves the prediction most, and what the same words say in another order, negated or twice.

    Args:
        network: As ``rnnviz.sentiment.load`` knows it.
    """
    from rnnviz.sentiment.neighbours import sizes
    from rnnviz.sentiment.reading import LONGEST

    model = networks.sentiment_model(network)
    reading = model.read(text)
    if view in SILENT or not any(reading.ids):
        return ""
    by_size = np.argsort(-sizes(model, reading.ids), kind="stable").tolist()
    loud = [t for t in by_size if reading.ids[t]]
    found = [_negated(network, reading.tokens, loud[0])]
    if 2 * len(reading.tokens) <= LONGEST:
        found.append(_twice(network, reading.tokens))
    if is_turned(reading.ids):
        found.insert(1, _backwards(network, reading.tokens))
    places = _distinct(reading.tokens, loud)
    if view not in SHOWS_OMISSIONS and len(places) > 1 and len(reading.tokens) <= OMITTED:
        found.insert(0, _decisive(network, reading.tokens, tuple(sorted(places))))
    return tuple(found)


def _distinct(tokens: tuple[str, ...], places: list[int]) -> list[int]:
    """The first few places whose words differ."""
    words: dict[str, int] = {}
    for t in places:
        words.setdefault(tokens[t].lower(), t)
    return list(words.values())[:_OFFERED]


def _text(tokens: "tuple[str, ...] | list[str]") -> str:
    return " ".join(tokens)


# --- Which word ---


def _decisive(network: str, tokens: tuple[str, ...], places: tuple[int, ...]) -> Question:
    text = "Leave out one of these words. Which one changes the prediction most, in either direction?"
    options = tuple(f"t = {t} · {tokens[t][:_LONG]}" for t in places)
    return Question(("sentiment", network, tokens), text, options, partial(_omitted, network, tokens, places))


def _omitted(network: str, tokens: tuple[str, ...], places: tuple[int, ...]) -> Answer:
    from rnnviz.sentiment.reading import Encoded

    model = networks.sentiment_model(network)
    ids = np.array(model.read(_text(tokens)).ids, np.int32)
    *without, whole = model.logits(Encoded.of([*(np.delete(ids, t) for t in places), ids])).tolist()
    found = [whole - one for one in without]
    said = ", ".join(f"“{tokens[t][:_LONG]}” {number(-one)}" for t, one in zip(places, found, strict=True))
    return Answer(
        leader([abs(one) for one in found]),
        f"Without each word, the logit changes by: {said}.",
        "If leaving a word out lowers the logit, the word was evidence for “positive”. The effect of a word depends "
        "on all the others, so these changes do not add up to the prediction.",
    )


# --- Other texts of the same words ---


def _negated(network: str, tokens: tuple[str, ...], t: int) -> Question:
    text = f"Put “not” before “{tokens[t][:_LONG]}” (t = {t}). What does the network predict then?"
    other = (*tokens[:t], "not", *tokens[t:])
    return Question(("sentiment", network, tokens, "not"), text, _SIDES, partial(_side, network, tokens, other))


def _side(network: str, tokens: tuple[str, ...], other: tuple[str, ...]) -> Answer:
    before, after = _predicted(networks.sentiment_model(network), tokens, other)
    return Answer(
        between(after, (0.5,), span=1.0),
        f"P(positive) goes from {probability(before)} to {probability(after)}.",
        _NOT[network == OURS],
    )


_NOT: Final = (
    "The network has no rule for “not”. It has only learned from how “not” occurred in the training reviews.",
    (
        "The network has no rule for “not”. It has learned from the training reviews, from short phrases that were "
        "written for its training, such as “not splendid”, and from the predictions of other models, its teachers."
    ),
)
"""Of a baseline, and of the BiLSTM with attention, whose recipe has phrases and teachers."""


def _backwards(network: str, tokens: tuple[str, ...]) -> Question:
    text = "Feed in the words from the last to the first. By how much does P(positive) change, up or down?"
    about = ("sentiment", network, tokens, "backwards")
    return Question(about, text, TURNED, partial(_moved, network, tokens, tokens[::-1], TURNS, _ORDER))


def _twice(network: str, tokens: tuple[str, ...]) -> Question:
    text = "Feed in the whole review twice in a row. How does P(positive) change?"
    about = ("sentiment", network, tokens, "twice")
    return Question(about, text, MOVED, partial(_moved, network, tokens, (*tokens, *tokens), MOVES, _AGAIN))


_ORDER: Final = "A bag of words cannot tell the two texts apart, so every difference comes from the order of the words."
_AGAIN: Final = (
    "The words are the same, but the second pass starts from the state that the first pass left. A prediction near 0 "
    "or 1 has little room to move."
)


def _moved(network: str, tokens: tuple[str, ...], other: tuple[str, ...], edges: tuple[float, ...], why: str) -> Answer:
    before, after = _predicted(networks.sentiment_model(network), tokens, other)
    moved = abs(after - before) if edges == TURNS else after - before
    return Answer(between(moved, edges), f"P(positive) goes from {probability(before)} to {probability(after)}.", why)


def _predicted(model: "SentimentModel", tokens: tuple[str, ...], other: tuple[str, ...]) -> tuple[float, float]:
    before, after = model.predict([_text(tokens), _text(other)]).tolist()
    return before, after
