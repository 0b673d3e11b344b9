"""The numbers behind a picture as a table, for those who do not see it, or want to read them."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Final

import numpy as np
import streamlit as st

from rnnviz.ui.selection import state

if TYPE_CHECKING:
    from pandas import DataFrame

_READ_ALOUD: Final = 600
"""Cells up to which a table is set as text; a larger one scrolls."""


def probability(value: float) -> str:
    """A probability as pages write it, rounded once; as ``probability`` of ``assets/components/shared/arrays.js``."""
    if np.isnan(value):
        return "–"
    if 0 < value < 0.0005:
        return "< 0.001"
    return str(_rounded(value))


def change(before: float, after: float) -> str:
    """From one probability to another, as the difference of what stands beside it, so that the three agree.

    >>> change(0.1814, 0.7279), change(0.5, 0.5)
    ('+0.547', '0.000')
    """
    if np.isnan(before) or np.isnan(after):
        return "–"
    moved = _rounded(after) - _rounded(before)
    return f"{moved:+}".replace("-", "−") if moved else "0.000"


def _rounded(value: float) -> Decimal:
    return Decimal(float(value)).quantize(Decimal("0.001"), ROUND_HALF_UP)


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
