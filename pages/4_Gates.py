"""When do the gates open, shut, saturate?"""

from rnnviz.page_registry import GATES
from rnnviz.ui.pages.gates import figures as gate_figures
from rnnviz.ui.pages.gates import questions as gates
from rnnviz.ui.selection import state
from rnnviz.ui.shell import components, frame, predictions
from rnnviz.ui.widgets import controls, panel_view, widget_files
from rnnviz.ui.widgets.network_controls import place_picker, sidebar

selection = frame.begin(GATES)
sidebar(selection)
view = controls.choice("View", gate_figures.VIEWS, key="gates.view")
plain = selection.model.cell == "rnn"


def over_time() -> str:
    """The cell state and every gate under the words."""
    if plain:
        frame.note(gate_figures.NO_GATES)
    place_picker(selection)
    linked(gate_figures.signals(selection))
    return "time"


def saturation() -> str:
    """Every unit as a point, or why not."""
    if plain and selection.model.nonlinearity == "relu":
        frame.note(gate_figures.off_units(selection))
        return "saturation"
    narrow = False
    if selection.model.num_layers > 1 or selection.model.bidirectional:
        narrow = controls.choice("Where", gate_figures.PLACES, key="gates.where")
    if narrow:
        place_picker(selection)
    gate_figures.show(selection, "saturation", narrow=narrow)
    return "saturation"


def memory() -> str | None:
    """One of three pictures of what is kept, over the heatmaps in which to choose a step and units."""
    if plain:
        frame.note(gate_figures.NO_MEMORY)
        return None
    place_picker(selection)
    with frame.row():
        name = controls.choice("Picture", gate_figures.MEMORIES, key="gates.memory_picture")
        everything = name != "half_life" and controls.choice("Units", gate_figures.OF_UNITS, key="gates.memory_units")
    gate_figures.show(gate_figures.with_units(selection, everything=everything), name)
    linked(gate_figures.kept(selection), beside_picture=name == "retention")
    return name


def weights() -> str:
    """The weights of one kind, layer and direction, by gate."""
    place_picker(selection)
    with frame.row():
        name = controls.choice("Picture", gate_figures.PICTURES, key="gates.weights_picture")
        of = controls.choice("Weights", gate_figures.kernels(selection), key="gates.weights_kernel", ever=["Biases"])
    gate_figures.show(selection, name, of=of)
    return name


def linked(signals: tuple[str, ...], *, beside_picture: bool = False) -> None:
    """The heatmaps in which a step and units are chosen."""
    name = f"gates.{view}.panels"
    shown = panel_view.of_one(selection, signals)
    data = panel_view.data(selection, shown, name, beside_picture=beside_picture)
    components.panels(
        data,
        key=name,
        on_t=lambda t: state.try_update(t=t),
        on_chosen=panel_view.take,
    )
    widget_files.panels(selection, shown, name, data)


frame.restart(*(f"gates.{other}.panels" for other in gate_figures.VIEWS.values() if other != view))
if view == "memory" and not plain:
    selection = state.open_at_last()
part = {"time": over_time, "saturation": saturation, "memory": memory, "weights": weights}[view]()
predictions.show(lambda: gates.ask(selection, view))
if part:
    frame.explain("gates", part)
