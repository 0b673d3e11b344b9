"""The menu under every picture that saves it: as PNG or SVG, its numbers, and a page that works alone."""

from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

import streamlit as st

from rnnviz.palette import Theme
from rnnviz.ui import components, link, state

if TYPE_CHECKING:
    from rnnviz.figures import Figure, Ground

_GROUNDS: Final[dict[str, "Ground"]] = {"White": "white", "Dark": "dark", "Transparent": "transparent"}


def figure_menu(figure: "Figure", key: str, theme: Theme, height: int | None = None) -> None:
    """Offer a figure as PNG, SVG, CSV and HTML; nothing of it is made before the menu is opened.

    Parameters
    ----------
    figure : plotly.graph_objects.Figure
    key : str
        Of the chart.
    theme : {"light", "dark"}
        That the figure was drawn for.
    height : int, optional
        In pixels, that it is shown at.
    """
    from rnnviz import figures

    address = link_here()
    name = figures.file_name(figures.titled(figure), key.replace(".", "-"))
    with st.popover("Save", key=f"{key}.save", on_change="rerun", type="tertiary") as menu:
        ground = _GROUNDS[_chosen_ground(key)]
        # Buttons stand there from the start, so that the menu opens where it has room for them.
        drawn = figures.on_ground(figure, ground, theme, address, height) if menu.open else None
        picture = {"name": name, "ground": ground, "figure": drawn and drawn.to_json()}
        components.save_figure(picture, key=f"{key}.picture")
        st.download_button(
            "HTML, works without a network",
            lambda: figures.standalone(figure, ground, theme, address),
            f"{name}.html",
            "text/html",
            key=f"{key}.html",
            on_click="ignore",
            width="stretch",
        )
        csv_button(lambda: figures.csv_of(figure), name, key)


def csv_button(numbers: object, name: str, key: str) -> None:
    """Offer numbers as a file; they are read off when it is asked for.

    Parameters
    ----------
    numbers : callable
        Gives the text of the file.
    name : str
        Of the file, without its ending.
    key : str
        Of what the numbers are of.
    """
    st.download_button(
        "CSV, the numbers",
        numbers,  # type: ignore[arg-type]
        f"{name}.csv",
        "text/csv",
        key=f"{key}.csv",
        on_click="ignore",
        width="stretch",
    )


def _chosen_ground(key: str) -> str:
    chosen = st.segmented_control("Ground", list(_GROUNDS), default="White", required=True, key=f"{key}.ground")
    return chosen if chosen in _GROUNDS else "White"


def link_here() -> str:
    """The link to what this visitor is looking at, whole where the browser has told where the application is."""
    params = urlencode(link.to_params(state.current()))
    base = st.context.url or ""
    known = base.startswith(("http://", "https://")) and not set(base) & set(" \"'<>\\")
    query = f"?{params}" if params else ""
    return f"{base}{query}" if known else query
