"""A visitor's changes in a decoding, as in a link: ``3=7;4@2:0.5`` is 7 at step 3, at step 4 weight 0.5 on place 2."""

import re
from collections.abc import Iterable
from typing import Final

from rnnviz.attention.edits import Edit, Forced, Weighed, with_one
from rnnviz.ui.selection.fields import quoted

MOST: Final = 60
_FORCED: Final = re.compile(r"([0-9]{1,3})=([^;]{1,8})")
_WEIGHED: Final = re.compile(r"([0-9]{1,3})@([0-9]{1,3}):([01]?(?:\.[0-9]{1,20})?)")
_DIGITS: Final = 6
"""Decimals of a weight that are kept."""


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


def _read(piece: str) -> Edit:
    if match := _WEIGHED.fullmatch(piece):
        step, place, number = match.groups()
        value = float(number) if re.search("[0-9]", number) else -1.0
        if 0 <= value <= 1:
            return Weighed(int(step), int(place), round(value, _DIGITS))
    if match := _FORCED.fullmatch(piece):
        return Forced(int(match[1]), match[2])
    raise ValueError(f"attention.edits must look like 3=7 or 4@2:0.5, joined by semicolons; got {quoted(piece)}")
