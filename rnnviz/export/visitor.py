"""A visitor of the application who saves pictures: a browser's tab, and what it asks of the pages."""

import json
from pathlib import Path
from typing import Any, Final

from rnnviz.export.devtools import Browser, Tab
from rnnviz.export.lecture import Look
from rnnviz.export.links import Link
from rnnviz.places import ASSETS

WINDOW: Final = (1600, 900)
"""Pixels of a screen with the proportions of a slide; widgets are laid out for it."""

_SCRIPT: Final = ASSETS / "export" / "page.js"
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
        self._tab.begin_with(_SCRIPT.read_text(encoding="utf-8"))
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

    def told(self, key: str) -> dict[str, str]:
        """Open a picture's menu; its ``title`` and ``caption``, both with the page's markup, and its ``alt``."""
        told: dict[str, str] = self._asked("open", key, _GROUNDS[self._look.ground])
        return told

    def saved(self, key: str, form: str) -> Path | None:
        """The complete file of a picture whose menu is open, under a meaningless name; None if there is no such form.

        Args:
            form: One of "png", "svg", "html", "csv".

        Raises:
            ValueError: With what the page said, or if no file came.
        """
        if not self._asked("has", key, form):
            return None
        return self._tab.downloaded(_call("save", key, form))

    def close(self, key: str) -> None:
        """Close the menu of a picture."""
        self._asked("close", key)

    def _asked(self, name: str, *arguments: Any) -> Any:
        return self._tab.evaluate(_call(name, *arguments))


def _call(name: str, *arguments: Any) -> str:
    return f"rnnvizExport.{name}({', '.join(map(json.dumps, arguments))})"
