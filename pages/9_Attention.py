"""Where does the network look?"""

from rnnviz.page_registry import ATTENTION
from rnnviz.ui.pages.attention import view as attention_view
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls


def show(_: Selection) -> None:
    """The chosen view and the text."""
    with frame.row():
        view = controls.choice("View", attention_view.VIEWS, key="attention.view")
        chosen = attention_view.pickers(view)
    attention_view.SHOW[view](*chosen)
    frame.explain("attention", view)


frame.show_page(ATTENTION, show)
