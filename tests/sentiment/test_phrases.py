"""Our own phrases: even, and no help with the cases of the card."""

import numpy as np

from rnnviz.sentiment.cases import CASES
from rnnviz.sentiment.phrases import DESCRIBED, DONE, phrases
from rnnviz.sentiment.reading import tokens_of
from rnnviz.text import fold


def words(text: str) -> set[str]:
    return {fold(token) for token in tokens_of(text, has_marks=False)}


def test_none_of_their_words_is_in_a_case() -> None:
    taught = {word for kind in (DESCRIBED, DONE) for side in kind.values() for word in side}
    for text, _ in CASES:
        assert not words(text) & taught, text
    assert not {text.lower() for text, _ in CASES} & {text.lower() for text, _ in phrases()}


def test_praise_and_blame_are_even() -> None:
    said = dict(phrases())
    assert len(said) == len(phrases())
    assert len(DESCRIBED[True]) == len(DESCRIBED[False])
    assert len(DONE[True]) == len(DONE[False])
    assert abs(np.mean(list(said.values())) - 0.5) < 0.05


def test_what_they_say() -> None:
    said = dict(phrases())
    assert said["clever"] > 0.5 > said["not clever"]
    assert said["dull"] < 0.5 < said["not dull"]
    assert said["you will hate it"] < 0.5 < said["you will not hate it"]
    assert abs(said["not dull"] - 0.5) < abs(said["clever"] - 0.5)
