"""Predictions on the page "Sentiment": what a network knows and learns, and what small changes of the words change."""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz.sentiment import synthetic
from rnnviz.sides import UNDECIDED
from rnnviz.spec import REVIEWERS
from rnnviz.text import fold
from rnnviz.ui.reviews.answers import OURS, label
from rnnviz.ui.reviews.other_questions import MOVED, MOVES, NEAR, TURNED, TURNS, is_turned, nearest
from rnnviz.ui.shell import networks
from rnnviz.ui.shell.question import Answer, Question, Questions, between, leader, number, seeded, share, shuffled
from rnnviz.written import probability

if TYPE_CHECKING:
    from rnnviz.sentiment import SentimentModel

OMITTED: Final = 200
"""The most words of a text from which one is left out: each takes its own reading."""

VALIDATED: Final = (0.65, 0.89)
"""Edges between the options for an accuracy on validation reviews."""

_VALIDATED: Final = (
    f"Near guessing: less than {VALIDATED[0]:.0%}",
    f"Clearly better than guessing: {VALIDATED[0]:.0%} to {VALIDATED[1]:.0%}",
    f"Nearly all: more than {VALIDATED[1]:.0%}",
)
_SPAN: Final = 0.5
"""From guessing to all correct."""

SMALLER: Final = "lecture-lstm"
"""A network whose vocabulary lacks words that ``OURS`` knows."""

_OFFERED: Final = 4
_SIDES: Final = (
    f"Negative: P(positive) below {UNDECIDED[0]:g}",
    f"Positive: P(positive) above {UNDECIDED[1]:g}",
)
_LONG: Final = 40


def ask(view: str, network: str, text: str) -> Questions:
    """What a view can be asked and no other: of words, of tokens, or of a training.

    Args:
        view: One of ``view.VIEWS``.
        network: As ``rnnviz.sentiment.load`` knows it.
    """
    from rnnviz.sentiment.neighbours import sizes
    from rnnviz.sentiment.reading import LONGEST

    if view == "training":
        return _trainings(network)
    model = networks.sentiment_model(network)
    reading = model.read(text)
    if view == "read":
        return (*_unknown(network, reading.tokens), *_similar(network))
    if not any(reading.ids):
        return ""
    by_size = np.argsort(-sizes(model, reading.ids), kind="stable").tolist()
    loud = [t for t in by_size if reading.ids[t]]
    places = _distinct(reading.tokens, loud)
    tokens = reading.tokens
    apart = _distinct(tokens, [loud[0], *reversed(loud[1:])])  # one word that says much, among others that do not
    leaves_out = len(places) > 1 and len(tokens) <= OMITTED
    return {  # each what its view does not show: "why" leaves words out, "changes" can turn a text
        "words": tuple(_decisive(network, tokens, tuple(sorted(some))) for some in (places, apart))
        if leaves_out
        else "",
        "why": tuple(_negated(network, tokens, t) for t in places),
        "changes": (_twice(network, tokens),) if 2 * len(tokens) <= LONGEST else "",
        "traps": (_backwards(network, tokens),) if is_turned(reading.ids) else "",
    }[view]


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
    return Question(("sentiment", network, tokens, places), text, options, partial(_omitted, network, tokens, places))


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


# --- Tokens ---


def _unknown(network: str, tokens: tuple[str, ...]) -> Questions:
    """Which word another network does not know, whose vocabulary is not on show; of words that the chosen one knows."""
    other = OURS if network != OURS else SMALLER
    mine, its = (networks.sentiment_model(name).vocabulary for name in (network, other))
    words = dict.fromkeys(word for word in map(fold, tokens) if word.isalpha() and mine.numbers.get(word))
    known, unknown = ([word for word in words if (word in its.numbers) == is_known] for is_known in (True, False))
    if not unknown or len(known) < _OFFERED - 1:
        return ()
    rare = sorted(known, key=its.numbers.__getitem__)[1 - _OFFERED :]
    options = shuffled([unknown[0], *rare], "unknown", network, tokens)
    text = (
        f"Another network, “{label(other)}”, has a vocabulary of {len(its.tokens):,} entries. Which of these words of "
        "the text is not in it?"
    )
    about = ("sentiment", "unknown", network, tokens)
    return (Question(about, text, options, partial(_not_in, other, options)),)


def _not_in(name: str, options: tuple[str, ...]) -> Answer:
    numbers = networks.sentiment_model(name).vocabulary.numbers
    said = ", ".join(f"“{word}” {f'{numbers[word]:,}' if word in numbers else '0 ([UNK])'}" for word in options)
    return Answer(
        tuple(k for k, word in enumerate(options) if word not in numbers),
        f"The numbers are {said}.",
        "The vocabulary has the most frequent words of the training reviews, numbered from the most frequent one on.",
    )


def _similar(network: str) -> Questions:
    """Which of a few words has the most similar embedding, by the chosen network."""
    numbers = networks.sentiment_model(network).vocabulary.numbers
    words = [word for word in NEAR if word in numbers]
    order = seeded("tokens", network).permutation(len(words)).tolist()
    found = []
    for k in order:
        others = [words[j] for j in order if j != k]
        found.append(nearest(network, words[k], tuple(sorted(others[k % 3 : k % 3 + _OFFERED]))))
    return tuple(found)


# --- Training ---


def _trainings(network: str) -> Questions:
    """What the training on the page comes to with few reviews and with many, in the mean of all seeds."""
    name = network if network in REVIEWERS else "lecture-bilstm"
    few = synthetic.measured()["few"]
    return tuple(_trained(name, few, is_few=is_few) for is_few in (True, False))


def _trained(network: str, few: Mapping[str, Any], *, is_few: bool) -> Question:
    of = (
        f"{few['reviews']} synthetic reviews, for {few['epochs']} epochs with the rate {few['rate']:g}, and then "
        "classifies all of these correctly"
        if is_few
        else "2,000 synthetic reviews, with the default settings"
    )
    text = (
        f"The {label(network)} is trained on {of}. What share of 500 new synthetic reviews does it classify correctly?"
    )
    about = ("sentiment", "trained", network, is_few)
    return Question(about, text, _VALIDATED, partial(_learned, network, is_few=is_few))


def _learned(network: str, *, is_few: bool) -> Answer:
    found = synthetic.measured()
    right = found["few"]["networks"][network]["validation"] if is_few else found["networks"][network]["held_out"]
    why = (
        "It has learned the training reviews by heart, with whatever tells them apart. Only a part of that is true of "
        "other reviews: this is overfitting."
        if is_few
        else "The grammar that writes the reviews is small: in 2,000 of them each of its words has occurred many times."
    )
    return Answer(between(right, VALIDATED, _SPAN), f"{share(right)}, the mean of {found['seeds']} seeds.", why)


# --- Other texts of the same words ---


def _negated(network: str, tokens: tuple[str, ...], t: int) -> Question:
    text = f"Put “not” before “{tokens[t][:_LONG]}” (t = {t}). What does the network predict then?"
    other = (*tokens[:t], "not", *tokens[t:])
    return Question(("sentiment", network, tokens, "not", t), text, _SIDES, partial(_side, network, tokens, other))


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
