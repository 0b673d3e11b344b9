"""What is saved of a picture that changes apart from the page: as it stands by then, and the numbers in it.

The menu is drawn once: what is drawn four times a second, or at every key, costs no more for it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import streamlit as st

from rnnviz.ui.shell import frame, saving
from rnnviz.ui.widgets.live_view import PALETTE
from rnnviz.widgets.packing import message

if TYPE_CHECKING:
    from rnnviz.figures.picture import Line, Picture


@dataclass(eq=False)
class Shown:
    """What a widget shows at this moment.

    Attributes:
        data: The last data of the widget; before that, nothing to draw.
        numbers: Gives the table of these data.
        of: What the data are of, as ``menu`` was told; None where no menu is drawn yet.
    """

    data: Mapping[str, Any] | bytes
    numbers: Callable[[], pd.DataFrame] = pd.DataFrame
    of: object = None

    def table(self) -> pd.DataFrame:
        """The numbers at this moment."""
        return self.numbers()


def curves(sent: bytes, key: str, pictures: "Callable[[], Iterable[Picture]]") -> None:
    """Let ``menu`` save the growing curves of the widget ``key``: the bytes that it gets now, and its pictures."""
    keep(key, sent, lambda: drawn(pictures()))


def menu(widget: str, key: str, title: str, *, of: object, code: Callable[[], str], titled: bool = True) -> None:
    """Offer what is on show by the time that the menu is opened.

    Args:
        widget: The name of its folder.
        key: That it is mounted under.
        of: What is shown: the settings of a training. What was kept of another is not saved. What was kept of the same
            is, since a run of the page draws the menu again, and not what changes apart from it.
        code: Gives the script of what is on show.
        titled: Whether the widget says its title itself.
    """
    if _shown(key).of not in (None, of):
        del st.session_state[f"{key}.shown"]
    shown = _shown(key)
    shown.of = of
    saved = saving.Saved(widget, key, title, lambda: shown.data, shown.table, code=code, titled=titled)
    saving.widget_menu(saved, frame.theme())


def _shown(key: str) -> Shown:
    shown: Shown = st.session_state.setdefault(f"{key}.shown", Shown(message({"panels": [], "palette": PALETTE})))
    return shown


def keep(key: str, data: Mapping[str, Any] | bytes, numbers: Callable[[], pd.DataFrame]) -> None:
    """Let ``menu`` save what the widget ``key`` shows: the data that it gets now, and their table."""
    shown = _shown(key)
    shown.data, shown.numbers = data, numbers


def drawn(pictures: "Iterable[Picture]") -> pd.DataFrame:
    """The points of pictures; of long curves as many as a screen shows.

    Returns:
        A row a point: of which ``picture``, of which ``curve``, ``what`` of it, ``x`` and ``y``.
    """
    from rnnviz.figures import style

    rows = [
        {"picture": style.spoken(picture.title), "curve": line.name, "what": what, "x": x, "y": y}
        for picture in pictures
        for line in picture.lines
        for what, xs, ys in _rows(line, joined=picture.joined)
        for x, y in zip(xs.tolist(), ys.tolist(), strict=True)
    ]
    return pd.DataFrame(rows, columns=["picture", "curve", "what", "x", "y"])


def _rows(line: "Line", *, joined: bool) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """The points of a curve, and those of the other seeds beside it."""
    edges = ("smallest of all seeds", "largest of all seeds")
    named = edges if joined and len(line.band) == len(edges) else [f"other seed {k + 1}" for k in range(len(line.band))]
    return [("curve", line.x, line.y), *((what, line.band_x, row) for what, row in zip(named, line.band, strict=True))]
