"""The views of the page of gates: over time, saturation, memory and weights."""

from collections.abc import Callable, Mapping
from typing import Final

from rnnviz.ui.pages.gates import figures
from rnnviz.ui.selection import Selection, state
from rnnviz.ui.shell import components, frame
from rnnviz.ui.widgets import controls, panel_view, widget_files
from rnnviz.ui.widgets.network_controls import place_picker

VIEWS: Final = {"Over time": "time", "Saturation": "saturation", "Unit memory": "memory", "Weights": "weights"}
KEY: Final = "gates.{}.panels"
"""Of the linked heatmaps of a view."""


def choose() -> str:
    """The view that the visitor chooses; the others begin anew when they are chosen again."""
    view = controls.choice("View", VIEWS, key="gates.view")
    frame.restart(*(KEY.format(other) for other in VIEWS.values() if other != view))
    return view


def show(selection: Selection, view: str) -> str | None:
    """Show a view; what comes back is the part of the prose that explains it."""
    return _SHOWN[view](selection)


def is_plain(selection: Selection) -> bool:
    """Whether the network has no gates."""
    return selection.model.cell == "rnn"


def over_time(selection: Selection) -> str:
    """The cell state and every gate under the words."""
    if is_plain(selection):
        frame.note(figures.NO_GATES)
    place_picker(selection)
    _linked(selection, "time", figures.signals(selection))
    return "time"


def saturation(selection: Selection) -> str:
    """Every unit as a point, or why not."""
    if is_plain(selection) and selection.model.nonlinearity == "relu":
        frame.note(figures.off_units(selection))
        return "saturation"
    narrow = False
    if selection.model.num_layers > 1 or selection.model.bidirectional:
        narrow = controls.choice("Where", figures.PLACES, key="gates.where")
    if narrow:
        place_picker(selection)
    figures.show(selection, "saturation", narrow=narrow)
    return "saturation"


def memory(selection: Selection) -> str | None:
    """One of three pictures of what is kept, over the heatmaps in which to choose a step and units."""
    if is_plain(selection):
        frame.note(figures.NO_MEMORY)
        return None
    place_picker(selection)
    with frame.row():
        name = controls.choice("Picture", figures.MEMORIES, key="gates.memory_picture")
        everything = name != "half_life" and controls.choice("Units", figures.OF_UNITS, key="gates.memory_units")
    figures.show(figures.with_units(selection, everything=everything), name)
    _linked(selection, "memory", figures.kept(selection), beside_picture=name == "retention")
    return name


def weights(selection: Selection) -> str:
    """The weights of one kind, layer and direction, by gate."""
    place_picker(selection)
    with frame.row():
        name = controls.choice("Picture", figures.PICTURES, key="gates.weights_picture")
        of = controls.choice("Weights", figures.kernels(selection), key="gates.weights_kernel", ever=["Biases"])
    figures.show(selection, name, of=of)
    return name


_SHOWN: Final[Mapping[str, Callable[[Selection], str | None]]] = {
    "time": over_time,
    "saturation": saturation,
    "memory": memory,
    "weights": weights,
}


def _linked(selection: Selection, view: str, signals: tuple[str, ...], *, beside_picture: bool = False) -> None:
    """The heatmaps in which a step and units are chosen."""
    name = KEY.format(view)
    shown = panel_view.of_one(selection, signals)
    data = panel_view.data(selection, shown, name, beside_picture=beside_picture)
    components.panels(
        data,
        key=name,
        on_t=lambda t: state.try_update(t=t),
        on_chosen=panel_view.take,
    )
    widget_files.panels(selection, shown, name, data)
