"""Why gradients fade: what W_hh does to lengths, what the squashing does, and what bounds both together."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.curves import Canvas, Look, window
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SIGNAL_COLORS, Theme

JACOBIAN_PARTS: Final = {
    "norms": ("actual: ‖∂h<sub>t</sub>/∂h<sub>t−k</sub>‖", "h", "solid", "circle"),
    "weight_norms": ("weights alone: ‖W<sub>hh</sub><sup>k</sup>‖", "g", "dash", "square"),
    "activation_norms": ("activation alone: ∏ max φ′", "i", "dot", "diamond"),
    "bound_here": ("bound with these slopes: σ<sub>1</sub><sup>k</sup> ∏ max φ′", "f", "dashdot", "triangle-up"),
    "bound": ("bound: σ<sub>1</sub><sup>k</sup>", "r", "longdash", "x"),
}
"""What is drawn of the Jacobians: its label, the signal that lends its colour, dash and mark."""

CHANGED: Final = 10.0
"""A gradient of less than one part in so many of what it was has vanished, one of more than so many times it grown."""


def singular_value_bars(
    singular: np.ndarray, radius: float, *, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The singular values of W_hh, of shape (unit,), largest first, beside its spectral radius and the line at 1.

    >>> import numpy as np
    >>> from rnnviz import analysis, figures
    >>> W_hh = np.diag([0.5, -2.0])
    >>> figure = figures.singular_value_bars(analysis.singular_values(W_hh), analysis.spectral_radius(W_hh))
    >>> figure.data[0].type
    'bar'
    """
    colors, ground, count = SIGNAL_COLORS[theme], GROUNDS[theme], len(singular)
    edges = [0.4, count + 0.6]
    figure = sheet.begin(
        "How much W<sub>hh</sub> stretches each direction",
        style.axis("direction, most stretched first", range=edges, showgrid=False, **style.counted(count)),
        style.axis("singular value σ (factor)", rangemode="tozero"),
        theme,
        bargap=0.2 if count <= 64 else 0,
        height=520,
    )
    sheet.legend_below(figure)
    figure.add_trace(
        go.Bar(
            x=np.arange(1, count + 1), y=singular.astype(np.float32), name="singular values σ",
            marker={"color": colors["g"], "line": {"width": 0}}, hovertemplate="σ%{x}: %{y:.4g}<extra></extra>",
            meta=listed(x="", y=""),
        )
    )  # fmt: skip
    for y, name, color, dash in (
        (radius, f"spectral radius ρ = {style.digits(radius)}", colors["h"], "dash"),
        (1.0, "1: lengths do not change", ground["ink"], "dot"),
    ):
        line = {"color": color, "dash": dash, "width": 2.5}
        figure.add_trace(
            go.Scatter(x=edges, y=[y, y], mode="lines", name=name, line=line, hovertemplate=f"{name}<extra></extra>")
        )
    above = int((singular > 1).sum())
    sentence = f"{above} of {count} singular values are above 1, the largest is {style.digits(singular[0])}; "
    sentence += f"ρ = {style.digits(radius)}."
    return sheet.finish(figure, [*caption, sentence], theme)


def jacobian_curves(
    parts: Mapping[str, np.ndarray], *, largest: float, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """The stretch of the Jacobian over k steps, its two parts, and what bounds it.

    ``parts`` are of shape (step,), by the keys of ``JACOBIAN_PARTS``; ``largest`` is the largest singular value of
    W_hh.

    Source: Pascanu, Mikolov, Bengio (2013), arXiv 1211.5063, section 2.

    >>> import torch
    >>> from rnnviz import capture, figures, reach
    >>> rnn, x = torch.nn.RNN(3, 4, batch_first=True), torch.ones(1, 6, 3)
    >>> products = reach.jacobian_products(rnn, capture(rnn, x))
    >>> figure = figures.jacobian_curves(
    ...     {name: getattr(products, name) for name in figures.JACOBIAN_PARTS}, largest=products.largest
    ... )
    >>> figure.data[0].type
    'scatter'
    """
    same = _close(parts["bound_here"], parts["bound"])
    shown = [name for name in JACOBIAN_PARTS if name != "bound_here" or not same]
    low, high = window((parts[name] for name in shown), room=0.06, whole=False)
    last = len(parts["norms"]) - 1
    figure = sheet.begin(
        "The bound and the actual gradient",
        style.axis("steps back k", range=[-0.02 * last - 0.2, last * 1.02 + 0.2], **style.counted(last)),
        style.log_axis("largest stretch (factor)", low, high),
        theme,
        height=560,
    )
    sheet.legend_below(figure, 150, itemwidth=45)
    canvas = Canvas(figure, theme, low, high)
    for row, name in enumerate(shown):
        label, signal, dash, shape = JACOBIAN_PARTS[name]
        look = Look(SIGNAL_COLORS[theme][signal], dash, shape, 3.5 if name == "norms" else 2.2, row)
        canvas.curve(np.arange(last + 1), parts[name], label, look, hover=f"{label}<br>k = %{{x}}")
    figure.add_hline(y=1, line={"color": GROUNDS[theme]["soft"], "width": 1.5, "dash": "dot"})
    sentences = [*caption, *_verdict(float(parts["norms"][last]), float(parts["bound"][last]), largest, last)]
    if same:
        sentences.append(
            "The bound with the slopes of this input is the same, since some unit always has a slope near 1."
        )
    return sheet.finish(figure, sentences, theme)


def _verdict(actual: float, bound: float, largest: float, last: int) -> tuple[str, str]:
    """What the bound says, and what came of it."""
    said = f"σ<sub>1</sub> = {largest:.3g} is"
    if largest < 1:
        verdict = f"{said} below 1: the bound alone shows that the gradient must vanish."
    elif actual < 1 / CHANGED:
        verdict = f"{said} above 1: the bound does not rule out growth, but here the gradient vanishes."
    elif actual > CHANGED:
        verdict = f"{said} above 1, so the gradient may grow; here it does."
    else:
        verdict = (
            f"{said} not below 1: the bound does not rule out growth; here the gradient neither vanishes nor explodes."
        )
    return (
        verdict,
        f"Over {last} step{'s' * (last != 1)}: at most {style.power(bound)}, actually {style.power(actual)}.",
    )


def _close(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether two curves are one on paper."""
    return bool(np.allclose(one[-1], other[-1], rtol=0.05, atol=0, equal_nan=True))
