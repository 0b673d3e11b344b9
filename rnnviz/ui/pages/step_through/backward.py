"""How the loss goes back that the stepper draws: from which steps, truncated or not, clipped or not."""

from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls
from rnnviz.ui.widgets.back_payload import CUTS, THRESHOLDS, WHERE, Back


def chosen(selection: Selection) -> Back | None:
    """The choices, offered while the way back is drawn; a network that reads backwards too cannot be truncated."""
    if selection.picture != "backward":
        return None
    with frame.row("center"):
        every = controls.choice("Loss", WHERE, key="step_through.loss")
        threshold = controls.choice("Clip at", THRESHOLDS, key="step_through.clipping", listed=True)
        cut = None
        if not selection.model.bidirectional:
            cut = controls.choice("Truncation", CUTS, key="step_through.truncation", listed=True)
    return Back(every, cut, threshold)
