"""The menu under every picture that saves it: as PNG or SVG, its numbers, and a page that works alone."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode, urlsplit

import streamlit as st

from rnnviz import origins
from rnnviz.export.links import ADDRESS_VARIABLE
from rnnviz.palette import Theme
from rnnviz.ui.selection import state
from rnnviz.ui.shell import charts, code_menu, made_files, walk_files
from rnnviz.widgets.alone import Looks, alone, colors

if TYPE_CHECKING:
    from pandas import DataFrame

    from rnnviz.figures import Background, Figure

STEPPING: Final = frozenset(
    {"step_through", "panels", "unrolled", "decoding", "writing", "cliff", "reader", "phase_plane"}
)
"""The widgets that have steps, so that their walk through time can be saved."""

_GROUNDS: Final[dict[str, "Background"]] = {"White": "white", "Dark": "dark", "Transparent": "transparent"}


def figure_menu(figure: "Figure", key: str, theme: Theme, height: int | None = None) -> None:
    """Offer a figure, drawn for ``theme`` and ``height`` pixels high, in every format, and for a slide."""
    with st.popover("Save", key=f"{key}.save", on_change="rerun", type="tertiary") as menu:
        if menu.open:  # what is in a closed menu need not be made nor sent
            from rnnviz import figures

            ground = _chosen_ground(key)
            address = link_here()
            drawn = figures.on_background(figure, ground, theme, height=height)
            makers = {
                "html": lambda: figures.standalone(figure, ground, theme, address),
                "csv": lambda: figures.csv_of(figure),
                "json": lambda: figures.json_of(figure, address),
                "slide": lambda: str(figures.slide(figure, ground, theme).to_json()),
            }
            picture = {
                "name": name_of(figure, key),
                "ground": ground,
                "figure": drawn.to_json(),
                "title": charts.kept(figure).title,
                "alt": (figure.layout.meta or {}).get("alt", ""),
                "link": address,
            }
            made_files.offer(picture, key, makers)
        else:
            made_files.forget(key)


@dataclass(frozen=True)
class Saved:
    """A widget that can be saved.

    Attributes:
        widget: The name of its folder.
        key: That it is mounted under.
        data: Gives what it opens with where it stands alone.
        numbers: Gives the table of what it shows.
        code: Gives the script that computes what it shows.
        titled: Whether it shows its own title.
    """

    widget: str
    key: str
    title: str
    data: Callable[[], Mapping[str, Any] | bytes]
    numbers: Callable[[], "DataFrame"]
    code: Callable[[], str]
    titled: bool = False


def widget_menu(saved: Saved, theme: Theme) -> None:
    """Offer a widget as on screen as PNG and SVG, its numbers, and a working page; nothing while presenting."""
    if state.current().present:
        return
    key, name = saved.key, file_name(saved.title, saved.widget)
    place = st.container(horizontal=True, horizontal_alignment="right")
    with place, st.popover("Save", key=f"{key}.save", on_change="rerun", type="tertiary") as menu:
        if menu.open:
            _offer(saved, theme, name)
        else:
            made_files.forget(key)
            walk_files.forget(key)
    with place:
        code_menu.menu(key, saved.code, name)


def _offer(saved: Saved, theme: Theme, name: str) -> None:
    """What is in the open menu of a widget."""
    address, key = link_here(), saved.key
    ground = _chosen_ground(key, "Dark" if theme == "dark" else "White")
    looks = _looks(ground, theme, titled=saved.titled)
    picture = {
        "name": name,
        "ground": ground,
        "colors": None if looks.theme == theme else colors(looks.theme),
        "widget": key,
        "title": saved.title,
        "titled": saved.titled,
        "link": address,
    }
    made_files.offer(picture, key, _makers(saved, address, looks))
    if saved.widget in STEPPING:
        walk_files.offer(picture, key)


def _looks(ground: "Background", theme: Theme, *, titled: bool) -> Looks:
    """How a widget is drawn on a background; without one, as it is on show."""
    drawn: Theme = theme if ground == "transparent" else "dark" if ground == "dark" else "light"
    return Looks(drawn, transparent=ground == "transparent", titled=titled)


def _makers(saved: Saved, address: str, looks: Looks) -> made_files.Makers:
    """The functions that make the files of a widget in Python."""
    return {
        "html": lambda: alone(saved.widget, saved.data(), saved.title, address, looks),
        "csv": lambda: _csv(saved),
        "json": lambda: _json(saved, address),
    }


def _csv(saved: Saved) -> str:
    """The numbers of a widget as CSV; the import of figures waits until they are wanted."""
    from rnnviz import figures

    return figures.csv_text(saved.numbers())


def _json(saved: Saved, address: str) -> str:
    """The same as JSON."""
    from rnnviz.figures.table_json import json_text

    return json_text(saved.numbers(), saved.title, link=address)


def name_of(figure: "Figure", key: str) -> str:
    """The stem of the files of a figure on show."""
    return file_name(charts.kept(figure).title, key.replace(".", "-"))


def file_name(title: str, otherwise: str = "figure") -> str:
    """The stem of a saved picture's file: ``rnnviz-`` and the title's words.

    Args:
        title: Anything.
        otherwise: Used if the title has no letter that every file system takes.

    Returns:
        Lower-case Latin letters, digits and hyphens, at most 67 characters.
    """
    words = re.sub(r"[^a-z0-9]+", "-", title.lower().replace("’", "")).strip("-")
    short = words if len(words) <= 60 else words[:60].rpartition("-")[0] or words[:60]
    return f"rnnviz-{short or otherwise}"


def _chosen_ground(key: str, usual: str = "White") -> "Background":
    """The background that was chosen, which a menu that is opened again remembers."""
    chosen = st.segmented_control(
        "Background", list(_GROUNDS), default=usual, required=True, key=f"{key}.ground", persist_state="session"
    )
    return _GROUNDS[chosen if chosen in _GROUNDS else usual]


def link_here() -> str:
    """The link to the current view, for a file: whole where others can open it, else from its page on.

    The address is what the operator names (``RNNVIZ_ADDRESS``), or the one that the browser has opened. Neither is in a
    file if it leads nowhere from another place, as 127.0.0.1 does.
    """
    params = urlencode(state.link())
    opened = st.context.url or ""
    page = urlsplit(opened).path.rpartition("/")[2] if _is_plain(opened) else ""
    base = os.environ.get(ADDRESS_VARIABLE) or opened.removesuffix(page).removesuffix("/")
    known = _is_plain(base) and origins.is_public(base)
    query = f"?{params}" if params else ""
    return f"{base if known else ''}/{page}{query}"


def _is_plain(url: str) -> bool:
    """Whether a text, which is from a browser, is an address without anything that would end it."""
    return url.startswith(("http://", "https://")) and not set(url) & set(" \"'<>\\?#")
