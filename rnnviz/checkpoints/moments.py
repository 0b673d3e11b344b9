"""Networks that ship as they were earlier in their training: the same training, ended after fewer updates."""

from collections.abc import Mapping
from typing import Final

TAKEN_AT: Final[Mapping[str, tuple[int, ...]]] = {"latch-gru": (100, 400, 450, 465, 520)}
"""The updates after which a network is kept, by its name at the end."""

_AT: Final = "-at-"


def family_at(family: str, updates: int) -> str:
    """The family of a network after so many updates.

    >>> from rnnviz.checkpoints.moments import family_at
    >>> family_at("latch", 450)
    'latch-at-450'
    """
    return f"{family}{_AT}{updates}"


def family_at_the_end(family: str) -> str:
    """The family of the same network at the end of its training.

    >>> from rnnviz.checkpoints.moments import family_at_the_end
    >>> family_at_the_end("latch-at-450"), family_at_the_end("latch")
    ('latch', 'latch')
    """
    whole, at, updates = family.rpartition(_AT)
    is_kept = at and any(updates == str(kept) for kept in _kept(whole))
    return whole if is_kept else family


def _kept(family: str) -> list[int]:
    return [updates for name, some in TAKEN_AT.items() if name.rpartition("-")[0] == family for updates in some]
