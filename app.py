"""Home: a trained network that reads what is typed, guided tours, and the path of the lecture."""

import streamlit as st

from rnnviz.page_registry import HOME
from rnnviz.ui.pages.home import instrument
from rnnviz.ui.pages.home import view as home
from rnnviz.ui.selection import Selection
from rnnviz.ui.shell import frame


def show(_: Selection) -> None:
    """The network at work, what this is, tours, the path of the lecture and where to start."""
    with st.container(key="home"):
        instrument.show()
        home.hero()
        home.guided_tours()
        home.lecture_path()
        home.starting_points()


frame.show_page(HOME, show)
