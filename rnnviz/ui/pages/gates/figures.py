"""The figures of the page of gates beside its heatmaps: saturation, memory and weights, each made on request."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from rnnviz import analysis, names
from rnnviz.caching import cached
from rnnviz.ui.pages.gates import code as codegen
from rnnviz.ui.pages.gates.request import GateFigure, GateName
from rnnviz.ui.selection import Selection, described, network_of
from rnnviz.ui.shell import frame, networks

if TYPE_CHECKING:
    from rnnviz.figures import Figure

VIEWS: Final = {"Over time": "time", "Saturation": "saturation", "Memory": "memory", "Weights": "weights"}
PLACES: Final = {"Whole network": False, "This layer and direction": True}
MEMORIES: Final[dict[str, GateName]] = {
    "Half-life": "half_life",
    "What is left": "retention",
    "Which word wrote it": "contributions",
}
OF_UNITS: Final = {"Chosen units": False, "All units": True}
PICTURES: Final[dict[str, GateName]] = {"Matrices": "heatmap", "Histograms": "histogram", "Norms": "norms"}

NO_MEMORY: Final = (
    "A plain RNN has no gate that says how much is kept: each step squashes $W_{ih} x_t + W_{hh} h_{t-1}$ afresh, so "
    "its state is no sum of what the words wrote, and no half-life can be read off. Choose LSTM or GRU at the left."
)
NO_GATES: Final = "A plain RNN has no gates, only its state. Choose LSTM or GRU at the left."
NO_CEILING: Final = (
    "A ReLU has no ceiling, so it does not saturate: it is off, at 0, or on. Of {units} units, {dead} are off at every "
    "one of the {steps} steps."
)


def signals(selection: Selection) -> tuple[str, ...]:
    """The signals of the heatmaps: the cell state and all gates; of a plain RNN the state."""
    recorded = names.SIGNALS[selection.model.cell]
    return recorded[1:] or recorded


def kept(selection: Selection) -> tuple[str, ...]:
    """The gate that keeps and the state that is kept, to choose a step and units in."""
    return {"lstm": ("f", "c"), "gru": ("z", "h"), "rnn": ("h",)}[selection.model.cell]


def kernels(selection: Selection) -> dict[str, str]:
    """The kinds of weights that the network has, by their labels on the page."""
    found = {"Recurrent W_hh": "weight_hh", "Input W_ih": "weight_ih"}
    return {**found, "Biases": "bias"} if selection.model.bias else found


def show(selection: Selection, name: GateName, *, of: str = "weight_hh", narrow: bool = True) -> None:
    """Show one of the figures.

    Args:
        of: The kernel of a figure of weights.
        narrow: Only the selected layer and direction, in a figure of saturation.
    """
    seen, wanted = relevant(selection, name), GateFigure(name, frame.theme(), of, narrow)
    figure = figure_of(seen, wanted)
    frame.show(figure, key="gates.figure", alt=figure.layout.meta["alt"], code=lambda: codegen.figure(seen, wanted))


def relevant(selection: Selection, name: GateName) -> Selection:
    """The selection with defaults in all fields that a figure does not depend on."""
    return replace(
        network_of(selection),
        layer=selection.layer,
        direction=selection.direction,
        units=selection.units if name in MEMORIES.values() else (),
        t=selection.t if name in ("retention", "contributions") else 0,
    )


def with_units(selection: Selection, *, everything: bool) -> Selection:
    """The selection with the units of a figure of memory: all, the chosen, or the one of longest half-life."""
    if everything:
        return replace(selection, units=tuple(range(selection.model.hidden_size)))
    if selection.units:
        return selection
    return replace(selection, units=(longest_memory(relevant(selection, "saturation")),))


@cached(64)
def longest_memory(selection: Selection) -> int:
    """The unit of longest half-life; the first if none has a number."""
    trace = networks.recording(network_of(selection)).trace
    gate = kept(selection)[0]
    lives = analysis.half_life(trace.panel(gate, layer=selection.layer, direction=selection.direction))
    return int(np.argmax(np.nan_to_num(lives, nan=-1.0, posinf=np.inf)))


def off_units(selection: Selection) -> str:
    """What a plain RNN with ReLU has in place of saturation."""
    states = networks.recording(network_of(selection)).trace["h"]  # AXES
    dead = int((states == 0).all((2, 3)).sum())
    return NO_CEILING.format(units=states[:, :, 0, 0].size, dead=dead, steps=states.shape[3])


@cached(32)
def figure_of(selection: Selection, wanted: GateFigure) -> "Figure":
    """The figure of a request, computed."""
    from rnnviz import figures

    recording = networks.recording(network_of(selection))
    trace, t = recording.trace, selection.t
    told: dict[str, Any] = {"said": described.sentences(selection), "theme": wanted.theme}
    if wanted.name == "saturation" and not wanted.narrow:
        return figures.saturation_scatter(trace, **told)
    told |= {"layer": selection.layer, "direction": selection.direction}
    units = None if len(selection.units) == selection.model.hidden_size else selection.units or None
    match wanted.name:
        case "saturation":
            return figures.saturation_scatter(trace, **told)
        case "half_life":
            return figures.half_life_bars(trace, units=selection.units, **told)
        case "retention":
            return figures.retention_heatmap(trace, units=units, t=t, **told)
        case "contributions":
            return figures.contribution_bars(trace, units=units, t=t, **told)
        case "heatmap":
            draw = figures.weight_heatmap
        case "histogram":
            draw = figures.weight_histogram
        case "norms":
            draw = figures.weight_norms
    weights = recording.walk(selection.layer, selection.direction).weights
    return draw(weights, wanted.of, cell=selection.model.cell, **told)
