"""The application's widgets in a notebook, of a trace or of anybody's module: beside a kernel, or as a page."""

from rnnviz.notebook.pages import Page
from rnnviz.notebook.showing import show

__all__ = ["Page", "show"]
