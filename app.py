"""Home: what this is, guided tours, and the path of the lecture."""

from rnnviz.ui import frame, home

frame.begin("Home")
home.hero()
home.guided_tours()
home.lecture_path()
home.starting_points()
