"""What keeps a part of its state, by which gate, and how captions name the units that are looked at."""

from collections.abc import Sequence
from typing import Final

from rnnviz.figures.panel import Panel

KEEPS: Final = {"lstm": ("f", "c"), "gru": ("z", "h")}
"""The gate that says what is kept, and the state it is kept of."""


def keeps(panel: Panel) -> tuple[str, str]:
    """The gate and the state of a panel; ValueError if it is of a plain RNN."""
    cell = panel.trace.cell
    if cell not in KEEPS:
        raise ValueError(f"trace must be of an lstm or a gru, which keep a part of their state; got {cell}")
    return KEEPS[cell]


def named_units(units: Sequence[int] | None, count: int) -> str:
    """Some of so many units, or all of them, by their numbers if they are few."""
    if units is None:
        return f"all {count} units" if count > 1 else "its one unit"
    if len(units) == 1:
        return f"unit {units[0]}"
    named = ", ".join(map(str, units[:6]))
    return f"units {named}" if len(units) <= 6 else f"{len(units)} units ({named} …)"
