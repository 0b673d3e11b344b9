"""Presenting: how large pictures are drawn for a back row, and whether the question is shown."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from rnnviz.ui.selection.fields import quoted

if TYPE_CHECKING:
    from rnnviz.figures import Figure

SCALES: Final = (1.0, 3.0)
LARGE: Final = 1.5
"""The scale for a large projector, for figures that are drawn before the browser has told its own."""

_ABOVE: Final = 112
"""Pixels of the title and the choice of views, until the browser has measured what is above the first picture."""

_USUAL: Final = 450
"""Pixels of a figure without a height of its own: plotly's default."""

_BESIDE: Final = 0.88
"""The share of its height that a figure has which does not fill the window."""

_SCALE: Final = "rnnviz.scale"
_WIDE: Final = "rnnviz.wide"
_QUESTION: Final = "rnnviz.question"
"""In the session: the opening of the page on which the question was put up last."""


def known_scale() -> float | None:
    """The scale of figures, compared to a window of 1,280 x 720; None before the browser has told it."""
    known: float | None = st.session_state.get(_SCALE)
    return known


def is_wide() -> bool:
    """Whether the window is known to have room for captions with long lines."""
    return bool(st.session_state.get(_WIDE, False))


def take(scale: object, *, wide: bool) -> None:
    """Draw at a scale from now on; it comes from a browser, so it may be anything.

    Args:
        wide: As ``is_wide`` says from now on.

    Raises:
        ValueError: If it is no number in ``SCALES``.
    """
    match scale:
        case int() | float() if SCALES[0] <= scale <= SCALES[1]:
            st.session_state[_SCALE] = float(scale)
            st.session_state[_WIDE] = wide
        case _:
            raise ValueError(f"a scale must be in {SCALES[0]:g}..{SCALES[1]:g}; got {quoted(scale)}")


def now() -> tuple[object, ...]:
    """What pages draw differently by: the scale, the width, and whether the question is up."""
    return known_scale(), is_wide(), st.session_state.get(_QUESTION)


def put_up(opening: object, *, up: bool) -> None:
    """Show the question of a page while presenting, or put it away.

    Args:
        opening: The ``id`` of ``frame.start``: a page that is opened again begins without the question.
    """
    st.session_state[_QUESTION] = opening if up else None


def is_up(opening: object) -> bool:
    """Whether the question is shown; ``opening`` as for ``put_up``."""
    return bool(st.session_state.get(_QUESTION) == opening)


def show(
    figure: "Figure", *, key: str, alt: str, config: Mapping[str, object], fills: bool = True, **picking: Any
) -> None:
    """Show a figure larger, as high as the window leaves room for or only as it needs, and nothing around it."""
    from rnnviz import figures

    scale = known_scale() or LARGE
    wider = figures.widened(figure) if is_wide() else figure
    larger = figures.enlarged(wider, scale)
    spared = (figure.layout.margin.t or 0) - (wider.layout.margin.t or 0)
    least = round(((figure.layout.height or _USUAL) - spared) * scale * (_lowest(larger) if fills else _BESIDE))
    larger.update_layout(height=None)
    room = f"100vh - var(--present-above, var(--present-first, {_ABOVE}px))"
    height = f"max({least}px * var(--present-squeeze, 1), {room})" if fills else f"{least}px"
    st.html(f"<style>.st-key-{key.replace('.', '-')} {{ height: {height} !important; }}</style>")
    st.plotly_chart(
        larger, key=key, alt=alt, theme=None, width="stretch", height="stretch", config=dict(config), **picking
    )


def _lowest(figure: "Figure") -> float:
    """The smallest share of its height that a figure needs; one with words in its marks needs more."""
    return 0.9 if any("text" in (trace.mode or "") for trace in figure.select_traces({"type": "scatter"})) else 0.8
