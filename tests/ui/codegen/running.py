"""Scripts run as they stand, in this process, with nothing replaced but the windows that they would open."""

import base64
import contextlib
import io
import json
import re
from collections.abc import Callable
from typing import Any
from unittest.mock import patch

import numpy as np
import plotly.graph_objects as go
from plotly.utils import PlotlyJSONEncoder

from rnnviz.notebook.pages import FigurePage, Saved

_TEXT = re.compile(r"""(["'])(?:\\.|(?!\1).){24,}\1""")
_NUMBER = re.compile(r"[−-]?\d[\d,]*\.?\d*(?:e[+-]?\d+)?")


_LONGEST = 78
"""Characters of a line without a long text, as the menu has room for."""


def run(code: str) -> dict[str, Any]:
    """What a script leaves; ``shown`` and ``views`` are its figures and its widgets, ``printed`` is its output."""
    long = [line for line in code.splitlines() if len(_TEXT.sub("", line)) > _LONGEST]
    assert not long, long
    shown: list[go.Figure] = []
    printed = io.StringIO()
    names: dict[str, Any] = {"__name__": "__main__"}
    views: list[Saved] = []
    opened = patch.object(Saved, "show", _keeps(views))
    figures = patch.object(FigurePage, "show", lambda page: shown.append(page.figure))
    with figures, opened, contextlib.redirect_stdout(printed):
        exec(compile(code, "shown", "exec"), names)  # noqa: S102 - the code is the test
    return {**names, "shown": shown, "views": views, "printed": printed.getvalue()}


def _keeps(shown: list[Any]) -> Callable[[Any], None]:
    def show(figure: Any) -> None:  # a function, so that it is bound to its figure
        shown.append(figure)

    return show


def drawn(code: str) -> go.Figure:
    """The one figure of a script."""
    (figure,) = run(code)["shown"]
    return figure


def assert_same(one: go.Figure, other: go.Figure, rtol: float = 1e-4, atol: float = 1e-6) -> None:
    """The same traces, axes, words and numbers, up to the rounding of weights that torch draws itself."""
    _compare(_plain(one), _plain(other), "figure", rtol, atol)


def _plain(figure: go.Figure) -> Any:
    return json.loads(json.dumps(_decoded(figure.to_dict()), cls=PlotlyJSONEncoder))


def _decoded(value: Any) -> Any:
    if isinstance(value, dict):
        if "bdata" in value:
            flat = np.frombuffer(base64.b64decode(value["bdata"]), value["dtype"])
            return flat.reshape([int(n) for n in str(value["shape"]).split(",")] if "shape" in value else -1).tolist()
        return {key: _decoded(part) for key, part in value.items()}
    if isinstance(value, np.ndarray):
        return value.tolist()
    return [_decoded(part) for part in value] if isinstance(value, list | tuple) else value


def _compare(one: Any, other: Any, where: str, rtol: float, atol: float) -> None:
    if isinstance(one, dict) and isinstance(other, dict):
        assert set(one) == set(other), where
        for key, part in one.items():
            _compare(part, other[key], f"{where}.{key}", rtol, atol)
    elif isinstance(one, list) and isinstance(other, list):
        assert len(one) == len(other), where
        for k, (part, its) in enumerate(zip(one, other, strict=True)):
            _compare(part, its, f"{where}[{k}]", rtol, atol)
    elif isinstance(one, str) and isinstance(other, str):
        assert _NUMBER.sub("#", one) == _NUMBER.sub("#", other), where
        np.testing.assert_allclose(_numbers(one), _numbers(other), rtol=2e-2, atol=1e-2, err_msg=where)
    elif isinstance(one, int | float) and isinstance(other, int | float):
        np.testing.assert_allclose(one, other, rtol=rtol, atol=atol, err_msg=where)
    else:
        assert one == other, where


def _numbers(text: str) -> list[float]:
    return [float(number.replace(",", "").replace("−", "-")) for number in _NUMBER.findall(text)]
