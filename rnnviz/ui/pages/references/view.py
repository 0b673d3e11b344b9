"""All sources as one text, so that it is one message and each heading has an anchor."""

from functools import cache

import streamlit as st

from rnnviz import references
from rnnviz.page_registry import BY_TITLE
from rnnviz.references import Source
from rnnviz.ui.shell import frame


def show() -> None:
    """Every source: where it can be read, what is taken from it, and links to the pages that use it."""
    with st.container(key="references"):
        st.markdown(_text(), width=frame.PROSE_WIDTH, unsafe_allow_html=True)


@cache
def _text() -> str:
    return "\n\n".join(map(_entry, references.sources()))


def _entry(source: Source) -> str:
    by = "" if source.label == source.authors[0] else f"{', '.join(source.authors)}. "
    title = source.title if source.title.endswith("?") else f"{source.title}."
    where = f" {source.published}." if source.published else ""
    read = " · ".join(f"[{written}]({address})" for written, address in source.links.items())
    pages = ", ".join(map(_page, source.pages))
    used = f" **Pages:** {pages}." if pages else ""
    return f"## {source.label}\n\n{by}*{title}*{where} {read}\n\n**In rnnviz:** {source.use}{used}"


def _page(title: str) -> str:
    return f'<a class="rnnviz-within" href="{BY_TITLE[title].address}" target="_self">{title}</a>'
