"""Files that Python makes on request, and that reach the browser through the widget that asked.

Streamlit's own button for such files keeps one for no more than two runs of anybody's script; in a full class these
can be over before the browser has fetched it.
"""

from collections.abc import Callable, Mapping
from typing import Final

import streamlit as st

from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import components

_FILE: Final = "rnnviz.made"
"""In the session: the file that is on its way; one menu has one at a time."""

Makers = Mapping[str, Callable[[], str]]
"""Functions that make the text of a file, by its format: ``"html"``, ``"csv"``, ``"json"``."""


def offer(picture: Mapping[str, object], key: str, makers: Makers) -> None:
    """Mount the buttons of an open menu, apart from the page's rest; ``picture`` is for ``components.save_figure``."""
    st.fragment(_offer)(picture, key, makers)


def _offer(picture: Mapping[str, object], key: str, makers: Makers) -> None:
    kept = st.session_state.get(_FILE)
    file = kept["file"] if kept and kept["key"] == key else None
    data = {**picture, "made": list(makers), "file": file}
    components.save_figure(data, key=f"{key}.picture", on_wanted=lambda wanted: take(key, wanted, makers))


def take(key: str, wanted: object, makers: Makers) -> None:
    """Make the file that is wanted, or drop the one that has come; ``wanted`` is from a browser and may be anything."""
    match wanted:
        case {"id": str(name), "format": str(form)} if form in makers and len(name) <= 40:
            st.session_state[_FILE] = {"key": key, "file": {"id": name, **_made(makers[form])}}
        case {"id": str(name), "format": _} if len(name) <= 40:
            problem = f"a file must be one of {', '.join(makers)}; got {quoted(wanted)}"
            st.session_state[_FILE] = {"key": key, "file": {"id": name, "problem": problem}}
        case _:
            forget(key)


def forget(key: str) -> None:
    """Drop the file that was made for a menu."""
    kept = st.session_state.get(_FILE)
    if kept and kept["key"] == key:
        del st.session_state[_FILE]


def _made(maker: Callable[[], str]) -> dict[str, str]:
    try:
        return {"text": maker()}
    except ValueError as error:
        return {"problem": str(error)}
