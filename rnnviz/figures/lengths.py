"""How often an output is right to its last symbol, by the length of what was read and by the form it was written in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import sheet, style
from rnnviz.figures.table import listed
from rnnviz.palette import GROUNDS, SEQUENTIAL, SIGNAL_COLORS, Theme

ROW: Final = 34
"""Pixels of a form."""

_DASHES: Final = ("solid", "dash", "dot")
_SHAPES: Final = ("circle", "square", "diamond")
_SIZES: Final = (20, 14, 9)
"""Pixels of marks that can stand in each other."""


@dataclass(frozen=True, eq=False)
class Accuracy:
    """What was measured of a network: ``values``, of shape (place,), are shares that are right, at lengths or forms.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> figures.Accuracy("without attention", (5, 10), np.array([1.0, 0.4])).places
    (5, 10)
    """

    name: str
    places: tuple[int, ...] | tuple[str, ...]
    values: np.ndarray


def length_accuracy(
    networks: Sequence[Accuracy], *, learned: int, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """A curve a network, one to three, over the lengths of what it read; training drew none longer than ``learned``.

    Raises:
        ValueError: If there are none, or more than can be told apart.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> measured = figures.Accuracy("dot product", (5, 10, 20), np.array([1.0, 0.99, 0.6]))
    >>> figure = figures.length_accuracy([measured], learned=10)
    >>> figure.data[0].type
    'scatter'
    """
    _check(networks)
    last = max(int(length) for network in networks for length in network.places)
    figure = sheet.begin(
        "How often is the whole sequence reversed correctly?",
        style.axis("input length (digits)", range=[0, last + 1], zeroline=False, dtick=5, tick0=0),
        style.axis("all digits correct", range=[-0.03, 1.06], tickformat=".0%", dtick=0.25, zeroline=False),
        theme,
        height=480,
    )
    for k, network in enumerate(networks):
        color = _color(k, theme)
        figure.add_trace(
            go.Scatter(
                x=np.array(network.places), y=network.values.astype(np.float32), name=network.name,
                mode="lines+markers", line={"color": color, "dash": _DASHES[k], "width": 3},
                marker={"symbol": _SHAPES[k], "size": 8, "color": color},
                hovertemplate=f"{network.name}, %{{x}} digits: %{{y:.1%}}<extra></extra>",
                meta=listed(wide=True, x="", y=""),
            )
        )  # fmt: skip
    sentences = list(caption)
    if last > learned:
        sheet.shade(figure, learned + 0.5, last + 1, GROUNDS[theme]["panel"])
        sentences.append(f"Grey: longer than every training sequence (1 to {learned} digits).")
    sheet.legend_below(figure, room=116)
    alt = " ".join(
        [f"Share of sequences reversed without an error, by length. {' '.join(sentences)}", *map(_heard, networks)]
    )
    return sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt)


def form_accuracy(
    networks: Sequence[Accuracy], *, learned: int, caption: Sequence[str] = (), theme: Theme = "light"
) -> go.Figure:
    """A row a form in which a date is written, with a mark for each network, one to three.

    Args:
        networks: By form, the same forms in the same order.
        learned: So many of the forms, the first ones, were learned from.

    Raises:
        ValueError: If there are none, or more than can be told apart.

    >>> import numpy as np
    >>> from rnnviz import figures
    >>> measured = figures.Accuracy("dot product", ("31 May 2020", "5/31/20"), np.array([1.0, 0.9]))
    >>> figure = figures.form_accuracy([measured], learned=2)
    >>> figure.data[0].type
    'scatter'
    """
    _check(networks)
    forms = [style.label(str(form), 40) for form in networks[0].places]
    rows = {"tickmode": "array", "tickvals": list(range(len(forms))), "ticktext": forms, "zeroline": False, "ticks": ""}
    figure = sheet.begin(
        "How often is the whole date correct?",
        style.axis("correct dates", range=[-0.05, 1.05], tickformat=".0%", dtick=0.25, zeroline=False),
        style.axis("form, as it writes 5 March 1998", range=[len(forms) - 0.4, -0.6], **rows),
        theme,
        height=250 + ROW * len(forms),
    )
    for k, network in enumerate(networks):
        looks = {"symbol": f"{_SHAPES[k]}-open", "size": _SIZES[k], "color": _color(k, theme), "line": {"width": 3}}
        figure.add_trace(
            go.Scatter(
                x=network.values.astype(np.float32), y=np.arange(len(forms)), name=network.name, mode="markers",
                marker=looks, customdata=forms,
                hovertemplate=f"{network.name}, %{{customdata}}: %{{x:.1%}}<extra></extra>",
                meta=listed(customdata="form", x="accuracy"),
            )
        )  # fmt: skip
    sentences = list(caption)
    if learned < len(forms):
        ends = {"y0": learned - 0.5, "y1": len(forms) - 0.4, "x0": 0, "x1": 1, "xref": "x domain"}
        figure.add_shape(type="rect", fillcolor=GROUNDS[theme]["panel"], line={"width": 0}, layer="below", **ends)
        sentences.append("Grey: forms that were not in the training data.")
    sheet.legend_below(figure, room=110)
    alt = " ".join([f"Share of correct dates, by form. {' '.join(sentences)}", *map(_heard, networks)])
    return sheet.finish(sheet.small_titles(figure), sentences, theme, alt=alt)


def _check(networks: Sequence[Accuracy]) -> None:
    if not 1 <= len(networks) <= len(_SHAPES):
        raise ValueError(f"networks must be 1 to {len(_SHAPES)}; got {len(networks)}")


def _color(k: int, theme: Theme) -> str:
    """Of the networks with attention, and of the one without."""
    colors = SIGNAL_COLORS[theme]
    return (SEQUENTIAL[theme][-1], colors["forward"], colors["reverse"])[k]


def _heard(network: Accuracy) -> str:
    least = int(np.argmin(network.values))
    return (
        f"{network.name}: {network.values.mean():.1%} on average, lowest {network.values[least]:.1%} at "
        f"{network.places[least]}."
    )
