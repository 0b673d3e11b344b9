"""A network with one layer beside one with two, of the same sizes and seed and on the same input."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from rnnviz.caching import cached
from rnnviz.names import CELL_LABELS
from rnnviz.ui.codegen.drawing import Drawing
from rnnviz.ui.codegen.networks import located, traced
from rnnviz.ui.codegen.source import Raw, script
from rnnviz.ui.selection import Selection, state, unknown_words, without_viewpoint
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.described import line
from rnnviz.ui.shell import frame, networks

if TYPE_CHECKING:
    from rnnviz.figures import Figure
    from rnnviz.palette import Theme

DEEP: Final = 2
"""Layers of the network beside that of one layer."""

_HEIGHT: Final = 460


@dataclass(frozen=True)
class Shapes:
    """What torch returns of a network on one input of T steps, and how many parameters its recurrent module has."""

    parameters: int
    output: tuple[int, ...]
    h_n: tuple[int, ...]


@dataclass(frozen=True)
class Compared:
    """Two networks of one and of two layers.

    Attributes:
        one, two: Their shapes.
        is_equal: Whether layer 0 has the same weights in both.
        difference: The largest difference of h of layer 0.
    """

    one: Shapes
    two: Shapes
    is_equal: bool
    difference: float


def show(selection: Selection, signal: str) -> None:
    """Parameters and shapes of both, what is equal, and the states of each layer."""
    if selection.model.trained:
        frame.note("This view compares untrained networks.")
        label = f"Open an untrained {CELL_LABELS[selection.model.cell]}"
        with frame.on_slide("layers"):
            st.button(label, key="hidden_states.untrained", on_click=state.try_update, kwargs={"trained": ""})
        return
    one, two = stacks(selection)
    found = compared(one, two)
    st.markdown(table(found, is_lstm=selection.model.cell == "lstm"))
    st.markdown(equality(found))
    left, right = frame.pair("hidden_states.layers", (1, 1))
    with left:
        _show("one", one, 0, signal)
    with right:
        for layer in range(DEEP):
            _show("two", two, layer, signal)


def stacks(selection: Selection) -> tuple[Selection, Selection]:
    """The network with one layer and with two, with as many units as both have room for; nothing of a viewpoint.

    Numbers that were edited stay where the network has them.
    """
    two = changed(selection, num_layers=DEEP)
    one = changed(selection, num_layers=1, hidden_size=two.model.hidden_size)
    return without_viewpoint(one), without_viewpoint(two)


@cached(32)
def compared(one: Selection, two: Selection) -> Compared:
    """Both networks, run by torch."""
    shallow, deep = networks.recording(one), networks.recording(two)
    weights = [
        {name: tensor for name, tensor in found.network.rnn.named_parameters() if "_l0" in name}
        for found in (shallow, deep)
    ]
    same = all(tensor.equal(weights[1][name]) for name, tensor in weights[0].items())
    apart = np.abs(shallow.trace["h"][0].astype(np.float64) - deep.trace["h"][0])
    return Compared(_shapes(one), _shapes(two), is_equal=same, difference=float(apart.max()))


def _shapes(network: Selection) -> Shapes:
    found = networks.recording(network)
    output, h_n = found.returned()
    return Shapes(sum(one.numel() for one in found.network.rnn.parameters()), output, h_n)


def table(found: Compared, *, is_lstm: bool) -> str:
    """Parameters and shapes as a table in Markdown."""
    states = "h_n, c_n" if is_lstm else "h_n"
    head = f"| num_layers | parameters | output | {states} |\n| --- | --- | --- | --- |\n"
    rows = ((1, found.one), (DEEP, found.two))
    return head + "\n".join(
        f"| {layers} | {shapes.parameters:,} | {shapes.output} | {shapes.h_n} |" for layers, shapes in rows
    )


def equality(found: Compared) -> str:
    """What is equal in both, as it was computed."""
    both = "`output` holds $h$ of the top layer at every step. `h_n` holds the final $h$ of every layer."
    if not found.is_equal:
        return f"Layer 0 has other weights in each network, and its $h$ differs by up to {found.difference:.3g}. {both}"
    how = "equal at every step" if found.difference == 0 else f"equal to {found.difference:.1g}"
    return f"Layer 0 has the same weights in both networks, so its $h$ is {how}; layer 1 reads it as input. {both}"


def name_of(layers: int, layer: int, signal: str) -> str:
    """A layer in words, with the superscript of books and the number of torch."""
    which = "One layer" if layers == 1 else "Two layers"
    return f"**{which}**: ${signal}^{{({layer + 1})}}_t$, torch’s layer {layer}"


def _show(which: str, network: Selection, layer: int, signal: str) -> None:
    st.markdown(name_of(network.model.num_layers, layer, signal))
    figure = draw(network, layer, signal, frame.theme())
    frame.show(
        figure, key=f"hidden_states.layers_{which}_{layer}", alt=figure.layout.meta["alt"], height=_HEIGHT,
        code=lambda: code_of(network, layer, signal), fills=False, below=True,
    )  # fmt: skip


@cached(64)
def draw(network: Selection, layer: int, signal: str, theme: "Theme") -> "Figure":
    """The heatmap of a layer's states."""
    return drawing(network, layer, signal).figure(networks.recording(network).trace, theme=theme)


def drawing(network: Selection, layer: int, signal: str) -> Drawing:
    """The call that draws it."""
    which = "one layer" if network.model.num_layers == 1 else "two layers"
    whole = line(networks.recording(network).spec, len(network.edits))
    way = ", forward direction" if network.model.bidirectional else ""
    told = [f"{signal}<sup>({layer + 1})</sup> of the network with {which}{way}.", f"{whole}."]
    drawn = Drawing("signal_heatmap", Raw("trace"), signal, **located(layer, "forward"), caption=told)
    return drawn.marking(*unknown_words(network))


def code_of(network: Selection, layer: int, signal: str) -> str:
    """The script of a heatmap."""
    return script(traced(network), drawing(network, layer, signal).shown())
