"""Charts that come once a page's first picture is there: those below it, and while presenting all.

The first chart of a visit keeps a browser busy for a second and more, in one go: it evaluates all of plotly, draws, and
until then no widget appears, though all it needs is there. So the first picture would wait for the last. While
presenting, how large a chart has to be is what the browser tells once it shows the page.
"""

from typing import Final

import streamlit as st

_READY: Final = "rnnviz.ready"
_WAITS: Final = "rnnviz.waits"
"""In the session: whether its browser has shown a page, and whether a chart waits for that."""


def begin() -> None:
    """Begin a run of a view: what has waited in an earlier one comes now, whoever asked for this one."""
    if _WAITS in st.session_state:
        arrive()


def is_ready() -> bool:
    """Whether charts come at once: this visitor's browser has shown a page before, or there is none, as in tests."""
    return _READY in st.session_state or not st.context.headers


def hold(pixels: int | str) -> None:
    """Keep the place of a chart of this height until it comes; with a word for a height, of some."""
    st.session_state[_WAITS] = True
    height = pixels if isinstance(pixels, int) else 450
    st.html(f'<div class="rnnviz-later" style="height: {height}px"></div>')


def arrive() -> bool:
    """Let charts come from now on; whether one has waited."""
    st.session_state[_READY] = True
    waited: bool = st.session_state.pop(_WAITS, False)
    return waited
