"""Pictures as a page of Markdown."""

import re
from pathlib import Path

from rnnviz.export import links, slides
from rnnviz.export.album import Picture
from rnnviz.export.lecture import Lecture


def write(pictures: list[Picture], lecture: Lecture, path: Path) -> None:
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
