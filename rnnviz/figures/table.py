"""The numbers behind a figure as a table, read off the figure itself: for those who do not see it, or want to copy."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnnviz.figures import style


def table_of(figure: go.Figure) -> pd.DataFrame:
    """What a figure of this package draws, in numbers.

    Of a picture, these are its cells in their places, one picture under the other; of curves, a column each by step; of
    all else a row a mark. Titles are those of the axes. What the figure pooled or left out is so here too. Where
    ``layout.meta`` has what was read at the steps, it stands beside the steps.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> len(figures.table_of(figures.signal_heatmap(trace)))
    2
    """
    table = _drawn(figure)
    read = (figure.layout.meta or {}).get("read")
    if read is not None:
        table.insert(0, "input", [read[str(t)] for t in table.index])
    return table


def _drawn(figure: go.Figure) -> pd.DataFrame:
    pictures = [trace for trace in figure.data if trace.type == "heatmap" and trace.meta != "grey"]
    if pictures:
        parts = [_picture(figure, trace) for trace in pictures]
        return parts[0] if len(parts) == 1 else pd.concat(parts, keys=[trace.name for trace in pictures], names=["of"])
    marked = [trace for trace in figure.data if isinstance(trace.meta, dict) or trace.meta == "edge"]
    rows = [_rows(figure, trace) for trace in marked]
    if not rows:
        return pd.DataFrame()
    whole = pd.concat(_alike(rows), ignore_index=True)
    if marked[0].meta["wide"]:
        of, step, *values = whole.columns
        long = whole[[of, step]].assign(value=whole[values].bfill(axis=1).iloc[:, 0])
        table = long.pivot_table(index=step, columns=of, values="value", aggfunc="first", sort=False, dropna=False)
        return table.rename_axis(columns="curve")
    return whole.drop(columns="of") if whole["of"].nunique() <= 1 else whole


def csv_of(figure: go.Figure) -> str:
    """The table of ``table_of`` with its titles as text: a row a line, with commas between.

    Numbers have all their digits; where there is none, nothing stands. A text that a spreadsheet would take for a
    formula begins with an apostrophe.

    >>> import torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> text = figures.csv_of(figures.signal_heatmap(trace))
    >>> len(text.splitlines())
    3
    """
    return csv_text(table_of(figure))


def csv_text(table: pd.DataFrame) -> str:
    """A table as text, as ``csv_of`` writes it.

    >>> import pandas as pd
    >>> from rnnviz import figures
    >>> print(figures.csv_text(pd.DataFrame({"t": [0, 1], "h": [0.5, -0.5]})).strip())
    t,h
    0,0.5
    1,-0.5
    """
    numbered = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    table = table if numbered else table.reset_index()
    words = table.select_dtypes(exclude="number").columns
    written = table.assign(**{name: table[name].map(_harmless) for name in words})
    return written.to_csv(index=False, header=[_harmless(str(title)) for title in table.columns])


def _harmless(value: Any) -> Any:
    """Words that no spreadsheet runs: what was typed here may be opened there."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value


def listed(wide: bool = False, **columns: str) -> dict[str, Any]:
    """The ``meta`` of a trace whose marks are rows of the table.

    Args:
        wide: Whether it is a curve, for a column of its own.
        **columns: Title of the column that shows an attribute of the trace, an empty one for that of its axis:
            ``x=""``, ``text="input"``, ``customdata_0="unit"`` for a column of several.
    """
    return {"table": columns, "wide": wide}


def shared(marks: np.ndarray, **levels: Sequence[int | str]) -> dict[str, Any]:
    """More ``meta`` of a trace whose marks stand for several things each: these are the rows of the table.

    Args:
        marks: The number of each thing's mark, below 0 where it has none; one axis for each of the levels.
        **levels: The title of a column for each axis, and what stands along it.
    """
    return {"shared": {"marks": marks.ravel(), "levels": {title: list(along) for title, along in levels.items()}}}


def _rows(figure: go.Figure, trace: Any) -> pd.DataFrame:
    titles = {"x": "", "text": _title(figure, trace, "y")} if trace.meta == "edge" else trace.meta["table"]
    named = {name: title or _title(figure, trace, name) for name, title in titles.items()}
    columns = {title: _in_unit(_column(trace, name), title) for name, title in named.items()}
    rows = pd.DataFrame({"of": style.spoken(trace.name or ""), **columns}, index=range(len(trace.x)))
    return rows if trace.meta == "edge" else _shared(rows, **trace.meta.get("shared", {}))


def _shared(rows: pd.DataFrame, marks: Any = None, levels: Mapping[str, list[int | str]] | None = None) -> pd.DataFrame:
    """A row for each of those that share a mark, where marks are shared."""
    if levels is None:
        return rows
    marks = np.asarray(marks)
    things = pd.MultiIndex.from_product(list(levels.values()), names=list(levels)).to_frame(index=False)[marks >= 0]
    table: pd.DataFrame = rows.iloc[marks[marks >= 0]].reset_index(drop=True)
    for place, title in enumerate(levels, start=1):
        table.insert(place, title, things[title].to_numpy())
    return table


def _in_unit(values: Any, title: str) -> Any:
    """Numbers in the unit of their title: axes in per cent have fractions, whose decimal point is moved."""
    return [float(Decimal(str(value)).scaleb(2)) for value in values] if "(%" in title else values


def _column(trace: Any, name: str) -> Any:
    """An attribute, or one column of it; texts that are numbers as numbers."""
    name, _, place = name.partition("_")
    values = trace[name]
    if place:
        numbers = np.asarray(values)[:, int(place)]
        return numbers.astype(int) if np.array_equal(numbers, np.rint(numbers)) else numbers
    if name == "text":
        return _number(values) if isinstance(values, str) else [_number(value) for value in values]
    return [style.unescaped(style.spoken(value)) if isinstance(value, str) else value for value in values]


def _alike(parts: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """Float32 beside float64 with the same digits: 0.2, and not 0.20000000298, which the nearest float32 is."""
    if not any((part.dtypes == np.float64).any() for part in parts):
        return parts
    return [part.apply(_wide) for part in parts]


def _wide(column: "pd.Series[Any]") -> "pd.Series[Any]":
    if column.dtype != np.float32:
        return column
    return pd.Series([float(str(value)) for value in column.to_numpy()], column.index, np.float64)


def _number(text: str) -> float | str:
    """The number that a label says, if it is one."""
    try:
        return float(text.replace("−", "-").replace("∞", "inf"))
    except ValueError:
        return style.unescaped(text)


def _picture(figure: go.Figure, trace: Any) -> pd.DataFrame:
    z = np.asarray(trace.z)
    if trace.meta == "log10":
        z = np.where(np.isnan(z), 0.0, 10.0 ** z.astype(np.float64))
        for grey in (layer for layer in figure.data if layer.meta == "grey"):
            z[np.isfinite(grey.z)] = np.nan
    rows, columns = (_places(trace, axis, size) for axis, size in zip("yx", z.shape, strict=True))
    index = pd.Index(rows, name=_title(figure, trace, "y"))
    return pd.DataFrame(z, index=index, columns=pd.Index(columns, name=_title(figure, trace, "x")))


def _places(trace: Any, axis: str, size: int) -> list[Any]:
    """The steps, units or words that the cells of a picture stand for."""
    if trace[axis] is not None:
        return [style.unescaped(place) if isinstance(place, str) else int(place) for place in trace[axis]]
    first, by = trace[f"{axis}0"] or 0, trace[f"d{axis}"] or 1  # as plotly places cells that say nothing
    begin = round(first - (by - 1) / 2)
    return [begin + k * by if by == 1 else f"{begin + k * by} …" for k in range(size)]


def _title(figure: go.Figure, trace: Any, axis: str) -> str:
    place = (trace[f"{axis}axis"] or axis).replace(axis, f"{axis}axis")
    titles = (figure.layout[place].title.text, figure.layout[f"{axis}axis"].title.text)
    return style.spoken(next((title for title in titles if title), {"x": "column", "y": "row"}[axis]))
