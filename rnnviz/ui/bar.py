"""What stands at the top right of every page: the link to it, its QR code, presenting, and the keys."""

from typing import Final

import streamlit as st

from rnnviz.palette import Theme
from rnnviz.ui import codes, components, keys, presenting, state
from rnnviz.ui.checks import shown

MOST: Final = 50_000
"""Characters of an address that a browser may ask a code of."""

_CODE: Final = "rnnviz.code"


def show(start: dict[str, object], theme: Theme) -> None:
    """Mount the bar.

    Parameters
    ----------
    start : dict
        As from ``frame.start``, with ``present``.
    theme : {"light", "dark"}
    """
    data = {
        "start": start,
        "screen": presenting.told(),
        "theme": theme,
        "code": st.session_state.get(_CODE),
        "keys": keys.plain(),
    }
    components.bar(data, on_present=_present, on_asked=_ask)


def _present(told: object) -> None:
    """From a browser, so it may be anything."""
    match told:
        case {"on": bool() as on, "screen": screen}:
            try:
                if screen is not None:
                    presenting.take(screen)
            except ValueError as error:
                state.tell(str(error))
            state.try_update(present=on)
        case _:
            state.tell(f"presenting must be on or off, with a screen; got {shown(told)}")


def _ask(address: object) -> None:
    """Keep the code of an address, or why there is none."""
    if not isinstance(address, str) or len(address) > MOST:
        state.tell(f"an address must be a text of at most {MOST:,} characters; got {shown(address)}")
        return
    try:
        st.session_state[_CODE] = codes.drawn(address)
    except ValueError as error:
        st.session_state[_CODE] = {"address": address, "problem": str(error)}
