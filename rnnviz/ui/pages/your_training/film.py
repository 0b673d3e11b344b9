"""Which update of a record is shown: the last one, one that was chosen, or the next of a film."""

from bisect import bisect_right
from typing import Final

import numpy as np
import streamlit as st

from rnnviz.ui.selection import state
from rnnviz.ui.shell import frame
from rnnviz.ui.widgets import controls

EVERY: Final = 0.5
"""Seconds from one picture to the next."""

PICTURES: Final = 60
"""About the most pictures of a film."""

UPDATE: Final = "your_training.update"
_PLAYED: Final = "your_training.played"
_SLIDER: Final = "your_training.slider"


def is_playing() -> bool:
    """Whether the film goes on."""
    return st.session_state.get(_PLAYED) is not None


def end() -> None:
    """End the film, as another view does."""
    st.session_state.pop(_PLAYED, None)


def row(updates: np.ndarray) -> int:
    """The row that is shown, with the controls to choose another; ``updates`` are those of the record, at least one."""
    last = len(updates) - 1
    now = _next(updates) if is_playing() else row_at(updates, _wanted(updates))
    with frame.on_slide("film"), st.container(horizontal=True, vertical_alignment="bottom"):
        _buttons(updates, now)
        if last:
            _slider(updates, now)
    return now


def row_at(updates: np.ndarray, update: int) -> int:
    """The last row that was recorded by an update; the first, if that is later."""
    return max(0, bisect_right(updates, update) - 1)


def choose(updates: np.ndarray, to: int) -> None:
    """Show a row. The last one is the default: a page that follows a training goes on with it."""
    end()
    state.choose(UPDATE, "" if to == len(updates) - 1 else str(int(updates[to])), "")


def _wanted(updates: np.ndarray) -> int:
    """The update of the link."""
    kept, last = state.view(UPDATE), int(updates[-1])
    if kept is None:
        return last
    if not (kept.isascii() and kept.isdigit() and len(kept) < 16):
        controls.unreadable(UPDATE, f"a whole number in 0..{last}", "")
    return int(kept)


def _next(updates: np.ndarray) -> int:
    """The next row of the film, which ends with the last."""
    last = len(updates) - 1
    now = min(last, int(st.session_state[_PLAYED]) + max(1, len(updates) // PICTURES))
    st.session_state[_PLAYED] = now
    if now == last:
        choose(updates, last)
    return now


def _buttons(updates: np.ndarray, now: int) -> None:
    last = len(updates) - 1
    if is_playing():
        st.button("Pause", key="your_training.pause", icon=":material/pause:", on_click=choose, args=(updates, now))
    else:
        st.button(
            "Play", key="your_training.play", icon=":material/play_arrow:", disabled=not last,
            on_click=_play, args=(-1 if now == last else now,),
        )  # fmt: skip
    for label, icon, to in (("Previous", "chevron_left", now - 1), ("Next", "chevron_right", now + 1)):
        st.button(
            label, key=f"your_training.{label.lower()}", icon=f":material/{icon}:", disabled=not 0 <= to <= last,
            on_click=choose, args=(updates, to),
        )  # fmt: skip


def _play(before: int) -> None:
    """Begin the film with the row after one."""
    st.session_state[_PLAYED] = before


def _slider(updates: np.ndarray, now: int) -> None:
    known = updates.tolist()
    st.session_state[_SLIDER] = known[now]
    st.select_slider(
        "Updates made", known, key=_SLIDER, width="stretch", format_func=lambda update: f"{update:,}",
        on_change=lambda: choose(updates, row_at(updates, st.session_state[_SLIDER])),
    )  # fmt: skip
