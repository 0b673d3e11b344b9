"""The address of a view: the parameters under which a page shows a selection, as the page writes them itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rnnviz.ui.selection import DEFAULT, Selection, without_viewpoint
from rnnviz.ui.selection.link import from_params, names_network, to_params
from rnnviz.ui.selection.openings import OPENINGS, must_be_named, opening_of


def link_of(selection: Selection, page: str | None) -> dict[str, str]:
    """The parameters under which a page, if one is given by its title, shows a selection, as it writes them itself."""
    return named(to_params(_without_untouched(selection, page)), selection, page)


def named(params: dict[str, str], selection: Selection, page: str | None) -> dict[str, str]:
    """Parameters that name their network where a link without one would mean the page's own example."""
    if names_network(params) or not must_be_named(page, params):
        return params
    return {**params, "cell": selection.model.cell}


def written(page: str, params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that a page, by its title, writes when it is opened with a link's: the same view in full."""
    selection, _ = from_params(params, opening_of(page, params))
    return link_of(selection, page)


def opened(selection: Selection, page: str, *, again: bool = False) -> Selection:
    """What a page shows to a visitor who brings only the lecture's network, or no choice of its views: its own example.

    Args:
        page: Its title.
        again: Whether the visitor was there before: its choices are his, also where they are the first of each.
    """
    if page not in OPENINGS:
        return selection
    opening = OPENINGS[page]
    if not again and _groups(selection).isdisjoint(_groups(opening)):
        selection = replace(selection, views=tuple(sorted(selection.views + opening.views)))
    is_default = without_viewpoint(selection) == without_viewpoint(DEFAULT)
    return with_choices_of(selection, opening) if is_default else selection


def _without_untouched(selection: Selection, page: str | None) -> Selection:
    """The selection without the choices of other pages if they are those with which these are first shown."""
    if not selection.views:
        return selection
    untouched = [
        choice
        for title, opening in OPENINGS.items()
        if title != page and tuple(one for one in selection.views if _group(one) in _groups(opening)) == opening.views
        for choice in opening.views
    ]
    return replace(selection, views=tuple(one for one in selection.views if one not in untouched))


def _groups(selection: Selection) -> set[str]:
    """What stands before the dot in the names of a selection's choices: those of a page or of a part of it."""
    return set(map(_group, selection.views))


def _group(choice: tuple[str, str]) -> str:
    return choice[0].partition(".")[0]


def with_choices_of(selection: Selection, other: Selection) -> Selection:
    """The network and input of ``other`` with all that pages keep of a selection."""
    return replace(
        other, **{name: getattr(selection, name) for name in ("views", "entries", "present", "notation", "tour")}
    )


def matches(address: Mapping[str, str], params: Mapping[str, str]) -> bool:
    """Whether an address is a link with these parameters and otherwise only defaults."""
    return params.items() <= address.items() and address.items() - params.items() <= _UNSAID


_UNSAID: Final = {("v", "1"), ("cell", DEFAULT.model.cell)}
