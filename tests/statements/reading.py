"""The numbers in a sentence of a page or document: they are written there, and in no test a second time."""

import re
from typing import Final, NamedTuple

from tests.serving import ROOT

WORDS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
"""Numbers that stand as words, each at its own place."""

_SUPERSCRIPTS: Final = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")
_NUMBER: Final = rf"(10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+|[−-]?(?:\d[\d,]*\d|\d)(?:\.\d+)?|\.\d+|\b(?:{'|'.join(WORDS)})\b)"


class Number(NamedTuple):
    """A number as a sentence writes it.

    Attributes:
        unit: What one more in its last digit would be.
    """

    value: float
    unit: float

    def is_rounded(self, found: float) -> bool:
        """Whether a computed number is written like this."""
        return abs(found - self.value) <= 0.5 * self.unit * (1 + 1e-6)


def numbers(path: str, sentence: str) -> list[Number]:
    """The numbers in one sentence, in their order.

    Args:
        path: Of the file, from the root of the project.
        sentence: Its words, with ``{}`` for each number; ends of lines count as spaces.

    Raises:
        AssertionError: Unless the file has just one sentence of these words.
    """
    text = " ".join((ROOT / path).read_text(encoding="utf-8").split())
    parts = [re.escape(part) for part in sentence.split("{}")]
    found = list(re.finditer(_NUMBER.join(parts), text))
    assert len(found) == 1, f"{path} must have this sentence once; got it {len(found)} times: {sentence}"
    return [_read(text) for text in found[0].groups()]


def _read(text: str) -> Number:
    if text in WORDS:
        return Number(WORDS.index(text), 1)
    if text.startswith("10") and (power := text[2:].translate(_SUPERSCRIPTS)) != text[2:]:
        return Number(10 ** float(power), 10 ** float(power))
    plain = text.replace(",", "").replace("−", "-")
    return Number(float(plain), 10.0 ** -len(plain.partition(".")[2]))
