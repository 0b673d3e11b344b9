"""The checks of every value that a Selection may hold: a link or a browser can send anything."""

import re
import reprlib
from collections.abc import Callable, Mapping
from typing import Final

from rnnviz import checkpoints, tours
from rnnviz.names import CELL_LABELS, CELLS, Cell
from rnnviz.spec import Edit, is_family
from rnnviz.text import MAX_ABS
from rnnviz.ui.selection import (
    CHOICES,
    FLAGS,
    INPUTS,
    LIMITS,
    MAX_CHARACTERS,
    MAX_EDITS,
    MAX_ENTRIES,
    MAX_ENTRY,
    MAX_VIEWS,
    PLACES,
    REAL_LIMITS,
    WHOLE,
    cells_of,
    families,
)

OPTIONAL: Final = ("forget_bias", "threshold")
"""Numbers that may be None."""

VIEW: Final = re.compile(r"([a-z_]{1,30}\.[a-z_]{1,30}):([a-z0-9.+-]{1,120})")
"""A choice on a page and its value."""


ENTRY: Final = re.compile(r"[a-z_]{1,30}\.[a-z_]{1,30}")
"""A text box of a page."""


def check(name: str, value: object) -> None:
    """Refuse a value that the field of that name must not have; whether texts can be read is left to ``readable``.

    Args:
        name: A field of ``Selection`` or of its ``ModelSpec``.
        value: From anybody: nothing about it is trusted.

    Raises:
        TypeError: If there is no field of that name, or it has another type.
        ValueError: If the value is outside ``LIMITS``, or not one of those to choose from.
    """
    if name not in _CHECKS:
        raise TypeError(f"a change must be of one of {', '.join(_CHECKS)}; got {shown(name)}")
    _CHECKS[name](name, value)


def damage(family: str, cell: Cell) -> str:
    """Why a trained network's file is refused: what was expected and what was got; empty if it is fine or missing."""
    try:
        checkpoints.load(f"{family}-{cell}")
    except checkpoints.RefusedError as error:
        return f"{error}. The file is damaged, or it is no checkpoint."
    except ValueError:
        pass
    return ""


def other_cell(family: str, cell: Cell, got: Cell) -> list[str]:
    """The message for a trained network that comes with another cell, because the file of this one is damaged."""
    reason = damage(family, cell) if family and got != cell else ""
    return [f"trained: {reason} The {CELL_LABELS[got]} is shown in its place."] if reason else []


def shown(value: object) -> str:
    """A value as a message may quote it: at most 40 characters, all printable."""
    text = value if isinstance(value, str) else reprlib.repr(value)
    printable = "".join(character if character.isprintable() else " " for character in text[:41])
    return f"'{printable[:40]}{'…' if len(text) > 40 else ''}'" if isinstance(value, str) else printable[:40]


def _check_whole(name: str, value: object) -> None:
    low, high = LIMITS.get(name, (0, 2**31 - 1))
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name} must be a whole number in {low}..{high}; got {shown(value)}")


def _check_real(name: str, value: object) -> None:
    low, high = REAL_LIMITS[name]
    if name in OPTIONAL and value is None:
        return
    if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
        raise ValueError(f"{name} must be a number in {low:g}..{high:g}; got {shown(value)}")


def _check_choice(name: str, value: object) -> None:
    choices = CHOICES[name]
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"{name} must be one of {', '.join(choices)}; got {shown(value)}")


def _check_flag(name: str, value: object) -> None:
    if not isinstance(value, bool):
        raise TypeError(f"{name} must be True or False; got {shown(value)}")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{name} must be a text; got {shown(value)}")
    if len(value) > MAX_CHARACTERS:
        raise ValueError(f"the text must have at most {MAX_CHARACTERS:,} characters; got {len(value):,}")


def _check_places(name: str, value: object) -> None:
    if not isinstance(value, tuple):
        raise TypeError(f"{name} must be a tuple of whole numbers; got {shown(value)}")
    for place in value:
        _check_whole(name, place)
    if name == "units" and len(set(value)) < len(value):
        raise ValueError(f"units must be different from each other; got {shown(value)}")
    if name == "span" and (len(value) not in (0, 2) or tuple(sorted(value)) != value):
        raise ValueError(f"span must be a first and a last step, or nothing; got {shown(value)}")


def _check_views(name: str, value: object) -> None:
    if not isinstance(value, tuple) or not all(_is_view(view) for view in value):
        raise ValueError(f"{name} must be pairs of a name like gates.view and a choice like memory; got {shown(value)}")
    if len(value) > MAX_VIEWS or len(dict(value)) < len(value):
        raise ValueError(f"{name} must be at most {MAX_VIEWS} with different names; got {len(value):,}")


def _is_view(view: object) -> bool:
    return (
        isinstance(view, tuple)
        and len(view) == 2
        and all(isinstance(part, str) for part in view)
        and VIEW.fullmatch(":".join(view)) is not None
    )


def _check_entries(name: str, value: object) -> None:
    if not isinstance(value, tuple) or not all(_is_entry(entry) for entry in value):
        raise ValueError(
            f"{name} must be pairs of a name like attention.source and a text of at most {MAX_ENTRY:,} characters; "
            f"got {shown(value)}"
        )
    if len(value) > MAX_ENTRIES or len(dict(value)) < len(value):
        raise ValueError(f"{name} must be at most {MAX_ENTRIES} with different names; got {len(value):,}")


def _is_entry(entry: object) -> bool:
    match entry:
        case (str(name), str(text)):
            return ENTRY.fullmatch(name) is not None and len(text) <= MAX_ENTRY
    return False


def _check_tour(name: str, value: object) -> None:
    if not isinstance(value, str) or (value and not tours.STOP.fullmatch(value)):
        raise ValueError(f"{name} must be a stop like lecture.3; got {shown(value)}")


def _check_trained(name: str, value: object) -> None:
    if value == "":
        return
    if not isinstance(value, str) or not is_family(value) or not cells_of(value):
        if reason := is_family(value) and _refused(str(value)):
            raise ValueError(f"{name}: {reason}")
        raise ValueError(f"{name} must be one of {', '.join(families())} or a finished run; got {shown(value)}")


def _refused(family: str) -> str:
    """Why the files of a trained network are refused, if it has any."""
    return next(filter(None, (damage(family, cell) for cell in CELLS)), "")


def _check_edits(name: str, value: object) -> None:
    if not isinstance(value, tuple) or not all(isinstance(edit, Edit) for edit in value):
        raise TypeError(f"{name} must be a tuple of Edit; got {shown(value)}")
    if len(value) > MAX_EDITS:
        raise ValueError(f"{name} must be at most {MAX_EDITS}; got {len(value):,}")
    for edit in value:
        _check_number(edit)


def _check_number(edit: Edit) -> None:
    if not abs(edit.value) <= MAX_ABS:
        place = f"{shown(edit.name)[1:-1]}[{','.join(map(str, edit.index))}]"
        raise ValueError(f"edits: {place} must be between -1,000,000 and 1,000,000; got {shown(edit.value)}")


_CHECKS: Final[Mapping[str, Callable[[str, object], None]]] = (
    dict.fromkeys(WHOLE, _check_whole)
    | dict.fromkeys(REAL_LIMITS, _check_real)
    | dict.fromkeys(CHOICES, _check_choice)
    | dict.fromkeys(FLAGS, _check_flag)
    | dict.fromkeys((*INPUTS, "second"), _check_text)
    | dict.fromkeys(PLACES, _check_places)
    | {"edits": _check_edits, "views": _check_views, "entries": _check_entries, "trained": _check_trained}
    | {"tour": _check_tour}
)
