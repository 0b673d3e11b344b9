"""What does clipping save?"""

from rnnviz.page_registry import CLIPPING
from rnnviz.ui import cliff_view, controls, frame, predictions, training_view
from rnnviz.ui.questions import clipping

VIEWS = {"The cliff": "cliff", "In training": "training", "Thresholds": "thresholds", "In code": "code"}
SHOW = {"cliff": cliff_view.show, **training_view.SHOW}

frame.begin(CLIPPING)
view = controls.choice("View", VIEWS, key="clipping.view")
frame.restart(*(other for other in SHOW if other != view))
shown = SHOW[view]()
predictions.show(lambda: clipping.ask(view, shown))
frame.explain("clipping", view)
