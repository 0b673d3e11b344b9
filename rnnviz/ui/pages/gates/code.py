"""The code behind the page "Gates"."""

from typing import TYPE_CHECKING

from rnnviz.ui.codegen.networks import network_lines, told, traced
from rnnviz.ui.codegen.source import Raw, literal, script, set_to
from rnnviz.ui.selection import Selection, network

if TYPE_CHECKING:
    from rnnviz.ui.pages.gates.request import GateFigure

_WEIGHTS = {"heatmap": "weight_heatmap", "histogram": "weight_histogram", "norms": "weight_norms"}
_OF_TRACES = {"half_life": "half_life_bars", "retention": "retention_heatmap", "contributions": "contribution_bars"}


def figure(selection: Selection, wanted: "GateFigure") -> str:
    """The script of a figure of saturation, memory or weights; the selection as ``figures.relevant`` leaves it."""
    trace, told_here = Raw("trace"), told(selection)
    if wanted.name in _WEIGHTS:
        return _weights(selection, wanted)
    if wanted.name == "saturation":
        where: dict[str, object] = {"layer": selection.layer, "direction": selection.direction} if wanted.narrow else {}
        drawn = set_to("fig", "figures.saturation_scatter", trace, **where | told(selection, with_place=False))
    else:
        everything = len(selection.units) == selection.model.hidden_size and wanted.name != "half_life"
        chosen: dict[str, object] = {"units": selection.units} if selection.units and not everything else {}
        if wanted.name != "half_life":
            chosen["t"] = selection.t
        drawn = set_to("fig", f"figures.{_OF_TRACES[wanted.name]}", trace, **chosen | told_here)
    return script(traced(selection), drawn, "fig.show()")


def _weights(selection: Selection, wanted: "GateFigure") -> str:
    """The script for the weights, from torch's own parameters."""
    model = network(selection)
    ending = f"_l{selection.layer}{'_reverse' * (selection.direction == 'reverse')}"
    names = ["weight_ih", "weight_hh", *(["bias_ih", "bias_hh"] if model.bias else [])]
    return script(
        network_lines(model, selection.edits),
        f"names = {literal(names)}",
        f'weights = {{name: rnn.get_parameter(name + "{ending}") for name in names}}',
        "weights = {name: weight.detach().numpy() for name, weight in weights.items()}",
        set_to(
            "fig", f"figures.{_WEIGHTS[wanted.name]}", Raw("weights"), wanted.of, cell=model.cell, **told(selection)
        ),
        "fig.show()",
    )
