"""All pictures as pages: slides as a PDF, HTML that the browser prints, and a page of Markdown."""

import base64
import re
from html import escape
from pathlib import Path
from typing import Final

from rnnviz.export import links, slides
from rnnviz.export.album import Picture
from rnnviz.export.devtools import Browser
from rnnviz.export.lecture import Lecture
from rnnviz.export.slides import Box, Slide

_DECK: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src file:">
<title>{title}</title>
<style>
@page {{ size: {width}in {height}in; margin: 0; }}
* {{ box-sizing: border-box; margin: 0; }}
body {{ font-family: Helvetica, Arial, sans-serif; print-color-adjust: exact; }}
section {{ position: relative; width: {width}in; height: {height}in; overflow: hidden; break-after: page; }}
section {{ background: {background}; color: {ink}; }}
section > * {{ position: absolute; overflow: hidden; }}
h1, h2 {{ font-weight: normal; line-height: {leading}; overflow-wrap: anywhere; display: flex; align-items: center; }}
p {{ font-size: {small}pt; line-height: {leading}; overflow-wrap: anywhere; color: {soft}; }}
a {{ color: {accent}; }}
.right {{ text-align: right; }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def write(pages: list[Slide], lecture: Lecture, browser: Browser, folder: Path, path: Path) -> None:
    """Write a file with a page for each slide.

    Args:
        folder: For the temporary page.

    Raises:
        OSError: If the browser cannot print.
    """
    source = folder / "deck.html"
    source.write_text(html(pages, lecture), encoding="utf-8")
    with browser.tab(1280, 720) as tab:
        tab.call("Page.navigate", url=source.resolve().as_uri())
        tab.evaluate(
            "Promise.all([...document.images].map((image) => image.decode())).then(() => document.fonts.ready)"
        )
        printed = tab.call(
            "Page.printToPDF",
            printBackground=True,
            preferCSSPageSize=True,
            generateTaggedPDF=True,
            generateDocumentOutline=True,
        )
    path.write_bytes(authored(base64.b64decode(printed["data"]), lecture.author))


def authored(printed: bytes, author: str) -> bytes:
    """A PDF whose properties name its author, which browsers cannot be told.

    Args:
        printed: As Chromium writes it: the trailer names an object with title and dates; a table has the offsets.
        author: Empty for none.

    Returns:
        The PDF with that object written again at its end; unchanged if there is no author, or no such object.
    """
    trailer = re.search(rb"\ntrailer\s*<<(.*?)>>\s*startxref\s*(\d+)\s*%%EOF\s*$", printed, re.DOTALL)
    number = re.search(rb"/Info (\d+) 0 R", trailer[1]) if trailer else None
    told = re.search(rb"\n%s 0 obj\s*<<(.*?)>>\s*\nendobj" % number[1], printed, re.DOTALL) if number else None
    if not (author and trailer and number and told):
        return printed
    said = f"\ufeff{author}".encode("utf-16-be").hex().encode()
    again = b"%s 0 obj\n<<%s\n/Author <%s>>>\nendobj\n" % (number[1], told[1], said)
    table = b"xref\n0 1\n0000000000 65535 f \n%s 1\n%010d 00000 n \n" % (number[1], len(printed))
    end = b"trailer\n<<%s\n/Prev %s>>\nstartxref\n%d\n%%%%EOF\n" % (trailer[1], trailer[2], len(printed + again))
    return printed + again + table + end


def html(pages: list[Slide], lecture: Lecture) -> str:
    """The page that is printed."""
    first = int(slides.headed(lecture))
    body = [_title(lecture)] if first else []
    body += [_section(page, number + first) for number, page in enumerate(pages, 1)]
    return _DECK.format(
        title=escape(lecture.title or lecture.name),
        width=slides.WIDTH,
        height=slides.HEIGHT,
        small=slides.SMALL_POINTS,
        leading=slides.LEADING,
        body="\n".join(body),
        **{name: slides.colors(lecture.look)[name] for name in ("background", "ink", "soft", "accent")},
    )


def _title(lecture: Lecture) -> str:
    title = lecture.title or lecture.name
    title = f'<h1 style="{_set(title, slides.HEADING, slides.HEADING_POINTS)}">{escape(title)}</h1>'
    author = f'<p style="{_set(lecture.author, slides.AUTHOR, slides.AUTHOR_POINTS)}">{escape(lecture.author)}</p>'
    return f"<section>{title}{author}</section>"


def _section(page: Slide, number: int) -> str:
    below = slides.below(page.caption)
    place = _placed(slides.fitted(slides.above(below), *_size(page.picture)))
    link, source = escape(page.link), escape(page.picture.resolve().as_uri())
    image = f'<img src="{source}" alt="{escape(page.alt)}" style="width: 100%; height: 100%">'
    return (
        f'<section><h2 style="{_set(page.title, slides.TITLE, slides.TITLE_POINTS)}">{escape(page.title)}</h2>'
        f'<a href="{link}" style="{place}">{image}</a>'
        f'<p style="{_set(page.caption, below, slides.SMALL_POINTS)}">{escape(page.caption)}</p>'
        f'<p class="right" style="{_placed(slides.LINK)}"><a href="{link}">{slides.LINKED}</a></p>'
        f'<p class="right" style="{_placed(slides.NUMBER)}">{number}</p></section>'
    )


def _size(drawing: Path) -> tuple[float, float]:
    """Width and height of an SVG, as its first element has them."""
    with drawing.open(encoding="utf-8") as file:
        first = file.read(4_000)
    found = {name: re.search(rf'<svg\b[^>]*?\s{name}="([0-9.]+)', first) for name in ("width", "height")}
    width, height = (float(match[1]) if match else 0.0 for match in found.values())
    if not (width and height):
        raise ValueError(f"the drawing {drawing.name} must have a width and a height; got {first[:80]!r}")
    return width, height


def _set(text: str, box: Box, most: int) -> str:
    return f"{_placed(box)}; font-size: {slides.points(text, box, most)}pt"


def _placed(box: Box) -> str:
    return f"left: {box.left:.3f}in; top: {box.top:.3f}in; width: {box.width:.3f}in; height: {box.height:.3f}in"


# --- A page of Markdown ---


def write_list(pictures: list[Picture], lecture: Lecture, path: Path) -> None:
    """Write a page with all pictures under their pages' questions; the page lies beside the pictures' folder."""
    lines = [f"# {escaped(lecture.title or lecture.name)}", ""]
    if lecture.author:
        lines += [escaped(lecture.author), ""]
    if lecture.address == links.HOME:
        lines += ["Each picture leads to its view in an application of your own: `python -m rnnviz app` starts it.", ""]
    page = ""
    for picture in pictures:
        if picture.entry.link.page != page:
            page = picture.entry.link.page
            lines += [f"## {escaped(page.replace('_', ' '))}", "", escaped(slides.question(page)), ""]
        lines += _part(picture)
    path.write_text("\n".join(lines).rstrip() + "\n", encoding="utf-8")


def _part(picture: Picture) -> list[str]:
    entry, title = picture.entry, escaped(picture.entry.title or picture.title)
    png = picture.files["png"]
    note = [escaped(" ".join(entry.note.split())), ""] if entry.note else []
    return [
        f"### {title}",
        "",
        *note,
        f"[![{escaped(picture.alt)}]({png.parent.name}/{png.name})](<{picture.link}>)",
        "",
    ]


def escaped(text: str) -> str:
    """A text with the special characters of Markdown and HTML escaped."""
    return re.sub(r"([\\`*_\[\]<>#|~$&!])", r"\\\1", text)
