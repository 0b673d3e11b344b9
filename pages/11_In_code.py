"""How is this written in PyTorch?"""

from rnnviz.page_registry import IN_CODE
from rnnviz.ui.pages.in_code import view as in_code
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls

VIEWS = {"Sentiment program": in_code.SENTIMENT, "Manual loop": in_code.MANUAL}


def show(_: Selection) -> None:
    """The chosen program and the text."""
    program = controls.choice("View", VIEWS, key="in_code.view")
    frame.restart(*(other.key for other in VIEWS.values() if other is not program))
    in_code.show(program)
    frame.explain("in_code", program.name)


frame.show_page(IN_CODE, show)
