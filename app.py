"""Home: what this is, guided tours, and the path of the lecture."""

import streamlit as st

from rnnviz.page_registry import HOME
from rnnviz.ui.pages.home import view as home
from rnnviz.ui.shell import frame

frame.begin(HOME)
with st.container(key="home"):
    home.hero()
    home.guided_tours()
    home.lecture_path()
    home.starting_points()
