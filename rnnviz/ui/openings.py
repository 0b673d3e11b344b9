"""What a page shows to a visitor who has chosen nothing yet: a trained network on an input that suits the question."""

from typing import Final

from rnnviz.ui.selection import Selection

OPENINGS: Final[dict[str, Selection]] = {}
"""By the page's title; the others show the lecture's own example."""
