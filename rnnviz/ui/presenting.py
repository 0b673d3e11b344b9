"""Presenting: how large pictures are drawn for those who sit at the back, and for which screen."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from rnnviz.ui.checks import shown

if TYPE_CHECKING:
    from rnnviz.figures import Figure

SCALES: Final = (1.0, 3.0)
HEIGHTS: Final = (200, 5_000)
_ABOVE: Final = 112
"""Pixels that title and choice of views take, so that the first picture stands whole under them."""

_USUAL: Final = 450
"""Pixels of a figure that does not say its height, as plotly takes them."""

_KEY: Final = "rnnviz.screen"


@dataclass(frozen=True)
class Screen:
    """What a presentation is seen on.

    Attributes
    ----------
    scale : float
        How many times as large as in a window of 1,280 x 720 things are drawn.
    height : int
        Of the window, in pixels.
    """

    scale: float = 1.5
    height: int = 1080


def screen() -> Screen:
    """The screen of this visitor, as the browser has told it; a large projector before it has."""
    known: Screen = st.session_state.get(_KEY, Screen())
    return known


def told() -> dict[str, float] | None:
    """The screen that figures are drawn for, for the browser; None before it has told one."""
    return asdict(screen()) if _KEY in st.session_state else None


def take(told: object) -> None:
    """Draw for the screen that a browser tells of from now on.

    Parameters
    ----------
    told : object
        ``{"scale": 1.5, "height": 1080}``; from a browser, so it may be anything.

    Raises
    ------
    ValueError
        If it is anything else.
    """
    match told:
        case {"scale": int() | float() as scale, "height": int() as height}:
            if SCALES[0] <= scale <= SCALES[1] and HEIGHTS[0] <= height <= HEIGHTS[1]:
                st.session_state[_KEY] = Screen(float(scale), int(height))
                return
    raise ValueError(
        f"a screen must have a scale in {SCALES[0]:g}..{SCALES[1]:g} and a height in {HEIGHTS[0]}..{HEIGHTS[1]}; "
        f"got {shown(told)}"
    )


def show(figure: "Figure", *, key: str, alt: str, config: Mapping[str, object], **picking: Any) -> None:
    """Show a figure larger, filling the window, and nothing around it.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    key, alt, config, **picking
        As for ``st.plotly_chart``.
    """
    from rnnviz import figures

    now = screen()
    larger = figures.enlarged(figure, now.scale)
    height = max(now.height - _ABOVE, round((larger.layout.height or _USUAL * now.scale) * 0.8))
    larger.update_layout(height=height)
    st.plotly_chart(
        larger, key=key, alt=alt, theme=None, width="stretch", height=height, config=dict(config), **picking
    )
