"""Which step's loss reaches which step's state."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style, thinning
from rnnviz.palette import GROUNDS, SEQUENTIAL, Theme

DECADES: Final = 12
"""Decades below 1, or below the largest if that is less, that the colours tell apart."""

MOST_CELLS: Final = thinning.MOST_CELLS // 2
"""Cells of the picture; what has no finite number is a second one over it."""


def contribution_heatmap(
    norms: np.ndarray,
    rows: Sequence[int],
    *,
    tokens: Sequence[str] | None = None,
    read: Sequence[str] | None = None,
    t: int | None = None,
    said: Sequence[str] = (),
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
    figure = sheet.begin(
        "Which loss reaches which step",
        style.axis("step k of the state h<sub>k</sub>", range=edges, **_labels(tokens, t, 28)),
        style.axis("step t of the loss L<sub>t</sub>", range=edges[::-1], **_labels(tokens, t, 24)),
        theme,
        plot_bgcolor=GROUNDS[theme]["panel"],
        height=600,
    )
    colors, bar = _decades(logs[np.isfinite(logs)], theme)
    hover, place = "loss at t = %{y:d}, state at t = %{x:d}", {"x": columns, "y": np.asarray(rows)}
    figure.add_trace(sheet.image(logs, colors, bar, f"{hover}<br>norm 10^%{{z:.3f}}", **place, meta="log10"))
    sheet.grey_out(figure, bad, theme, hover, **place)
    if t is not None:
        sheet.outline(figure, t - 0.5, t + 0.5, theme, axis="y")
    sentences = [*said, "Read along a row: ‖∂L<sub>t</sub>/∂h<sub>k</sub>‖ of one loss. Empty: exactly 0."]
    if bad.any():
        sentences.append("Grey: no finite number.")
    if stride > 1:
        sentences.append(f"Every {thinning.ordinal(stride)} state is drawn.")
    shares = _long_share(norms, rows)
    if shares is not None:
        sentences.append(f"States ten and more steps back have {_percent(shares)} of the sum of all norms.")
    return sheet.finish(figure, sentences, theme, meta=sheet.reading(read or tokens, rows))


def _labels(tokens: Sequence[str] | None, t: int | None, most: int) -> dict[str, object]:
    plain = {"tickformat": "d", "showgrid": False, "zeroline": False}
    return plain if tokens is None else style.word_axis(tokens, t, most=most)


def _decades(known: np.ndarray, theme: Theme) -> tuple[dict[str, object], dict[str, object]]:
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
