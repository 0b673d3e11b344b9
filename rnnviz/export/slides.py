"""What a slide holds and where, in inches of a slide of 16 to 9; the same in PowerPoint and in print."""

import math
import unicodedata
from bisect import bisect_left
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from rnnviz.export.album import Picture
from rnnviz.export.lecture import Lecture, Look
from rnnviz.page_registry import BY_ADDRESS
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
LEADING: Final = 1.2
"""The distance between lines, in multiples of the type's size."""

MOST_LINES: Final = 4
"""Lines of a caption before its type gets smaller; the picture gives up the room of more than two."""

LINKED: Final = "Open this view in rnnviz"


@dataclass(frozen=True)
class Slide:
    """A slide.

    Attributes:
        picture: A PNG for PowerPoint; an SVG for print, so that its text can be searched.
        caption, alt: Under the picture, and in place of the picture for those who do not see it.
        link: The address of the view.
        note: For the speaker.
    """

    title: str
    picture: Path
    caption: str
    alt: str
    link: str
    note: str


def slides(pictures: list[Picture], form: Literal["png", "svg"]) -> list[Slide]:
    """A slide for each picture, which shows its file of format ``form`` that is laid out for one.

    The title is that of the lecture's entry; without one, it is the page's question, since the picture has
    a title of its own, which stands over the slide too where that question was asked before.
    """
    found: list[Slide] = []
    for picture in pictures:
        entry = picture.entry
        title = entry.title or question(entry.link.page)
        if not entry.title and any(title == before.title for before in found):
            title = picture.title or title
        caption = shortened(picture.caption or picture.title, captioned(MOST_LINES))
        found.append(Slide(title, picture.laid_out[form], caption, picture.alt, picture.link, entry.note))
    return found


def shortened(text: str, box: Box) -> str:
    """A text, or as many of its words as fit in the smallest type, with "…" where it is cut."""
    if _fits(text, box, LEAST_POINTS):
        return text
    count = bisect_left(range(1, len(text)), 1, key=lambda end: not _fits(f"{text[:end]} …", box, LEAST_POINTS))
    kept = text[:count]
    return f"{kept.rpartition(' ')[0] or kept} …"


def below(caption: str) -> Box:
    """The place of a caption, with as many lines as it needs up to ``MOST_LINES``; it ends where ``CAPTION`` ends."""
    return captioned(min(_lines(caption, CAPTION, SMALL_POINTS), MOST_LINES))


def captioned(lines: int) -> Box:
    """The place of a caption of some lines."""
    height = max(CAPTION.height, lines * LEADING * SMALL_POINTS / 72)
    return replace(CAPTION, top=CAPTION.top + CAPTION.height - height, height=height)


def above(caption: Box) -> Box:
    """The place for a picture above a caption."""
    return replace(PICTURE, height=PICTURE.height + caption.top - CAPTION.top)


def points(text: str, box: Box, most: int) -> int:
    """The largest type, from ``most`` to ``LEAST_POINTS`` points, in which a text fits; estimated without its font."""
    return next((size for size in range(most, LEAST_POINTS, -1) if _fits(text, box, size)), LEAST_POINTS)


def _fits(text: str, box: Box, size: int) -> bool:
    return _lines(text, box, size) * LEADING * size <= 72 * box.height + 1e-6


def _lines(text: str, box: Box, size: int) -> int:
    """The number of lines; lines break between words, so they are not full."""
    return math.ceil(1.1 * sum(map(_across, text)) * size / (72 * box.width))


def _across(char: str) -> float:
    """The width of a letter in multiples of the type's size, rather too large."""
    if char in "MW@%" or unicodedata.east_asian_width(char) in "WF":
        return 1.0
    return 0.7 if char.isupper() or not char.isascii() else 0.54


def question(page: str) -> str:
    """The question that a page answers; ``page`` as addresses call it."""
    return BY_ADDRESS[page].question


def fitted(box: Box, width: float, height: float) -> Box:
    """The largest place in the middle of a box for a picture with the proportions ``width`` to ``height``."""
    scale = min(box.width / width, box.height / height)
    wide, high = width * scale, height * scale
    return Box(box.left + (box.width - wide) / 2, box.top + (box.height - high) / 2, wide, high)


def colors(look: Look) -> dict[str, str]:
    """The colours of a deck."""
    return GROUNDS[look.theme]


def headed(lecture: Lecture) -> bool:
    """Whether a deck begins with a slide that says what it is."""
    return bool(lecture.title or lecture.author)
