"""Changes that are made in a decoding by hand: tokens that the network is made to output, and weights."""

from collections.abc import Iterable
from dataclasses import dataclass


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


def _place(edit: Edit) -> tuple[int, ...]:
    return (edit.step,) if isinstance(edit, Forced) else (edit.step, edit.place)


def changed(edits: Iterable[Edit], sent: object) -> tuple[Edit, ...]:
    """The changes after another one, as the widget of a decoding says it; it can say anything.

    Raises:
        ValueError: If it is no such change.
    """
    match sent:
        case {"kind": "reset"}:
            return ()
        case {"kind": "force", "step": int(step), "token": str(token)}:
            return with_one(edits, Forced(step, token))
        case {"kind": "weight", "step": int(step), "place": int(place), "value": int(value) | float(value)}:
            return with_one(edits, Weighed(step, place, round(float(value), 6)))
        case {"kind": "undo", "of": "force", "step": int(step)}:
            return without_one(edits, Forced(step, ""))
        case {"kind": "undo", "of": "weight", "step": int(step), "place": int(place)}:
            return without_one(edits, Weighed(step, place, 0.0))
    raise ValueError(f"a change must be of a token or a weight at a step; got {sent!r:.40}")
