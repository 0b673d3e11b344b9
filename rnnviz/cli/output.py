"""What commands share: the parser, which files must exist, and the line that shows how far a training is."""

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NoReturn

from rnnviz.places import IS_INSTALLED

if TYPE_CHECKING:
    from rnnviz.train import Event


class Parser(argparse.ArgumentParser):
    """A parser that shows its own usage for an unknown option, and lists its commands where one is missing.

    argparse passes unknown options to the parser above, whose usage says nothing of the command.
    """

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: D102
        found, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return found, unknown

    def error(self, message: str) -> NoReturn:
        """Print how the command is used, and exit."""
        if self._subparsers is None:
            super().error(message)
        self.print_help(sys.stderr)
        self.exit(2, f"\n{self.prog}: error: {message}\n")


REDRAWN_EVERY: Final = 0.1
"""Seconds."""


class Line:
    """Progress on one line of a terminal; elsewhere only what is to stay. Ctrl-C within it writes what it leaves."""

    def __init__(self, name: str, if_stopped: str = "stopped, and nothing saved", *, is_silent: bool = False) -> None:
        self.name, self.if_stopped, self.is_silent = name, if_stopped, is_silent
        self.begun = self.drawn = time.monotonic()

    def __enter__(self) -> "Line":
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is KeyboardInterrupt:
            self.end(self.if_stopped)

    def show(self, said: str, *, stays: bool = False) -> None:
        """Write how far it is, if it is time to."""
        now, looks = time.monotonic(), sys.stdout.isatty()
        if stays or (looks and now - self.drawn > REDRAWN_EVERY):
            self.drawn = now
            self._write(said, "" if looks else "\n")

    def tell(self, event: "Event[Any]", more: str = "", *, stays: bool = False) -> None:
        """Write the updates that were made and the loss of the first network, if it is time to."""
        self.show(f"{event.step} of {event.steps}, loss {event.loss[0]:.4f}{more}", stays=stays)

    def end(self, said: str) -> None:
        """Write how it ended."""
        self._write(f"{said} ({time.monotonic() - self.begun:.1f} s)", "\n")

    def _write(self, said: str, end: str) -> None:
        if not self.is_silent:
            over = "\r\033[K" if sys.stdout.isatty() else ""
            print(f"{over}{self.name}: {said}", end=end, flush=True)


def chosen(given: Path | None, shipped: Path) -> Path:
    """The path given with ``--out``; without one, in a checkout, where the package ships it.

    Raises:
        ValueError: If no path was given and the package is installed: its files belong to all users of the environment.
    """
    if given is not None:
        return given
    if IS_INSTALLED:
        raise ValueError("--out must be given: by default this command replaces what ships, which is installed here")
    return shipped


def existing_file(path: Path, option: str) -> Path:
    """A file that an option names.

    Raises:
        ValueError: If there is no such file, or it is a folder.
    """
    if path.is_file():
        return path
    got = f"the folder {path}" if path.is_dir() else f"{path}, where there is none"
    raise ValueError(f"{option} must be a file that is there; got {got}")


def writable_file(path: Path, option: str) -> Path:
    """A file that an option names, to be written.

    Raises:
        ValueError: If its folder does not exist, or the path is a folder.
    """
    if path.is_dir():
        raise ValueError(f"{option} must be a file; got the folder {path}")
    if not path.parent.is_dir():
        raise ValueError(f"{option} must be in a folder that is there; got {path}")
    return path
