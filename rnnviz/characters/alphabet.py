"""The characters that a network knows, and texts as their numbers."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np

MOST: Final = 256
"""The most characters of an alphabet."""

REPLACEMENT: Final = "?"
"""What stands for all characters that are not in an alphabet, where it has this one: as Python's own codecs do it."""


@dataclass(frozen=True)
class Alphabet:
    """The characters that a network knows, in the order of its inputs and outputs.

    Attributes:
        symbols: Each character once, at least two and at most ``MOST``.
        replacement: The one of them that is read for any character that is not among them; by default ``?`` if it is
            there, else a space, else the first.

    >>> from rnnviz.characters import Alphabet
    >>> alphabet = Alphabet.of("to be or not to be")
    >>> len(alphabet)
    7
    >>> alphabet.decode(alphabet.encode("not to be"))
    'not to be'
    """

    symbols: str
    replacement: str = ""

    def __post_init__(self) -> None:
        texts: tuple[object, ...] = (self.symbols, self.replacement)
        if not all(isinstance(text, str) for text in texts):
            raise ValueError("the symbols and the replacement of an alphabet must be texts; got others")
        if not 2 <= len(self.symbols) <= MOST or len(set(self.symbols)) < len(self.symbols):
            raise ValueError(f"an alphabet must have 2 to {MOST} characters, each once; got {self.symbols[:80]!r}")
        if not self.replacement:
            at_hand = (symbol for symbol in (REPLACEMENT, " ") if symbol in self.symbols)
            object.__setattr__(self, "replacement", next(at_hand, self.symbols[0]))
        if len(self.replacement) != 1 or self.replacement not in self.symbols:
            raise ValueError(f"the replacement must be a character of the alphabet; got {self.replacement[:80]!r}")

    @classmethod
    def of(cls, text: str) -> "Alphabet":
        """The alphabet of a text: its characters in the order of Unicode, of very many the most frequent.

        Raises:
            ValueError: If the text has fewer than two different characters.
        """
        counted = Counter(text)
        frequent = sorted(counted, key=lambda symbol: (-counted[symbol], symbol))[:MOST]
        return cls("".join(sorted(frequent)))

    def __len__(self) -> int:
        return len(self.symbols)

    def encode(self, text: str) -> np.ndarray:
        """A text as numbers, int64 of shape (time,): the place of each character in ``symbols``.

        A character that is not in the alphabet is read as ``replacement``; ``unknown`` says which these are.
        """
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
        sorted_codes, places = self._table
        found = np.searchsorted(sorted_codes, codes).clip(max=len(sorted_codes) - 1)
        ids: np.ndarray = np.where(sorted_codes[found] == codes, places[found], self.symbols.index(self.replacement))
        return ids

    def decode(self, ids: Iterable[int]) -> str:
        """The text that numbers mean, each in 0..len - 1.

        Raises:
            ValueError: If a number is not of the alphabet.
        """
        numbers = [int(k) for k in ids]
        if numbers and not (min(numbers) >= 0 and max(numbers) < len(self)):
            raise ValueError(f"numbers of characters must be in 0..{len(self) - 1}; got {min(numbers)}..{max(numbers)}")
        return "".join(self.symbols[k] for k in numbers)

    def unknown(self, text: str) -> str:
        """The characters of a text that are read as ``replacement``, each once, in order of their first place."""
        known = set(self.symbols)
        return "".join(symbol for symbol in dict.fromkeys(text) if symbol not in known)

    @cached_property
    def _table(self) -> tuple[np.ndarray, np.ndarray]:
        """Code points in order, and their places."""
        codes = np.array([ord(symbol) for symbol in self.symbols], np.uint32)
        order = np.argsort(codes)
        return codes[order], order.astype(np.int64)
