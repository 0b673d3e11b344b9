"""What was measured of the networks that ship, read from their cards alone: no network is loaded, and no torch."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from rnnviz.attention.recipes import NAMES, SCORES, Score
from rnnviz.checkpoints import SHIPPED
from rnnviz.checkpoints.storing import content_of, parsed, reading

FOLDER: Final = SHIPPED / "attention"

LARGEST: Final = 2**20
"""The most bytes of a file that is read."""


@dataclass(frozen=True, eq=False)
class ByLength:
    """How one reversing network did on sequences of each length, none of which it learned from.

    Attributes:
        lengths: int64 of shape (length,). Digits of a sequence.
        counts: int64 of shape (length,). Sequences that were drawn.
        accuracy: float64 of shape (length,). Share of outputs that are right to the last symbol.
        symbols: float64 of shape (length,). Share of single symbols that are right.
        alignment: float64 of shape (length,), or None without attention. Share of digits said while the largest weight
            was at the mirrored place.
        learned: The longest sequences that training drew.
    """

    lengths: np.ndarray
    counts: np.ndarray
    accuracy: np.ndarray
    symbols: np.ndarray
    alignment: np.ndarray | None
    learned: int


@dataclass(frozen=True)
class ByForm:
    """How one network of dates did on one form, on days that it did not learn from.

    Attributes:
        form: How it writes 5 March 1998.
        learned: Whether training had dates of this form.
        has_weekday: Whether a weekday stood before it.
        count: Dates that were drawn.
        accuracy: Share of outputs that are right to the last symbol.
    """

    form: str
    learned: bool
    has_weekday: bool
    count: int
    accuracy: float


def card(name: str, folder: str | os.PathLike[str] = FOLDER) -> Mapping[str, Any]:
    """The card of a network, one of ``NAMES``.

    Returns:
        ``recipe``, ``parameters``, ``seconds`` (of one processor), ``torch``, ``learned`` (the longest source that
            training drew), ``held_out`` (sources), ``accuracy`` (share of outputs right to the last symbol),
            ``lengths`` or ``forms`` (rows of these), ``alignment`` (shares, None without attention), ``history`` (mean
            losses in nats a symbol, and of how many updates each).

    Raises ValueError if there is none of that name, or it is damaged.
    """
    if name not in NAMES:
        raise ValueError(f"a network must be one of {', '.join(NAMES)}; got {name!r:.80}")
    with reading(f"the card of {name} in {folder}"):
        return read_card(Path(folder) / f"{name}.json")


def by_length(folder: str | os.PathLike[str] = FOLDER) -> dict[Score, ByLength]:
    """How the reversing networks did at each length, by their scores; ValueError if a card is damaged."""
    found = dict[Score, ByLength]()
    for score in SCORES:
        told = card(f"reverse-{score}", folder)
        rows = told["lengths"]
        found[score] = ByLength(
            lengths=_column(rows, "length"),
            counts=_column(rows, "count"),
            accuracy=_column(rows, "accuracy"),
            symbols=_column(rows, "symbols"),
            alignment=None if score == "none" else _column(rows, "alignment"),
            learned=told["learned"],
        )
    return found


def by_form(folder: str | os.PathLike[str] = FOLDER) -> dict[Score, tuple[ByForm, ...]]:
    """How the networks of dates did on each form, by their scores; ValueError if a card is damaged."""
    return {score: tuple(ByForm(**row) for row in card(f"dates-{score}", folder)["forms"]) for score in SCORES}


def read_card(path: Path) -> Mapping[str, Any]:
    """A card from its file.

    Raises ValueError if it is no object of finite numbers, OSError if it cannot be read.
    """

    def refuse(constant: str) -> None:
        raise ValueError(f"a card must hold finite numbers; got {constant}")

    return parsed(content_of(path, LARGEST), refuse)


def _column(rows: Sequence[Mapping[str, Any]], name: str) -> np.ndarray:
    return np.array([row[name] for row in rows])
