"""What does a character RNN learn?"""

from rnnviz.ui import controls, frame, writing_view

VIEWS = {
    "Generate": writing_view.show,
}

frame.begin("Characters")
controls.choice("View", VIEWS, key="characters.view")()
