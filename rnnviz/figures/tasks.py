"""One sequence of a task, with what must be remembered and the wanted answer; and what windows of training cut off."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import curves, sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

WANTED: Final = 2.0
"""How high the answers stand over what is read, which is at 0, or from 0 to 1 where it is a number."""

FEWEST: Final = 150.0
"""The highest end of an axis of gradients over its lowest: over two powers of ten, these alone are its ticks."""

_HOVER: Final = "t = %{x}: %{text}<extra></extra>"


@dataclass(frozen=True)
class Drawn:
    """A sequence as it is drawn.

    Attributes:
        inputs: A label a step.
        answers: What is wanted at each step; empty where nothing is asked for.
        remembered: The steps that the answers depend on.
        heights: The numbers from 0 to 1 that are read, if it is numbers; else empty.

    >>> from rnnviz import figures
    >>> figures.Drawn(("no", "hmm"), ("", "no"), remembered=(0,)).heights
    ()
    """

    inputs: tuple[str, ...]
    answers: tuple[str, ...]
    remembered: tuple[int, ...]
    heights: tuple[float, ...] = ()

    @property
    def asked(self) -> tuple[int, ...]:
        """The steps of the answers that depend on what is remembered: as many as are remembered, or the last one."""
        steps = [t for t, answer in enumerate(self.answers) if answer]
        return tuple(steps[-len(self.remembered) :]) if len(steps) >= len(self.remembered) else (steps[-1],)

    @property
    def arrows(self) -> tuple[tuple[int, int], ...]:
        """From what is remembered to where it is wanted."""
        asked = self.asked
        ends = asked if len(asked) == len(self.remembered) else asked[-1:] * len(self.remembered)
        return tuple(zip(self.remembered, ends, strict=True))


def task_example(drawn: Drawn, title: str, *, caption: Sequence[str] = (), theme: Theme = "light") -> go.Figure:
    """One sequence over time: what is read below, what is wanted above, arrows from what must be remembered.

    >>> from rnnviz import figures
    >>> drawn = figures.Drawn(("yes", "hmm", "er"), ("", "", "yes"), remembered=(0,))
    >>> figure = figures.task_example(drawn, "Latch")
    >>> figure.data[0].type
    'scatter'
    """
    count = len(drawn.inputs)
    names = [f"{height:.2f}" for height in drawn.heights] or list(drawn.inputs)
    figure = sheet.begin(
        title,
        style.axis("step t and its input", range=_span(count), **style.word_axis(names, most=24)),
        _rows(drawn),
        theme,
        height=400,
        dragmode=False,
    )
    (_bars if drawn.heights else _squares)(figure, drawn, theme)
    _answers(figure, drawn, theme)
    _arrows(figure, drawn, theme)
    return sheet.finish(figure, [*caption, "The arrows are schematic; the sequence is real."], theme)


def window_gradients(
    whole: np.ndarray,
    cut: np.ndarray,
    window: int,
    tokens: Sequence[str],
    *,
    remembered: Sequence[int] = (),
    caption: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """The gradient of the loss by the state of every step, all the way back and within windows.

    ``remembered`` steps are marked. Where nothing comes, a cross stands at the lower edge.

    Args:
        whole, cut: Of shape (time,). Its norm all the way back, and within windows.
        window: Steps of a window, counted from the last step back.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> whole = 0.9 ** np.arange(6)[::-1]
    >>> cut = np.where(np.arange(6) < 3, 0, whole)
    >>> figure = figures.window_gradients(whole, cut, 3, list("abcdef"))
    >>> figure.data[0].type
    'scatter'
    """
    count, ground = len(whole), GROUNDS[theme]
    low, high = curves.window([whole, cut], room=0.15, whole=False)
    low = min(low, high / FEWEST)
    figure = sheet.begin(
        f"With a window of {window} of {count} steps" if window < count else "Without a window: nothing is truncated",
        style.axis("step t and its input", range=_span(count), **style.word_axis(tokens, most=32)),
        style.log_axis(f"‖∂L/∂{style.symbol('h')}‖ (log)", low, high),
        theme,
        height=470,
    )
    for k, begin in enumerate(range(count - window, 0, -window)):
        line = {"color": ground["ink"], "width": 1 if k else 2.5, "dash": "dash"}
        figure.add_vline(x=begin - 0.5, line=line, annotation={"text": "" if k else "✂", "font": {"size": 20}})
    color = SIGNAL_COLORS[theme]["h"]
    if window < count:
        looks = {"line": {"dash": "dot", "color": ground["soft"]}, "marker": {"symbol": "circle-open", "size": 8}}
        figure.add_trace(_norms("without the window", whole, low, **looks))
    looks = {"line": {"color": color, "width": 2.5}, "marker": {"symbol": "circle", "size": 9}}
    figure.add_trace(_norms("within the window" if window < count else "over all steps", cut, low, **looks))
    silent = np.flatnonzero(cut == 0)
    if len(silent):
        marker = {"symbol": "x", "size": 9, "color": ground["bad"]}
        figure.add_trace(
            go.Scatter(
                x=silent, y=np.full(len(silent), low * (high / low) ** 0.04), name="exactly 0", mode="markers",
                marker=marker, hovertemplate="t = %{x}: 0<extra></extra>", meta="edge", text=["0"] * len(silent),
            )
        )  # fmt: skip
    for step in remembered:
        sheet.shade(figure, step - 0.5, step + 0.5, ground["mark"])
    sheet.legend_below(figure)
    return sheet.finish(figure, [*caption, *_window_said(whole, cut, window)], theme)


def _norms(name: str, norms: np.ndarray, low: float, **looks: Any) -> go.Scatter:
    """A curve where there is anything to see."""
    held = np.where(norms >= low, norms, np.nan).astype(np.float32)
    hover = f"t = %{{x}}, {name}: %{{y:.3g}}<extra></extra>"
    meta = listed(wide=True, x="", y="")
    return go.Scatter(
        x=np.arange(len(norms)), y=held, name=name, mode="lines+markers", hovertemplate=hover, meta=meta, **looks
    )


def _span(count: int) -> list[float]:
    """The range of an axis of ``count`` steps, with room for what stands at them."""
    return [-max(0.6, 0.03 * count), count - 1 + max(0.6, 0.07 * count)]


def _rows(drawn: Drawn) -> dict[str, object]:
    top = {"range": [-0.12 if drawn.heights else -0.8, WANTED + 0.5], "showgrid": False, "zeroline": False}
    names = {"tickmode": "array", "fixedrange": True, "ticks": ""}
    if drawn.heights:
        return style.axis("", **top, **names, tickvals=[0, 0.5, 1, WANTED], ticktext=["0", "0.5", "1", "target"])
    return style.axis("", **top, **names, tickvals=[0, WANTED], ticktext=["input", "target"])


def _squares(figure: go.Figure, drawn: Drawn, theme: Theme) -> None:
    """A mark a step; the tokens stand at the axis, those to be remembered in their marks as well."""
    ground = GROUNDS[theme]
    kept = [t in drawn.remembered for t in range(len(drawn.inputs))]
    figure.add_trace(
        go.Scatter(
            x=np.arange(len(kept)), y=np.zeros(len(kept)), mode="markers", hovertemplate=_HOVER,
            text=[style.label(token) for token in drawn.inputs], meta=listed(x="", text="input"), showlegend=False,
            marker={
                "opacity": 1,
                "symbol": ["square" if one else "square-open" for one in kept],
                "size": [22 if one else 9 for one in kept],
                "color": [ground["accent"] if one else ground["soft"] for one in kept],
            },
        )
    )  # fmt: skip
    for t in drawn.remembered:
        _word(figure, t, 0, drawn.inputs[t], theme, yshift=-26)


def _bars(figure: go.Figure, drawn: Drawn, theme: Theme) -> None:
    """A bar a number, those with a mark filled."""
    ground = GROUNDS[theme]
    kept = [t in drawn.remembered for t in range(len(drawn.inputs))]
    figure.add_trace(
        go.Bar(
            x=np.arange(len(kept)), y=np.array(drawn.heights, np.float32), hovertemplate=_HOVER,
            text=[f"{height:.2f}{', marked' * one}" for height, one in zip(drawn.heights, kept, strict=True)],
            textposition="none", meta=listed(x="", text="input"), showlegend=False,
            marker={
                "color": [ground["accent"] if one else ground["line"] for one in kept],
                "line": {"color": ground["soft"], "width": 1},
            },
        )
    )  # fmt: skip
    for t in drawn.remembered:
        _word(figure, t, drawn.heights[t], f"{drawn.heights[t]:.2f}", theme, yshift=12)


def _answers(figure: go.Figure, drawn: Drawn, theme: Theme) -> None:
    """What is wanted, in a box; where every step is asked, only what depends on memory."""
    ground = GROUNDS[theme]
    first, last = drawn.asked[0], drawn.asked[-1]
    box = {"fillcolor": ground["mark"], "line": {"color": ground["ink"], "width": 1.5}, "layer": "below"}
    ends = {"x0": first - 0.6, "x1": last + 0.6, "xsizemode": "scaled"}
    if first == last:
        ends = {"x0": -24, "x1": 24, "xsizemode": "pixel", "xanchor": first}
    figure.add_shape(type="rect", **ends, y0=-14, y1=14, ysizemode="pixel", yanchor=WANTED, **box)
    for t in drawn.asked:
        _word(figure, t, WANTED, drawn.answers[t], theme)


def _arrows(figure: go.Figure, drawn: Drawn, theme: Theme) -> None:
    """From each step to be remembered to its answer, the first with the number of steps between.

    They are lines of a trace: the tails of annotations stay where they were when a figure gets another size.
    """
    ink, tip = GROUNDS[theme]["accent"], WANTED - 0.3
    lows = [drawn.heights[start] + 0.36 if drawn.heights else 0.26 for start, _ in drawn.arrows]
    figure.add_trace(
        go.Scatter(
            x=[x for start, end in drawn.arrows for x in (start, end, None)],
            y=[y for low in lows for y in (low, tip, None)],
            mode="lines+markers", hoverinfo="skip", showlegend=False, meta="arrows",
            line={"color": ink, "width": 1.6},
            marker={"symbol": "arrow", "angleref": "previous", "size": [0, 13, 0] * len(lows), "color": ink},
        )
    )  # fmt: skip
    start, end = drawn.arrows[0]
    figure.add_annotation(
        x=(start + end) / 2, y=(lows[0] + tip) / 2, text=f"{end - start} steps", showarrow=False, font={"color": ink},
        yshift=16, xanchor="right",
    )  # fmt: skip


def _word(figure: go.Figure, x: float, y: float, text: str, theme: Theme, **place: object) -> None:
    font = {"color": GROUNDS[theme]["ink"]}
    figure.add_annotation(x=x, y=y, text=f"<b>{style.label(text)}</b>", showarrow=False, font=font, **place)


def _window_said(whole: np.ndarray, cut: np.ndarray, window: int) -> list[str]:
    first = len(whole) - window
    if first <= 0:
        return ["The gradient reaches the first step."]
    lost = style.digits(float(whole[0]), 2)
    left = "exactly 0" if cut[0] == 0 else style.digits(float(cut[0]), 2)
    return [
        "✂ The state crosses the line, the gradient does not.",
        f"At the first step the gradient is {left}; without the window it is {lost}.",
    ]
