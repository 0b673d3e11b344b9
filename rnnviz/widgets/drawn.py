"""A widget with all that it shows, made by a function of ``rnnviz.pictures``."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Drawn:
    """What ``rnnviz.show`` opens as it is.

    Attributes:
        widget: The name of its folder.
        title: What is on show, in a line.
        data: What it gets, as plain data and packed arrays; ``start``, where it begins, is among them if it has one.
        is_titled: Whether the widget shows its own title.

    >>> import rnnviz
    >>> from rnnviz import pictures, sequences
    >>> drawn = pictures.unrolled(sequences.unroll("counting", "3"), title="One to many: counting")
    >>> drawn.widget
    'unrolled'
    >>> rnnviz.show(drawn, live=False)
    Page(One to many: counting)
    """

    widget: str
    title: str
    data: Mapping[str, object]
    is_titled: bool = False

    def __repr__(self) -> str:
        """What it is a picture of."""
        return f"Drawn({self.title})"
