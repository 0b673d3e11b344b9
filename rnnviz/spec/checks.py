"""The checks that all settings share; their messages say what was wrong, expected and got."""

import re
import reprlib
from collections.abc import Mapping
from typing import Final

FAMILY: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")
"""The names that networks trained alike, one for each cell, may share."""

_FLOAT32_MAX: Final = 3.4028234663852886e38

_LEAST: Final = dict.fromkeys(("steps", "updates", "epochs", "batch_size", "batch", "length"), 1) | {"seed": 0}
"""The least of each whole number that recipes of trainings share."""


def is_family(name: object) -> bool:
    """Whether networks trained alike may share a name.

    >>> from rnnviz.spec import is_family
    >>> is_family("my-network"), is_family("../my network")
    (True, False)
    """
    return isinstance(name, str) and FAMILY.fullmatch(name) is not None


def one_of(name: str, got: object, allowed: tuple[str, ...]) -> None:
    """Raise ValueError if a setting is none of a few words."""
    if got not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {quoted(got)}")


def at_least(name: str, got: object, least: int) -> None:
    """Raise ValueError if a setting is no whole number of at least so much."""
    if not isinstance(got, int) or isinstance(got, bool) or got < least:
        raise ValueError(f"{name} must be a whole number of at least {least}; got {quoted(got)}")


def within(name: str, got: object, limits: Mapping[str, tuple[int, int]], why: str = " to be trained") -> None:
    """Raise ValueError if a setting is no whole number within its limits."""
    least, most = limits[name]
    if not isinstance(got, int) or isinstance(got, bool) or not least <= got <= most:
        raise ValueError(f"{name} must be a whole number in {least}..{most}{why}; got {quoted(got)}")


def yes_or_no(name: str, got: object) -> None:
    """Raise ValueError if a setting is neither True nor False."""
    if got is not True and got is not False:
        raise ValueError(f"{name} must be True or False; got {quoted(got)}")


def finite(name: str, got: object, expected: str, *, least: float = -_FLOAT32_MAX) -> None:
    """Raise ValueError if a setting is no number that float32 can hold, of at least so much."""
    if not isinstance(got, int | float) or isinstance(got, bool) or not least <= got <= _FLOAT32_MAX:
        raise ValueError(f"{name} must be {expected}; got {quoted(got)}")


def not_negative(name: str, got: object, or_else: str = "") -> None:
    """Raise ValueError if a setting is no finite number of at least 0; the message first names what else it may be."""
    finite(name, got, f"{or_else}a finite number of at least 0", least=0)


def trainable(recipe: object) -> None:
    """Raise ValueError if a setting that recipes share makes a training impossible; a recipe need not have all."""
    for name, got in vars(recipe).items():
        if name in _LEAST:
            at_least(name, got, _LEAST[name])
        elif name == "rate" or (name == "max_norm" and got is not None):
            not_negative(name, got, "None or " if name == "max_norm" else "")


def quoted(got: object) -> str:
    """A value as a message may quote it, however large it is."""
    return reprlib.repr(got)
