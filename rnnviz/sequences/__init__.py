"""Small trained networks, one for each kind of sequence problem.

Importing this package loads no torch; ``unroll`` does.
"""

from typing import TYPE_CHECKING, Final

from rnnviz.extras import lazily
from rnnviz.sequences.kinds import KINDS, LABELS, PROBLEMS, Kind, Problem, Unrolled, of_kind

if TYPE_CHECKING:
    from rnnviz.sequences.running import unroll

__all__ = ["KINDS", "LABELS", "PROBLEMS", "Kind", "Problem", "Unrolled", "of_kind", "unroll"]

_HOMES: Final = {"unroll": "rnnviz.sequences.running"}

__getattr__ = lazily(__name__, _HOMES, __all__)
