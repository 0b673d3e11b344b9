"""The links to all pages, in groups: one element of a run, where each of Streamlit's would be another."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from rnnviz.page_registry import GROUPS, HOME, Page
from rnnviz.ui.selection.visit import KEPT, OF_PAGE, fits

_PLACE: Final = '<nav aria-label="Pages">{}</nav>'


def show(here: str, to: Callable[[str], Mapping[str, str]]) -> None:
    """Show the links; ``assets/components/bar/within.js`` follows them in this tab.

    Args:
        here: The title of the page that is open.
        to: The parameters of a link to the page of a title.
    """
    groups = [_links((HOME,), here, to)]
    groups += [f"<h2>{name}</h2>{_links(pages, here, to)}" for name, pages in GROUPS.items()]
    st.html(_PLACE.format("".join(groups)))


def _links(pages: tuple[Page, ...], here: str, to: Callable[[str], Mapping[str, str]]) -> str:
    return "".join(_element(page, _query(to(page.title)), is_here=page.title == here) for page in pages)


def _query(params: Mapping[str, str]) -> str:
    return f"?{urlencode(params if fits(params) else {KEPT: OF_PAGE})}" if params else ""


def _element(page: Page, query: str, *, is_here: bool) -> str:
    address, label = ("./", "rnnviz") if page is HOME else (page.address, page.title)
    current = ' aria-current="page"' if is_here else ""
    return f'<a class="rnnviz-within" href="{escape(address + query)}" target="_self"{current}>{label}</a>'
