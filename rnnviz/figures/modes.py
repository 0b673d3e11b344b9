"""The modes at a fixed point: along which units a deviation lasts or grows, and what it adds to the outputs."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.dynamics import lasting
from rnnviz.figures.table import listed
from rnnviz.names import CELL_LABELS
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

if TYPE_CHECKING:
    from rnnviz.dynamics import Modes
    from rnnviz.names import Cell

_ADDED: Final = (
    "The bars on the right: what a deviation of length 1 along the mode adds to each output, before any softmax."
)
MOST_UNITS: Final = 128
"""The units whose bars are drawn: those with the largest numbers, in their own order."""

_SPLIT: Final = (0.66, 0.76)
"""Where the bars of the units end and those of the outputs begin, as parts of the width."""

_GAP: Final = 0.5
"""Between two rows, as a part of the height of one: room for a title, and for half of a number beside it."""


def leading_modes(
    modes: "Modes",
    cell: "Cell",
    *,
    names: Sequence[str] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The directions of the modes by unit of h, and what each adds to the outputs.

    Args:
        modes: As ``dynamics.leading_modes`` gives them.
        cell: Whose states they are; of an LSTM the part of h is drawn.
        names: Of the outputs; their numbers by default.

    Raises:
        ValueError: If there are not as many names as outputs.

    Source: Maheswaranathan et al. (2019): slow directions and what is read out of them.

    >>> import torch, rnnviz
    >>> from rnnviz import dynamics, figures
    >>> modes = dynamics.leading_modes(rnnviz.fixed_points(torch.nn.GRU(2, 8), count=10))
    >>> len(figures.leading_modes(modes, "gru").data) == len(modes.eigenvalues)
    True
    """
    count, outputs = modes.readouts.shape
    if names and len(names) != outputs:
        raise ValueError(f"names must be one for each of the {outputs} outputs; got {len(names)}")
    units = modes.directions.shape[1] // (2 if cell == "lstm" else 1)
    labels = list(names) or [str(k) for k in range(outputs)]
    figure = sheet.begin(
        f"{count} leading mode{'s' * (count != 1)} at point {modes.point}", {}, {}, theme, height=160 + 165 * count
    )
    for row in range(count):
        h = modes.directions[row, :units].real
        shown = np.sort(np.argsort(-np.abs(h), kind="stable")[:MOST_UNITS])
        number = row * (2 if outputs else 1) + 1
        _panel(figure, number, _rows(row, count), [0, _SPLIT[0] if outputs else 1], "unit" if row == count - 1 else "")
        figure.add_trace(_bars(number, shown.tolist(), h[shown], name=f"mode {row}", what="unit", theme=theme))
        _title(
            figure, number, f"λ = {_value(modes.eigenvalues[row])}: {lasting(_steps(modes.eigenvalues[row]))}", theme
        )
        if outputs:
            below = "output" if row == count - 1 else ""
            _panel(figure, number + 1, _rows(row, count), [_SPLIT[1], 1], below, type="category")
            figure.add_trace(
                _bars(number + 1, labels, modes.readouts[row].real, name=f"mode {row}", what="output", theme=theme)
            )
    is_turning = bool(np.abs(modes.eigenvalues.imag).max(initial=0) > 0)
    sentences = [
        *(caption or [f"{CELL_LABELS[cell]}, {units} unit{'s' * (units != 1)}."]),
        "A deviation along a mode is multiplied by λ at each step. Bars: its direction by unit of h.",
        *([_ADDED] if outputs else []),
        *(["For a complex pair, the bars show the real part."] if is_turning else []),
        *([f"Drawn are the {MOST_UNITS} units with the largest numbers."] if units > MOST_UNITS else []),
    ]
    said = "; ".join(f"λ = {_value(value)}, {lasting(_steps(value))}" for value in modes.eigenvalues)
    return sheet.finish(
        figure, sentences, theme, headroom=24, alt=f"Bars of {count} modes by unit: {said}. {' '.join(sentences)}"
    )


# --- Parts ---


def _rows(row: int, count: int) -> list[float]:
    """Where a row stands, the first one on top, with room for the title of the next."""
    height = 1 / (count + (count - 1) * _GAP)
    top = 1 - row * height * (1 + _GAP)
    return [max(0.0, top - height), top]


def _panel(figure: go.Figure, number: int, rows: list[float], columns: list[float], below: str, **options: str) -> None:
    """A pair of axes at its place."""
    name = "" if number == 1 else str(number)
    across = style.axis(below, domain=columns, anchor=f"y{name}", showticklabels=bool(below), **options)
    if not below:
        across["ticks"] = ""  # it would stand in the title of the next row
    up = style.axis("", domain=rows, anchor=f"x{name}", nticks=4, zeroline=True)
    figure.update_layout({f"xaxis{name}": across, f"yaxis{name}": up})


def _bars(number: int, places: Sequence[object], values: np.ndarray, *, name: str, what: str, theme: Theme) -> go.Bar:
    axis, signal = "" if number == 1 else str(number), "h" if what == "unit" else "o"
    return go.Bar(
        x=list(places), y=values.astype(np.float32), name=name, showlegend=False, xaxis=f"x{axis}", yaxis=f"y{axis}",
        marker={"color": SIGNAL_COLORS[theme][signal]}, customdata=[name] * len(values),
        meta=listed(customdata="mode", x=what, y="direction" if what == "unit" else "added to the output"),
        hovertemplate=f"{what} %{{x}}: %{{y:.4f}}<extra></extra>",
    )  # fmt: skip


def _title(figure: go.Figure, number: int, text: str, theme: Theme) -> None:
    axis = "" if number == 1 else str(number)
    figure.add_annotation(
        text=text, x=0, xref=f"x{axis} domain", xanchor="left", y=1, yref=f"y{axis} domain", yanchor="bottom", yshift=3,
        showarrow=False, font={"size": 15, "color": GROUNDS[theme]["ink"]},
    )  # fmt: skip


def _steps(value: complex) -> float:
    """The time constant -1 / ln|λ|."""
    with np.errstate(divide="ignore"):
        log = float(np.log(abs(value)))
    return np.inf if log == 0 else -1 / log


def _value(value: complex) -> str:
    imaginary = f" {'+' if value.imag >= 0 else '−'} {abs(value.imag):.3f} i" if value.imag else ""
    return f"{value.real:.4f}{imaginary}".replace("-", "−")
