"""Links to the pages that show any trained network from inside: its states, gates and gradients."""

import streamlit as st

from rnnviz.page_registry import INSIDE
from rnnviz.ui.selection import Selection, state
from rnnviz.ui.selection.changes import changed
from rnnviz.ui.shell import frame


def links(wanted: Selection, said: str) -> None:
    """A link to each of these pages with a network and its input, which ``said`` names in words."""
    st.markdown(f"Look inside {said}:")
    with frame.row():
        for page in INSIDE:
            frame.link_taking(page, wanted)


def with_network(trained: str, cell: str, words: str) -> Selection:
    """The visitor's selection with a trained network that reads words, if it can read these; else with its example."""
    wanted = changed(state.current(), trained=trained, cell=cell)
    try:
        return changed(wanted, words=words)
    except ValueError:
        return wanted
