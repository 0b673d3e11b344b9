"""Where does it look?"""

from rnnviz.ui import attention_view, controls, frame

VIEWS = {"Sentiment": "sentiment"}

frame.begin("Attention")
view = controls.choice("View", VIEWS, key="attention.view")
attention_view.SHOW[view]()
frame.explain("attention", view)
