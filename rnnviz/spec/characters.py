"""A training on a visitor's own text, in plain settings."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rnnviz.names import CELLS, GATES, Cell
from rnnviz.spec.checks import not_negative, one_of, shown, within

TEXT_LEAST: Final = 1_000
TEXT_MOST: Final = 1_000_000
"""The fewest and the most characters of a text that a network is trained on while somebody waits."""

CHARACTER_LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "hidden_size": (8, 256),
    "updates": (1, 20_000),
    "batch": (1, 128),
    "length": (8, 200),
    "seed": (0, 2**31 - 1),
}
"""The least and the most of a training on a text."""

CHARACTER_WORK_LIMIT: Final = 5 * 10**12
"""The most of gates x hidden_size x (hidden_size + 100) x batch x length x updates: about five minutes of one core."""

_KEY: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class CharacterSpec:
    """How a network that reads characters is trained on a text.

    The text itself is not stored in it or in a link: whoever has the same text has the same run.

    Attributes:
        text: From ``text_key``.
        cell: An LSTM starts with forget bias 1.
        rate: Of Adam at the start. How it falls does not depend on ``updates``, so that a training with more of them
            goes through the end of one with fewer.
        batch: At most so many stretches of the text are read side by side.
        length: Characters after which the gradient is cut, and the weights change.
        seed: Of the first weights; nothing else is drawn.

    >>> from rnnviz.spec import CharacterSpec, text_key
    >>> CharacterSpec(text_key("to be or not to be " * 60), cell="gru", updates=500).hidden_size
    128
    """

    text: str
    cell: Cell = "lstm"
    hidden_size: int = 128
    updates: int = 2_000
    rate: float = 1e-2
    batch: int = 32
    length: int = 64
    seed: int = 0

    def __post_init__(self) -> None:
        text: object = self.text
        if not isinstance(text, str) or not _KEY.fullmatch(text):
            raise ValueError(f"text must be the SHA-256 of one, in hexadecimal digits; got {shown(text)}")
        one_of("cell", self.cell, CELLS)
        for name in CHARACTER_LIMITS:
            within(name, getattr(self, name), CHARACTER_LIMITS)
        not_negative("rate", self.rate)
        work = (
            len(GATES[self.cell])
            * self.hidden_size
            * (self.hidden_size + 100)
            * self.batch
            * self.length
            * self.updates
        )
        if work > CHARACTER_WORK_LIMIT:
            raise ValueError(
                "updates x batch x length x gates x hidden_size x (hidden_size + 100) must be at most "
                f"{CHARACTER_WORK_LIMIT:,}; got {work:,}"
            )

    @property
    def steps(self) -> int:
        """The updates, by the name that other settings use."""
        return self.updates


def text_key(text: str) -> str:
    """The SHA-256 of a text, 64 hexadecimal digits.

    Raises:
        ValueError: If the text is too short or too long to learn from, has half a character, or only one kind of them.

    >>> from rnnviz.spec import text_key
    >>> text_key("to be or not to be " * 60)[:12]
    '3c7c1de41e24'
    """
    if not TEXT_LEAST <= len(text) <= TEXT_MOST:
        raise ValueError(f"a text must have {TEXT_LEAST:,} to {TEXT_MOST:,} characters; got {len(text):,}")
    try:
        content = text.encode()
    except UnicodeEncodeError as error:
        raise ValueError(
            f"a text must be of characters; got half of one, {text[error.start]!a}, at {error.start + 1:,}"
        ) from None
    if len(set(text)) < 2:
        raise ValueError("a text must have at least two different characters; got one")
    return hashlib.sha256(content).hexdigest()
