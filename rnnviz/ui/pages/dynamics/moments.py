"""A network at several moments of its training, all on the plane of its end."""

from dataclasses import replace

from rnnviz.checkpoints.moments import TAKEN_AT, family_at, family_at_the_end
from rnnviz.ui.selection import Selection, checkpoint_of
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls


def picked(selection: Selection) -> Selection:
    """The selection with its network at the chosen moment; that at the end by default, or where there is one alone."""
    model = selection.model
    known = checkpoint_of(model)
    if known is None or known.name not in TAKEN_AT:
        return selection
    families = {f"{updates} updates": family_at(model.trained, updates) for updates in TAKEN_AT[known.name]}
    families[f"{known.card['updates']:,} updates: the end"] = model.trained
    with frame.on_slide("moments"):  # as a player goes through the steps, these go through the training
        family = controls.choice("Moment of the training", families, key="dynamics.moment", default=list(families)[-1])
    return replace(selection, model=replace(model, trained=family))


def at_the_end(fixed: Selection) -> Selection:
    """The selection with its network at the end of its training."""
    return replace(fixed, model=replace(fixed.model, trained=family_at_the_end(fixed.model.trained)))


def told(fixed: Selection) -> list[str]:
    """How well its network does the task at an earlier moment, in a sentence; nothing of other networks."""
    known = checkpoint_of(fixed.model)
    if known is None or not is_earlier(fixed):
        return []
    accuracy, held_out = known.card["accuracy"], known.card["held_out"]
    return [f"At this moment it classifies {accuracy:.1%} of {held_out:,} held-out sequences correctly."]


def is_earlier(fixed: Selection) -> bool:
    """Whether its network is one of before the end."""
    return at_the_end(fixed) != fixed
