"""The links to all pages, which carry the view: one element of a run, where each of Streamlit's would be another."""

from collections.abc import Callable, Mapping
from html import escape
from typing import Final
from urllib.parse import urlencode

import streamlit as st

from rnnviz.page_registry import HOME, NAVIGATED, Page
from rnnviz.ui.selection.visit import KEPT

LINKED: Final = 1_500
"""The most characters that a link to another page carries: there are fifteen links."""


def show(here: str | None, to: Callable[[str], Mapping[str, str]]) -> None:
    """Show the links; ``assets/components/bar/within.js`` follows them in this tab.

    Args:
        here: The title of the page that is open.
        to: The parameters of a link to the page of a title.
    """
    links = "".join(_element(page, _query(to(page.title)), is_here=page.title == here) for page in NAVIGATED)
    st.html(f'<nav aria-label="Pages">{links}</nav>')


def fits(params: Mapping[str, str]) -> bool:
    """Whether a link carries these; one that does not leads to what the session keeps."""
    return sum(map(len, params.values())) <= LINKED


def _query(params: Mapping[str, str]) -> str:
    return f"?{urlencode(params if fits(params) else {KEPT: 1})}" if params else ""


def _element(page: Page, query: str, *, is_here: bool) -> str:
    address, label = ("./", "rnnviz") if page is HOME else (page.address, page.title)
    current = ' aria-current="page"' if is_here else ""
    return f'<a class="rnnviz-within" href="{escape(address + query)}" target="_self"{current}>{label}</a>'
