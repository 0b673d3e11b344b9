"""A one-hot vector times a matrix: the row that it picks."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.palette import GROUNDS, SEQUENTIAL, Theme


def one_hot_product(
    matrix: np.ndarray, chosen: int, tokens: Sequence[str], *, said: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """A one-hot vector beside an embedding, and below it their product, with the numbers of all three.

    ``matrix`` is of shape (token, feature), with a token for each row; ``chosen`` is the place of the one.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.one_hot_product(np.arange(6.0).reshape(3, 2), 1, ["a", "b", "c"])
    >>> figure.data[0].type
    'heatmap'
    """
    rows, width = matrix.shape
    hot = np.eye(rows)[chosen]
    product = (hot @ matrix)[None]  # (1, feature)
    names = [f"{style.label(token)} · {k}" for k, token in enumerate(tokens)]
    across = {"side": "top", "showgrid": False, "zeroline": False, "dtick": 1, "ticks": ""}
    down = {"autorange": "reversed", "showgrid": False, "zeroline": False, "ticks": ""}
    figure = sheet.begin(
        "One-hot times embedding is a row of it",
        style.axis("", domain=[0, 0.09], anchor="y", tickvals=[0], ticktext=["x, one-hot"], **across),
        style.axis("token · number", domain=[0.2, 1], tickvals=list(range(rows)), ticktext=names, **down),
        theme,
        xaxis2=style.axis("", domain=[0.16, 1], anchor="y", tickprefix="e", **across),
        xaxis3=style.axis(f"xᵀE, {width} numbers: row {chosen} of E", domain=[0.16, 1], anchor="y3", showgrid=False,
                          zeroline=False, dtick=1, showticklabels=False, ticks=""),
        yaxis3=style.axis("", domain=[0, 0.8 / rows], tickvals=[0], ticktext=["product"], **down),
        height=560,
    )  # fmt: skip
    largest = float(np.abs(matrix).max())
    signed = style.color_axis("h", largest, theme)
    counts: dict[str, Any] = {"colorscale": style.scale(SEQUENTIAL[theme]), "zmin": 0, "zmax": 1}
    parts: tuple[tuple[np.ndarray, dict[str, Any], dict[str, str], str, str], ...] = (
        (hot[:, None], counts, {}, "one-hot", "%d"),
        (matrix, signed, {"xaxis": "x2"}, "E", "%.2f"),
        (product, signed, {"xaxis": "x3", "yaxis": "y3"}, "product", "%.2f"),
    )
    for values, colors, axes, name, digits in parts:
        hover = f"{name}[%{{y}}, %{{x}}] = %{{z:.6g}}"
        image = sheet.image(values, colors, {"title": {"text": "E"}}, hover, x0=0, dx=1, y0=0, dy=1)
        texts = [[_digits(digits % value) for value in row] for row in values]
        image.update(
            name=name,
            showscale=False,
            textfont={"size": 13},
            xgap=1,
            ygap=1,
            text=texts,
            texttemplate="%{text}",
            **axes,
        )
        figure.add_trace(image)
    frame = {"type": "rect", "line": {"color": GROUNDS[theme]["ink"], "width": 3}}
    for xref, last in (("x", 0), ("x2", width - 1)):
        figure.add_shape(**frame, xref=xref, yref="y", x0=-0.5, x1=last + 0.5, y0=chosen - 0.5, y1=chosen + 0.5)
    told = f"All other rows are multiplied by 0: {rows} × {width} products to look up {width} numbers."
    return sheet.finish(sheet.small_titles(figure), [*said, told], theme, headroom=34)


def _digits(number: str) -> str:
    """With a minus sign in place of a hyphen, and none before zero."""
    return number.replace("-", "−") if float(number) else number.lstrip("-")
