"""What does clipping save?"""

from rnnviz.ui import cliff_view, controls, frame

VIEWS = {"The cliff": "cliff"}
SHOW = {"cliff": cliff_view.show}

frame.begin("Clipping")
view = controls.choice("View", VIEWS, key="clipping.view")
frame.restart(*(other for other in SHOW if other != view))
SHOW[view]()
frame.explain("clipping", view)
