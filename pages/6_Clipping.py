"""What does clipping save?"""

from rnnviz.ui import cliff_view, controls, frame, training_view

VIEWS = {"The cliff": "cliff", "In training": "training", "Thresholds": "thresholds", "In code": "code"}
SHOW = {"cliff": cliff_view.show, **training_view.SHOW}

frame.begin("Clipping")
view = controls.choice("View", VIEWS, key="clipping.view")
frame.restart(*(other for other in SHOW if other != view))
SHOW[view]()
frame.explain("clipping", view)
