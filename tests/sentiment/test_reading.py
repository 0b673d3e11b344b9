"""From texts to numbers and batches."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnnviz.sentiment.reading import UNKNOWN, Vocabulary, padded, tokens_of, vocabulary_of

WORDS = Vocabulary((UNKNOWN, "the", "film", "good", "isn't"), has_marks=False)


def test_tokens_with_and_without_marks() -> None:
    text = "Great<br /><br />film, isn’t it? 10/10 \x96 yes\x85no 😀"
    assert tokens_of(text, has_marks=False) == ("Great", "film", "isn’t", "it", "10", "10", "yes", "no")
    assert tokens_of(text, has_marks=True) == (
        *("Great", "film", ",", "isn’t", "it", "?"),
        *("10", "/", "10", "yes", "no", "😀"),
    )


def test_a_reading_keeps_what_was_typed() -> None:
    reading = WORDS.read("THE film ISN’T bad!")
    assert reading.tokens == ("THE", "film", "ISN’T", "bad")
    assert reading.ids == (1, 2, 4, 0)
    assert not reading.is_cut
    assert WORDS.read("the film the film", longest=3).ids == (1, 2, 1)
    assert WORDS.read("the film the film", longest=3).is_cut


@given(st.lists(st.text(max_size=40), max_size=6))
def test_many_at_once_are_as_each_alone(texts: list[str]) -> None:
    encoded = WORDS.encode(texts)
    assert len(encoded) == len(texts)
    for k, text in enumerate(texts):
        assert tuple(encoded[k]) == WORDS.read(text).ids
    assert encoded.lengths.tolist() == [len(WORDS.read(text).ids) for text in texts]


def test_joined() -> None:
    both = WORDS.encode(["the film", ""]).joined(WORDS.encode(["good"]))
    assert [both[k].tolist() for k in range(3)] == [[1, 2], [], [3]]


def test_the_most_frequent_words() -> None:
    vocabulary = vocabulary_of(["b a, c b", "B a d"], 4, has_marks=False)
    assert vocabulary.tokens == (UNKNOWN, "b", "a", "c")  # c and d are as frequent: the alphabet decides
    assert vocabulary_of(["B a d", "b a, c b"], 4, has_marks=False) == vocabulary


def test_padded_on_the_right() -> None:
    ids, lengths = padded([np.array([3, 1]), np.array([], int), np.array([2, 2, 2])])
    assert ids.tolist() == [[3, 1, 0], [0, 0, 0], [2, 2, 2]]
    assert lengths.tolist() == [2, 1, 3]


@pytest.mark.parametrize("text", ["", " \n ", "\x00\x1b", "?!", "\u202e"])
def test_nothing_to_read(text: str) -> None:
    assert WORDS.read(text).ids == ()
