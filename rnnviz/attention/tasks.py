"""What the networks learn to do: digits reversed, and dates of many forms brought into one."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from rnnviz.attention import dates
from rnnviz.attention.decoding import END
from rnnviz.attention.recipes import TaskName

TRAINED_TO: Final = 30
"""The most digits of a sequence that the networks learn to reverse from."""

LONGEST: Final = 40
"""The most characters of a source, also of one to be reversed that is longer than any learned from."""

_DIGITS: Final = tuple("0123456789")
_LETTERS: Final = tuple("abcdefghijklmnopqrstuvwxyz")
_KEPT: Final = 10
"""One sequence of digits in so many is kept from training."""

_HASHED: Final = 1_000_003
"""A prime, for the hash that says which."""

_TOGETHER: Final = 64
"""Batches of dates that are drawn together, to be sorted by length."""


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sequences of one length with what is to be said of them, as numbers of symbols.

    x is int64 of shape (batch, source), y int64 of shape (batch, step), with that of ``END`` last.
    """

    x: np.ndarray
    y: np.ndarray


APART: Final = re.compile(r"[\s,;]+")
"""What may stand between digits that somebody types, and means nothing."""


@dataclass(frozen=True, eq=False)
class Task:
    """What is read, what is to be said, and what there is to learn from.

    Attributes:
        read, said: The symbols of a source, and those of an output, ``END`` last.
        longest, learned: The most characters of a source, and of one that training draws.
        samples: Sources worth a look.
        reads: What a source may be made of, in words.
        right: The output that a source should have, without ``END``; None where that is not known.
        batches: From a batch size and a generator: an endless row of batches, with nothing that is held out.
    """

    name: TaskName
    read: tuple[str, ...]
    said: tuple[str, ...]
    longest: int
    learned: int
    samples: tuple[str, ...]
    reads: str
    right: Callable[[str], str | None]
    batches: Callable[[int, np.random.Generator], Iterator[Pairs]]

    def source_in(self, typed: str) -> str:
        """The source that somebody has typed: digits may have blanks, commas or semicolons between them."""
        return APART.sub("", typed) if self.name == "reverse" else typed

    def check(self, source: object) -> None:
        """Refuse what cannot be read with ValueError, which says what was wrong, expected and got."""
        if not isinstance(source, str):
            raise ValueError(f"Enter {self.reads}; got {_quoted(source)}.")  # noqa: TRY004 - anybody may send it
        if not source:
            raise ValueError(f"Enter {self.reads}.")
        if len(source) > self.longest:
            raise ValueError(f"Enter at most {self.longest} characters; got {len(source):,}.")
        strange = [character for character in dict.fromkeys(source) if character not in self._numbers]
        if strange:
            raise ValueError(f"Enter {self.reads}; got {_quoted(*strange[:5])}.")

    def encode(self, sources: Sequence[str]) -> np.ndarray:
        """The numbers of the symbols of sources of one length: int64 of shape (batch, source)."""
        return np.array([[self._numbers[character] for character in source] for source in sources], np.int64)

    @property
    def _numbers(self) -> Mapping[str, int]:
        return _NUMBERS[self.read]


def task(name: TaskName) -> Task:
    """What a network learns to do."""
    return _TASKS[name]


def is_held_out(digits: np.ndarray) -> np.ndarray:
    """Which sequences of two or more digits are kept from training: one in ten, by a hash; bool of shape (batch,).

    The digits are int64 of shape (batch, source).
    """
    value = np.zeros(len(digits), np.int64)
    for column in digits.T:
        value = (value * 31 + column + 1) % _HASHED
    kept: np.ndarray = (value % _KEPT == 0) & (digits.shape[1] > 1)
    return kept


def draw_digits(length: int, count: int, generator: np.random.Generator, *, held_out: bool) -> np.ndarray:
    """Sequences of digits, int64 of shape (batch, source), drawn alike from all kept from training or from all others.

    ``length`` is at least 2 where they are held out; ValueError otherwise.
    """
    if held_out and length < 2:
        raise ValueError(f"length must be at least 2, since all single digits are learned; got {length}")
    drawn = np.empty((0, length), np.int64)
    while len(drawn) < count:
        digits = generator.integers(10, size=(2 * count, length))
        drawn = np.concatenate([drawn, digits[is_held_out(digits) == held_out]])
    return drawn[:count]


def _digit_batches(size: int, generator: np.random.Generator) -> Iterator[Pairs]:
    """Batches of 1 to 30 digits, each length as likely."""
    end = len(_DIGITS)
    while True:
        x = draw_digits(1 + int(generator.integers(TRAINED_TO)), size, generator, held_out=False)
        yield Pairs(x, np.concatenate([x[:, ::-1], np.full((size, 1), end)], 1))


def _date_batches(size: int, generator: np.random.Generator) -> Iterator[Pairs]:
    """Batches of dates whose texts are of one length; what does not fill a batch waits for the next."""
    dated, waiting = _TASKS["dates"], dict[int, list[dates.Written]]()
    while True:
        for written in dates.draw(_TOGETHER * size, generator, held_out=False):
            waiting.setdefault(len(written.text), []).append(written)
        full = []
        for length, those in sorted(waiting.items()):
            whole = len(those) // size * size
            full += [those[k : k + size] for k in range(0, whole, size)]
            waiting[length] = those[whole:]
        for k in generator.permutation(len(full)):
            x = dated.encode([written.text for written in full[k]])
            y = [[*map(dated.said.index, written.date.isoformat()), len(dated.said) - 1] for written in full[k]]
            yield Pairs(x, np.array(y))


def _date_of(source: str) -> str | None:
    written = dates.read(source.strip())
    return None if written is None else written.date.isoformat()


def _quoted(*got: object) -> str:
    return ", ".join(f"{one!r:.40}" for one in got)


_TASKS: Final[Mapping[TaskName, Task]] = {
    "reverse": Task(
        "reverse",
        read=_DIGITS,
        said=(*_DIGITS, END),
        longest=LONGEST,
        learned=TRAINED_TO,
        samples=("31415926", "27182818284590452353", "314159265358979323846264338327"),
        reads="digits 0 to 9",
        right=lambda source: source[::-1],
        batches=_digit_batches,
    ),
    "dates": Task(
        "dates",
        read=(*_DIGITS, *_LETTERS, *" .,/-'"),
        said=(*_DIGITS, "-", END),
        longest=LONGEST,
        learned=len("Wednesday, the 22nd of September 2004"),
        samples=(
            "Thursday, 5 March 1998",
            "5.3.98",
            "March 5th, 1998",
            "the 3rd of May 2001",
            "1998/03/05",
            "Mon 21-Jul-69",
            "Tuesday, the 29th of February 2028",
        ),
        reads="a date of letters, digits, blanks and the marks . , / - '",
        right=_date_of,
        batches=_date_batches,
    ),
}

_NUMBERS: Final[Mapping[tuple[str, ...], Mapping[str, int]]] = {
    one.read: {symbol: k for k, symbol in enumerate(one.read)}
    | {symbol.upper(): k for k, symbol in enumerate(one.read)}
    for one in _TASKS.values()
}
"""Upper and lower case are one symbol."""
