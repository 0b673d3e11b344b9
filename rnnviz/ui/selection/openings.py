"""What a page shows to a visitor who has chosen nothing yet: a trained network on an input that suits the question."""

from typing import Final

from rnnviz.page_registry import PAGES
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import changed

OPENINGS: Final[dict[str, Selection]] = {page.title: changed(DEFAULT, **page.opening) for page in PAGES if page.opening}
"""By the page's title; the other pages show the lecture's own example."""
