"""What of one page's network and text another page shows when its visitor takes them along."""

from contextlib import suppress
from dataclasses import replace
from typing import Final

from rnnviz.checkpoints.classifiers import is_classifier
from rnnviz.checkpoints.reviews import FAMILY as REVIEWS
from rnnviz.page_registry import BY_TITLE, NETWORK, REVIEW
from rnnviz.ui.selection import DEFAULT, OF_VISIT, Selection, checkpoint_of, without_viewpoint
from rnnviz.ui.selection.changes import changed, fitted
from rnnviz.ui.selection.openings import OPENINGS

_TEXTS: Final = ("input", "numbers", "words", "after")
"""Fields of a Selection that hold what the network reads."""

_STAYS: Final = ("picture", "fold", "threshold", "views", "entries", *OF_VISIT)
"""Fields of a Selection that a page keeps when another network comes to it."""


def example_of(page: str | None, beside: Selection = DEFAULT) -> Selection:
    """A page's own example, by the page's title, with what is ``beside``'s of the whole visit."""
    return of_visit(OPENINGS.get(page or "", DEFAULT), beside)


def of_visit(selection: Selection, beside: Selection) -> Selection:
    """The selection with the fields of the whole visit as ``beside`` has them; itself if it has them."""
    differing = {name: getattr(beside, name) for name in OF_VISIT if getattr(selection, name) != getattr(beside, name)}
    return replace(selection, **differing) if differing else selection


def is_same(one: Selection, other: Selection) -> bool:
    """Whether two selections are of the same network with the same input."""
    return one is other or without_viewpoint(one) == without_viewpoint(other)


def parts_differing(one: Selection, other: Selection) -> str:
    """Which of the two differ, "network", "text" or "network and text"; empty if neither does."""
    texts = {name: getattr(other, name) for name in _TEXTS}
    is_other = {
        "network": not is_same(replace(one, **texts), other),
        "text": (one.input, one.text, one.after) != (other.input, other.text, other.after),
    }
    return " and ".join(part for part, differs in is_other.items() if differs)


def takes(page: str | None, selection: Selection) -> bool:
    """Whether a page, by its title, shows a visitor's network or text in the view that is selected."""
    row = BY_TITLE.get(page or "")
    if row is None or not row.takes:
        return False
    return not row.takes_in or any(choice in selection.views for choice in row.takes_in)


def taken(wanted: Selection, onto: Selection, page: str | None) -> Selection:
    """What a page, by its title, shows once the network and text of ``wanted`` have come; else what it shows, ``onto``.

    Choices of the page stay. A page for reviews takes a network that classifies, and the words of an untrained one.
    """
    row = BY_TITLE.get(page or "")
    if row is None or not row.takes:
        return onto
    trained, known = wanted.model.trained, checkpoint_of(wanted.model)
    if row.takes == NETWORK or trained.startswith(REVIEWS) or (known is not None and is_classifier(known)):
        return _with_network(wanted, onto)
    if row.takes == REVIEW and not trained and wanted.input == "words":
        with suppress(ValueError):
            return changed(onto, words=wanted.words)
    return onto


def _with_network(wanted: Selection, onto: Selection) -> Selection:
    kept = {name: getattr(onto, name) for name in _STAYS}
    if wanted.model == onto.model:
        kept["interventions"] = onto.interventions
    if not wanted.second and wanted.input == onto.input:
        kept["second"] = onto.second
    new = replace(wanted, **kept)
    return fitted(new, new)
