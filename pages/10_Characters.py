"""What does a character RNN learn?"""

from rnnviz.page_registry import CHARACTERS
from rnnviz.ui.pages.characters import learning as learning_view
from rnnviz.ui.pages.characters import match as match_view
from rnnviz.ui.pages.characters import neurons as neuron_view
from rnnviz.ui.pages.characters import temperature as temperature_view
from rnnviz.ui.pages.characters import training as character_training
from rnnviz.ui.pages.characters import writing as writing_view
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls

VIEWS = {
    "Generate": writing_view.show,
    "Temperature": temperature_view.show,
    "Neurons": neuron_view.show,
    "Match": match_view.show,
    "Learning": learning_view.show,
    "Train here": character_training.show,
}

frame.show_page(CHARACTERS, lambda _: controls.choice("View", VIEWS, key="characters.view")())
