"""The address of a view: the parameters under which a page shows a selection, as the page writes them itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from rnnviz.ui.selection import DEFAULT, OF_VISIT, Selection
from rnnviz.ui.selection.link import from_params, names_network, to_params
from rnnviz.ui.selection.openings import must_be_named, opening_of


def link_of(selection: Selection, page: str | None) -> dict[str, str]:
    """The parameters under which a page, if one is given by its title, shows a selection, as it writes them itself."""
    return named(to_params(selection), selection, page)


def named(params: dict[str, str], selection: Selection, page: str | None) -> dict[str, str]:
    """Parameters that name their network where a link without one would mean the page's own example."""
    if names_network(params) or not must_be_named(page, params):
        return params
    return {**params, "cell": selection.model.cell}


def written(page: str, params: Mapping[str, str]) -> dict[str, str]:
    """The parameters that a page, by its title, writes when it is opened with a link's: the same view in full."""
    selection, _ = from_params(params, opening_of(page, params))
    return link_of(selection, page)


def with_choices_of(selection: Selection, other: Selection) -> Selection:
    """The network and input of ``other`` with all that pages keep of a selection."""
    return replace(other, **{name: getattr(selection, name) for name in ("views", "entries", *OF_VISIT)})


def matches(address: Mapping[str, str], params: Mapping[str, str]) -> bool:
    """Whether an address is a link with these parameters and otherwise only defaults."""
    return params.items() <= address.items() and address.items() - params.items() <= _UNSAID


_UNSAID: Final = {("v", "1"), ("cell", DEFAULT.model.cell)}
