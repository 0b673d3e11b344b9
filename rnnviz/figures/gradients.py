"""How large gradients are, for several networks at once, and which step's loss reaches which step's state."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.analysis import factor_per_step
from rnnviz.analysis.gradients import Factor
from rnnviz.figures import picture, sheet, style
from rnnviz.figures.curves import (
    LARGEST,
    SMALLEST,
    Canvas,
    End,
    Look,
    Side,
    edges_said,
    end_name,
    inside,
    thinned_said,
    ticks_within,
    window,
    with_room,
)
from rnnviz.names import CELL_LABELS, Cell, Direction
from rnnviz.palette import GROUNDS, SEQUENTIAL, Theme, network_color

ROUGH: Final = 1.5
"""How many times above or below its fit a curve may be, by root mean square of the logarithm, to have a factor."""

KEPT: Final = (0.8, 1.25)
"""Ratios between which a gradient neither falls nor grows."""

CELL_SHAPES: Final[dict[Cell, str]] = {"rnn": "circle", "lstm": "square", "gru": "diamond"}


@dataclass(frozen=True, eq=False)
class GradientCurve:
    """The norms of one network, for one or several seeds.

    Attributes:
        start: How it starts: "forget bias 1"; empty for torch's default.
        norms: Of shape (seed, step). The first is drawn as a line, all of them as a band.
        dash: Of the line, different for the starts of a cell.
        strong: Whether the line is a thick one.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> curve = figures.GradientCurve("lstm", "forget bias 1", np.ones((3, 20)))  # (seed, step)
    >>> curve.dash
    'solid'
    """

    cell: Cell
    start: str
    norms: np.ndarray
    dash: str = "solid"
    strong: bool = False

    @property
    def name(self) -> str:
        """The cell and its start."""
        comma = "" if not self.start or self.start.startswith("(") else ","
        return f"{CELL_LABELS[self.cell]}{comma} {self.start}".strip()


def step_gradient_curves(
    curves: Sequence[GradientCurve],
    *,
    signal: str = "h",
    at: int | None = None,
    direction: Direction = "forward",
    tokens: Sequence[str] | None = None,
    read: Sequence[str] | None = None,
    began: int | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The norm of a loss's gradient at every step, on a logarithmic axis, with the factor a step and its fit.

    The gradient is by ``signal``; all curves have the same steps. Marks at the edges are what float32 cannot hold.

    Args:
        at: The step of the loss. By default every step has one, and there is no factor.
        direction: The gradient goes the other way.
        began: The first step at which a network's state is no finite number.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> norms = np.array([0.9 ** np.arange(20)[::-1]])  # (seed, step)
    >>> figure = figures.step_gradient_curves([figures.GradientCurve("rnn", "", norms)], at=19)
    >>> figure.layout.yaxis.type
    'log'
    """
    count, name = curves[0].norms.shape[1], f"‖∂L/∂{style.symbol(signal)}‖"
    beyond = _silent(curves)
    known = [curve.norms[:, ~beyond] for curve in curves]
    low, high = window(known)
    drawn = np.flatnonzero(~beyond)
    side = _open_side(known)
    figure = sheet.begin(
        _fallen(curves, at, direction) or f"Gradient {name} at every step",
        _step_axis(count, tokens, at, _range(-0.5, count - 0.5, curves, side)),
        style.log_axis(f"{name}<br>(loss per unit of {signal})", low, high),
        theme,
        height=540,
    )
    sheet.legend_below(figure, itemwidth=45)
    canvas, few = Canvas(figure, theme, low, high), 1
    begin = _begin(count, at, direction)
    part = f" from {begin} steps back" if begin else ""
    labels = []
    for row, curve in enumerate(curves):
        factor = _factor(curve.norms[0], at, direction)
        label = f"{curve.name}: ×{factor.factor:.3g} per step{part}" if factor else curve.name
        labels += [label] if factor else []
        few = max(few, _draw(canvas, curve, drawn, known[row], label=label, row=row))
        if factor and at is not None:
            back = np.arange(len(factor.fit))
            color = network_color(theme, curve.cell, curve.start)
            canvas.fit(at + back if direction == "reverse" else at - back, factor.fit, label, color)
    if at is not None:
        sheet.shade(figure, at - 0.5, at + 0.5, GROUNDS[theme]["mark"])
    _name_ends(canvas, curves, drawn, known, side)
    if 0 < beyond.sum() < count:
        _shade_silent(figure, np.flatnonzero(beyond), theme)
    if began is not None:
        _mark_beginning(figure, began, count, theme)
    edges = edges_said(part[:1] for part in known)
    fitted = [f"Factor fitted {f'from {begin} steps back on' if begin else 'over all steps'}, dotted."]
    rough = [_without_factor(count)] if at is not None and len(labels) < len(curves) else []
    sentences = [*caption, *(fitted if labels else []), *rough, *thinned_said(few), *edges]
    heard = [f"Gradient {name} at every step.", *caption, *(f"{label}." for label in labels), *rough, *edges]
    # A long curve is thinned, and of what is not drawn nothing is told.
    drawn = np.unique(np.concatenate([line.x for line in figure.data if line.meta not in ("band", "fit")]))
    meta = sheet.reading(read or tokens, drawn.astype(int))
    return sheet.finish(figure, sentences, theme, alt=" ".join(heard), meta=meta)


def length_gradient_curves(
    curves: Sequence[GradientCurve], lengths: Sequence[int], *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The gradient by the first step, relative, against the number of steps, on a logarithmic axis.

    What float32 cannot hold stands as marks at the edges.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> lengths = [5, 10, 20]
    >>> curve = figures.GradientCurve("gru", "", np.array([[0.1, 0.01, 0.0001]]))
    >>> figure = figures.length_gradient_curves([curve], lengths)
    >>> figure.layout.yaxis.type
    'log'
    """
    steps = np.asarray(lengths)
    low, high = window(curve.norms for curve in curves)
    ratio = "‖∂L<sub>T</sub>/∂x<sub>0</sub>‖ / ‖∂L<sub>1</sub>/∂x<sub>0</sub>‖"
    figure = sheet.begin(
        _reached(curves, lengths) or "How much gradient reaches the first of T steps",
        style.axis(
            "length T (steps)", range=_range(0, max(lengths) * 1.02, curves, "right"), **ticks_within(0, max(lengths))
        ),
        style.log_axis(f"{ratio} (ratio)", low, high),
        theme,
        height=540,
    )
    sheet.legend_below(figure, itemwidth=45)
    canvas = Canvas(figure, theme, low, high)
    for row, curve in enumerate(curves):
        _draw(canvas, curve, steps, curve.norms, label=curve.name, row=row)
    _name_ends(canvas, curves, steps, [curve.norms for curve in curves], "right")
    sentences = [*caption, *edges_said(curve.norms[:1] for curve in curves)]
    reached = [
        f"{curve.name}: {curve.norms[0, -1]:.2g} of the gradient is left at T = {lengths[-1]}." for curve in curves
    ]
    return sheet.finish(figure, sentences, theme, alt=" ".join([*caption, *reached]))


def _draw(canvas: Canvas, curve: GradientCurve, x: np.ndarray, norms: np.ndarray, *, label: str, row: int) -> int:
    """The first seed as a line in a band of all; of how many steps the largest and the smallest are drawn."""
    color = network_color(canvas.theme, curve.cell, curve.start)
    look = Look(color, curve.dash, CELL_SHAPES[curve.cell], 4 if curve.strong else 2.2, row)
    if len(norms) > 1:
        canvas.band(x, norms, label, look)
    return canvas.curve(x, norms[0], label, look, hover=f"{curve.name}<br>%{{x:d}}")


def _name_ends(
    canvas: Canvas, curves: Sequence[GradientCurve], x: np.ndarray, norms: Sequence[np.ndarray], side: Side
) -> None:
    """The name of each curve at the end at which the curves are apart; one alone has its name in the legend."""
    end = 0 if side == "left" else -1
    if len(curves) > 1 and len(x):
        canvas.ends(
            [
                End(
                    float(x[end]), float(each[0, end]), name, network_color(canvas.theme, curve.cell, curve.start), row,
                )
                for row, (curve, each, name) in enumerate(zip(curves, norms, _end_names(curves), strict=True))
            ],
            side=side,
        )  # fmt: skip


def _range(low: float, high: float, curves: Sequence[GradientCurve], side: Side) -> list[float]:
    return with_room(low, high, _end_names(curves), side=side)


def _end_names(curves: Sequence[GradientCurve]) -> list[str]:
    """What stands at the ends; the visitor's own network where another has its name there."""
    names = [end_name(curve.name) for curve in curves]
    return [
        "this network" if curve.strong and names.count(name) > 1 else name
        for curve, name in zip(curves, names, strict=True)
    ]


def _open_side(norms: Sequence[np.ndarray]) -> Side:
    """The side on which the curves lie farther apart."""
    logs = [np.log10(np.clip(np.nan_to_num([each[0, end] for each in norms]), SMALLEST, LARGEST)) for end in (0, -1)]
    return "left" if np.ptp(logs[0]) >= np.ptp(logs[1]) else "right"


def _main(curves: Sequence[GradientCurve]) -> tuple[GradientCurve, str]:
    """The curve that a title is about, the visitor's own or the first, and its network's name if that is no other's."""
    curve = next((curve for curve in curves if curve.strong), curves[0])
    label, cells = CELL_LABELS[curve.cell], [one.cell for one in curves]
    return curve, f"this {label}" if curve.strong else f"the {label}" if cells.count(curve.cell) == 1 else ""


def _fallen(curves: Sequence[GradientCurve], at: int | None, direction: Direction) -> str | None:
    """What the gradient does on its way back from one loss, if that can be told in a number."""
    if at is None:
        return None
    curve, who = _main(curves)
    back = curve.norms[0, at::-1] if direction == "forward" else curve.norms[0, at:]
    steps = len(back) - 1
    if not who or not steps or not inside(back[[0, -1]]).all():
        return None
    if turned := _turned(back, who, _begin(len(curve.norms[0]), at, direction)):
        return turned
    ratio, over = float(back[-1] / back[0]), f"{steps:,} step{'s' * (steps != 1)}"
    if KEPT[0] <= ratio <= KEPT[1]:
        return f"After {over} back the gradient of {who} is about as long as at first"
    does = f"falls to {style.power(ratio)} of" if ratio < 1 else f"grows to {style.power(ratio)} times"
    return f"The gradient of {who} {does} its length over {over}"


def _turned(back: np.ndarray, who: str, begin: int) -> str | None:
    """What the gradient does first and then, where it does not go on as it begins: the factor is of the second part."""
    if not begin or not inside(back[[0, begin, -1]]).all():
        return None
    first, later = float(back[begin] / back[0]), float(back[-1] / back[begin])
    falls, grows = first < KEPT[0] <= later, first > KEPT[1] >= later
    if not (falls or grows):
        return None
    begins = f"falls to {style.power(first)}" if falls else f"grows to {style.power(first)} times"
    end = style.power(first * later)
    goes_on = "stays there" if KEPT[0] <= later <= KEPT[1] else f"{'grows' if falls else 'falls'} to {end}"
    of = "of its length" if falls else "its length"
    return f"Going back, the gradient of {who} {begins} {of} in {begin} steps, then {goes_on}"


def _reached(curves: Sequence[GradientCurve], lengths: Sequence[int]) -> str | None:
    """How much of the gradient reaches the first of the most steps, if float32 can hold it."""
    curve, who = _main(curves)
    last = float(curve.norms[0, -1])
    if not who or len(lengths) < 2 or not inside(np.array([last])).all():
        return None
    if last > KEPT[1]:
        return (
            f"In {who}, the gradient grows {style.power(last)} times on the way to the first of {lengths[-1]:,} steps"
        )
    return f"In {who}, {style.power(last)} of the gradient reaches the first of {lengths[-1]:,} steps"


def _factor(norms: np.ndarray, at: int | None, direction: Direction) -> Factor | None:
    """The factor a step on the way back from the loss; none where every step has a loss, or the curve is no power."""
    if at is None:
        return None
    back = norms[at::-1] if direction == "forward" else norms[at:]
    factor = factor_per_step(back, _begin(len(norms), at, direction))
    return factor if np.isfinite(factor.factor) and _is_power(back, factor.fit) else None


def _without_factor(count: int) -> str:
    """Why a curve has no factor in the legend."""
    return "One step is too few for a factor." if count == 1 else "A curve that is far from exponential has no factor."


def _is_power(norms: np.ndarray, fit: np.ndarray) -> bool:
    """Whether a curve is about what is fitted to it: near it, or far less off than it falls or grows."""
    usable = np.isfinite(norms) & np.isfinite(fit) & (norms > 0) & (fit > 0)
    logs = np.log(norms[usable])
    off = logs - np.log(fit[usable])
    return bool(np.sqrt((off**2).mean()) <= np.log(ROUGH) or off.var() <= 0.1 * logs.var())


def _begin(count: int, at: int | None, direction: Direction) -> int:
    """How far back the fit of the factor begins: what the loss itself adds is over by then."""
    back = 0 if at is None else at if direction == "forward" else count - 1 - at
    begin = min(20, back // 4)
    return begin if begin > 1 else 0


def _silent(curves: Sequence[GradientCurve]) -> np.ndarray:
    """The steps that no loss depends on: exactly 0 in every network and seed, at either end."""
    silent: np.ndarray = np.all([(curve.norms == 0).all(0) for curve in curves], 0)
    if silent.all():
        return np.zeros_like(silent)
    step, other = np.arange(len(silent)), np.flatnonzero(~silent)
    outside: np.ndarray = silent & ((step > other[-1]) | (step < other[0]))
    return outside


def _step_axis(count: int, tokens: Sequence[str] | None, at: int | None, shown: list[float]) -> dict[str, object]:
    labels = style.word_axis(tokens, at, most=28) if tokens is not None else ticks_within(0, count - 1)
    return style.axis("step t", range=shown, zeroline=False) | labels


def _shade_silent(figure: go.Figure, steps: np.ndarray, theme: Theme) -> None:
    ground = GROUNDS[theme]
    for part in np.split(steps, np.flatnonzero(np.diff(steps) > 1) + 1):
        sheet.shade(figure, part[0] - 0.5, part[-1] + 0.5, ground["panel"])
        if len(part) > len(steps) / 3:
            place = {"x": part[0] - 0.5, "xanchor": "left", "y": 1, "yref": "paper", "yanchor": "top"}
            text = "L does not depend on these steps: exactly 0"
            figure.add_annotation(text=text, showarrow=False, font={"color": ground["soft"]}, **place)


def _mark_beginning(figure: go.Figure, began: int, count: int, theme: Theme) -> None:
    """The first step at which a network's state is no finite number."""
    ground = GROUNDS[theme]
    figure.add_vline(x=began, line={"color": ground["bad"], "dash": "dash", "width": 2})
    side = "left" if began < count / 2 else "right"
    place = {"x": began, "xanchor": side, "y": 1, "yref": "paper", "yanchor": "top"}
    looks = {"font": {"color": ground["bad"]}, "bgcolor": ground["background"]}
    figure.add_annotation(text=f"not finite from t = {began}", showarrow=False, **place, **looks)


# --- Which step's loss reaches which step's state ---


DECADES: Final = 12
"""Decades below 1, or below the largest if that is less, that the colours tell apart."""

MOST_CELLS: Final = picture.MOST_CELLS // 2
"""Cells of the picture; what has no finite number is a second one over it."""


def contribution_heatmap(
    norms: np.ndarray,
    rows: Sequence[int],
    *,
    tokens: Sequence[str] | None = None,
    read: Sequence[str] | None = None,
    t: int | None = None,
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """How much the loss of every step depends on the state of every step, in logarithmic colours.

    ``norms`` are of shape (row, time), exactly 0 where a loss does not depend on a state; ``rows`` are the steps of the
    losses, ``t`` one to mark. Exact zeros are gaps, what is no finite number grey.

    Source: Cashman et al. (2018), RNNbow, arXiv 1907.12545.

    >>> import torch
    >>> from rnnviz import figures, reach
    >>> rnn = torch.nn.RNN(3, 4, batch_first=True)
    >>> triangle = reach.contribution_triangle(rnn, torch.ones(1, 6, 3), lambda h: h.sum(-1))
    >>> figure = figures.contribution_heatmap(triangle.norms, range(6))
    >>> figure.data[0].type
    'heatmap'
    """
    stride = -(-norms.size // MOST_CELLS)
    columns, edges = np.arange(0, norms.shape[1], stride), [-0.5, norms.shape[1] - 0.5]
    drawn = norms[:, columns]
    bad = np.logical_or.reduceat(~np.isfinite(norms), columns, 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        logs = np.where((drawn > 0) & ~bad, np.log10(drawn), np.nan)
    share = _long_share(norms, rows)
    figure = sheet.begin(
        "Which loss reaches which step" if share is None else _long_title(share),
        style.axis("step k of the state h<sub>k</sub>", range=edges, **_labels(tokens, t, 28)),
        style.axis("step t of the loss L<sub>t</sub>", range=edges[::-1], **_labels(tokens, t, 24)),
        theme,
        plot_bgcolor=GROUNDS[theme]["panel"],
        height=600,
    )
    colors, bar = decades(logs[np.isfinite(logs)], theme)
    hover, place = "loss at t = %{y:d}, state at t = %{x:d}", {"x": columns, "y": np.asarray(rows)}
    figure.add_trace(sheet.image(logs, colors, bar, f"{hover}<br>norm 10^%{{z:.3f}}", **place, meta="log10"))
    sheet.grey_out(figure, bad, theme, hover, **place)
    if t is not None:
        sheet.outline(figure, t - 0.5, t + 0.5, theme, axis="y")
    sentences = [*caption, "Each row: ‖∂L<sub>t</sub>/∂h<sub>k</sub>‖ of one loss. Empty: exactly 0."]
    if bad.any():
        sentences.append("Grey: no finite number.")
    if stride > 1:
        sentences.append(f"Only every {picture.ordinal(stride)} state is drawn.")
    return sheet.finish(figure, sentences, theme, meta=sheet.reading(read or tokens, rows))


def _long_title(share: float) -> str:
    return f"States ten or more steps back have {_percent(share)} of the sum of all norms"


def _labels(tokens: Sequence[str] | None, t: int | None, most: int) -> dict[str, object]:
    plain = {"tickformat": "d", "showgrid": False, "zeroline": False}
    return plain if tokens is None else style.word_axis(tokens, t, most=most)


def decades(known: np.ndarray, theme: Theme) -> tuple[dict[str, object], dict[str, object]]:
    """Colours for logarithms, and their bar; its last decade stands for all below it, where there is more."""
    top = float(known.max()) if len(known) else 0.0
    bottom = max(float(known.min()) if len(known) else -1.0, min(top, 0.0) - DECADES)
    bottom = min(bottom, top - 1)
    ticks = list(range(int(np.ceil(bottom)), int(np.floor(top)) + 1, max(1, round((top - bottom) / 6))))
    texts = [f"10<sup>{tick}</sup>" for tick in ticks]
    if known.min(initial=top) < bottom and ticks:
        texts[0] = f"≤ {texts[0]}"
    colors: dict[str, object] = {"zmin": bottom, "zmax": top, "colorscale": style.scale(SEQUENTIAL[theme])}
    return colors, {"title": {"text": "norm"}, "tickvals": ticks, "ticktext": texts}


def _percent(share: float) -> str:
    """A share with as many digits as say something."""
    return f"{share:.0%}" if share >= 0.1 or share == 0 else f"{style.power(100 * share)}%"


def _long_share(norms: np.ndarray, rows: Sequence[int], back: int = 10) -> float | None:
    """The part of the sum of all norms that comes from states ``back`` or more steps before their loss."""
    apart = np.asarray(rows)[:, None] - np.arange(norms.shape[1])
    total = norms.sum()
    if not np.isfinite(total) or total <= 0 or apart.max() < back:
        return None
    return float(norms[apart >= back].sum() / total)
