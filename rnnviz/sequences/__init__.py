"""Small trained networks, one for each kind of sequence problem.

Importing this package loads no torch; ``unroll`` does.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

from rnnviz.sequences.kinds import KINDS, LABELS, PROBLEMS, Kind, Problem, Unrolled, of_kind

if TYPE_CHECKING:
    from rnnviz.sequences.running import unroll

__all__ = ["KINDS", "LABELS", "PROBLEMS", "Kind", "Problem", "Unrolled", "of_kind", "unroll"]

_HOMES: Final = {"unroll": "rnnviz.sequences.running"}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module 'rnnviz.sequences' has no attribute {name!r}; it offers {', '.join(__all__)}")
    value: object = getattr(import_module(_HOMES[name]), name)
    globals()[name] = value
    return value
