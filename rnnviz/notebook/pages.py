"""A widget as a page by itself, which a notebook shows in a frame where no kernel answers."""

import shutil
import sys
import tempfile
import webbrowser
from functools import cached_property
from html import escape
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from rnnviz.palette import Theme
from rnnviz.widgets.alone import Looks, alone

if TYPE_CHECKING:
    from rnnviz.figures import Figure

_HEIGHT: Final = 720
"""Pixels of the frame until the page says how high it is."""

_NOTE: Final = "Steps and numbers work offline."
_CHANGED: Final = {
    "step_through": " To edit numbers, run the notebook with anywidget installed.",
    "decoding": " To change the source, tokens and weights, run the notebook with anywidget installed.",
}
"""What can be changed in a widget beside a kernel; in the others nothing can."""


def is_answered() -> bool:
    """Whether this is a notebook, whose kernel can answer a widget."""
    return _marimo() is not None or _kernel() is not None


def _marimo() -> Any:
    """The package, where it runs this notebook; nothing is imported to find out."""
    marimo = sys.modules.get("marimo")
    return marimo if marimo is not None and marimo.running_in_notebook() else None


def _kernel() -> object:
    """That of Jupyter, where it runs this notebook."""
    ipython = sys.modules.get("IPython")
    return getattr(ipython.get_ipython(), "kernel", None) if ipython else None


def _beside_the_script() -> Path:
    """Where a page is written that no browser opened: named like the script, else in the current folder."""
    script = Path(sys.argv[0])
    return (script.with_suffix(".view.html") if script.suffix == ".py" else Path("rnnviz.view.html")).resolve()


class Picture(Protocol):
    """What a widget shows of a trace or of a module, and what it does when the browser says something."""

    widget: str
    t: int
    units: tuple[int, ...]

    @property
    def title(self) -> str:
        """What is on show, in a line."""

    @property
    def heading(self) -> str:
        """What stands above the widget, unless it says what is on show itself."""

    def message(self) -> bytes | dict[str, object]:
        """What the widget gets now: plain data, or such with arrays as bytes."""

    def whole(self) -> dict[str, object]:
        """What the widget gets where it can ask for nothing."""

    def hear(self, name: str, value: object) -> bool:
        """Take what the browser says; whether the widget gets something else now."""


class Saved:
    """What can be made a page by itself."""

    _picture: Picture
    _theme: Theme

    @property
    def html(self) -> str:
        """The page: one file with all it needs."""
        picture = self._picture
        looks = Looks(self._theme, titled=not picture.heading)
        return alone(
            picture.widget, picture.whole(), picture.title, "", looks, note=_NOTE + _CHANGED.get(picture.widget, "")
        )

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the page to a file.

        Returns:
            Where it is.
        """
        written = Path(path)
        written.write_text(self.html, encoding="utf-8")
        return written

    def show(self) -> None:
        """Show it: below the cell of a notebook, elsewhere as a page in the browser.

        Where no browser opens, the page is written beside the script. Outside of notebooks a line says where it is.
        """
        if (marimo := _marimo()) is not None:
            marimo.output.append(self)
        elif _kernel() is not None:
            sys.modules["IPython.display"].display(self)
        else:
            self._open()

    def _open(self) -> None:
        page = self.save(Path(tempfile.mkdtemp(prefix="rnnviz-")) / "view.html")
        if webbrowser.open(page.as_uri()):
            print(f"Opened in the browser: {page}")
        else:
            beside = shutil.move(page, _beside_the_script())
            page.parent.rmdir()
            print(f"No browser opened here. The picture is in {beside}")


class Page(Saved):
    """A widget that no kernel answers: a notebook shows it in a frame, and so does what a notebook is made into.

    >>> import torch
    >>> from rnnviz import capture, show
    >>> page = show(capture(torch.nn.GRU(3, 4), torch.ones(6, 1, 3)), live=False)
    >>> page
    Page(GRU, 4 units, 6 steps)
    >>> page.save("gru.html").name
    'gru.html'
    """

    def __init__(self, picture: Picture, theme: Theme) -> None:
        self._picture, self._theme = picture, theme

    def __repr__(self) -> str:
        """What is on show."""
        return f"Page({self._picture.title})"

    @cached_property
    def _frame(self) -> str:
        style = f"width: 100%; height: {_HEIGHT}px; border: 0"
        return f'<iframe title="{escape(self._picture.title)}" style="{style}" srcdoc="{escape(self.html)}"></iframe>'

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/html": self._frame, "text/plain": repr(self)}


class FigurePage(Saved):
    """A figure of ``rnnviz.figures``: a notebook shows it as plotly does.

    Attributes:
        figure: The figure.
    """

    def __init__(self, figure: "Figure", theme: Theme) -> None:
        self.figure, self._theme = figure, theme

    def __repr__(self) -> str:
        """The figure's title."""
        from rnnviz import figures

        return f"FigurePage({figures.titled(self.figure)})"

    @property
    def html(self) -> str:
        """The page: one file with all it needs."""
        from rnnviz import figures

        return figures.standalone(self.figure, "dark" if self._theme == "dark" else "white", self._theme)

    def show(self) -> None:
        """Show it: below the cell of a notebook, elsewhere as a page in the browser, or written beside the script."""
        if is_answered():
            self.figure.show()
        else:
            self._open()

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.figure._repr_mimebundle_(**options)
