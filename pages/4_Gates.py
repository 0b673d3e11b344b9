"""When do the gates open, shut, saturate?"""

from rnnviz.page_registry import GATES
from rnnviz.ui.pages.gates import questions as gates
from rnnviz.ui.pages.gates import view as gate_view
from rnnviz.ui.selection import Selection, state
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets.network_controls import network_picker, sidebar


def show(selection: Selection) -> None:
    """The chosen view, a question and the text."""
    with frame.row("center"):
        view = gate_view.choose()
        network_picker(selection)
    if view == "memory" and not gate_view.is_plain(selection):
        selection = state.open_at_last()
    part = gate_view.show(selection, view)
    predictions.show(lambda: gates.ask(selection, view))
    if part:
        frame.explain("gates", part)


frame.show_page(GATES, show, sidebar)
