"""``python -m rnnviz export``: save all figures of a lecture as files and as a deck."""

import argparse
import re
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, get_args

from rnnviz import extras
from rnnviz.cli.train import INTERRUPTED
from rnnviz.export import links
from rnnviz.palette import Theme

if TYPE_CHECKING:
    from rnnviz.export.lecture import Lecture
    from rnnviz.export.making import Made

STDIN: Final = "-"

_EXAMPLE: Final = """\
LECTURE is a text with a link a line, "-" for what is typed or piped in, a guided tour, or YAML:

  title: Vanishing gradients
  figures:
    - link: http://127.0.0.1:8501/Gradients?cell=lstm
      figure: time
      note: Who has seen this curve before?
    - link: /Hidden_states

docs/export.md describes it.
"""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command ``export`` and its arguments."""
    parser = commands.add_parser(
        "export",
        help="save all figures of a lecture as files and as a deck",
        description="Save the pictures of all views that a lecture lists, and make slides of them.",
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    grounds, themes = get_args(links.Background), get_args(Theme)
    known = ",".join(get_args(links.Format))
    parser.add_argument("lecture", metavar="LECTURE", help="a file, or - for the standard input")
    parser.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="default: the current one")
    parser.add_argument("--formats", metavar="LIST", help=f"of {known}; default: {','.join(links.USUAL)}")
    parser.add_argument("--background", choices=grounds, help="what is behind the pictures; default: white")
    parser.add_argument("--ground", dest="background", choices=grounds, help=argparse.SUPPRESS)  # its older name
    parser.add_argument(
        "--theme", choices=themes, help="of lines and letters; default: the one that fits the background"
    )
    parser.add_argument(
        "--width",
        type=_width,
        default=3840,
        help="of PNGs, in pixels; smaller ones have 256 colours; default: %(default)s",
    )
    parser.add_argument("--server", metavar="URL", help="an application that runs; default: one is started for this")
    parser.add_argument("--quiet", action="store_true", help="report only problems")
    parser.set_defaults(command=_export)


def _export(arguments: argparse.Namespace) -> int:
    """Read the lecture, make it, and say what was made."""
    begin = time.monotonic()
    extras.require("export", "export")
    wanted = _lecture(arguments)
    server = None if arguments.server is None else links.address_of(arguments.server)
    from rnnviz.export import making

    progress = _Progress(quiet=arguments.quiet)
    made = making.make(wanted, arguments.to, progress, server=server, width=arguments.width)
    _tell(made, arguments.to / wanted.name, len(wanted.entries), time.monotonic() - begin, quiet=arguments.quiet)
    return INTERRUPTED if not made.whole else int(bool(made.missing))


def _lecture(arguments: argparse.Namespace) -> "Lecture":
    """The lecture, with what the arguments ask for in place of its own settings."""
    from rnnviz.export import lecture

    text, name = _read(arguments.lecture, lecture.MAX_BYTES)
    try:
        found = lecture.read(text, name)
    except ValueError as error:
        raise ValueError(f"{arguments.lecture}: {error}") from None
    if arguments.formats is not None:
        found = replace(found, formats=lecture.formats_of(arguments.formats))
    if arguments.background is not None or arguments.theme is not None:
        found = replace(found, look=lecture.look_of(arguments.background, arguments.theme))
    return found


def _read(source: str, most: int) -> tuple[str, str]:
    """A text of at most ``most`` bytes, and the name for its files."""
    if source == STDIN:
        data, name = sys.stdin.buffer.read(most + 1), "lecture"
    else:
        data = _opened(source, most + 1)
        name = re.sub(r"[^\w-]+", "-", Path(source).stem).strip("-")[:60] or "lecture"
    try:
        return data[:most].decode("utf-8"), name
    except UnicodeDecodeError as error:
        raise ValueError(f"{source} must be text in UTF-8; byte {error.start:,} is none") from None


def _opened(source: str, most: int) -> bytes:
    """The first bytes of a file."""
    try:
        with Path(source).open("rb") as file:
            return file.read(most)
    except OSError as error:
        told = (error.strerror or type(error).__name__).lower()
        raise ValueError(
            f"LECTURE must be a file that can be read, or - for what is piped in; got {source!r}: {told}"
        ) from None


def _width(text: str) -> int:
    width = int(text) if re.fullmatch(r"[0-9]{1,5}", text) else 0
    if not 320 <= width <= 3840:
        raise argparse.ArgumentTypeError(f"must be a whole number in 320..3840; got {text!r}")
    return width


class _Progress:
    """Prints progress and warnings on the standard error."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def step(self, text: str) -> None:
        """What comes next."""
        if not self._quiet:
            self.warn(text)

    def warn(self, text: str) -> None:
        """What is not as it was asked for."""
        print(f"rnnviz: {text}", file=sys.stderr, flush=True)


def _tell(made: "Made", folder: Path, entries: int, seconds: float, *, quiet: bool) -> None:
    if not made.whole:
        print(f"rnnviz: stopped; whole: {len(made.pictures)} pictures in {folder}", file=sys.stderr)
        return
    lost = _lost(made, entries)
    if quiet:
        if lost:
            print(f"rnnviz: {lost}", file=sys.stderr)
        return
    files = [path for picture in made.pictures for path in picture.files.values() if path.exists()]
    for path in made.decks:
        print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
    if files:
        size = sum(path.stat().st_size for path in files)
        print(f"{folder}: {len(files)} files, {size / 1e6:.1f} MB")
    told = f"{_many(len(made.pictures), 'picture')} of {_many(_seen(made), 'view')} in {seconds:.0f} s"
    print(f"{told}; {lost}" if lost else told)


def _lost(made: "Made", entries: int) -> str:
    """How many views are missing from what was made, or lack some of their pictures; empty if none."""
    none = entries - _seen(made)
    part = len(made.missing) - none
    told = {"not to be had": none, "without some of their pictures": part}
    return "; ".join(f"{what}: {count} of {_many(entries, 'view')}" for what, count in told.items() if count)


def _seen(made: "Made") -> int:
    """The number of views that have a picture."""
    return len({id(picture.entry) for picture in made.pictures})


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
