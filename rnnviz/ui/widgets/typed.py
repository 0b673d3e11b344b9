"""What stands in the box of a widget that reads while one types."""

from dataclasses import dataclass

from rnnviz.ui.selection import MAX_CHARACTERS


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


def plain(text: str) -> str:
    """A text from a browser as it is taken: not longer than any may be, and in characters that can be written."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode("utf-8")
