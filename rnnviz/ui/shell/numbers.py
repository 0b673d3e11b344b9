"""The numbers behind a picture as a table, for those who do not see it, or want to read them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from rnnviz.ui.selection import state

if TYPE_CHECKING:
    from pandas import DataFrame

_READ_ALOUD: Final = 600
"""Cells up to which a table is set as text; a larger one scrolls."""


def below(key: str, table: Callable[[], "DataFrame"]) -> None:
    """Offer a table under the picture ``key``; it is made on request. While presenting there is none."""
    if state.current().present:
        return
    with st.expander("The numbers", key=f"{key}.numbers", on_change="rerun", type="compact") as numbers:
        if numbers.open:
            _show(table())


def _show(table: "DataFrame") -> None:
    """Show a table, as text if it is small, so that it can be read aloud."""
    if table.columns.name is not None:
        st.caption(f"Down: {table.index.names[-1]}. Across: {table.columns.name}.")
    table.columns = [str(title) for title in table.columns]
    if table.size <= _READ_ALOUD:
        st.table(table.map(_digits))
    else:
        digits = st.column_config.NumberColumn(format="%.4g")
        st.dataframe(table, width="stretch", column_config=dict.fromkeys(table.select_dtypes("number").columns, digits))


def _digits(cell: object) -> str:
    """A number as figures write it, a dash where there is none; words as they are."""
    if not isinstance(cell, float | np.floating):
        return str(cell)
    return "–" if np.isnan(cell) else f"{cell:.7g}".replace("-", "−").replace("inf", "∞")
