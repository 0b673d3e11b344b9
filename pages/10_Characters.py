"""What does a character RNN learn?"""

from rnnviz.ui import controls, frame, learning_view, temperature_view, writing_view

VIEWS = {
    "Generate": writing_view.show,
    "Temperature": temperature_view.show,
    "Learning": learning_view.show,
}

frame.begin("Characters")
controls.choice("View", VIEWS, key="characters.view")()
