"""What a slide holds and where: the same in PowerPoint and in print, in inches of a slide of 16 to 9."""

import ast
import math
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from rnnviz.export import links
from rnnviz.export.album import Picture
from rnnviz.export.lecture import Lecture, Look
from rnnviz.palette import GROUNDS

WIDTH: Final = 13.333
HEIGHT: Final = 7.5


@dataclass(frozen=True)
class Box:
    """A place on a slide, in inches from its upper left corner."""

    left: float
    top: float
    width: float
    height: float


TITLE: Final = Box(0.5, 0.25, 12.333, 0.75)
HEADING: Final = Box(1, 2, 11.333, 2)
AUTHOR: Final = Box(1, 4.2, 11.333, 1)
PICTURE: Final = Box(0.5, 1.05, 12.333, 5.7)
CAPTION: Final = Box(0.5, 6.85, 8.6, 0.45)
LINK: Final = Box(9.2, 6.85, 2.9, 0.45)
NUMBER: Final = Box(12.2, 6.85, 0.633, 0.45)

HEADING_POINTS: Final = 40
AUTHOR_POINTS: Final = 20
TITLE_POINTS: Final = 28
LEAST_POINTS: Final = 8
SMALL_POINTS: Final = 12
LONGEST: Final = 190
"""Characters of two lines under a picture."""

LINKED: Final = "Open this view in rnnviz"


@dataclass(frozen=True)
class Slide:
    """A slide.

    Attributes
    ----------
    title : str
    picture : Path
        A PNG for PowerPoint, an SVG for print, whose text can be searched there.
    caption, alt : str
        Under the picture, and in its place for those who do not see it.
    link : str
        To the view.
    note : str
        For whoever speaks.
    """

    title: str
    picture: Path
    caption: str
    alt: str
    link: str
    note: str


def slides(pictures: list[Picture], form: Literal["png", "svg"]) -> list[Slide]:
    """A slide for each picture.

    Its title is that of the lecture's entry; otherwise the question that the page answers, since the picture has a
    title of its own.

    Parameters
    ----------
    pictures : list of Picture
    form : {"png", "svg"}
        Which of their files is shown.

    Returns
    -------
    list of Slide
    """
    found = []
    for picture in pictures:
        entry = picture.entry
        title = entry.title or question(entry.link.page)
        caption = shortened(picture.caption or picture.title)
        found.append(Slide(title, picture.files[form], caption, picture.alt, picture.link, entry.note))
    return found


def shortened(text: str) -> str:
    """A caption that has room under a picture, which has it whole."""
    return text if len(text) <= LONGEST else f"{text[:LONGEST].rpartition(' ')[0]} …"


def points(text: str, box: Box, most: int) -> int:
    """The largest type in which a text has room, as far as one can tell without its font.

    Parameters
    ----------
    text : str
    box : Box
    most : int
        In points, as the result.

    Returns
    -------
    int
        At least ``LEAST_POINTS``.
    """
    across = sum(map(_across, text))
    for size in range(most, LEAST_POINTS, -1):
        # Lines end at words, so that they are not full.
        lines = math.ceil(1.1 * across * size / (72 * box.width))
        if lines * 1.2 * size <= 72 * box.height:
            return size
    return LEAST_POINTS


def _across(char: str) -> float:
    """The width of a letter by its size, rather too large."""
    if char in "MW@%" or unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.7 if char.isupper() or not char.isascii() else 0.54


def question(page: str) -> str:
    """What a page answers.

    Parameters
    ----------
    page : str
        As addresses call it.

    Returns
    -------
    str
    """
    source = links.pages()[page].read_text(encoding="utf-8")
    return ast.get_docstring(ast.parse(source)) or page.replace("_", " ")


def fitted(box: Box, width: float, height: float) -> Box:
    """The largest place in a box, in its middle, for a picture of some proportions.

    Parameters
    ----------
    box : Box
    width, height : float
        In any unit.

    Returns
    -------
    Box
    """
    scale = min(box.width / width, box.height / height)
    wide, high = width * scale, height * scale
    return Box(box.left + (box.width - wide) / 2, box.top + (box.height - high) / 2, wide, high)


def colors(look: Look) -> dict[str, str]:
    """The colours of a deck."""
    return GROUNDS[look.theme]


def headed(lecture: Lecture) -> bool:
    """Whether a deck begins with a slide that says what it is."""
    return bool(lecture.title or lecture.author)
