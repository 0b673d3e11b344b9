"""How do h and c change over time?"""

from rnnviz.page_registry import HIDDEN_STATES
from rnnviz.ui.pages.hidden_states import figures as state_figures
from rnnviz.ui.pages.hidden_states import layers
from rnnviz.ui.pages.hidden_states import match as match_view
from rnnviz.ui.pages.hidden_states import questions as hidden_states
from rnnviz.ui.pages.hidden_states import view as state_view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.network_controls import sidebar


def show(selection: Selection) -> None:
    """The states of every unit, a figure of them, a question and the text."""
    states = ("h", "c") if selection.model.cell == "lstm" else ("h",)
    state_view.heatmaps(selection, states)
    views = {**state_figures.VIEWS, "Match": match_view.show, "Layers": layers.show}
    view = controls.choice("Figure", views, key="hidden_states.view")
    signal = "h"
    if len(states) > 1:
        signal = controls.choice("State", {"Hidden state h": "h", "Cell state c": "c"}, key="hidden_states.state")
    view(selection, signal)
    asks = {match_view.show: lambda: hidden_states.ask_match(selection, signal)}
    asks |= {layers.show: lambda: hidden_states.ask_layers(selection)}
    predictions.show(asks.get(view, lambda: hidden_states.ask(selection)))
    frame.explain("hidden_states")


frame.show_page(HIDDEN_STATES, show, sidebar)
