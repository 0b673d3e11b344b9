"""Slides as a PowerPoint file."""

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from PIL import Image
from pptx import Presentation
from pptx.dml.color import RGBColor
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.oxml import parse_xml
from pptx.oxml.ns import nsdecls
from pptx.util import Inches, Length, Pt

from rnnviz.export import slides
from rnnviz.export.lecture import Lecture
from rnnviz.export.slides import Box, Slide

if TYPE_CHECKING:
    from pptx.presentation import Presentation as Deck
    from pptx.slide import Slide as Sheet
    from pptx.text.text import TextFrame

_TITLE_SLIDE: Final = 0
_TITLE_ONLY: Final = 5
_PROPERTY: Final = 255
"""Characters that a property of the file may have."""


def write(pages: list[Slide], lecture: Lecture, path: Path) -> None:
    """Write a file with one slide for each page."""
    deck = Presentation()
    _widen(deck)
    deck.core_properties.title = (lecture.title or lecture.name)[:_PROPERTY]
    deck.core_properties.author = lecture.author[:_PROPERTY]
    deck.core_properties.keywords = "rnnviz"
    if slides.headed(lecture):
        _add_title(deck, lecture)
    for page in pages:
        _add(deck, page, lecture)
    deck.save(str(path))


def _widen(deck: "Deck") -> None:
    """Make the slides 16 to 9, also those that people add later."""
    factor = slides.WIDTH / (deck.slide_width or Inches(10)).inches
    deck.slide_width, deck.slide_height = Inches(slides.WIDTH), Inches(slides.HEIGHT)
    for sheet in (deck.slide_master, *deck.slide_layouts):
        for shape in sheet.placeholders:
            # What is inherited has no place of its own in the file, and must get none.
            if shape._element.spPr is not None and shape._element.spPr.xfrm is not None:
                shape.left, shape.width = int(shape.left * factor), int(shape.width * factor)


def _add_title(deck: "Deck", lecture: Lecture) -> None:
    sheet = deck.slides.add_slide(deck.slide_layouts[_TITLE_SLIDE])
    _paint(sheet, lecture)
    colors = slides.colors(lecture.look)
    title, author = sheet.placeholders
    _head(title, slides.HEADING, lecture.title or lecture.name, slides.HEADING_POINTS, colors["ink"])
    _head(author, slides.AUTHOR, lecture.author, slides.AUTHOR_POINTS, colors["soft"])


def _head(shape: Any, place: Box, text: str, most: int, color: str) -> None:
    """A text centred in its place, in a size that fits."""
    shape.left, shape.top, shape.width, shape.height = _placed(place)
    frame = shape.text_frame
    frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    _without_margins(frame)
    _write(frame, text, slides.points(text, place, most), color)


def _add(deck: "Deck", page: Slide, lecture: Lecture) -> None:
    colors = slides.colors(lecture.look)
    sheet = deck.slides.add_slide(deck.slide_layouts[_TITLE_ONLY])
    _paint(sheet, lecture)
    title = sheet.shapes.title
    if title is not None:
        _head(title, slides.TITLE, page.title, slides.TITLE_POINTS, colors["ink"])
    below = slides.below(page.caption)
    with Image.open(page.picture) as picture:
        place = slides.fitted(slides.above(below), *picture.size)
    shape = sheet.shapes.add_picture(str(page.picture), *_placed(place))
    shape._element.nvPicPr.cNvPr.set("descr", page.alt)
    shape.click_action.hyperlink.address = page.link
    size = slides.points(page.caption, below, slides.SMALL_POINTS)
    _write(_box(sheet, below), page.caption, size, colors["soft"])
    _add_link(_box(sheet, slides.LINK), page.link, colors["accent"])
    _add_number(_box(sheet, slides.NUMBER), colors["soft"])
    if page.note and sheet.notes_slide.notes_text_frame is not None:
        sheet.notes_slide.notes_text_frame.text = page.note


def _paint(sheet: "Sheet", lecture: Lecture) -> None:
    fill = sheet.background.fill
    fill.solid()
    fill.fore_color.rgb = _rgb(slides.colors(lecture.look)["background"])


def _placed(box: Box) -> tuple[Length, Length, Length, Length]:
    return (Inches(box.left), Inches(box.top), Inches(box.width), Inches(box.height))


def _box(sheet: "Sheet", place: Box) -> "TextFrame":
    frame = sheet.shapes.add_textbox(*_placed(place)).text_frame
    _without_margins(frame)
    return frame  # type: ignore[no-any-return]


def _without_margins(frame: "TextFrame") -> None:
    frame.word_wrap = True
    for side in ("left", "right", "top", "bottom"):
        setattr(frame, f"margin_{side}", Inches(0))


def _write(frame: "TextFrame", text: str, points: int | None, color: str) -> None:
    paragraph = frame.paragraphs[0]
    paragraph.text = text
    paragraph.alignment = PP_ALIGN.LEFT
    for run in paragraph.runs:
        _look(run.font, points, color)


def _add_link(frame: "TextFrame", link: str, color: str) -> None:
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT
    run = paragraph.add_run()
    run.text = slides.LINKED
    _look(run.font, slides.SMALL_POINTS, color)
    run.hyperlink.address = link


def _add_number(frame: "TextFrame", color: str) -> None:
    """The number of the slide, which PowerPoint keeps up to date."""
    paragraph = frame.paragraphs[0]
    paragraph.alignment = PP_ALIGN.RIGHT
    size = slides.SMALL_POINTS * 100
    field: Any = parse_xml(
        f'<a:fld {nsdecls("a")} id="{{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}}" type="slidenum">'
        f'<a:rPr lang="en-GB" sz="{size}"><a:solidFill><a:srgbClr val="{color[1:]}"/></a:solidFill></a:rPr>'
        "<a:t>‹#›</a:t></a:fld>"
    )
    paragraph._p.append(field)


def _look(font: Any, points: int | None, color: str) -> None:
    if points is not None:
        font.size = Pt(points)
    font.color.rgb = _rgb(color)


def _rgb(color: str) -> RGBColor:
    rgb: RGBColor = RGBColor.from_string(color[1:])  # type: ignore[no-untyped-call]
    return rgb
