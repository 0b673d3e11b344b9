"""The heatmaps of the page of hidden states, and the controls above them."""

from rnnviz.ui.pages.hidden_states import figures, match
from rnnviz.ui.selection import Selection, state
from rnnviz.ui.shell import components, frame
from rnnviz.ui.widgets import controls, panel_view, widget_files
from rnnviz.ui.widgets.network_controls import network_picker, place_picker


def heatmaps(selection: Selection, states: tuple[str, ...]) -> None:
    """Every unit of this network over time, or of three cells beside each other."""
    with frame.row("center"):
        network_picker(selection)
        shown = controls.choice(
            "Networks",
            {"This network": panel_view.of_one(selection, states), "RNN, LSTM and GRU": panel_view.side_by_side()},
            key="hidden_states.networks",
        )
        place_picker(selection)
    data = panel_view.data(selection, shown, "hidden_states", beside_picture=figures.picture())
    components.panels(
        data,
        key="hidden_states",
        on_t=lambda t: state.try_update(t=t),
        on_chosen=_take,
    )
    widget_files.panels(selection, shown, "hidden_states", data)


def _take(chosen: object) -> None:
    """Store what the widget reports; a newly selected range is what Match searches for, in place of a named group."""
    before = state.current().span
    panel_view.take(chosen)
    if state.current().span not in ((), before):
        match.search_range()
