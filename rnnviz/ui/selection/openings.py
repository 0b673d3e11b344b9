"""What a page shows to a visitor who has chosen nothing yet: a trained network on an input that suits the question."""

from collections.abc import Iterable
from typing import Final

from rnnviz.page_registry import PAGES, STEP_THROUGH
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import FIELDS

OPENINGS: Final[dict[str, Selection]] = {page.title: changed(DEFAULT, **page.opening) for page in PAGES if page.opening}
"""By the page's title; the other pages show the example computed by hand."""


_SAYS_MORE: Final = {"v", *FIELDS} - {"tour", "present"}


def opening_of(page: str, params: Iterable[str]) -> Selection:
    """What a link to a page, by its title, means if it names no network and no input.

    Args:
        page: Its title.
        params: The names of the link's parameters. "Step through" once opened with the example computed by hand, and
            its links, which say nothing of that network, go on to mean it; those of today name theirs.
    """
    if page == STEP_THROUGH.title and _SAYS_MORE.intersection(params):
        return DEFAULT
    return OPENINGS.get(page, DEFAULT)
