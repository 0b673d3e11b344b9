"""Guided tours: a Markdown file a tour, a section a stop; read strictly, since anybody may have written it."""

from rnnviz.tours.reading import read
from rnnviz.tours.shelf import FOLDER_VARIABLE, Shelved, find, listed, read_file
from rnnviz.tours.targets import PAGES, TARGETS, Target
from rnnviz.tours.tour import STOP, Stop, Tour

__all__ = [
    "FOLDER_VARIABLE",
    "PAGES",
    "STOP",
    "TARGETS",
    "Shelved",
    "Stop",
    "Target",
    "Tour",
    "find",
    "listed",
    "read",
    "read_file",
]
