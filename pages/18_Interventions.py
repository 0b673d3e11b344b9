"""What does a unit do to the output?"""

from rnnviz.page_registry import INTERVENTIONS
from rnnviz.ui.pages.interventions import grid, probe, questions, units, view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.network_controls import sidebar

VIEWS = {"Reach in": view, "Patch grid": grid, "Each unit": units, "Probe": probe}


def show(selection: Selection) -> None:
    """One of the views, a question and the text."""
    chosen = controls.choice("View", VIEWS, key="interventions.view")
    if chosen is not view:
        frame.restart(view.NAME)
    shown = chosen.show(selection)
    predictions.show(lambda: questions.ask(selection, chosen.PART, shown))
    frame.explain("interventions", chosen.PART)


frame.show_page(INTERVENTIONS, show, sidebar)
