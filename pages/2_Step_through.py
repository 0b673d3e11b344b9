"""What happens inside the cell at every step?"""

from rnnviz.page_registry import STEP_THROUGH
from rnnviz.ui import components, frame, networks, predictions, state, step_view
from rnnviz.ui.network_controls import place_picker, sidebar
from rnnviz.ui.pages.step_through import saved, tables
from rnnviz.ui.questions import step_through
from rnnviz.ui.selection import network_of

selection = frame.begin(STEP_THROUGH)
sidebar(selection)
place_picker(selection)

components.step_through(
    step_view.data(selection),
    key=step_view.NAME,
    on_t=lambda t: state.try_update(t=t),
    on_fold=lambda fold: state.try_update(fold=fold),
    on_change=step_view.apply,
)
saved.menu(selection, step_view.NAME)
predictions.show(lambda: step_through.ask(selection))
tables.below(networks.recording(network_of(selection)), selection)
