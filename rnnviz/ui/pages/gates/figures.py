"""The figures of the page of gates beside its heatmaps: saturation, memory and weights, each made on request."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from rnnviz import analysis, names
from rnnviz.caching import cached
from rnnviz.palette import Theme
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import captioned, network_lines, traced
from rnnviz.ui.codegen.source import Raw, literal, script
from rnnviz.ui.selection import Selection, network, unknown_words, without_viewpoint
from rnnviz.ui.shell import frame, networks

if TYPE_CHECKING:
    from rnnviz.figures import Figure

GateName = Literal["saturation", "half_life", "retention", "contributions", "heatmap", "histogram", "norms"]

PLACES: Final = {"Whole network": False, "This layer and direction": True}
MEMORIES: Final[dict[str, GateName]] = {
    "Half-life": "half_life",
    "What is left": "retention",
    "Which step wrote it": "contributions",
}
OF_UNITS: Final = {"Chosen units": False, "All units": True}
PICTURES: Final[dict[str, GateName]] = {"Matrices": "heatmap", "Histograms": "histogram", "Norms": "norms"}
_WEIGHTS: Final = {"heatmap": "weight_heatmap", "histogram": "weight_histogram", "norms": "weight_norms"}
_OF_TRACES: Final = {
    "half_life": "half_life_bars", "retention": "retention_heatmap", "contributions": "contribution_bars",
}  # fmt: skip

NO_MEMORY: Final = (
    "A plain RNN has no gate that keeps a part of its state. Each step computes $W_{ih} x_t + W_{hh} h_{t-1}$ anew, so "
    "its state is not a sum over the words, and a half-life is not defined. Choose LSTM or GRU above."
)
NO_GATES: Final = "A plain RNN has no gates, only its state. Choose LSTM or GRU above."
NO_CEILING: Final = (
    "ReLU has no upper limit, so it does not saturate: a unit is either off (0) or on. {dead} of {units} units are off "
    "at all {steps} steps."
)


@dataclass(frozen=True)
class GateFigure:
    """The request for a figure of saturation, memory or weights.

    Attributes:
        of: The kernel of a figure of weights.
        narrow: Only the selected layer and direction, in a figure of saturation.
    """

    name: GateName
    theme: Theme = "light"
    of: str = "weight_hh"
    narrow: bool = True


def signals(selection: Selection) -> tuple[str, ...]:
    """The signals of the heatmaps: all gates, then the cell state; of a plain RNN the state."""
    recorded = names.SIGNALS[selection.model.cell]
    return tuple(sorted(recorded[1:], key="c".__eq__)) or recorded


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
    frame.show(figure, key="gates.figure", alt=figure.layout.meta["alt"], code=lambda: code_of(seen, wanted))


def relevant(selection: Selection, name: GateName) -> Selection:
    """The selection with defaults in all fields that a figure does not depend on."""
    return replace(
        without_viewpoint(selection),
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
    trace = networks.recording(without_viewpoint(selection)).trace
    gate = kept(selection)[0]
    lives = analysis.half_life(trace.panel(gate, layer=selection.layer, direction=selection.direction))
    return int(np.argmax(np.nan_to_num(lives, nan=-1.0, posinf=np.inf)))


def off_units(selection: Selection) -> str:
    """What a plain RNN with ReLU has in place of saturation."""
    states = networks.recording(without_viewpoint(selection)).trace["h"]  # AXES
    dead = int((states == 0).all((2, 3)).sum())
    return NO_CEILING.format(units=states[:, :, 0, 0].size, dead=dead, steps=states.shape[3])


@cached(64)
def figure_of(selection: Selection, wanted: GateFigure) -> "Figure":
    """The figure of a request, computed."""
    recording = networks.recording(without_viewpoint(selection))
    of_weights, place = wanted.name in _WEIGHTS, (selection.layer, selection.direction)
    numbers = recording.walk(*place).weights if of_weights else recording.trace
    return drawing(selection, wanted).figure(numbers, theme=wanted.theme)


def code_of(selection: Selection, wanted: GateFigure) -> str:
    """The script of a figure; the selection as ``relevant`` leaves it."""
    lines = _weights(selection) if wanted.name in _WEIGHTS else [traced(selection)]
    return script(*lines, drawing(selection, wanted).shown())


def drawing(selection: Selection, wanted: GateFigure) -> Drawing:
    """The call that draws a figure."""
    trace, place = Raw("trace"), captioned(selection)
    if wanted.name in _WEIGHTS:
        return Drawing(_WEIGHTS[wanted.name], Raw("weights"), wanted.of, cell=selection.model.cell, **place)
    if wanted.name == "saturation":
        where = {"layer": selection.layer, "direction": selection.direction} if wanted.narrow else {}
        return Drawing("saturation_scatter", trace, **where, **captioned(selection, with_place=False))
    chosen: dict[str, Any] = {"units": selection.units} if selection.units else {}
    if wanted.name != "half_life":
        chosen = {} if len(selection.units) == selection.model.hidden_size else chosen
        chosen["t"] = selection.t
    drawn = Drawing(_OF_TRACES[wanted.name], trace, **chosen, **place)
    return drawn if wanted.name == "half_life" else drawn.marking(*unknown_words(selection))


def _weights(selection: Selection) -> list[str]:
    """The weights of the selected layer and direction, from torch's own parameters."""
    model = network(selection)
    ending = f"_l{selection.layer}{'_reverse' * (selection.direction == 'reverse')}"
    names = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if model.bias else [])]
    return [
        network_lines(model, selection.edits),
        f"names = {literal(names)}",
        f'weights = {{name: rnn.get_parameter(name + "{ending}") for name in names}}',
        "weights = {name: weight.detach().numpy() for name, weight in weights.items()}",
    ]
