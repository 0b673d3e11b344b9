"""How do h and c change over time?"""

from rnnviz.page_registry import HIDDEN_STATES
from rnnviz.ui.pages.hidden_states import figures as state_figures
from rnnviz.ui.pages.hidden_states import questions as hidden_states
from rnnviz.ui.selection import Selection, state
from rnnviz.ui.shell import components, frame, predictions
from rnnviz.ui.widgets import controls, panel_view, widget_files
from rnnviz.ui.widgets.network_controls import place_picker, sidebar


def show(selection: Selection) -> None:
    """The states of every unit, a figure of them, a question and the text."""
    states = ("h", "c") if selection.model.cell == "lstm" else ("h",)
    shown = controls.choice(
        "Networks",
        {"This network": panel_view.of_one(selection, states), "RNN, LSTM and GRU": panel_view.side_by_side()},
        key="hidden_states.networks",
    )
    place_picker(selection)
    data = panel_view.data(selection, shown, "hidden_states", beside_picture=state_figures.picture())
    components.panels(
        data,
        key="hidden_states",
        on_t=lambda t: state.try_update(t=t),
        on_chosen=panel_view.take,
    )
    widget_files.panels(selection, shown, "hidden_states", data)

    view = controls.choice("Figure", state_figures.VIEWS, key="hidden_states.view")
    signal = "h"
    if len(states) > 1:
        signal = controls.choice("State", {"Hidden state h": "h", "Cell state c": "c"}, key="hidden_states.state")
    view(selection, signal)
    predictions.show(lambda: hidden_states.ask(selection))
    frame.explain("hidden_states")


frame.show_page(HIDDEN_STATES, show, sidebar)
