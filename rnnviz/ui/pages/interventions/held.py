"""The network of a selection for what is measured on held-out sequences, whatever text is on the page."""

from dataclasses import replace

from rnnviz.ui.selection import DEFAULT, Selection, without_viewpoint
from rnnviz.ui.selection.changes import changed


def relevant(selection: Selection) -> Selection:
    """The selection with defaults in all fields that the held-out sequences and the network do not depend on."""
    plain = without_viewpoint(selection)
    example = without_viewpoint(_on_example(selection))
    edits = tuple(edit for edit in plain.edits if edit.name != "x")
    return replace(example, edits=edits)


def _on_example(selection: Selection) -> Selection:
    """The network on its own example: the text on the page changes nothing here."""
    model = selection.model
    if not model.trained:
        return selection
    return changed(DEFAULT, cell=model.cell, trained=model.trained)
