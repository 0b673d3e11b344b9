"""What the texts of the application say that characters cost on held-out source, and a made-up name, computed anew."""

import platform
import re
from typing import Final

import numpy as np
import pytest

from rnnviz import characters
from rnnviz.characters.corpus import Corpus, python_source
from rnnviz.ui.pages.characters.writing import TEXTS
from tests.serving import ROOT

TOUR: Final = "tours/lecture.md"
PAGE: Final = "text/characters.md"


def numbers(file: str, sentence: str) -> list[float]:
    """The numbers that stand for ``#`` in a sentence of a file."""
    text = " ".join((ROOT / "assets" / file).read_text(encoding="utf-8").split())
    found = re.search(re.escape(sentence).replace(r"\#", r"([0-9]+(?:\.[0-9]+)?)"), text)
    assert found, f"{file} must say: {sentence}"
    return [float(number) for number in found.groups()]


@pytest.fixture(scope="module")
def source() -> Corpus:
    return python_source()


@pytest.fixture(scope="module")
def bits(source: Corpus) -> np.ndarray:
    """Of each character of the part that no network was trained on: (time,)."""
    return characters.load("python-lstm").bits(source.test)


@pytest.fixture(scope="module")
def near() -> float:
    """Half of the last digit that is printed, and more where the library is another one than the card's."""
    return 0.051 if characters.card("python-lstm")["data"].endswith(f"Python {platform.python_version()}") else 0.6


@pytest.mark.slow
def test_first_letters_and_others_on_held_out_source(source: Corpus, bits: np.ndarray, near: float) -> None:
    told = numbers(TOUR, "On source that it has not learned from, the two numbers are # and #.")
    is_letter = np.array([char.isalpha() for char in source.test])
    is_letter[0] = False  # nothing expects the first character of a text
    goes_on = np.append(False, is_letter[:-1])
    found = [bits[is_letter & ~goes_on].mean(), bits[is_letter & goes_on].mean()]
    np.testing.assert_allclose(told, found, atol=near)


@pytest.mark.slow
def test_the_colon_after_a_definition_on_held_out_source(source: Corpus, bits: np.ndarray) -> None:
    assert numbers(TOUR, "The colon after a `def` line costs next to nothing in both.") == []
    cost = bits[[found.end() - 1 for found in re.finditer(r"^ *def .*\):$", source.test, re.MULTILINE)]]
    assert len(cost) > 300
    assert cost.mean() < 0.1


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("value", "the first letter of `value` costs # bits and each later letter #;"),
        ("self", "the first letter of `self` costs # and each later letter #."),
    ],
)
def test_a_frequent_name_is_cheap_after_its_first_letter(
    name: str, sentence: str, source: Corpus, bits: np.ndarray, near: float
) -> None:
    cost = np.array([bits[k.start() : k.end()] for k in re.finditer(rf"\b{name}\b", source.test)])  # (place, letter)
    np.testing.assert_allclose(numbers(PAGE, sentence), [cost[:, 0].mean(), cost[:, 1:].mean()], atol=near)
    assert len(re.findall(rf"\b{name}\b", source.train)) > 2_000, "training met it thousands of times"


def test_a_made_up_name_is_not_cheaper_the_second_time() -> None:
    told = numbers(PAGE, "needs # bits for the name in the first line and # in the second, # to # bits a character")
    text = TEXTS["python"] + "\n\nxqzzy = 1\nxqzzy += 1\n"
    bits = characters.load("python-lstm").bits(text)
    found = [bits[k.start() : k.end()] for k in re.finditer("xqzzy", text)]
    assert [round(float(number)) for number in (*map(np.sum, found), *map(np.mean, found))] == told
