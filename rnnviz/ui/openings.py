"""What a page shows to a visitor who has chosen nothing yet: a trained network on an input that suits the question."""

from typing import Final

from rnnviz.ui.changes import changed
from rnnviz.ui.selection import DEFAULT, Selection

OPENINGS: Final[dict[str, Selection]] = {
    "Hidden states": changed(DEFAULT, cell="lstm", trained="brackets"),
    "Gates": changed(DEFAULT, cell="lstm", trained="adding"),
    "Sentiment": changed(DEFAULT, cell="lstm", trained="reviews-bilstm"),
    "Gradients": changed(DEFAULT, cell="lstm", trained="adding"),
}
"""By the page's title; the others show the lecture's own example."""
