"""What does a character RNN learn?"""

from rnnviz.page_registry import CHARACTERS
from rnnviz.ui import (
    character_training,
    controls,
    frame,
    learning_view,
    match_view,
    neuron_view,
    temperature_view,
    writing_view,
)

VIEWS = {
    "Generate": writing_view.show,
    "Temperature": temperature_view.show,
    "Neurons": neuron_view.show,
    "Match": match_view.show,
    "Learning": learning_view.show,
    "Train here": character_training.show,
}

frame.begin(CHARACTERS)
controls.choice("View", VIEWS, key="characters.view")()
