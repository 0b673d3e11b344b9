"""A figure whose weights have the letters of another notation."""

from typing import Any

import numpy as np
from plotly.graph_objects import Figure

from rnnviz.notation import Notation, rewritten


def lettered(figure: Figure, notation: Notation) -> Figure:
    """The figure with all its titles, names, labels and captions in another notation; itself in torch's.

    Only letters with an index in HTML are rewritten. No word that somebody has typed has one: figures escape it.

    >>> import plotly.graph_objects as go
    >>> from rnnviz import figures
    >>> figures.lettered(go.Figure(layout={"title": "W<sub>hh</sub>"}), "goodfellow").layout.title.text
    'W'
    """
    if notation == "torch":
        return figure
    return Figure(_written(figure.to_plotly_json(), notation))


def _written(part: Any, notation: Notation) -> Any:
    """A part of a figure as plain data, in the notation."""
    if isinstance(part, str):
        return rewritten(part, notation) if "<sub>" in part else part
    if isinstance(part, dict):
        return {name: _written(value, notation) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_written(value, notation) for value in part]
    if isinstance(part, np.ndarray) and part.dtype.kind in "OU":
        return np.array([_written(value, notation) for value in part.ravel()], object).reshape(part.shape)
    return part
