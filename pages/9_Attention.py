"""Where does it look?"""

from rnnviz.ui import attention_view, controls, frame

frame.begin("Attention")
view = controls.choice("View", attention_view.VIEWS, key="attention.view")
attention_view.SHOW[view]()
frame.explain("attention", view)
