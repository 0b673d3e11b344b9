"""The formats that a lecture is saved in. The command names them in its help, so this module needs no extra."""

from typing import Final, Literal

Format = Literal["png", "svg", "html", "csv", "pptx", "pdf", "md"]
Background = Literal["white", "dark", "transparent"]

PICTURES: Final = ("png", "svg", "html", "csv")
"""Files that a page saves of a picture."""

DECKS: Final = ("pptx", "pdf", "md")
"""Files that are made of all pictures together."""

USUAL: Final[tuple[Format, ...]] = ("png", "pptx", "pdf")
