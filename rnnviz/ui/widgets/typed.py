"""What stands in the box of a widget that reads while one types."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Typed:
    """What stands in the box, and why it cannot be read, if so.

    Attributes:
        start: The opening of the widget.
        count: Changes since then.
    """

    start: str
    count: int = 0
    text: str = ""
    problem: str = ""
