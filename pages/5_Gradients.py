"""How far back does the gradient reach?"""

from rnnviz.page_registry import GRADIENTS
from rnnviz.ui.pages.gradients import questions as gradients
from rnnviz.ui.pages.gradients import view as gradient_view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.network_controls import network_picker, sidebar


def show(selection: Selection) -> None:
    """The chosen view, a question and the text."""
    with frame.row("center"):
        view = controls.choice("View", gradient_view.VIEWS, key="gradients.view")
        gradient_view.presets()
    gradient_view.show(selection, view)
    with frame.row("center"):
        network_picker(selection)
    predictions.show(lambda: gradients.ask(selection, view, gradient_view.loss_chosen(selection)))
    frame.explain("gradients", gradient_view.part(selection, view))


frame.show_page(GRADIENTS, show, sidebar)
