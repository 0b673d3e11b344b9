"""Which networks the stepper draws: it has a number for each unit, and a row and column of each matrix."""

from rnnviz.page_registry import INSIDE
from rnnviz.ui.selection import Selection
from rnnviz.ui.selection.fields import HIDDEN_SIZE
from rnnviz.ui.shell import frame


def is_drawn(selection: Selection) -> bool:
    """Whether the network is small enough; if not, the page says so and leads to the pages that show it."""
    units, most = selection.model.hidden_size, HIDDEN_SIZE.high
    if units <= most:
        return True
    frame.note(
        f"This network has {units:,} units in each layer and direction. Step through shows every product of a step, "
        f"for at most {most} units. These pages show this network:"
    )
    with frame.row("center"):
        for page in INSIDE:
            frame.link_taking(page, selection)
    return False
