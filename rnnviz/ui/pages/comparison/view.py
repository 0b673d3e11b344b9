"""The cells and the remedies beside each other, with a link to a view for each row."""

from collections.abc import Sequence

import streamlit as st

from rnnviz import comparison
from rnnviz.caching import cached
from rnnviz.comparison import Row
from rnnviz.ui.shell import frame, notations


def show() -> None:
    """Two tables: cells with their initializations, and remedies; each row leads to a view that shows it."""
    cells, remedies = _tables()
    with st.container(key="comparison"):
        frame.explain("comparison", "cells")
        st.markdown(notations.written(cells), unsafe_allow_html=True)
        frame.explain("comparison", "remedies")
        st.markdown(notations.written(remedies), unsafe_allow_html=True)
        frame.explain("comparison", "limits")


@cached(1)
def _tables() -> tuple[str, str]:
    cells = _table(("Measured", *comparison.STARTS, "See it"), comparison.cells())
    remedies = _table(("Remedy", "What it did here", "See it"), comparison.remedies())
    return cells, remedies


def _table(heads: Sequence[str], rows: Sequence[Row]) -> str:
    lines = [heads, ["---"] * len(heads), *([row.name, *row.cells, _link(row)] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _link(row: Row) -> str:
    if row.page is None:
        return ""
    address = f"{row.page.address}?{row.query}" if row.query else row.page.address
    return f'<a class="rnnviz-within" href="{address}" target="_self">{row.page.title}</a>'
