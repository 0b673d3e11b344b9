"""Our own phrases: even, and no help with the cases of the card."""

import re

import numpy as np

from rnnviz.sentiment.phrases import CASES, DESCRIBED, DONE, FRAMES, KINDS, phrases
from rnnviz.sentiment.reading import tokens_of
from rnnviz.text import fold


def words(text: str) -> set[str]:
    return {fold(token) for token in tokens_of(text, has_marks=False)}


def test_none_of_their_words_is_in_a_case() -> None:
    taught = {word for kind in (DESCRIBED, DONE) for side in kind.values() for word in side}
    for case in CASES:
        assert not words(case.text) & taught, case.text


def plain(text: str) -> str:
    """Without marks and capitals, and with "not" written out."""
    return " ".join(re.findall(r"[\w']+", text.replace("’", "'").lower().replace("n't", " not")))


def clauses(text: str) -> set[str]:
    """The whole text, and what stands between its marks and between "and", "but" and "yet"."""
    return {plain(text), *(plain(part) for part in re.split(r"[.,;:!?]|\b(?:and|but|yet)\b", text))} - {""}


def shared(text: str) -> list[str]:
    """The frames that a text or a clause of it has: any one word may stand where a phrase has its own.

    A single word is a phrase too; there the whole text counts, since "in tears and grateful" has no frame.
    """
    marked = {frame: re.escape(plain(frame.format("filler"))).replace("filler", r"[\w']+") for frame in FRAMES}
    of_text = {frame: {plain(text)} if frame == "{}" else clauses(text) for frame in FRAMES}
    return [frame for frame, pattern in marked.items() for one in of_text[frame] if re.fullmatch(pattern, one)]


def test_no_case_has_the_frame_of_a_phrase() -> None:
    assert {case.text: found for case in CASES if (found := shared(case.text))} == {}


def test_what_shares_a_frame() -> None:
    assert all(shared(text) for text, _ in phrases())
    assert shared("Good.") == ["{}"]
    assert shared("I didn't like it!") == ["I did not {} it"]
    assert shared("not great, not terrible") == ["not {}", "not {}"]
    assert shared("It was not funny but I stayed.") == ["it wasn't {}"]
    assert shared("It is hard to find a single flaw.") == []


def test_cases_are_even_in_every_kind() -> None:
    assert len({case.text for case in CASES}) == 40
    for kind in KINDS:
        positive = [case.is_positive for case in CASES if case.kind == kind]
        assert 2 * sum(positive) == len(positive) >= 6


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
