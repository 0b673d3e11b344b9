"""Guided tours: a Markdown file a tour, a section a stop; read strictly, since anybody may have written it."""

from rnnviz.tours.reading import OWN, STOP, Stop, Tour, read
from rnnviz.tours.shelf import FOLDER_VARIABLE, Shelved, find, listed, read_file

__all__ = [
    "FOLDER_VARIABLE",
    "OWN",
    "STOP",
    "Shelved",
    "Stop",
    "Tour",
    "find",
    "listed",
    "read",
    "read_file",
]
