"""Home: what this is, and the path of the lecture."""

from rnnviz.ui import frame, home

frame.begin("Home")
home.hero()
home.lecture_path()
home.starting_points()
