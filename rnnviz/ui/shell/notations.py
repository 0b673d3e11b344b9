"""The notation that a visitor has chosen for the whole visit: its control, and texts of ours in it."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from rnnviz.caching import cached
from rnnviz.notation import HELP, LABELS, NOTATIONS, Notation, rewritten
from rnnviz.ui.selection import state

if TYPE_CHECKING:
    from rnnviz.figures import Figure

_KEY: Final = "control_notation"


def written(text: str) -> str:
    """A text of ours as this visitor reads it, see ``notation.rewritten``; never one that somebody has typed."""
    return rewritten(text, state.current().notation)


def lettered(figure: "Figure") -> "Figure":
    """A figure that nobody changes any more as this visitor reads it, see ``figures.lettered``."""
    notation = state.current().notation
    return figure if notation == "torch" else _lettered(id(figure), notation, figure)[1]


@cached(60)
def _lettered(
    identity: int,  # noqa: ARG001 - what is kept is kept by it
    notation: Notation,
    _figure: "Figure",
) -> "tuple[Figure, Figure]":
    """The figure, which is held so that no other has its identity, and its copy."""
    from rnnviz import figures

    return _figure, figures.lettered(_figure, notation)


def control() -> None:
    """The choice, at the foot of the sidebar of every page."""
    st.session_state[_KEY] = state.current().notation
    st.segmented_control(
        "Notation", NOTATIONS, key=_KEY, format_func=LABELS.__getitem__, help=HELP, required=True, width="stretch",
        on_change=lambda: state.try_update(notation=st.session_state[_KEY]),
    )  # fmt: skip
