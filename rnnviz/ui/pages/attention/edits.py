"""A visitor's changes in a decoding, as in a link: ``3=7;4@2:0.5`` is 7 at step 3, at step 4 weight 0.5 on place 2."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from rnnviz.ui.selection.fields import quoted

MOST: Final = 60
_FORCED: Final = re.compile(r"([0-9]{1,3})=([^;]{1,8})")
_WEIGHED: Final = re.compile(r"([0-9]{1,3})@([0-9]{1,3}):([01]?(?:\.[0-9]{1,20})?)")
_DIGITS: Final = 6
"""Decimals of a weight that are kept."""


@dataclass(frozen=True)
class Forced:
    """A token that the network is made to output."""

    step: int
    token: str


@dataclass(frozen=True)
class Weighed:
    """A weight from 0 to 1 that is typed over."""

    step: int
    place: int
    value: float


Edit = Forced | Weighed


def read(text: str) -> tuple[Edit, ...]:
    """The changes that a link holds, which anybody may have written; of several for one place, the last.

    Raises:
        ValueError: If it cannot be read.
    """
    pieces = text.split(";", MOST) if text else []
    if len(pieces) > MOST:
        raise ValueError(f"attention.edits must be at most {MOST} changes; got {text.count(';') + 1:,}")
    edits: tuple[Edit, ...] = ()
    for piece in pieces:
        edits = with_one(edits, _read(piece))
    return edits


def written(edits: Iterable[Edit]) -> str:
    """Changes as a link holds them."""
    return ";".join(
        f"{edit.step}={edit.token}"
        if isinstance(edit, Forced)
        else f"{edit.step}@{edit.place}:{f'{edit.value:.{_DIGITS}f}'.rstrip('0').rstrip('.')}"
        for edit in edits
    )


def with_one(edits: Iterable[Edit], new: Edit) -> tuple[Edit, ...]:
    """Changes with one more, which replaces the one of the same place."""
    return (*without_one(edits, new), new)


def without_one(edits: Iterable[Edit], gone: Edit) -> tuple[Edit, ...]:
    """Changes without the one of the same place."""
    return tuple(edit for edit in edits if _place(edit) != _place(gone))


def forced(edits: Iterable[Edit]) -> dict[int, str]:
    """The tokens that the network is made to output, by step."""
    return {edit.step: edit.token for edit in edits if isinstance(edit, Forced)}


def edited(edits: Iterable[Edit]) -> dict[int, dict[int, float]]:
    """The weights that are typed over, by step and place."""
    found: dict[int, dict[int, float]] = {}
    for edit in edits:
        if isinstance(edit, Weighed):
            found.setdefault(edit.step, {})[edit.place] = edit.value
    return found


def _read(piece: str) -> Edit:
    if match := _WEIGHED.fullmatch(piece):
        step, place, number = match.groups()
        value = float(number) if re.search("[0-9]", number) else -1.0
        if 0 <= value <= 1:
            return Weighed(int(step), int(place), round(value, _DIGITS))
    if match := _FORCED.fullmatch(piece):
        return Forced(int(match[1]), match[2])
    raise ValueError(f"attention.edits must look like 3=7 or 4@2:0.5, joined by semicolons; got {quoted(piece)}")


def _place(edit: Edit) -> tuple[int, ...]:
    return (edit.step,) if isinstance(edit, Forced) else (edit.step, edit.place)
