"""The top right of every page: its link, the link's QR code, the view as a file, presenting, the keys."""

from collections.abc import Callable, Collection
from typing import Final

import streamlit as st

from rnnviz import origins
from rnnviz.palette import Theme
from rnnviz.ui.selection import state, view_file
from rnnviz.ui.selection.fields import quoted
from rnnviz.ui.shell import codes, components, presenting

MOST: Final = 50_000
"""Characters of an address of which a browser may ask for a code."""

_CODE: Final = "rnnviz.code"
_FILE: Final = "rnnviz.file"
_FILES: Final = "rnnviz.files"
_WANTED: Final = "rnnviz.wanted"


def show(
    start: dict[str, object],
    theme: Theme,
    pages: Collection[str],
    missing: str,
    *,
    on_ready: Callable[[], None],
) -> None:
    """Mount the bar.

    Args:
        start: As from ``frame.start``, with ``present``, and ``ready`` unless the browser has to say that it is.
        pages: The titles of all pages.
        missing: What is too long for a link, in the words of ``link.listed``.
        on_ready: Called once the browser has shown the page.
    """

    def begin(told: object) -> None:
        _present(told, start["id"])
        on_ready()

    data = {
        "start": start,
        "scale": presenting.known_scale(),
        "wide": presenting.is_wide(),
        "theme": theme,
        "code": st.session_state.get(_CODE),
        "missing": missing,
        "file": st.session_state.pop(_FILE, None),
        "most": view_file.MOST,
        "embedding": origins.embedding(),
    }
    components.bar(
        data,
        on_present=lambda told: _present(told, start["id"]),
        on_asked=_ask,
        on_saved=_save,
        on_opened=lambda text: _open(text, pages),
        on_ready=begin,
        on_themed=_redraw,
    )


def is_opening() -> bool:
    """Whether a view file was opened whose page is not shown yet."""
    return _WANTED in st.session_state


def opened_page(title: str) -> str | None:
    """The page whose view file was opened, told to the page of this title; None if none was.

    A run that tells it may be broken off, so the same page is told again, until the visitor is on another.
    """
    wanted, told_on = st.session_state.pop(_WANTED, (None, title))
    if wanted in (None, title) or told_on not in ("", title):
        return None
    st.session_state[_WANTED] = wanted, title
    page: str = wanted
    return page


def _present(told: object, opening: object) -> None:
    """Begin or end presenting; both values come from a browser and may be anything."""
    match told:
        case {"on": bool() as on, "scale": scale, "wide": bool() as wide, "question": bool() as question}:
            try:
                if scale is not None:
                    presenting.take(scale, wide=wide)
            except ValueError as error:
                state.tell(str(error))
            presenting.put_up(opening, up=question)
            state.try_update(present=on)
        case _:
            state.tell(
                f"presenting must be on or off, with a scale, a width and a question or none; got {quoted(told)}"
            )


def _ask(address: object) -> None:
    """Keep the code of an address, or why there is none."""
    if not isinstance(address, str) or len(address) > MOST:
        state.tell(f"an address must be a text of at most {MOST:,} characters; got {quoted(address)}")
        return
    try:
        st.session_state[_CODE] = codes.drawn(address)
    except ValueError as error:
        st.session_state[_CODE] = {"address": address, "problem": str(error)}


def _redraw(told: object) -> None:
    """Nothing to do: Streamlit knows the theme, with which the page finds that it was drawn for another."""


def _save(told: object) -> None:  # noqa: ARG001 - the browser says that it wants the file, and nothing else
    """Send the view as a file, once."""
    st.session_state[_FILES] = st.session_state.get(_FILES, 0) + 1
    text = view_file.written(*state.whole_view())
    st.session_state[_FILE] = {"id": st.session_state[_FILES], "name": view_file.NAME, "text": text}


def _open(text: object, pages: Collection[str]) -> None:
    """Show what a view file says, or say why that cannot be done."""
    try:
        page, params = view_file.read(text if isinstance(text, str) else "", pages)
    except (TypeError, ValueError) as error:
        state.tell(str(error))
        return
    state.take_view(page, params)
    st.session_state[_WANTED] = page, ""
