"""What a page shows to a visitor who has chosen nothing yet: a trained network on an input that suits the question."""

from collections.abc import Iterable
from typing import Final

from rnnviz.page_registry import ATTENTION, CLIPPING, GRADIENTS, PAGES, SEQUENCES, STEP_THROUGH
from rnnviz.ui.selection import DEFAULT, Selection
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.selection.fields import FIELDS

OPENINGS: Final[dict[str, Selection]] = {
    page.title: changed(DEFAULT, **page.opening, views=tuple(sorted(page.choices.items())))
    for page in PAGES
    if page.opening or page.choices
}
"""By the page's title; the other pages show the example computed by hand."""

_OWN_NETWORK: Final = frozenset(page.title for page in PAGES if page.opening)

_EARLIER: Final[dict[str, Selection]] = {
    SEQUENCES.title: DEFAULT,
    STEP_THROUGH.title: DEFAULT,
    GRADIENTS.title: changed(DEFAULT, cell="lstm", trained="adding"),
    CLIPPING.title: DEFAULT,
    ATTENTION.title: DEFAULT,
}
"""What links to these pages mean that name something, but no network: what the pages once opened with."""

_SAYS_MORE: Final = {"v", *FIELDS} - {"tour", "present", "notation"}


def opening_of(page: str, params: Iterable[str]) -> Selection:
    """What a link to a page, by its title, means if it names no network and no input.

    Args:
        page: Its title.
        params: The names of the link's parameters. Links of a time when the page opened with something else, which say
            nothing of that, go on to mean it; those of today name what they show.
    """
    now = OPENINGS.get(page, DEFAULT)
    return _EARLIER.get(page, now) if _SAYS_MORE.intersection(params) else now


def must_be_named(page: str | None, params: Iterable[str]) -> bool:
    """Whether a link to a page, by its title, that names no network would mean another one, or other choices."""
    return page in _OWN_NETWORK or (page in OPENINGS and not _SAYS_MORE.intersection(params))
