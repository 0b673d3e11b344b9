"""Predictions on the page of interventions: what follows if somebody reaches in."""

from rnnviz.ui.selection import Selection
from rnnviz.ui.shell.question import Questions


def ask(selection: Selection) -> Questions:
    """Nothing yet."""
    return ""
