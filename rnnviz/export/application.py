"""A private instance of the application on a free port, and a visitor of it who saves pictures."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from rnnviz import places
from rnnviz.export.devtools import Browser, Tab
from rnnviz.export.lecture import Look
from rnnviz.export.links import ADDRESS_VARIABLE, Link
from rnnviz.places import ASSETS
from rnnviz.widgets import bundling

PATIENCE: Final = 120.0
"""Seconds from its start until it is ready, on a busy machine."""


@contextmanager
def running(address: str, folder: Path) -> Iterator[str]:
    """The URL of an application that is ready; the application ends with the block.

    Args:
        address: What the links in its files begin with.
        folder: Where its output goes.

    Raises:
        OSError: If it does not start.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{probe.getsockname()[1]}"
    log = folder / "application.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - this very program
            [sys.executable, "-P", "-m", "rnnviz", "app", "--port", url.rpartition(":")[2]],
            cwd=places.ROOT,
            env={**os.environ, ADDRESS_VARIABLE: address, **places.search_path()},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        _wait_until_ready(process, url, log)
        yield url
    finally:
        _end(process)


def is_ready(url: str) -> bool:
    """Whether an application answers that it is ready."""
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=10) as answer:  # noqa: S310 - an address of the web
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def check(url: str) -> None:
    """Make sure that an application that somebody else started answers.

    Raises:
        OSError: If none answers.
    """
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=10) as answer:  # noqa: S310 - an address of the web
            said = answer.read(10)
    except (urllib.error.URLError, OSError) as error:
        raise OSError(f"the server must be an application that runs; at {url} there is none: {error}") from None
    if said.strip() != b"ok":
        raise OSError(f"the server must be an application that runs; at {url} there is something else")


def _wait_until_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_ready(url):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-5:]
            raise OSError("the application did not start; it said:\n  " + "\n  ".join(said or ["nothing"]))
        time.sleep(0.05)


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Ask the process to end, then end it and all that it has started."""
    for gently in (True, False):
        if process.poll() is None:
            _signal(process, gently=gently)
            with suppress(subprocess.TimeoutExpired):
                process.wait(5)


def _signal(process: "subprocess.Popen[bytes]", *, gently: bool) -> None:
    with suppress(ProcessLookupError):
        if os.name != "nt":
            os.killpg(process.pid, signal.SIGTERM if gently else signal.SIGKILL)
        elif gently:
            process.terminate()
        else:
            process.kill()


# --- The visitor: a browser's tab ---


WINDOW: Final = (1600, 900)
"""Pixels of a screen with the proportions of a slide; widgets are laid out for it."""

_PAGE: Final = ASSETS / "components" / "shared" / "page_pictures.js"
_GROUNDS: Final = {"white": ("White",), "dark": ("Dark",), "transparent": ("Transparent",)}
_LOADED: Final = """\
new Promise((resolve) => document.readyState === "complete" ? resolve() : addEventListener("load", () => resolve()))
"""


class Visitor:
    """Someone who opens views one after the other and saves what is in them.

    Args:
        url: Where the application is.
        folder: For temporary files.
    """

    def __init__(self, browser: Browser, url: str, look: Look, folder: Path) -> None:
        self._tab: Tab = browser.tab(*WINDOW)
        self._url, self._look, self._lost = url, look, ""
        features = {"prefers-color-scheme": look.theme, "prefers-reduced-motion": "reduce"}
        wanted = [{"name": name, "value": value} for name, value in features.items()]
        self._tab.call("Emulation.setEmulatedMedia", features=wanted)
        self._tab.begin_with(_script())
        self._tab.download_to(folder)

    def begin(self, link: Link) -> None:
        """Open a view, without waiting for it."""
        gone = self._tab.call("Page.navigate", url=link.at(self._url))
        self._lost = str(gone.get("errorText") or "")

    def arrive(self) -> list[str]:
        """Wait until the view is at rest.

        Returns:
            What the page says is wrong with the link.

        Raises:
            ValueError: If the page did not open or does not come to rest.
        """
        if self._lost:
            raise ValueError(f"the page did not open: {self._lost}")
        self._tab.evaluate(_LOADED)
        self._asked("settled")
        return [str(said) for said in self._asked("warnings")]

    def query(self) -> str:
        """The parameters of the open view, as its page has corrected them."""
        return str(self._asked("query"))

    def pictures(self) -> list[str]:
        """The page's names of all that can be saved of this view, from top to bottom."""
        return [str(key) for key in self._asked("pictures")]

    def meant(self, name: str) -> str:
        """The page's name of the picture that a name means, in either spelling, or of the next after what has none.

        Returns:
            Empty where the view does not have it.
        """
        return str(self._asked("meant", name))

    def told(self, key: str) -> dict[str, str]:
        """Open a picture's menu; its ``title`` and ``caption``, both with the page's markup, and its ``alt``."""
        told: dict[str, str] = self._asked("open", key, _GROUNDS[self._look.ground])
        return told

    def saved(self, key: str, form: str, ratio: float | None = None) -> Path | None:
        """The complete file of a picture whose menu is open, under a meaningless name; None if there is no such form.

        Args:
            form: One of "png", "svg", "html", "csv", "json".
            ratio: Of width to height of the slide for which it is laid out; by default, it is as on the page.

        Raises:
            ValueError: With what the page said, or if no file came.
        """
        if not self._asked("has", key, form):
            return None
        return self._tab.downloaded(_call("save", key, form, *([] if ratio is None else [ratio])))

    def left(self, key: str) -> str:
        """What the slide of a picture has no room for, once it is saved for one; empty where it has all."""
        told: str = self._asked("left", key)
        return told

    def close(self, key: str) -> None:
        """Close the menu of a picture."""
        self._asked("close", key)

    def _asked(self, name: str, *arguments: Any) -> Any:
        return self._tab.evaluate(_call(name, *arguments))


def _script() -> str:
    return f"{{ {bundling.module(_PAGE, 'pages')}\nglobalThis.rnnvizExport = pages.pagePictures(globalThis); }}"


def _call(name: str, *arguments: Any) -> str:
    return f"rnnvizExport.{name}({', '.join(map(json.dumps, arguments))})"
