"""Where does it look?"""

from rnnviz.page_registry import ATTENTION
from rnnviz.ui import controls, frame
from rnnviz.ui.pages.attention import view as attention_view

frame.begin(ATTENTION)
with frame.row():
    view = controls.choice("View", attention_view.VIEWS, key="attention.view")
    chosen = attention_view.pickers(view)
attention_view.SHOW[view](*chosen)
frame.explain("attention", view)
