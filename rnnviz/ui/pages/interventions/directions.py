"""Directions in a space of states, along which a network is steered."""

import re

import numpy as np

from rnnviz.spec.acts import Act
from rnnviz.ui.pages.interventions import probing
from rnnviz.ui.pages.interventions.held import relevant
from rnnviz.ui.selection import Selection, without_viewpoint
from rnnviz.ui.shell import networks


def along(chosen: Selection, act: Act) -> np.ndarray:
    """The direction of an act of steering, of shape (unit,).

    A difference of means has its own length; a component and the direction of a probe have length 1.

    Raises:
        ValueError: If there is no such direction.
    """
    place = (act.signal, act.layer, act.direction)
    if act.along.startswith("probe"):
        _, name, label = act.along.split(".")
        return probing.probes(relevant(chosen), name)[place].direction(label)
    panel = panel_of(chosen, *place)
    if act.along.startswith("pc"):
        from rnnviz.interventions import component

        return component(panel, int(act.along[2:]))
    first, last, begin, end = map(int, re.findall("[0-9]+", act.along))
    return difference_of_means(panel, (first, last), (begin, end))


def panel_of(chosen: Selection, signal: str, layer: int, direction: str) -> np.ndarray:
    """A signal of the network on its input without interventions: (time, unit)."""
    trace = networks.recording(without_viewpoint(chosen)).trace
    return trace.panel(signal, layer=layer, direction=direction)  # type: ignore[arg-type]


def difference_of_means(panel: np.ndarray, one: tuple[int, int], other: tuple[int, int]) -> np.ndarray:
    """The mean of the steps of one span, both ends counted, minus that of another; panel is (time, unit)."""
    found: np.ndarray = panel[one[0] : one[1] + 1].mean(0) - panel[other[0] : other[1] + 1].mean(0)
    return found
