"""Makes a lecture: its pictures, then decks of them."""

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

from PIL import Image

from rnnviz.export import application, devtools, links, printed, slides
from rnnviz.export.album import Album, Folders, Listener, Picture
from rnnviz.export.application import Visitor
from rnnviz.export.devtools import Browser
from rnnviz.export.lecture import Lecture
from rnnviz.export.links import DECKS, PICTURES, Format

FULL: Final = 3840
"""Pixels across of the PNG files that pages save."""


@dataclass
class Made:
    """What has been made.

    Attributes:
        missing: What could not be made, with its place in the lecture.
        whole: Whether the work came to its end without interruption.
    """

    pictures: list[Picture] = field(default_factory=list)
    decks: list[Path] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    whole: bool = False


def make(lecture: Lecture, folder: Path, listener: Listener, *, server: str | None = None, width: int = FULL) -> Made:
    """Make all that a lecture asks for.

    Pictures go to a folder of the lecture's name in ``folder``, decks beside it. Files of the same names are replaced.
    After an interruption, complete files stay, and nothing else.

    Args:
        server: Where an application is; by default, one is started.
        width: Of PNGs, in pixels.

    Raises:
        FileNotFoundError: If there is no browser.
        OSError: If the browser or the application does not start or is not there, or a file cannot be written.
        ValueError: If there is no picture at all.
    """
    program = devtools.require()
    if server is not None:
        application.check(server)
    kept = folder / lecture.name
    (kept if _keeps(lecture) else folder).mkdir(parents=True, exist_ok=True)
    made = Made()
    with ExitStack() as stack:
        passing = Path(tempfile.mkdtemp(prefix=".rnnviz-export-", dir=folder))
        stack.callback(shutil.rmtree, passing, ignore_errors=True)
        try:
            stack.enter_context(_terminable())
            browser = stack.enter_context(Browser(program, urlsplit(server or links.HOME).hostname or ""))
            url = server
            if url is None:
                listener.step("starting the application")
                url = stack.enter_context(application.running(lecture.address, passing))
            first, second = (Visitor(browser, url, lecture.look, passing.resolve()) for _ in range(2))
            folders = Folders(kept if _keeps(lecture) else passing, passing)
            ratio = slides.PICTURE.width / slides.PICTURE.height
            album = Album(lecture, (first, second), server or lecture.address, folders, listener, ratio)
            for picture in album.pictures():
                for files in (picture.files, picture.laid_out):
                    if width != FULL and "png" in files:
                        narrow(files["png"], width)
                made.pictures.append(picture)
            made.missing += album.missing
            if not made.pictures:
                raise ValueError("no picture could be had")
            for form in (form for form in DECKS if form in lecture.formats):
                listener.step(f"{lecture.name}.{form}")
                unfinished = _deck(form, lecture, made.pictures, browser, folders)
                made.decks.append(unfinished.replace(folder / f"{lecture.name}.{form}"))
            made.whole = True
        except KeyboardInterrupt:
            listener.warn("interrupted")
    return made


def _keeps(lecture: Lecture) -> bool:
    """Whether pictures are kept, and not only decks."""
    kept = any(entry.formats for entry in lecture.entries) or bool(set(lecture.formats) & set(PICTURES))
    return kept or "md" in lecture.formats


def _deck(form: Format, lecture: Lecture, pictures: list[Picture], browser: Browser, folders: Folders) -> Path:
    """A deck, under a temporary name."""
    path = folders.passing / f"deck.{form}"
    if form == "pptx":
        from rnnviz.export import powerpoint

        powerpoint.write(slides.slides(pictures, "png"), lecture, path)
    elif form == "pdf":
        printed.write(slides.slides(pictures, "svg"), lecture, browser, folders.passing, path)
    else:
        printed.write_list(pictures, lecture, path)
    return path


def narrow(path: Path, width: int) -> None:
    """Scale a PNG in place to a width in pixels and reduce it to 256 colours, which hardly shows."""
    with Image.open(path) as picture:
        size = (width, max(1, round(picture.height * width / picture.width)))
        smaller = picture.resize(size, Image.Resampling.LANCZOS)
    if not smaller.has_transparency_data or smaller.getchannel("A").getextrema() == (255, 255):
        smaller = smaller.convert("RGB").quantize(256, dither=Image.Dither.NONE)
    unfinished = path.with_suffix(".part")
    smaller.save(unfinished, format="PNG", optimize=True)
    unfinished.replace(path)


@contextmanager
def _terminable() -> Iterator[None]:
    """Treat the system's signal to end as an interruption from the keyboard, so that no process is left running."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the system hands them over
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
