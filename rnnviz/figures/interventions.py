"""What follows from interventions: outputs before and after, effects by step and place, and of each unit."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import picture, sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme

MOST_ROWS: Final = 3
"""Rows that a title names, of those that share the largest effect."""

LEAST: Final = 0.01
"""The end of the scale of colours where all effects are smaller."""

_BAR: Final = {
    "orientation": "h",
    "yref": "container",
    "y": 0,
    "yanchor": "bottom",
    "x": 0,
    "xanchor": "left",
    "len": 1,
}
"""The bar of colours under the picture, where it leaves a narrow window its width."""

MOST_LETTERS: Final = 70
"""Letters and blanks that stand beside each other under a grid at the width of a page."""

NOTHING: Final = 0.0001
"""Less than this may be rounding."""

MOST_BARS: Final = 64
"""Units that have a bar; of more, those with the largest effects."""


def output_change(
    before: np.ndarray,
    after: np.ndarray,
    name: str,
    tokens: Sequence[str],
    *,
    is_share: bool = True,
    t: int | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """An output at every step, without interventions and with them.

    Args:
        before, after: Of shape (time,); NaN where there is no output.
        name: Of the output: a class, whose probabilities these are if ``is_share``.
        tokens: Labels of the steps.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.output_change(np.array([0.9, 0.9]), np.array([0.9, 0.2]), "depth 2", "((")
    >>> [trace.name for trace in figure.data]
    ['before', 'after']
    """
    colors = GROUNDS[theme]["soft"], SIGNAL_COLORS[theme]["c"]
    what = f"probability of “{name}”" if is_share else name
    figure = sheet.begin(
        f"{what[0].upper()}{what[1:]} before and after",
        style.axis("step t", range=[-0.5, len(tokens) - 0.5], **style.word_axis(tokens, t)),
        style.axis(what, **({"range": [-0.03, 1.03]} if is_share else {})),
        theme,
        height=400,
    )
    sheet.legend_below(figure, 100)
    read = sheet.reading(
        tokens, sorted({t for values in (before, after) for t in picture.extremes(values)[0].tolist()})
    )
    single = int(np.isfinite(before).sum()) == 1
    for values, said, color, dash, shape in (
        (before, "before", colors[0], "dash", "circle-open"),
        (after, "after", colors[1], "solid", "circle"),
    ):
        shown, _ = picture.extremes(values)
        figure.add_trace(
            go.Scatter(
                x=shown, y=values[shown].astype(np.float32), name=said, mode="lines+markers",
                line={"color": color, "dash": dash, "width": 2.5},
                marker={"symbol": shape, "size": 14 if single else 7, "color": color, "line": {"width": 2}},
                hovertemplate=f"t = %{{x}}, {said}: %{{y:.4g}}<extra></extra>", meta=listed(wide=True, x="", y=""),
            )
        )  # fmt: skip
    return sheet.finish(figure, [_changed(before, after, tokens), *caption], theme, meta=read)


def _changed(before: np.ndarray, after: np.ndarray, tokens: Sequence[str]) -> str:
    apart = np.nan_to_num(np.abs(after.astype(np.float64) - before))
    if not apart.any():
        return "It is the same at every step."
    t = int(apart.argmax())
    where = f"at t = {t}, “{style.label(tokens[t])}”"
    return f"It changes most {where}: from {style.digits(before[t])} to {style.digits(after[t])}."


def effect_grid(
    effects: np.ndarray,
    rows: Sequence[str],
    columns: Sequence[str],
    *,
    of: str,
    down: str,
    width: int = 1,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """How much each single intervention changes the output; a row is a place in the network, a column a step.

    The marks of the last trace of the figure, row by row, are what can be clicked.

    Args:
        effects: Of shape (row, column), at least 0.
        of: What they are, for the bar of colours.
        down: What the rows are, for their axis.
        width: Steps of a column; of more than one, ``columns`` has the first and the last.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.effect_grid(np.array([[0.0, 0.5]]), ["0"], ["(", ")"], of="effect", down="layer")
    >>> figure.data[0].type
    'heatmap'
    """
    largest = max(float(np.nan_to_num(effects).max(initial=0)), LEAST)
    names = [f"t = {k}, “{style.label(one, 24)}”" if width == 1 else f"t = {one}" for k, one in enumerate(columns)]
    figure = sheet.begin(
        _most(effects, rows, names, down, "step" if width == 1 else "column"),
        style.axis("step t", range=[-0.5, len(columns) - 0.5], **style.word_axis(columns), **_turned(columns)),
        style.axis(
            down, range=[len(rows) - 0.5, -0.5], tickvals=list(range(len(rows))), ticktext=list(rows),
            showgrid=False, zeroline=False,
        ),
        theme,
        plot_bgcolor=GROUNDS[theme]["nan"],
        height=320 + 30 * len(rows),
        margin={"b": 150},
        dragmode=False,
    )  # fmt: skip
    colors = {"colorscale": style.scale(SEQUENTIAL[theme]), "zmin": 0.0, "zmax": largest}
    figure.add_trace(
        sheet.image(
            effects,
            colors,
            _BAR | {"title": {"text": of, "side": "right", "font": {"size": 14}}, "tickangle": 0},
            "",
            x0=0, dx=1, y0=0, dy=1,
        )
    )  # fmt: skip
    places = {"y": list(rows)} if width == 1 else {"y": list(rows), "x": list(columns)}
    figure.data[0].update(hoverinfo="skip", hovertemplate=None, meta=places)
    x, y = np.meshgrid(np.arange(len(columns)), np.arange(len(rows)))
    said = [f"{down} {row}<br>{name}" for row in rows for name in names]
    figure.add_trace(
        go.Scatter(
            x=x.ravel(), y=y.ravel(), mode="markers", showlegend=False, meta="cells", text=said,
            marker={"symbol": "square", "size": 18, "color": "rgba(0,0,0,0)", "line": {"width": 0}},
            customdata=effects.ravel().astype(np.float32),
            hovertemplate="%{text}<br>%{customdata:.4g}<extra></extra>",
        )
    )  # fmt: skip
    return sheet.finish(figure, caption, theme)


def _turned(columns: Sequence[str]) -> dict[str, object]:
    """Labels at an angle where they would run together side by side."""
    widths = [len(style.label(one)) for one in columns]
    return {"tickangle": -45} if max(widths, default=0) > 1 and sum(widths) + 2 * len(widths) > MOST_LETTERS else {}


def _most(effects: np.ndarray, rows: Sequence[str], names: Sequence[str], down: str, across: str) -> str:
    """The largest effect and where it is: one cell, or of cells with the same two digits how many in which rows."""
    known = np.nan_to_num(effects)
    row, column = divmod(int(known.argmax()), len(names))
    if known[row, column] < NOTHING:
        return f"No single patch moves the output by {NOTHING:g} or more"
    largest = float(known[row, column])
    size = style.digits(largest, 2)
    equal = np.array([[style.digits(value, 2) == size for value in one] for one in known.tolist()])
    if equal.sum() == 1:
        return f"The largest effect is {style.digits(largest)}, at {names[column]} ({down}: {rows[row]})"
    counts = equal.sum(axis=1)
    order = [k for k in np.argsort(-counts, kind="stable").tolist() if counts[k]]
    first, *others = [f"{rows[k]} at {counts[k]}" for k in order[:MOST_ROWS]]
    more = f", {len(order) - MOST_ROWS} more" if len(order) > MOST_ROWS else ""
    said = "".join(f", {one}" for one in others)
    return f"The largest effect is {size}: {down} {first} of {len(names)} {across}s{said}{more}"


def _largest_loss(effects: np.ndarray, low: np.ndarray, high: np.ndarray, of: str) -> str:
    """Without which unit most is lost, and how much of what."""
    best = int(np.argmax(effects))
    if effects[best] < NOTHING:
        return "Nothing is lost without any single unit"
    ends = f"{style.digits(low[best])} to {style.digits(high[best])}"
    return f"Unit {best} matters most: {of} {style.digits(effects[best])} ({ends})"


def ablation_bars(
    effects: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    *,
    of: str,
    units: Sequence[int] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """What is lost without each unit, most first, with an interval each; ``units`` are marked.

    Args:
        effects, low, high: Of shape (unit,): what is lost, and the ends of its interval.
        of: What they are, for the axis.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figure = figures.ablation_bars(np.array([0.1, 0.4]), np.array([0, 0.3]), np.array([0.2, 0.5]), of="loss")
    >>> list(figure.data[0].x)
    ['1', '0']
    """
    order = np.argsort(-effects, kind="stable")[:MOST_BARS]
    names = [str(unit) for unit in order]
    marked = np.isin(order, list(units))
    figure = sheet.begin(
        _largest_loss(effects, low, high, of),
        style.axis(
            "unit, largest loss first", type="category", categoryorder="array", categoryarray=names, showgrid=False,
            range=[-0.7, len(order) - 0.3],
        ),
        style.axis(of, zeroline=True),
        theme,
        showlegend=False,
        bargap=0.25,
        height=460,
    )  # fmt: skip
    ink = GROUNDS[theme]["ink"]
    figure.add_trace(
        go.Bar(
            x=names, y=effects[order].astype(np.float32),
            marker={"color": SIGNAL_COLORS[theme]["h"], "line": {"color": ink, "width": np.where(marked, 3, 0)}},
            error_y={
                "type": "data", "symmetric": False, "array": (high - effects)[order].astype(np.float32),
                "arrayminus": (effects - low)[order].astype(np.float32), "color": GROUNDS[theme]["soft"],
                "thickness": 1.5, "width": 3,
            },
            customdata=np.stack([low[order], high[order]], -1).astype(np.float32),
            hovertemplate="unit %{x}: %{y:.4g}<br>%{customdata[0]:.4g} to %{customdata[1]:.4g}<extra></extra>",
            meta=listed(x="unit", y="", customdata_0="low", customdata_1="high"),
        )
    )  # fmt: skip
    sure = int((low > 0).sum())
    said = [f"The interval of {sure} of {len(effects)} units lies above 0."]
    if len(effects) > MOST_BARS:
        said.append(f"The {MOST_BARS} units with the largest values are drawn.")
    return sheet.finish(figure, [*said, *caption], theme)
