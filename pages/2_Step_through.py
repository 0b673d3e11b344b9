"""What happens inside the cell at every step?"""

from rnnviz.page_registry import STEP_THROUGH
from rnnviz.ui.pages.step_through import backward, saved, size, tables
from rnnviz.ui.pages.step_through import questions as step_through
from rnnviz.ui.selection import Selection, without_viewpoint
from rnnviz.ui.shell import components, frame, networks, predictions
from rnnviz.ui.widgets import step_view
from rnnviz.ui.widgets.network_controls import network_picker, place_picker, sidebar


def show(selection: Selection) -> None:
    """The stepper, a question and the tables."""
    with frame.row("center"):
        network_picker(selection)
        place_picker(selection)
    if not size.is_drawn(selection):
        return
    back = backward.chosen(selection)
    components.step_through(
        step_view.data(selection, back),
        key=step_view.NAME,
        on_t=step_view.show_step,
        on_picture=step_view.show_picture,
        on_unit=step_view.show_unit,
        on_change=step_view.apply,
    )
    saved.menu(selection, step_view.NAME, back)
    predictions.show(lambda: step_through.ask(selection))
    tables.below(networks.recording(without_viewpoint(selection)), selection)


frame.show_page(STEP_THROUGH, show, sidebar)
