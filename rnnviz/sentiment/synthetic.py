"""Synthetic film reviews: sentences that a small grammar of our own draws, for a class without the real data set.

A sentence can mean the opposite of its strongest word ("never dull"), and a review can praise the music and still be
negative. Its last sentence is always the verdict, so the order of words and of sentences matters.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

import numpy as np

from rnnviz.places import ASSETS
from rnnviz.sentiment.phrases import DESCRIBED
from rnnviz.sentiment.reading import random_of
from rnnviz.sentiment.reviews import Part, Reviews

HELD_OUT: Final = 500
"""Reviews for validation, and as many for the test."""

MEASURED: Final = ASSETS / "synthetic.json"
"""What ``python -m benchmarks.synthetic --write`` has measured."""

_SLOT: Final = re.compile(r"\{(\w+)\}")
_AGREES: Final = 0.7
"""The probability that a sentence before the verdict has the sentiment of the review."""

_SKEW: Final = 1.5
"""With this exponent the first words of a list are drawn more often than the last: real words differ in frequency."""

_SENTIMENT: Final[Mapping[str, Mapping[bool, tuple[str, ...]]]] = {
    "adjective": {
        True: (
            *(
                "good",
                "great",
                "funny",
                "superb",
                *DESCRIBED[True],
                "lovely",
                "touching",
                "witty",
                "original",
                "tender",
            ),
            *("honest", "elegant", "fresh", "warm", "sharp", "thrilling", "haunting", "delightful", "graceful"),
        ),
        False: (
            *(
                "bad",
                "boring",
                "terrible",
                "stupid",
                *DESCRIBED[False],
                "clumsy",
                "flat",
                "noisy",
                "confusing",
                "empty",
            ),
            *("tired", "wooden", "messy", "pointless", "lazy", "bland", "shallow", "lifeless", "sloppy"),
        ),
    },
    "verb": {True: ("liked", "loved", "enjoyed", "admired"), False: ("disliked", "hated", "detested", "regretted")},
    "noun": {
        True: ("a delight", "a pleasure", "time well spent", "a triumph", "a small miracle", "a success"),
        False: ("a disaster", "a bore", "a waste of time", "a complete mess", "a failure", "an insult"),
    },
}
_NEUTRAL: Final[Mapping[str, tuple[str, ...]]] = {
    "thing": (
        *("acting", "plot", "music", "script", "ending", "dialogue", "story", "camera work", "casting", "editing"),
        *("opening scene", "second half", "leading role", "sound", "lighting", "chase on the bridge", "final song"),
        *("costume design", "pace", "love story", "dubbing", "set design", "voice of the narrator", "dance scene"),
        *("animation", "court scene", "title sequence", "makeup"),
    ),
    "film": ("film", "movie", "picture"),
    "be": ("was", "is"),
    "very": ("", "", "very ", "really ", "quite ", "so "),
    "who": (
        *("a teacher", "two brothers", "a retired pilot", "a young doctor", "a violin maker", "three neighbours"),
        *("a night nurse", "an old sailor", "a chess player", "two cooks", "a lonely gardener", "a bus driver"),
        *("a painter", "four students", "a clockmaker", "a widow", "a shy detective", "a mountain guide"),
    ),
    "deed": (
        *("moved to an island", "found a letter in a wall", "had to sell the family farm", "drove across a desert"),
        *("opened a bakery by the sea", "hid a stranger in the attic", "lost a map on a train", "stole a white horse"),
        *("waited for a ship all winter", "crossed the border at night", "learned to swim", "bought an empty hotel"),
        *("wrote to the wrong address", "missed the last ferry", "came home after twenty years", "kept a secret"),
        *("built a boat in the garden", "returned to school"),
    ),
    "when": (
        *("last night", "on a rainy Sunday", "at a festival", "on television", "in an almost empty cinema"),
        *("on a long flight", "last summer", "in a small theatre", "on my birthday", "during the holidays"),
    ),
    "with": (
        *("with my sister", "with two friends", "alone", "with the whole family", "with my film class"),
        *("with my parents", "with a colleague", "with our children"),
    ),
    "person": (
        *("my sister", "a friend", "the man beside me", "my neighbour", "one critic", "my father", "the newspaper"),
        *("a colleague", "my teacher", "the whole row behind us"),
    ),
    "long": ("ninety minutes", "two hours", "almost three hours", "a little over one hour", "half a day"),
}
_OPENINGS: Final = (
    "It is about {who} who {deed}.",
    "The {film} tells how {who} {deed}.",
    "We saw this {film} {when}.",
    "I watched it {when} {with}.",
    "The {film} lasts {long}.",
    "{who} {deed}, and nobody knew why.",
)
_STRAIGHT: Final = (
    "The {thing} {be} {very}{same_adjective}.",
    "I {same_verb} the {thing}.",
    "The {thing} {be} {same_adjective} and the {thing} {be} {same_adjective} too.",
    "For {person} the {thing} {be} {same_noun}.",
    "What a {film}: the {thing} is {same_adjective}!",
)
_TURNED: Final = (
    "The {thing} {be} never {other_adjective}.",
    "There {be} nothing {other_adjective} about the {thing}.",
    "I cannot say that the {thing} {be} {other_adjective}.",
    "The {thing} {be} {other_adjective} at first, but then it became {same_adjective}.",
    "I expected {other_noun} and got {same_noun}.",
    "{person} called the {thing} {other_adjective}, and could not be more wrong.",
    "Although the {thing} {be} {other_adjective}, the {thing} {be} {same_adjective}.",
)
_VERDICTS: Final = (
    "All in all this {film} is {very}{same_adjective}.",
    "In the end the {film} is {same_noun}.",
    "I {same_verb} it.",
    "It may sound {other_adjective}, but the {film} is {same_adjective}.",
    "Not {other_adjective} at all.",
    "I would not call it {other_noun}; it is {same_noun}.",
    "{person} found it {other_adjective}. It is {same_adjective}.",
)


def reviews(count: int = 2_000, seed: int = 0) -> dict[Part, Reviews]:
    """Synthetic reviews in the parts that ``rnnviz.sentiment.reviews.read`` has; no text stands in two of them.

    Args:
        count: How many to learn from; fewer are the first of more. Half of each part is positive, on average.

    Returns:
        ``train``, 500 each for ``validation`` and ``test``, and an empty ``unlabelled``.

    Raises ValueError if ``count`` is below 1.

    >>> from rnnviz.sentiment import synthetic
    >>> data = synthetic.reviews(100)
    >>> len(data["train"]), data["train"].labels.shape
    (100, (100,))
    """
    if count < 1:
        raise ValueError(f"count must be at least 1; got {count}")
    random = random_of(seed)
    drawn: dict[str, bool] = {}
    while len(drawn) < count + 2 * HELD_OUT:
        is_positive = bool(random.random() < 0.5)
        drawn.setdefault(_review(random, is_positive=is_positive), is_positive)
    rows = list(drawn.items())
    validation, test, train = rows[:HELD_OUT], rows[HELD_OUT : 2 * HELD_OUT], rows[2 * HELD_OUT :]
    parts: dict[Part, list[tuple[str, bool]]]
    parts = {"train": train, "validation": validation, "test": test, "unlabelled": []}
    return {part: _part(chosen) for part, chosen in parts.items()}


@cache
def measured() -> Any:
    """What networks that were trained on synthetic reviews alone are worth.

    Returns:
        ``seeds``; ``reviews``, how many real ones; ``networks``, by the name of each: its mean accuracy on ``held_out``
            synthetic and on ``real`` reviews; ``bags``, by the words that a piece has at most: that of a bag;
            ``few``, a training on few ``reviews``, its ``epochs`` and ``rate``, and by ``networks`` the mean accuracies
            of its last epoch on ``training`` and on ``validation`` reviews.
    """
    return json.loads(MEASURED.read_text(encoding="utf-8"))


def words_by_class() -> dict[str, tuple[str, ...]]:
    """Single words of the grammar by their part of speech; of adjectives and verbs also by their sentiment.

    >>> from rnnviz.sentiment import synthetic
    >>> synthetic.words_by_class()["positive verb"]
    ('liked', 'loved', 'enjoyed', 'admired')
    """
    classes = {
        f"{'positive' if side else 'negative'} {kind}": _SENTIMENT[kind][side]
        for kind in ("adjective", "verb")
        for side in (True, False)
    }
    return classes | {"noun": tuple(word for word in _NEUTRAL["thing"] if " " not in word)}


def _part(rows: list[tuple[str, bool]]) -> Reviews:
    return Reviews(tuple(text for text, _ in rows), np.array([label for _, label in rows], np.float32))


def _review(random: np.random.Generator, *, is_positive: bool) -> str:
    """Nought to two neutral sentences, one to five with a sentiment, and the verdict."""
    sentences = [_sentence(random, _OPENINGS, is_positive=is_positive) for _ in range(random.integers(3))]
    for _ in range(random.integers(1, 6)):
        forms = _STRAIGHT if random.random() < 0.5 else _TURNED
        sentences.append(_sentence(random, forms, is_positive=is_positive == (random.random() < _AGREES)))
    return " ".join([*sentences, _sentence(random, _VERDICTS, is_positive=is_positive)])


def _sentence(random: np.random.Generator, forms: tuple[str, ...], *, is_positive: bool) -> str:
    def draw(slot: re.Match[str]) -> str:
        side, _, kind = slot[1].partition("_")
        among = _SENTIMENT[kind][is_positive == (side == "same")] if kind else _NEUTRAL[side]
        return among[int(len(among) * random.random() ** _SKEW)]

    drawn = _SLOT.sub(draw, forms[random.integers(len(forms))])
    return drawn[0].upper() + drawn[1:]
