"""The numbers behind a picture as JSON, for programs: with the title, the caption and the link beside them."""

import json
import math
from typing import Any, Final

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from rnnviz.figures import style
from rnnviz.figures.finished import titled
from rnnviz.figures.table import table_of

FORMAT: Final = "rnnviz table 1"
"""Stands in each file; another number will mean that a program which reads this shape cannot read that one."""


def json_of(figure: go.Figure, link: str = "") -> str:
    """The table of ``table_of`` as JSON, with the title and the caption of the figure; ``json_text`` says its shape.

    >>> import json, torch
    >>> from rnnviz import capture, figures
    >>> trace = capture(torch.nn.RNN(1, 2, batch_first=True), torch.ones(1, 3, 1))
    >>> read = json.loads(figures.json_of(figures.signal_heatmap(trace)))
    >>> read["columns"][:2]
    [{'name': 'unit'}, {'name': '0', 'across': 'step t'}]
    """
    caption = style.unescaped(style.spoken(figure.layout.title.subtitle.text or "")).strip()
    return json_text(table_of(figure), titled(figure), caption, link)


def json_text(table: pd.DataFrame, title: str, caption: str = "", link: str = "") -> str:
    """A table as JSON, in this shape, which is the same for every table.

    ``format`` is "rnnviz table 1". ``title``, ``caption`` and ``link`` are texts, empty where there is none.
    ``columns`` has an object for each column: its ``name``, and ``across``, the title of the axis to which the name
    belongs, where columns are steps, units or curves. ``rows`` has a list for each row, with a value for each column.

    A number of float64 reads back as the same number, and one of float32 does after it is made a float32 again. JSON
    knows finite numbers only: NaN and both infinities are null. The CSV tells these apart.

    >>> import pandas as pd
    >>> from rnnviz import figures
    >>> print(figures.json_text(pd.DataFrame({"t": [0, 1], "h": [0.5, float("nan")]}), "States").strip())
    {"format": "rnnviz table 1",
     "title": "States",
     "caption": "",
     "link": "",
     "columns": [{"name": "t"}, {"name": "h"}],
     "rows": [
      [0, 0.5],
      [1, null]]}
    """
    numbered = isinstance(table.index, pd.RangeIndex) and table.index.name is None
    labels = 0 if numbered else table.index.nlevels
    whole = table if numbered else table.reset_index()
    across = {} if table.columns.name is None else {"across": str(table.columns.name)}
    columns = [{"name": str(name), **(across if k >= labels else {})} for k, name in enumerate(whole.columns)]
    values = [_plain(whole.iloc[:, k]) for k in range(whole.shape[1])]
    head = {"format": FORMAT, "title": title, "caption": caption, "link": link, "columns": columns}
    lines = [f'"{name}": {_json(part)}' for name, part in head.items()]
    rows = ",\n  ".join(_json(row) for row in zip(*values, strict=True))
    return "{" + ",\n ".join([*lines, f'"rows": [\n  {rows}]' if rows else '"rows": []']) + "}\n"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _plain(column: pd.Series) -> list[Any]:
    """The values of a column as JSON has them."""
    return [_value(value) for value in column.to_numpy()]  # by itself, a column makes its float32 wider


def _value(value: Any) -> Any:
    match value:
        case bool() | np.bool_():
            return bool(value)
        case int() | np.integer():
            return int(value)
        case float() | np.floating():
            return float(str(value)) if math.isfinite(value) else None  # with the digits of its own precision
    return None if pd.isna(value) else str(value)
