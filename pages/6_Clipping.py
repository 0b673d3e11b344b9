"""What does clipping prevent?"""

from rnnviz.page_registry import CLIPPING
from rnnviz.ui.pages.clipping import cliff as cliff_view
from rnnviz.ui.pages.clipping import questions as clipping
from rnnviz.ui.pages.clipping import rates as rates_view
from rnnviz.ui.pages.clipping import training as training_view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame, predictions
from rnnviz.ui.widgets import controls

VIEWS = {
    "The cliff": "cliff",
    "Learning rates": "rates",
    "In training": "training",
    "Thresholds": "thresholds",
    "In PyTorch": "code",
}
SHOW = {"cliff": cliff_view.show, "rates": rates_view.show, **training_view.SHOW}


def show(_: Selection) -> None:
    """The chosen view, a question and the text."""
    view = controls.choice("View", VIEWS, key="clipping.view")
    frame.restart(*(other for other in SHOW if other != view))
    shown = SHOW[view]()
    predictions.show(lambda: clipping.ask(view, shown))
    frame.explain("clipping", training_view.part(view, shown))


frame.show_page(CLIPPING, show)
