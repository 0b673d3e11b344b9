"""Texts as numbers and back; what is not in an alphabet becomes its replacement, and is named."""

import numpy as np
import pytest

from rnnviz.characters import Alphabet
from rnnviz.characters.alphabet import MOST


def test_a_text_there_and_back() -> None:
    alphabet = Alphabet("\n abc?é")
    ids = alphabet.encode("a cab,\né😀")
    assert ids.dtype == np.int64
    assert ids.tolist() == [2, 1, 4, 2, 3, 5, 0, 6, 5]
    assert alphabet.decode(ids) == "a cab?\né?"
    assert alphabet.unknown("a cab,\né😀,") == ",😀"
    assert alphabet.encode("").shape == (0,)
    assert alphabet.encode("\ud800").tolist() == [5]  # half a character, as a browser may send it


@pytest.mark.parametrize(("symbols", "replacement"), [("ab?", "?"), ("ab ", " "), ("ba", "b")])
def test_what_stands_for_the_others(symbols: str, replacement: str) -> None:
    assert Alphabet(symbols).replacement == replacement


def test_of_very_many_characters_the_most_frequent_are_known() -> None:
    text = "".join(chr(0x4E00 + k) * (2 if k < MOST - 1 else 1) for k in range(400)) + "aaa"
    alphabet = Alphabet.of(text)
    assert len(alphabet) == MOST
    assert set(alphabet.symbols) == {"a", *(chr(0x4E00 + k) for k in range(MOST - 1))}
    assert alphabet.symbols == "".join(sorted(alphabet.symbols))


@pytest.mark.parametrize(
    ("symbols", "replacement"),
    [
        ("", ""),
        ("a", ""),
        ("aa", ""),
        ("".join(map(chr, range(MOST + 1))), ""),
        ("ab", "c"),
        ("ab", "ab"),
        (7, ""),
        ("ab", 7),
    ],
)
def test_what_is_no_alphabet_is_refused(symbols: str, replacement: str) -> None:
    with pytest.raises(ValueError, match="must"):
        Alphabet(symbols, replacement)


@pytest.mark.parametrize("ids", [[-1], [3], [0, 99]])
def test_numbers_of_no_character_are_refused(ids: list[int]) -> None:
    with pytest.raises(ValueError, match=r"must be in 0\.\.2"):
        Alphabet("abc").decode(ids)
