"""A loss of the visitor's network on its way back through time: how it goes, and what it comes to."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from rnnviz.caching import cached
from rnnviz.ui import selection as selections
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell.costly import is_costly

if TYPE_CHECKING:
    from rnnviz.reach import Of, ThroughTime

WHERE: Final = {"Loss at the last step": False, "Loss at every step": True}
CUTS: Final[dict[str, int | None]] = {
    "Not truncated": None, "Windows of 1 step": 1, "Windows of 2": 2, "Windows of 5": 5, "Windows of 10": 10,
    "Windows of 20": 20,
}  # fmt: skip
THRESHOLDS: Final[dict[str, float | None]] = {
    "Not clipped": None, "Norm at most 0.1": 0.1, "At most 0.5": 0.5, "At most 1": 1.0, "At most 5": 5.0,
}  # fmt: skip


@dataclass(frozen=True)
class Back:
    """How a loss goes back: from which steps, truncated after how many, clipped at which norm."""

    every: bool = False
    cut: int | None = None
    threshold: float | None = None


def way_of(network: Selection, back: Back) -> "ThroughTime":
    """The loss of a selection's network on its input, on its way back."""
    return _way_of(network, replace(back, threshold=None))  # clipping comes after it


@cached(12, costly=is_costly)
def _way_of(network: Selection, back: Back) -> "ThroughTime":
    from rnnviz.reach import through_time

    x, hx = selections.inputs(network), selections.initial(network)
    steps = range(len(x)) if back.every else [len(x) - 1]
    edits = tuple(edit for edit in network.edits if edit.name != "x")  # those of x are in the inputs
    of: Of = "read-out" if selections.network(network).output_size else "projection"
    return through_time(selections.network(network), x, steps, of=of, cut=back.cut, edits=edits, hx=hx)
