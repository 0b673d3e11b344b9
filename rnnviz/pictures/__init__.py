"""The application's other widgets, made of what the library computes: ``rnnviz.show`` opens them.

A function here takes plain results, as those of ``rnnviz.figures`` do, and gives a ``Drawn``: a widget with all that it
shows. Pages mount the same.
"""

from rnnviz.pictures import schematics
from rnnviz.pictures.backward import backward
from rnnviz.pictures.cliff import cliff
from rnnviz.pictures.colored_text import colored_text
from rnnviz.pictures.listings import listing
from rnnviz.pictures.phase_plane import phase_plane
from rnnviz.pictures.phrases import phrase
from rnnviz.pictures.reader import Turned, reader, turned_text
from rnnviz.pictures.text_numbers import text_numbers
from rnnviz.pictures.unrolled import accepted, unrolled
from rnnviz.pictures.word_gradients import word_gradients
from rnnviz.pictures.word_weights import word_weights
from rnnviz.pictures.writing import writing
from rnnviz.widgets.drawn import Drawn
from rnnviz.widgets.heatmaps import Panel

__all__ = [
    "Drawn",
    "Panel",
    "Turned",
    "accepted",
    "backward",
    "cliff",
    "colored_text",
    "listing",
    "phase_plane",
    "phrase",
    "reader",
    "schematics",
    "text_numbers",
    "turned_text",
    "unrolled",
    "word_gradients",
    "word_weights",
    "writing",
]
